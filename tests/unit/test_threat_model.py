# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table of threats names the tests that show its lines; each of them exists, and each line has one or says that it has none."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.played_together import played_together

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "explanation" / "threat-model.md").read_text(encoding="utf-8")
TABLE = (ROOT / "docs" / "reference" / "threats.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", TABLE)))
LINES = [line for line in TABLE.splitlines() if re.match(r"\| [STRIDE] \| A\d+", line)]
NO_TEST = "not shown by a test"


@played_together(("file", "name"), NAMED)
def test_a_test_that_is_named_exists(file: str, name: str) -> None:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@played_together("line", LINES, ids=range(len(LINES)))
def test_each_line_has_its_columns_and_its_tests(line: str) -> None:
    _start, letter, attacker, could, holds, shown, open_, _end = (cell.strip() for cell in line.split("|"))
    assert all((letter, attacker, could, holds, open_))
    assert re.fullmatch(r"(`tests/[\w/]+\.py::test_\w+` ?)+", shown) or shown == NO_TEST


def test_every_attacker_and_every_letter_has_a_line() -> None:
    attackers = set(re.findall(r"^\| (A\d+) \|", PAGE, re.MULTILINE))
    assert len(attackers) == 10
    assert {line.split("|")[2].strip() for line in LINES} == attackers
    assert {line.split("|")[1].strip() for line in LINES} == set("STRIDE")
