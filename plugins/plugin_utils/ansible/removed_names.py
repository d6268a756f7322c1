# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Refuses names that an option does not have, or no longer has: Ansible ignores a variable that nobody reads.

Each option has one variable. One with the name of a role in front of it (``measure_lock`` for ``lock``) is no second one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cache

from ..foundation.errors import InvalidInput
from ..verbs.common.option_files import COMMON, all_variables, folders, options_of_role, read
from ..verbs.common.role_variables import variable_name
from .typo_check import names_of_roles


@cache
def removed_names() -> Mapping[str, str]:
    """Return by removed name the variables that replace it, as words."""
    found: dict[str, set[str]] = {}
    for old, new in _pairs():
        if old not in names_of_roles():
            found.setdefault(old, set()).add(new)
    return {old: ", ".join(sorted(new)) for old, new in found.items()}


def _pairs() -> Iterable[tuple[str, str]]:
    """Yield each name that somebody may write for an option, with its variable."""
    for role in {role for folder in folders() for role in read(folder).get("roles", {})}:
        for option in options_of_role(role):
            variable = variable_name(option, role)
            if variable is not None:
                yield f"{role}_{option}", variable
    for folder, option, variable in all_variables():
        if variable is not None:
            prefixes = read(folder).get("roles", {})
            yield from (
                (old, variable) for old in (*instead_of(folder, option), *(f"{role}_{option}" for role in prefixes))
            )


def instead_of(folder: str, option: str) -> list[str]:
    """Return the names that an option of a folder does not have."""
    found: list[str] = read(folder)["options"].get(option, {}).get("instead_of", [])
    return found


def require_no_removed_names(
    extra: Collection[str], inventory: Iterable[str], options: Iterable[str], role: str
) -> None:
    """Refuse removed names, all at once: each run would tell only the next one.

    :param extra: the names that were given with ``-e``
    :param inventory: the names of the variables of a host
    :param options: those of the task
    :param role: whose variables the task takes; "" for none
    :raises InvalidInput: with each name, and the one to write
    """
    own = {option: variable_name(option, role) for option in options} if role else {}
    wrong = {old: new for option, new in own.items() if new for old in instead_of(_folder(option, role), option)}
    given = {old for old in extra if old in removed_names() or (old in wrong and old not in own.values())}
    rest = sorted(removed_names().keys() & {*inventory} - given)
    found = [(f"-e {name}", name) for name in sorted(given)] + [(f"the variable {name}", name) for name in rest]
    if found:
        told = "; ".join(
            f"{what}: there is no such variable; write {_new(name, wrong)} in place of it" for what, name in found
        )
        own_name = ". One that is not meant for Tourniquet needs another name" if rest else ""
        raise InvalidInput(f"{told}{own_name}. Nothing was sent.")


def _new(name: str, wrong: Mapping[str, str]) -> str:
    return wrong.get(name) or removed_names()[name]


def _folder(option: str, role: str) -> str:
    return options_of_role(role).get(option, COMMON)
