# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``ledger_report``; see there for its options and results."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.findings_report import FindingsReport
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.ledger.ledger_files import write_ledger
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.ledger.page import (
    fleet_ledger,
)


class ActionModule(FindingsReport):
    """See the module of the same name."""

    REGISTERED: ClassVar[str] = "ledger_result"
    PLAYBOOK: ClassVar[str] = "ledger"
    OPTIONS: ClassVar[Options] = {
        **{name: FindingsReport.OPTIONS[name] for name in ("variables_of", "fail_at")},
        "ledgers": {"type": "str", "default": ""},
    }

    def report(
        self, results: Mapping[str, Mapping[str, Any]], variables: Mapping[str, Any], options: Mapping[str, Any]
    ) -> dict[str, Any]:
        """See :meth:`FindingsReport.report`; the files are written where they are asked for, unless in check mode."""
        found = fleet_ledger(results)
        if not options["ledgers"] or self._task.check_mode:
            return {**found, "files": []}
        directory = Path(options["ledgers"]).expanduser()
        return {**found, "files": write_ledger(directory, found)}
