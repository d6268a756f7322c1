# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Types that monitoring reads: interfaces, clock, capacity, statistics of protocols.

Names: NITRO reference 12.0, statistics and configuration, as the metric files of netscaler-exporter 1.1.1 cite it page by
page. Typing: counters are strings, rates numbers (telegraf issue 11478; the samples of a public Ansible facts module of 2017,
which also show an interface of a virtual appliance). Values are constant and different for each name, so that a program which
confuses two of them is found out; errors are zero.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from typing import Any

from simulator.appliance.appliance import Appliance
from simulator.nitro.call import Call
from simulator.nitro.counter_names import (
    INTERFACE,
    PROTOCOLS,
    SSL_VSERVER,
    constant_value,
    constant_values,
    zero_values,
)
from simulator.node.node import Node
from simulator.node.vserver_states import vserver_state
from simulator.types import FEATURES, Row
from simulator.types.errors import NitroError

# Interfaces

_INTERFACES = ("0/1", "1/1", "LO/1")


def _mac(appliance: Appliance, node: Node, unit: int) -> str:
    digits = f"{zlib.crc32(f'{appliance.spec.name}/{node.index}/{unit}'.encode()):08x}"
    return "02:00:" + ":".join(digits[start : start + 2] for start in range(0, 8, 2))


def _interface_settings(call: Call) -> list[Row]:
    rows = []
    for unit, name in enumerate(_INTERFACES):
        up = int(call.appliance.now() - call.node.started_at)
        rows.append(
            {
                "id": name,
                "devicename": name,
                "unit": str(unit),
                "description": "NetScaler Virtual Interface",
                "flags": "57440",
                "mtu": "1500",
                "actualmtu": "1500",
                "vlan": "1",
                "mac": _mac(call.appliance, call.node, unit),
                "uptime": str(up),
                "downtime": "0",
                "actspeed": "1000",
                "actduplex": "FULL",
                "actthroughput": "1000",
                "hamonitor": "ON",
                "state": "ENABLED",
                "linkstate": "1",
                "intfstate": "1",
                "intftype": "Loopback" if name.startswith("LO") else "KVM Virtio",
                **{key: constant_value(key, name) for key in ("rxpackets", "rxbytes", "txpackets", "txbytes")},
                **dict.fromkeys(("rxerrors", "rxdrops", "txerrors", "txdrops"), "0"),
            }
        )
    return call.named(rows, "id")


def _interface_statistics(call: Call) -> list[Row]:
    rows = [
        {"id": name, "interfacealias": "", "curintfstate": "UP", **constant_values(INTERFACE, name)}
        for name in _INTERFACES
    ]
    return call.named(rows, "id")


# Clock


def _synchronising(call: Call) -> bool:
    row: Row = call.node.running.table("ntpsync").get((), {})
    return row.get("state") == "ENABLED"


def _ntp_sync(call: Call) -> Row:
    return {"state": "ENABLED" if _synchronising(call) else "DISABLED"}


def _ntp_status(call: Call) -> Row:
    """Return the text of ntpq -p, as `show ntp status` prints it."""
    if not _synchronising(call):
        return {"response": "NTP daemon is not running"}
    lines = [
        "     remote           refid      st t when poll reach   delay   offset  jitter",
        "=" * 78,
        "*192.0.2.123     .GPS.            1 u   33   64  377    0.412    0.183   0.052",
        "+198.51.100.123  192.0.2.123      2 u   12   64  377    0.903   -0.271   0.094",
    ]
    return {"response": "\n".join(lines) + "\n"}


def switch_ntp(call: Call, state: str) -> None:
    """Enable or disable ntp sync (NITRO reference, ntpsync)."""
    call.appliance.change(
        call.node, lambda configuration: configuration.put("ntpsync", (), {"state": state}), call.warnings
    )


# Capacity


def _capacity(call: Call) -> Row:
    everything = call.appliance.licensed == frozenset(FEATURES.values())
    return {
        "edition": "Platinum" if everything else "Standard",
        "unit": "Mbps",
        "bandwidth": "1000",
        "actualbandwidth": "1000",
        "maxbandwidth": "1000",
        "minbandwidth": "10",
        "instancecount": "0",
    }


# Statistics


def _ssl_vservers(call: Call) -> list[Row]:
    rows = []
    for name in ("lbvserver", "csvserver", "vpnvserver", "authenticationvserver"):
        for row in call.node.running.table(name).values():
            if row["servicetype"] != "SSL":
                continue
            state = vserver_state(call.node, name, row)
            up = state == "UP"
            rows.append(
                {
                    "vservername": row["name"],
                    "primaryipaddress": row.get("ipv46", ""),
                    "primaryport": row.get("port", 0),
                    "type": "SSL",
                    "state": state,
                    "vslbhealth": "100" if up else "0",
                    "actsvcs": "1" if up else "0",
                    **zero_values(SSL_VSERVER),
                }
            )
    return call.named(rows, "vservername")


def _cpus(call: Call) -> list[Row]:
    return [{"id": str(number), "percpuuse": str(4 + number)} for number in range(2)]


def _memory(call: Call) -> Row:
    return {"memtotavail": "2000", "memtotallocpcnt": 15.25, "memusagepcnt": 17.5, "shmemallocpcnt": 3.5}


def _global_counters(call: Call) -> Row:
    wanted = [name for name in call.args.get("counters", "").split(";") if name]
    if not wanted:
        raise NitroError(1095, "counters")
    if len(wanted) > _MOST_COUNTERS or not all(_COUNTER.fullmatch(name) for name in wanted):
        raise NitroError(278)
    uptime = str(int(call.appliance.now() - call.node.whole.started_at))
    return {**constant_values(tuple(wanted), "nsglobalcntr"), **({_UPTIME: uptime} if _UPTIME in wanted else {})}


_MOST_COUNTERS = 12
_COUNTER = re.compile(
    r"[a-z0-9]{1,16}(?:_[A-Za-z0-9]{1,32}){1,8}"
)  # such as http_tot_Requests; an appliance has thousands
_UPTIME = "sys_cur_duration_sincestart"  # seconds (github.com/netscaler/xds-adaptor, GetNsUptime)


def _protocol(name: str) -> Callable[[Call], Any]:
    return lambda call: constant_values(PROTOCOLS[name])


# The appliances have no objects of these types, as an appliance without the features (NITRO reference has the types).
_NONE = ("gslbvserver", "gslbservice", "crvserver")


def _nothing(call: Call) -> list[Row]:
    return call.named([], "name" if call.target.type.endswith("vserver") else "servicename")


# A request for interface or Interface is answered with the key Interface (github.com/slauger/check_netscaler issue 49, a trace).
SPELLED = {"interface": "Interface"}
READS: dict[str, Callable[[Call], Any]] = {
    "Interface": _interface_settings,
    "interface": _interface_settings,
    "ntpsync": _ntp_sync,
    "ntpstatus": _ntp_status,
    "nscapacity": _capacity,
    **dict.fromkeys(_NONE, _nothing),
}
STATISTICS: dict[str, Callable[[Call], Any]] = {
    "Interface": _interface_statistics,
    "interface": _interface_statistics,
    "sslvserver": _ssl_vservers,
    "systemcpu": _cpus,
    "systemmemory": _memory,
    "nsglobalcntr": _global_counters,
    **{name: _protocol(name) for name in PROTOCOLS},
    **dict.fromkeys(_NONE, _nothing),
}
