# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``evidence_report``; see there for its options and results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.findings_report import FindingsReport
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.evidence.page import fleet_report


class ActionModule(FindingsReport):
    """See the module of the same name."""

    REGISTERED: ClassVar[str] = "evidence_result"
    PLAYBOOK: ClassVar[str] = "evidence"

    OPTIONS: ClassVar[Options] = {name: FindingsReport.OPTIONS[name] for name in ("variables_of", "fail_at")}

    def report(
        self, results: Mapping[str, Mapping[str, Any]], variables: Mapping[str, Any], options: Mapping[str, Any]
    ) -> dict[str, Any]:
        """See :meth:`FindingsReport.report`. Nobody is told: a gap of the evidence is for the person who takes it."""
        return fleet_report(results)
