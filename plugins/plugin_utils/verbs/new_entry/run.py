# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Makes the files of an own entry of the catalogue, or checks the one that is there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...catalogue.new_entry import MARK, Form
from ...foundation.collection_version import PROJECT
from ...foundation.errors import InvalidInput
from ..common.control_node_task import ControlNodeTask
from ..common.default_paths import inventory_sources, own_entries_places, require_outside_collections
from ..common.result import Result
from ..common.role_variables import ROLE_DEFAULTS
from .new_entry import NewEntry, NewEntryResult
from .page import entry_page

SHOWN = 20
"""The largest number of problems that are shown."""


class MakeEntry(ControlNodeTask):
    """Make the files of an own entry of the catalogue, or check the one that is there."""

    checks_names = False  # no variable of an appliance counts for an entry

    def run(self) -> Result:
        found = _new_entry(self.options, self.variables, write=not self.check_mode).run()
        own = {"entry": self.options["entry"], "directory": found.directory}
        own |= {"problems": found.problems, "report": found.lines}
        if found.problems:
            return Result(changed=found.changed, msg=_message_of_problems(found), own={**own, "failed": True})
        return Result(changed=found.changed, msg="\n".join(found.lines), own=own)


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


TASK = MakeEntry
