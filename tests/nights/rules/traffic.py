# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lets this evaluator judge the traffic of simulated appliances, whose own one is the product's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from simulator.node.node import Node
from simulator.traffic import pages, policy_banks, responder, responder_actions
from simulator.traffic.policy_banks import count_hits
from tests.nights.rules.banks import Decision, Place, decided
from tests.nights.rules.meaning import result_of
from tests.nights.rules.values import Asked, Named, Undefined

GATEWAYS = ("vpnvserver", "authenticationvserver")


@contextmanager
def judged_here() -> Iterator[None]:
    """Judge all traffic of simulated appliances."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(responder, "evaluate_policies", _evaluate_policies)
        for module in (policy_banks, responder_actions):
            patch.setattr(module, "evaluate_text", _evaluate_text)
        yield


def asked_of(request: Any) -> Asked:
    """Return a request of the simulator."""
    return Asked(
        request.method,
        request.url,
        request.version,
        request.headers,
        request.body,
        request.client_ip,
        request.dst_ip,
        request.dst_port,
        request.is_sslvpn,
        request.location,
    )


def named_of(node: Node) -> Named:
    """Return what the configuration of a node has names for."""
    tables = node.running.table
    patterns: dict[str, list[str]] = {row["name"]: [] for row in tables("policypatset").values()}
    for row in tables("policypatset_pattern_binding").values():
        patterns[row["name"]].append(row["String"])
    ranges: dict[str, list[tuple[str, str]]] = {row["name"]: [] for row in tables("policydataset").values()}
    for row in tables("policydataset_value_binding").values():
        ranges[row["name"]].append((row["value"], row.get("endrange") or row["value"]))
    wildcard = tables("locationparameter").get((), {}).get("matchwildcardtoany", "NO")
    return Named(
        {row["name"]: row["value"] for row in tables("policyexpression").values()},
        patterns,
        ranges,
        wildcard_matches=wildcard != "NO",
    )


def decision_of(node: Node, vserver: tuple[str, ...] | None, request: Any) -> Decision:
    """Return what the policies of a node do with a request."""
    rows = {name: [*table.values()] for name, table in node.running.rows.items() if "responder" in name}
    rows["responderparam"] = [*node.running.table("responderparam").values()]
    ends = node.appliance.switches["end_skips_later_banks"]
    places = [*_places(node, vserver, request)]
    return decided(rows, places, asked_of(request), named_of(node), end_skips_later=ends)


def _places(node: Node, vserver: tuple[str, ...] | None, request: Any) -> Iterator[Place]:
    """Yield the bind points that see a request: global override, those of the virtual server, global default."""
    if vserver and vserver[0] == "vpnvserver" and pages.ignores_policies_on_vpn(node.appliance.branch):
        return  # CTX267679
    switches = node.appliance.switches
    is_gateway = vserver is not None and vserver[0] in GATEWAYS
    if is_gateway and not switches["gateway_paths_see_policies"] and pages.answered_by_own_code(request.url):
        return
    sees_global = not is_gateway or switches["global_policies_see_gateway"]
    if sees_global:
        yield Place("REQ_OVERRIDE")
    if vserver is not None:
        points = _own_points(vserver, request, switches["gateway_bind_points"]) if is_gateway else ("REQUEST",)
        for owner in _owners(vserver, switches["cs_bank_order"]):
            yield from (Place(point, owner) for point in points)
    if sees_global:
        yield Place("REQ_DEFAULT")


def _owners(vserver: tuple[str, ...], order: str) -> list[tuple[str, str]]:
    """Return the virtual servers whose policies see a request: of a content switching one also that to which it sends it."""
    own = (vserver[0], vserver[1])
    if len(vserver) < 3:
        return [own]
    target = ("lbvserver", vserver[2])
    return [target, own] if order == "lb_first" else [own, target]


def _own_points(vserver: tuple[str, ...], request: Any, switch: str) -> tuple[str, ...]:
    """Return the bind points of a Gateway that see a request: what it handles itself is that of AAA_REQUEST (rate limiting with Gateway)."""
    if switch != "split":
        return {"request": ("REQUEST",), "both": ("AAA_REQUEST", "REQUEST")}[switch]
    consumed = vserver[0] == "authenticationvserver" or pages.consumed_by_gateway(
        request.url, signed_on=request.is_sslvpn
    )
    return ("AAA_REQUEST",) if consumed else ("REQUEST",)


def _evaluate_policies(node: Node, vserver: tuple[str, ...] | None, request: Any) -> str | None:
    if "RESPONDER" not in node.features:
        return None  # policies of a feature that is off have no effect (product docs)
    found = decision_of(node, vserver, request)
    if found.action and found.hits:
        node.counters.add(node.appliance.now(), "responderaction", found.action, "hits")
    count_hits(node, responder._RESPONDER, tuple(found.hits), tuple(found.undefined), tuple(found.logs), request)
    return found.action


def _evaluate_text(node: Node, text: str, request: Any) -> str | None:
    try:
        value = result_of(text, asked_of(request), named_of(node))
    except Undefined:
        return None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return str(value)
