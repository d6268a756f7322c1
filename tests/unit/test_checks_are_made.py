# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each check of the nights is made: a function that only its module can call is called there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

NIGHTS = Path(__file__).parents[1] / "nights"
MODULES = sorted(str(path.relative_to(NIGHTS)) for path in NIGHTS.rglob("*.py"))


def unused(source: str) -> Iterator[str]:
    """Yield the private functions of a module that nothing in it names; one with a decorator is called by that."""
    tree = ast.parse(source)
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    own = (node for node in tree.body if isinstance(node, ast.FunctionDef) and not node.decorator_list)
    yield from (node.name for node in own if node.name.startswith("_") and node.name not in named)


@pytest.mark.parametrize("module", MODULES)
def test_each_check_is_made(module: str) -> None:
    """Seen: two checks, of what is lost and of who was told to be protected in time, stood in a module for a day and were never made."""
    assert [*unused((NIGHTS / module).read_text(encoding="utf-8"))] == []


def test_a_check_that_nothing_calls_is_noticed() -> None:
    assert [*unused("def _one(): ...\ndef _other(): _one()\n")] == ["_other"]
