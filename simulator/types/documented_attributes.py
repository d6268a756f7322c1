# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Adds the documented attributes of documented_attributes.txt to the tables of types.

A type's own table has precedence: it describes the attributes that change what the simulator does. The attributes of the file are only
stored. The head of the file explains its form and names its sources; tests/reference_pages.py makes it of the reference pages.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from simulator.types.model import Attribute, Binding, Type

PATH = Path(__file__).with_name("documented_attributes.txt")
_RANGE = re.compile(r"(\d*)\.\.(\d*)")
_KEY = secrets.token_bytes(16)
_ENCRYPTED = re.compile(r"[0-9a-f]{64}")
_Entry = TypeVar("_Entry", Type, Binding)


@dataclass(frozen=True)
class Secret(Attribute):
    """A password that the appliance needs in clear: GET and ns.conf show its encrypted form. The simulator keeps only a hash."""

    def coerce(self, value: Any) -> str:
        """Return the encrypted form; a value in that form, as in ns.conf, is kept."""
        text = str(super().coerce(value))
        return (
            text if _ENCRYPTED.fullmatch(text) else hashlib.blake2b(text.encode(), key=_KEY, digest_size=32).hexdigest()
        )


def attribute(line: str) -> Attribute:
    """Return the attribute that a line of the file describes."""
    name, kind, operations, *details = line.split()
    known: dict[str, Any] = {}
    for detail in details:
        word, _, value = detail.partition("=")
        if found := _RANGE.fullmatch(detail):
            known.update(low=int(found[1]) if found[1] else None, high=int(found[2]) if found[2] else None)
        elif word == "in":
            known["enum"] = tuple(value.split("|"))
        elif word == "since":
            known["since"] = tuple(map(int, re.split("[.-]", value)))
        else:
            known[word] = value
    if "default" in known:
        known["default"] = _typed(kind, known["default"])
    return (Secret if kind == "secret" else Attribute)(
        name,
        kind="text" if kind == "secret" else kind,
        create_only="u" not in operations,
        can_unset="s" in operations,
        read_only=operations == "r",
        stored_only=True,
        **known,
    )


def _typed(kind: str, text: str) -> Any:
    if kind in ("number", "count"):
        return int(text)
    if kind == "boolean":
        return text == "true"
    return text.split(",") if kind == "list" else text


def read(text: str) -> dict[str, tuple[Attribute, ...]]:
    """Return the attributes of each type."""
    found: dict[str, tuple[Attribute, ...]] = {}
    for block in re.split(r"^\[", text, flags=re.MULTILINE)[1:]:
        head, *lines = block.splitlines()
        found[head.partition("]")[0]] = tuple(attribute(line) for line in lines if line and not line.startswith("#"))
    return found


DOCUMENTED = read(PATH.read_text(encoding="ascii"))


def completed(entry: _Entry) -> _Entry:
    """Return the type with the documented attributes that its own table does not have."""
    more: tuple[Attribute, ...] = tuple(
        one for one in DOCUMENTED.get(entry.name, ()) if one.name.lower() not in entry.by_lower_name
    )
    return replace(entry, attributes=(*entry.attributes, *more)) if more else entry


def idle_seconds(protocol: str) -> int:
    """Return the default clttimeout of a virtual server or a service (NITRO reference, csvserver)."""
    if protocol in ("HTTP", "SSL"):
        return 180
    return 120 if protocol in ("UDP", "DNS", "SIP_UDP", "RADIUS", "TFTP", "SYSLOGUDP", "SNMP", "ADNS") else 9000
