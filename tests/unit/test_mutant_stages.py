# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What survives the unit tests is played with the others, and both figures are told."""

from __future__ import annotations

import json
from pathlib import Path

from tests.mutants.stages import STAGES, Outcome, killers, left, read, score, unreached

UNIT = {
    0: Outcome("killed", "tests/unit/plugin_utils/test_x.py::test_a", 1, 0.1),
    1: Outcome("survived", "", 3, 0.1),
    2: Outcome("no test reaches it", "", 0, 0.0),
    3: Outcome("no test reaches it", "", 0, 0.0),
}
OTHERS = {
    1: Outcome("killed", "tests/engine/test_y.py::test_b", 2, 1.0),
    2: Outcome("survived", "", 4, 2.0),
    3: Outcome("no test reaches it", "", 0, 0.0),
}


def test_what_no_stage_has_killed_is_left_also_what_was_not_played() -> None:
    assert left(range(5), []) == [0, 1, 2, 3, 4]
    assert left(range(5), [UNIT]) == [1, 2, 3, 4]
    assert left(range(5), [UNIT, OTHERS]) == [2, 3, 4]


def test_both_figures_are_told_of_each_package_and_of_all() -> None:
    rows = [" ".join(row.split()) for row in score(["change", "verbs", "change", "verbs"], [UNIT, OTHERS])]
    assert rows == [
        "change 1 of 2 killed (50%), 1 by unit tests (50%)",
        "verbs 1 of 2 killed (50%), 0 by unit tests (0%)",
        "all 2 of 4 killed (50%), 1 by unit tests (25%)",
    ]
    assert " ".join(score(["verbs"] * 4, [UNIT])[-1].split()) == "all 1 of 4 killed (25%), 1 by unit tests (25%)"
    assert score([], [UNIT]) == []


def test_a_mutant_is_unreached_where_no_stage_has_played_a_test() -> None:
    assert unreached([1, 2, 3, 4], [UNIT]) == 3
    assert unreached([2, 3, 4], [UNIT, OTHERS]) == 2


def test_who_has_killed_is_told_by_folder() -> None:
    assert killers([UNIT, OTHERS]) == [("tests/unit", 1), ("tests/engine", 1)]
    assert killers([]) == []


def test_the_last_outcome_of_a_mutant_counts(tmp_path: Path) -> None:
    path = tmp_path / "outcomes.jsonl"
    assert read(path) == {}
    rows = ([2, "not planted", "", 0, 0.0], [2, "killed", "a", 1, 0.5], [3, "survived", "", 2, 0.25])
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert read(path) == {2: Outcome("killed", "a", 1, 0.5), 3: Outcome("survived", "", 2, 0.25)}


def test_unit_tests_come_first_and_no_part_is_played_twice() -> None:
    parts = [part for stage in STAGES for part in stage.parts]
    assert STAGES[0].parts == ("unit",)
    assert sorted(parts) == ["engine", "nights", "unit"]
    assert all(stage.seconds > 0 for stage in STAGES)
