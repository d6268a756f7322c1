# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The values that a class names for its results are there: a name that is wrong would end a run that has already written."""

from __future__ import annotations

import ast
import importlib
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_type_hints

import pytest
from ansible_collections.tourniquet.netscaler.plugins import plugin_utils
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation import json_values

ROOT = Path(str(plugin_utils.__file__)).parent
DECLARES = ("written", "written_whole")


def declaring() -> list[str]:
    """Return the modules with a class that names its values."""
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if not any(f"@{name}(" in text for name in DECLARES):
            continue  # each worker plays this while it collects
        tree = ast.parse(text)
        decorators = [one for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for one in node.decorator_list]
        if any(isinstance(one, ast.Call) and getattr(one.func, "id", "") in DECLARES for one in decorators):
            found.append(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return found


def problem_with(kind: Any, source: str) -> str:
    """Return why an attribute of an attribute is not there; "" where it is, as far as the annotations say."""
    name, _dot, rest = source.partition(".")
    hint = hint_of(kind, name)
    if hint is None:
        return f"{kind.__name__} has no {name}"
    if not rest:
        return ""
    if NoneType in get_args(hint):
        return f"{kind.__name__}.{name} may be None, so it may have no {rest}"
    return problem_with(hint, rest) if isinstance(hint, type) else ""


def hint_of(kind: type, name: str) -> Any:
    """Return the annotation of an attribute; Any where it has none, and None where there is no attribute."""
    if is_dataclass(kind) and name in {field.name for field in fields(kind)}:
        return get_type_hints(kind).get(name, Any)
    attribute = getattr(kind, name, None)
    read = getattr(attribute, "fget", None) or getattr(attribute, "func", None)
    if read is not None:
        return get_type_hints(read).get("return", Any)
    return None if attribute is None else Any


@pytest.mark.parametrize("module", declaring())
def test_each_value_that_a_class_names_is_there(module: str) -> None:
    names = importlib.import_module(f"{plugin_utils.__name__}.{module}")
    kinds = [one for one in vars(names).values() if isinstance(one, type) and one.__module__ == names.__name__]
    problems = []
    for kind in kinds:
        how = vars(kind).get(json_values._HOW)
        parts = {part.name or part: part for part in how.parts} if isinstance(how, json_values._How) else {}
        problems += [problem_with(kind, part.source) for part in parts.values() if isinstance(part.source, str)]
    assert not list(filter(None, problems))


def test_a_wrong_name_and_one_behind_what_may_be_none_are_found() -> None:
    assert problem_with(json_values.Part, "nam") == "Part has no nam"
    assert problem_with(json_values.Part, "name") == ""
    assert problem_with(Other, "part.name") == "Other.part may be None, so it may have no name"
    assert problem_with(Other, "sure.nam") == "Part has no nam"


class Other:
    @property
    def part(self) -> json_values.Part | None:
        return None

    @property
    def sure(self) -> json_values.Part:
        raise AssertionError("only its type is read")
