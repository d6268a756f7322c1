# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``leave``; see there for its options and results."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible import context
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.base import TourniquetAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.role_arguments import RoleArguments
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.registry import inventory_kinds
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import Task
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.verb import Verb
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.leave.run import Leave
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import declared


class ActionModule(TourniquetAction):
    """See the module of the same name."""

    TASK: ClassVar[type[Task]] = Leave
    VERB: ClassVar[Verb] = declared("leave")
    OPTIONS: ClassVar[Options] = options_of("leave", "leave")

    @property
    def is_preview(self) -> bool:
        """True for a run with --check; without it, a task in check mode is the first half of a removal."""
        return bool(self._task.check_mode) and bool(context.CLIARGS.get("check"))

    def _prepared(self, host: str, variables: dict[str, Any], plans: str) -> tuple[Appliance, dict[str, Any]]:
        """Return the options, with the settings of all measures that the inventory can ask for."""
        appliance, options = super()._prepared(host, variables, plans)
        role = str(self._task.args.get("variables_of") or "")
        if role and not options["measures"]:
            render = RoleArguments(host, role, variables, self._templar, self.OPTIONS).render
            found = {id_: entry.settings(variables, render) for id_, entry in inventory_kinds().items()}
            options["measures"] = json.loads(json.dumps(found, default=str))
        return appliance, options

    def waits_for_jobs(self, options: Mapping[str, Any]) -> bool:
        return bool(options["remove"]) and super().waits_for_jobs(options)
