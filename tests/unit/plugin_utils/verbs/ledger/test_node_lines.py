# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lines of the ledger on nodes: what is open, what is not known, and what lacks the fix."""

from __future__ import annotations

from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.state import State
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.ledger.node_lines import node_lines

OPEN = next(state for state in State if not state.protects and state.is_known)
UNKNOWN = next(state for state in State if not state.protects and not state.is_known)
PROTECTS = next(state for state in State if state.protects)


def row(
    entry: str, *management: State, node: str = "n1", since: str = "2020-01-01", without: tuple[str, ...] = ()
) -> dict[str, Any]:
    nodes = [{"node": node, "management": [{"state": str(state)} for state in management]}]
    return {"entry": entry, "exposed_from": {"time": since}, "nodes": nodes, "without_fix": [*without]}


def fleet(**rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: {"problem": "", "answers": [{"rows": own}]} for name, own in rows.items()}


def test_nothing_is_said_of_nodes_that_are_protected_or_were_never_exposed() -> None:
    never = row("cve_1", OPEN, since="")
    assert node_lines(fleet(gw=[row("cve_1", OPEN, PROTECTS), never, row("cve_2")])) == []


def test_what_is_open_now_is_one_line_with_each_node_and_entry_once() -> None:
    rows = [row("cve_1", PROTECTS, OPEN), row("cve_2", OPEN), row("cve_2", OPEN)]
    (line,) = node_lines(fleet(gw=rows))
    assert line.startswith("MANAGEMENT ADDRESS OPEN  1 management address of gw: cve_1, cve_2. Whoever reaches it")


def test_four_entries_are_named_and_the_others_counted() -> None:
    rows = [row(f"cve_{number}", OPEN, node=f"n{number}") for number in range(7)]
    for count, more in ((4, "cve_3. "), (5, "cve_3 and 1 more. "), (7, "cve_3 and 3 more. ")):
        (line,) = node_lines(fleet(gw=rows[:count]))
        assert f"{count} management addresses of gw: cve_0, cve_1, cve_2, {more}" in line


def test_several_appliances_are_counted_and_named() -> None:
    (line,) = node_lines(fleet(b=[row("cve_1", OPEN)], a=[row("cve_1", OPEN)]))
    assert "OPEN  2 management addresses of 2 appliances (a, b): cve_1. " in line


def test_what_is_not_known_is_told_of_an_appliance_that_could_be_read() -> None:
    found = fleet(gw=[row("cve_1", UNKNOWN)], down=[row("cve_1", UNKNOWN)])
    found["down"]["problem"] = "it does not answer"
    (line,) = node_lines(found)
    assert line.startswith("MANAGEMENT ADDRESS NOT KNOWN  1 management address of gw: cve_1. No run of ours")


def test_a_node_without_the_fix_is_told_of() -> None:
    (line,) = node_lines(fleet(gw=[row("cve_1", PROTECTS, without=("n2",))]))
    assert line == "NODE WITHOUT THE FIX  1 node of gw: cve_1. It serves after a failover: upgrade it too"
