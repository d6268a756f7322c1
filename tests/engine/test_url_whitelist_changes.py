# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Changes of a list that is in force: each converges in one run, a second run writes nothing, and a rollback removes everything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulator import Simulator
from tests.engine.whitelist_stage import Lists, WhitelistStage

BOX: dict[str, Any] = {
    "build": "14.1 43.50",
    "nodes": ["127.0.0.1:0"],
    "features": ["LB", "CS", "SSL", "SSLVPN", "AAA", "RESPONDER"],
    "user_defined_audit_log": "YES",
    "vservers": [
        {"type": "vpn", "name": "gw", "address": "127.0.0.1:0"},
        {"type": "authentication", "name": "aaa", "address": "127.0.0.1:0"},
        {"type": "cs", "name": "front", "address": "127.0.0.1:0"},
        {"type": "lb", "name": "shop", "address": "127.0.0.1:0"},
        {"type": "lb", "name": "shop two", "address": "127.0.0.1:0"},
    ],
    "configuration": {
        "responderpolicy": [
            {"name": "rp_monitor", "rule": 'HTTP.REQ.HEADER("X-Monitor").EXISTS', "action": "NOOP"},
            {"name": "rp_old", "rule": 'HTTP.REQ.URL.PATH.STARTSWITH("/old/")', "action": "RESET"},
        ],
        "lbvserver_responderpolicy_binding": [
            {"name": "shop", "policyname": "rp_monitor", "priority": 50, "gotopriorityexpression": "NEXT"},
            {"name": "shop", "policyname": "rp_old", "priority": 200, "gotopriorityexpression": "END"},
        ],
        "csvserver_responderpolicy_binding": [
            {"name": "front", "policyname": "rp_old", "priority": 150, "gotopriorityexpression": "NEXT", "bindpoint": "REQUEST"},
        ],
    },
}  # fmt: skip
GW: dict[str, Any] = {"vserver": "gw", "kind": "vpn", "mode": "enforce", "base": ["gateway"]}
REQUEST_ALONE: dict[str, Any] = {**GW, "bind": ["REQUEST"]}
AAA: dict[str, Any] = {"vserver": "aaa", "kind": "authentication", "mode": "enforce", "base": ["aaa_logon"]}
FRONT: dict[str, Any] = {"vserver": "front", "kind": "cs", "mode": "enforce", "allow": [{"prefix": "/app/"}]}
SHOP: dict[str, Any] = {
    "vserver": "shop",
    "kind": "lb",
    "mode": "enforce",
    "allow": [{"exact": "/"}, {"prefix": "/shop/"}, {"suffix": ".css"}],
}


def shop(*allow: dict[str, Any], **more: Any) -> Lists:
    return [{**SHOP, "allow": [*SHOP["allow"], *allow], **more}]


CHANGES: dict[str, tuple[Lists, Lists]] = {
    "priority": (shop(), shop(priority=120)),
    "priority by one": (shop(), shop(priority=101)),
    "priority back by one": (shop(priority=101), shop()),
    "priority and mode": (shop(mode="observe"), shop(priority=101)),
    "case": (shop(), shop(ignore_case=True)),
    "case and mode": (shop(mode="observe"), shop(ignore_case=True)),
    "answer": (shop(), shop(answer="reset")),
    "answer back": (shop(answer="reset"), shop()),
    "undefined": (shop(), shop(undefined="NOOP")),
    "a kind of entry goes": (shop(), [{**SHOP, "allow": SHOP["allow"][:1]}]),
    "a kind of entry comes": ([{**SHOP, "allow": SHOP["allow"][:1]}], shop()),
    "base": ([GW], [{**GW, "base": ["gateway", "storefront"]}]),
    "base back": ([{**GW, "base": ["gateway", "storefront"]}], [GW]),
    "bind point goes": ([GW], [REQUEST_ALONE]),
    "bind point comes": ([{**GW, "bind": ["AAA_REQUEST"]}], [GW]),
    "bind point changes": ([{**GW, "bind": ["AAA_REQUEST"]}], [REQUEST_ALONE]),
    "list goes": ([GW, AAA, FRONT, *shop()], [GW, FRONT]),
    "all lists go": ([GW, *shop()], []),
    "list moves": (shop(), [{**SHOP, "vserver": "shop two"}]),
    "list moves under its name": (shop(name="it"), shop(name="it", vserver="shop two")),
    "list is renamed": (shop(), shop(name="portal")),
    "entries of another case": (shop({"exact": "/A"}), shop({"exact": "/a"})),
    "both cases, then one": (shop({"exact": "/A"}, {"exact": "/a"}), shop({"exact": "/a"})),
    "odd characters": (
        shop({"exact": "/a\"b'c d"}),
        shop({"exact": "/100%"}, {"exact": "/{{ x }}"}, {"exact": "/a;b:c,d+e&f=$(g)|h"}, {"exact": "/" + "x" * 254}),
    ),
    "two modes": ([GW, *shop()], [{**GW, "mode": "observe"}, *shop()]),
}


@pytest.fixture
def stage(simulator: Simulator, tmp_path: Path) -> WhitelistStage:
    simulator.reset()
    return WhitelistStage(simulator, tmp_path)


@pytest.mark.sampled(6)
@pytest.mark.parametrize(("first", "then"), CHANGES.values(), ids=list(CHANGES))
def test_a_change_converges_and_all_of_it_comes_off(stage: WhitelistStage, first: Lists, then: Lists) -> None:
    before = stage.configuration()
    for lists in (first, then):
        done = stage.play("apply", lists, save="always")
        assert done.result.failed == "", done.result.failed
        assert done.values["conflicts"] == []
        assert stage.play("apply", lists).writes == []
        modes = {own.get("mode") for own in lists}
        expected = "not asked for" if not lists else "observing" if "observe" in modes else "enforcing"
        if lists == [REQUEST_ALONE]:
            expected = "applied, unproven"  # this simulator lets the other point see a Gateway's own pages
        assert stage.play("status", lists).verdict == expected
    stage.take_off(then)
    assert stage.configuration() == before
