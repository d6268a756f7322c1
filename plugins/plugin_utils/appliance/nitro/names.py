# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names, addresses and file names that come from an appliance: which of them may be used. Pure.

An appliance that was taken over can send anything as a name. Every row that is read passes :func:`with_usable_names`: a name that NITRO does not allow
is replaced by a stand-in. So the object stays visible to every check, and its name reaches no file, template, request or probe; people see it escaped.

The command reference 12.0 (add lb vserver, add responder policy, add ns partition) says for names: they begin with an ASCII letter, digit or
underscore, and hold only these and ``# . : @ = -`` and blanks. Error 1075 refuses others. Open, and a choice of ours: the longest name is 127 characters,
as the references say for sets and for most types of newer releases; other names, which a release without these checks may have left behind, are not used.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

DEFAULT = "default"
"""The default admin partition."""
ADMIN_PARTITION = "admin partition "
"""How the name of a requested admin partition begins among what an appliance does not have; a VIP has its name alone."""
LONGEST_NAME = 127  # characters
LONGEST_FILE_NAME = 63  # characters (NITRO reference, systemfile)
SHOWN = 60  # characters of an unusable name
MOST_SHOWN = 5
MOST_FOUND = 10_000
"""The largest number of unusable names that are remembered in a session; each answer could have a million others."""
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_#. :@=-]*")
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_WORD = re.compile(r"[A-Za-z0-9_]{1,63}")
_HARMLESS = re.compile(r"[A-Za-z0-9_#. :@=()/,;+*-]")
_STAND_IN = re.compile(r"\(unusable name [0-9a-f]{12}\)")

NAME_ATTRIBUTES = frozenset(
    (
        *("name", "policyname", "policy", "aclname", "acl6name", "labelname", "partitionname", "boundto"),
        *("action", "logaction", "undefaction", "htmlpage", "srcipdataset", "destipdataset"),
    )
)
"""The attributes that name an object, in lower case."""

_OF_THE_VENDOR = frozenset(
    {("appfwsignatures", "*Default Signatures"), ("appfwsignatures", "*Xpath Injection Patterns")}
)
"""Types and names of what is built in, which nobody makes (product page, signatures)."""


@dataclass(frozen=True, order=True)
class UnusableName:
    """A name that NITRO does not allow.

    :ivar type: NITRO's type of the row that has it
    :ivar shown: the name as people see it; see :func:`shown`
    """

    type: str
    shown: str
    stand_in: str

    def __str__(self) -> str:
        return f'{self.type} "{self.shown}": NITRO allows no such name, so it is called {self.stand_in} here, and nothing is sent for it'


def is_name(text: str) -> bool:
    """Return True if NITRO allows a name."""
    return len(text) <= LONGEST_NAME and _NAME.fullmatch(text) is not None


def is_file_name(text: str) -> bool:
    """Return True if a file of a node can be read and stored under this name; none of ours has another one."""
    return len(text) <= LONGEST_FILE_NAME and _FILE_NAME.fullmatch(text) is not None


def is_word(text: str) -> bool:
    """Return True if a text can be a feature, a protocol or a state of NITRO."""
    return _WORD.fullmatch(text) is not None


def is_stand_in(text: str) -> bool:
    """Return True if a text stands for a name that NITRO does not allow."""
    return _STAND_IN.fullmatch(text) is not None


def address_of(text: str) -> str:
    """Return an IP address in its usual form, an IPv4 address in an IPv6 one as IPv4; "" where the text is no address."""
    if "%" in text:  # a zone is one of this machine
        return ""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if address.version == 6 else None
    return str(mapped or address)


def port_of(value: object) -> int:
    """Return a port; 0 where the value is none."""
    text = str(value)
    return int(text) if re.fullmatch(r"[0-9]{1,5}", text) and int(text) < 65536 else 0


def shown(text: str) -> str:
    """Return a name shortened, and with all characters escaped that could mean something to a terminal, a template, YAML or HTML."""
    escaped = "".join(c if _HARMLESS.fullmatch(c) else f"\\x{ord(c):02x}" for c in text[:SHOWN])
    whole = max(len(text), len(escaped)) <= SHOWN
    return escaped if whole else f"{escaped[:SHOWN]}... ({len(text)} characters)"


def usable(type_name: str, value: Any, found: set[UnusableName]) -> str:
    """Return a name, or its stand-in where NITRO does not allow it.

    :param type_name: NITRO's type of the row
    :param found: gets the unusable name
    """
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else repr(value)
    if is_name(text) or (type_name, text) in _OF_THE_VENDOR:
        return text
    digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    stand_in = f"(unusable name {digest})"
    if len(found) < MOST_FOUND:
        found.add(UnusableName(type_name, shown(text), stand_in))
    return stand_in


def with_usable_names(type_name: str, row: Mapping[str, Any], found: set[UnusableName]) -> dict[str, Any]:
    """Return a row in which every name is usable; the rows of bindings inside it too. An attribute that is empty stays so."""
    checked = dict(row)
    for key, value in row.items():
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            checked[key] = [with_usable_names(key, item, found) for item in value]
        elif key.lower() in NAME_ATTRIBUTES and value is not None and value != "":
            checked[key] = usable(type_name, value, found)
    return checked


def has_stand_in(body: Mapping[str, Any]) -> bool:
    """Return True if a row in the body of a request names an object by a stand-in."""
    rows = [row for value in body.values() for row in (value if isinstance(value, list) else [value])]
    return any(
        is_stand_in(str(value))
        for row in rows
        if isinstance(row, dict)
        for name, value in row.items()
        if name.lower() in NAME_ATTRIBUTES
    )


def texts_of(found: Iterable[UnusableName]) -> list[str]:
    """Return unusable names in words: the first MOST_SHOWN, and the number of the others."""
    names = sorted(set(found))
    more = len(names) - MOST_SHOWN
    return [*map(str, names[:MOST_SHOWN]), *([f"{more} more names that NITRO does not allow"] if more > 0 else [])]
