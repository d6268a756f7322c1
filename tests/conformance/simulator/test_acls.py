# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Extended and simple ACLs: two-phase commit, errors, expiry, and what they do to connections."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from typing import Any

import pytest

DENIED_CLIENT = "127.0.0.99"
DENY = {
    "aclname": "a1", "aclaction": "DENY", "srcip": True, "srcipval": "127.0.0.90-127.0.0.99", "protocol": "TCP",
    "destport": True, "destportval": "443", "priority": 100,
}  # fmt: skip
GONE = (OSError, http.client.HTTPException)


@pytest.fixture
def lab_(with_switches: Callable[..., Any]) -> Any:
    """Dropped connections are closed soon."""
    return with_switches(drop_seconds=0.2)


@pytest.fixture
def acl(box: Any) -> Iterator[Any]:
    assert box.post("nsacl", DENY).status == 201
    return box


def web(name: str = "a1", **more: Any) -> dict[str, Any]:
    return {"aclname": name, "aclaction": "DENY", "srcip": True, "srcipval": DENIED_CLIENT, **more}


@pytest.mark.fact("acl-boolean-and-value", "acl-priority-type")
def test_row(acl: Any, with_switches: Callable[..., Any]) -> None:
    """Operators are added, counters are strings; the type of priority is a switch (NITRO reference, nsacl: Double)."""
    assert acl.rows("nsacl/a1") == [
        {
            "aclname": "a1", "aclaction": "DENY", "srcip": True, "srcipop": "=", "srcipval": "127.0.0.90-127.0.0.99",
            "destport": True, "destportop": "=", "destportval": "443", "protocol": "TCP", "priority": "100",
            "state": "ENABLED", "logstate": "DISABLED", "ratelimit": "100", "td": "0", "hits": "0",
            "kernelstate": "NOTAPPLIED", "type": "CLASSIC",
        }
    ]  # fmt: skip
    other = with_switches(nsacl_priority_type="number").box()
    other.post("nsacl", DENY)
    assert other.rows("nsacl/a1")[0]["priority"] == 100


@pytest.mark.fact("acl-kernelstate", "acl-deleted-twice", "acl-missing")
def test_create_apply_and_delete_a_rule(acl: Any) -> None:
    """NOTAPPLIED, APPLIED, RE-APPLY; a removed rule filters until apply, a second removal is 870 (command reference; error list)."""

    def state() -> str:
        return str(acl.rows("nsacl/a1")[0]["kernelstate"])

    assert acl.post("nsacls", {}, "?action=apply").status == 200
    assert state() == "APPLIED"
    assert acl.put("nsacl", {"aclname": "a1", "logstate": "ENABLED"}).status == 200
    assert state() == "RE-APPLY"
    assert acl.post("nsacls", {"type": "CLASSIC"}, "?action=apply").status == 200
    assert acl.post("nsacl", {"aclname": "a1"}, "?action=disable").status == 200
    assert state() == "RE-APPLY"
    assert acl.delete("nsacl/a1").status == 200
    assert acl.delete("nsacl/a1").code == 870
    acl.post("nsacls", {}, "?action=apply")
    assert acl.delete("nsacl/a1").code == 258


@pytest.mark.fact("acl-missing")
def test_missing_rule_is_open(with_switches: Callable[..., Any]) -> None:
    """258 or 864 (error list): a switch."""
    answer = with_switches(missing_nsacl_code=864).box().get("nsacl/nope")
    assert (answer.status, answer.code) == (404, 864)


@pytest.mark.fact("acl-boolean-and-value", "acl-ports-need-protocol", "acl-priority-taken", "acl-ranges")
@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"priority": 100}, 872),
        ({"priority": 101, "srcip": True, "srcipval": "127.0.0.90-127.0.0.99", "protocol": "TCP", "destport": True, "destportval": "443"}, 869),
        ({"srcipval": "192.0.2.1"}, 1093),
        ({"srcip": True}, 1095),
        ({"srcip": True, "srcipval": "192.0.2.300"}, 1110),
        ({"srcip": True, "srcipval": "192.0.2.9-192.0.2.1"}, 1113),
        ({"srcip": True, "srcipval": "192.0.2.0/24"}, 1110),
        ({"srcip": True, "srcipval": "192.0.2.1", "srcipop": "<"}, 1097),
        ({"destport": True, "destportval": "443"}, 871),
        ({"destport": True, "destportval": "70000", "protocol": "TCP"}, 1116),
        ({"icmptype": 8}, 873),
        ({"icmptype": 300, "protocol": "ICMP"}, 875),
        ({"ttl": 6}, 1074),
        ({"priority": 100001}, 1108),
        ({"srcmacmask": "111"}, 911),
        ({"srcip": True, "srcipdataset": "nope"}, 278),
    ],
)  # fmt: skip
def test_refused_rules(acl: Any, row: dict[str, Any], code: int) -> None:
    """Error list, ACL section; srcipdataset is an unknown argument before 13.0-82.41 (adc-nitro-go)."""
    answer = acl.post("nsacl", {"aclname": "a2", "aclaction": "ALLOW" if code != 869 else "DENY", **row})
    assert answer.code == code
    assert len(acl.rows("nsacl")) == 1


@pytest.mark.fact("duplicate-resource", "acl-limit")
def test_duplicate_and_limit(acl: Any, with_switches: Callable[..., Any]) -> None:
    """273 for a duplicate (collection, nsacl); the maximum is documented nowhere: a switch, 398 (error list)."""
    answer = acl.post("nsacl", {**DENY, "priority": 101})
    assert (answer.status, answer.code) == (409, 273)
    other = with_switches(acl_limit=1).box()
    other.post("nsacl", DENY)
    assert other.post("nsacl", web("a2")).code == 398


@pytest.mark.fact("acl-state-by-action", "acl-modified-warns")
def test_state_is_not_set(acl: Any) -> None:
    """enable and disable change the state (NITRO reference); a modification warns with 878, if the client asks (error list)."""
    assert acl.put("nsacl", {"aclname": "a1", "state": "DISABLED"}).code == 278
    answer = acl.put("nsacl", {"aclname": "a1", "ratelimit": 5}, "?warning=yes")
    assert (answer.status, answer.code) == (209, 878)


@pytest.mark.fact("acl-renumber", "acl-order-of-creation")
def test_priorities(box: Any, with_switches: Callable[..., Any]) -> None:
    """The default is the order of creation; renumber makes 20 and 30 of 2 and 3 (command reference)."""
    for number, priority in ((1, 2), (2, 3), (3, None)):
        row = web(f"a{number}", srcipval=f"192.0.2.{number}", **({"priority": priority} if priority else {}))
        assert box.post("nsacl", row).status == 201
    assert [row["priority"] for row in box.rows("nsacl")] == ["2", "3", "13"]
    assert box.post("nsacls", {}, "?action=renumber").status == 200
    assert [row["priority"] for row in box.rows("nsacl")] == ["20", "30", "130"]


@pytest.mark.fact("acl-renumber-to")
def test_the_result_of_renumber(box: Any, with_switches: Callable[..., Any]) -> None:
    """The text of the command reference and its example differ: a switch."""
    other = with_switches(acl_renumber="in_order").box()
    for client, expected in ((box, ["20", "30"]), (other, ["10", "20"])):
        for number in (2, 3):
            assert client.post("nsacl", web(f"a{number}", srcipval=f"192.0.2.{number}", priority=number)).status == 201
        assert client.post("nsacls", {}, "?action=renumber").status == 200
        assert [row["priority"] for row in client.rows("nsacl")] == expected


@pytest.mark.fact("acl-clear")
def test_clear_needs_no_apply(lab_: Any) -> None:
    """clear removes all at once (command reference)."""
    box = lab_.box()
    box.post("nsacl", web())
    box.post("nsacls", {}, "?action=apply")
    with pytest.raises(GONE):
        lab_.vserver("web", source=DENIED_CLIENT).ask("GET", "/")
    assert box.post("nsacls", {}, "?action=clear").status == 200
    assert box.rows("nsacl") == []
    assert lab_.vserver("web", source=DENIED_CLIENT).ask("GET", "/").status == 200


@pytest.mark.fact("acl-two-phases", "acl-deleted-until-apply", "statistics-acl")
def test_rules_filter_after_apply_only(lab_: Any) -> None:
    """No effect until apply; then packets are dropped before the virtual server and before TLS (product docs, extended ACLs)."""
    box = lab_.box()
    box.post("nsacl", web(destip=True, destipval="127.21.0.13"))
    assert lab_.vserver("gateway", source=DENIED_CLIENT).ask("GET", "/").status == 302
    box.post("nsacls", {}, "?action=apply")
    with pytest.raises(GONE):
        lab_.vserver("gateway", source=DENIED_CLIENT).ask("GET", "/")
    assert lab_.vserver("gateway").ask("GET", "/").status == 302
    assert lab_.vserver("web", source=DENIED_CLIENT).ask("GET", "/").status == 200
    assert box.rows("nsacl/a1")[0]["hits"] == "1"
    stat = box.ask("GET", "/nitro/v1/stat/nsacl/a1").json["nsacl"][0]
    assert (stat["aclperhits"], stat["acltotpktsdenied"], stat["acltotcount"]) == ("1", "1", "1")
    box.delete("nsacl/a1")
    with pytest.raises(GONE):
        lab_.vserver("gateway", source=DENIED_CLIENT).ask("GET", "/")
    box.post("nsacls", {}, "?action=apply")
    assert lab_.vserver("gateway", source=DENIED_CLIENT).ask("GET", "/").status == 302


@pytest.mark.fact("acl-lowest-first")
def test_lower_priority_wins_and_operators(lab_: Any) -> None:
    """An ALLOW with a lower number is evaluated first; != inverts a range (product docs; command reference, add ns acl)."""
    box = lab_.box()
    box.post("nsacl", web("deny", srcipop="!=", srcipval="127.0.0.1-127.0.0.9", priority=20))
    box.post("nsacls", {}, "?action=apply")
    with pytest.raises(GONE):
        lab_.vserver("web", source=DENIED_CLIENT).ask("GET", "/")
    box.post("nsacl", web("allow", priority=10) | {"aclaction": "ALLOW"})
    box.post("nsacls", {}, "?action=apply")
    assert lab_.vserver("web", source=DENIED_CLIENT).ask("GET", "/").status == 200


@pytest.mark.fact("acl-can-lock-out")
def test_a_rule_can_lock_out_nitro(lab_: Any) -> None:
    """443 of the NSIP is not an implicitly allowed port (product docs): the response to apply is lost too."""
    box = lab_.client(source=DENIED_CLIENT)
    assert box.log_in().status == 201
    box.post("nsacl", web(destport=True, destportval="443", protocol="TCP"))
    with pytest.raises(GONE):
        box.post("nsacls", {}, "?action=apply")
    with pytest.raises(GONE):
        lab_.client(source=DENIED_CLIENT).get("nsversion")
    assert lab_.box().rows("nsacl/a1")[0]["kernelstate"] == "APPLIED"


@pytest.mark.fact("acl-apply-ends-sessions")
def test_established_sessions_end(lab_: Any) -> None:
    """apply terminates a session that a DENY rule matches (product docs, extended ACLs)."""
    box, visitor = lab_.box(), lab_.vserver("web", source=DENIED_CLIENT)
    assert visitor.ask("GET", "/").status == 200
    box.post("nsacl", web())
    box.post("nsacls", {}, "?action=apply")
    with pytest.raises(GONE):
        visitor.ask("GET", "/")


@pytest.mark.fact("acl-two-phases")
def test_apply_includes_edits_of_others(acl: Any) -> None:
    """apply makes all rules again, also those of other administrators (product docs)."""
    acl.post("nsacl", web("a2"))
    acl.post("nsacls", {}, "?action=apply")
    assert {row["kernelstate"] for row in acl.rows("nsacl")} == {"APPLIED"}


def test_saved_rules_are_applied_again_at_boot(lab: Any, acl: Any) -> None:
    """ns.conf states for each rule whether it was applied (exported configurations); pending rules stay pending."""
    acl.post("nsacls", {}, "?action=apply")
    acl.post("nsacl", web("a2"))
    text = acl.get("nsrunningconfig").json["nsrunningconfig"]["response"]
    line = "add ns acl a1 DENY -srcIP = 127.0.0.90-127.0.0.99 -destPort = 443 -protocol TCP -priority 100"
    assert f"{line} -kernelstate SFAPPLIED61\nadd ns acl a2 DENY -srcIP = 127.0.0.99 -priority 110\n" in text
    acl.post("nsconfig", {}, "?action=save")
    lab.simulator.appliance("gw").reboot()
    assert [row["kernelstate"] for row in lab.box().rows("nsacl")] == ["APPLIED", "NOTAPPLIED"]


@pytest.mark.fact("acl-ttl", "acl-ttl-saved")
def test_expiring_rules(lab: Any, box: Any, with_switches: Callable[..., Any]) -> None:
    """After ttl seconds a rule is removed, applied or not; whether a save keeps it is a switch."""
    assert box.post("nsacl", web("a6", ttl=6)).code == 1074
    box.post("nsacl", web(ttl=60))
    box.post("nsacls", {}, "?action=apply")
    assert box.put("nsacl", {"aclname": "a1", "ttl": 600}).code == 278
    assert box.rows("nsacl/a1")[0]["ttl"] == "60"
    lab.simulator.appliance("gw").advance(61)
    assert box.rows("nsacl") == []
    for kept in (True, False):
        other = with_switches(extended_acl_ttl_saved=kept)
        client = other.box()
        client.post("nsacl", web(ttl=600))
        client.post("nsconfig", {}, "?action=save")
        assert ("nsacl" in other.simulator.appliance("gw").state()["nodes"][0]["saved"]) is kept


@pytest.mark.fact("acl-datasets", "acl-dataset-changes")
@pytest.mark.parametrize("position", ["apply", "at_once"])
def test_data_sets_as_sources(position: str) -> None:
    """A rule for a whole data set (adc-nitro-go, 13.0-82.41); when a change of the set takes effect is a switch."""
    from simulator import Simulator

    from .conftest import Lab

    fleet = {
        "switches": {"drop_seconds": 0.2, "acl_dataset_changes": position},
        "appliances": {
            "new": {
                "build": "14.1 17.38",
                "nodes": ["127.21.0.51:0"],
                "vservers": [{"type": "lb", "name": "web", "address": "127.21.0.52:0", "protocol": "HTTP"}],
            }
        },
    }
    with Simulator(fleet) as simulator:
        lab = Lab(simulator)
        box = lab.box("new")
        box.post("policydataset", {"name": "ds", "type": "ipv4"})
        box.post("policydataset_value_binding", {"name": "ds", "value": "127.0.0.90", "endrange": "127.0.0.99"})
        assert (
            box.post("nsacl", {"aclname": "a1", "aclaction": "DENY", "srcip": True, "srcipdataset": "ds"}).status == 201
        )
        assert box.delete("policydataset/ds").code == 2853
        box.post("nsacls", {}, "?action=apply")
        with pytest.raises(GONE):
            lab.vserver("web", "new", source=DENIED_CLIENT).ask("GET", "/")
        box.delete("policydataset_value_binding/ds?args=value:127.0.0.90,endrange:127.0.0.99")
        if position == "apply":
            with pytest.raises(GONE):
                lab.vserver("web", "new", source=DENIED_CLIENT).ask("GET", "/")
            box.post("nsacls", {}, "?action=apply")
        assert lab.vserver("web", "new", source=DENIED_CLIENT).ask("GET", "/").status == 200
        lab.close()


@pytest.mark.fact("acl6-update-attribute", "acl6-no-prefix")
def test_ipv6_rules(box: Any) -> None:
    """Ranges instead of prefixes (903), its own codes, aclaction in updates (NITRO reference, nsacl6; error list)."""
    row = {
        "acl6name": "a1",
        "acl6action": "DENY",
        "srcipv6": True,
        "srcipv6val": "2001:db8::1-2001:db8::9",
        "priority": 5,
    }
    assert box.post("nsacl6", row).status == 201
    assert box.post("nsacl6", {**row, "acl6name": "a2", "srcipv6val": "2001:db8::/32"}).code == 903
    assert box.post("nsacl6", {**row, "acl6name": "a2", "srcipv6val": "::"}).code == 901
    assert box.post("nsacl6", {**row, "acl6name": "a2", "srcipv6val": "2001:db8::1"}).code == 899
    assert box.post("nsacl6", {**row, "acl6name": "a2", "priority": 6}).code == 896
    assert box.put("nsacl6", {"acl6name": "a1", "aclaction": "ALLOW"}).status == 200
    assert box.post("nsacls6", {}, "?action=apply").status == 200
    found = box.rows("nsacl6/a1")[0]
    assert (found["acl6action"], found["kernelstate"]) == ("ALLOW", "APPLIED")
    box.delete("nsacl6/a1")
    assert box.delete("nsacl6/a1").code == 897


@pytest.mark.fact("simpleacl-at-once", "acl-order", "simpleacl-flush")
def test_simple_rules_are_active_at_once(lab_: Any) -> None:
    """No apply; established connections continue until flush; extended rules are evaluated later (product docs; command reference)."""
    box, old = lab_.box(), lab_.vserver("web", source=DENIED_CLIENT)
    assert old.ask("GET", "/").status == 200
    box.post("nsacl", web() | {"aclaction": "ALLOW"})
    box.post("nsacls", {}, "?action=apply")
    assert box.post("nssimpleacl", {"aclname": "s", "aclaction": "DENY", "srcip": DENIED_CLIENT}).status == 201
    with pytest.raises(GONE):
        lab_.vserver("web", source=DENIED_CLIENT).ask("GET", "/")
    assert old.ask("GET", "/").status == 200
    assert box.post("nssimpleacl", {"estsessions": True}, "?action=flush").status == 200
    with pytest.raises(GONE):
        old.ask("GET", "/")
    assert box.post("nssimpleacl", {}, "?action=clear").status == 200
    assert lab_.vserver("web", source=DENIED_CLIENT).ask("GET", "/").status == 200


@pytest.mark.fact("simpleacl-overlap")
@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"aclname": "s1"}, 440),
        ({"srcip": "192.0.2.1"}, 441),
        ({"srcip": "192.0.2.1", "destport": 80, "protocol": "TCP"}, 441),
        ({"srcip": "192.0.2.2"}, 442),
        ({"srcip": "192.0.2.2", "destport": 443, "protocol": "TCP"}, 441),
        ({"destport": 80}, 1095),
        ({"protocol": "TCP"}, 1095),
        ({"ttl": 2}, 1109),
        ({"ttl": 6}, 1074),
        ({"aclaction": "ALLOW"}, 1097),
        ({"srcip": "192.0.2.0/24"}, 1110),
    ],
)
def test_refused_simple_rules(box: Any, row: dict[str, Any], code: int) -> None:
    """One address; rules for all ports and for one port exclude each other (NITRO reference, nssimpleacl; error list 440 to 442)."""
    box.post("nssimpleacl", {"aclname": "s1", "aclaction": "DENY", "srcip": "192.0.2.1"})
    box.post(
        "nssimpleacl", {"aclname": "s2", "aclaction": "DENY", "srcip": "192.0.2.2", "destport": 443, "protocol": "TCP"}
    )
    assert box.post("nssimpleacl", {"aclname": "s3", "aclaction": "DENY", "srcip": "192.0.2.3", **row}).code == code
    assert len(box.rows("nssimpleacl")) == 2


@pytest.mark.fact("simpleacl-ttl-unsaved", "simpleacl-at-once", "simpleacl-shown")
def test_simple_rules_expire_and_are_not_saved(lab: Any, box: Any, with_switches: Callable[..., Any]) -> None:
    """ttl decreases (command reference); rules with a ttl are not saved (product docs, simple ACLs); no update (1073)."""
    box.post("nssimpleacl", {"aclname": "s", "aclaction": "DENY", "srcip": "192.0.2.1", "ttl": 200})
    box.post("nssimpleacl6", {"aclname": "s6", "aclaction": "DENY", "srcipv6": "2001:db8::1"})
    assert box.put("nssimpleacl", {"aclname": "s", "ttl": 400}).code == 1073
    box.post("nsconfig", {}, "?action=save")
    saved = lab.simulator.appliance("gw").state()["nodes"][0]["saved"]
    assert ("nssimpleacl" in saved, "nssimpleacl6" in saved) == (False, True)
    lab.simulator.appliance("gw").advance(100)
    assert 90 <= int(box.rows("nssimpleacl/s")[0]["ttl"]) <= 100
    lab.simulator.appliance("gw").advance(101)
    assert box.rows("nssimpleacl") == []
    other = with_switches(simple_acls_in_running_config=False).box()
    other.post("nssimpleacl", {"aclname": "s", "aclaction": "DENY", "srcip": "192.0.2.1"})
    assert "simpleacl" not in other.get("nsrunningconfig").json["nsrunningconfig"]["response"]


def test_a_refused_rule_takes_nothing(acl: Any) -> None:
    """A priority is free again after its rule was refused, changed or removed."""
    assert acl.post("nsacl", web("a2", priority=7, ttl=6)).code == 1074
    assert acl.post("nsacl", web("a2", priority=7)).status == 201
    assert acl.put("nsacl", {"aclname": "a2", "priority": 8}).status == 200
    assert acl.post("nsacl", web("a3", priority=7, srcipval="192.0.2.1")).status == 201
    assert acl.post("nsacl", web("a4", priority=8, srcipval="192.0.2.2")).code == 872
    assert acl.delete("nsacl/a2").status == 200
    assert acl.post("nsacl", web("a4", priority=8, srcipval="192.0.2.2")).status == 201
