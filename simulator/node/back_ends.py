# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The health of the back ends of services, as their monitors see it: NITRO reference, lbmonitor, service and their bindings.

A back end that is up meets what every monitor expects of it; the fault backend_down takes it down. The state of a service follows
at once, without intervals and retries.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulator.node.node import Node
from simulator.types import TYPES, Row
from simulator.types.monitors import BUILT_IN, DEFAULT_FOR_OTHERS, DEFAULT_FOR_TCP, OF_GROUPS, OF_SERVICES

_NOT_TCP = ("UDP", "DNS", "ANY")
_ANSWERS = {  # the last response, as show service words it (outputs in public posts on NetScaler CPX)
    "PING": ("Success - ICMP echo reply received.", "Failure - Probe timed out."),
    "TCP": ("Success - TCP syn+ack received.", "Failure - TCP syn sent, reset received."),
    "HTTP": ("Success - HTTP response code 200 received.", "Failure - TCP connection failed."),
}
_OTHERS = ("Success - Probe succeeded.", "Failure - Probe failed.")


@dataclass(frozen=True)
class Probe:
    """The result of a monitor for a service. counts: whether the state of the service depends on it."""

    succeeds: bool
    response: str
    weight: int
    counts: bool


def address(node: Node, row: Row) -> str:
    """Return the address of a service or a group member: that of its server."""
    server = node.running.find(TYPES["server"], str(row.get("servername", ""))) or {}
    return str(server.get("ipaddress", ""))


def default_monitor(row: Row) -> str:
    """Return the monitor of a service to which none is bound."""
    return DEFAULT_FOR_OTHERS if row.get("servicetype") in _NOT_TCP else DEFAULT_FOR_TCP


def healthy(node: Node, row: Row) -> bool:
    """True if the monitors of a service or of a group member do not take it down."""
    owner = row.get("_group", row)
    if owner.get("healthmonitor") == "NO" or (not node.appliance.faults.installed and not _any_reverse(node)):
        return True
    bindings = bound_monitors(node, row)
    probes = [probe(node, row, bound) for bound in bindings] or [default_probe(node, row)]
    counted = [found for found in probes if found.counts]
    needed = int(owner.get("monthreshold", 0))
    if needed and counted:
        return sum(found.weight for found in counted if found.succeeds) >= needed
    return all(found.succeeds for found in counted)


def bound_monitors(node: Node, row: Row) -> list[Row]:
    """Return the bindings of monitors to a service, or to the group of a member."""
    group = row.get("_group")
    binding = OF_SERVICES if group is None else OF_GROUPS
    name = row.get("name") if group is None else group.get("servicegroupname")
    return [other for other in node.running.table(binding.name).values() if other[binding.parent_key] == name]


def default_probe(node: Node, row: Row) -> Probe:
    return probe(node, row, {"monitor_name": default_monitor(row)})


def probe(node: Node, row: Row, bound: Row) -> Probe:
    """Return what a bound monitor finds at the back end of a service."""
    name = bound["monitor_name"]
    monitor = node.running.find(TYPES["lbmonitor"], name) or {"type": BUILT_IN.get(name, "TCP")}
    place = monitor.get("destip") or address(node, row)
    up = not node.appliance.faults.takes_down(
        node.whole.index, place, int(monitor.get("destport") or row.get("port", 0))
    )
    succeeds = up != (monitor.get("reverse") == "YES")
    counts = (
        bound.get("monstate") != "DISABLED"
        and not bound.get("passive")
        and not is_disabled(node, monitor)
        and (monitor["type"] != "HTTP-INLINE" or monitor.get("action", "DOWN") == "DOWN")
    )
    good, bad = _ANSWERS.get(monitor["type"].partition("-")[0], _OTHERS)
    return Probe(succeeds, good if up else bad, int(bound.get("weight", 1)), counts)


def is_disabled(node: Node, monitor: Row) -> bool:
    """True if a monitor is disabled, itself or as one of its type."""
    if node.appliance.switches["lbmonitor_disable"] == "alone":
        return monitor.get("state") == "DISABLED"
    monitors = node.running.table("lbmonitor").values()
    return any(other["type"] == monitor["type"] and other.get("state") == "DISABLED" for other in monitors)


def _any_reverse(node: Node) -> bool:
    return any(row.get("reverse") == "YES" for row in node.running.table("lbmonitor").values())
