# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shapes of data: what a value may be, checked strictly, and the same as JSON Schema. Pure.

One table of shapes is both the door of the loader and the published schema, so that an editor and a run never disagree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from ..foundation.errors import InvalidInput
from ..foundation.foreign_text import printable

LONGEST_SHOWN = 60
"""Characters of a wrong value in a message."""
JsonSchema = dict[str, Any]


class Shape(Protocol):
    """What a value may be."""

    def check(self, value: Any, where: str) -> None:
        """Check a value.

        :param where: the path to it, for the message
        :raises InvalidInput: naming the path, the value and what is expected
        """

    def json_schema(self) -> JsonSchema:
        """Return the same as JSON Schema 2020-12. A reference names a shape of the definitions."""


def wrong(value: Any, where: str, expected: str) -> InvalidInput:
    text = printable(repr(value))
    shown = text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."
    return InvalidInput(f"{where} is {shown}: {expected}")


@dataclass(frozen=True)
class Text:
    """A printable text on one line, without blanks at its ends.

    :ivar pattern: what the whole text must match, of what Python's and ECMA's expressions have in common
    :ivar form: the pattern in words
    """

    longest: int = 300
    pattern: str = ""
    form: str = ""

    def check(self, value: Any, where: str) -> None:
        expected = self.form or f"a text of 1 to {self.longest} printable characters on one line is expected"
        if not isinstance(value, str) or not 0 < len(value) <= self.longest:
            raise wrong(value, where, expected)
        if not value.isprintable() or value != value.strip() or not re.fullmatch(self.pattern or ".*", value):
            raise wrong(value, where, expected)

    def json_schema(self) -> JsonSchema:
        found: JsonSchema = {"type": "string", "minLength": 1, "maxLength": self.longest}
        return found | ({"pattern": f"^(?:{self.pattern})$"} if self.pattern else {"pattern": r"^\S(?:.*\S)?$"})


@dataclass(frozen=True)
class Choice:
    """One of these words or numbers."""

    values: tuple[str | int, ...]

    def check(self, value: Any, where: str) -> None:
        if isinstance(value, bool) or value not in self.values:
            raise wrong(value, where, f"it must be one of {', '.join(map(str, self.values))}")

    def json_schema(self) -> JsonSchema:
        return {"enum": list(self.values)}


@dataclass(frozen=True)
class Whole:
    """A whole number between two bounds."""

    least: int
    most: int

    def check(self, value: Any, where: str) -> None:
        if type(value) is not int or not self.least <= value <= self.most:  # pylint: disable=unidiomatic-typecheck
            raise wrong(value, where, f"a whole number from {self.least} to {self.most} is expected")

    def json_schema(self) -> JsonSchema:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True)
class Decimal:
    """A number between two bounds, such as a CVSS score."""

    least: float
    most: float

    def check(self, value: Any, where: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float) or not self.least <= value <= self.most:
            raise wrong(value, where, f"a number from {self.least} to {self.most} is expected")

    def json_schema(self) -> JsonSchema:
        return {"type": "number", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True)
class Flag:
    def check(self, value: Any, where: str) -> None:
        if not isinstance(value, bool):
            raise wrong(value, where, "true or false is expected")

    def json_schema(self) -> JsonSchema:
        return {"type": "boolean"}


@dataclass(frozen=True)
class Day:
    """A date as text, such as 2020-01-10; bounded_yaml reads dates as text.

    :ivar month: a month alone is allowed too, as 2020-01
    """

    month: bool = False

    def check(self, value: Any, where: str) -> None:
        try:
            to_date(value, month=self.month)
        except ValueError:
            form = "2020-01-10" + (" or 2020-01" if self.month else "")
            raise wrong(value, where, f"it is not a date: write it as {form}") from None

    def json_schema(self) -> JsonSchema:
        day: JsonSchema = {"type": "string", "format": "date", "pattern": f"^{_DAY}$"}
        return {"anyOf": [day, {"type": "string", "pattern": f"^{_MONTH}$"}]} if self.month else day


_MONTH = "20[0-9]{2}-(?:0[1-9]|1[0-2])"
_DAY = "20[0-9]{2}-[0-9]{2}-[0-9]{2}"


def to_date(value: Any, *, month: bool = False) -> date:
    """Return the date of a text; of a month, its first day.

    :raises ValueError: where it is none
    """
    text = value if isinstance(value, str) else ""
    if month and re.fullmatch(_MONTH, text):
        text += "-01"
    if not re.fullmatch(_DAY, text):
        raise ValueError(f"{value!r} is not a date")
    return date.fromisoformat(text)


@dataclass(frozen=True)
class ListOf:
    """A list of different values of one shape."""

    item: Shape
    least: int = 1
    most: int = 50

    def check(self, value: Any, where: str) -> None:
        if not isinstance(value, list) or not self.least <= len(value) <= self.most:
            raise wrong(value, where, f"a list of {self.least} to {self.most} entries is expected")
        for number, one in enumerate(value, 1):
            self.item.check(one, f"{where}, entry {number}")
            if one in value[: number - 1]:
                raise wrong(one, f"{where}, entry {number}", "it is there twice: remove one")

    def json_schema(self) -> JsonSchema:
        items = self.item.json_schema()
        return {"type": "array", "items": items, "minItems": self.least, "maxItems": self.most, "uniqueItems": True}


@dataclass(frozen=True)
class OneOrMore:
    """One value, or a list of values of the same shape."""

    item: Shape

    def check(self, value: Any, where: str) -> None:
        (ListOf(self.item) if isinstance(value, list) else self.item).check(value, where)

    def json_schema(self) -> JsonSchema:
        return {"anyOf": [self.item.json_schema(), ListOf(self.item).json_schema()]}


@dataclass(frozen=True)
class MapOf:
    """A mapping with keys of one shape and values of another. A key that is a whole number is checked as one."""

    key: Text | Whole
    value: Shape
    least: int = 1
    most: int = 50

    def check(self, value: Any, where: str) -> None:
        if not isinstance(value, Mapping) or not self.least <= len(value) <= self.most:
            raise wrong(value, where, f"a mapping of {self.least} to {self.most} entries is expected")
        for key, one in value.items():
            self.key.check(key, f"the key of {where}")
            self.value.check(one, f"{where}: {key}")

    def json_schema(self) -> JsonSchema:
        pattern = self.key.json_schema().get("pattern", "^[0-9]{1,4}$")
        found: JsonSchema = {"type": "object", "patternProperties": {pattern: self.value.json_schema()}}
        return found | {"additionalProperties": False, "minProperties": self.least, "maxProperties": self.most}


@dataclass(frozen=True)
class Fields:
    """A mapping with named fields.

    :ivar fields: by name, the shape of each field
    :ivar optional: the names of the fields that may be left out
    :ivar about: what it is, for people who write one
    """

    fields: Mapping[str, Shape] = field(hash=False)
    optional: frozenset[str] = frozenset()
    about: str = ""

    def check(self, value: Any, where: str) -> None:
        if not isinstance(value, Mapping):
            raise wrong(value, where, f"a mapping is expected, with {self._names()}")
        for name in self.fields:
            if name not in value and name not in self.optional:
                raise InvalidInput(f"{where} lacks {name}; it has {self._names()}")
        for name, one in value.items():
            if name not in self.fields:
                quotes = (
                    "; a text with a comma needs quotes" if one is None else ""
                )  # of {a: b, c} YAML makes a: b, and c without a value
                raise InvalidInput(
                    f"{where} has {printable(repr(name))}, which is unknown{quotes}; it has {self._names()}"
                )
            self.fields[name].check(one, f"{where}: {name}")

    def _names(self) -> str:
        return ", ".join(name + (" (optional)" if name in self.optional else "") for name in self.fields)

    def json_schema(self) -> JsonSchema:
        found: JsonSchema = {"type": "object"} | ({"description": self.about} if self.about else {})
        return found | {
            "properties": {name: shape.json_schema() for name, shape in self.fields.items()},
            "required": [name for name in self.fields if name not in self.optional],
            "additionalProperties": False,
        }


@dataclass(frozen=True)
class PlainOr:
    """A plain value of one shape, or a mapping of another."""

    plain: Shape
    mapping: Shape

    def check(self, value: Any, where: str) -> None:
        (self.mapping if isinstance(value, Mapping) else self.plain).check(value, where)

    def json_schema(self) -> JsonSchema:
        return {"anyOf": [self.plain.json_schema(), self.mapping.json_schema()]}


@dataclass(frozen=True)
class OneOf:
    """One of several mappings, told apart by a field that only one of them has.

    :ivar by_field: by the name of the deciding field, the shape of a mapping that has it
    """

    by_field: Mapping[str, Shape] = field(hash=False)

    def check(self, value: Any, where: str) -> None:
        deciding = [name for name in self.by_field if name in value] if isinstance(value, Mapping) else []
        if len(deciding) != 1:
            raise wrong(value, where, f"a mapping with one of {', '.join(self.by_field)} is expected")
        self.by_field[deciding[0]].check(value, where)

    def json_schema(self) -> JsonSchema:
        return {"oneOf": [shape.json_schema() for shape in self.by_field.values()]}


@dataclass(frozen=True)
class Reference:
    """A shape by its name, for shapes that contain themselves.

    :ivar shapes: all named shapes
    """

    name: str
    shapes: Mapping[str, Shape] = field(hash=False, repr=False, compare=False)

    def check(self, value: Any, where: str) -> None:
        self.shapes[self.name].check(value, where)

    def json_schema(self) -> JsonSchema:
        return {"$ref": f"#/$defs/{self.name}"}
