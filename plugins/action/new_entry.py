# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``new_entry``; see there for its options and results."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.base import RoleTask
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.failures import action_failure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.new_entry import MARK, Form
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.collection_version import PROJECT
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    InvalidInput,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.default_paths import (
    inventory_sources,
    own_entries_places,
    require_outside_collections,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.role_variables import ROLE_DEFAULTS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.new_entry.new_entry import (
    NewEntry,
    NewEntryResult,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.new_entry.page import entry_page

SHOWN = 20
"""The largest number of problems that are shown."""


class ActionModule(RoleTask):
    """Make the files of an own entry of the catalogue, or check the one that is there. No appliance is touched."""

    OPTIONS: ClassVar[Options] = options_of("new_entry", "new_entry")

    def names_to_check(self, variables: Mapping[str, Any]) -> tuple[str, ...]:
        """No variable of an appliance counts for an entry."""
        return ()

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        host = str(variables.get("inventory_hostname", "localhost"))
        self.hide_origin()
        try:
            arguments = self.role_arguments(host, variables)
            given = dict(self._task.args)
            self.take_arguments(given if arguments is None else arguments.arguments(given, ""))
            options = self.checked_options(host, variables)
            found = _new_entry(options, variables, write=not self._task.check_mode).run()
        except TourniquetError as error:
            raise action_failure(error) from None
        values = {**result, "changed": found.changed, "entry": options["entry"], "directory": str(found.directory)}
        values |= {"problems": list(found.problems), "report": list(found.lines)}
        if found.problems:
            return {**values, "failed": True, "msg": _message_of_problems(found)}
        return {**values, "msg": "\n".join(found.lines)}


def _new_entry(options: Mapping[str, Any], variables: Mapping[str, Any], *, write: bool) -> NewEntry:
    """:raises InvalidInput: where no place for own entries is known"""
    named = options["own_entries"]
    places = [Path(named).expanduser()] if named else own_entries_places(inventory_sources(variables))
    if not places:
        raise InvalidInput(
            "no inventory is named: your own entries are beside it. Name it with -i, or -e tourniquet_own_entries=DIRECTORY"
        )
    own = next((place for place in places if place.is_dir()), places[0])
    require_outside_collections("own_entries", str(own))
    return NewEntry(
        own=own,
        built_in=Path(ROLE_DEFAULTS["catalogue"]),
        templates=PROJECT / "templates",
        id=options["entry"],
        form=Form(options["form"]),
        publish=options["publish"],
        unknown_attributes=options["unknown_attributes"],
        write=write,
        page=entry_page,
    )


def _message_of_problems(found: NewEntryResult) -> str:
    shown, more = found.problems[:SHOWN], len(found.problems) - SHOWN
    unfilled = any(MARK in problem for problem in found.problems)
    head = f"{found.directory}: " + ("these places are not filled in" if unfilled else "the entry is not right yet")
    return "\n".join([head, *shown, *([f"and {more} more"] if more > 0 else [])])
