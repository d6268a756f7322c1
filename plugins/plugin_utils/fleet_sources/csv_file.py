# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reader of a CSV file with one line for each appliance. Pure, but for the file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..appliance.nitro.builds import Build
from ..foundation.errors import InvalidInput
from .listed_appliance import LONGEST_TEXT, ListedAppliance
from .problems import Problems
from .source_files import read_file, text_of

MOST_LINES = 50_000
MOST_COLUMNS = 100
# By column, the headers that mean it, English and Dutch, in the form of :func:`_plain`.
HEADERS: Mapping[str, tuple[str, ...]] = {
    "name": (
        *("name", "hostname", "host_name", "host", "appliance", "device", "display_name"),
        *("naam", "hostnaam", "apparaat", "toestel"),
    ),
    "nodes": (
        *("nodes", "node", "nsip", "nsip_address", "ip", "ip_address", "address"),
        *("management_ip", "mgmt_ip_address", "primary"),
        *("ip_adres", "ipadres", "beheeradres", "beheer_ip", "beheer_adres", "primair", "primaire"),
    ),
    "secondary": (
        *("secondary", "peer", "ha_peer", "ha_ip_address", "node_2", "secondary_nsip"),
        *("secundair", "secundaire", "tweede_node"),
    ),
    "customer": ("customer", "client", "tenant", "klant", "klantnaam", "opdrachtgever"),
    "site": ("site", "location", "datacenter", "data_center", "locatie", "vestiging", "datacentrum"),
    "build": ("build", "version", "firmware", "versie", "firmwareversie"),
    "partitions": ("partitions", "partition", "partition_name", "partities", "partitie"),
    "vips": ("vips", "vip", "virtuele_servers"),
    "certificate_pin": ("certificate_pin", "certificate_pins", "fingerprint", "sha256", "vingerafdruk"),
}
_COLUMN_OF = {header: column for column, headers in HEADERS.items() for header in headers}
_SECRET = re.compile(r"passw|passphrase|secret|token|credential|(^|_)pwd?(_|$)|wachtw|wachtzin|geheim|inloggegevens")
_LIST = re.compile(r"[\s,;|]+")
_DELIMITERS = ",;\t"


def read_csv(path: Path, columns: Mapping[str, str]) -> list[ListedAppliance]:
    """Return the appliances of a CSV file.

    :param columns: by column, the header of this file that means it
    :raises InvalidInput: with file and line
    """
    text = text_of(path, read_file(path))
    first = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(_DELIMITERS, key=first.count), strict=True)
    try:
        header = next(rows, [])
        meanings = _meanings(path, header, columns)
        return _entries(path, rows, header, meanings)
    except csv.Error as error:
        raise InvalidInput(f"{path}:{rows.line_num}: {error}") from error


def _plain(header: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", header.strip().lower()).strip("_")


def _meanings(path: Path, header: list[str], columns: Mapping[str, str]) -> list[str]:
    """Return for each header the column that it means; "" for one without a meaning of its own."""
    where, problems = f"{path}:1", Problems()
    if len(header) > MOST_COLUMNS:
        problems.add(where, f"there are more than {MOST_COLUMNS} columns")
    plain = [_plain(text) for text in header]
    own = {_plain(text): column for column, text in columns.items()}
    for column, text in columns.items():
        if column not in HEADERS:
            problems.add("columns", f"{column} is not a column. Write one of {', '.join(HEADERS)}.")
        elif _plain(text) not in plain:
            problems.add(where, f"there is no header {text!r}, which `columns` names for {column}")
    meanings = [
        own.get(name) or ("" if _COLUMN_OF.get(name) in columns else _COLUMN_OF.get(name, "")) for name in plain
    ]
    for number, (name, meaning) in enumerate(zip(plain, meanings, strict=True)):
        if _SECRET.search(name):
            problems.add(
                where,
                f"the header {header[number]!r} looks like a secret. Keep secrets in a vault, and delete the column.",
            )
        first = meanings.index(meaning) if meaning else plain.index(name)
        if name and first != number:
            what = f"mean {meaning}. Name the one that counts in `columns`." if meaning else "have the same name"
            problems.add(where, f"the headers {header[first]!r} and {header[number]!r} both {what}")
    if "nodes" not in meanings:
        problems.add(
            where,
            f"there is no header for the addresses of the nodes. Write one of {', '.join(HEADERS['nodes'])}, or name yours in `columns`.",
        )
    problems.raise_if_any()
    return meanings


def unused_columns(appliances: Iterable[ListedAppliance], uses: Iterable[str]) -> list[str]:
    """Return the further columns that nobody uses, in the form of ``fleet_columns``.

    :param uses: the texts of the settings that may use a column
    """
    texts = list(uses)
    columns = dict.fromkeys(name for appliance in appliances for name in appliance.columns)
    return [name for name in columns if not any(re.search(rf"\b{re.escape(name)}\b", text) for text in texts)]


def _entries(path: Path, rows: Any, header: list[str], meanings: list[str]) -> list[ListedAppliance]:
    problems = Problems()
    entries: list[ListedAppliance] = []
    for row in rows:
        where, values = f"{path}:{rows.line_num}", [value.strip() for value in row]
        if len(entries) >= MOST_LINES:
            raise InvalidInput(f"{where}: there are more than {MOST_LINES:,} lines")
        if not any(values):
            continue
        if len(values) > len(header) or any(len(value) > LONGEST_TEXT for value in values):
            problems.add(where, f"it has more columns than the header, or more than {LONGEST_TEXT} characters in one")
            continue
        values += [""] * (len(header) - len(values))
        known = {meaning: value for meaning, value in zip(meanings, values, strict=True) if meaning}
        other = {
            _plain(name): value
            for name, meaning, value in zip(header, meanings, values, strict=True)
            if not meaning and _plain(name)
        }
        try:
            entries.append(_entry(where, known, other))
        except InvalidInput as error:
            problems.add(where, str(error))
    problems.raise_if_any()
    if not entries:
        raise InvalidInput(f"{path}: there is no appliance in it")
    return entries


def _entry(where: str, known: Mapping[str, str], other: Mapping[str, str]) -> ListedAppliance:
    partitions = _items(known.get("partitions", ""))
    build = known.get("build", "")
    return ListedAppliance(
        where=where,
        name=known.get("name", ""),
        nodes=(*_items(known["nodes"]), *_items(known.get("secondary", ""))),
        customer=known.get("customer", ""),
        site=known.get("site", ""),
        build=str(Build.parse(build)) if build else "",
        only_partitions=partitions or None,
        partitions=partitions,
        vips=_vips(known.get("vips", "")) or None,
        certificate_pins=_items(known.get("certificate_pin", "")),
        columns=other,
    )


def _items(text: str) -> tuple[str, ...]:
    return tuple(filter(None, _LIST.split(text)))


def _vips(text: str) -> tuple[dict[str, Any], ...]:
    """Return virtual servers that are written as ``vpn gw 198.51.100.10:443; cs web 198.51.100.11``."""
    found = []
    for part in filter(None, map(str.strip, text.split(";"))):
        match = re.fullmatch(r"(\S+)\s+(\S.*?)\s+(\S+)", part)
        if match is None:
            raise InvalidInput(
                f"{part!r} is not a virtual server. Write kind, name and address, as: vpn gw 198.51.100.10:443"
            )
        found.append({"name": match[2], "address": match[3], "kind": match[1].lower()})
    return tuple(found)
