# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What documents the options, made from the ``options.yml`` of each verb, measure and of the appliance.

The options of the modules and the fragments that they share, the argument specifications of the roles, and the page of the options by verb.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import (
    COMMON,
    declared_option,
    folders,
    names_of,
    names_of_page,
    read,
    variable_of,
)

from tests.architecture.graph import ROOT
from tests.architecture.verb_files import new_module
from tests.architecture.yaml_text import option_lines

MODULES = ROOT / "plugins" / "modules"
ROLES = ROOT / "roles"
FRAGMENT = ROOT / "plugins" / "doc_fragments" / "shared.py"
FRAGMENTS = "tourniquet.netscaler.shared"
BY_VERB = ROOT / "docs" / "reference" / "options-by-verb.md"
COLLECTION = "tourniquet.netscaler"
Option = dict[str, Any]


def made() -> dict[Path, str]:
    """Return the content of each file that documents options."""
    return {
        FRAGMENT: fragment(),
        BY_VERB: page(),
        **{MODULES / f"{task}.py": module(folder, task) for folder, task in tasks()},
        **{specification_of(role): specification(role) for role in roles()},
    }


def tasks() -> list[tuple[str, str]]:
    """Return each module with the folder that declares its options."""
    return [(folder, task) for folder in folders() for task in read(folder).get("tasks", {})]


# -- modules -----------------------------------------------------------------------------------------------------------


def module(folder: str, task: str) -> str:
    """Return the text of a module, with its options and the fragments that it shares."""
    path = MODULES / f"{task}.py"
    text = path.read_text(encoding="utf-8") if path.exists() else new_module(task)
    shared = shared_groups(folder, task)
    in_groups = {name for group in shared for name in read(COMMON)["groups"][group]}
    options = module_options(folder, task)
    own = {name: option for name, option in options.items() if name not in in_groups}
    begin, documentation, end = re.split(r'(?s)(?<=DOCUMENTATION = r""")(.*?)(?=""")', text, maxsplit=1)
    documentation = _with_fragments(documentation, [f"{FRAGMENTS}.{group}" for group in shared])
    lines = "options:\n" + "".join(f"{line}\n" for line in option_lines(own, 2)) if own else "options: {}\n"
    documentation = re.sub(r"(?m)^options:.*\n(?:(?: .*)?\n)*", lambda _match: lines, documentation)
    return begin + documentation + end


def shared_groups(folder: str, task: str) -> list[str]:
    """Return the groups of a task whose options its folder does not change."""
    of = read(folder)["tasks"][task].get("of", ())
    groups, own = read(COMMON)["groups"], read(folder)["options"]
    return [group for group in of if not own.keys() & set(groups[group])]


def module_options(folder: str, task: str) -> dict[str, Option]:
    """Return the documented options of a module."""
    names = names_of(folder, task)
    options = {name: declared_option(folder, name) for name in names}
    for name, option in options.items():
        elsewhere = option.pop("used_by", task)
        if elsewhere != task:
            option["description"] = f"Has no effect here; see M({COLLECTION}.{elsewhere})."
        option["description"] = _with_references(option["description"], dict.fromkeys(names, ""), prefix="")
        option.pop("no_log", None)
        options[name] = option
    return options


def fragment() -> str:
    """Return the module of the fragments, one for each shared group."""
    lines = []
    for group, names in read(COMMON)["groups"].items():
        options = {name: declared_option(COMMON, name) for name in names}
        for option in options.values():
            option.pop("no_log", None)
            # A module may have this group and not the one that the reference is to.
            option["description"] = _with_references(option["description"], dict.fromkeys(names, ""), prefix="")
        lines += ["", f'    {group.upper()} = r"""', "options:", *option_lines(options, 2), '"""']
    return "\n".join([*_FRAGMENT_HEAD, *lines[1:]]) + "\n"


_FRAGMENT_HEAD = (
    "# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)",
    '"""The options that several modules share. Made from plugin_utils/verbs/common/options.yml (make docs)."""',
    "",
    "",
    "class ModuleDocFragment:",
)


def _with_fragments(documentation: str, made_ones: list[str]) -> str:
    """Return the documentation of a module with the names of its fragments; those that hold no options stay."""
    found = re.search(r"(?m)^extends_documentation_fragment:\n((?:  - .*\n)*)", documentation)
    written = re.findall(r"  - (.*)\n", found.group(1)) if found else []
    names = [name for name in written if not name.startswith(FRAGMENTS)] + made_ones
    block = "extends_documentation_fragment:\n" + "".join(f"  - {name}\n" for name in names) if names else ""
    if found:
        return documentation.replace(found.group(0), block)
    return documentation.replace("\noptions:", f"\n{block}options:", 1)


def _with_references(description: str | list[str], variables: Mapping[str, str], prefix: str) -> str | list[str]:
    """Return a description whose references to options hold on a page: an option that is not on it is only named.

    :param variables: by option of the page, how it is called there; "" for the name of the option
    """

    def named(match: re.Match[str]) -> str:
        name = match.group(1)
        return f"O({prefix}{variables[name] or name})" if name in variables else f"C({name})"

    if isinstance(description, list):
        return [re.sub(r"(?<!R)\bO\((\w+)\)", named, text) for text in description]
    return re.sub(r"\bO\((\w+)\)", named, description)


# -- roles -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Listed:
    """An option that a role documents.

    :ivar folder: that declares it
    :ivar changed: what the role changes of it; None takes a key away
    """

    folder: str
    name: str
    changed: Mapping[str, Any]


@cache
def roles() -> dict[str, dict[str, list[Listed]]]:
    """Return by role and entry point the options that it documents."""
    found: dict[str, dict[str, list[Listed]]] = {}
    for folder in folders():
        for role, entries in read(folder).get("roles", {}).items():
            for entry, names in entries.items():
                listed = [next(iter(name.items())) if isinstance(name, dict) else (name, {}) for name in names]
                found.setdefault(role, {})[entry] = [Listed(folder, name, changed) for name, changed in listed]
    return {role: found[role] for role in sorted(found)}


def specification_of(role: str) -> Path:
    """Return the path of the argument specification of a role."""
    return ROLES / role / "meta" / "argument_specs.yml"


def specification(role: str) -> str:
    """Return the text of the argument specification of a role, with the options of each entry point."""
    text = specification_of(role).read_text(encoding="utf-8")
    for entry in roles()[role]:
        lines = "".join(f"{line}\n" for line in option_lines(role_options(role, entry), 6))
        pattern = rf"(?m)^(  {entry}:.*\n(?:(?:    .*)?\n)*?    options:\n)(?:(?:      .*)?\n)*"
        text = re.sub(pattern, lambda match, lines=lines: match.group(1) + lines, text, count=1)
    return text


def role_options(role: str, entry: str) -> dict[str, Option]:
    """Return the documented variables of an entry point of a role."""
    listed = roles()[role][entry]
    variables = {each.name: variable_of(each.folder, each.name) or each.name for each in listed}
    prefix = "" if entry == "main" else f"{entry}:"
    options = {}
    for each in listed:
        option = _changed(declared_option(each.folder, each.name), each.changed)
        text = _with_references(option["description"], variables, prefix)
        options[variables[each.name]] = {**option, "description": _without_values(text)}
    return options


def _changed(option: Option, changed: Mapping[str, Any]) -> Option:
    return {key: value for key, value in {**option, **changed}.items() if value is not None}


def _without_values(description: str | list[str]) -> str | list[str]:
    """Return a description that only names values of the result of a module, since a role has none."""
    if isinstance(description, list):
        return [re.sub(r"\bRV\((\w+)\)", r"C(\1)", text) for text in description]
    return re.sub(r"\bRV\((\w+)\)", r"C(\1)", description)


# -- the page of the options by verb -------------------------------------------------------------------------------------


def page() -> str:
    """Return the page of the options by verb."""
    return "\n".join([*_PAGE_HEAD, *_rows()]) + "\n"


_PAGE_HEAD = (
    "# Options by verb",
    "",
    "Which verb takes which option. The module of each has type, default and meaning (`ansible-doc tourniquet.netscaler.MODULE`); the README of its role",
    "has the names of the variables. Made from `options.yml` of each verb (`make docs`).",
    "",
    "| verb | modules | options |",
    "|---|---|---|",
)


def _rows() -> Iterator[str]:
    for folder in folders():
        if folder != COMMON and "tasks" in read(folder):
            names = {
                *names_of_page(folder),
                *(name for task in read(folder)["tasks"] for name in names_of(folder, task)),
            }
            shown = sorted(name for name in names if name not in ("variables_of", "appliance"))
            modules = ", ".join(f"`{task}`" for task in read(folder)["tasks"])
            options = ", ".join(f"`{name}`" for name in shown)
            yield f"| {folder.partition('/')[2]} | {modules} | {options} |"
