# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each safety-critical package has tests that its mutants are tried with (the module itself needs cosmic-ray, so it is read)."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.refusals.statements import ENGINE, PACKAGES

TESTS = Path(__file__).parents[1]


def test_the_mutants_of_each_package_have_tests_that_exist() -> None:
    tree = ast.parse((TESTS / "mutants" / "selection.py").read_text(encoding="utf-8"))
    (table,) = (
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "FURTHER_TESTS" and node.value is not None
    )
    assert set(PACKAGES) <= set(table)
    for place, names in table.items():
        assert (ENGINE / place).exists(), place
        for name in names:
            folder, _slash, stem = name.rpartition("/")
            above = TESTS / "unit" if folder.startswith("/") else TESTS / "unit" / "plugin_utils"
            tests = above / folder.lstrip("/") if folder else TESTS / "engine"
            assert (tests / f"test_{stem}.py").is_file(), (place, name)
