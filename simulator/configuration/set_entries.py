# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The entries of pattern sets, data sets and string maps: command reference (policy patset, policy dataset) and product docs on data sets."""

from __future__ import annotations

import bisect
import ipaddress
import math
import re
from collections.abc import Callable, Iterable
from typing import Any

from simulator.fleet_file.switches import SwitchPositions
from simulator.types import Row
from simulator.types.errors import NitroError

# The codes for a value that is not of the type, and for a number that is too large (error list).
NOT_THIS_KIND = {"ipv4": 2873, "ipv6": 2881, "number": 2882, "ulong": 2885, "mac": 2886, "double": 2887}
LARGEST = {"number": (2**31 - 1, 2872), "ulong": (2**64 - 1, 2888)}


class SetEntries:
    """An index of the entries of one set, so that a new entry is checked without a look at all others."""

    def __init__(self, kind: str, rows: Iterable[Row]) -> None:
        self.kind = kind  # type of a data set; "" for a pattern set
        self._bounds: list[tuple[Any, Any]] = []
        self._keys: set[str] = set()  # of a string map
        self._indexes: set[int] = set()
        self._explicit: bool | None = None
        for row in rows:
            self._add(row)

    def _add(self, row: Row) -> None:
        if "key" in row:
            self._keys.add(row["key"])
            return
        bisect.insort(self._bounds, bounds(self.kind, row))
        self._indexes.add(row["index"])
        if self._explicit is None:
            self._explicit = row["_explicit"]

    def take(self, row: Row, switches: SwitchPositions) -> None:
        """Check a new entry, give it its index and add it."""
        if "key" in row and row["key"] in self._keys and switches["stringmap_rebind"] == "replaced":
            return
        if len(self._bounds) + len(self._keys) >= switches["set_limit"]:
            raise NitroError(2900)
        if "key" in row:  # entries of a string map have no index and no order
            if row["key"] in self._keys:
                raise NitroError(2867)
            self._keys.add(row["key"])
            return
        if switches["dataset_subnets"] == "refused" and self.kind in ("ipv4", "ipv6") and "/" in str(row["value"]):
            raise NitroError(NOT_THIS_KIND[self.kind])
        _check_value(self.kind, row)
        low, high = bounds(self.kind, row)
        # Overlapping ranges are errors too (product docs on data sets), so only the neighbours can conflict.
        place = bisect.bisect_left(self._bounds, (low, low))
        neighbours = self._bounds[max(place - 1, 0) : place + 1]
        if any(low <= other_high and other_low <= high for other_low, other_high in neighbours):
            raise NitroError(2867)
        explicit = "index" in row
        # The first entry decides whether the later ones need an index.
        strict = not self.kind or switches["dataset_index_rule"]
        if strict and self._explicit not in (None, explicit):
            raise NitroError(278 if explicit else 1095, "index")
        if explicit and row["index"] in self._indexes:
            raise NitroError(2830)
        row.setdefault("index", max(self._indexes, default=0) + 1)
        row["_explicit"] = explicit
        self._add(row)


def bounds(kind: str, row: Row) -> tuple[Any, Any]:
    """Return the first and the last value of an entry."""
    value = str(row["value"] if kind else row["String"])
    end = row.get("endrange") or value
    if kind in ("ipv4", "ipv6"):
        if "/" in value:
            network = ipaddress.ip_network(value, strict=False)
            return int(network.network_address), int(network.broadcast_address)
        return int(ipaddress.ip_address(value)), int(ipaddress.ip_address(end))
    if kind in ("number", "ulong"):
        return int(value), int(end)
    return value, end


_MAC = re.compile(r"([0-9A-Fa-f]{1,2}:){5}[0-9A-Fa-f]{1,2}")
_SOUND: dict[str, Callable[[str], bool]] = {
    "double": lambda value: math.isfinite(float(value)),
    "mac": lambda value: bool(_MAC.fullmatch(value)),
}


def _check_value(kind: str, row: Row) -> None:
    try:
        sound = kind not in _SOUND or _SOUND[kind](str(row["value"]))
        if kind in ("ipv4", "ipv6"):
            _check_address(kind, row)
        low, high = bounds(kind, row)
    except ValueError:
        raise NitroError(NOT_THIS_KIND.get(kind, 2866)) from None
    if not sound:
        raise NitroError(NOT_THIS_KIND[kind])
    if low > high:
        raise NitroError(1113)
    if kind in LARGEST and high > LARGEST[kind][0]:
        raise NitroError(LARGEST[kind][1])


_TOO_LARGE = r"(?=.*(25[6-9]|2[6-9]\d|[3-9]\d\d))\d{1,3}(\.\d{1,3}){3}(/\d+)?"  # four fields, one of them above 255


def _check_address(kind: str, row: Row) -> None:
    if kind == "ipv4" and any(re.fullmatch(_TOO_LARGE, str(row.get(name, ""))) for name in ("value", "endrange")):
        raise NitroError(2880)
    network = ipaddress.ip_network(str(row["value"]), strict=False)
    end = ipaddress.ip_address(str(row["endrange"])) if row.get("endrange") else network
    if {network.version, end.version} != {int(kind[-1])}:
        raise NitroError(NOT_THIS_KIND[kind])
    if "/" in str(row["value"]):
        if "endrange" in row:  # endrange only with single addresses (NITRO metadata, policydataset)
            raise NitroError(1092, "value, endRange")
        row["value"] = (
            f"{network.network_address}/{network.prefixlen}"  # the host bits are cleared (collection, policydataset module)
        )
