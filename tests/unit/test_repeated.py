# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which tests make test leaves out, because others show what they show."""

from __future__ import annotations

import ast
import math
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.repeated import TESTS, always, from_environment, left_out
from tests.repeated.choice import repeated
from tests.repeated.recorder import Recorder, words
from tests.repeated.shown import One, Shown
from tests.repeated.worth import OF_A_BLOCK_OF_PLAYBOOKS, asked, refusing, worth, worth_in_playbooks

FOLDERS = (
    "tests/engine/",
    "tests/hostile/",
    "tests/nights/",
    "tests/playbooks/",
    "tests/unit/action/",
    "tests/unit/plugin_utils/",
)


def shown(tests: dict[str, tuple[float, str, str]], fixtures: dict[str, tuple[float, str]] | None = None) -> Shown:
    """Return what tests show: by name the seconds, a letter for each thing and the names of fixtures."""
    return Shown(
        {name: One(cost, frozenset(shows), tuple(shared.split())) for name, (cost, shows, shared) in tests.items()},
        {name: One(cost, frozenset(shows)) for name, (cost, shows) in (fixtures or {}).items()},
    )


def left(tests: Shown, *named: str, each_function: float = 0) -> list[str]:
    return repeated(tests, named, each_function=each_function)


def test_what_a_cheaper_one_shows_is_left_out() -> None:
    assert left(shown({"a": (0.2, "xy", ""), "b": (0.1, "xy", ""), "c": (0.2, "z", "")})) == ["a"]


def test_all_that_any_shows_is_shown_by_those_that_are_kept() -> None:
    tests = shown({str(n): (0.1 + n / 100, f"{n % 7}{n % 3}{n % 11}abc", "") for n in range(40)})
    kept = tests.tests.keys() - set(left(tests))
    assert len(kept) < 25
    assert {one for name in kept for one in tests.tests[name].shows} == {
        one for test in tests.tests.values() for one in test.shows
    }


def test_one_that_is_named_is_kept_and_all_cases_of_a_function_that_is() -> None:
    tests = shown({"f[1]": (0.2, "x", ""), "f[2]": (0.2, "x", ""), "g": (0.1, "x", "")})
    assert left(tests) == ["f[1]", "f[2]"]
    assert left(tests, "f[2]") == ["f[1]", "g"]
    assert left(tests, "f") == ["g"]


def test_a_case_of_each_function_is_kept_where_it_is_cheap_enough() -> None:
    tests = shown({"f[1]": (0.3, "x", ""), "f[2]": (0.2, "x", ""), "g": (0.1, "x", "")})
    assert left(tests, each_function=0.25) == ["f[1]"]
    assert left(tests, each_function=0.15) == ["f[1]", "f[2]"]
    tests = shown({"f": (0.0, "", "dear"), "g": (0.0, "", "cheap")}, {"dear": (5.0, "x"), "cheap": (0.5, "x")})
    assert left(tests, each_function=0) == ["f"]


def test_what_costs_more_than_it_is_worth_is_given_up() -> None:
    tests = shown({"dear": (0.3, "ab", ""), "block": (0.3, "1", ""), "cheap": (0.05, "a", "")})
    assert repeated(tests, (), each_function=0, worth=lambda word: math.inf if word == "1" else 0.1) == ["dear"]
    assert repeated(tests, (), each_function=0, worth=lambda _word: 0.1) == ["block", "dear"]
    assert repeated(tests, (), each_function=0) == ["cheap"]


def test_words_of_a_test_are_worth_what_each_of_them_is() -> None:
    tests = shown({"two": (0.3, "ab", ""), "one": (0.3, "c", ""), "other": (0.3, "d", "")})
    assert repeated(tests, (), each_function=0, worth=lambda word: 0.35 if word == "d" else 0.2) == ["one"]


def test_an_option_a_claim_and_a_run_that_ends_well_are_worth_more_than_another_word() -> None:
    assert worth("claim verdict: proven") == math.inf
    assert worth("-e save") == worth("verify ends with 0") > worth("-e save=never") == worth("verify ends with 2") > 0


def test_a_block_that_only_playbooks_reach_has_a_price_and_one_that_refuses_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.py").write_text("def f(x):\n    y = x\n    if y:\n        raise ValueError\n    return y\n")
    assert refusing(tmp_path) == {"1"}
    monkeypatch.setattr("tests.repeated.worth.refusing", lambda: frozenset({"1"}))  # that of the engine takes seconds
    assert worth_in_playbooks("2") == OF_A_BLOCK_OF_PLAYBOOKS < worth_in_playbooks("1") == worth("2") == math.inf


def test_an_option_and_a_word_of_a_result_are_asked_of_any_playbook_and_an_exit_code_of_each() -> None:
    found = [
        asked(one) for one in ("apply -e save", "apply -e save=never", "apply --check", "apply verdict: mitigated")
    ]
    assert found == ["-e save", "-e save=never", "--check", "verdict: mitigated"]
    assert asked("apply ends with 2") == "apply ends with 2"
    assert asked("claim letter: closed") == "claim letter: closed"
    assert asked("apply -e mitigation_verison") is None


def test_words_have_other_names_and_blocks_keep_theirs() -> None:
    tests = shown({"a": (0.25, "12xy", "f")}, {"f": (1.5, "xz3")})
    found = tests.renamed({"x": "new", "y": None, "z": "new"}.get)
    assert found.tests == {"a": One(0.25, frozenset({"1", "2", "new"}), ("f",))}
    assert found.fixtures == {"f": One(1.5, frozenset({"3", "new"}))}


def test_what_another_part_shows_need_not_be_shown() -> None:
    tests = shown({"a": (0.2, "xy", ""), "b": (0.2, "xz", "")})
    assert repeated(tests, (), each_function=0, elsewhere="x") == []
    assert repeated(tests, (), each_function=0, elsewhere="xy") == ["a"]


def test_a_fixture_is_paid_once_and_its_tests_go_together() -> None:
    fixtures = {"dear": (5.0, "xy"), "cheap": (0.5, "xy")}
    tests = shown({"a": (0.01, "", "dear"), "b": (0.01, "", "dear"), "c": (0.01, "", "cheap"), "d": (0.3, "", "cheap")})
    tests.fixtures |= shown({}, fixtures).fixtures
    # d shows nothing by itself and costs no more than LONG; c costs next to nothing once its fixture is played
    assert left(tests) == ["a", "b", "d"]


def test_one_in_which_nothing_is_seen_is_kept() -> None:
    assert left(shown({"program": (0.4, "", ""), "a": (0.1, "x", ""), "b": (0.2, "x", "")})) == ["b"]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    tests = shown({"a": (0.25, "xy", "f")}, {"f": (1.5, "z")})
    tests.write(tmp_path / "gw0.shown")
    (tmp_path / "gw1.shown").write_bytes((tmp_path / "gw0.shown").read_bytes())
    read = Shown.read([tmp_path / "gw0.shown", tmp_path / "gw1.shown"])
    assert read.fixtures == {f"{place}:f": One(1.5, frozenset("z")) for place in ("gw0", "gw1")}
    assert read.tests == {"a": One(0.25, frozenset("xy"), ("gw1:f",))}


def test_the_last_test_of_a_file_has_the_fixtures_that_it_takes_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen: it seemed to cost nothing, so it was played, and its fixture of ten seconds with it."""
    recorder: Any = object.__new__(Recorder)
    recorder.shown, recorder._words, recorder._current, recorder._count, recorder._known = Shown(), set(), {}, 0, 0.0
    monkeypatch.setattr(Recorder, "taken", lambda _recorder: set())
    recorder.failed = False
    story: Any = type(
        "Story", (), {"scope": "module", "baseid": "test_a.py", "argname": "story", "cached_result": ("it",)}
    )()
    recorder.end_fixture(story, 10.0, (set(), set()))
    item: Any = SimpleNamespace(
        nodeid="test_a.py::last", _fixtureinfo=SimpleNamespace(name2fixturedefs={"story": [story]})
    )
    recorder.begin_test()
    recorder.pytest_runtest_teardown(item)
    story.cached_result = None
    recorder.end_test(item, 0.1)
    assert recorder.shown.tests["test_a.py::last"].fixtures == ("test_a.py::story-1",)


def test_options_results_and_the_exit_code_of_a_run_are_noted(tmp_path: Path) -> None:
    (tmp_path / "inventory.yml").write_text(
        '{"netscalers": {"vars": {"lock": false}, "hosts": {"gw": {"save": "never"}}}}'
    )
    (tmp_path / "report.json").write_text('{"gw": {"verdict": {"word": "mitigated"}, "problem": "failed: no"}}')
    command = [
        "ansible-playbook",
        "-i",
        str(tmp_path / "inventory.yml"),
        "playbooks/apply.yml",
        "-e",
        '{"why": "A b"}',
        "--check",
    ]
    found = {*words(command, {"TOURNIQUET_REPORT": str(tmp_path / "report.json")}, 2)}
    assert found == {
        "apply ends with 2",
        "apply --check",
        "apply -e why",
        "apply -e lock",
        "apply -e lock=False",
        "apply -e save",
        "apply -e save=never",
        "apply verdict:",
        "apply problem:",
        "apply verdict: mitigated",
        "apply problem: failed",
    }  # fmt: skip


def test_only_make_test_leaves_them_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALL", raising=False)
    monkeypatch.setenv("SPARED", "1")
    assert from_environment() == left_out()
    monkeypatch.setenv("ALL", "1")
    assert from_environment() == frozenset()
    monkeypatch.delenv("ALL")
    monkeypatch.delenv("SPARED")
    assert from_environment() == frozenset()


@cache
def functions_of(path: str) -> frozenset[str]:
    file = TESTS.parent / path
    tree = ast.parse(file.read_text(encoding="utf-8")) if file.is_file() else ast.Module([], [])
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_each_line_of_the_table_names_a_test_that_is_there() -> None:
    assert left_out()
    places = [name.partition("[")[0].partition("::") for name in left_out()]
    gone = sorted(f"{path}::{name}" for path, _, name in places if name not in functions_of(path))
    assert not gone, f"delete their lines in tests/repeated/left_out.txt: {gone}"
    assert {path for path, _, _ in places if not path.startswith(FOLDERS)} == set()


def test_no_line_of_the_table_names_the_directory_of_a_clone() -> None:
    """Seen: a test had the path of a file of the project as the name of its case, so its line fitted one machine only."""
    own = ("plugins", "simulator", "templates/mitigations", "tests")
    assert not [one for one in left_out() if any(f"/{name}/" in one.partition("[")[2] for name in own)]


def test_no_test_that_a_list_names_is_left_out() -> None:
    named = {name for name in left_out() if {name, name.partition("[")[0]} & always()}
    assert not named, f"delete their lines in tests/repeated/left_out.txt: {sorted(named)}"


def test_each_test_that_is_always_played_is_there() -> None:
    places = [name.partition("[")[0].partition("::") for name in always()]
    assert [f"{path}::{name}" for path, _, name in places if name and name not in functions_of(path)] == []
