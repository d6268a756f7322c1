# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which tests a mutant is played with: those that reach its line, the cheapest first."""

from __future__ import annotations

import ast
from array import array
from pathlib import Path

import pytest

from tests.mutants.blocks import NOTE, blocks_of, is_called_at_import, lines_with, names_at, note, works_at_import
from tests.mutants.reached import Choice, Reach, blocks_for, first_blocks, spread

SOURCE = '''
LIMIT = 3

def chosen(number, most=9):
    """Return a text."""
    found = []
    if number > most:
        found.append("more")
    else:
        found.append("less")
    for one in range(number):
        found.append(one)
    return found

def safe(number):
    try:
        return chosen(1 // number)
    except ZeroDivisionError:
        return LIMIT

class Shape:
    def only_described(self, sides=4):
        """Do nothing."""

class Row:
    size = 7

    def half(self):
        return self.size // 2

    def twice(self):
        def inside():
            return 2
        return self.size * inside()
'''


def line_of(text: str) -> int:
    assert SOURCE.count(text) == 1, text
    return SOURCE[: SOURCE.index(text)].count("\n") + 1


def reached_by(expression: str) -> set[int]:
    """Return the blocks that run when an expression is evaluated in the module with notes."""
    tree = ast.parse(SOURCE)
    note(tree, 100)
    marks = bytearray(200)
    names: dict[str, object] = {NOTE: marks}
    exec(compile(tree, "made_up", "exec"), names)
    eval(expression, names)
    return {number for number, mark in enumerate(marks) if mark}


@pytest.mark.parametrize(
    ("text", "expression", "is_reached"),
    [
        ('append("more")', "chosen(10)", True),
        ('append("more")', "chosen(9)", False),
        ('append("less")', "chosen(9)", True),
        ("append(one)", "chosen(1)", True),
        ("append(one)", "chosen(0)", False),
        ("return found", "chosen(0)", True),
        ("found = []", "chosen(0)", True),
        ("found = []", "Row().half()", False),
        ("except ZeroDivisionError", "safe(1)", True),
        ("return LIMIT", "safe(1)", False),
        ("return LIMIT", "safe(0)", True),
        ("return 2", "Row().twice()", True),
        ("return 2", "Row().half()", False),
        ("self.size * inside()", "Row().twice()", True),
        # what runs at import works in its function, its class, or all functions
        ("most=9", "chosen(0)", True),
        ("most=9", "Row().half()", False),
        ("size = 7", "Row().half()", True),
        ("size = 7", "chosen(0)", False),
        ("LIMIT = 3", "Row().half()", True),
        ("sides=4", "Row().half()", False),
    ],
)
def test_the_blocks_of_a_line_have_run_where_it_has_worked(text: str, expression: str, is_reached: bool) -> None:
    assert bool(blocks_of(SOURCE, 100, line_of(text)) & reached_by(expression)) is is_reached


def test_notes_change_nothing_that_a_module_does() -> None:
    tree = ast.parse(SOURCE)
    lines = note(tree, 0)
    names: dict[str, object] = {NOTE: bytearray(100)}
    exec(compile(tree, "made_up", "exec"), names)
    assert eval("(chosen(10)[0], chosen(2), safe(0), Row().twice(), chosen.__doc__)", names) == (
        "more",
        ["less", 0, 1],
        3,
        14,
        "Return a text.",
    )
    assert sorted(set(lines.values())) == [*range(len(set(lines.values())))]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("LIMIT = 3", {"LIMIT"}),
        ("size = 7", {"Row"}),
        ("def safe", set()),
        ("self.size // 2", set()),  # who makes a Row need not call half()
        ("sides=4", set()),
        ("return 2", set()),
    ],
)
def test_others_use_what_runs_at_import_by_its_name(text: str, names: set[str]) -> None:
    assert names_at(SOURCE, line_of(text)) == names


@pytest.mark.parametrize(
    ("text", "at_import"),
    [("return 1", True), ("return 2", True), ("return 3", False), ("return 4", False), ("return 5", False)],
)
def test_a_function_that_its_module_calls_works_at_import(text: str, at_import: bool) -> None:
    source = """
def one(): return 1
def two():
    return 2
def both():
    return two() + one()
def three():
    return 3
def four():
    return 4
class Shape:
    def five(self): return 5
VALUES, LATER = [both()], {"three": three}
"""
    line = source[: source.index(text)].count("\n") + 1
    assert is_called_at_import(source, line) is works_at_import(source, line) is at_import
    assert works_at_import(source, source.count("\n"))
    assert not is_called_at_import(source, source.count("\n"))


def test_only_functions_that_use_a_name_have_its_lines() -> None:
    assert lines_with(SOURCE, {"LIMIT"}) == {line_of("return LIMIT")}
    assert lines_with(SOURCE, {"size"}) == {line_of("self.size // 2"), line_of("self.size * inside()")}


@pytest.fixture
def engine(tmp_path: Path) -> Path:
    (tmp_path / "made_up.py").write_text(SOURCE, encoding="utf-8")
    user = "from .made_up import LIMIT\n\ndef doubled():\n    return LIMIT * 2\n\ndef other():\n    return 1\n"
    (tmp_path / "user.py").write_text(user, encoding="utf-8")
    return tmp_path


def test_a_constant_works_where_another_module_uses_it(engine: Path) -> None:
    first = first_blocks(engine)
    doubled, other = sorted(
        {*note(ast.parse((engine / "user.py").read_text(encoding="utf-8")), first["user.py"]).values()}
    )
    found = blocks_for(engine, first, "made_up.py", line_of("LIMIT = 3"))
    assert doubled in found
    assert other not in found


def test_of_each_function_some_cases_are_played_from_the_first_to_the_last() -> None:
    engine_tests = [f"tests/engine/test_x.py::test_a[{n}]" for n in range(9)]
    assert spread([*engine_tests, "tests/engine/test_x.py::test_b"]) == [
        engine_tests[0],
        engine_tests[4],
        engine_tests[8],
        "tests/engine/test_x.py::test_b",
    ]
    few = [f"tests/unit/test_x.py::test_a[{n}]" for n in range(9)]
    assert spread(few) == few


OWN = "tests/unit/plugin_utils/test_made_up.py"


def choice(engine: Path, costs: dict[str, float], seconds: float = 100) -> list[str]:
    """Return the tests of a mutant in ``chosen``, which all tests reach."""
    first = first_blocks(engine)
    (block,) = blocks_of(SOURCE, first["made_up.py"], line_of("found = []"))
    reach = Reach([*costs], [*costs.values()], {block: array("I", range(len(costs)))})
    return Choice(engine, first, reach, seconds).tests("made_up.py", line_of("found = []"), [OWN])


@pytest.mark.parametrize(("text", "tests"), [("LIMIT = 3", [f"{OWN}::test_one"]), ("found = []", [])])
def test_what_runs_at_import_is_seen_by_tests_of_the_module_that_reach_no_block(
    engine: Path, text: str, tests: list[str]
) -> None:
    reach = Reach(["tests/unit/test_y.py::test_other", f"{OWN}::test_one"], [0.1, 0.1])
    assert Choice(engine, first_blocks(engine), reach, 100).tests("made_up.py", line_of(text), [OWN]) == tests


def test_the_tests_of_the_module_come_first_then_the_cheapest(engine: Path) -> None:
    costs = {
        "tests/unit/test_y.py::test_slow": 0.2,
        "tests/unit/test_y.py::test_fast": 0.1,
        f"{OWN}::test_one": 0.5,
    }
    assert choice(engine, costs) == [*reversed(costs)]


def test_a_second_case_of_a_function_comes_after_the_first_of_another_and_a_fifth_never(engine: Path) -> None:
    costs = {f"tests/unit/test_y.py::test_a[{n}]": 0.1 for n in range(6)} | {"tests/unit/test_y.py::test_b": 0.3}
    cases = [f"tests/unit/test_y.py::test_a[{n}]" for n in range(4)]
    assert choice(engine, costs) == [cases[0], "tests/unit/test_y.py::test_b", *cases[1:]]
    own = {f"{OWN}::test_a[{n}]": 0.1 for n in range(6)}
    assert choice(engine, own) == [*own]


def test_a_second_test_of_a_file_comes_after_the_first_of_another(engine: Path) -> None:
    costs = {
        "tests/engine/test_x.py::test_a": 0.1,
        "tests/engine/test_z.py::test_a": 0.4,
        "tests/engine/test_x.py::test_b": 0.2,
        "tests/engine/test_z.py::test_b": 0.5,
        "tests/engine/test_x.py::test_c": 0.3,
    }
    assert choice(engine, costs) == [*costs]


def test_no_test_is_begun_once_the_time_of_a_mutant_is_spent(engine: Path) -> None:
    costs = {f"tests/engine/test_x.py::test_{n}": 0.5 for n in range(9)}
    assert choice(engine, costs, seconds=1) == [*costs][:2]
    assert choice(engine, costs, seconds=1.1) == [*costs][:3]


def test_what_processes_have_written_down_is_read_as_one(tmp_path: Path) -> None:
    for number, name in enumerate(("gw0", "gw1")):
        one = Reach()
        one.add(f"{name}::a", 0.5, {1, number + 2})
        one.add(f"{name}::b", 0.25, {1})
        one.write(tmp_path / f"{name}.reach")
    whole = Reach.read([tmp_path / "gw0.reach", tmp_path / "gw1.reach"])
    assert whole.tests == ["gw0::a", "gw0::b", "gw1::a", "gw1::b"]
    assert whole.costs == [0.5, 0.25, 0.5, 0.25]
    assert {block: [*tests] for block, tests in whole.blocks.items()} == {1: [0, 1, 2, 3], 2: [0], 3: [2]}
