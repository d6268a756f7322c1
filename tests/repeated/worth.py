# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the sample of ``make test`` asks of playbooks, and what that may cost. The engine that they reach is asked for by itself."""

from __future__ import annotations

import ast
import math
from functools import cache
from pathlib import Path

import yaml

from tests.mutants.blocks import note
from tests.mutants.reach import ENGINE
from tests.mutants.reached import first_blocks
from tests.repeated import TESTS

OF_AN_OPTION = 1.0
"""Seconds that the only test is worth that gives a documented option to a playbook, or in which a playbook does its work."""
OF_A_WORD = 0.3
"""The same of anything else: a value, a key or a word of a result, another exit code."""

OF_A_BLOCK_OF_PLAYBOOKS = 1.0
"""The same of a block of the engine that only playbooks reach, where it refuses nothing."""


@cache
def refusing(engine: Path = ENGINE) -> frozenset[str]:
    """Return the blocks in which a ``raise`` stands."""
    found = set()
    for name, first in first_blocks(engine).items():
        tree = ast.parse((engine / name).read_text(encoding="utf-8"))
        lines = [one.lineno for one in ast.walk(tree) if isinstance(one, ast.Raise)]
        blocks = note(tree, first)
        found |= {str(blocks[line]) for line in lines if line in blocks}
    return frozenset(found)


@cache
def options() -> frozenset[str]:
    """Return the names of all documented options."""
    table = yaml.safe_load((TESTS / "option_trials.yml").read_text(encoding="utf-8"))
    return frozenset(key.partition(".")[2] for rows in table.values() for key in rows)


def asked(word: str) -> str | None:
    """Return what is asked of any playbook, where another one shows a word; None where it is not asked.

    Each playbook ends in each way that it ends in by itself. An option or a result of one is not another thing in the next.
    """
    _playbook, _, rest = word.partition(" ")
    if word.startswith("claim ") or rest.startswith("ends with "):
        return word
    if rest.startswith("-e ") and rest[3:].partition("=")[0] not in options():
        return None
    return rest


def worth(word: str) -> float:
    """Return the seconds that a word is worth that nothing else shows; blocks, and each kind of claim of the nights, are always asked for."""
    if word.isdigit() or word.startswith("claim "):
        return math.inf
    is_dear = word.endswith(" ends with 0") or (word.startswith("-e ") and "=" not in word)
    return OF_AN_OPTION if is_dear else OF_A_WORD


def worth_in_playbooks(word: str) -> float:
    """Return the same for what only tests of playbooks show: they reach a block by a whole run, which a unit test reaches at once."""
    if word.isdigit() and word not in refusing():
        return OF_A_BLOCK_OF_PLAYBOOKS
    return worth(word)
