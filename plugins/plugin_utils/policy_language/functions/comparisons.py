# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Comparisons of text with text (NetScaler policy guide 9.2 p. 101-104, p. 136-140)."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from ..call import Call, Instances
from ..open_semantics import Ambiguity
from ..registry import function
from ..text import lower, settle
from ..typesystem import Boolean, Header, Number, Run, Term, Text

Test = Callable[[str, str], bool]


def folded_text(call: Call, index: int) -> tuple[str | None, Run]:
    """Return a text argument in the case in which the target is compared: its value if it is a literal, and its run."""
    term = call.text(index)
    run = term.run
    if not settle(call.mode.ignore_case, call.mode, call.chooser):
        return term.constant, run
    constant = None if term.constant is None else lower(term.constant)
    return constant, lambda request: lower(run(request))


def comparison(call: Call, test: Test) -> Term:
    """Return the term of `test(target as the operator sees it, argument)`."""
    call.expect(1)
    seen = _on_seen_text(test, call.lens().see)
    constant, argument = folded_text(call, 0)
    if constant is None:
        term = call.each(Boolean(), lambda text, request: seen(text, argument(request)))
    else:
        term = call.each(Boolean(), lambda text, _unused: seen(text, constant))
    if isinstance(call.target.type, Header) and (constant is None or test("", constant)):
        return _unless_missing(call, term)
    return term


def _on_seen_text(test: Test, see: Callable[[str], str] | None) -> Test:
    return test if see is None else lambda text, argument: test(see(text), argument)


def _unless_missing(call: Call, term: Term) -> Term:
    """Handle the ambiguity whether a missing header compares like empty text."""
    if call.chooser.choose(Ambiguity.MISSING_HEADER) == "empty_text":
        return term
    values, run = call.target.run, term.run
    return Term(term.type, lambda request: bool(values(request)) and run(request), term.partial)


@function(Text, "CONTAINS", instances=Instances.ANY)
def contains(call: Call) -> Term:
    return comparison(call, operator.contains)


@function(Text, "STARTSWITH", instances=Instances.OPEN)
def startswith(call: Call) -> Term:
    return comparison(call, str.startswith)


@function(Text, "ENDSWITH", instances=Instances.OPEN)
def endswith(call: Call) -> Term:
    return comparison(call, str.endswith)


@function(Text, "EQ", "==", instances=Instances.OPEN)
def equal(call: Call) -> Term:
    return comparison(call, operator.eq)


@function(Text, "NE", "!=", instances=Instances.OPEN)
def unequal(call: Call) -> Term:
    return comparison(call, operator.ne)


def _in_order(test: Test) -> Callable[[Call], Term]:
    return lambda call: comparison(call, test)


# Alphabetical order (operators page, NetScaler 11).
function(Text, "<", instances=Instances.OPEN)(_in_order(operator.lt))
function(Text, "<=", instances=Instances.OPEN)(_in_order(operator.le))
function(Text, ">", instances=Instances.OPEN)(_in_order(operator.gt))
function(Text, ">=", instances=Instances.OPEN)(_in_order(operator.ge))


@function(Text, "BETWEEN", instances=Instances.OPEN)
def between(call: Call) -> Term:
    """TRUE if the text starts with one text, ends with the other, and is long enough for both."""
    call.expect(2)
    see = call.lens().see or str
    (_unused, first), (_unused, last) = folded_text(call, 0), folded_text(call, 1)

    def test(text: str, request: Any) -> bool:
        seen, start, end = see(text), first(request), last(request)
        return len(seen) >= len(start) + len(end) and seen.startswith(start) and seen.endswith(end)

    return call.each(Boolean(), test)


@function(Text, "COMPARE")
def compare(call: Call) -> Term:
    """The difference of the first bytes that differ, 0 for equal texts."""
    call.expect(1)
    see = call.lens().see or str
    _unused, argument = folded_text(call, 0)

    def difference(text: str, request: Any) -> int:
        left, right = see(text), argument(request)
        for one, other in zip(left + "\0", right + "\0", strict=False):
            if one != other:
                return ord(one) - ord(other)
        return 0

    return call.each(Number(), difference)
