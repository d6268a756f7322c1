# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``catalogue_change``; see there for its options and results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.base import TourniquetAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.role_arguments import RoleArguments
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import load_catalogue
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.opt_out import read_opt_outs
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.planned_fix import read_planned_fix
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    CannotConnect,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.foreign_text import printable
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.acknowledgements import (
    read_acknowledgements,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.catalogue_change import (
    catalogue_change,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.catalogue.catalogue_update import (
    catalogue_of_bundle,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.catalogue.page import (
    FAILED,
    PROBLEM,
    UNREACHABLE,
    change_values,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.catalogue.update_options import (
    catalogue_update,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import (
    RUN,
    Task,
    date_option,
    record_trust,
    settings_by_entry,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.verb import Verb
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import declared
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.catalogue_check import (
    CatalogueCheck,
    find_of_both,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.exposure import DesiredVersion

AFTER = "after"
"""The option with the directory of the catalogue with the bundle, which the action adds."""
DESIRED_AFTER = "desired_after"


class CompareCatalogues(Task):
    """Judge one appliance by two catalogues over the same reads. One that does not answer is not compared, and no failure of the task."""

    def run(self) -> dict[str, Any]:
        name, options = self.appliance.name, self.options
        read_planned_fix(name, options["planned_fix"], "")  # refused before anything is sent
        before = self._check(options["catalogue"], options["desired"])
        after = self._check(options[AFTER], options[DESIRED_AFTER])
        try:
            with Connection(self.appliance) as connection:
                found = catalogue_change(*find_of_both(before, after, connection))
            values = change_values(found, str(min(builds)) if (builds := _builds(connection)) else None)
            requests = len(connection.exchanges)
        except TourniquetError as error:
            problem = printable(str(error).removeprefix(f"{name}: "))
            kind = UNREACHABLE if isinstance(error, CannotConnect) else FAILED
            return {"changed": False, PROBLEM: f"{kind}{problem}", "requests": 0, "msg": f"not compared: {problem}"}
        return {"changed": False, **values, "requests": requests, "msg": values["effect"]}

    def _check(self, directory: str, desired: Mapping[str, Any]) -> CatalogueCheck:
        name, options, catalogue = self.appliance.name, self.options, Path(directory)
        return CatalogueCheck(
            appliance=self.appliance,
            entries=load_catalogue(catalogue),
            directory=catalogue,
            records=Path(options["records"]),
            run=RUN,
            desired={id_: DesiredVersion(**values) for id_, values in desired.items()},
            trust=record_trust(options),
            acknowledgements=read_acknowledgements(name, options["acknowledgements"]),
            as_of=date_option(options["as_of"]),
            opt_outs=read_opt_outs(name, options["opt_outs"]),
            settings=settings_by_entry(options["measures"]),
            planned_fix=options["planned_fix"],
        )


def _builds(connection: Connection) -> list[Any]:
    return [node.build for node in connection.nodes if node.build is not None]


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
