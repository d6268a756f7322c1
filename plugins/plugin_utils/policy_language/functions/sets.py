# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pattern sets and data sets (guide 9.2 p. 174, vendor CLI reference 12.0: patset, dataset)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any, TypeVar

from ..addresses import parse_ip
from ..call import Call, Instances, OnText
from ..errors import ExpressionError, UnsupportedExpression
from ..names import Dataset
from ..open_semantics import Ambiguity
from ..patterns import Finder, Matcher, PatternSet, pattern_set
from ..ranges import AddressSet, address_set
from ..registry import function
from ..results import undef, undetermined
from ..syntax import utf8_bytes
from ..text import lower, settle
from ..typesystem import Address, Boolean, Number, Term, Text

Test = TypeVar("Test")


def _patterns(call: Call, patset: Mapping[int, str]) -> PatternSet:
    """Return the patterns by index, in the case in which the target is compared."""
    fold = lower if settle(call.mode.ignore_case, call.mode, call.chooser) else str
    return pattern_set(tuple((int(index), fold(utf8_bytes(pattern))) for index, pattern in patset.items()))


def _by_name(call: Call, test_of_name: Callable[[str], Test | None]) -> tuple[Callable[[Any], Test], bool]:
    """Return the test of the set that the first argument names, made by `test_of_name` for a request.

    An unknown set is an error. The second result is True if the name is only known with the request: then the set may be missing,
    and no source states what the appliance does.
    """
    call.expect(1)
    name = call.text(0)
    if name.constant is not None:
        found = test_of_name(name.constant)
        if found is None:
            known_names = (*call.context.names.patsets, *call.context.names.datasets)
            raise call.unknown("pattern set or data set", name.constant, known_names)
        return lambda _unused: found, False
    names, run = call.context.names, name.run
    called = {lower(utf8_bytes(set_name)): set_name for set_name in (*names.datasets, *names.patsets)}

    @cache
    def known(lower_name: str) -> Test | None:
        with suppress(ExpressionError):  # a set of another type is the same as a missing one
            return test_of_name(called[lower_name])
        return None

    def dynamic(request: Any) -> Test:
        lower_name = lower(run(request))
        found = known(lower_name) if lower_name in called else None
        return undetermined() if found is None else found

    return dynamic, True


def _any(call: Call, matcher_of: Callable[[PatternSet], Matcher], *, takes_dataset: bool = False) -> Term:
    def of_name(name: str) -> Matcher | None:
        patset = call.context.names.patset(name)
        if patset is not None:
            return matcher_of(_patterns(call, patset))
        dataset = call.context.names.dataset(name)
        if dataset is None:
            return None
        if not takes_dataset:
            raise UnsupportedExpression(f"{call.name} with a data set isn't supported", call.column)
        return _dataset_as_text(call, dataset)

    see = call.lens().see
    matcher_for, partial = _by_name(call, of_name)
    if not partial:
        matches = matcher_for(None)
        operate = _ignoring_request(matches) if see is None else _ignoring_request(lambda text: matches(see(text)))
        return call.each(Boolean(), operate)
    seen = see or str
    return call.each(Boolean(), lambda text, request: matcher_for(request)(seen(text)), partial=True)


def _ignoring_request(matches: Matcher) -> OnText:
    return lambda text, _unused: matches(text)


def _dataset_as_text(call: Call, dataset: Dataset) -> Matcher:
    """Compare single addresses as text; whether ranges work in this form is an ambiguity."""
    addresses = address_set(dataset.type, tuple(dataset.values.values()))
    ranges_match = bool(addresses.ranges) and call.chooser.choose(Ambiguity.DATASET_RANGE_AS_TEXT) == "match"

    def matches(text: str) -> bool:
        try:
            ip = parse_ip(text)
        except ValueError:
            return False
        return ip in addresses.singles or (ranges_match and addresses.in_range(ip))

    return matches


def _index(call: Call, finder_of: Callable[[PatternSet], Finder]) -> Term:
    """The index of the matching pattern. No source states which one when several match."""

    def of_name(name: str) -> Finder | None:
        patset = call.context.names.patset(name)
        if patset is None and call.context.names.dataset(name) is not None:
            raise UnsupportedExpression(f"{call.name} with a data set isn't supported", call.column)
        return None if patset is None else finder_of(_patterns(call, patset))

    see = call.lens().see or str
    finder_for, _unused = _by_name(call, of_name)
    missing = int if call.chooser.choose(Ambiguity.INDEX_WITHOUT_MATCH) == "zero" else undef

    def index(text: str, request: Any) -> int | None:
        found = finder_for(request)(see(text))
        return undetermined() if len(found) > 1 else found[0] if found else None

    return call.each(Number(), index, missing=missing, partial=True)


@function(Text, "CONTAINS_ANY", instances=Instances.ANY)
def contains_any(call: Call) -> Term:
    return _any(call, PatternSet.contains)


@function(Text, "STARTSWITH_ANY", instances=Instances.OPEN)
def startswith_any(call: Call) -> Term:
    return _any(call, PatternSet.startswith)


@function(Text, "ENDSWITH_ANY", instances=Instances.OPEN)
def endswith_any(call: Call) -> Term:
    return _any(call, PatternSet.endswith)


@function(Text, "EQUALS_ANY", instances=Instances.ANY)
def equals_any(call: Call) -> Term:
    return _any(call, PatternSet.equals, takes_dataset=True)


@function(Text, "CONTAINS_INDEX", instances=Instances.FIRST_HIT)
def contains_index(call: Call) -> Term:
    return _index(call, PatternSet.all_contained)


@function(Text, "STARTSWITH_INDEX", instances=Instances.FIRST_HIT)
def startswith_index(call: Call) -> Term:
    return _index(call, PatternSet.all_at_start)


@function(Text, "ENDSWITH_INDEX", instances=Instances.FIRST_HIT)
def endswith_index(call: Call) -> Term:
    return _index(call, PatternSet.all_at_end)


@function(Text, "EQUALS_INDEX", instances=Instances.FIRST_HIT)
def equals_index(call: Call) -> Term:
    return _index(call, PatternSet.all_equal)


@function(Address, "EQUALS_ANY")
def address_equals_any(call: Call) -> Term:
    """The typed form, for a data set of addresses."""

    def of_name(name: str) -> AddressSet | None:
        dataset = call.context.names.dataset(name)
        if dataset is None and call.context.names.patset(name) is not None:
            raise UnsupportedExpression("an address is compared with a pattern set by TYPECAST_TEXT_T", call.column)
        return None if dataset is None else address_set(dataset.type, tuple(dataset.values.values()))

    run = call.target.run
    set_for, partial = _by_name(call, of_name)
    ranges_match = call.chooser.choose(Ambiguity.DATASET_RANGE) == "match"

    def test(request: Any) -> bool:
        ip, addresses = run(request), set_for(request)
        return ip in addresses.singles or (ranges_match and addresses.in_range(ip))

    return call.result(Boolean(), test, partial=partial)


@function(Number, "EQUALS_ANY")
def number_equals_any(call: Call) -> Term:
    """Look up a number in a data set of whole numbers (types number and ulong). Ranges have the same ambiguity as for addresses."""
    ranges_match = call.chooser.choose(Ambiguity.DATASET_RANGE) == "match"

    def of_name(name: str) -> Callable[[int], bool] | None:
        dataset = call.context.names.dataset(name)
        return None if dataset is None else _number_matcher(dataset, ranges_match=ranges_match)

    run = call.target.run
    matcher_for, partial = _by_name(call, of_name)
    return call.result(Boolean(), lambda request: matcher_for(request)(run(request)), partial=partial)


def _number_matcher(dataset: Dataset, *, ranges_match: bool) -> Callable[[int], bool]:
    if dataset.type.lower() not in {"number", "ulong"}:
        raise ExpressionError(f"a data set of type {dataset.type} holds no whole numbers")
    try:
        ranges = [(int(one[0]), int(one[1])) for one in dataset.values.values() if isinstance(one, tuple)]
        singles = frozenset(int(one) for one in dataset.values.values() if isinstance(one, str))
    except ValueError as error:
        raise ExpressionError(f"a wrong value in a data set: {error}") from None
    if not ranges_match:
        return singles.__contains__
    return lambda number: number in singles or any(first <= number <= last for first, last in ranges)
