# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the box is: nsversion (collection issues 378 and 453), nshardware, nsip (NITRO reference)."""

from __future__ import annotations

import zlib
from typing import Any

from simulator.appliance.appliance import Appliance
from simulator.nitro import generic
from simulator.nitro.call import Call
from simulator.nitro.handlers.registry import reads
from simulator.types import TYPES

# Build dates: the compile stamps of the fixed builds, and builds seen in traces (collection issues 378 and 453).
BUILD_DATES = {
    "11.1 63.15": "Jan 16 2020, 01:13:44",
    "12.1 55.18": "Jan 20 2020, 10:04:31",
    "13.0 47.24": "Jan 20 2020, 11:28:13",
    "13.0 90.12": "May 15 2023, 03:58:09",
    "13.1 53.24": "Jul  4 2024, 07:57:01",
}


@reads("nsversion")
def _version(call: Call) -> Any:
    major, build = call.appliance.build.split(" ")
    return {
        "installedversion": False,
        "version": f"NetScaler NS{major}: Build {build}.nc, Date: {build_date(call.appliance)}   (64-bit)",
        "mode": "1",
    }


def build_date(appliance: Appliance) -> str:
    """The compile stamp of the running build."""
    own = appliance.spec.build_date if appliance.build == appliance.spec.build else ""
    return own or BUILD_DATES.get(appliance.build, "Nov 28 2019, 20:19:22")


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
    own = {"ipaddress": call.node.listener.address, "netmask": "255.255.255.0", "type": "NSIP", "mgmtaccess": "ENABLED"}
    if call.name == own["ipaddress"]:
        return [generic.show(call.node, type_, own)]
    rows = generic.read_objects(call, type_)
    listed = generic.show(call.node, type_, own)
    shown = call.name or not all(str(listed.get(arg)) == value for arg, value in call.args.items())
    return rows if shown else [listed, *rows]
