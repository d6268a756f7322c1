# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The manifest of a bundle: what was taken, from where, when, with which SHA-256; what could not be taken; what the taking left on the appliance. Pure.

The seal is a signature of the bytes of the manifest in SSHSIG form, in a namespace of its own, so that a signature of a change record is no seal.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any, TypeVar

from ...foundation.errors import InvalidInput
from ...foundation.json_values import written_whole
from .sources import ALLOWED_WITH, LISTINGS, Part, allow_more

SCHEMA = 2
READ = (1, SCHEMA)
"""The schemas that are read. Schema 1 has no ``mode``."""
MODE_NOT_KNOWN = "not known"
"""The mode and the owner of a file that NITRO has handed out: ``systemfile`` has neither (NITRO reference). The file in the bundle has a mode of its own."""
NAMESPACE = "tourniquet-evidence"
FILE = "manifest.json"
SEAL = "manifest.json.sig"
"""The name that ``ssh-keygen -Y sign`` gives to the signature of a file."""
_Kind = TypeVar("_Kind")
_TYPES: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "Part": (Part,),
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "float | None": (int, float, type(None)),
}
"""By the type of a field, those that its JSON value may have: true is no number."""
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
_OF_NODE = re.compile(rf"(?:{_TIME})?", re.ASCII)
_OF_US = re.compile(rf"{_TIME}[+-]\d\d:\d\d", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}")


def _time(value: Any) -> str:
    """Return a time with its zone, which a clock can have.

    :raises ValueError: where it is none
    :raises OverflowError: where it is before the year 1 or after 9999 in UTC
    """
    if not isinstance(value, str) or _OF_US.fullmatch(value) is None:
        raise ValueError(value)
    datetime.fromisoformat(value).astimezone(UTC)
    return value


_FORMS: Mapping[str, Callable[[Any], object]] = {
    "sha256": _SHA256.fullmatch,
    "size": lambda value: value >= 0,
    "within": lambda value: 0 <= value < math.inf,
    "ahead": lambda value: value is None or math.isfinite(value),
    "modified": _OF_NODE.fullmatch,
    "accessed": _OF_NODE.fullmatch,
    **dict.fromkeys(("taken_at", "asked_at", "at"), _time),
}
"""By the name of a field, whether a value of its type has its form."""


@dataclass(frozen=True)
class Item:
    """A file of the bundle.

    :ivar file: its path below the directory of the bundle
    :ivar source: from where on the node, such as ``systemfile /var/log/ns.log``
    :ivar taken_at: by the clock of the control node, ISO 8601 in UTC; modified and accessed: by the clock of the node, "" where it does not say
    :ivar mode: on the node, with its owner
    """

    node: str
    part: Part
    source: str
    file: str
    size: int
    sha256: str
    taken_at: str
    modified: str = ""
    accessed: str = ""
    mode: str = MODE_NOT_KNOWN


@dataclass(frozen=True)
class Missing:
    """What could not be taken, and why.

    :ivar is_gap: it was asked for; False where the build does not have it, or it was left out on purpose
    """

    node: str
    part: str
    what: str
    why: str
    is_gap: bool = True

    @property
    def allowed_with(self) -> str:
        """The option with which a person allows it; "" where there is none."""
        return next((option for option in ALLOWED_WITH if self.why.endswith(allow_more(option))), "")

    def __str__(self) -> str:
        return f"{self.node}: {self.what}: {self.why}" if self.node else f"{self.what}: {self.why}"


@written_whole()
@dataclass(frozen=True)
class NodeFacts:
    """A node as it answered.

    :ivar asked_at: by the clock of the control node, ISO 8601 in UTC
    :ivar its_time: its own time as text, in its own zone; "" where it does not say
    :ivar ahead: by how many seconds its clock is ahead of the control node's, give or take ``within``; None where it is not known
    """

    node: str
    role: str
    version: str
    asked_at: str
    its_time: str = ""
    ahead: float | None = None
    within: float = 0.0


@written_whole()
@dataclass(frozen=True)
class Footprint:
    """What the taking of evidence did on a node."""

    node: str
    at: str
    what: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What is in a bundle.

    :ivar taken_by: user and control node
    :ivar began: and ended, ISO 8601 in UTC
    :ivar parts: that were asked for
    """

    appliance: str
    taken_by: str
    reason: str
    began: str
    ended: str
    parts: tuple[Part, ...]
    nodes: tuple[NodeFacts, ...] = ()
    items: tuple[Item, ...] = ()
    missing: tuple[Missing, ...] = ()
    footprint: tuple[Footprint, ...] = ()

    @property
    def gaps(self) -> list[Missing]:
        return [one for one in self.missing if one.is_gap]

    def has(self, node: str, part: Part) -> bool:
        """Return True if something of this part of a node was taken. A listing alone is none of the files."""
        return any(item.node == node and item.part is part and item.source != LISTINGS for item in self.items)

    def to_bytes(self) -> bytes:
        """Return it as JSON: the bytes that are signed."""
        return (json.dumps({"schema": SCHEMA, **asdict(self)}, indent=1) + "\n").encode("ascii")

    @classmethod
    def of_bytes(cls, data: bytes) -> Manifest:
        """Return the manifest of its JSON.

        :raises InvalidInput: where it is none
        """
        try:
            values = json.loads(data)
            schema = values.pop("schema")
            if isinstance(schema, bool) or schema not in READ:
                raise InvalidInput(f"its schema is not {SCHEMA}")
            return cls(
                appliance=_of_type(values["appliance"], "str"),
                taken_by=_of_type(values["taken_by"], "str"),
                reason=_of_type(values["reason"], "str"),
                began=_time(values["began"]),
                ended=_time(values["ended"]),
                parts=tuple(map(Part, _list(values, "parts"))),
                nodes=tuple(_checked(NodeFacts, one) for one in _list(values, "nodes")),
                items=tuple(map(item_of, _list(values, "items"))),
                missing=tuple(_checked(Missing, one) for one in _list(values, "missing")),
                footprint=tuple(_checked(Footprint, one) for one in _list(values, "footprint")),
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
            raise InvalidInput(f"it is no manifest of evidence ({type(error).__name__})") from error


def item_of(values: Mapping[str, Any]) -> Item:
    """Return an item of its JSON values.

    :raises ValueError: where its file leads out of the bundle, or a value has another form
    :raises TypeError: where a value is missing, or has another type
    """
    item = _checked(Item, {**values, "part": Part(values["part"])})
    segments = item.file.split("/")
    if not all(segments) or ".." in segments or "." in segments:
        raise ValueError(item.file)
    return item


def _checked(kind: type[_Kind], values: Mapping[str, Any]) -> _Kind:
    """Return an object of its JSON values, of which each has the type and the form of its field: a text for a truth value would hide a gap.

    :raises TypeError: where one has another type
    :raises ValueError: where one has another form
    """
    types = {one.name: str(one.type) for one in fields(kind)}  # type: ignore[arg-type]  # a dataclass
    for name, value in values.items():
        _of_type(value, types[name])
        if name in _FORMS and not _FORMS[name](value):
            raise ValueError(value)
    return kind(**values)


def _of_type(value: Any, wanted: str) -> Any:
    """Return a value that has the type of its field.

    :raises TypeError: where it has another one
    :raises ValueError: where it is a text that cannot be written
    """
    if type(value) not in _TYPES[wanted]:
        raise TypeError(wanted)
    if isinstance(value, str):
        value.encode()
    return value


def _list(values: Mapping[str, Any], name: str) -> list[Any]:
    """:raises TypeError: where it is no list"""
    if not isinstance(values[name], list):
        raise TypeError(name)
    return list(values[name])
