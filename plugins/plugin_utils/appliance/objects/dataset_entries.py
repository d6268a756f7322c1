# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The entries of a data set as one text, ``192.0.2.1 198.51.100.0-198.51.100.255``: sorted, each as it is bound. Pure.

A data set has thousands of entries. If each were an object, it would take a step and three lines of a record; as one text, a data set
with 5,000 entries is one object with a state before and after.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import Any

Row = dict[str, Any]


def text_of(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return the entries of policydataset_value_binding rows as text; the case of the keys does not matter."""
    lowered = ({str(key).lower(): value for key, value in row.items()} for row in rows)
    return join(_entry(str(row.get("value", "")), str(row.get("endrange") or "")) for row in lowered)


def join(entries: Iterable[str]) -> str:
    """Return entries as text, sorted by address."""
    return " ".join(sorted(entries, key=_order))


def split(text: object) -> list[str]:
    """Return the entries in a text; none for an empty one."""
    return str(text).split() if text else []


def exchanged(before: object, after: object) -> tuple[list[str], list[str]]:
    """Return the entries of one text that the other does not have: those that go, and those that come, each in the order of its text."""
    old, new = split(before), split(after)
    are_old, are_new = set(old), set(new)
    return [entry for entry in old if entry not in are_new], [entry for entry in new if entry not in are_old]


def row_of(name: str, entry: str) -> Row:
    """Return the row that binds one entry."""
    value, _dash, end = entry.partition("-")
    return {"name": name, "value": value, **({"endrange": end} if end else {})}


def _entry(value: str, end: str) -> str:
    return f"{_plain(value)}-{_plain(end)}" if end and end != value else _plain(value)


def _plain(address: str) -> str:
    """Return an address in its shortest form; other text is returned unchanged."""
    packed = _packed(address)
    return address if packed is None else inet_ntop(AF_INET6 if ":" in address else AF_INET, packed)


def _packed(address: str) -> bytes | None:
    try:
        return inet_pton(AF_INET6 if ":" in address else AF_INET, address)
    except OSError:
        return None


def _order(entry: str) -> tuple[int, bytes, str]:
    packed = _packed(entry.partition("-")[0])
    return (0, packed, entry) if packed is not None else (1, b"", entry)
