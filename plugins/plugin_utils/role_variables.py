# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The values of options, from the variables of roles. Pure.

A task of a role names the role, and not each of its options as ``"{{ variable }}"``: such a template is compiled anew in every
worker, and eighty of them took more than the work itself (docs/speed.md). What an operator says as a template is one all the same.

An option ``x`` takes its value from, in this order: ``<role>_x``, ``catalogue_x`` where the catalogue has it, the short name that
can be given with ``-e``, which is mostly ``x``, and the task itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance import VARIABLES

APPLIANCE = "netscaler_"
# The measures that are asked for in the inventory, each with its variable.
MEASURES = {"url_whitelist": "netscaler_whitelists"}
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

Template = Callable[[str, Any], Any]
"""Takes the name of a variable and its value, which may be or hold templates; returns the plain value."""


def names_of(option: str, role: str) -> list[str]:
    """The variables that an option can take its value from; the first one that is there counts."""
    of_catalogue = [OF_CATALOGUE[option]] if option in OF_CATALOGUE else []
    return [f"{role}_{option}", *of_catalogue, *SHORT.get(option, (option,))]


def option_values(
    options: Iterable[str], role: str, variables: Mapping[str, Any], template: Template
) -> dict[str, Any]:
    """The values of those options of which a variable says something. None says nothing."""
    values = {}
    for option in options:
        name = next((name for name in names_of(option, role) if variables.get(name) is not None), None)
        if name is not None:
            values[option] = template(name, variables[name])
    return values


def rollout_directory(variables: Mapping[str, Any], template: Template) -> str:
    """The directory of the plans where the play is part of a rollout; "" where it is none. The role rollout has the same one."""
    if variables.get("tourniquet_in_rollout") is not True:
        return ""
    directory = template("plans", variables.get("plans")) or Path(str(variables["playbook_dir"])) / ".." / "plans"
    return os.path.realpath(directory)


def settings_of(measure: str, told: Mapping[str, Any], variables: Mapping[str, Any], template: Template) -> Any:
    """What the inventory asks for of a measure; None where it asks for nothing, or there is nothing to be asked for.

    :param told: the values of the options ``settings`` and ``measures``, where a variable says something
    """
    if "settings" in told:
        return told["settings"]
    if "measures" in told:
        return told["measures"].get(measure)
    name = MEASURES.get(measure)
    return None if name is None else template(name, variables.get(name) or [])


def appliance_values(host: str, variables: Mapping[str, Any], template: Template) -> dict[str, Any]:
    """What the inventory says of an appliance, by the names without the prefix ``netscaler_``."""
    values = {
        name: template(APPLIANCE + name, variables[APPLIANCE + name])
        for name in VARIABLES
        if variables.get(APPLIANCE + name) is not None
    }
    values.setdefault("marker", sha256(f"tourniquet {host}".encode()).hexdigest()[:12])
    return values
