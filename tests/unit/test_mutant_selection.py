# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parts of the tests that mutants are tried with exist (the program itself needs cosmic-ray, so it is read)."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.mutants.stages import STAGES

TESTS = Path(__file__).parents[1]


def test_mutants_are_tried_with_tests_that_exist() -> None:
    tree = ast.parse((TESTS / "mutants" / "__main__.py").read_text(encoding="utf-8"))
    (parts,) = (
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PARTS"
    )
    assert {*parts} == {part for stage in STAGES for part in stage.parts}
    folders = [name.removeprefix("--ignore=") for names in parts.values() for name in names]
    assert {"tests/unit", "tests/engine", "tests/hostile", "tests/nights"} <= {*folders}
    assert [name for name in folders if not [*(TESTS.parent / name).rglob("test_*.py")]] == []
