# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The appliance itself: nsversion (collection issues 378 and 453), nshardware, nsip (NITRO reference)."""

from __future__ import annotations

import zlib
from typing import Any

from simulator.nitro import generic_reads
from simulator.nitro.call import Call
from simulator.nitro.handlers.registry import reads
from simulator.node.builds import build_date
from simulator.types import TYPES


@reads("nsversion")
def _version(call: Call) -> Any:
    major, build = call.appliance.build.split(" ")
    return {
        "installedversion": False,
        "version": f"NetScaler NS{major}: Build {build}.nc, Date: {build_date(call.appliance)}   (64-bit)",
        "mode": "1",
    }


@reads("nshardware")
def _hardware(call: Call) -> Any:
    serial = f"SIM{zlib.crc32(call.appliance.spec.name.encode()) % 10**8:08d}{call.node.index}"
    return {
        "hwdescription": "NetScaler Virtual Appliance",
        "sysid": "450040",
        "manufactureday": 2,
        "manufacturemonth": 1,
        "manufactureyear": 2019,
        "cpufrequncy": 2400,
        "hostid": 4660 + call.node.index,
        "host": "0a1b2c3d4e5f",
        "serialno": serial,
        "encodedserialno": serial,
    }


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
