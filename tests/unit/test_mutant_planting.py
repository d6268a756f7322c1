# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A mutant works in the running process: in functions, methods, defaults, fields and constants, and also where a result was kept before."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from tests.lies import planted
from tests.mutants import planting
from tests.mutants.planting import plant

SOURCE = """
from dataclasses import dataclass
from functools import cache, cached_property

LIMIT = 3

def above(number):
    return number > LIMIT

def step(number, by=2, *, most=90):
    return min(number + by, most)

@cache
def kept():
    return above(4)

class Kind:
    size = 5

    @property
    def half(self):
        return self.size // 2

    @cached_property
    def twice(self):
        return self.size * 2

    @staticmethod
    def one():
        return 1

    @classmethod
    def two(cls):
        return 1 + 1

@dataclass(frozen=True)
class Row:
    count: int = 7

@dataclass
class Task:
    work: object = step
    clock: object = lambda: 0
    most: int = 8

def timed(number, clock=lambda: 0, *, most=6, work=step):
    return work(number, most=most)
"""
USER = "from {name} import LIMIT\n\ndef doubled():\n    return LIMIT * 2\n"
PATH = "foundation/made_up.py"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(planted, "ENGINE", tmp_path)
    monkeypatch.setattr(planting, "ENGINE", tmp_path)
    name = f"{planted.PREFIX}foundation.made_up"
    return _made(tmp_path / PATH, name, SOURCE, monkeypatch)


def _made(path: Path, name: str, source: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    path.parent.mkdir(exist_ok=True)
    path.write_text(source, encoding="utf-8")
    spec = spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    made = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, made)
    spec.loader.exec_module(made)
    return made


@pytest.mark.parametrize(
    ("old", "new", "expression", "before", "after"),
    [
        ("number > LIMIT", "number < LIMIT", "above(4)", True, False),
        ("number > LIMIT", "number < LIMIT", "kept()", True, False),
        ("LIMIT = 3", "LIMIT = 4", "above(4)", True, False),
        ("LIMIT = 3", "LIMIT = 4", "kept()", True, False),
        ("by=2", "by=3", "step(1)", 3, 4),
        ("most=90", "most=89", "step(90)", 90, 89),
        ("size = 5", "size = 9", "Kind().half", 2, 4),
        ("size // 2", "size // 1", "Kind().half", 2, 5),
        ("size * 2", "size + 2", "Kind().twice", 10, 7),
        ("return 1\n", "return 0\n", "Kind.one()", 1, 0),
        ("1 + 1", "1 - 1", "Kind.two()", 2, 0),
        ("count: int = 7", "count: int = 6", "Row().count", 7, 6),
        ("most: int = 8", "most: int = 9", "Task().most", 8, 9),
        ("most: int = 8", "most: int = 9", "Task().work is step", True, True),
        ("most=6", "most=5", "timed(7)", 6, 5),
    ],
)
def test_a_planted_mutant_works(
    module: ModuleType, old: str, new: str, expression: str, before: object, after: object
) -> None:
    assert SOURCE.count(old) == 1
    assert eval(expression, vars(module)) == before
    plant(PATH, SOURCE.replace(old, new))
    assert eval(expression, vars(module)) == after


def test_a_constant_changes_where_it_was_imported_too(
    module: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"{planted.PREFIX}foundation.user"
    user = _made(tmp_path / "foundation" / "user.py", name, USER.format(name=module.__name__), monkeypatch)
    plant(PATH, SOURCE.replace("LIMIT = 3", "LIMIT = 4"))
    assert user.doubled() == 8


def test_what_changes_nothing_is_refused(module: ModuleType) -> None:
    with pytest.raises(ValueError, match="nothing is changed"):
        plant(PATH, SOURCE)
    assert module.above(4)
