# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``catalogue_change``; see there for its options and results."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.base import TourniquetAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.role_arguments import RoleArguments
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.catalogue.catalogue_update import (
    catalogue_of_bundle,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.catalogue.change_run import (
    AFTER,
    DESIRED_AFTER,
    CompareCatalogues,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.catalogue.update_options import (
    catalogue_update,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import Task
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.verb import Verb
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import declared


class ActionModule(TourniquetAction):
    """See the module of the same name."""

    TASK: ClassVar[type[Task]] = CompareCatalogues
    VERB: ClassVar[Verb] = declared("catalogue")
    OPTIONS: ClassVar[Options] = options_of("catalogue", "catalogue_change")

    def _prepared(self, host: str, variables: dict[str, Any], plans: str) -> tuple[Appliance, dict[str, Any]]:
        """Return the appliance and the options, with the catalogue of the bundle and its rendered templates."""
        role = str(self._task.args.get("variables_of") or "")
        appliance, options = super()._prepared(host, variables, plans)
        update = catalogue_update(options, variables, write=False)
        after = catalogue_of_bundle(Path(options["bundle"]).expanduser(), update)
        arguments = RoleArguments(host, role, variables, self._templar, {"catalogue": {}, "desired": {}})
        given = {"catalogue": str(after), "appliance": self._task.args["appliance"]}
        found = replace(arguments, options={"desired": {}}).arguments(given, "")
        return appliance, {**options, AFTER: str(after), DESIRED_AFTER: found["desired"]}
