# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Configuration of a Gateway: local users and groups, session policies, authentication policies, EPA actions."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from simulator import Simulator

from .conftest import Client, Lab

ACTION = {"name": "act", "sesstimeout": 10, "defaultauthorizationaction": "ALLOW", "icaproxy": "ON"}
POLICY = {"name": "pol", "rule": 'HTTP.REQ.HEADER("User-Agent").CONTAINS("CitrixReceiver").NOT', "action": "act"}
CLASSIC = "REQ.HTTP.HEADER User-Agent CONTAINS CitrixReceiver"
PLACES = {
    "vpnvserver": ({"name": "gateway", "policy": "pol"}, "gateway", "policy", "vpn vserver gateway -policy"),
    "vpnglobal": ({"policyname": "pol"}, "", "policyname", "vpn global -policyName"),
    "aaagroup": ({"groupname": "staff", "policy": "pol"}, "staff", "policy", "aaa group staff -policy"),
    "aaauser": ({"username": "ann", "policy": "pol"}, "ann", "policy", "aaa user ann -policy"),
}


@pytest.fixture
def gateway(box: Client) -> Client:
    """Return a client of an appliance with a session policy, a user and a group."""
    for type_, row in (
        ("vpnsessionaction", ACTION),
        ("vpnsessionpolicy", POLICY),
        ("aaauser", {"username": "ann", "password": "secret"}),
        ("aaagroup", {"groupname": "staff", "weight": 5}),
    ):
        assert box.post(type_, row).status == 201
    return box


def text(box: Any) -> list[str]:
    return str(box.get("nsrunningconfig").json["nsrunningconfig"]["response"]).splitlines()


@pytest.mark.fact("local-users", "local-user-codes")
def test_local_users_and_groups(gateway: Client, lab: Lab) -> None:
    box = gateway
    assert box.rows("aaauser/ann") == [{"username": "ann", "loggedin": False}]
    assert box.rows("aaagroup/staff") == [{"groupname": "staff", "weight": "5", "loggedin": False}]
    assert box.post("aaauser", {"username": "ann"}).code == 2631
    assert box.post("aaagroup", {"groupname": "staff"}).code == 2632
    assert (box.get("aaauser/bob").code, box.get("aaagroup/board").code) == (2626, 2642)
    member = {"groupname": "staff", "username": "ann"}
    assert box.post("aaagroup_aaauser_binding", member).status == 201
    assert box.post("aaagroup_aaauser_binding", {**member, "username": "bob"}).code == 2626
    assert box.get("aaagroup_binding/staff").json["aaagroup_binding"][0]["aaagroup_aaauser_binding"] == [member]
    assert box.put("aaauser", {"username": "ann", "password": "better"}).status == 200
    assert box.put("aaagroup", {"groupname": "staff", "weight": 6}).code == 1073
    for password, place in (("secret", "/vpn/index.html"), ("better", "/cgi/setclient?wica")):
        form = urlencode({"login": "ann", "passwd": password})
        answer = lab.vserver("gateway").ask("POST", "/cgi/login", form)
        assert answer.header("Location") == place
    assert box.rows("aaauser/ann")[0]["loggedin"] is True
    assert [row["username"] for row in box.rows("aaasession?args=groupname:staff")] == ["ann"]
    assert box.get("aaauser?count=yes").json["aaauser"] == [{"__count": 1}]
    assert box.delete("aaauser/ann").status == 200
    assert "aaagroup_aaauser_binding" not in box.get("aaagroup_binding/staff").json["aaagroup_binding"][0]


@pytest.mark.fact("session-policy", "session-policy-codes")
def test_session_actions(gateway: Client) -> None:
    box = gateway
    row = box.rows("vpnsessionaction/act")[0]
    assert {name: row[name] for name in ACTION} == {**ACTION, "sesstimeout": "10"}
    assert box.put("vpnsessionaction", {"name": "act", "splittunnel": "reverse", "clientidletimeout": 9}).status == 200
    assert box.rows("vpnsessionaction/act")[0]["splittunnel"] == "REVERSE"
    assert box.post("vpnsessionaction", {"name": "act", "splittunnel": True}, "?action=unset").status == 200
    assert "splittunnel" not in box.rows("vpnsessionaction/act")[0]
    assert (
        "add vpn sessionAction act -icaProxy ON -defaultAuthorizationAction ALLOW -sessTimeout 10 -clientIdleTimeout 9"
        in text(box)
    )
    for wrong, code in (({"sso": "MAYBE"}, 1097), ({"forcedtimeout": 65536}, 1108), ({"nothing": 1}, 278)):
        assert box.put("vpnsessionaction", {"name": "act", **wrong}).code == code
    assert box.get("vpnsessionaction/nobody").code == 538
    assert box.post("vpnsessionaction", ACTION).code == 273
    assert box.delete("vpnsessionaction/act").code == 832


@pytest.mark.fact("session-policy", "session-policy-codes", "policy-names")
def test_session_policies(gateway: Client) -> None:
    box = gateway
    row = box.rows("vpnsessionpolicy/pol")[0]
    assert (row["rule"], row["action"], row["expressiontype"]) == (POLICY["rule"], "act", "Advanced Policy")
    assert box.put("vpnsessionpolicy", {"name": "pol", "rule": "TRUE"}).status == 200
    assert box.put("vpnsessionpolicy", {"name": "pol", "action": "other"}).code == 538
    assert box.put("vpnsessionpolicy", {"name": "pol", "rule": "NOT THIS"}).code == 3081
    assert box.post("vpnsessionpolicy", {"name": "pol", "rule": True}, "?action=unset").code == 3110
    assert box.get("vpnsessionpolicy/nobody").code == 2054
    assert box.post("vpnsessionpolicy", POLICY).code == 3094
    assert box.post("responderpolicy", {"name": "pol", "rule": "TRUE", "action": "NOOP"}).code == 3094
    assert box.post("responderpolicy", {"name": "rp", "rule": "TRUE", "action": "NOOP"}).status == 201
    assert box.post("responderpolicy", {"name": "rp", "newname": "pol"}, "?action=rename").code == 3094
    assert "add vpn sessionPolicy pol TRUE act" in text(box)
    assert box.delete("vpnsessionpolicy/pol").status == 200
    assert box.delete("vpnsessionaction/act").status == 200


@pytest.mark.fact("session-policy", "session-policy-codes")
@pytest.mark.parametrize("place", PLACES)
def test_places_of_session_policies(gateway: Client, place: str) -> None:
    """Bound, listed, printed, in use, and unbound."""
    row, parent, child, noun = PLACES[place]
    box, type_ = gateway, f"{place}_vpnsessionpolicy_binding"
    assert box.put(type_, {**row, child: "nobody", "priority": 20}).code == 2054
    assert box.put(type_, row).code == 3090
    assert box.put(type_, {**row, "priority": 20}).status == 201
    listed = box.rows(f"{type_}/{parent}" if parent else type_)
    assert [(found[child], found["priority"]) for found in listed] == [("pol", "20")]
    assert box.get(f"{type_}/{parent}?count=yes").json[type_][0]["__count"] == 1
    printed = f"bind {noun} pol -priority 20 -gotoPriorityExpression END"
    assert [line for line in text(box) if line.startswith("bind ") and "pol" in line] == [printed]
    assert box.delete("vpnsessionpolicy/pol").code == 810
    assert box.delete(f"{type_}/{parent}?args={child}:other").code == 2054
    assert box.delete(f"{type_}/{parent}?args={child}:pol").status == 200
    assert box.delete(f"{type_}/{parent}?args={child}:pol").code == 2097
    assert box.delete("vpnsessionpolicy/pol").status == 200


@pytest.mark.fact("session-policy-classic")
@pytest.mark.parametrize("rule", [CLASSIC, "ns_true"])
def test_classic_rules_of_session_policies(rule: str) -> None:
    """Allowed below 13.1, an error from then on."""
    for build, code in (("13.0 47.22", 0), ("13.1 53.24", 3081)):
        fleet = {"appliances": {"gw": {"build": build, "nodes": ["127.21.1.11:0"], "features": ["SSLVPN"]}}}
        with Simulator(fleet) as simulator:
            lab = Lab(simulator)
            box = lab.box()
            assert box.post("vpnsessionaction", {"name": "act"}).status == 201
            answer = box.post("vpnsessionpolicy", {**POLICY, "rule": rule})
            assert (answer.code if answer.body else 0) == code
            if not code:
                assert box.rows("vpnsessionpolicy/pol")[0]["expressiontype"] == "Classic Policy"
            lab.close()


@pytest.mark.fact("session-policy-syntaxes")
def test_session_policies_of_two_syntaxes(gateway: Client) -> None:
    box = gateway
    assert box.post("vpnsessionpolicy", {"name": "old", "rule": CLASSIC, "action": "act"}).status == 201
    bound = {"name": "gateway", "policy": "pol", "priority": 1}
    assert box.put("vpnvserver_vpnsessionpolicy_binding", bound).status == 201
    assert box.put("vpnglobal_vpnsessionpolicy_binding", {"policyname": "old", "priority": 2}).code == 2227
    assert box.put("vpnsessionpolicy", {"name": "pol", "rule": CLASSIC}).status == 200
    assert box.put("vpnglobal_vpnsessionpolicy_binding", {"policyname": "old", "priority": 2}).status == 201
    assert box.put("vpnsessionpolicy", {"name": "pol", "rule": "TRUE"}).code == 2226
    assert box.delete("vpnvserver_vpnsessionpolicy_binding/gateway?args=policy:pol").status == 200
    assert box.put("vpnsessionpolicy", {"name": "pol", "rule": "TRUE"}).status == 200
    assert box.put("vpnvserver_vpnsessionpolicy_binding", bound).code == 2226


@pytest.fixture
def authentication(box: Client) -> Client:
    """Return a client of an appliance with an LDAP action, an EPA action and a policy with each."""
    scan = {"name": "scan", "csecexpr": 'sys.client_expr("proc_0_a.exe")', "defaultepagroup": "clean"}
    for type_, row in (
        ("authenticationldapaction", {"name": "ldap", "serverip": "192.0.2.3"}),
        ("authenticationepaaction", scan),
        ("authenticationpolicy", {"name": "p1", "rule": "TRUE", "action": "ldap"}),
        ("authenticationpolicy", {"name": "p2", "rule": "TRUE", "action": "scan", "comment": "scan it"}),
        ("authenticationpolicylabel", {"labelname": "second"}),
    ):
        assert box.post(type_, row).status == 201
    return box


@pytest.mark.fact("authentication-policy", "authentication-subtype")
def test_authentication_policies(authentication: Client) -> None:
    box = authentication
    assert [row["policysubtype"] for row in box.rows("authenticationpolicy")] == ["LDAP", "EPA"]
    assert box.post("authenticationpolicy", {"name": "p3", "rule": "TRUE", "action": "LOCAL"}).status == 201
    assert box.post("authenticationpolicy", {"name": "p4", "rule": "TRUE", "action": "nobody"}).code == 538
    assert box.put("authenticationpolicy", {"name": "p1", "action": "scan"}).code == 2228
    assert box.put("authenticationpolicy", {"name": "p1", "rule": CLASSIC}).code == 3081
    assert box.post("authenticationpolicy", {"name": "p2", "comment": True}, "?action=unset").status == 200
    assert box.post("authenticationpolicy", {"name": "p2", "rule": True}, "?action=unset").code == 1090
    assert box.post("authenticationpolicy", {"name": "p2", "newname": "p5"}, "?action=rename").status == 200
    assert "add authentication Policy p5 -rule TRUE -action scan" in text(box)
    assert (
        box.ask("GET", "/nitro/v1/stat/authenticationpolicy/p5").json["authenticationpolicy"][0]["pipolicyhits"] == "0"
    )
    assert box.delete("authenticationldapaction/ldap").code == 832
    assert box.delete("authenticationpolicy/p1").status == 200
    assert box.delete("authenticationldapaction/ldap").status == 200
    assert box.get("authenticationpolicy/p1").code == 2054


@pytest.mark.fact("authentication-policy")
def test_places_of_authentication_policies(authentication: Client) -> None:
    box, type_ = authentication, "authenticationvserver_authenticationpolicy_binding"
    row = {"name": "aaa", "policy": "p1", "priority": 10, "gotopriorityexpression": "NEXT", "nextfactor": "second"}
    assert box.put(type_, {**row, "nextfactor": "third"}).code == 3087
    assert box.put(type_, row).status == 201
    assert box.put(type_, {**row, "policy": "p2"}).code == 3041
    found = box.rows(f"{type_}/aaa")[0]
    assert (found["policy"], found["priority"], found["nextfactor"]) == ("p1", "10", "second")
    inner = {"labelname": "second", "policyname": "p2", "priority": 1}
    assert box.post("authenticationpolicylabel_authenticationpolicy_binding", inner).status == 201
    lines = text(box)
    assert (
        "bind authentication vserver aaa -policy p1 -priority 10 -gotoPriorityExpression NEXT -nextFactor second"
        in lines
    )
    assert "bind authentication policylabel second -policyName p2 -priority 1 -gotoPriorityExpression END" in lines
    assert box.delete("authenticationpolicylabel/second").code == 1070
    assert box.delete(f"{type_}/aaa?args=policy:p1").status == 200
    assert box.delete("authenticationpolicylabel/second").status == 200
    assert box.delete("authenticationpolicy/p2").status == 200


@pytest.mark.fact("epa-action")
def test_epa_actions(authentication: Client, lab: Lab) -> None:
    box = authentication
    assert box.rows("authenticationepaaction/scan")[0]["defaultepagroup"] == "clean"
    assert box.post("authenticationepaaction", {"name": "x"}).code == 1095
    assert box.put("authenticationepaaction", {"name": "scan", "quarantinegroup": "g" * 65}).code == 1106
    assert box.put("authenticationepaaction", {"name": "scan", "deviceposture": "ENABLED"}).code == 278  # 14.1 has it
    assert box.post("authenticationepaaction", {"name": "scan", "defaultepagroup": True}, "?action=unset").status == 200
    assert 'add authentication epaAction scan -csecexpr "sys.client_expr(\\"proc_0_a.exe\\")"' in text(box)
    assert box.delete("authenticationepaaction/scan").code == 832
    assert box.get("authenticationepaaction/nobody").code == 538


def test_gateway_without_the_feature(lab: Lab) -> None:
    """A warning while the feature is off (NITRO guide, error handling)."""
    answer = lab.box("bare").post("vpnsessionaction", {"name": "act"}, "?warning=yes")
    assert (answer.status, answer.header("X-NITRO-WARNING")) == (209, "1067 - Feature(s) not enabled [SSLVPN]")


def test_a_gateway_configuration_is_loaded_as_it_was_printed(gateway: Client, lab: Lab) -> None:
    """ns.conf has the users with the hashes of their passwords, and the policies at all places."""
    box = gateway
    assert box.post("aaagroup_aaauser_binding", {"groupname": "staff", "username": "ann"}).status == 201
    for place, (row, *_) in PLACES.items():
        assert box.put(f"{place}_vpnsessionpolicy_binding", {**row, "priority": 20}).status == 201
    printed = text(box)
    assert [line.split(" -password ")[0] for line in printed if "aaa user" in line] == [
        "add aaa user ann",
        "bind aaa user ann -policy pol -priority 20 -gotoPriorityExpression END",
    ]
    fleet = {
        "appliances": {
            "gw": {"nodes": ["127.21.1.12:0"], "users": {}, "ns_conf": "\n".join(printed), "ns_conf_unknown": "strict"}
        }
    }
    with Simulator(fleet) as simulator:
        again = Lab(simulator)
        assert text(again.box()) == printed
        again.close()
