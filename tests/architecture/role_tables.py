# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tables of variables in the README of each role, made from what ``options.yml`` declares."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.architecture import options
from tests.architecture.graph import ROOT
from tests.architecture.markers import replaced

ROLES = ROOT / "roles"
Spec = dict[str, Any]


def roles() -> list[str]:
    """Return the names of all roles."""
    return sorted(path.name for path in ROLES.iterdir() if path.is_dir())


def entry_points(role: str) -> dict[str, Spec]:
    """Return the entry points of a role, as its argument specification has them."""
    points: dict[str, Spec] = yaml.safe_load(options.specification(role))["argument_specs"]
    return points


def readme(role: str) -> Path:
    """Return the path of the README of a role."""
    return ROLES / role / "README.md"


def with_tables(role: str, text: str) -> str:
    """Return the text of a README with its tables made again, one for each entry point."""
    for entry, spec in entry_points(role).items():
        text = replaced(text, f"variables of {entry}", "\n".join(table(spec.get("options", {}))))
    return text


def variables(root: str) -> list[str]:
    """Return the lines of a Markdown list of all variables, by role; links begin at the root of the tree as it is given."""
    lines = []
    for role in roles():
        names = {name for spec in entry_points(role).values() for name in spec.get("options", {})}
        if names:
            found = ", ".join(f"`{name}`" for name in sorted(names))
            lines.append(f"* [{role}]({root}/{readme(role).relative_to(ROOT)}): {found}")
    return lines


def table(variables: Spec) -> list[str]:
    """Return the lines of a Markdown table of variables."""
    lines = ["| variable | type | default | meaning |", "|---|---|---|---|"]
    return lines + [
        f"| `{name}` | {_type(option)} | {_default(option)} | {_meaning(option)} |" for name, option in _rows(variables)
    ]


def _rows(variables: Spec, prefix: str = "") -> Iterator[tuple[str, Spec]]:
    for name, option in variables.items():
        yield f"{prefix}{name}", option
        inside = "[]." if option.get("type") == "list" else "."
        yield from _rows(option.get("options", {}), f"{prefix}{name}{inside}")


def _type(option: Spec) -> str:
    elements = option.get("elements")
    return f"list of {elements}" if elements else str(option.get("type", "str"))


def _default(option: Spec) -> str:
    if option.get("required"):
        return "mandatory"
    return f"`{json.dumps(option['default'])}`" if "default" in option else ""


def _meaning(option: Spec) -> str:
    description = option["description"]
    text = " ".join(description if isinstance(description, list) else [description])
    text = re.sub(r"\b[CVOM]\(([^)]*)\)", r"`\1`", text)
    text = re.sub(r"\bP\(tourniquet\.netscaler\.(\w+)#role\)", r"[\1](../\1/README.md)", text)
    choices = option.get("choices")
    if choices:
        text += " One of " + ", ".join(f"`{json.dumps(choice)}`" for choice in choices) + "."
    return text.replace("|", r"\|")
