# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The appliance itself: nsversion (collection issues 378 and 453), nshardware, nsip (NITRO reference)."""

from __future__ import annotations

import zlib
from typing import Any

from simulator.nitro import generic_reads
from simulator.nitro.call import Call
from simulator.nitro.handlers.registry import reads
from simulator.node.builds import Built, build_date
from simulator.node.node import Node
from simulator.types import TYPES, Row


def version_text(appliance: Built) -> str:
    """Return the version of the running build, as nsversion and the CLI show it."""
    major, build = appliance.build.split(" ")
    return f"NetScaler NS{major}: Build {build}.nc, Date: {build_date(appliance)}   (64-bit)"


def hardware(node: Node) -> Row:
    """Return what nshardware and the CLI show."""
    serial = f"SIM{zlib.crc32(node.appliance.spec.name.encode()) % 10**8:08d}{node.index}"
    return {
        "hwdescription": "NetScaler Virtual Appliance",
        "sysid": "450040",
        "manufactureday": 2,
        "manufacturemonth": 1,
        "manufactureyear": 2019,
        "cpufrequncy": 2400,
        "hostid": 4660 + node.index,
        "host": "0a1b2c3d4e5f",
        "serialno": serial,
        "encodedserialno": serial,
    }


@reads("nsversion")
def _version(call: Call) -> Any:
    return {"installedversion": False, "version": version_text(call.appliance), "mode": "1"}


@reads("nshardware")
def _hardware(call: Call) -> Any:
    return hardware(call.node)


@reads("nsip")
def _addresses(call: Call) -> Any:
    type_ = TYPES["nsip"]
    own = {"ipaddress": call.node.address, "netmask": call.node.netmask, "type": "NSIP", "mgmtaccess": "ENABLED"}
    if call.name == own["ipaddress"]:
        return [generic_reads.show(call.node, type_, own)]
    rows = generic_reads.read_objects(call, type_)
    listed = generic_reads.show(call.node, type_, own)
    shown = call.name or not all(str(listed.get(arg)) == value for arg, value in call.args.items())
    return rows if shown else [listed, *rows]
