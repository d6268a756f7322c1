# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``alarm_report``; see there for its options and results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.findings_report import FindingsReport
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import Examination
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.page import fleet_lines


class ActionModule(FindingsReport):
    """See the module of the same name."""

    REGISTERED: ClassVar[str] = "alarm_result"
    PLAYBOOK: ClassVar[str] = "alarm"

    def lines(
        self, examined: Sequence[Examination], not_told: Sequence[str], results: Mapping[str, Mapping[str, Any]]
    ) -> list[str]:
        """Return the lines with those that say since when nothing was seen."""
        return fleet_lines(results, super().lines(examined, not_told, results))

    def more(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """Return the alarms of an appliance, and since when nothing was seen."""
        return {name: result[name] for name in ("statement", "quiet_since", "alarms") if name in result}
