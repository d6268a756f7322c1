# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values of Python as JSON values: the one door through which text from an appliance goes into a result. Pure.

A class says how it is written: :func:`written` names its values, :func:`written_whole` adds its fields, :func:`written_as_text` makes it a text.
One that says nothing is refused, so that a password can't get into a result by being part of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import Enum
from functools import cache, partial
from operator import attrgetter
from pathlib import PurePath
from typing import Any, TypeVar

from .foreign_text import printable

Kind = TypeVar("Kind", bound=type)
Source = Callable[[Any], Any]
Text = Callable[[str], str]
_HOW = "_written"
"""The attribute of a class with its own :class:`_How`."""


@dataclass(frozen=True)
class Part:
    """One value of a class.

    :ivar name: under which it is written; "" where it is a mapping whose values are written beside the others
    :ivar left_out: it is not written where it is None
    """

    source: str | Source
    name: str = ""
    left_out: bool = False

    @property
    def get(self) -> Source:
        """Return what takes the value from an object."""
        return attrgetter(self.source) if isinstance(self.source, str) else self.source


@dataclass(frozen=True)
class _How:
    """How a class is written.

    :ivar with_fields: its fields are written under their names, but those that are not shown (``repr=False``)
    :ivar text: escapes a text of it
    """

    parts: tuple[Part, ...]
    with_fields: bool = False
    text: Text = printable


def given(source: str | Source, name: str = "") -> Part:
    """Return a value that is left out where it is None."""
    return Part(source, name or _last(str(source)), left_out=True)


def beside(source: str | Source) -> Part:
    """Return a mapping, or an object, whose values are written beside those of the class; nothing where it is None."""
    return Part(source, left_out=True)


def written(*names: str | Part, **more: str | Source) -> Callable[[Kind], Kind]:
    """Declare the values of a class, in this order.

    :param names: of attributes, with spaces between them. That of an attribute of an attribute has a dot, and its last part is the name; another
        name is before it: ``fix=whole_fix``
    :param more: by name, an attribute, or a function of the object
    """
    return partial(_declared, _How(_parts(names, more)))


def written_whole(*names: str | Part, escaped_by: Text = printable, **more: str | Source) -> Callable[[Kind], Kind]:
    """Declare the fields of a dataclass, and the same as :func:`written` after them.

    :param escaped_by: escapes each text of it; one that does more than the usual, such as to cut it
    """
    return partial(_declared, _How(_parts(names, more), with_fields=True, text=escaped_by))


def written_as_text(kind: Kind) -> Kind:
    """Declare that an object of a class is written as its text."""
    setattr(kind, _HOW, str)
    return kind


def json_values(value: Any, text: Text = printable) -> Any:
    """Return a value as JSON values, with every control character in every text and key escaped.

    Dataclasses and mappings become mappings, sequences lists, sets sorted lists, days and times ISO 8601, paths and enumerations their text.

    :param text: escapes a text; an object of a class that says how it is written has its own
    :raises TypeError: where it holds something else, or an object of a class that does not say how it is written
    """
    if value.__class__ is str:  # most values are
        return text(value)
    if _HOW in vars(type(value)):
        return _of_object(value)
    if isinstance(value, Enum):
        return json_values(value.value, text)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str | PurePath):
        return text(str(value))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {text(str(key)): json_values(item, text) for key, item in value.items()}
    if isinstance(value, frozenset):
        return sorted(json_values(item, text) for item in value)
    if isinstance(value, list | tuple):
        return [json_values(item, text) for item in value]
    raise TypeError(f"{type(value).__qualname__} does not say how it is written as JSON values")


def _of_object(value: Any) -> Any:
    how = vars(type(value))[_HOW]
    if how is str:
        return printable(str(value))
    values: dict[str, Any] = {}
    for name, get, left_out in _sources(value.__class__):
        found = get(value)
        if found is None and left_out:
            continue
        shown = json_values(found, how.text)
        values |= {name: shown} if name else shown
    return values


@cache
def _sources(kind: type) -> tuple[tuple[str, Source, bool], ...]:
    """Return the values of a class: its fields where they are written, those of its bases, and its own."""
    hows = [how for base in reversed(kind.__mro__) if isinstance(how := vars(base).get(_HOW), _How)]
    shown = [Part(field.name, field.name) for field in fields(kind) if field.repr] if hows[-1].with_fields else []
    parts = {part.name or part: part for part in (*shown, *(part for how in hows for part in how.parts))}
    return tuple((part.name, part.get, part.left_out) for part in parts.values())


def _declared(how: _How, kind: Kind) -> Kind:
    setattr(kind, _HOW, how)
    return kind


def _parts(names: tuple[str | Part, ...], more: Mapping[str, str | Source]) -> tuple[Part, ...]:
    own = (one for each in names for one in (each.split() if isinstance(each, str) else [each]))
    named = (_named(one) if isinstance(one, str) else one for one in own)
    return (*named, *(Part(source, name) for name, source in more.items()))


def _named(text: str) -> Part:
    name, _equals, source = text.rpartition("=")
    return Part(source, name or _last(source))


def _last(source: str) -> str:
    return source.rpartition(".")[2]
