# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Authorisation by command policies over the command line of a call, and session parameters of administrators."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from simulator import Simulator
from tests.conformance.simulator.conftest import Lab
from tests.conformance.simulator.in_process import Nitro

BINDING = "systemuser_systemcmdpolicy_binding"
AS_ANN = {"X_NITRO_USER": "ann", "X_NITRO_PASS": "secret"}


@pytest.fixture
def ann(lab: Any) -> Callable[..., Any]:
    """An administrator with these policies, in this order."""
    box = lab.box()
    assert box.post("systemuser", {"username": "ann", "password": "secret"}).status == 201

    def bound(*policies: str) -> Any:
        for priority, name in enumerate(policies, 1):
            assert box.post(BINDING, {"username": "ann", "policyname": name, "priority": priority}).status == 201
        return lab.client(**AS_ANN)

    return bound


@pytest.mark.fact("no-command-policy")
def test_without_a_policy_nothing_is_allowed(ann: Any) -> None:
    """371 for all calls but log-on and log-off."""
    client = ann()
    for answer in (client.get("nsversion"), client.post("server", {"name": "s", "ipaddress": "192.0.2.1"})):
        assert (answer.status, answer.code) == (403, 371)
    client.headers.clear()
    assert client.log_in("ann", "secret").status == 201
    assert client.get("nsversion").code == 371
    assert client.post("logout", {}).status == 200


@pytest.mark.fact("command-policies", "not-authorised")
def test_the_read_only_policy(ann: Any, box: Any) -> None:
    """The built-in policy: show and stat, nothing of the group system, not the configuration's text. 403 quotes the command."""
    client = ann("read-only")
    assert client.get("nsversion").status == client.get("responderpolicy").status == client.get("hanode").status == 200
    assert client.ask("GET", "/nitro/v1/stat/system").status == 200
    for path, line in (
        ("systemuser", "show system user"),
        ("systemfile?args=filelocation:%2Fnsconfig", "show system file -filelocation /nsconfig"),
        ("nsrunningconfig", "show ns runningconfig"),
    ):
        answer = client.get(path)
        assert (answer.status, answer.code) == (403, 2138)
        assert answer.json["message"] == f"Not authorized to execute this command [{line}]"
    box.post("server", {"name": "s", "ipaddress": "192.0.2.1"})
    for answer, line in (
        (client.post("server", {"name": "s1", "ipaddress": "192.0.2.1"}), "add server s1 192.0.2.1"),
        (client.put("server", {"name": "s", "comment": "a b"}), 'set server s -comment "a b"'),
        (client.post("server", {"name": "s"}, "?action=disable"), "disable server s"),
        (client.delete("server/s"), "rm server s"),
        (client.post("nsconfig", {}, "?action=save"), "save ns config"),
        (client.post("nsfeature", {"feature": ["LB", "CS"]}, "?action=enable"), 'enable ns feature "LB CS"'),
    ):
        assert (answer.status, answer.code) == (403, 2138)
        assert answer.json["message"].endswith(f"[{line}]")
    assert [row["name"] for row in box.rows("server")] == ["s"]


@pytest.mark.fact("command-policies")
def test_policies_are_evaluated_by_priority(ann: Any, box: Any) -> None:
    """The first match decides; patterns are case-insensitive (administration guide 9.3)."""
    deny = {"policyname": "not", "action": "DENY", "cmdspec": "^rm responder policy KEEP"}
    allow = {
        "policyname": "deploy",
        "action": "ALLOW",
        "cmdspec": r"^(add|set|rm|bind|unbind|show) RESPONDER (policy|global)",
    }
    for policy in (deny, allow):
        assert box.post("systemcmdpolicy", policy).status == 201
    client = ann("not", "deploy")
    policies = [{"name": name, "rule": "TRUE", "action": "NOOP"} for name in ("keep", "other")]
    assert client.post("responderpolicy", policies).status == 201
    bound = {"policyname": "other", "priority": 1, "type": "REQ_OVERRIDE"}
    assert client.post("responderglobal_responderpolicy_binding", bound).status == 201
    path = "responderglobal_responderpolicy_binding?args=policyname:other,type:REQ_OVERRIDE"
    assert client.delete(path).status == 200
    assert [client.delete(f"responderpolicy/{name}").status for name in ("keep", "other")] == [403, 200]
    rows = {"responderpolicy": [{"name": "keep"}], "server": [{"name": "s"}]}
    answer = client.nitro("POST", "macroapi?action=remove", rows, X_NITRO_ONERROR="continue")
    assert [part["errorcode"] for part in answer.json["response"]] == [2138, 2138]
    assert box.delete(f"{BINDING}/ann?args=policyname:not").status == 200
    assert client.delete("responderpolicy/keep").status == 200


@pytest.mark.fact("command-policy-object")
def test_command_policies_as_objects(box: Any) -> None:
    """An update needs all three attributes, there is no rename (resource map of the collection); a missing one is 404 with 373."""
    policy = {"policyname": "p", "action": "ALLOW", "cmdspec": "^show"}
    missing = box.get("systemcmdpolicy/p")
    assert (missing.status, missing.code) == (404, 373)
    assert box.post("systemcmdpolicy", policy).status == 201
    assert box.put("systemcmdpolicy", {"policyname": "p", "cmdspec": ".*"}).code == 1095
    assert box.put("systemcmdpolicy", {**policy, "action": "DENY"}).status == 200
    assert box.rows("systemcmdpolicy/p") == [{**policy, "action": "DENY"}]
    assert box.post("systemcmdpolicy", {**policy, "policyname": "q", "cmdspec": "("}).code == 1137
    assert box.post("systemcmdpolicy", {"policyname": "p", "newname": "q"}, "?action=rename").code == 1240
    names = [row["policyname"] for row in box.rows("systemcmdpolicy")]
    assert names == ["read-only", "operator", "network", "superuser", "p"]
    assert (box.delete("systemcmdpolicy/superuser").code, box.delete("systemcmdpolicy/p").status) == (257, 200)
    assert box.post(BINDING, {"username": "nsroot", "policyname": "no", "priority": 1}).code == 373


def test_administrators_of_the_fleet_file() -> None:
    """They may do everything, unless the configuration restricts them; ns.conf has their policy."""
    bound = {BINDING: [{"username": "reader", "policyname": "read-only", "priority": 1}]}
    users = {"nsroot": "nsroot", "admin": "secret", "reader": "secret"}
    box = {"build": "13.0 47.22", "nodes": ["127.21.0.41:0"], "users": users, "configuration": bound}
    with Simulator({"appliances": {"gw": box}}) as simulator:
        lab = Lab(simulator)
        admin, reader = (lab.client(X_NITRO_USER=name, X_NITRO_PASS="secret") for name in ("admin", "reader"))
        assert [client.post("nsconfig", {}, "?action=save").status for client in (admin, reader)] == [200, 403]
        text = admin.get("nsrunningconfig").json["nsrunningconfig"]["response"].split("\n")
        assert "bind system user admin superuser 100" in text
        assert "bind system user reader read-only 1" in text
        lab.close()


@pytest.mark.fact("basic-authentication-off")
def test_basic_authentication_off(lab: Any) -> None:
    client = lab.client(Authorization="Basic " + base64.b64encode(b"nsroot:nsroot").decode())
    assert client.get("nsversion").status == 200
    box = lab.box()
    assert box.put("systemparameter", {"basicauth": "DISABLED"}).status == 200
    answer = client.get("nsversion")
    assert (answer.status, answer.code) == (401, 1244)
    assert lab.client(X_NITRO_USER="nsroot", X_NITRO_PASS="nsroot").get("nsversion").status == 200
    assert box.post("systemparameter", {"basicauth": True}, "?action=unset").status == 200
    assert client.get("nsversion").status == 200


@pytest.mark.fact("restricted-timeout")
def test_the_users_own_idle_time(lab: Any) -> None:
    """With the restricted timeout: 900 seconds, or the user's timeout; a timeout in the log-on overrides it."""
    box = lab.box()
    assert box.put("systemparameter", {"restrictedtimeout": "ENABLED"}).status == 200
    assert box.put("systemuser", {"username": "nsroot", "timeout": 600}).status == 200
    own, named = lab.client(), lab.client()
    own.log_in()
    named.log_in(timeout=1000)
    lab.simulator.appliance("gw").advance(700)
    assert own.get("nsversion").code == 444
    assert named.get("nsversion").status == 200


def test_a_command_policy_that_takes_too_long_is_a_refusal() -> None:
    """Its regular expression is the client's, and Python could search for years."""
    nitro = Nitro()
    for path, row in (
        ("systemcmdpolicy", {"policyname": "long", "action": "ALLOW", "cmdspec": "(x+x+)+y|^show ns version"}),
        ("systemuser", {"username": "ann", "password": "secret"}),
        ("systemuser_systemcmdpolicy_binding", {"username": "ann", "policyname": "long", "priority": 1}),
    ):
        assert nitro.post(path, row).status == 201
    ann = Nitro("ann", "secret", box=nitro.box)
    assert ann.code("GET", f"policypatset/{'x' * 60}") == 2138
    assert ann.code("GET", "nsversion") == 0
