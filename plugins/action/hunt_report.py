# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``hunt_report``; see there for its options and results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.findings_report import FindingsReport
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.hunt_evidence import ENDED
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import (
    Examination,
    evidence_text,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.role_variables import MODULE_DEFAULTS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.hunt.indicator_files import write_indicators


class ActionModule(FindingsReport):
    """See the module of the same name."""

    REGISTERED: ClassVar[str] = "hunt_result"
    PLAYBOOK: ClassVar[str] = "hunt"
    OPTIONS: ClassVar[Options] = {
        **FindingsReport.OPTIONS,
        "catalogue": {"type": "path"},
        "indicators": {"type": "str", "default": ""},
    }

    def report(
        self, results: Mapping[str, Mapping[str, Any]], variables: Mapping[str, Any], options: Mapping[str, Any]
    ) -> dict[str, Any]:
        """See :meth:`FindingsReport.report`; the indicators are written where they are asked for, unless in check mode."""
        found = super().report(results, variables, options)
        if not options["indicators"] or self._task.check_mode:
            return {**found, "indicators": []}
        catalogue = Path(options["catalogue"] or MODULE_DEFAULTS["catalogue"])
        return {**found, "indicators": write_indicators(catalogue, Path(options["indicators"]).expanduser())}

    def lines(
        self, examined: Sequence[Examination], not_told: Sequence[str], results: Mapping[str, Mapping[str, Any]]
    ) -> list[str]:
        """Return what people read, with where the secrets to replace are listed before the totals."""
        *lines, total = super().lines(examined, not_told, results)
        listed = {name: str(one["rotation"]) for name, one in results.items() if one.get("rotation")}
        secrets = sum(int(results[name].get("secrets", 0)) for name in listed)
        if listed:
            where = evidence_text(str(Path(next(iter(listed.values()))).parent))
            lines.append(
                f"secrets to replace: {secrets} at {len(listed)} of {len(results)} appliances, listed by name in {where}"
            )
        return [*lines, total]

    def more(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """Return when the hunt on an appliance ended, for the exposure ledger."""
        return {ENDED: str(result.get(ENDED) or "")}
