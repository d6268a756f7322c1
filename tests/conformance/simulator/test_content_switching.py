# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Content switching: actions, policies, bindings, and the target of a request."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from simulator.fleet_file.faults import Fault
from simulator.network.requests import HttpRequest
from simulator.node.state import Listener
from simulator.traffic.vserver import answer_at_vserver
from tests.conformance.simulator.in_process import Nitro

DEFAULT, POLICIES = "csvserver_lbvserver_binding", "csvserver_cspolicy_binding"
PLACE = ("192.0.2.10", 80)


def made(**switches: Any) -> Nitro:
    """Return an appliance with the vserver `shop`, the lb vservers a, b (HTTP) and t (TCP), and a service on a server of each."""
    nitro = Nitro(features=["LB", "CS", "RESPONDER"], switches={"counters_lag_seconds": 0.0, **switches})
    assert (
        nitro.code("POST", "csvserver", {"name": "shop", "servicetype": "HTTP", "ipv46": PLACE[0], "port": PLACE[1]})
        == 0
    )
    for number, (name, protocol) in enumerate((("a", "HTTP"), ("b", "HTTP"), ("t", "TCP"))):
        for type_, row in (
            ("lbvserver", {"name": name, "servicetype": protocol}),
            ("server", {"name": f"s_{name}", "ipaddress": f"192.0.2.{80 + number}"}),
            ("service", {"name": f"svc_{name}", "servername": f"s_{name}", "servicetype": protocol, "port": 80}),
            ("lbvserver_service_binding", {"name": name, "servicename": f"svc_{name}"}),
        ):
            assert nitro.code("POST", type_, row) == 0
    return nitro


@pytest.fixture
def nitro() -> Nitro:
    return made()


def policy(nitro: Nitro, name: str = "p", rule: str = 'HTTP.REQ.URL.STARTSWITH("/b")', action: str = "") -> None:
    if action:
        assert nitro.code("POST", "csaction", {"name": action, "targetlbvserver": action.removeprefix("to_")}) == 0
    row = {"policyname": name, "rule": rule, **({"action": action} if action else {})}
    assert nitro.code("POST", "cspolicy", row) == 0


def ask(nitro: Nitro, target: str = "/") -> Any:
    connection: Any = SimpleNamespace(peer=("192.0.2.1", 50000), local_address=PLACE, number=1)
    request = HttpRequest(connection, "GET", target.encode(), "1.1", [(b"Host", b"x")])
    listener = Listener(*PLACE)
    return asyncio.run(answer_at_vserver(nitro.box.nodes[0], "csvserver", listener, request, b"", tls=False))


def hits(nitro: Nitro) -> dict[str, str]:
    """Return the requests at the lb vservers, where there were some."""
    rows = nitro.rows("lbvserver", "stat")
    return {row["name"]: row["tothits"] for row in rows if row["tothits"] != "0"}


@pytest.mark.fact("cs-default", "cs-no-target")
def test_the_default_target(nitro: Nitro) -> None:
    """A request that no policy matches goes to the default lb vserver; without one it is 503 (reference; commands, cs vserver)."""
    assert ask(nitro).status == 503
    assert nitro.put(DEFAULT, {"name": "shop", "lbvserver": "a"}).status == 201
    assert ask(nitro).status == 200
    assert hits(nitro) == {"a": "1"}
    assert nitro.rows(f"{DEFAULT}/shop") == [{"name": "shop", "lbvserver": "a", "hits": "1"}]
    assert nitro.lines("bind cs") == ["bind cs vserver shop -lbvserver a"]
    assert nitro.reloaded() == nitro.text()
    assert nitro.code("PUT", DEFAULT, {"name": "shop", "lbvserver": "no"}) == 258
    assert nitro.code("PUT", DEFAULT, {"name": "no", "lbvserver": "a"}) == 258
    assert nitro.code("DELETE", "lbvserver/a") == 1409
    assert nitro.code("DELETE", f"{DEFAULT}/shop?args=lbvserver:b") == 1410
    assert nitro.delete(f"{DEFAULT}/shop?args=lbvserver:a").status == 200
    assert nitro.code("PUT", DEFAULT, {"name": "shop", "lbvserver": "t"}) == 478
    assert nitro.delete("lbvserver/a").status == 200


@pytest.mark.fact("cs-default-again")
@pytest.mark.parametrize(("position", "code", "left"), [("refused", 273, "a"), ("replaced", 0, "b")])
def test_a_second_default_target(position: str, code: int, left: str) -> None:
    nitro = made(cs_default_again=position)
    assert nitro.code("PUT", DEFAULT, {"name": "shop", "lbvserver": "a"}) == 0
    assert nitro.code("PUT", DEFAULT, {"name": "shop", "lbvserver": "b"}) == code
    assert [row["lbvserver"] for row in nitro.rows(f"{DEFAULT}/shop")] == [left]


@pytest.mark.fact("cs-policy", "cs-policy-target")
def test_policies_switch_requests(nitro: Nitro) -> None:
    """By priority, the first that matches; the target is that of the action or of the binding (reference; commands, cs policy)."""
    nitro.put(DEFAULT, {"name": "shop", "lbvserver": "a"})
    policy(nitro, action="to_b")
    assert nitro.put(POLICIES, {"name": "shop", "policyname": "p", "priority": 20}).status == 201
    policy(nitro, "first", 'HTTP.REQ.URL.STARTSWITH("/both")')
    assert (
        nitro.put(POLICIES, {"name": "shop", "policyname": "first", "priority": 10, "targetlbvserver": "a"}).status
        == 201
    )
    for target in ("/", "/b", "/both"):
        ask(nitro, target)
    assert hits(nitro) == {"a": "2", "b": "1"}
    rows = {row["policyname"]: (row["priority"], row["hits"]) for row in nitro.rows(f"{POLICIES}/shop")}
    assert rows == {"p": ("20", "1"), "first": ("10", "1")}
    assert nitro.rows("csaction/to_b")[0]["hits"] == "1"
    assert nitro.lines("bind cs") == [
        "bind cs vserver shop -lbvserver a",
        "bind cs vserver shop -policyName p -priority 20 -type REQUEST",
        "bind cs vserver shop -policyName first -targetLBVserver a -priority 10 -gotoPriorityExpression END -type REQUEST",
    ]
    assert nitro.reloaded() == nitro.text()
    (row,) = nitro.rows("csvserver_binding/shop")
    assert {DEFAULT, POLICIES} <= row.keys()
    assert nitro.post("lbvserver?action=rename", {"name": "b", "newname": "other"}).status == 200
    assert nitro.rows("csaction/to_b")[0]["targetlbvserver"] == "other"


@pytest.mark.fact("cs-target-expression")
def test_the_target_of_an_expression(nitro: Nitro) -> None:
    assert nitro.code("POST", "csaction", {"name": "e", "targetvserverexpr": "HTTP.REQ.URL.PATH.GET(1)"}) == 0
    assert nitro.code("POST", "cspolicy", {"policyname": "p", "rule": "TRUE", "action": "e"}) == 0
    assert nitro.code("PUT", POLICIES, {"name": "shop", "policyname": "p", "priority": 1}) == 0
    assert [ask(nitro, "/b/x").status, ask(nitro, "/nope/x").status] == [404, 503]
    assert hits(nitro) == {"b": "1"}


@pytest.mark.fact("cs-errors")
def test_what_is_refused(nitro: Nitro) -> None:
    """Error list 1371 to 1389; 810 and 2054 as for other policies."""
    policy(nitro, action="to_b")
    policy(nitro, "bare")
    code = nitro.code
    assert code("POST", "csaction", {"name": "x"}) == 1095
    assert code("POST", "csaction", {"name": "x", "targetlbvserver": "a", "targetvserverexpr": '"a"'}) == 1092
    assert code("POST", "csaction", {"name": "x", "targetlbvserver": "no"}) == 1388
    assert code("POST", "csaction", {"name": "t", "targetlbvserver": "t"}) == 0
    assert code("POST", "cspolicy", {"policyname": "x"}) == 1095
    assert code("POST", "cspolicy", {"policyname": "x", "url": "/a", "action": "to_b"}) == 1389
    assert code("POST", "cspolicy", {"policyname": "x", "url": "/a", "rule": "TRUE"}) == 1092
    assert code("POST", "cspolicy", {"policyname": "x", "rule": "TRUE", "action": "no"}) == 538
    assert code("POST", "cspolicy", {"policyname": "p", "rule": "TRUE"}) == 3094
    assert code("POST", "responderpolicy", {"name": "p", "rule": "TRUE", "action": "NOOP"}) == 3094
    assert code("POST", "responderpolicy", {"name": "r", "rule": "TRUE", "action": "NOOP"}) == 0
    assert code("POST", "cspolicy", {"policyname": "r", "rule": "TRUE"}) == 3094
    assert code("GET", "cspolicy/no") == 2054
    assert code("POST", "cspolicy", {"policyname": "tcp", "rule": "TRUE", "action": "t"}) == 0
    bind = {"name": "shop", "policyname": "p", "priority": 10}
    assert code("PUT", POLICIES, {**bind, "targetlbvserver": "a"}) == 1374
    assert code("PUT", POLICIES, {**bind, "gotopriorityexpression": "NEXT"}) == 1374
    assert code("PUT", POLICIES, {**bind, "policyname": "bare"}) == 1387
    assert code("PUT", POLICIES, {**bind, "policyname": "bare", "targetlbvserver": "no"}) == 1388
    assert code("PUT", POLICIES, {**bind, "policyname": "tcp"}) == 1375
    assert code("PUT", POLICIES, {**bind, "policyname": "no"}) == 2054
    assert code("PUT", POLICIES, bind) == 0
    assert code("PUT", POLICIES, {**bind, "policyname": "bare", "targetlbvserver": "a"}) == 3041
    assert code("PUT", POLICIES, {**bind, "policyname": "bare", "targetlbvserver": "a", "priority": 11}) == 0
    nitro.post("csvserver", {"name": "shop2", "servicetype": "HTTP"})
    assert code("PUT", POLICIES, {**bind, "name": "shop2", "policyname": "bare", "targetlbvserver": "a"}) == 1373
    assert code("DELETE", "cspolicy/p") == 810
    assert code("DELETE", "csaction/to_b") == 1372
    assert code("DELETE", "lbvserver/b") == 1371
    assert code("DELETE", "lbvserver/a") == 1409
    assert code("PUT", "cspolicy", {"policyname": "bare", "action": "to_b"}) == 3095
    for name in ("rule", "action"):
        assert code("POST", "cspolicy?action=unset", {"policyname": "p", name: True}) == 3110
    assert code("DELETE", f"{POLICIES}/shop?args=policyname:p,priority:10") == 0
    assert code("DELETE", f"{POLICIES}/shop?args=policyname:p,priority:10") == 2097
    assert code("POST", "cspolicy?action=rename", {"policyname": "p", "newname": "q"}) == 0
    assert [code("DELETE", path) for path in ("cspolicy/q", "csaction/to_b", "lbvserver/b")] == [0, 0, 0]


@pytest.mark.fact("cs-state", "cs-no-target")
def test_a_target_that_is_down(nitro: Nitro) -> None:
    """The vserver is UP whatever its targets are, unless stateupdate is set (commands, cs vserver); its clients get 503."""
    nitro.put(DEFAULT, {"name": "shop", "lbvserver": "a"})
    nitro.box.install_fault(Fault("backend_down", times=0, backend="192.0.2.80"))
    assert nitro.rows("csvserver/shop")[0]["curstate"] == "UP"
    assert ask(nitro).status == 503
    assert nitro.put("csvserver", {"name": "shop", "stateupdate": "ENABLED"}).status == 200
    assert nitro.rows("csvserver/shop")[0]["curstate"] == "DOWN"
    policy(nitro, action="to_b")
    nitro.put(POLICIES, {"name": "shop", "policyname": "p", "priority": 20})
    assert nitro.rows("csvserver/shop")[0]["curstate"] == "UP"
    assert (ask(nitro, "/b").status, ask(nitro).status) == (404, 503)


@pytest.mark.fact("cs-bank-order")
@pytest.mark.parametrize(("position", "first"), [("lb_first", "lb"), ("cs_first", "cs")])
def test_responder_policies_of_the_target(position: str, first: str) -> None:
    """The policies of the target are evaluated too; which bank comes first is open (policy guide 9.2; a field report)."""
    nitro = made(cs_bank_order=position)
    nitro.put(DEFAULT, {"name": "shop", "lbvserver": "a"})
    for name, type_, parent in (("lb", "lbvserver", "a"), ("cs", "csvserver", "shop")):
        action = {"name": name, "type": "respondwith", "target": f'"HTTP/1.1 200 OK\\r\\n\\r\\n{name}"'}
        assert nitro.code("POST", "responderaction", action) == 0
        assert nitro.code("POST", "responderpolicy", {"name": name, "rule": "TRUE", "action": name}) == 0
        bound = {"name": parent, "policyname": name, "priority": 1}
        assert nitro.code("POST", f"{type_}_responderpolicy_binding", bound) == 0
    assert ask(nitro).head.endswith(first.encode())
