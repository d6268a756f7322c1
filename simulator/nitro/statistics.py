# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""stat/*: counters are strings, rates are numbers (telegraf issue 11478 and a public gateway-monitoring script)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.configuration.rows import missing
from simulator.nitro import counter_names, generic_reads, monitoring
from simulator.nitro.call import Call
from simulator.node import vserver_states
from simulator.node.node import Node
from simulator.types import TYPES, Row
from simulator.types.errors import NitroError


def read(call: Call) -> Any:
    name = call.target.type
    found = _read(call, name)
    # clearstats resets the counters that were read (NITRO guide, statistics).
    if (clear := call.target.options.get("clearstats", "").lower()) not in ("", "basic", "full"):
        raise NitroError(1097, "clearstats", clear)
    if clear:
        call.node.counters.clear_of(name)
    return found


def names() -> tuple[str, ...]:
    """Return the types that have statistics."""
    return (*_ROWS, *_OBJECTS, "servicegroupmember", *monitoring.STATISTICS)


def _read(call: Call, name: str) -> Any:
    if name in _OBJECTS:
        return _OBJECTS[name](call.node.whole)
    if name in _ROWS:
        return _rows(call, name)
    if name == "servicegroupmember":
        return _one_member(call)
    if name in monitoring.STATISTICS:
        return monitoring.STATISTICS[name](call)
    raise NitroError(1232, *((name,) if name else ()))  # a type without statistics (check_netscaler PR 5)


def _wanted(call: Call, name: str) -> list[Row]:
    """Return the requested objects."""
    type_ = TYPES[name]
    if not call.name:
        return list(call.node.running.table(name).values())
    row = call.node.running.find(type_, call.name) or generic_reads.built_in(type_, call.name)
    if row is None:
        raise missing(type_, call.name, call.appliance)
    return [row]


def _rows(call: Call, name: str) -> Any:
    rows = _wanted(call, name)
    shown = [_ROWS[name](call.node, name, row) for row in rows]
    if call.target.enabled("statbindings") and name in _BOUND:
        for line, row in zip(shown, rows, strict=True):
            line.update(_bound(call.node, _BOUND[name](call.node, row)))
    return shown


# Services and group members: `statbindings=yes` adds lists of them to a row (NITRO guide, statistics, with an example of service).


def _bound(node: Node, services: list[Row]) -> dict[str, list[Row]]:
    """Return the non-empty lists of services and of members of service groups."""
    lists: dict[str, list[Row]] = {}
    for service in services:
        kind = "servicegroupmember" if "servicegroupname" in service else "service"
        lists.setdefault(kind, []).append(_service(node, kind, service))
    return lists


def _service(node: Node, name: str, row: Row) -> Row:
    """Return the row of a service, or of a member of a group."""
    server = node.running.find(TYPES["server"], str(row.get("servername", ""))) or {}
    return {
        **(_called(row) if name == "servicegroupmember" else {"name": row["name"]}),
        "primaryipaddress": server.get("ipaddress", "0.0.0.0"),  # noqa: S104  as the appliance shows one that has none
        "primaryport": row["port"],
        "servicetype": row.get("servicetype", ""),
        "state": vserver_states.service_state(node, row),
        **counter_names.zero_values(counter_names.SERVICE),
    }


def _called(row: Row) -> Row:
    """A member is called group?server?port (clients split this name, e.g. public monitoring dashboards)."""
    group, server, port = row["servicegroupname"], row["servername"], row["port"]
    return {"servicegroupname": f"{group}?{server}?{port}", "servername": server, "port": port}


def _group(node: Node, name: str, row: Row) -> Row:
    return {
        "servicegroupname": row["servicegroupname"],
        "state": row.get("state", "ENABLED"),
        "servicetype": row["servicetype"],
    }


def _one_member(call: Call) -> list[Row]:
    """Return one member by group, server and port: all in `args`, or the group in the path (NITRO reference)."""
    wanted = {"servicegroupname": call.name, **call.args}
    for needed in ("servicegroupname", "servername", "port"):
        if not wanted.get(needed):
            raise NitroError(1095, needed)
    group = call.node.running.need(TYPES["servicegroup"], wanted["servicegroupname"], call.appliance)
    rows = vserver_states.members(call.node, group["servicegroupname"])
    found = [row for row in rows if all(str(row[name]) == value for name, value in wanted.items() if name in row)]
    if not found:
        raise NitroError(258, "servername", wanted["servername"])
    return [_service(call.node, "servicegroupmember", row) for row in found]


def _policy(node: Node, name: str, row: Row) -> Row:
    hits, undefined = (str(vserver_states.hits(node, name, row["name"], field)) for field in ("hits", "undefhits"))
    return {
        "name": row["name"],
        "pipolicyhits": hits,
        "pipolicyhitsrate": 0,
        "pipolicyundefhits": undefined,
        "pipolicyundefhitsrate": 0,
    }


def _action(node: Node, name: str, row: Row) -> Row:
    hits, undefined = (str(vserver_states.hits(node, name, row["name"], field)) for field in ("hits", "undefhits"))
    return {"name": row["name"], "tothits": hits, "hitsrate": 0, "totundefhits": undefined, "undefhitsrate": 0}


def _profile(node: Node, name: str, row: Row) -> Row:
    """The counters of a profile (Go SDK, stat appfwprofile): requests, redirects and the violations of the deny URL check."""
    requests, redirects, denied = (
        str(vserver_states.hits(node, name, row["name"], field)) for field in ("requests", "redirects", "denyurl")
    )
    return {
        "name": row["name"],
        "appfirewallrequestsperprofile": requests,
        "appfirewallrequestsperprofilerate": 0,
        "appfirewallredirectsperprofile": redirects,
        "appfirewallredirectsperprofilerate": 0,
        "appfirewallvioldenyurlperprofile": denied,
        "appfirewallvioldenyurlperprofilerate": 0,
        "appfirewalltotalviolperprofile": denied,
        "appfirewalltotalviolperprofilerate": 0,
    }


def _vserver(node: Node, name: str, row: Row) -> Row:
    requests = str(vserver_states.hits(node, name, row["name"], "requests"))
    shown = {
        "name": row["name"],
        "primaryipaddress": row.get("ipv46", ""),
        "primaryport": row.get("port", 0),
        "type": row["servicetype"],
        "state": vserver_states.vserver_state(node, name, row),
        "totalrequests": requests,
        "requestsrate": 0,
        "totalresponses": requests,
        "responsesrate": 0,
        "totalrequestbytes": "0",
        "requestbytesrate": 0,
        "totalresponsebytes": "0",
        "responsebytesrate": 0,
    }
    if name == "vpnvserver":
        users = str(vserver_states.portal_users(node, row))
        shown.update(curtotalvpnusers=users, cursslvpnusers=users)
    elif name in ("lbvserver", "csvserver"):
        shown.update(
            tothits=requests, hitsrate=0, cltresponsetimeapdex=1.0, **counter_names.zero_values(counter_names.VSERVER)
        )
        shown.update(
            dict.fromkeys(("curclntconnections", "establishedconn"), str(vserver_states.open_connections(node, row)))
        )
    if name == "lbvserver":
        up = shown["state"] == "UP"
        shown.update(
            counter_names.zero_values(counter_names.LB_VSERVER),
            actsvcs="1" if up else "0",
            inactsvcs="0" if up else "1",
            vslbhealth="100" if up else "0",
        )
    return shown


def _hanode(node: Node) -> Row:
    appliance = node.appliance
    out_of_sync = any(not other.primary and other.active_fault("out_of_sync") for other in appliance.nodes)
    return {
        "hacurstatus": "YES" if node.own.peers else "NO",
        "hacurstate": "UP",
        "hacurmasterstate": "Primary" if node.primary else "Secondary",
        "transtime": node.local_time(node.clock(node.master_since)),
        "hatotpktrx": "49020739",
        "hapktrxrate": 5,
        "hatotpkttx": "98040405",
        "hapkttxrate": 10,
        "haerrproptimeout": "0",
        "haerrsyncfailure": str(max(appliance.sync_failures, int(out_of_sync))),
    }


def _disk(name: str, size: int, used: int, *, full: bool) -> Row:
    """/flash is disk0, /var is disk1 (NITRO reference, stat system)."""
    used = size if full else used
    return {
        f"{name}perusage": 100 * used // size,
        f"{name}avail": str(size - used),
        f"{name}used": str(used),
        f"{name}size": str(size),
    }


def _system(node: Node) -> Row:
    full = node.active_fault("disk_full") is not None
    return {
        "starttime": node.local_time(node.clock(node.started_at)),
        "transtime": node.local_time(node.clock(node.master_since)),
        "hacurmasterstate": "Primary" if node.primary else "Secondary",
        "hacurstatus": "YES" if node.own.peers else "NO",
        "cpuusage": "4",
        "cpuusagepcnt": 4,
        "rescpuusage": "4",
        "rescpuusagepcnt": 4,
        "mgmtcpuusagepcnt": 3,
        "pktcpuusagepcnt": 2,
        "memusagepcnt": 17.5,
        "memuseinmb": "700",
        "numcpus": "2",
        **_disk("disk0", 1600, 600, full=full),
        **_disk("disk1", 11000, 1400, full=full),
        "totrxmbits": "1200",
        "rxmbitsrate": 1,
        "tottxmbits": "1500",
        "txmbitsrate": 1,
        "httptotrequests": "10",
        "httprequestsrate": 0,
        "tcpcurclientconn": "3",
        "tcpcurclientconnestablished": "2",
        "tcpcurserverconn": "2",
        "tcpcurserverconnestablished": "1",
    }


def _aaa(node: Node) -> Row:
    portal = node.appliance.portal
    counted = ("aaaauthsuccess", "aaaauthfail", "aaatotsessions", "aaatottmsessions", "aaatotsessiontimeout")
    return {
        **counter_names.zero_values(counter_names.AAA),
        **{field: str(vserver_states.hits(node, "aaa", "", field)) for field in counted},
        "aaacursessions": str(len(portal.of(node))),
        "aaacurtmsessions": str(len(portal.of(node, type_="authenticationvserver"))),
        **_ica(node),
    }


def _ica(node: Node) -> Row:
    """Count the ICA connections: those through a Gateway that is for ICA only (basic), and the others (SmartAccess)."""
    gateways = node.running.table("vpnvserver").values()
    only = {(row.get("ipv46"), row.get("port")) for row in gateways if row.get("icaonly") == "ON"}
    connections = node.appliance.portal.connections_of(node, "ica")
    basic = [connection for connection in connections if connection.socket_address in only]
    return {
        "aaacuricasessions": str(len({connection.user for connection in basic})),
        "aaacuricaonlyconn": str(len(basic)),
        "aaacuricaconn": str(len(connections) - len(basic)),
    }


def _vpn(node: Node) -> Row:
    shown = str(vserver_states.hits(node, "vpn", "", "indexhtmlhit"))
    return {**counter_names.zero_values(counter_names.VPN), "indexhtmlhit": shown}


def _acl(node: Node, name: str, row: Row) -> Row:
    key = TYPES[name].key
    prefix = "acl" if name == "nsacl" else "acl6"
    return {
        key: row[key],
        f"{prefix}perhits": str(vserver_states.hits(node, name, row[key], "hits")),
        f"{prefix}perhitsrate": 0,
        **_acl_totals(node, name, prefix),
    }


def _acl_totals(node: Node, name: str, prefix: str) -> Row:
    """The global counters, which each row of an extended ACL repeats (NITRO reference, stat nsacl)."""
    denied, allowed, bridged, misses = (
        vserver_states.hits(node, name, "", field) for field in ("denied", "allow", "bridge", "misses")
    )
    return {
        f"{prefix}tothits": str(denied + allowed + bridged),
        f"{prefix}tothitsrate": 0,
        f"{prefix}totmisses": str(misses),
        f"{prefix}totmissesrate": 0,
        f"{prefix}totpktsdenied": str(denied),
        f"{prefix}totpktsallowed": str(allowed),
        f"{prefix}totpktsbridged": str(bridged),
        f"{prefix}totpktsnat": "0",
        f"{prefix}totcount": str(len(node.running.table(name))),
    }


def _simple_acls(name: str, prefix: str) -> Callable[[Node], Row]:
    def read(node: Node) -> Row:
        denied = vserver_states.hits(node, name, "", "denied")
        return {
            f"{prefix}tothits": str(denied),
            f"{prefix}totmisses": str(vserver_states.hits(node, name.replace("simple", ""), "", "misses")),
            f"{prefix}scount": str(len(node.running.table(name))),
            f"{prefix}totpktsdenied": str(denied),
            f"{prefix}totpktsallowed": "0",
            f"{prefix}totpktsbridged": "0",
        }

    return read


_ROWS = {
    "nsacl": _acl,
    "nsacl6": _acl,
    "authenticationpolicy": _policy,
    "responderpolicy": _policy,
    "responderaction": _action,
    "rewritepolicy": _policy,
    "appfwpolicy": _policy,
    "appfwprofile": _profile,
    "service": _service,
    "servicegroup": _group,
    "lbvserver": _vserver,
    "csvserver": _vserver,
    "vpnvserver": _vserver,
    "authenticationvserver": _vserver,
}
_BOUND: dict[str, Callable[[Node, Row], list[Row]]] = {
    "lbvserver": lambda node, row: vserver_states.services(node, row["name"]),
    "servicegroup": lambda node, row: vserver_states.members(node, row["servicegroupname"]),
}
_OBJECTS = {
    "nssimpleacl": _simple_acls("nssimpleacl", "sacl"),
    "nssimpleacl6": _simple_acls("nssimpleacl6", "sacl6"),
    "hanode": _hanode,
    "ns": _system,
    "system": _system,
    "aaa": _aaa,
    "vpn": _vpn,
}
