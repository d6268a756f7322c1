# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Refuses variables that contradict each other, where the one that counts may not be the one that is meant. Pure.

An option takes its value from the first of several variables (:mod:`role_variables`). So ``-e measure=url_whitelist`` would be ignored where
``mitigation`` is set in ``group_vars``, and another measure would be removed than the command says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..catalogue.entry_name import entry_name
from ..foundation.errors import InvalidInput
from ..measures.kind import Template
from ..verbs.common.role_variables import OF_MEASURE, variable_names

# The options of a lockdown or a closing that narrow what a run changes.
SCOPE = ("vips", "kinds", "customers", "partitions")


@dataclass(frozen=True)
class VariableSources:
    """Where the variables of a task come from.

    :ivar extra: the names that were given with ``-e``
    :ivar playbook: the names that the playbook sets for the task or its role
    :ivar origin: returns file and line of a value, or "" where they are not known
    """

    extra: Collection[str] = ()
    playbook: Collection[str] = ()
    origin: Callable[[Any], str] = lambda _value: ""

    def of(self, name: str, value: Any) -> str:
        """Return where a variable comes from, as text."""
        if name in self.extra:
            return "given with -e"
        return self.origin(value) or ("in the playbook" if name in self.playbook else "in the inventory")


@dataclass(frozen=True)
class _Setting:
    name: str
    raw: Any
    value: Any


def require_no_conflicts(
    options: Iterable[str], role: str, variables: Mapping[str, Any], sources: VariableSources, template: Template
) -> None:
    """Refuse variables of the same option that have different values, where another one than the meant one would count.

    All variables that name the measure must agree. For the other options only ``-e`` must not be ignored: a specific variable of the inventory
    counts before a general one, which is what both are for.

    :raises InvalidInput: with the names, their values, where each comes from, and the fix
    """
    for option in options:
        names = [name for name in variable_names(option, role) if variables.get(name) is not None]
        if len(names) < 2:
            continue
        found = [_Setting(name, variables[name], template(name, variables[name])) for name in names]
        if option in OF_MEASURE:
            _require_one_measure(found, sources)
        elif names[0] not in (*sources.extra, *sources.playbook):
            _require_not_ignored(found, sources)


def require_scope_is_used(extra: Collection[str], options: Collection[str]) -> None:
    """Refuse a choice given with ``-e`` that an action does not know: it would change more than the command names.

    :param options: those of the action
    :raises InvalidInput: with the name
    """
    for option in SCOPE:
        unused = [
            name
            for name in (option, f"lockdown_{option}", f"close_{option}")
            if name in extra and option not in options
        ]
        if unused:
            raise InvalidInput(
                f"-e {unused[0]} has no effect here, so more would be done than it names: lockdown, close and reopen take it. Choose the appliances with "
                "--limit or -e target=..., and leave it out. Nothing was sent."
            )


def _require_one_measure(found: list[_Setting], sources: VariableSources) -> None:
    # All of them must agree, wherever each is set.
    values = list(dict.fromkeys(_comparable(entry_name(setting.value)) for setting in found))
    if len(values) == 1:
        return
    stated = " and ".join(f"{each.name} is {each.value} ({sources.of(each.name, each.raw)})" for each in found)
    fixes = [
        f"for {value} give "
        + " ".join(_as_extra(each.name, value) for each in found if _comparable(entry_name(each.value)) != value)
        for value in values
    ]
    raise InvalidInput(
        f"{stated}. Each of them names the measure, and it is not clear which one is meant: {'; '.join(fixes)}. Nothing was sent."
    )


def _require_not_ignored(found: list[_Setting], sources: VariableSources) -> None:
    first = found[0]
    for each in found[1:]:
        if each.name in sources.extra and _comparable(each.value) != _comparable(first.value):
            raise InvalidInput(
                f"{each.name} is {each.value} (given with -e), and {first.name} is {first.value} "
                f"({sources.of(first.name, first.raw)}), which counts before it. If the value given with -e is meant, give "
                f"{_as_extra(first.name, each.value)}; otherwise leave {each.name} out. Nothing was sent."
            )


def _comparable(value: Any) -> str:
    """Return a value as the text that ``-e`` would give: all its values are texts, and a list may be one with commas."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(map(str, value))
    text = str(value)
    return text.lower() if text.lower() in ("true", "false") else text


def _as_extra(name: str, value: Any) -> str:
    """Return the words of a command line that set a variable."""
    text = str(value)
    if isinstance(value, str | int | float) and text and text.isprintable() and not set(text) & set(" '\"\\{}[]$`"):
        return f"-e {name}={text}"
    return f"-e '{json.dumps({name: value}, default=str)}'"
