# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A test that plays a death or a failure at each request of a run plays a fixed sample of them in ``make test``, and all in ``make test-all``."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from pathlib import Path

from tests import sample

TESTS = Path(__file__).parents[1]
FEW = 12
"""So many cases need no sample."""


def cases(call: ast.Call) -> int:
    """Return how many numbers a range of ``parametrize`` has; 0 where it is no range of plain numbers, or has a step."""
    values = call.args[1] if len(call.args) > 1 else None
    if not isinstance(values, ast.Call) or ast.unparse(values.func) != "range" or len(values.args) > 2:
        return 0
    numbers = [node.value for node in values.args if isinstance(node, ast.Constant) and isinstance(node.value, int)]
    return len(range(*numbers)) if len(numbers) == len(values.args) else 0


def families() -> Iterator[tuple[str, int, bool]]:
    """Yield each test that is played at many requests of a run: its name, its cases, and if it has a sample."""
    files = (
        file for folder in ("engine", "playbooks", "hostile") for file in sorted((TESTS / folder).rglob("test_*.py"))
    )
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                marks = [mark for mark in node.decorator_list if isinstance(mark, ast.Call)]
                names = " ".join(ast.unparse(mark) for mark in node.decorator_list)
                has_sample = sample.SAMPLED in names or sample.ONLY_IN_ALL in names
                count = math.prod(max(1, cases(mark)) for mark in marks)
                yield f"{file.relative_to(TESTS)}::{node.name}", count, has_sample


def test_each_family_of_many_requests_has_a_sample() -> None:
    many = [(name, has_sample) for name, count, has_sample in families() if count > FEW]
    assert len(many) >= 8, "the pattern finds them"
    assert [name for name, has_sample in many if not has_sample] == []
