# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The constants of the engine that are numbers, times, or made of these: most are limits of size, length, time or count.

``python -m tests.limits`` writes those that it finds to ``tests/limits.yml``, for a person to compare.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from tests.parsed import parsed

from tests import collection  # noqa: F401  isort: skip -- finds the collection

ENGINE = "ansible_collections.tourniquet.netscaler.plugins.plugin_utils"
FOLDER = Path(__file__).parents[1] / "plugins" / "plugin_utils"
_LONGEST = 120
"""Characters of a value: what is longer is a table of its own."""
TABLE = Path(__file__).with_name("limits.yml")


def constants() -> dict[str, dict[str, Any]]:
    """Return by module, relative to the engine, the names with a number at the top of its source, and their values."""
    found = {}
    for module, names in _named().items():
        values = vars(import_module(f"{ENGINE}.{module}"))
        plain = {name: _plain(values[name]) for name in names if name in values and not isinstance(values[name], str)}
        plain = {name: value for name, value in plain.items() if value is not None and len(str(value)) <= _LONGEST}
        if plain:
            found[module] = plain
    return found


def _plain(value: object) -> Any:
    """Return a value as the table has it; None where it is made of anything else."""
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g} s"
    if type(value) in (int, float, str):
        return value
    if isinstance(value, Mapping):
        parts = {str(name): _plain(one) for name, one in value.items()}
        return None if None in parts.values() else parts
    if isinstance(value, tuple | list | set | frozenset):
        inside = [_plain(one) for one in (sorted(value, key=repr) if isinstance(value, set | frozenset) else value)]
        return None if None in inside else inside
    return None


def kept() -> dict[str, dict[str, Any]]:
    table: dict[str, dict[str, Any]] = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return table


@cache
def _named() -> dict[str, list[str]]:
    """Return by module the names that it gives a value of its own which is made with a number."""
    found = {}
    for path in sorted(FOLDER.rglob("*.py")):
        module = ".".join(path.relative_to(FOLDER).with_suffix("").parts).removesuffix(".__init__")
        if names := [name for node in parsed(path).body for name in _names(node)]:
            found[module] = sorted(names)
    return found


def _names(node: ast.stmt) -> list[str]:
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return []
    has_number = any(isinstance(one, ast.Constant) and type(one.value) in (int, float) for one in ast.walk(node.value))
    if not has_number:
        return []
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)]


def write() -> None:
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    for module, names in constants().items():
        lines += ["---"] if lines[-1].startswith("#") else []
        lines += [f"{module}:", *(f"  {name}: {json.dumps(value)}" for name, value in names.items())]
    TABLE.write_text("\n".join([*lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    write()
