# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``read_logs_report``; see there for its options and results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.findings_report import FindingsReport
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import Examination
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.read_logs.page import (
    read_logs_lines,
)

EXTRA = ("armed", "rotations", "notes", "own", "files", "bytes", "requests")


class ActionModule(FindingsReport):
    """See the module of the same name."""

    REGISTERED: ClassVar[str] = "read_logs_result"
    PLAYBOOK: ClassVar[str] = "read_logs"

    def lines(
        self, examined: Sequence[Examination], not_told: Sequence[str], results: Mapping[str, Mapping[str, Any]]
    ) -> list[str]:
        """Return the lines with armed text first, and with what was read."""
        return read_logs_lines(examined, results, not_told)

    def more(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the reading has beside its examination."""
        return {name: result[name] for name in EXTRA if name in result}
