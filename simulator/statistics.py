# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""stat/*: counters are strings, rates are numbers (telegraf issue 11478 and a public gateway-monitoring script)."""

from __future__ import annotations

from typing import Any

from . import generic, monitoring
from .appliance import Node
from .call import Call
from .configuration import missing
from .errors import NitroError
from .types import TYPES, Row


def read(call: Call) -> Any:
    name = call.target.type
    if name in _OBJECTS:
        return _OBJECTS[name](call.node)
    if name in _ROWS:
        return _rows(call, name)
    if name in monitoring.STATISTICS:
        return monitoring.STATISTICS[name](call)
    raise NitroError(1232, *((name,) if name else ()))  # a type without statistics (check_netscaler PR 5)


def _rows(call: Call, name: str) -> Any:
    type_ = TYPES[name]
    table = call.node.running.table(name)
    if call.name:
        row = call.node.running.find(type_, call.name) or generic.built_in(type_, call.name)
        if row is None:
            raise missing(type_, call.name, call.appliance)
        rows = [row]
    else:
        rows = list(table.values())
    return [_ROWS[name](call.node, name, row) for row in rows]


def _policy(node: Node, name: str, row: Row) -> Row:
    hits, undefined = (str(generic.hits(node, name, row["name"], field)) for field in ("hits", "undefhits"))
    return {
        "name": row["name"],
        "pipolicyhits": hits,
        "pipolicyhitsrate": 0,
        "pipolicyundefhits": undefined,
        "pipolicyundefhitsrate": 0,
    }


def _action(node: Node, name: str, row: Row) -> Row:
    hits, undefined = (str(generic.hits(node, name, row["name"], field)) for field in ("hits", "undefhits"))
    return {"name": row["name"], "tothits": hits, "hitsrate": 0, "totundefhits": undefined, "undefhitsrate": 0}


def _vserver(node: Node, name: str, row: Row) -> Row:
    requests = str(generic.hits(node, name, row["name"], "requests"))
    shown = {
        "name": row["name"],
        "primaryipaddress": row.get("ipv46", ""),
        "primaryport": row.get("port", 0),
        "type": row["servicetype"],
        "state": "OUT OF SERVICE" if row.get("state") == "DISABLED" else "UP",
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
        shown.update(
            curtotalvpnusers=str(len(node.appliance.vpn_sessions)), cursslvpnusers=str(len(node.appliance.vpn_sessions))
        )
    elif name in ("lbvserver", "csvserver"):
        shown.update(tothits=requests, hitsrate=0, cltresponsetimeapdex=1.0, **monitoring.idle(monitoring.VSERVER))
    if name == "lbvserver":
        up = shown["state"] == "UP"
        shown.update(
            monitoring.idle(monitoring.LB_VSERVER),
            actsvcs="1" if up else "0",
            inactsvcs="0" if up else "1",
            vslbhealth="100" if up else "0",
        )
    return shown


def _hanode(node: Node) -> Row:
    appliance = node.appliance
    return {
        "hacurstatus": "YES" if len(appliance.nodes) == 2 else "NO",
        "hacurstate": "UP",
        "hacurmasterstate": "Primary" if node.primary else "Secondary",
        "transtime": appliance.local_time(node.master_since),
        "hatotpktrx": "49020739",
        "hapktrxrate": 5,
        "hatotpkttx": "98040405",
        "hapkttxrate": 10,
        "haerrproptimeout": "0",
        "haerrsyncfailure": "0",
    }


def _system(node: Node) -> Row:
    appliance = node.appliance
    return {
        "starttime": appliance.local_time(node.started_at),
        "transtime": appliance.local_time(node.master_since),
        "hacurmasterstate": "Primary" if node.primary else "Secondary",
        "hacurstatus": "YES" if len(appliance.nodes) == 2 else "NO",
        "cpuusage": "4",
        "cpuusagepcnt": 4,
        "rescpuusage": "4",
        "rescpuusagepcnt": 4,
        "mgmtcpuusagepcnt": 3,
        "pktcpuusagepcnt": 2,
        "memusagepcnt": 17.5,
        "memuseinmb": "700",
        "numcpus": "2",
        "disk0perusage": 38,
        "disk0avail": "980",
        "disk0used": "600",
        "disk0size": "1600",
        "disk1perusage": 12,
        "disk1avail": "9600",
        "disk1used": "1400",
        "disk1size": "11000",
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
    sessions = str(len(node.appliance.vpn_sessions))
    return {**monitoring.idle(monitoring.AAA), "aaacursessions": sessions}


_ROWS = {
    "responderpolicy": _policy,
    "responderaction": _action,
    "lbvserver": _vserver,
    "csvserver": _vserver,
    "vpnvserver": _vserver,
    "authenticationvserver": _vserver,
}
_OBJECTS = {"hanode": _hanode, "ns": _system, "system": _system, "aaa": _aaa}
