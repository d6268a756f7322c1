# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the files of a user are kept if no variable says so: records, plans, reports, what was learnt, and the list of allowed signers.

In a clone they are in the clone, if the inventory is there too. Otherwise they are beside the inventory, and if there is none, or no file can be
written there, in the user's state directory. ``$TOURNIQUET_STATE_DIRECTORY`` replaces all of that. They are never inside an installed collection,
which the next installation deletes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ...change.records.allowed_signers import FILE
from ...foundation.collection_version import PROJECT
from ...foundation.errors import InvalidInput
from ...foundation.state_directory import VARIABLE, is_installed, named_state_directory, state_directory

INVENTORY_SOURCES = "ansible_inventory_sources"
OWN_ENTRIES = "tourniquet_own_entries"
UPDATES = "tourniquet_catalogue_updates"
# By option, the name of its default directory.
DIRECTORIES = {
    "records": "records",
    "reports": "reports/impact",
    "directory": "learnt",
    "results": "open_facts",
    "bookmarks": "log_bookmarks",
    "baselines": "baselines",
    "alerts": "alerts",
    "alarms": "alarms",
    "bundles": "evidence",
    "letters": "letters",
    "consents": "consent",
    "drills": "drills",
}


def default_places(options: Iterable[str], variables: Mapping[str, Any], project: Path = PROJECT) -> dict[str, str]:
    """Return the defaults of those options that name a place of the user's files.

    :param variables: of a host
    :raises InvalidInput: where an installed collection holds such files of earlier runs
    """
    sources = inventory_sources(variables)
    places = {
        option: str(default_directory(name, sources, project))
        for option, name in DIRECTORIES.items()
        if option in options
    }
    if "allowed_signers" in options:
        places["allowed_signers"] = str(default_allowed_signers(sources))
    return places


def inventory_sources(variables: Mapping[str, Any]) -> list[Path]:
    """Return the files and directories of the inventory of a run; a list of hosts on the command line is none."""
    given = variables.get(INVENTORY_SOURCES) or ()
    return [Path(str(source)) for source in given if Path(str(source)).exists()]


def default_directory(name: str, sources: Iterable[Path], project: Path = PROJECT) -> Path:
    """Return the default directory of this name.

    :param sources: of the inventory
    :param project: the directory of this collection
    :raises InvalidInput: where the collection is installed, and holds such a directory of earlier runs, or the named state directory does not exist
    """
    named = existing_state_directory()
    if named is not None:
        return named / name
    sources, own = list(sources), project / name
    beside = [directory / name for directory in _beside(sources)]
    if not is_installed(project):
        inside = not sources or any(source.resolve().is_relative_to(project.resolve()) for source in sources)
        if inside or own.exists():
            return own
    found = [place for place in beside if place.is_dir()]
    possible = [place for place in beside if os.access(place.parents[len(Path(name).parts) - 1], os.W_OK)]
    place = next(iter([*found, *possible]), state_directory() / name)
    if is_installed(project) and own.is_dir() and any(own.iterdir()):
        raise InvalidInput(
            f"{own} is inside an installed collection, and the next installation deletes it. Move it: mkdir -p '{place.parent}' && "
            f"mv '{own}' '{place}'. Nothing was sent."
        )
    return place


def default_allowed_signers(sources: Iterable[Path]) -> Path:
    """Return the list of allowed signers: the one beside the inventory.

    :raises InvalidInput: where the named state directory does not exist
    """
    named = existing_state_directory()
    if named is not None:
        return named / FILE
    return _first_list(sources) or state_directory() / FILE


def signers_beside(source: Path) -> Path:
    """Return the list of allowed signers beside one source of the inventory, whatever the environment says; it need not exist."""
    return _first_list([source]) or source.parent / FILE


def _first_list(sources: Iterable[Path]) -> Path | None:
    """Return the first list beside these sources that exists, or the preferred place for one; None where there is no source."""
    beside = [directory / FILE for directory in _beside(sources)]
    return next((path for path in beside if path.exists()), beside[0] if beside else None)


def own_entries_directory(given: Any, sources: Iterable[Path]) -> Path | None:
    """Return the directory of the user's own entries of the catalogue; None where there is none.

    :param given: the value of the variable; None for the directory ``catalogue`` beside the inventory, "" or "none" for no own entries
    :raises InvalidInput: where the named directory does not exist
    """
    return _named_or_beside(OWN_ENTRIES, given, own_entries_places(sources))


def own_entries_places(sources: Iterable[Path]) -> list[Path]:
    """Return the places of the user's own entries beside an inventory, the preferred one first."""
    return [directory / "catalogue" for directory in _beside(sources)]


def updates_directory(given: Any, sources: Iterable[Path]) -> Path | None:
    """Return the directory of the bundles of the catalogue that were taken; None where there is none.

    :param given: the value of the variable; None for the directory ``catalogue_updates`` beside the inventory, "" or "none" for no bundle
    :raises InvalidInput: where the named directory does not exist
    """
    return _named_or_beside(UPDATES, given, updates_places(sources))


def updates_places(sources: Iterable[Path]) -> list[Path]:
    """Return the places of the bundles of the catalogue beside an inventory, the preferred one first."""
    return [directory / "catalogue_updates" for directory in _beside(sources)]


def _named_or_beside(variable: str, given: Any, places: Iterable[Path]) -> Path | None:
    """Return the directory that a variable names, or the first of these places that exists; None where there is none.

    :raises InvalidInput: where the named directory does not exist
    """
    if given is None:
        return next((place for place in places if place.is_dir()), None)
    if str(given) in ("", "none"):
        return None
    named = Path(str(given)).expanduser()
    if not named.is_dir():
        raise InvalidInput(
            f"{variable} is {given}: there is no such directory. Name one, or write none. Nothing was sent."
        )
    return named


def require_outside_collections(option: str, path: str) -> None:
    """Check that files of the user are not kept inside an installed collection.

    :raises InvalidInput: naming the option and the fix
    """
    place = Path(path).expanduser().resolve()
    inside = next((parent for parent in (place, *place.parents) if is_installed(parent)), None)
    if inside is not None:
        raise InvalidInput(
            f"{option} is {path}, which is inside the installed collection {inside}: the next installation deletes it. Move what is "
            f"there, and name another directory. Nothing was sent."
        )


def existing_state_directory() -> Path | None:
    """Return the named state directory.

    :raises InvalidInput: where it does not exist: in a container it is the place of a volume, and without that all records would go with the container
    """
    named = named_state_directory()
    if named is not None and not named.is_dir():
        raise InvalidInput(
            f"{VARIABLE} is {named}, which does not exist: mount a volume there that outlives the container, or name another directory. "
            "Nothing was sent."
        )
    return named


def _beside(sources: Iterable[Path]) -> Iterator[Path]:
    """Yield the directories beside an inventory, the preferred one first.

    What is inside a directory that Ansible reads as inventory would be read as inventory too. So ``-i prod`` and ``-i prod/hosts.yml`` find the same
    files only beside ``prod``, where they are looked for as well.
    """
    for source in sources:
        yield source.parent
        if source.is_file():
            yield source.parent.parent
