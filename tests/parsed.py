# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The syntax trees of the project's modules, each made once in a process: a dozen files of tests look at all of them, and making them takes two seconds.

``tests/conftest.py`` has these files played in one process.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

READERS = (
    "tests/unit/plugin_utils/appliance/nitro/test_never_sent.py",
    "tests/unit/plugin_utils/judgement/course/test_state.py",
    "tests/unit/plugin_utils/test_limits.py",
    "tests/unit/test_floors.py",
    "tests/unit/test_kind_tables.py",
    "tests/unit/test_mirrored_tests.py",
    "tests/unit/test_must_not_know.py",
    "tests/unit/test_next_kinds.py",
    "tests/unit/test_one_transaction.py",
    "tests/unit/test_plurals.py",
    "tests/unit/test_sanity_rules.py",
    "tests/unit/test_verb_tables.py",
    "tests/unit/test_views_decide_nothing.py",
)
"""The files of tests that look at them."""


def parsed(path: Path) -> ast.Module:
    """Return the tree of a file, which nobody changes."""
    return parsed_text(path.read_text(encoding="utf-8"))


@cache
def parsed_text(source: str) -> ast.Module:
    """Return the tree of a source, which nobody changes."""
    return ast.parse(source)
