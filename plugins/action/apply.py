# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``apply``; see there for its options and results."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.base import TourniquetAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.catalogue_verdict import RECOMMENDED
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.knobs import require_half
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.apply.recommended_run import DESIRED
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.apply.run import Apply, ApplyRecommended
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import Task
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.verb import Verb
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import declared


class ActionModule(TourniquetAction):
    """See the module of the same name."""

    TASK: ClassVar[type[Task]] = Apply
    VERB: ClassVar[Verb] = declared("apply")
    OPTIONS: ClassVar[Options] = options_of("apply", "apply")

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Apply one measure, or all mitigations that the appliance needs."""
        if self.named_measure(task_vars or {}) == RECOMMENDED:
            self.TASK, self.OPTIONS = ApplyRecommended, {**self.OPTIONS, **DESIRED}  # type: ignore[misc] # of this task, and no other
        return super().run(tmp, task_vars)

    def _prepared(self, host: str, variables: dict[str, Any], plans: str) -> tuple[Appliance, dict[str, Any]]:
        appliance, options = super()._prepared(host, variables, plans)
        # The playbook sets the other half behind the waves: what it can never do is refused before the first one.
        asked = variables.get("node_local")
        if asked is not None and boolean(str(self._templar.template(asked) or ""), strict=False):
            require_half(Path(str(options["catalogue"])).expanduser(), str(options["mitigation"]), host)
        return appliance, options
