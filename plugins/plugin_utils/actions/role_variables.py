# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The values of options, from the variables of roles. Pure.

A task of a role names the role, and not each of its options as ``"{{ variable }}"``: such a template is compiled anew in every
worker, and eighty of them took more than the work itself (docs/speed.md). What an operator says as a template is one all the same.

An option ``x`` takes its value from, in this order: ``<role>_x``, ``catalogue_x`` where the catalogue has it, the short name that
can be given with ``-e``, which is mostly ``x``, and the task itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.registry import (
    PROJECT,
    REGISTRY,
    Template,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.appliance import VARIABLES

APPLIANCE = "netscaler_"
LOST_WORDS = "_raw_params"  # Ansible's name for the words behind -e that have no "="
# What the variables of the catalogue say; with another name than the rule makes, or with the same.
OF_CATALOGUE = {"catalogue": "catalogue_directory"} | {
    name: f"catalogue_{name}"
    for name in (
        *("mitigation", "measures", "settings", "version", "document", "template", "priority", "log"),
        *("records", "ticket", "reason", "as_of"),
    )
}
SHORT = {
    "mitigation": ("mitigation", "measure"),
    "measure": ("mitigation", "measure"),
    "version": ("mitigation_version",),
    "priority": ("responder_policy_priority",),
    "log": ("responder_policy_log",),
    **dict.fromkeys(("catalogue", "document", "template", "measures", "settings"), ()),
    "plans": (),  # see rollout_directory
}

# What a task of a role need not say.
ROLE_DEFAULTS: dict[str, Any] = {
    "mitigation": "",
    "catalogue": str(PROJECT / "templates" / "mitigations"),
    "records": str(PROJECT / "records"),
    "version": 0,
    "document": "",
}


def is_plain(value: Any) -> bool:
    """Whether a value holds no template for sure: Ansible's begin with a brace, or the whole text with ``#jinja2:``.

    Anything that is not what YAML and JSON have, such as a value in a vault, is not plain.
    """
    match value:
        case str():
            return "{" not in value and "#" not in value
        case None | bool() | int() | float():
            return True
        case list():
            return all(map(is_plain, value))
        case dict():
            return all(map(is_plain, value)) and all(map(is_plain, value.values()))
    return False


def names_of(option: str, role: str) -> list[str]:
    """The variables that an option can take its value from; the first one that is there counts."""
    of_catalogue = [OF_CATALOGUE[option]] if option in OF_CATALOGUE else []
    return [f"{role}_{option}", *of_catalogue, *SHORT.get(option, (option,))]


def source_of(option: str, role: str, variables: Mapping[str, Any]) -> str | None:
    """The variable that an option takes its value from; None where no variable says something. None says nothing."""
    return next((name for name in names_of(option, role) if variables.get(name) is not None), None)


def option_values(
    options: Iterable[str], role: str, variables: Mapping[str, Any], template: Template
) -> dict[str, Any]:
    """The values of those options of which a variable says something."""
    sources = {option: source_of(option, role, variables) for option in options}
    return {option: template(name, variables[name]) for option, name in sources.items() if name is not None}


def require_no_lost_words(variables: Mapping[str, Any]) -> None:
    """A value with blanks that only the shell saw in quotes: Ansible takes its first word, and keeps the others for itself.

    :raises InvalidInput: with these words; a reason of one word would stand in the record
    """
    words = variables.get(LOST_WORDS)
    if words:
        raise InvalidInput(
            f"-e holds words that belong to no variable: {str(words)!r}. Quote a value with blanks for Ansible too, as in "
            """-e "reason='the fix runs'". Nothing was sent."""
        )


def whole_number(name: str, value: Any) -> int:
    """:raises InvalidInput: where a variable is none"""
    if isinstance(value, bool) or not str(value).isdecimal():
        raise InvalidInput(f"{name} is {str(value)!r}: write a whole number")
    return int(str(value))


def in_variables(problem: str, options: Iterable[str], role: str, variables: Mapping[str, Any]) -> str:
    """What is wrong with options, with the variables that these are from."""
    named = [option for option in options if re.search(rf"\b{re.escape(option)}\b", problem)]
    sources = {option: source_of(option, role, variables) for option in named}
    told = [f"{option} is from the variable {name}" for option, name in sources.items() if name not in (None, option)]
    return f"{problem} ({'; '.join(told)})" if told else problem


def rollout_directory(variables: Mapping[str, Any], template: Template) -> str:
    """The directory of the plans where the play is part of a rollout; "" where it is none. The role rollout has the same one."""
    if variables.get("tourniquet_in_rollout") is not True:
        return ""
    directory = template("plans", variables.get("plans")) or Path(str(variables["playbook_dir"])) / ".." / "plans"
    return os.path.realpath(Path(directory).expanduser())


def settings_of(
    measure: str,
    told: Mapping[str, Any],
    variables: Mapping[str, Any],
    template: Template,
) -> Any:
    """Return what the inventory asks for of a measure; None if it is a mitigation, or nothing is asked for.

    :param told: the values of the options ``settings`` and ``measures``, where a variable sets them
    :raises InvalidInput: if ``measures`` is no mapping
    """
    if "settings" in told:
        return told["settings"]
    if "measures" in told:
        if not isinstance(told["measures"], Mapping):
            raise InvalidInput(
                "catalogue_measures must be a mapping: the id of each measure, and what is asked for of it"
            )
        return told["measures"].get(measure)
    return REGISTRY[measure].settings(variables, template) if measure in REGISTRY else None


def appliance_values(host: str, variables: Mapping[str, Any], template: Template) -> dict[str, Any]:
    """What the inventory says of an appliance, by the names without the prefix ``netscaler_``."""
    values = {
        name: template(APPLIANCE + name, variables[APPLIANCE + name])
        for name in VARIABLES
        if variables.get(APPLIANCE + name) is not None
    }
    values.setdefault("marker", sha256(f"tourniquet {host}".encode()).hexdigest()[:12])
    return values
