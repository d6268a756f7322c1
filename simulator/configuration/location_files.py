# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Location files: their formats, and the ranges that they contain.

Columns: CTX235799 (netscaler, the four of ip2location.com, geoip-country and geoip-region; those of geoip-city, geoip-country-org,
geoip-country-isp and geoip-city-isp-org are unknown and refused; geoip-country6 is read as geoip-country). Header: as the vendor's
converter of GeoLite2 writes it. A file is read when it is added and when the node boots, from the node's own disk: a pair needs it on
both (error list 2027).
"""

from __future__ import annotations

import csv
import ipaddress
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from simulator.types.errors import NitroError

DIRECTORY = "/var/netscaler/locdb"
FILES = {4: "locationfile", 6: "locationfile6"}
QUALIFIERS = 6
# A row with an empty continent gets it from its country (product docs, static proximity). The codes are ISO 3166 and the
# two letters that the vendor's converter writes.
_CONTINENTS = {
    country: continent
    for continent, countries in {
        "AF": "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW KE KM LR LS LY MA MG ML MR MU MW MZ NA NE NG RE RW "
        "SC SD SH SL SN SO SS ST SZ TD TG TN TZ UG YT ZA ZM ZW",
        "AN": "AQ BV GS HM TF",
        "AS": "AE AF AM AZ BD BH BN BT CC CN CX GE HK ID IL IN IO IQ IR JO JP KG KH KP KR KW KZ LA LB LK MM MN MO MV MY NP OM PH PK PS "
        "QA SA SG SY TH TJ TM TR TW UZ VN YE",
        "EU": "AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MD ME MK MT NL NO "
        "PL PT RO RS RU SE SI SJ SK SM UA VA XK",
        "NA": "AG AI AW BB BL BM BQ BS BZ CA CR CU CW DM DO GD GL GP GT HN HT JM KN KY LC MF MQ MS MX NI PA PM PR SV SX TC TT US VC VG VI",
        "OC": "AS AU CK FJ FM GU KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TL TO TV UM VU WF WS",
        "SA": "AR BO BR CL CO EC FK GF GY PE PY SR UY VE",
    }.items()
    for country in countries.split()
}  # fmt: skip


@dataclass(frozen=True)
class Database:
    """The content of a location file: sorted ranges, the qualifiers of each, and the counters that NITRO shows."""

    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    texts: tuple[str, ...] = ()
    lines: int = 0
    errors: int = 0

    def find(self, address: int) -> str | None:
        place = bisect_right(self.starts, address) - 1
        return self.texts[place] if place >= 0 and address <= self.ends[place] else None


EMPTY = Database()


BUILT_IN = {
    f"/var/netscaler/inbuilt_db/Citrix_Netscaler_InBuilt_GeoIP_DB_IPv{version}": b"NSGEO1.0\nStart\n"
    for version in FILES
}
"""The database that comes with an appliance: its path is published (provider, acceptance test of locationfile), its content is not, so it
has no ranges here. A file of the node at the same path replaces it."""


def path_of(name: str) -> str:
    return name if name.startswith("/") else f"{DIRECTORY}/{name}"


def qualifiers(text: str) -> list[str]:
    """Return the qualifiers of a preferred location: separated by dots, with quotes around one with a dot (command reference, add location)."""
    parts = next(csv.reader([text], delimiter="."), [])
    if not any(part.strip("* ") for part in parts):
        raise NitroError(1828)
    if len(parts) > QUALIFIERS:
        raise NitroError(1846)
    return parts


def completed(text: str) -> str:
    """Return a preferred location with all six qualifiers, as it is read back (provider, acceptance test of location)."""
    return text + ".*" * (QUALIFIERS - len(qualifiers(text)))


def text_of(parts: Iterable[str]) -> str:
    """Return the qualifiers in the form that expressions use, separated by dots."""
    known = [part.replace(".", "").strip() for part in parts][:QUALIFIERS]
    return ".".join(part or "*" for part in [*known, *("" for _ in range(QUALIFIERS - len(known)))])


@lru_cache(maxsize=16)
def parse(content: bytes, form: str, version: int) -> Database:
    """Read a file. Invalid rows are counted. The result is shared: the appliances of a fleet often have the same file."""
    lines = content.decode("utf-8", "replace").splitlines()
    if not lines:
        raise NitroError(1873)
    start = 0
    if form in ("netscaler", "netscaler6"):
        if lines[0].strip() != "NSGEO1.0":
            raise NitroError(1871)
        start = next((number for number, line in enumerate(lines, 1) if line.strip().lower() == "start"), len(lines))
    elif form not in _COLUMNS:
        raise NitroError(
            301, text=f"Operation not supported [{form}: the simulator knows the columns of {', '.join(_COLUMNS)}]"
        )
    found: list[tuple[int, int, str]] = []
    errors = 0
    for cells in csv.reader(lines[start:]):
        if not cells or cells[0].startswith("#"):
            continue
        entry = _entry(cells, form, version)
        if entry is None:
            errors += 1
        else:
            found.append(entry)
    found.sort()
    kept: list[tuple[int, int, str]] = []
    for entry in found:
        if kept and entry[0] <= kept[-1][1]:
            errors += 1  # no source describes overlapping rows
        else:
            kept.append(entry)
    starts, ends, texts = zip(*kept, strict=True) if kept else ((), (), ())
    return Database(starts, ends, texts, len(lines), errors)


# The columns of the first address, the last one and the qualifiers, continent first; -1 where a format has none.
_COLUMNS: dict[str, tuple[int, int, tuple[int, ...]]] = {
    "netscaler": (0, 1, (2, 3, 4, 5, 6, 7)),
    "netscaler6": (0, 1, (2, 3, 4, 5, 6, 7)),
    "ip-country": (0, 1, (-1, 2)),
    "ip-country-isp": (0, 1, (-1, 2, -1, -1, 4)),
    "ip-country-region-city": (0, 1, (-1, 2, 4, 5)),
    "ip-country-region-city-isp": (0, 1, (-1, 2, 4, 5, 6)),
    "geoip-country": (0, 1, (-1, 4)),
    "geoip-region": (0, 1, (-1, 4, 5)),
    "geoip-country6": (0, 1, (-1, 4)),
}


def _entry(cells: list[str], form: str, version: int) -> tuple[int, int, str] | None:
    first, last, columns = _COLUMNS[form]
    try:
        low, high = (_number(cells[place].strip(), version) for place in (first, last))
    except (ValueError, IndexError):
        return None
    parts = [cells[place].strip() if 0 <= place < len(cells) else "" for place in columns]
    if low > high or not any(parts):
        return None
    if not parts[0] and len(parts) > 1:
        parts[0] = _CONTINENTS.get(parts[1].upper(), "")
    return low, high, text_of(parts)


def _number(text: str, version: int) -> int:
    address = int(text) if text.isascii() and text.isdigit() else None
    found = ipaddress.ip_address(text) if address is None else ipaddress.IPv4Address(address)
    if found.version != version:
        raise ValueError(text)
    return int(found)
