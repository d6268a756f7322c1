# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the entries of a catalogue want to be ended after their fix."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from ...appliance.nitro.builds import Build
from ...catalogue.entry import Clear, Entry, Kill
from ...catalogue.entry_file import entry_ids, load_entry
from ...catalogue.entry_name import named_nearly
from ...catalogue.measure import BuildStatus
from ...catalogue.trains import BuildState
from ...foundation.errors import InvalidInput
from .session_plan import SessionAction

_STATUS = {BuildState.NOT_AFFECTED: BuildStatus.NOT_AFFECTED, BuildState.FIXED: BuildStatus.FIXED}


def session_actions(catalogue: Path, named: str) -> tuple[SessionAction, ...]:
    """Return the actions of all entries, or of the named one.

    :param named: the id of an entry, or ""
    :raises InvalidInput: if there is no such entry, or no sessions are to be ended for it
    """
    ids = entry_ids(catalogue)
    if named and named not in ids:
        near = named_nearly(named, ids)
        has = f"{'It' if near else 'it'} has: {', '.join(ids) or 'none'}"
        raise InvalidInput(f"there is no entry {named!r} in {catalogue}; {f'{near} ' if near else ''}{has}")
    found = {id_: action for id_ in ids if (action := session_action(load_entry(catalogue / id_)))}
    if named and named not in found:
        raise InvalidInput(f"{named} asks for no sessions to be ended after its fix; these do: {', '.join(found)}")
    return (found[named],) if named else tuple(found.values())


def session_action(entry: Entry) -> SessionAction | None:
    """Return what an entry wants to be ended; None where it asks for nothing."""
    kinds = (action.types for action in entry.after_the_fix if isinstance(action, Kill | Clear))
    types = tuple(dict.fromkeys(type_ for own in kinds for type_ in own))
    return SessionAction(entry.id, types, partial(_status, entry), partial(_fix_for, entry)) if types else None


def _status(entry: Entry, build: Build) -> BuildStatus:
    """Return what a build means. One of which nothing is known is affected."""
    return _STATUS.get(entry.build_state(build), BuildStatus.AFFECTED)


def _fix_for(entry: Entry, build: Build) -> str:
    fixed = entry.trains.fixed_build(build)
    return "a release that is still maintained (this one never got a fix)" if fixed is None else f"{fixed} or later"
