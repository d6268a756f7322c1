# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the sample of ``make test`` asks of playbooks, and what that may cost. The engine that they reach is asked for by itself."""

from __future__ import annotations

import math
from functools import cache

import yaml

from tests.repeated import TESTS

OF_AN_OPTION = 1.0
"""Seconds that the only test is worth that gives a documented option to a playbook, or in which a playbook does its work."""
OF_A_WORD = 0.3
"""The same of anything else: a value, a key or a word of a result, another exit code."""


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
    """Return the seconds that a word is worth that nothing else shows; each kind of claim of the nights is always asked for."""
    if word.startswith("claim "):
        return math.inf
    is_dear = word.endswith(" ends with 0") or (word.startswith("-e ") and "=" not in word)
    return OF_AN_OPTION if is_dear else OF_A_WORD
