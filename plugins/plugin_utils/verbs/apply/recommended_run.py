# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tasks of ``mitigation=recommended`` on one appliance: plan, apply and verify all mitigations that it needs."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...appliance.nitro.connection import Connection
from ...catalogue.entry_file import load_catalogue
from ...catalogue.measure import Mode
from ...catalogue.run_parameters import ApplyParameters, Probes
from ...change.records.record_list import all_records
from ...change.records.untrusted_records import sign_accepted
from ...foundation.protection_change import ProtectionChange
from ...judgement.proof.verdict_table import VerdictWord
from ..common.options import Options
from ..common.protection_losses import losses_of, with_losses
from ..common.result import Result
from ..common.task import RUN, Task, apply_parameters, settings_by_entry
from ..pages.deployment_plan import deployment_plan
from ..pages.result_parts import locks_of
from ..status.catalogue_check import CatalogueCheck
from ..status.check_options import check_of
from .kept_reads import earlier_reads, keep_reads
from .recommended import RecommendedResult, RecommendedRun
from .recommended_report import recommended_plan, recommended_result

DESIRED: Options = {"desired": {"type": "dict"}, "measures": {"type": "raw"}}
"""By entry, its rendered template, and what the inventory says of its measure; see RoleArguments."""


class RecommendedTask(Task):
    """What both tasks have in common."""

    def check(self) -> CatalogueCheck:
        """Return the check of the whole catalogue."""
        directory = Path(self.options["catalogue"]).expanduser()
        return check_of(self.appliance, self.options, directory, load_catalogue(directory), self.options["desired"])

    def of_one(self, id_: str, **more: Any) -> ApplyParameters:
        """Return the parameters of the run of one mitigation."""
        desired: Mapping[str, Any] = (self.options["desired"] or {}).get(id_, {})
        common = {name: value for name, value in self.options.items() if name != "version"}  # of another mitigation
        version = {"version": desired["version"]} if desired.get("version") else {}
        settings = settings_by_entry(self.options["measures"]).get(id_)
        own = {"mitigation": id_, "document": desired.get("text", ""), "settings": settings, **version}
        return apply_parameters(self.appliance, {**common, **own}, **more)


class RecommendedStatus(RecommendedTask):
    """Report what is in place of the mitigations that are needed, with probes if the options say so."""

    def run(self) -> Result:
        check, probes = self.check(), Probes(self.options["probes"])
        if not self.check_mode:
            sign_accepted(check.records, self.appliance.name, check.trust)
        with Connection(self.appliance) as connection:
            result = RecommendedRun(
                connection, check, lambda id_: self.of_one(id_, probes=probes, is_preview=True)
            ).status()
            lost = _losses(connection, check, result)
        verdict = result.verdict
        told = f"{verdict.word}: {verdict.reason}. Next action: {verdict.next_action}"
        # In a rollout, what no run brings in keeps nobody from going on, nor does a rule that was told to observe.
        judged = result.verdict_of_runs if self.options["plans"] else verdict
        told_to = {VerdictWord.STOP_GAP} | (
            {VerdictWord.NOT_BLOCKING} if self.options["mode"] == Mode.OBSERVE else set()
        )
        asked_for = bool(self.options["plans"]) and judged is not None and judged.word in told_to
        failed = judged is not None and judged.exit_code >= self.options["fail_at"] and not asked_for
        found = with_losses(replace(recommended_result(result, connection, check, check.as_of), kept=None), lost)
        return found.ended(told, told if failed else "")


class RecommendedApply(RecommendedTask):
    """Plan all mitigations that are needed; unless in check mode, also apply, prove and save them, one after the other."""

    @abstractmethod
    def parameters(self) -> dict[str, Any]:
        """Return what the runs have in common besides the parameters of every run."""

    def run(self) -> Result:
        check, more = self.check(), self.parameters()
        self.prepare_signatures(check.records, check.trust)
        with Connection(self.appliance) as connection:
            recommended = RecommendedRun(
                connection,
                check,
                lambda id_: self.of_one(id_, **more),
                earlier=earlier_reads(self),
                stop_gaps=more["stop_gap"],
            )
            result = recommended.plan(with_rights=self.check_mode)
            keep_reads(self, recommended.reads, changes=result.changed)
            plans = {
                id_: deployment_plan(plan, recommended.parameters[id_], connection)
                for id_, plan in result.measures.items()
            }
            stale = self.keep_plan(recommended_plan(plans, result, connection, RUN))
            problem = stale or result.failed
            refused = bool(problem)
            if not self.check_mode and not problem:
                result = recommended.apply()
                problem, refused = result.failed, recommended.refused
            elif problem and not self.is_preview:
                recommended.keep_found()
            lost = _losses(connection, check, result)
        found = with_losses(recommended_result(result, connection, check, check.as_of), lost)
        if stale and not self.check_mode:
            found = found.without_unproven()
        return found.ended(
            f"{result.verdict.word}: {result.verdict.reason}",
            problem,
            refused=refused,
            left_changes=recommended.leaves_changes,
            **locks_of(recommended.locks, connection),
        ).with_decision(self.options["who"], self.options["reason"], planned=self.check_mode)


def _losses(connection: Connection, check: CatalogueCheck, result: RecommendedResult) -> list[ProtectionChange]:
    """Return what lost its protection, where no run of this time has written a record: what this one did is its own decision."""
    judged = {id_: one for id_, one in result.measures.items() if not one.records}
    own = all_records(check.records, check.appliance.name, check.trust)
    return losses_of(connection, check.known, judged, own, check.as_of)
