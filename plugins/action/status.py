# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``status``; see there for its options and results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.base import TourniquetAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.catalogue_verdict import RECOMMENDED
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.apply.recommended_run import (
    DESIRED,
    RecommendedStatus,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import Task
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.verb import Verb
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import declared
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.run import CatalogueStatus, Status

_OF_ONE_MEASURE = options_of("status", "status")
_OF_A_MITIGATION = ("settings", "document", "version", "mode", "audit_log", "alarms")
_OF_THE_CATALOGUE: Options = {
    **{name: option for name, option in _OF_ONE_MEASURE.items() if name not in _OF_A_MITIGATION},
    "measures": {"type": "raw"},  # by measure, what the inventory says of it
    **DESIRED,
}


class ActionModule(TourniquetAction):
    """See the module of the same name."""

    TASK: ClassVar[type[Task]] = Status
    VERB: ClassVar[Verb] = declared("status")
    OPTIONS: ClassVar[Options] = _OF_ONE_MEASURE

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Judge by one measure, by all that the appliance needs, or, where no measure is named, by the entry that has none, or by the whole catalogue."""
        variables = task_vars or {}
        named = self.named_measure(variables)
        if named == RECOMMENDED:
            self.TASK, self.OPTIONS = RecommendedStatus, {**self.OPTIONS, **DESIRED}  # type: ignore[misc] # of this task, and no other
        elif not named or self._is_judged_as_an_entry(variables):
            self.TASK, self.OPTIONS = CatalogueStatus, _OF_THE_CATALOGUE  # type: ignore[misc] # of this task, and no other
        return super().run(tmp, task_vars)

    def _is_judged_as_an_entry(self, variables: Mapping[str, Any]) -> bool:
        """Return True for an entry without a measure, and for one with a stop-gap where no probe is sent: its configuration says whom it concerns."""
        entry, probes = self.named_entry(variables), self._task.args.get("probes")
        asked = probes or self._unchecked(variables).values(["probes"]).get("probes") or Probes.NONE
        return entry is not None and (entry.measure is None or (entry.is_stop_gap and asked == Probes.NONE))
