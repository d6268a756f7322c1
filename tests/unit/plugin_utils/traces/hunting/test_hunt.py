# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What no half of the hunt looks at is said, and whether that makes it incomplete."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import Indicator, Level
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.hunt import given_up, not_looked_at
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.compiled_indicators import Clue

ENTRY: Any = SimpleNamespace(id="cve_1")


def clue(kind: str, *seen_by: str, **more: Any) -> Clue:
    return Clue(Indicator(kind, ("x+",), Level.ATTEMPT, seen_by, "source", **more), (ENTRY,))


@pytest.mark.parametrize(
    ("one", "with_shell", "said", "is_gap"),
    [
        (clue("log", "nitro", "outside"), False, "", False),
        (clue("configuration", "ssh", configuration=object()), False, "", False),
        (clue("processes", "ssh"), True, "", False),
        (clue("processes", "ssh"), False, "processes: only a shell on the node shows them, and the SSH half is off", False),
        (clue("ports", "outside"), True, "ports of cve_1: only what is outside the appliance shows it", False),
        (clue("log", "outside"), True, "log of cve_1: only what is outside the appliance shows it", False),
        (clue("files", "ssh"), True, "files: this version cannot look for such an indicator over SSH", True),
        (clue("files", "ssh", "outside"), False, "files: this version cannot look for such an indicator over SSH", True),
        (clue("permissions", "nitro"), True, "permissions of cve_1: only what is outside", False),
    ],
)  # fmt: skip
def test_an_indicator_that_nothing_looks_at_is_said(one: Clue, said: str, *, with_shell: bool, is_gap: bool) -> None:
    found = not_looked_at([one, one], with_shell=with_shell)
    assert len(found) == bool(said)
    assert all(str(text).startswith(said) and text.is_gap is is_gap for text in found)


def test_kinds_with_the_same_reason_are_one_line() -> None:
    (found,) = not_looked_at([clue("ports", "ssh"), clue("processes", "ssh"), clue("ports", "ssh")], with_shell=False)
    assert found.what == "ports, processes"


def test_lines_that_would_take_too_long_are_a_gap() -> None:
    one = clue("log", "nitro", is_regex=True)
    one.work.left = 0
    assert one.match(b"x" * 9) == ""
    (found,) = given_up([one, clue("log", "nitro")])
    assert (str(found), found.is_gap) == ("1 line for x+: the search for it took too long", True)
