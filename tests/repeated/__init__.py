# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tests of the engine, of nights, of playbooks and of packages that ``make test`` leaves out: others show what they show.

``python -m tests.repeated`` makes the table ``left_out.txt``: it plays these tests with :mod:`.recorder` and chooses with :mod:`.choice`. A test that is not
in it is played, so a new one and one with another name are. ``always.yml`` names tests that are played whatever others show.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests import unchanged

TESTS = Path(__file__).parents[1]
TABLE = Path(__file__).with_name("left_out.txt")
ALWAYS = Path(__file__).with_name("always.yml")


@cache
def left_out() -> frozenset[str]:
    """Return the ids of the tests that are left out."""
    return frozenset(one for one in TABLE.read_text(encoding="utf-8").splitlines() if not one.startswith("#"))


@cache
def always() -> frozenset[str]:
    """Return the tests, and the functions with all their cases, that are never left out."""
    return frozenset(_texts(yaml.safe_load(ALWAYS.read_text(encoding="utf-8"))))


def _texts(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    for one in content.values() if isinstance(content, dict) else content if isinstance(content, list) else ():
        yield from _texts(one)


def from_environment() -> frozenset[str]:
    """Return what ``make test`` (``SPARED=1``) leaves out; nothing where another command plays tests."""
    return left_out() if unchanged.leaves_out() else frozenset()


def description() -> list[str]:
    """Return the line of the report's head."""
    count = len(from_environment())
    where = "of engine, hostile, nights, playbooks and unit, since others show what they show but for dear words of playbooks"
    return [f"not played: {count} tests {where} (tests/repeated; make test-all plays them)"] if count else []


def write(names: list[str]) -> None:
    """Write the table."""
    head = "# Left out of make test, since others show all that they show; made by python -m tests.repeated. Whoever deletes a line has the test played.\n"
    TABLE.write_text(head + "".join(f"{name}\n" for name in sorted(names)), encoding="utf-8")
