# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Extended ACLs: implicit rules, counters, identical rules, and the open facts about their ttl."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from simulator import Simulator

from .conftest import Lab

DENIED_CLIENT = "127.0.0.99"
GONE = (OSError, http.client.HTTPException)
DENY = {"aclname": "a1", "aclaction": "DENY", "srcip": True, "srcipval": DENIED_CLIENT}


@pytest.fixture
def internal() -> Iterator[Lab]:
    """An appliance with an internal port as its management address."""
    spec = {"build": "13.1 53.24", "nodes": ["127.21.0.61:3010"], "http_port": 0}
    with Simulator({"switches": {"drop_seconds": 0.2}, "appliances": {"a": spec}}) as simulator:
        lab = Lab(simulator)
        yield lab
        lab.close()


@pytest.mark.fact("acl-implicit-allow")
def test_internal_ports_are_never_blocked_unless_that_is_switched_off(internal: Lab) -> None:
    """Product docs, ACLs on internal ports; command reference, L3Param."""
    box = internal.box("a")
    assert box.get("l3param").json["l3param"]["implicitaclallow"] == "ENABLED"
    assert box.post("nsacl", DENY).status == 201
    assert box.post("nsacls", {}, "?action=apply").status == 200
    denied = internal.client("a", source=DENIED_CLIENT)
    assert denied.log_in().status == 201
    with pytest.raises(GONE):  # 80 is not an internal port
        internal.plain("a", source=DENIED_CLIENT).get("nsversion")
    assert box.put("l3param", {"implicitaclallow": "DISABLED"}).status == 200
    with pytest.raises(GONE):
        denied.get("nsversion")
    assert box.post("l3param", {"implicitaclallow": True}, "?action=unset").status == 200
    assert internal.client("a", source=DENIED_CLIENT).log_in().status == 201


def test_layer_3_parameters_are_printed(box: Any) -> None:
    """Command reference, set L3Param; the parameters have no add and no rm."""
    assert box.put("l3param", {"implicitaclallow": "DISABLED", "acllogtime": 10}).status == 200
    assert (
        "set L3Param -implicitACLAllow DISABLED -AclLogTime 10\n"
        in box.get("nsrunningconfig").json["nsrunningconfig"]["response"]
    )
    assert box.post("l3param", {"srcnat": "ENABLED"}).code == 1240
    assert box.delete("l3param").code == 1240
    assert box.put("l3param", {"implicitaclallow": "NEVER"}).code == 1097


@pytest.mark.fact("acl-counters")
def test_counters_of_rules_and_of_all(with_switches: Callable[..., Any]) -> None:
    """The hits of each rule, and in every row the global counters (NITRO reference, stat nsacl)."""
    lab = with_switches(drop_seconds=0.2)
    box = lab.box()
    box.post("nsacl", {**DENY, "priority": 10, "destip": True, "destipval": "127.21.0.15"})
    box.post("nsacl", {"aclname": "a2", "aclaction": "ALLOW", "srcip": True, "srcipval": "127.0.0.98", "priority": 20})
    box.post("nsacls", {}, "?action=apply")
    for _ in range(2):
        with pytest.raises(GONE):
            lab.vserver("web", source=DENIED_CLIENT).ask("GET", "/")
    assert lab.vserver("web", source="127.0.0.98").ask("GET", "/").status == 200
    rows = {row["aclname"]: row for row in box.ask("GET", "/nitro/v1/stat/nsacl").json["nsacl"]}
    # A packet is counted for a new connection and for each of its requests.
    assert (rows["a1"]["aclperhits"], rows["a2"]["aclperhits"]) == ("2", "2")
    assert rows["a1"]["acltotpktsdenied"] == rows["a2"]["acltotpktsdenied"] == "2"
    assert (rows["a1"]["acltothits"], rows["a1"]["acltotpktsallowed"], rows["a1"]["acltotcount"]) == ("4", "2", "2")
    assert int(rows["a1"]["acltotmisses"]) > 0  # from this test
    assert [row["hits"] for row in box.rows("nsacl")] == ["2", "2"]


@pytest.mark.fact("acl-identical")
@pytest.mark.parametrize(("position", "code"), [("refused", 869), ("accepted", None)])
def test_identical_rules(with_switches: Callable[..., Any], position: str, code: int | None) -> None:
    """The conditions and the action of another rule, with another name and priority: no source says when 869 is sent."""
    box = with_switches(acl_twins=position).box()
    assert box.post("nsacl", {**DENY, "priority": 10}).status == 201
    answer = box.post("nsacl", {**DENY, "aclname": "twin", "priority": 20, "ttl": 60})
    assert (answer.code if answer.body else None) == code
    assert box.post("nsacl", {**DENY, "aclname": "other", "priority": 10}).code == 872
    assert box.post("nsacl", {**DENY, "aclname": "allow", "aclaction": "ALLOW", "priority": 30}).status == 201


@pytest.mark.fact("acl-ttl-clock")
def test_the_start_of_a_ttl(with_switches: Callable[..., Any]) -> None:
    """From the creation, or from the first apply; a later apply does not restart it."""
    for position, left in (("add", []), ("apply", ["a1"])):
        lab = with_switches(acl_ttl_clock=position)
        box, appliance = lab.box(), lab.simulator.appliance("gw")
        box.post("nsacl", {**DENY, "ttl": 60})
        appliance.advance(40)
        box.post("nsacls", {}, "?action=apply")
        appliance.advance(30)
        box.post("nsacls", {}, "?action=apply")
        assert [row["aclname"] for row in box.rows("nsacl")] == left
        appliance.advance(31)
        assert box.rows("nsacl") == []


@pytest.mark.fact("acl-ttl-saved")
@pytest.mark.parametrize("clock", ["add", "apply"])
def test_saving_a_rule_with_a_ttl_does_not_depend_on_its_start(with_switches: Callable[..., Any], clock: str) -> None:
    lab = with_switches(acl_ttl_clock=clock, extended_acl_ttl_saved=False)
    box = lab.box()
    box.post("nsacl", {**DENY, "ttl": 60})
    box.post("nsconfig", {}, "?action=save")
    assert "nsacl" not in lab.simulator.appliance("gw").state()["nodes"][0]["saved"]


@pytest.mark.fact("acl6-ttl")
@pytest.mark.parametrize(("position", "made", "left"), [("expires", 201, 0), ("kept", 201, 1), ("refused", 599, 0)])
def test_a_ttl_in_ipv6(with_switches: Callable[..., Any], position: str, made: int, left: int) -> None:
    lab = with_switches(nsacl6_ttl=position)
    box = lab.box()
    row = {"acl6name": "a1", "acl6action": "DENY", "srcipv6": True, "srcipv6val": "2001:db8::1", "ttl": 60}
    assert box.post("nsacl6", row).status == made
    box.post("nsacls6", {}, "?action=apply")
    lab.simulator.appliance("gw").advance(61)
    assert len(box.rows("nsacl6")) == left


def test_a_response_that_was_not_sent_has_no_status_in_the_request_log(with_switches: Callable[..., Any]) -> None:
    """The response to an apply that blocks its caller is not sent."""
    lab = with_switches(drop_seconds=0.2)
    client = lab.client(source=DENIED_CLIENT)
    assert client.log_in().status == 201
    client.post("nsacl", DENY)
    with pytest.raises(GONE):
        client.post("nsacls", {}, "?action=apply")
    entry = next(entry for entry in lab.simulator.requests() if entry["target"].endswith("nsacls?action=apply"))
    assert entry["status"] is None
    assert lab.box().rows("nsacl/a1")[0]["kernelstate"] == "APPLIED"
