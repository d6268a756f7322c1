# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The values of the options of a task, from the variables of roles and of the inventory. Pure.

A task of a role names its role in ``variables_of`` and does not repeat each option as ``"{{ variable }}"``: Ansible compiles such a template anew in
every worker, and eighty of them took longer than the work itself (docs/explanation/speed.md). A variable that holds a template is still rendered.

The variable of an option is called as the option, or as ``options.yml`` says (:mod:`option_files`). It counts before what the task itself states; then
comes the default of :data:`ROLE_DEFAULTS` or of the option. A measure that the task states counts first, and so does what it names in ``settles``.

A variable that is null counts as not set.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from ...appliance.nitro.appliance import VARIABLES
from ...catalogue.entry_name import entry_name
from ...foundation.collection_version import PROJECT
from ...foundation.errors import InvalidInput
from ...foundation.foreign_text import has_nul, nul_problem
from ...foundation.state_directory import is_installed, named_state_directory
from ...measures.kind import Template
from ...measures.registry import inventory_kinds
from .default_paths import default_directory, inventory_sources, require_outside_collections
from .option_files import COMMON, options_of_role, variable_of

KINDS = {
    "dict": "a mapping (name: value)",
    "list": "a list",
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
}
_OTHER_KIND = re.compile(
    r"argument '(?P<option>\w+)' is of type (?:<class ')?(?P<is>\w+)(?:'>)?(?: found in '[^']*')? and we were unable to convert to (?P<must>\w+): .*",
    re.DOTALL,
)
"""How Ansible says that a value cannot be converted, where it does not say of what variable."""

APPLIANCE = "netscaler_"
STRAY_WORDS = "_raw_params"  # Ansible's name for the words behind -e that belong to no variable
OF_MEASURE = ("mitigation", "measure")
"""The options that name the measure of a run, an entry of the catalogue or another one."""
# The values of options that neither a variable nor the task of a role states.
ROLE_DEFAULTS: dict[str, Any] = {
    "mitigation": "",
    "measure": "",
    "catalogue": str(PROJECT / "templates" / "mitigations"),
    "records": str(PROJECT / "records"),
    "version": 0,
    "document": "",
    "logs_below": str(PROJECT),
    "reports": str(PROJECT / "reports" / "impact"),
    "directory": str(PROJECT / "learnt"),
    "results": str(PROJECT / "open_facts"),
    "bookmarks": str(PROJECT / "log_bookmarks"),
}

# Likewise, of a task that names no role: the catalogue of the collection, and its current template.
MODULE_DEFAULTS: dict[str, Any] = {name: ROLE_DEFAULTS[name] for name in ("catalogue", "version", "document")}


def is_plain(value: Any) -> bool:
    """True if a value certainly holds no template: those of Ansible begin with a brace, or the whole text with ``#jinja2:``.

    A value of a type that YAML and JSON do not have, such as one in a vault, is not plain.
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


def variable_name(option: str, role: str) -> str | None:
    """Return the variable that an option takes its value from; None for an option that only a task states."""
    return variable_of(options_of_role(role).get(option, COMMON), option)


def source_variable(option: str, role: str, variables: Mapping[str, Any]) -> str | None:
    """Return the variable that an option takes its value from; None where it is not set."""
    name = variable_name(option, role)
    return name if name is not None and variables.get(name) is not None else None


def option_values(
    options: Iterable[str], role: str, variables: Mapping[str, Any], template: Template
) -> dict[str, Any]:
    """Return the values of those options for which a variable is set."""
    sources = {option: source_variable(option, role, variables) for option in options}
    found = {option: template(name, variables[name]) for option, name in sources.items() if name is not None}
    return {option: entry_name(value) if option in OF_MEASURE else value for option, value in found.items()}


def require_no_stray_words(variables: Mapping[str, Any]) -> None:
    """Refuse a value with blanks that was quoted for the shell only: Ansible takes its first word and drops the others.

    :raises InvalidInput: with these words; otherwise the record would hold a reason of one word
    """
    words = variables.get(STRAY_WORDS)
    if words:
        raise InvalidInput(
            f"-e holds words that belong to no variable: {str(words)!r}. Quote a value with blanks for Ansible too, as in "
            """-e "reason='the fix runs'". Nothing was sent."""
        )


def whole_number(name: str, value: Any) -> int:
    """Return the value of a variable as an int.

    :raises InvalidInput: where it is not a whole number
    """
    if isinstance(value, bool) or not str(value).isdecimal():
        raise InvalidInput(f"{name} is {str(value)!r}: write a whole number")
    return int(str(value))


def with_variable_names(problem: str, options: Iterable[str], role: str, variables: Mapping[str, Any]) -> str:
    """Return the text of a problem with options, with the variables from which their values came."""
    found = _OTHER_KIND.fullmatch(problem)
    if found and found["is"] in KINDS and found["must"] in KINDS:
        name = source_variable(found["option"], role, variables) or found["option"]
        return f"{name} must be {KINDS[found['must']]}, and is {KINDS[found['is']]}. Nothing was sent."
    named = [option for option in options if re.search(rf"\b{re.escape(option)}\b", problem)]
    sources = {option: source_variable(option, role, variables) for option in named}
    notes = [f"{option} is from the variable {name}" for option, name in sources.items() if name not in (None, option)]
    return f"{problem} ({'; '.join(notes)})" if notes else problem


def plans_directory(variables: Mapping[str, Any], template: Template) -> str:
    """Return the directory of the plans: the variable ``plans``, or ``plans`` beside the directory of the playbook.

    For a playbook of an installed collection, and where a state directory is named, it is the default of :func:`places.default_directory`.

    :raises InvalidInput: where the directory is inside an installed collection, or can be none
    """
    directory = template("plans", variables.get("plans"))
    if has_nul(directory):
        raise InvalidInput(nul_problem("plans"))
    if not directory:
        above = Path(os.path.realpath(Path(str(variables["playbook_dir"])) / ".."))
        installed = is_installed(above)
        moved = installed or named_state_directory() is not None
        directory = default_directory("plans", inventory_sources(variables), above) if moved else above / "plans"
    require_outside_collections("plans", str(directory))
    return os.path.realpath(Path(directory).expanduser())


def rollout_directory(variables: Mapping[str, Any], template: Template) -> str:
    """Return the directory of the plans where the play is part of a rollout, else ""."""
    return plans_directory(variables, template) if variables.get("tourniquet_in_rollout") is True else ""


def settings_of(
    measure: str,
    given: Mapping[str, Any],
    variables: Mapping[str, Any],
    template: Template,
) -> Any:
    """Return the settings of a measure in the inventory; None if it is a mitigation, or nothing is asked for.

    :param given: the values of the options ``settings`` and ``measures``, where a variable sets them
    :raises InvalidInput: if ``measures`` is not a mapping
    """
    if "settings" in given:
        return given["settings"]
    if "measures" in given:
        if not isinstance(given["measures"], Mapping):
            raise InvalidInput("catalogue_measures must be a mapping: the id of each measure, and its settings")
        return given["measures"].get(measure)
    kind = inventory_kinds().get(measure)
    return kind.settings(variables, template) if kind is not None else None


def appliance_values(host: str, variables: Mapping[str, Any], template: Template) -> dict[str, Any]:
    """Return the inventory variables of an appliance, by their names without the prefix ``netscaler_``."""
    values = {
        name: template(APPLIANCE + name, variables[APPLIANCE + name])
        for name in VARIABLES
        if variables.get(APPLIANCE + name) is not None
    }
    values.setdefault("marker", sha256(f"tourniquet {host}".encode()).hexdigest()[:12])
    return values
