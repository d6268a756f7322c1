# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Predicates over the configuration of an appliance, as data. Pure.

    any:
      - {type: vpnvserver, where: {dtls: {not: "OFF"}}}
      - {type: [lbvserver, csvserver], where: {servicetype: DTLS}}

A predicate is one of

* ``any``, ``all``: a list of predicates; ``not``: a predicate
* ``type`` (one, or a list): there is an object of a NITRO type for which all of ``where`` holds
* ``setting``: the same of settings, which exist once; an attribute that is not there has its default
* ``always``: a reason; it holds everywhere

A condition of an attribute is a value or a list of values, ``{not: ...}``, ``{is: ..., default: ...}``, ``{contains: text}``, ``{set: true}`` or
``{family: ipv6}``. Values ignore case.

It holds if it holds in one admin partition. What cannot be read is UNKNOWN, and is never FALSE.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from ..foundation.foreign_text import printable

SHOWN = 3
"""The largest number of names in a reason."""
_NAMES = ("name", "servicegroupname", "groupname", "ipaddress", "policyname", "profilename")


class Truth(Enum):
    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Answer:
    """A truth with its reasons, each a clause in words."""

    truth: Truth
    reasons: tuple[str, ...] = ()


Row = Mapping[str, str]


@dataclass(frozen=True)
class Unknown:
    """What stands in the place of rows that could not all be read.

    :ivar rows: those that could, with the attributes that could: none of them is known to be absent
    """

    reason: str
    rows: tuple[Row, ...] = ()


Attribute = tuple[str, str]
"""A NITRO type and the name of one of its attributes."""


class Configuration(Protocol):
    """The configuration of an appliance, from NITRO or from ns.conf."""

    def partitions(self) -> tuple[str, ...]:
        """Return the names of the admin partitions; "default" is one of them."""

    def rows(self, nitro_type: str, partition: str) -> tuple[Row, ...] | Unknown:
        """Return the objects of a type in a partition, as texts by NITRO's names. Attributes with their default may be left out."""


class Predicate(Protocol):
    """A predicate that has been checked."""

    def in_partition(self, configuration: Configuration, partition: str) -> Answer:
        """Return whether it holds in one partition."""

    def types(self) -> frozenset[str]:
        """Return the NITRO types that must be read for it."""

    def attributes(self) -> frozenset[Attribute]:
        """Return the attributes on which it sets conditions."""

    def in_words(self) -> str:
        """Return what it asks of the configuration, as a clause."""


def holds(predicate: Predicate, configuration: Configuration) -> Answer:
    """Return whether a predicate holds in at least one partition."""
    partitions = configuration.partitions()
    answers = []
    for partition in partitions:
        answer = predicate.in_partition(configuration, partition)
        where = f"partition {printable(partition)}: " if len(partitions) > 1 else ""
        answers.append(Answer(answer.truth, tuple(where + reason for reason in answer.reasons)))
    return _any(answers)


@dataclass(frozen=True)
class Always:
    reason: str

    def in_partition(self, _configuration: Configuration, _partition: str) -> Answer:
        return Answer(Truth.TRUE, (self.reason,))

    def types(self) -> frozenset[str]:
        return frozenset()

    def attributes(self) -> frozenset[Attribute]:
        return frozenset()

    def in_words(self) -> str:
        return self.reason


@dataclass(frozen=True)
class AnyOf:
    parts: tuple[Predicate, ...]

    def in_partition(self, configuration: Configuration, partition: str) -> Answer:
        return _any([part.in_partition(configuration, partition) for part in self.parts])

    def types(self) -> frozenset[str]:
        return frozenset[str]().union(*(part.types() for part in self.parts))

    def attributes(self) -> frozenset[Attribute]:
        return frozenset[Attribute]().union(*(part.attributes() for part in self.parts))

    def in_words(self) -> str:
        return "any of: " + "; ".join(part.in_words() for part in self.parts)


@dataclass(frozen=True)
class AllOf:
    parts: tuple[Predicate, ...]

    def in_partition(self, configuration: Configuration, partition: str) -> Answer:
        answers = [part.in_partition(configuration, partition) for part in self.parts]
        for truth in (Truth.FALSE, Truth.UNKNOWN):
            deciding = [answer for answer in answers if answer.truth is truth]
            if deciding:
                return Answer(truth, _reasons(deciding))
        return Answer(Truth.TRUE, _reasons(answers))

    def types(self) -> frozenset[str]:
        return frozenset[str]().union(*(part.types() for part in self.parts))

    def attributes(self) -> frozenset[Attribute]:
        return frozenset[Attribute]().union(*(part.attributes() for part in self.parts))

    def in_words(self) -> str:
        return " and ".join(f"({part.in_words()})" for part in self.parts)


@dataclass(frozen=True)
class Not:
    part: Predicate

    def in_partition(self, configuration: Configuration, partition: str) -> Answer:
        answer = self.part.in_partition(configuration, partition)
        return Answer(_NEGATED[answer.truth], answer.reasons)

    def types(self) -> frozenset[str]:
        return self.part.types()

    def attributes(self) -> frozenset[Attribute]:
        return self.part.attributes()

    def in_words(self) -> str:
        return f"not ({self.part.in_words()})"


@dataclass(frozen=True)
class Leaf:
    """There is an object of one of these types for which all conditions hold.

    :ivar setting: the type exists once; without a row all its attributes have their defaults
    """

    nitro_types: tuple[str, ...]
    where: tuple[tuple[str, Condition], ...] = ()
    setting: bool = False

    def types(self) -> frozenset[str]:
        return frozenset(self.nitro_types)

    def attributes(self) -> frozenset[Attribute]:
        return frozenset((type_, name) for type_ in self.nitro_types for name, _condition in self.where)

    def in_words(self) -> str:
        conditions = self._conditions()
        return " or ".join(self.nitro_types) + (f" with {conditions}" if conditions else "")

    def _conditions(self) -> str:
        return " and ".join(f"{name} {condition}" for name, condition in self.where)

    def in_partition(self, configuration: Configuration, partition: str) -> Answer:
        return _any([self._of_type(configuration, partition, name) for name in self.nitro_types])

    def _of_type(self, configuration: Configuration, partition: str, nitro_type: str) -> Answer:
        rows = configuration.rows(nitro_type, partition)
        if isinstance(rows, Unknown):
            matching = [
                row for row in rows.rows if all(name in row for name, _condition in self.where) and self._is(row)
            ]
            if not matching:
                return Answer(Truth.UNKNOWN, (f"{nitro_type} could not be read: {printable(rows.reason)}",))
        else:
            matching = [row for row in (rows or ({},) if self.setting else rows) if self._is(row)]
        conditions = self._conditions()
        if not matching:
            return Answer(Truth.FALSE, (f"no {nitro_type}" + (f" has {conditions}" if conditions else ""),))
        names = "" if self.setting else f" {_names_of(matching)}"
        return Answer(Truth.TRUE, (f"{nitro_type}{names}" + (f": {conditions}" if conditions else ""),))

    def _is(self, row: Row) -> bool:
        return all(condition.holds(row.get(name)) for name, condition in self.where)


class Test(Enum):
    """What a condition asks of the value of an attribute."""

    IS = "is"
    NOT = "not"
    CONTAINS = "contains"
    SET = "set"
    FAMILY = "family"


@dataclass(frozen=True)
class Condition:
    """A condition of one attribute.

    :ivar values: one of them decides (IS, NOT), or the text (CONTAINS), ("true",) or ("false",) (SET), ("ipv6",) (FAMILY)
    :ivar default: the value where the attribute is not there
    """

    test: Test
    values: tuple[str, ...]
    default: str = ""

    def holds(self, given: str | None) -> bool:
        value = (given or self.default).casefold()
        folded = [one.casefold() for one in self.values]
        match self.test:
            case Test.IS:
                return value in folded
            case Test.NOT:
                return value not in folded
            case Test.CONTAINS:
                return folded[0] in value
            case Test.SET:
                return bool(value) is (folded[0] == "true")
            case Test.FAMILY:
                return _is_ipv6(value)

    def __str__(self) -> str:
        text = " or ".join(self.values)
        words = {Test.NOT: f"not {text}", Test.CONTAINS: f"with {text}", Test.FAMILY: "that is an IPv6 address"}
        set_words = "that is set" if text == "true" else "that is not set"
        return set_words if self.test is Test.SET else words.get(self.test, text)


def parse_predicate(value: Any) -> Predicate:
    """Return the predicate of data that the schema of an entry has checked (module entry_schema)."""
    if "any" in value:
        return AnyOf(tuple(map(parse_predicate, value["any"])))
    if "all" in value:
        return AllOf(tuple(map(parse_predicate, value["all"])))
    if "not" in value:
        return Not(parse_predicate(value["not"]))
    if "always" in value:
        return Always(value["always"])
    named = value.get("type", value.get("setting"))
    types = (named,) if isinstance(named, str) else tuple(named)
    where = tuple((name, parse_condition(given)) for name, given in (value.get("where") or {}).items())
    return Leaf(types, where, "setting" in value)


def parse_condition(given: Any) -> Condition:
    """Return the condition of checked data."""
    if not isinstance(given, Mapping):
        return Condition(Test.IS, _values(given))
    test = next(one for one in Test if one.value in given)
    return Condition(test, _values(given[test.value]), given.get("default", ""))


def _values(given: Any) -> tuple[str, ...]:
    if isinstance(given, bool):
        return ("true" if given else "false",)
    return tuple(map(str, given)) if isinstance(given, list) else (str(given),)


def _is_ipv6(value: str) -> bool:
    try:
        return ipaddress.ip_address(value.strip("[]").partition("/")[0]).version == 6
    except ValueError:
        return False


_NEGATED = {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE, Truth.UNKNOWN: Truth.UNKNOWN}


def _any(answers: Sequence[Answer]) -> Answer:
    for truth in (Truth.TRUE, Truth.UNKNOWN):
        deciding = [answer for answer in answers if answer.truth is truth]
        if deciding:
            return Answer(truth, _reasons(deciding))
    return Answer(Truth.FALSE, _reasons(answers))


def _reasons(answers: Iterable[Answer]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reason for answer in answers for reason in answer.reasons))


def _names_of(rows: Sequence[Row]) -> str:
    names = [printable(next((str(row[key]) for key in _NAMES if row.get(key)), "without a name")) for row in rows]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
