# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Conversion of frozen dataclasses to JSON values and back, by their annotated types. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints


def to_plain(value: Any) -> Any:
    """Return a value as JSON values: dataclasses, tuples and sets become lists, enumerations become their values, mappings stay."""
    if is_dataclass(value) and not isinstance(value, type):
        return [to_plain(getattr(value, name)) for name, _kind in _fields(type(value))]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (tuple, list)):
        return [to_plain(item) for item in value]
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return {key: to_plain(item) for key, item in value.items()}
    return value


def from_plain(kind: Any, value: Any) -> Any:
    """Return the value of a type from the JSON value that :func:`to_plain` made of it.

    :param kind: a dataclass, a tuple or frozenset type, an enumeration, X | None, str, int or bool
    :raises TypeError: where the JSON value does not have this type
    :raises ValueError: where an enumeration has no such member, or a dataclass rejects a value
    """
    if isinstance(kind, type) and is_dataclass(kind):
        known = _fields(kind)
        if not isinstance(value, list) or len(value) != len(known):
            raise TypeError(f"the value is not a {kind.__name__}")
        return kind(**{name: from_plain(of, item) for (name, of), item in zip(known, value, strict=True)})
    if get_origin(kind) is tuple:
        return _tuple(get_args(kind), value)
    if get_origin(kind) is frozenset:
        return frozenset(_tuple((*get_args(kind), ...), value))
    if isinstance(kind, UnionType):
        (inner,) = (of for of in get_args(kind) if of is not NoneType)
        return None if value is None else from_plain(inner, value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if type(value) is not kind:  # pylint: disable=unidiomatic-typecheck
        raise TypeError(f"the value is not a {kind}")
    return value


def _tuple(kinds: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise TypeError("the value is not a list")
    if kinds[-1] is ...:
        return tuple(from_plain(kinds[0], item) for item in value)
    if len(kinds) != len(value):
        raise TypeError(f"the value does not have {len(kinds)} items")
    return tuple(from_plain(of, item) for of, item in zip(kinds, value, strict=True))


def resolve_types(kind: Any) -> None:
    """Resolve the annotations of a dataclass and of all that it holds, which are cached from then on."""
    if isinstance(kind, type) and is_dataclass(kind):
        for _name, of in _fields(kind):
            resolve_types(of)
    for of in get_args(kind):
        resolve_types(of)


@cache
def _fields(kind: type) -> tuple[tuple[str, Any], ...]:
    hints = get_type_hints(kind)
    return tuple((field.name, hints[field.name]) for field in fields(kind))
