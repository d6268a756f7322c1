# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Applies one measure, or all mitigations that an appliance needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...appliance.nitro.connection import Connection
from ...catalogue.run_parameters import ApplyParameters, Found, OnUnproven, Probes, Save, Unsaved
from ...foundation.errors import InvalidInput
from ..common.protection_losses import losses_of_one, with_losses
from ..common.result import Result
from ..common.task import Task, apply_parameters
from ..deployment.per_partition import PartitionedDeployment
from ..pages.deployment_plan import deployment_plan
from ..pages.partition_report import measure_result
from ..pages.result_parts import locks_of
from .kept_reads import earlier_reads, keep_reads
from .recommended_run import RecommendedApply


def how_far_to_go(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of an apply besides those of every run with a desired state."""
    return {
        "adopt": options["adopt"],
        "found": Found(options["found"]),
        "force": options["force"],
        "stop_gap": options["stop_gap"],
        "accept_sleeping_policies": tuple(options["accept_sleeping_policies"]),
        "unsaved": Unsaved(options["unsaved"]),
        "on_unproven": OnUnproven(options["on_unproven"]),
        "save": Save(options["save"]),
        "probes": Probes(options["probes"]),
        "who": " ".join(options["who"].split()),
    }


def _require_consent(parameters: ApplyParameters) -> None:
    """:raises InvalidInput: where a rule that is not the vendor's is named, and nobody has asked for one"""
    measure = parameters.measure
    if measure.stop_gap and not parameters.stop_gap:
        raise InvalidInput(
            f"the rule of {measure.id} is a stop-gap by {measure.stop_gap}, and not the vendor's: it reduces exposure, and ends none. Close external "
            "access or upgrade; to bring it in all the same, add -e stop_gap=true. Nothing was sent."
        )


class Apply(Task):
    """Plan; unless in check mode, also apply, prove and save."""

    def run(self) -> Result:
        parameters = apply_parameters(
            self.appliance, self.options, is_preview=self.is_preview, **how_far_to_go(self.options)
        )
        _require_consent(parameters)
        self.prepare_signatures(parameters.records, parameters.trust)
        earlier = earlier_reads(self)
        with Connection(self.appliance) as connection:
            deployment = PartitionedDeployment(connection, parameters, earlier=earlier)
            result = deployment.plan(with_rights=self.check_mode)
            keep_reads(self, deployment.reads, changes=result.changed)
            stale = self.keep_plan(deployment_plan(result, parameters, connection))
            problem = stale or result.failed
            refused = bool(problem)
            if not self.check_mode and not problem:
                # A write may have gone out before a connection gets lost: that is a failure, so that rescue and failure
                # limits see it.
                result = deployment.apply()
                problem, refused = result.failed, deployment.refused
            elif problem and not self.is_preview:
                deployment.keep_found()
            lost = [] if result.records else losses_of_one(connection, parameters, self.options["catalogue"], result)
        found = with_losses(measure_result(result, connection), lost)
        if stale and not self.check_mode:
            found = found.without_unproven()
        return found.ended(
            f"{result.verdict.word}: {result.verdict.reason}",
            problem,
            refused=refused,
            left_changes=deployment.leaves_changes,
            record=next(iter(result.records), found.own.get("record", found.record)),
            **locks_of(deployment.locks, connection),
        ).with_decision(self.options["who"], parameters.reason, planned=self.check_mode)


class ApplyRecommended(RecommendedApply):
    """The same with all mitigations that the appliance needs."""

    def parameters(self) -> dict[str, Any]:
        return {"is_preview": self.is_preview, **how_far_to_go(self.options)}


TASK = Apply
