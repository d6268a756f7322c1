# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pattern sets and data sets (guide 9.2 p. 174, vendor CLI reference 12.0: patset, dataset)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.addresses import parse_ip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.call import (
    Call,
    Instances,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.errors import (
    ExpressionError,
    UnsupportedExpression,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.names import Dataset
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.ranges import (
    AddressSet,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.readings import OpenPoint
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.registry import function
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.results import (
    undef,
    undetermined,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.syntax import utf8_bytes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.text import (
    lower,
    settle,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.typesystem import (
    Address,
    Boolean,
    Number,
    Term,
    Text,
)

Matcher = Callable[[str], bool]
MatcherOf = Callable[[tuple[str, ...]], Matcher]


def _contains(patterns: tuple[str, ...]) -> Matcher:
    return lambda text: any(pattern in text for pattern in patterns)


def _startswith(patterns: tuple[str, ...]) -> Matcher:
    return lambda text: text.startswith(patterns)


def _endswith(patterns: tuple[str, ...]) -> Matcher:
    return lambda text: text.endswith(patterns)


def _equals(patterns: tuple[str, ...]) -> Matcher:
    return frozenset(patterns).__contains__


def _patterns(call: Call, patset: Mapping[int, str]) -> dict[int, str]:
    """The patterns by index, in the case in which the target is compared."""
    fold = lower if settle(call.mode.ignore_case, call.mode, call.reader) else str
    return {int(index): fold(utf8_bytes(pattern)) for index, pattern in patset.items()}


def _by_name(call: Call, matcher_of_name: Callable[[str], Any]) -> tuple[Callable[[Any], Any], bool]:
    """What `matcher_of_name` makes of the set that the first argument names, for a request.

    An unknown set is an error. Also tells whether the name is only known with the request: then the set may not be
    there, and what the appliance makes of that isn't stated.
    """
    call.expect(1)
    name = call.text(0)
    if name.constant is not None:
        found = matcher_of_name(name.constant)
        if found is None:
            raise call.error(f"there is no pattern set or data set {name.constant!r}", call.arguments[0].column)
        return lambda _: found, False
    run, known = name.run, dict[str, Any]()
    for set_name in (*call.context.names.patsets, *call.context.names.datasets):
        with suppress(ExpressionError):  # a set that doesn't fit here is like one that isn't there
            known[lower(utf8_bytes(set_name))] = matcher_of_name(set_name)

    def dynamic(request: Any) -> Any:
        found = known.get(lower(run(request)))
        return undetermined() if found is None else found

    return dynamic, True


def _any(call: Call, matcher: MatcherOf, *, takes_dataset: bool = False) -> Term:
    def of_name(name: str) -> Matcher | None:
        patset = call.context.names.patset(name)
        if patset is not None:
            return matcher(tuple(_patterns(call, patset).values()))
        dataset = call.context.names.dataset(name)
        if dataset is None:
            return None
        if not takes_dataset:
            raise UnsupportedExpression(f"{call.name} with a data set isn't supported", call.column)
        return _dataset_as_text(call, dataset)

    see = call.lens().see
    matcher_for, partial = _by_name(call, of_name)
    if see is None:
        return call.each(Boolean(), lambda text, request: matcher_for(request)(text), partial=partial)
    return call.each(Boolean(), lambda text, request: matcher_for(request)(see(text)), partial=partial)


def _dataset_as_text(call: Call, dataset: Dataset) -> Matcher:
    """Single addresses are compared as text; whether ranges work in this form is an open point."""
    addresses = AddressSet(dataset)
    ranges_match = bool(addresses.ranges) and call.reader.follow(OpenPoint.DATASET_RANGE_AS_TEXT) == "match"

    def matches(text: str) -> bool:
        try:
            ip = parse_ip(text)
        except ValueError:
            return False
        return ip in addresses.singles or (ranges_match and addresses.in_range(ip))

    return matches


def _index(call: Call, matcher: MatcherOf) -> Term:
    """The index of the pattern that matches. Which one it is when several match isn't stated."""

    def of_name(name: str) -> Callable[[str], int | None] | None:
        patset = call.context.names.patset(name)
        if patset is None:
            return None
        matchers = [(index, matcher((pattern,))) for index, pattern in sorted(_patterns(call, patset).items())]

        def index_in(text: str) -> int | None:
            found = [index for index, matches in matchers if matches(text)]
            return undetermined() if len(found) > 1 else found[0] if found else None

        return index_in

    see = call.lens().see or str
    index_for, _ = _by_name(call, of_name)
    missing = int if call.reader.follow(OpenPoint.INDEX_WITHOUT_MATCH) == "zero" else undef
    return call.each(Number(), lambda text, request: index_for(request)(see(text)), missing=missing, partial=True)


@function(Text, "CONTAINS_ANY", instances=Instances.ANY)
def contains_any(call: Call) -> Term:
    return _any(call, _contains)


@function(Text, "STARTSWITH_ANY", instances=Instances.OPEN)
def startswith_any(call: Call) -> Term:
    return _any(call, _startswith)


@function(Text, "ENDSWITH_ANY", instances=Instances.OPEN)
def endswith_any(call: Call) -> Term:
    return _any(call, _endswith)


@function(Text, "EQUALS_ANY", instances=Instances.ANY)
def equals_any(call: Call) -> Term:
    return _any(call, _equals, takes_dataset=True)


@function(Text, "CONTAINS_INDEX", instances=Instances.FIRST_HIT)
def contains_index(call: Call) -> Term:
    return _index(call, _contains)


@function(Text, "STARTSWITH_INDEX", instances=Instances.FIRST_HIT)
def startswith_index(call: Call) -> Term:
    return _index(call, _startswith)


@function(Text, "ENDSWITH_INDEX", instances=Instances.FIRST_HIT)
def endswith_index(call: Call) -> Term:
    return _index(call, _endswith)


@function(Text, "EQUALS_INDEX", instances=Instances.FIRST_HIT)
def equals_index(call: Call) -> Term:
    return _index(call, _equals)


@function(Address, "EQUALS_ANY")
def address_equals_any(call: Call) -> Term:
    """The typed form, for a data set of addresses."""

    def of_name(name: str) -> AddressSet | None:
        dataset = call.context.names.dataset(name)
        if dataset is None and call.context.names.patset(name) is not None:
            raise UnsupportedExpression("an address is compared with a pattern set by TYPECAST_TEXT_T", call.column)
        return None if dataset is None else AddressSet(dataset)

    run = call.target.run
    set_for, partial = _by_name(call, of_name)
    ranges_match = call.reader.follow(OpenPoint.DATASET_RANGE) == "match"

    def test(request: Any) -> bool:
        ip, addresses = run(request), set_for(request)
        return ip in addresses.singles or (ranges_match and addresses.in_range(ip))

    return call.result(Boolean(), test, partial=partial)
