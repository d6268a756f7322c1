# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The conditions of a removal, one by one: which node, line, entry or VIP does not meet it, and the fix."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import BuildStatus
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.verdicts import removal_conditions
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.verdicts.removal_conditions import (
    Unmet,
    builds_without_fix,
    entries_that_rely_on_it,
    is_good_on_every_node,
    not_probed,
    start_up_lines,
)

LINE = "nsapimgr_wr.sh -ys skip_systemaccess_policyeval=0"
GW = Vip("gw", Address("192.0.2.10", 443), "vpn")
SILENT = Vip("web", Address("192.0.2.11", 443), "lb", probe=False)


def node(host: str, build: BuildStatus | None, start_up_file: str | None = "") -> Any:
    """:param build: its status stands for the build; None where it cannot be read"""
    return SimpleNamespace(
        address=SimpleNamespace(host=host), build=build, problem="no answer", start_up_file=start_up_file
    )


def measure(start_up_line: str = LINE, id_: str = "cve_x") -> Any:
    return SimpleNamespace(
        id=id_,
        build_status=lambda build: build,
        fix_for=lambda _build: "13.0 47.24",
        upgrade_text=lambda _builds, _placements: "14.1 73.46 or later",
        start_up_line=start_up_line,
        traffic="traffic",
        current_version=2,
    )


def connected(*nodes: Any, other: str = "", missing: tuple[str, ...] = ()) -> Any:
    return SimpleNamespace(nodes=nodes, other_nodes=(other,) if other else (), missing_nodes=missing)


GOOD, NEVER = node("n1", BuildStatus.FIXED), node("n2", BuildStatus.NOT_AFFECTED)
OPEN, WEAK, MUTE = node("n3", BuildStatus.AFFECTED), node("n4", BuildStatus.INEFFECTIVE), node("n5", None)


def needs(host: str, status: BuildStatus) -> str:
    return f"node {host} runs {status}, which needs cve_x; the fix of that alone is in 13.0 47.24: first upgrade to 14.1 73.46 or later"


@pytest.mark.parametrize(
    ("connection", "unmet", "good"),
    [
        (connected(GOOD), [], True),
        (connected(GOOD, NEVER), [], True),
        (connected(GOOD, OPEN, WEAK), [needs("n3", BuildStatus.AFFECTED), needs("n4", BuildStatus.INEFFECTIVE)], False),
        (
            connected(MUTE, GOOD),
            [
                (
                    "node n5 cannot be asked for its build (no answer), so it is not known to have the fix: bring it back "
                    "first"
                )
            ],
            False,
        ),
        (
            connected(GOOD, other="n9", missing=("the node n9 is not named",)),
            ["the node n9 is not named, so its build is not known: name both nodes"],
            False,
        ),
        (connected(GOOD, NEVER, other="n9"), [], True),
        (connected(GOOD, NEVER, missing=("n9 is unreachable",)), [], False),
    ],
)
def test_every_node_must_run_a_build_with_the_fix(connection: Any, unmet: list[str], good: bool) -> None:
    assert list(map(str, builds_without_fix(connection, measure()))) == unmet
    assert is_good_on_every_node(connection, measure()) is good


def test_the_line_of_a_start_up_file_must_be_gone_from_every_node() -> None:
    nodes = [
        node("n1", None, f"# a comment\n  {LINE}  \n"),
        node("n2", None, f"{LINE} # and more\n"),
        node("n3", None, ""),
        node("n4", None, None),
    ]
    found = list(map(str, start_up_lines(connected(*nodes), measure())))
    assert found == [
        f"/nsconfig/rc.netscaler of n1 still has the line {LINE}: take it out: -e node_local=true, without --check",
        "/nsconfig/rc.netscaler of n4 cannot be read (no answer): allow the user to read it, or bring the node back",
    ]
    assert list(start_up_lines(connected(*nodes), measure(""))) == []


@pytest.mark.parametrize(
    ("attacks", "open_", "text"),
    [
        ((), 0, None),
        (("GET /x",), 0, "cve_y relies on it: only its policy blocks GET /x"),
        (("GET /x", "GET /y"), 0, "cve_y relies on it: only its policy blocks GET /x and 1 more"),
        (("GET /x", "GET /y", "GET /z"), 4, "cve_y relies on it: only its policy blocks GET /x and 2 more"),
        ((), 4, "whether cve_y relies on it is not known: 4 of its attacks cannot be evaluated"),
    ],
)
def test_another_entry_that_only_this_policy_stops_must_be_applied_first(
    monkeypatch: pytest.MonkeyPatch, attacks: tuple[str, ...], open_: int, text: str | None
) -> None:
    asked: list[Any] = []

    def newly_passing(*arguments: Any) -> Any:
        asked.append(arguments)
        return SimpleNamespace(attacks=attacks, open=open_)

    monkeypatch.setattr(removal_conditions, "newly_passing", newly_passing)
    before: Any = {"before": 1}
    after: Any = {"after": 1}
    found = list(entries_that_rely_on_it(connected(OPEN), [measure(id_="cve_y")], before, after, [GW, SILENT]))
    assert found == ([] if text is None else [Unmet(text, "Apply cve_y first")])
    assert asked == [(before, after, "traffic", 2, [("vpn", "gw"), ("lb", "web")])]


def test_an_entry_that_no_node_needs_relies_on_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal_conditions, "newly_passing", lambda *_: pytest.fail("it is not to be asked"))
    assert list(entries_that_rely_on_it(connected(GOOD), [measure()], {}, {}, [GW])) == []


@pytest.mark.parametrize(
    ("probe", "vips", "unmet"),
    [
        (False, [GW], ["no request may be sent (netscaler_probe: false): allow it"]),
        (
            True,
            [],
            [
                (
                    "no VIP is known, so no request shows that the build withstands the attack: name the virtual servers in "
                    "netscaler_vips"
                )
            ],
        ),
        (True, [GW], []),
        (
            True,
            [GW, SILENT],
            [
                (
                    "web (192.0.2.11:443) is not probed (probe: false): allow it: name the VIP in netscaler_vips, or its "
                    "network in netscaler_probe_networks"
                )
            ],
        ),
    ],
)
def test_every_vip_must_be_probed(probe: bool, vips: list[Vip], unmet: list[str]) -> None:
    appliance: Any = SimpleNamespace(probe=probe)
    assert list(map(str, not_probed(appliance, vips))) == unmet
