# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the `show` commands of the NetScaler CLI print (command reference; transcripts in public issues)."""

from __future__ import annotations

from collections.abc import Callable

from simulator.configuration import nsconf_writer
from simulator.nitro.handlers.identity import hardware, version_text
from simulator.node.node import Node

Show = Callable[[Node], str]


def _version(node: Node) -> str:
    return f"\t{version_text(node.appliance)}\n"


def _info(node: Node) -> str:
    kind = "Standalone" if len(node.appliance.nodes) == 1 else "Primary" if node.primary else "Secondary"
    features = " ".join(node.features) or "None"
    return (
        f"{_version(node)}\tNetScaler IP: {node.listener.address}  (mask: 255.255.255.0)\n\tNode: {kind}\n"
        f"\tLast config changed time: {node.local_time(node.changed_at)}\n"
        f"\tLast config saved time:   {node.local_time(node.saved_at)}\n\tSystem time: {node.local_time()}\n\tFeatures: {features}\n"
    )


def _hardware(node: Node) -> str:
    row = hardware(node)
    made = f"{row['manufacturemonth']}/{row['manufactureday']}/{row['manufactureyear']}"
    return (
        f"\tPlatform: {row['hwdescription']} {row['sysid']}\n\tManufactured on: {made}\n\tCPU: {row['cpufrequncy']}MHZ\n"
        f"\tHost Id: {row['hostid']}\n\tSerial no: {row['serialno']}\n\tEncoded serial no: {row['encodedserialno']}\n"
    )


def _addresses(node: Node) -> str:
    rows = [(node.listener.address, "NetScaler IP", "NA")]
    names = {"SNIP": "SNIP", "VIP": "VIP", "MIP": "MIP", "CLIP": "CLIP"}
    rows += [
        (str(row["ipaddress"]), names.get(str(row.get("type", "SNIP")), "SNIP"), "NA")
        for row in node.running.table("nsip").values()
    ]
    head = f"\t{'Ipaddress':<16} {'Traffic Domain':<15} {'Type':<16} {'Mode':<8} {'Arp':<8} {'Icmp':<8} {'Vserver':<8} State\n"
    line = f"\t{'---------':<16} {'--------------':<15} {'----':<16} {'----':<8} {'---':<8} {'----':<8} {'-------':<8} ------\n"
    body = "".join(
        f"{number})\t{address:<16} {0:<15} {kind:<16} {'Active':<8} {'Enabled':<8} {'Enabled':<8} {vserver:<8} Enabled\n"
        for number, (address, kind, vserver) in enumerate(rows, 1)
    )
    return head + line + body


def _ha_nodes(node: Node) -> str:
    shown = ""
    others = [other for other in node.appliance.nodes if other is not node.whole]
    for number, one in enumerate([node.whole, *others]):
        state = "NOT UP" if one is not node.whole and (one.booting or node.peer is None) else "UP"
        role = "Primary" if one.primary else "Secondary"
        sync = f"\tSync State: {'ENABLED' if one.primary else 'SUCCESS'}\n" if len(node.appliance.nodes) > 1 else ""
        shown += (
            f"{number + 1})\tNode ID:      {number}\n\tIP:\t{one.listener.address}\n\tNode State: {state}\n\tMaster State: {role}\n"
            f"\tFail-Safe Mode: OFF\n\tINC State: DISABLED\n{sync}"
        )
    return shown


def _running(node: Node) -> str:
    return nsconf_writer.text(node.appliance.build, node.running)


def _saved(node: Node) -> str:
    return nsconf_writer.text(node.appliance.build, node.saved)


def _sessions(node: Node) -> str:
    rows = [(str(session.number), session.user, session.since, "API") for session in node.whole.sessions.values()]
    rows += [(session.terminal, session.user, session.since, "CLI") for session in node.whole.shell_sessions]
    return "".join(
        f"{number})\tSession: {name}  User: {user}  Client type: {kind}  Logged in at: {node.local_time(since)}\n"
        for number, (name, user, since, kind) in enumerate(rows, 1)
    )


SHOWN: dict[str, Show] = {
    "version": _version,
    "info": _info,
    "hardware": _hardware,
    "ip": _addresses,
    "ha node": _ha_nodes,
    "runningconfig": _running,
    "savedconfig": _saved,
    "ns.conf": _saved,
    "system session": _sessions,
}
