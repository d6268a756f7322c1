# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The task of a rollback on one appliance, which a retirement shares."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...appliance.nitro.appliance import Appliance
from ...appliance.nitro.connection import Connection
from ...catalogue.mitigation import Mitigation, NoSuchEntry, entries_needed_by_the_appliance, load_mitigation
from ...catalogue.run_parameters import Unsaved
from ...foundation.errors import InvalidInput, TourniquetError
from ...foundation.next_action import Command, advice, joined
from ...judgement.proof.verdict_table import Verdict
from ...measures.closing_measures import closing_only, measures_of_steps
from ..common.result import Result
from ..common.task import Task, run_parameters
from ..deployment.kept_findings import keeping
from ..pages.result_parts import locks_of
from ..status.exposure import DesiredVersion
from .page import removal_result
from .plan_file import rollback_plan
from .rollback_per_partition import PartitionedRollback, PartitionedRollbackResult
from .rollback_plan import RollbackParameters, RollbackReason
from .verdict_after import VerdictAfter


def removal_parameters(appliance: Appliance, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a run that removes a measure; see :func:`run_parameters`.

    :raises InvalidInput: where the catalogue does not have its entry, with the way to remove what a bundle had brought
    """
    try:
        return run_parameters(appliance, options)
    except NoSuchEntry as error:
        raise InvalidInput(
            f"{error}. If it was applied with a bundle that is out of use, unpack its entry from there into the directory catalogue beside the "
            "inventory, and give the same command again: docs/how-to/catalogue-updates.md. Nothing was sent."
        ) from error


def other_mitigations(options: Mapping[str, Any]) -> tuple[Mitigation, ...]:
    """Return the mitigations of the catalogue that an appliance may need besides the measure that goes."""
    catalogue = Path(options["catalogue"])
    names = (id_ for id_ in entries_needed_by_the_appliance(catalogue) if id_ != options["mitigation"])
    return tuple(load_mitigation(catalogue / id_) for id_ in names)


class Rollback(Task):
    """Remove a measure; in check mode, show the steps."""

    def parameters(self) -> RollbackParameters:
        """Return the parameters of the run, from the options."""
        options = self.options
        given = removal_parameters(self.appliance, options)
        return RollbackParameters(
            **given,
            others=() if given["measure"].traits.course.depends_on_build else other_mitigations(options),
            why=RollbackReason(options["why"]),
            accept_exposure=options["accept_exposure"],
            force=options["force"],
            unsaved=Unsaved(options["unsaved"]),
            who=" ".join(options["who"].split()),
            is_preview=self.is_preview,
        )

    def run(self) -> Result:
        parameters = self.parameters()
        if parameters.measure.id in closing_only():
            raise InvalidInput(
                advice(
                    f"{self.appliance.name}: {parameters.measure.id} closes access, and it is opened by reopen.yml alone, which asks first whether it may be: "
                    "run reopen.yml with its step. Nothing was sent.",
                    Command("reopen", (("step", _step_of(parameters.measure.id)),)),
                )
            )
        self.prepare_signatures(parameters.records, parameters.trust)
        with Connection(self.appliance) as connection:
            rollback = PartitionedRollback(connection, parameters)
            with keeping(rollback.keep_found, is_preview=self.is_preview):
                plan = rollback.plan()
            problem = self.keep_plan(rollback_plan(plan, parameters, connection))
            result = PartitionedRollbackResult.of_plan(plan)
            if parameters.why == RollbackReason.UNDO and not plan.has_steps and connection.copies_left_alone:
                # "There is nothing to undo" would be read as "it is undone".
                left_alone = dict.fromkeys(connection.copies_left_alone)
                problem = problem or joined(" ", "nothing was undone.", *left_alone)
            refused = bool(problem)
            if not self.check_mode and not problem:
                try:
                    rollback.carry_out(plan)
                except TourniquetError as error:
                    problem, refused = error.told, error.is_refusal and not connection.has_written
            if refused and not self.is_preview:
                rollback.keep_found()
            if not self.check_mode:
                result = rollback.result(plan)
            verdict = None if self.check_mode or problem else self._verdict(connection, parameters)
        done = f"{parameters.measure.id}: {self._done(parameters, changed=plan.has_steps)}"
        if parameters.why == RollbackReason.UNDO and plan.leaves_earlier_runs:
            done += ": the last run is undone already. An earlier run is still in place; rollback.yml without why removes it"
        state = [f"verdict: {verdict.word} ({verdict.reason})"] if verdict is not None else []
        return (
            removal_result(result, connection, parameters.measure.id)
            .ended(
                "; ".join([done, *plan.features_left, *state]),
                problem,
                refused=refused,
                left_changes=rollback.leaves_changes,
                **({"verdict": verdict} if verdict is not None else {}),
                **locks_of(rollback.locks, connection),
            )
            .with_decision(parameters.who, parameters.reason, planned=self.check_mode)
        )

    def _verdict(self, connection: Connection, parameters: RollbackParameters) -> Verdict:
        """Return the verdict on what the rollback has left."""
        desired = (self.options["desired"] or {}).get(parameters.measure.id, {})
        return VerdictAfter(parameters, DesiredVersion(**desired)).find(connection)

    def _done(self, parameters: RollbackParameters, *, changed: bool) -> str:
        why, sets = parameters.why, parameters.measure.traits.proving.is_read_back
        is_fixed = why != RollbackReason.UNDO
        if not changed:
            return "there is nothing of it on the appliance" if is_fixed else "there is nothing to undo"
        if self.check_mode:
            removed = "the former values would be restored" if sets else "would be removed"
            return removed if is_fixed else "the last run would be undone"
        if sets and is_fixed:
            return "the former values are restored, and read back"
        if why == RollbackReason.RETIRE:
            return "the build withstood the attack while our rules only counted; removed, absence read back"
        return "removed, absence read back" if is_fixed else "the last run was undone, and read back"


def _step_of(measure: str) -> str:
    return str(next(step for step, name in measures_of_steps().items() if name == measure))


TASK = Rollback
