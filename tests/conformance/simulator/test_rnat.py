# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reverse NAT: rules with names, and rules of older releases without."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.simulator.in_process import Nitro

RULE = {"network": "10.2.0.0", "netmask": "255.255.0.0"}


@pytest.mark.fact("rnat-named")
def test_rules_with_names() -> None:
    """As the provider's acceptance tests make, change, bind and remove them."""
    nitro = Nitro()
    made = {
        "name": "r",
        **RULE,
        "td": 0,
        "useproxyport": "ENABLED",
        "srcippersistency": "DISABLED",
        "connfailover": "DISABLED",
    }
    assert nitro.post("rnat", made).status == 201
    assert nitro.put("rnat", {"name": "r", "useproxyport": "DISABLED"}).status == 200
    (row,) = nitro.rows("rnat/r")
    assert (row["network"], row["useproxyport"], row["td"]) == ("10.2.0.0", "DISABLED", "0")
    assert nitro.code("PUT", "rnat", {"name": "r", "network": "10.3.0.0"}) == 278
    assert nitro.code("PUT", "rnat", {**RULE, "useproxyport": "DISABLED"}) == 1095
    assert nitro.post("nsip", {"ipaddress": "192.0.2.9", "netmask": "255.255.255.0", "type": "VIP"}).status == 201
    assert nitro.put("rnat_nsip_binding", {"name": "r", "natip": "192.0.2.9"}).status in (200, 201)
    assert nitro.code("PUT", "rnat_nsip_binding", {"name": "r", "natip": "192.0.2.10"}) == 258
    assert nitro.rows("rnat_nsip_binding/r") == [{"name": "r", "natip": "192.0.2.9"}]
    assert nitro.lines(" rnat ") == [
        "add rnat r 10.2.0.0 255.255.0.0 -td 0 -srcippersistency DISABLED -useproxyport DISABLED -connfailover DISABLED",
        "bind rnat r 192.0.2.9",
    ]
    assert nitro.reloaded() == nitro.text()
    assert nitro.delete("rnat_nsip_binding/r?args=natip:192.0.2.9").status == 200
    assert nitro.post("rnat?action=rename", {"name": "r", "newname": "s"}).status == 200
    assert nitro.post("rnat?action=unset", {"name": "s", "useproxyport": True}).status == 200
    assert nitro.rows("rnat/s")[0]["useproxyport"] == "ENABLED"
    assert nitro.delete("rnat/s").status == 200


@pytest.mark.fact("rnat-unnamed", "rnat-since")
@pytest.mark.parametrize(
    ("build", "since", "named"),
    [("12.0 63.13", "13.0", False), ("12.1 65.25", "13.0", False), ("12.1 65.25", "12.1", True)],
)
def test_the_releases_of_both_forms(build: str, since: str, named: bool) -> None:
    """NITRO reference 12.0, rnat: update, unset, clear and get all, without a name."""
    nitro = Nitro(build=build, switches={"named_rnat_since": since})
    if named:
        assert nitro.post("rnat", {"name": "r", **RULE}).status == 201
        assert nitro.code("PUT", "rnat", RULE) == 1095
        return
    assert nitro.code("POST", "rnat", {"name": "r", **RULE}) == 1240
    assert nitro.put("rnat", {**RULE, "natip": "192.0.2.9"}).status == 200
    assert nitro.put("rnat", {**RULE, "srcippersistency": "ENABLED"}).status == 200
    assert nitro.put("rnat", {"network": "10.2.0.0", "netmask": "255.255.255.0"}).status == 200
    first, second = nitro.rows("rnat")
    assert "name" not in first
    assert (first["natip"], first["srcippersistency"], second["netmask"]) == ("192.0.2.9", "ENABLED", "255.255.255.0")
    assert nitro.lines("rnat") == [
        "set rnat 10.2.0.0 255.255.0.0 -natIP 192.0.2.9 -srcippersistency ENABLED",
        "set rnat 10.2.0.0 255.255.255.0",
    ]
    assert nitro.reloaded() == nitro.text()
    assert nitro.post("rnat?action=unset", {**RULE, "natip": True}).status == 200
    assert "natip" not in nitro.rows("rnat")[0]
    assert nitro.get("rnat/x").status != 200
    assert nitro.post("rnat?action=clear", RULE).status == 200
    assert [row["netmask"] for row in nitro.rows("rnat")] == ["255.255.255.0"]
    assert nitro.code("POST", "rnat?action=clear", RULE) == 258


@pytest.mark.fact("rnat-of-an-acl")
@pytest.mark.parametrize("build", ["12.0 63.13", "14.1 17.38"])
def test_the_rule_of_an_acl(build: str) -> None:
    """An ACL that a rule names stays (error list 877); a rule has a network or an ACL."""
    nitro = Nitro(build=build)
    named: dict[str, Any] = {"name": "r"} if build.startswith("14") else {}
    method = "POST" if named else "PUT"
    assert nitro.post("nsacl", {"aclname": "a", "aclaction": "ALLOW"}).status == 201
    assert nitro.code(method, "rnat", {**named, "aclname": "no"}) == 258
    assert nitro.code(method, "rnat", {**named, **RULE, "aclname": "a"}) == 1092
    assert nitro.code(method, "rnat", named) == 1095
    assert nitro.code(method, "rnat", {**named, "aclname": "a", "natip": "192.0.2"}) == 1110
    assert nitro.code(method, "rnat", {**named, "aclname": "a", "redirectport": 8080}) == 0
    assert nitro.lines("rnat") == [f"{'add rnat r' if named else 'set rnat'} a -redirectPort 8080"]
    assert nitro.reloaded() == nitro.text()
    assert nitro.code("DELETE", "nsacl/a") == 877
    assert nitro.post("rnat?action=clear", {"aclname": "a"}).status == 200
    assert nitro.code("DELETE", "nsacl/a") == 0


@pytest.mark.fact("rnat-unnamed")
def test_a_line_without_a_name_is_loaded_by_any_release() -> None:
    """A line of a published ns.conf (a NetScaler CPX in a container)."""
    lines = "set rnat 192.0.0.0 255.255.255.0 -natip 172.16.0.10\nset rnat nobody -useproxyport ENABLED\n"
    nitro = Nitro(ns_conf=lines)
    (row,) = nitro.rows("rnat")
    assert (row["network"], row["natip"]) == ("192.0.0.0", "172.16.0.10")
    assert nitro.lines("rnat") == ["set rnat 192.0.0.0 255.255.255.0 -natIP 172.16.0.10"]
