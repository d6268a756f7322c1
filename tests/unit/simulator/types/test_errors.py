# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each error that the simulator can raise is one of the vendor's list, with its own text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from simulator.types import ENTRIES
from simulator.types.errors import MESSAGES, NitroError

SIMULATOR = Path(__file__).parents[4] / "simulator"


def raised() -> Iterator[tuple[int, str]]:
    """Yield the codes that the source raises, and where."""
    for path in sorted(SIMULATOR.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "NitroError"
            if named and node.args and isinstance(node.args[0], ast.Constant):
                yield int(node.args[0].value), f"{path.name}:{node.lineno}"


def test_each_code_that_is_raised_has_a_text() -> None:
    places = list(raised())
    assert len(places) > 100
    assert [place for place in places if place[0] not in MESSAGES] == []


def test_each_code_of_the_tables_has_a_text() -> None:
    codes = {
        (entry.name, attribute.name, attribute.refers_code)
        for entry in ENTRIES
        for attribute in entry.attributes
        if attribute.refers or attribute.built_in
    }
    assert ("responderpolicy", "undefaction", 2818) in codes
    assert [place for place in codes if place[2] not in MESSAGES] == []


def test_the_text_of_an_error_is_that_of_its_code() -> None:
    error = NitroError(2818, "nope")
    assert (error.code, error.message, error.status) == (2818, "Invalid undef action or log action [nope]", 599)
    assert (NitroError(2054).status, NitroError(2138).status, NitroError(1642).status) == (404, 403, 409)
