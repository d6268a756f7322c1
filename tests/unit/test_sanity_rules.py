# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What ansible-test sanity has refused in this project is refused here too: it runs only in `make test-all`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parsed import parsed

PLUGINS = Path(__file__).parents[2] / "plugins"
FILES = sorted(PLUGINS.rglob("*.py"))


def refused(node: ast.AST) -> Iterator[str]:
    """Yield the rules of ansible-test that the node breaks."""
    if isinstance(node, ast.Name) and node.id == "_" and isinstance(node.ctx, ast.Store):
        yield "disallowed-name: `_` is kept for translations; a name such as `_dot` says what is not used"
    if isinstance(node, ast.Assert):
        yield "no-assert: `python -O` leaves it out"


@pytest.mark.parametrize("folder", sorted({file.parent.relative_to(PLUGINS).as_posix() for file in FILES}))
def test_nothing_is_written_that_sanity_refuses(folder: str) -> None:
    found = [
        f"{file.relative_to(PLUGINS)}:{node.lineno}: {rule}"
        for file in sorted((PLUGINS / folder).glob("*.py"))
        for node in ast.walk(parsed(file))
        for rule in refused(node)
    ]
    assert not found


@pytest.mark.parametrize(("code", "rule"), [("for _ in x: pass", "disallowed-name"), ("assert x", "no-assert")])
def test_a_rule_is_broken(code: str, rule: str) -> None:
    assert [one for node in ast.walk(ast.parse(code)) for one in refused(node) if one.startswith(rule)]
