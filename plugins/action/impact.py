# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``impact``; see there for its options and results."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.log_action import LogAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.resulting_policies import (
    read_resulting_policies,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.impact import (
    Impact,
    Thresholds,
    measure_impact,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.impact_report import (
    ReportContext,
    impact_lines,
    impact_values,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.learner import window_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.replay import Replayer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.sources import require_known_vips
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import apply_parameters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.verb import Verb
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.impact.impact_files import write_impact
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.failed_result import failed_report
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import declared


class ActionModule(LogAction):
    """Read the appliance and the logs, and report whom the measure would lock out. Nothing is written to the appliance."""

    VERB: ClassVar[Verb] = declared("impact")
    OPTIONS: ClassVar[Options] = options_of("impact", "impact")

    def perform(self, appliance: Appliance, options: Mapping[str, Any]) -> dict[str, Any]:
        thresholds = Thresholds(options["fail_requests"], options["fail_clients"], options["fail_percent"])
        parameters = apply_parameters(appliance, options)
        window = window_of(self.day_of(options, "since"), self.day_of(options, "until"), None)
        with Connection(appliance) as connection:
            found = read_resulting_policies(connection, parameters)
            replayer = Replayer(
                found.before,
                found.after,
                found.vips,
                self.signatures(Path(options["catalogue"]), parameters.measure.traffic),
                on_before=found.on_before,
                on_after=found.on_after,
            )
            with self.files(appliance.name, options, connection) as (files, problems):
                require_known_vips(files, replayer.names, appliance.name)
                impact = measure_impact(
                    files,
                    replayer,
                    window,
                    unread=[*found.gaps, *[f"not fetched: {problem}" for problem in problems]],
                    workers=options["workers"],
                    progress=self.progress(appliance.name, "reading the logs"),
                )
        plan = f"{parameters.owner.measure} v{parameters.owner.version}"
        remarks = (*found.remarks, *_open_points(replayer))
        about = ReportContext(
            appliance.name, appliance.customer, plan, remarks, f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
        )
        return self._result(impact, about, thresholds, options)

    def _result(
        self, impact: Impact, about: ReportContext, thresholds: Thresholds, options: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Write the reports, unless in check mode, and return the result of the task."""
        values = impact_values(impact, about)
        exceeded = thresholds.problems(impact)
        result: dict[str, Any] = {
            "changed": False,
            "impact": values,
            "report": impact_lines(impact, about),
            "exceeded": exceeded,
            "msg": "; ".join(exceeded) or f"{about.plan}: {values['conclusion']}",
        }
        if not self._task.check_mode:
            path, page = write_impact(Path(options["reports"]).expanduser(), values)
            result |= {"json": str(path), "page": str(page)}
        return failed_report(result, result["msg"]) if exceeded else result


def _open_points(replayer: Replayer) -> list[str]:
    """Return what could not be evaluated, as remarks."""
    remarks = [f"{policy} cannot be evaluated: {why}" for policy, why in replayer.unreadable.items()]
    if replayer.needs_unrecorded:
        remarks.append(
            "a rule needs facts that no log holds, such as a cookie or a body: the clauses that need them stay open"
        )
    return remarks
