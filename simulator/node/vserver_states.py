# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The state, the hits and the users of virtual servers, and the services behind them."""

from __future__ import annotations

from simulator.node.back_ends import address, healthy
from simulator.node.node import Node
from simulator.types import TYPES, Row
from simulator.types.content_switching import POLICIES, TARGET
from simulator.types.ssl_vservers import CERTIFICATE_BINDING, PROTOCOLS


def hits(node: Node, type_name: str, name: str, field: str) -> int:
    return node.counters.get(node.appliance.now(), type_name, name, field)


def portal_users(node: Node, row: Row) -> int:
    """Return the number of users with a session at a Gateway or an authentication vserver."""
    return len(node.whole.appliance.portal.of(node.whole, (row.get("ipv46", ""), row.get("port", 0))))


def groups_of(node: Node, user: str) -> list[str]:
    """Return the groups (`aaagroup`) that a user is bound to, in alphabetical order."""
    bound = node.running.table("aaagroup_aaauser_binding").values()
    return sorted(row["groupname"] for row in bound if row["username"] == user)


def open_connections(node: Node, row: Row) -> int:
    """Return the number of clients that are connected to a virtual server; those of a pair are connected to the primary."""
    place = (row.get("ipv46"), row.get("port"))
    listeners = (*node.appliance.vservers.values(), *node.appliance.made_vservers) if node.serving else ()
    return sum(listener.connections() for listener in listeners if listener.socket_address == place)


def vserver_state(node: Node, type_name: str, row: Row) -> str:
    """Return the state of a virtual server. A load balancing vserver is up while one of its services is up, one that speaks SSL only with a
    certificate (product docs); vservers of the fleet file have their own back end and its certificate.
    """
    if row.get("state") == "DISABLED":
        return "OUT OF SERVICE"
    if type_name == "csvserver" and row.get("stateupdate") == "ENABLED" and (names := targets(node, row["name"])):
        found = (node.running.find(TYPES["lbvserver"], name) for name in names)
        up = any(vserver_state(node, "lbvserver", target) == "UP" for target in found if target)
        return "UP" if up and (has_own_back_end(node, row) or not lacks_certificate(node, row)) else "DOWN"
    if has_own_back_end(node, row):
        return "UP"
    if lacks_certificate(node, row):
        return "DOWN"
    if type_name != "lbvserver":
        return "UP"
    return "UP" if any(service_state(node, service) == "UP" for service in services(node, row["name"])) else "DOWN"


def lacks_certificate(node: Node, row: Row) -> bool:
    """True for a virtual server that speaks SSL and has no certificate of its own; those of issuers do not count."""
    return row["servicetype"] in PROTOCOLS and not any(
        bound["vservername"] == row["name"] and not bound.get("ca")
        for bound in node.running.table(CERTIFICATE_BINDING).values()
    )


def targets(node: Node, switching: str) -> list[str]:
    """Return the load balancing virtual servers to which a content switching one may send requests."""
    running, found = node.running, []
    for row in running.table(POLICIES).values():
        if row["name"] == switching:
            policy = running.find(TYPES["cspolicy"], row["policyname"]) or {}
            action = running.find(TYPES["csaction"], policy.get("action", "")) or {}
            found += [name for name in (row.get("targetlbvserver"), action.get("targetlbvserver")) if name]
    return found + [row["lbvserver"] for row in running.table(TARGET).values() if row["name"] == switching]


def services(node: Node, vserver: str) -> list[Row]:
    """Return the services of a vserver and the members of its service groups."""
    running = node.running
    named = [
        row["servicename"] for row in running.table("lbvserver_service_binding").values() if row["name"] == vserver
    ]
    groups = [
        row["servicegroupname"]
        for row in running.table("lbvserver_servicegroup_binding").values()
        if row["name"] == vserver
    ]
    own = [row for name in named if (row := running.find(TYPES["service"], name)) is not None]
    return own + [member for group in groups for member in members(node, group)]


def chosen_server(node: Node, row: Row) -> tuple[str, int]:
    """Return the address of the first service of a virtual server that is up, or its own address if it has none."""
    for service in services(node, row["name"]):
        if service_state(node, service) == "UP":
            return address(node, service), int(service["port"])
    return str(row.get("ipv46", "")), int(row.get("port", 0))


def members(node: Node, group: str) -> list[Row]:
    """Return the members of a service group, each with its group."""
    row = node.running.find(TYPES["servicegroup"], group) or {}
    bound = node.running.table("servicegroup_servicegroupmember_binding").values()
    return [
        {**member, "servicetype": row.get("servicetype", ""), "_group": row}
        for member in bound
        if member["servicegroupname"] == group
    ]


def group_state(node: Node, row: Row) -> str:
    """Return the state of a service group: up while a member is up (product docs, service groups)."""
    if row.get("state") == "DISABLED":
        return "OUT OF SERVICE"
    states = {service_state(node, member) for member in members(node, row["servicegroupname"])}
    return "UP" if "UP" in states else "OUT OF SERVICE" if states == {"OUT OF SERVICE"} else "DOWN"


def service_state(node: Node, row: Row) -> str:
    server = node.running.find(TYPES["server"], str(row.get("servername", "")))
    disabled = [part for part in (row, server, row.get("_group")) if part and part.get("state") == "DISABLED"]
    if disabled:
        return "OUT OF SERVICE"
    return "UP" if healthy(node, row) else "DOWN"


def has_own_back_end(node: Node, row: Row) -> bool:
    """True for a virtual server of the fleet file."""
    place = (row.get("ipv46"), row.get("port"))
    return place in [listener.socket_address for listener in node.appliance.vservers.values()]
