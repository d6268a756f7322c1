# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Simulated appliances by values, and the fleet file of them."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Mapping
from typing import Any

NIGHT = "2020-01-15"
AT_NIGHT = f"{NIGHT}T02:00:00Z"
USER, PASSWORD = "tourniquet", "n1ght-Shift-7Q"

Entry = dict[str, Any]
"""An appliance in a fleet file."""

_addresses = itertools.count()


def fleet_file(appliances: Mapping[str, Any], as_of: str = "", **switches: Any) -> dict[str, Any]:
    """Return the fleet file of appliances that show their counters at once and boot in no time.

    :param as_of: their clock; "" for the real one
    :param switches: other positions, of these too
    """
    quick = {"counters_lag_seconds": 0, "boot_seconds": 0}
    return {**({"as_of": as_of} if as_of else {}), "switches": quick | switches, "appliances": dict(appliances)}


def address() -> str:
    """Each endpoint gets a loopback address of its own, so that no two of them, and no two workers, use the same port."""
    worker = int(re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or 0)
    number = next(_addresses)
    return f"127.{41 + worker % 200}.{number // 250}.{number % 250 + 1}:0"


def vserver(type_: str, name: str, protocol: str = "SSL") -> dict[str, str]:
    return {"type": type_, "name": name, "address": address(), "protocol": protocol}


def box(build: str = "13.0 47.22", **changes: Any) -> Entry:
    """A standalone Gateway, as an entry of a fleet file."""
    return {
        "build": build,
        "nodes": [address()],
        "features": ["LB", "SSL", "SSLVPN"],
        "users": {USER: PASSWORD},
        "vservers": [vserver("vpn", "gw")],
        **changes,
    }


def pair(build: str = "13.0 47.22", **changes: Any) -> Entry:
    """An HA pair with a Gateway."""
    return box(build, nodes=[address(), address()], **changes)
