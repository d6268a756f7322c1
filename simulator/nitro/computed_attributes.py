# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Attributes in a GET that are computed: hits, states, numbers of users and references."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.configuration import acls
from simulator.configuration.gateway_checks import classic_rule, subtype
from simulator.configuration.location_files import QUALIFIERS, qualifiers
from simulator.configuration.references import referrers
from simulator.node.back_ends import Probe, address, default_monitor, default_probe, probe
from simulator.node.node import Node
from simulator.node.vserver_states import (
    group_state,
    has_own_back_end,
    hits,
    portal_users,
    service_state,
    services,
    vserver_state,
)
from simulator.types import TYPES, Row, Type


def _state(node: Node, type_: Type, row: Row) -> str:
    return vserver_state(node, type_.name, row)


def _bound_service(node: Node, row: Row) -> Row:
    service = node.running.find(TYPES["service"], row["servicename"]) or {}
    return {
        "ipv46": address(node, service),
        "port": service.get("port", 0),
        "servicetype": service.get("servicetype", ""),
        "curstate": service_state(node, service),
    }


def _member(node: Node, row: Row) -> Row:
    group = node.running.find(TYPES["servicegroup"], row["servicegroupname"])
    return {"ip": address(node, row), "svrstate": service_state(node, {**row, "_group": group})}


def _monitor_of_service(node: Node, row: Row) -> Row:
    service = node.running.find(TYPES["service"], row["name"]) or {}
    return _monitored(row, probe(node, service, row))


def _monitored(row: Row, found: Probe) -> Row:
    """Return the state of a monitor at a service (NITRO reference, service_lbmonitor_binding)."""
    return {
        "monitor_state": "UP" if found.succeeds else "DOWN",
        "lastresponse": found.response,
        "responsetime": "0",
        "dup_state": row.get("monstate", "ENABLED"),
        "dup_weight": str(row.get("weight", 1)),
    }


def default_monitor_of(node: Node, service: str) -> Row:
    """Return the row of the monitor that a service has if none is bound to it."""
    row = node.running.find(TYPES["service"], service) or {}
    shown = {
        "name": service,
        "monitor_name": default_monitor(row),
        "monstate": "ENABLED",
        "weight": "1",
        "passive": False,
    }
    return {**shown, **_monitored({}, default_probe(node, row))}


def _switching_policy(node: Node, row: Row) -> Row:
    policy = node.running.find(TYPES["cspolicy"], row["policyname"]) or {}
    found = str(hits(node, "cspolicy", row["policyname"], "hits"))
    return {**({"rule": policy["rule"]} if "rule" in policy else {}), "hits": found, "pipolicyhits": found}


def _reference_count(node: Node, type_: Type, row: Row) -> int:
    return sum(1 for _ in referrers(node.running, type_, row[type_.key]))


def _qualifier(place: int) -> Callable[[Node, Type, Row], Any]:
    def qualifier(node: Node, type_: Type, row: Row) -> Any:
        parts = qualifiers(row["preferredlocation"])
        return parts[place] if place < len(parts) else "*"

    return qualifier


def _logged_in(node: Node, type_: Type, row: Row) -> bool:
    """True for a local user with a session, or a group of such a user."""
    sessions = node.whole.appliance.portal.of(node.whole)
    if type_.name == "aaauser":
        return any(session.user == row["username"] for session in sessions)
    return any(row["groupname"] in session.groups for session in sessions)


Compute = Callable[[Node, Type, Row], Any]
COMPUTED: dict[str, Compute] = {
    **{f"q{place + 1}label": _qualifier(place) for place in range(QUALIFIERS)},
    "hits": lambda node, type_, row: hits(node, type_.name, row[type_.key], "hits"),
    "undefhits": lambda node, type_, row: hits(node, type_.name, row[type_.key], "undefhits"),
    "referencecount": _reference_count,
    "refcnt": _reference_count,
    "kernelstate": lambda node, type_, row: acls.kernel_state(node.running, type_.name, row),
    "svrstate": lambda node, type_, row: service_state(node, row),
    "servicegroupeffectivestate": lambda node, type_, row: group_state(node, row),
    "totalservices": lambda node, type_, row: len(services(node, row["name"])) or int(has_own_back_end(node, row)),
    "activeservices": lambda node, type_, row: (
        sum(1 for service in services(node, row["name"]) if service_state(node, service) == "UP")
        or int(vserver_state(node, type_.name, row) == "UP")
    ),
    "curstate": _state,
    "curaaausers": lambda node, type_, row: portal_users(node, row),
    "curtotalusers": lambda node, type_, row: portal_users(node, row),
    "effectivestate": _state,
    "expressiontype": lambda node, type_, row: f"{'Classic' if classic_rule(row['rule']) else 'Advanced'} Policy",
    "loggedin": _logged_in,
    "policysubtype": lambda node, type_, row: subtype(node.running, row["action"]),
    "ip": lambda node, type_, row: row.get("ipv46", type_.by_name["ipv46"].default),
    **dict.fromkeys(("ipaddress", "serviceipstr"), lambda node, type_, row: address(node, row)),
    "policyname": lambda node, type_, row: row.get("servername"),  # of a service
    "publicport": lambda node, type_, row: row.get("port"),
    "iptype": lambda node, type_, row: [row.get("type", type_.by_name["type"].default)],
    "loglevel1": lambda node, type_, row: row.get("loglevel"),
    "numpol": lambda node, type_, row: sum(
        1
        for other in node.running.table(f"{type_.name}_{type_.name.removesuffix('label')}_binding").values()
        if other["labelname"] == row["labelname"]
    ),
}
# Attributes of the bound object in a GET of bindings (NITRO reference).
BOUND_ATTRIBUTES: dict[str, Callable[[Node, Row], Row]] = {
    "lbvserver_service_binding": _bound_service,
    "service_lbmonitor_binding": _monitor_of_service,
    "csvserver_lbvserver_binding": lambda node, row: {
        "hits": str(hits(node, "csvserver_lbvserver_binding", row["name"], "hits"))
    },
    "csvserver_cspolicy_binding": _switching_policy,
    "servicegroup_servicegroupmember_binding": _member,
}
