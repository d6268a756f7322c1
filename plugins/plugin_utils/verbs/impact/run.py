# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reports whom a measure would lock out at one appliance, by recorded traffic."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...appliance.nitro.connection import Connection
from ...judgement.inspection.resulting_policies import read_resulting_policies
from ...recorded_traffic.impact import Impact, Thresholds, measure_impact
from ...recorded_traffic.impact_report import ReportContext, impact_lines, impact_values
from ...recorded_traffic.learner import window_of
from ...recorded_traffic.replay import Replayer
from ...recorded_traffic.sources import require_known_vips
from ..common.log_task import LogTask
from ..common.result import Result
from ..common.task import apply_parameters
from .impact_files import write_impact


class MeasureImpact(LogTask):
    """Read the appliance and the logs, and report whom the measure would lock out. Nothing is written to the appliance."""

    def run(self) -> Result:
        appliance, options = self.appliance, self.options
        thresholds = Thresholds(options["fail_requests"], options["fail_clients"], options["fail_percent"])
        parameters = apply_parameters(appliance, options)
        window = window_of(self.day_of("since"), self.day_of("until"), None)
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
            with self.files(connection) as (files, problems):
                require_known_vips(files, replayer.names, appliance.name)
                impact = measure_impact(
                    files,
                    replayer,
                    window,
                    unread=[*found.gaps, *[f"not fetched: {problem}" for problem in problems]],
                    workers=options["workers"],
                    progress=self.progress("reading the logs"),
                )
        plan = f"{parameters.owner.measure} v{parameters.owner.version}"
        remarks = (*found.remarks, *_open_points(replayer))
        about = ReportContext(
            appliance.name, appliance.customer, plan, remarks, f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
        )
        return self._result(impact, about, thresholds, options)

    def _result(
        self, impact: Impact, about: ReportContext, thresholds: Thresholds, options: Mapping[str, Any]
    ) -> Result:
        """Write the reports, unless in check mode, and return the result of the task."""
        values = impact_values(impact, about)
        exceeded = thresholds.problems(impact)
        own: dict[str, Any] = {"impact": values, "report": impact_lines(impact, about), "exceeded": exceeded}
        if not self.check_mode:
            path, page = write_impact(Path(options["reports"]).expanduser(), values)
            own |= {"json": path, "page": page}
        return Result(changed=False, own=own).ended(f"{about.plan}: {values['conclusion']}", "; ".join(exceeded))


def _open_points(replayer: Replayer) -> list[str]:
    """Return what could not be evaluated, as remarks."""
    remarks = [f"{policy} cannot be evaluated: {why}" for policy, why in replayer.unreadable.items()]
    if replayer.needs_unrecorded:
        remarks.append(
            "a rule needs facts that no log holds, such as a cookie or a body: the clauses that need them stay open"
        )
    return remarks


TASK = MeasureImpact
