# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of the verbs, as ``options.yml`` in the folder of each declares them, and the variables of the inventory.

A file has ``tasks``, by module the shared groups and the options that it takes, ``roles``, by role and entry point the options that it documents, and
``options``; ``page`` has those of the page of a fleet. An option that a file does not declare is that of ``verbs/common``; an entry without a type
only changes that one. ``choices_of`` names verbs by a quality of their declarations (:mod:`..choices`). ``variable`` is the variable that gives the
value, where it is not called as the option; it is null for an option that only a task states. ``instead_of`` are names that somebody may write for it,
which are refused. What documents the options is made from these files (``make docs``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ..choices import choices_of
from .options import Options

FOLDERS = Path(__file__).parents[2]
COMMON = "verbs/common"
SPECIFICATION = ("type", "elements", "choices", "default", "required", "no_log")
"""What Ansible checks of an option; the rest of a declaration documents it."""
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def read(folder: str) -> dict[str, Any]:
    """Return what the file of a folder declares."""
    text = (FOLDERS / folder / "options.yml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.load(text, Loader=_LOADER)  # noqa: S506 - both are safe
    return found


@cache
def folders() -> tuple[str, ...]:
    """Return the folders that declare options."""
    return tuple(path.parent.relative_to(FOLDERS).as_posix() for path in sorted(FOLDERS.rglob("options.yml")))


def declared_option(folder: str, name: str) -> dict[str, Any]:
    """Return the declaration of an option, as it holds in a folder."""
    own: Mapping[str, Any] = read(folder)["options"].get(name, {})
    option = dict(own) if "type" in own else {**read(COMMON)["options"][name], **own}
    if quality := option.pop("choices_of", ""):
        option["choices"] = choices_of(quality)
    return option


def names_of(folder: str, task: str) -> list[str]:
    """Return the options that a task of a folder takes."""
    return _names(read(folder)["tasks"][task])


def names_of_page(folder: str) -> list[str]:
    """Return the options of the page of a fleet; none where the verb has no such page."""
    return _names(read(folder).get("page", {}))


def _names(takes: Mapping[str, Any]) -> list[str]:
    groups = read(COMMON)["groups"]
    names = [*(name for group in takes.get("of", ()) for name in groups[group]), *takes.get("options", ())]
    return list(dict.fromkeys(names))


def options_of(verb: str, task: str) -> Options:
    """Return the argument specifications of a task of a verb, by option."""
    folder = f"verbs/{verb}"
    return {name: specification(declared_option(folder, name)) for name in names_of(folder, task)}


def page_options(verb: str) -> Options:
    """Return the argument specifications of the page that a verb makes of a fleet, by option."""
    folder = f"verbs/{verb}"
    return {name: specification(declared_option(folder, name)) for name in names_of_page(folder)}


def variable_of(folder: str, name: str) -> str | None:
    """Return the variable of an option, as it holds in a folder; None for one that only a task states."""
    own, shared = read(folder)["options"].get(name, {}), read(COMMON)["options"].get(name, {})
    variable: str | None = own.get("variable", shared.get("variable", name))
    return variable


@cache
def options_of_role(role: str) -> Mapping[str, str]:
    """Return the options that a role can take from a variable, each with the folder that declares it: of the verb of that name, or that documents the role."""
    own = f"verbs/{role}"
    found: dict[str, str] = {}
    for folder in [own] if own in folders() else [each for each in folders() if role in read(each).get("roles", {})]:
        names = [name for task in read(folder).get("tasks", {}) for name in names_of(folder, task)]
        found |= {name: folder for name in (*names, *names_of_page(folder)) if name not in found}
    return found


def all_variables() -> Iterator[tuple[str, str, str | None]]:
    """Yield each option that is declared, with its folder and its variable."""
    for folder in folders():
        listed = [
            name for entries in read(folder).get("roles", {}).values() for names in entries.values() for name in names
        ]
        names = {next(iter(name), "") if isinstance(name, dict) else name for name in listed} | {*names_of_page(folder)}
        for task in read(folder).get("tasks", {}):
            names |= {*names_of(folder, task)}
        yield from ((folder, name, variable_of(folder, name)) for name in sorted(names))


def specification(option: Mapping[str, Any]) -> dict[str, Any]:
    """Return of a declaration what Ansible checks."""
    return {key: option[key] for key in SPECIFICATION if key in option}
