# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The task of a reopening, and the questions that every opening asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ...appliance.nitro.connection import Connection
from ...catalogue.closing_steps import LadderStep
from ...catalogue.entry_file import load_catalogue
from ...catalogue.run_parameters import RunParameters
from ...customers.consent import ConsentState
from ...foundation.protection_change import NOBODY, Phase, ProtectionChange, decided_text
from ...judgement.exposure_reads.ledger_reading import LedgerReader, read_hunt
from ...judgement.proof.acknowledgements import read_acknowledgements
from ..close.decision import Decision, missing_inputs, require_inputs, second_person
from ..close.opening_questions import decided_answers
from ..close.switch_per_partition import PartitionedSwitchResult
from ..close.switch_plan import SwitchParameters, SwitchResult
from ..close.switch_run import SwitchRun
from ..close.switch_task import SwitchTask, in_partitions
from ..common.closures import closed_otherwise
from ..common.result import Result, advised
from ..common.role_variables import ROLE_DEFAULTS
from ..common.task import Task
from ..pages.change_result import ChangeResult
from ..status.exposure import DesiredVersion, ExposureCheck
from .switch_on import Reopening

VERB = "reopen"
MANDATORY = ("reason", "ticket", "who")


def opening_decision(task: Task) -> tuple[Decision | None, str]:
    """Return the decision to open, and the second person who overrules an answer. Only a preview needs no decision.

    :raises InvalidInput: where a mandatory option is missing, or the second person is the first one
    """
    options = task.options
    missing = missing_inputs(options, MANDATORY)
    if not task.is_preview:
        require_inputs(options, MANDATORY)
    second = second_person(task.appliance.name, options["second"], options["who"])
    return None if missing else Decision(options["reason"], options["ticket"], options["who"]), second


def opening_checks(task: Task, parameters: RunParameters) -> tuple[ExposureCheck, LedgerReader]:
    """Return what answers whether an appliance is exposed once it is open, and whether the records show that it may be opened."""
    options, appliance = task.options, task.appliance
    desired = {id_: DesiredVersion(**values) for id_, values in (options["desired"] or {}).items()}
    catalogue = Path(options["catalogue"] or ROLE_DEFAULTS["catalogue"])
    check = ExposureCheck(appliance, catalogue, parameters.records, parameters.run, desired, parameters.trust)
    hunt = read_hunt(options["traces"] or "", appliance.name)
    reader = LedgerReader(
        appliance,
        load_catalogue(catalogue),
        parameters.records,
        parameters.trust,
        hunt,
        catalogue=catalogue,
        acknowledgements=read_acknowledgements(appliance.name, options["acknowledgements"]),
    )
    return check, reader


class ReopenAccess(SwitchTask):
    """Open what our lockdowns closed; in check mode, show it."""

    verb = Reopening
    noted = ConsentState.REOPENED
    called = VERB

    def run(self) -> Result:
        options = self.options
        decision, second = opening_decision(self)
        accepted = {name: options[name] for name in ("accept_exposure", "accept_unread")}
        return self.switch(decision, force=options["force"], second=second, **accepted)

    def new_run(self, connection: Connection, parameters: SwitchParameters) -> SwitchRun:
        check, reader = opening_checks(self, parameters)
        return Reopening(connection, parameters, check.find, reader.answers)

    def message(self, result: SwitchResult) -> str:
        if not result.plan.steps:
            return "; ".join(["nothing to reopen", *result.plan.remarks])
        verb = "would be reopened" if self.check_mode else "reopened, and read back"
        names = ", ".join(step.key[0] for step in result.plan.steps)
        exposed = [
            f"EXPOSED, accepted by {self.options['who'] or 'nobody yet'}: {text}" for text in result.plan.exposure
        ]
        exposed += [
            f"NOT READ, accepted by {self.options['who'] or 'nobody yet'}: {text}" for text in result.plan.unread
        ]
        overruled = decided_answers(result.plan.overruled, second=self.options["second"], who=self.options["who"])
        verdict = result.verdict
        state = [f"verdict: {verdict.word} ({verdict.reason})"] if verdict is not None else []
        reduced = self._reduced(result.plan.reduces)
        return "; ".join([f"{verb}: {names}", *exposed, *overruled, *result.plan.remarks, *state, *reduced])

    def _reduced(self, services: Sequence[str]) -> list[str]:
        """Return that services are protected in part, which a closing had protected whole."""
        if not services:
            return []
        phase = Phase.REDUCES if self.check_mode else Phase.REDUCED
        decided = decided_text(self.options["who"], self.options["reason"])
        return [str(ProtectionChange.of_services(phase, services, decided or f"{NOBODY} yet"))]

    def with_outcome(self, ended: ChangeResult, result: PartitionedSwitchResult) -> ChangeResult:
        if not result.plan.has_steps and not ended.problem:
            others = closed_otherwise(ended.own["closures"], LadderStep.OFF)
            ended = replace(ended, msg=f"{ended.msg}{others}", own={**ended.own, **advised(others)})
        return ended.with_decision(self.options["who"], self.options["reason"], planned=self.check_mode)

    def problem(self, result: PartitionedSwitchResult) -> str:
        problems = {
            name: part.failed or ("; ".join(part.not_covered) if part.changed else "")
            for name, part in result.partitions.items()
        }
        return in_partitions(problems, is_plain=result.plan.is_plain)
