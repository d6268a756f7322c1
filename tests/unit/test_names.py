# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The names that ansible-test's pylint refuses are refused here too: it runs only in `make test-all`."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[2] / "plugins"
FILES = sorted(PLUGINS.rglob("*.py"))


@pytest.mark.parametrize("folder", sorted({file.parent.relative_to(PLUGINS).as_posix() for file in FILES}))
def test_no_variable_is_named_with_an_underscore_alone(folder: str) -> None:
    """``disallowed-name``: in modules of Ansible ``_`` is kept for translations. A name such as ``_dot`` says what is not used."""
    found = [
        f"{file.relative_to(PLUGINS)}:{node.lineno}"
        for file in sorted((PLUGINS / folder).glob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Name) and node.id == "_" and isinstance(node.ctx, ast.Store)
    ]
    assert not found
