# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lines on the evidence of a fleet: short where all is whole, loud where something is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.collect import Preview, Taken
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.manifest import (
    Item,
    Manifest,
    Missing,
    NodeFacts,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.evidence.sources import (
    ALLOWED_WITH,
    Part,
    allow_more,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.evidence.page import (
    NEXT,
    SHOWN,
    evidence_page,
    failed_values,
    preview_values,
    taken_values,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.fleet_page import FleetRun

TIME = "2026-09-28T06:15:02+00:00"


def fleet_report(results: dict[str, Any]) -> dict[str, Any]:
    return evidence_page(FleetRun(results, {"fail_at": 2})).values()


def values(*missing: Missing, ahead: float | None = 0.4) -> dict[str, Any]:
    node = NodeFacts("10.2.0.11:443", "primary", "NS13.0", TIME, ahead=ahead)
    item = Item(node.node, Part.FILES, "systemfile /nsconfig/ns.conf", "10.2.0.11/nsconfig/ns.conf", 900, "00", TIME)
    manifest = Manifest(
        appliance="gw", taken_by="ann", reason="", began=TIME, ended=TIME, parts=(Part.FILES,), nodes=(node,),
        items=(item,), missing=missing,
    )  # fmt: skip
    return taken_values(Taken(Path("evidence/gw/1"), manifest, "00", 7))


def gap(what: str) -> Missing:
    return Missing("10.2.0.11:443", "files", what, "it is gone")


def test_a_whole_fleet_is_one_line() -> None:
    report = fleet_report({"gw-a": values(), "gw-b": values(Missing("", "shell", "processes", "no account", False))})
    assert report["lines"] == [
        "2 appliances: 2 whole and sealed; 2 files, 1,800 bytes in evidence; exit code 0",
    ]


def test_what_is_missing_comes_first_and_names_the_next_step() -> None:
    report = fleet_report({"gw-a": values(ahead=400_000.0), "gw-b": values(gap("/var/log/a"), gap("/var/log/b"))})
    lines = report["lines"]
    first = (
        "gw-b: 1 node, 1 file, 900 bytes in evidence/gw/1; INCOMPLETE: 10.2.0.11:443: /var/log/a: it is gone and 1 more"
    )
    assert lines[0] == first
    assert lines[1] == "the clock of 10.2.0.11:443 of gw-a is 400,000 s ahead of ours; the manifest has it"
    assert lines[2:4] == ["", "gw-b:"]
    assert "  not taken: 10.2.0.11:443: /var/log/b: it is gone" in lines
    assert any(line.startswith("next: ") for line in lines)
    assert lines[-1].endswith("; exit code 2")
    assert report["appliances"]["gw-b"]["problem"].startswith("failed: incomplete: ")


def test_wrong_clocks_are_one_line_and_equal_gaps_are_told_once() -> None:
    fleet = {f"gw-{number}": values(ahead=-100.0 * number) for number in range(1, 14)}
    assert fleet_report(fleet)["lines"] == [
        (
            "the clocks of 13 nodes of 13 appliances differ from ours by more than 60 s, the most: 10.2.0.11:443 of gw-13 is 1,300 s behind ours; "
            "the manifests have each"
        ),
        "13 appliances: 13 whole and sealed; 13 files, 11,700 bytes in evidence; exit code 0",
    ]
    two = (gap("/var/log/a"), gap("/var/log/b"))
    fleet |= {f"gw-{number}": values(*two) for number in (2, 3, 4)} | {"gw-5": values(gap("/var/log/c"))}
    lines = fleet_report(fleet)["lines"]
    assert lines[3].startswith("gw-5: 1 node, 1 file, 900 bytes in evidence/gw/1; INCOMPLETE: ")
    assert lines[4].startswith("the clocks of 9 nodes")
    taken = [f"  not taken: /var/log/{name}: it is gone" for name in "ab"]
    assert lines[5:-1] == ["", "gw-[2-4]:", *taken, "", f"next: {NEXT}"], "the line of gw-5 has said all of it"


@pytest.mark.parametrize("option", ALLOWED_WITH)
def test_a_limit_of_a_person_is_asked_for_and_not_given_again(option: str) -> None:
    """Seen: the line to give once more had the number that had left files out, for ever."""
    more = Missing("10.2.0.11:443", "files", "3 files of /var/vpn", f"at most 1: {allow_more(option)}")
    found = fleet_report({"gw-a": values(more, gap("/var/log/a")), "gw-b": values(gap("/var/log/a"))})["appliances"]
    asked = {name: [one["asks"] for one in of["next_commands"]] for name, of in found.items()}
    assert asked == {"gw-a": [[option]], "gw-b": [[]]}


def test_an_appliance_without_a_result_and_a_fleet_without_one_are_incomplete() -> None:
    report = fleet_report({"gw-a": {"msg": "gw-a: evidence cannot be written"}, "gw-b": {}})
    assert report["lines"][:2] == [
        "gw-a: INCOMPLETE: the appliance: evidence cannot be written",
        "gw-b: INCOMPLETE: the appliance: it has no result",
    ]
    assert fleet_report({})["exit_code"] == 2


def test_many_gaps_are_cut_and_hostile_text_stays_one_line() -> None:
    gaps = [gap(f"/var/log/\x1b[2J\n{number}") for number in range(SHOWN + 3)]
    lines = fleet_report({"gw-a": values(*gaps)})["lines"]
    assert "  and 3 more, in the manifest" in lines
    assert all(line.isprintable() for line in lines)


def test_a_preview_says_what_it_leaves_once() -> None:
    node = NodeFacts("10.2.0.11:443", "primary", "NS13.0", TIME)
    preview = preview_values(Preview((node,), 3, 40, (), 5), (Part.BACKUP, Part.SUPPORT))
    lines = fleet_report({"gw-a": preview, "gw-b": preview})["lines"]
    assert sum("support bundle is created" in line for line in lines) == 1
    assert lines[-1] == (
        "2 appliances: 2 can be taken; 6 files, 80 bytes; nothing was taken, and nothing was changed; exit code 0"
    )


def test_an_appliance_that_was_not_reached_is_unreachable_and_alone_ends_with_4() -> None:
    away = failed_values("no route", is_unreachable=True)
    report = fleet_report({"gw-a": away, "gw-b": values()})
    assert report["lines"][0] == "gw-a: UNREACHABLE: no route"
    assert report["lines"][-1].startswith("2 appliances: 1 whole and sealed, 1 unreachable; ")
    assert report["exit_code"] == 4
    assert report["appliances"]["gw-a"]["problem"] == "unreachable: no route"
    mixed = fleet_report({"gw-a": away, "gw-b": values(gap("/var/log/a"))})
    assert (mixed["exit_code"], mixed["lines"][-1][:41]) == (2, "2 appliances: 1 incomplete, 1 unreachable")
