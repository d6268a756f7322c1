# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lists and name-value lists in text (NetScaler policy guide 9.2 p. 84, p. 90)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..call import Call
from ..open_semantics import Ambiguity
from ..registry import function
from ..results import undef
from ..text import lower, settle
from ..typesystem import ListText, NameValueList, Number, Term, Text
from .comparisons import folded_text


@function(ListText, "IGNORE_EMPTY_ELEMENTS")
@function(NameValueList, "IGNORE_EMPTY_ELEMENTS")
def ignore_empty_elements(call: Call) -> Term:
    """Ignore empty elements; a blank is not empty (guide 9.2 p. 90)."""
    call.expect(0)
    type_ = call.target.type
    if not isinstance(type_, ListText | NameValueList):
        raise TypeError(type_.name)
    return call.result(replace(type_, ignore_empty=True), call.target.run)


def _elements(type_: ListText | NameValueList) -> Callable[[str], list[str]]:
    if type_.ignore_empty:
        return lambda text: [element for element in text.split(type_.delimiter) if element]
    return lambda text: text.split(type_.delimiter)


@function(ListText, "COUNT")
@function(NameValueList, "COUNT")
def count_elements(call: Call) -> Term:
    call.expect(0)
    type_ = call.target.type
    if not isinstance(type_, ListText | NameValueList):
        raise TypeError(type_.name)
    elements = _elements(type_)
    return call.each(Number(), lambda text, _unused: len(elements(text)))


def _element(call: Call, pick: Callable[[int], int]) -> Term:
    call.expect(1)
    elements, index = _elements(call.target_type(ListText)), pick(call.count(0))
    undef_beyond = call.chooser.choose(Ambiguity.LIST_END) == "undef"

    def element(text: str, _unused: Any) -> str:
        found = elements(text)
        try:
            return found[index]
        except IndexError:
            return undef() if undef_beyond else ""

    return call.each(Text(call.mode), element, partial=undef_beyond)


@function(ListText, "GET")
def get(call: Call) -> Term:
    return _element(call, lambda index: index)


@function(ListText, "GET_REVERSE")
def get_reverse(call: Call) -> Term:
    return _element(call, lambda index: -1 - index)


@function(NameValueList, "VALUE")
def value(call: Call) -> Term:
    """The value of the first element with this name; the name honours IGNORECASE and ignores URLENCODED (9.2 p. 84)."""
    call.expect(1)
    type_ = call.target_type(NameValueList)
    elements = _elements(type_)
    wanted, argument = folded_text(call, 0)
    fold = lower if settle(call.mode.ignore_case, call.mode, call.chooser) else str
    strip = _strips_blanks(call, type_)

    def first_value(text: str, request: Any) -> str:
        name = wanted if wanted is not None else argument(request)
        for element in elements(text):
            key, _unused, found = element.partition(type_.assign)
            if fold(key.strip(" \t") if strip else key) == name:
                return found
        return ""

    return call.each(Text(call.mode), first_value)


def _strips_blanks(call: Call, type_: NameValueList) -> bool:
    if type_.strips_blanks is not None:
        return type_.strips_blanks
    return call.chooser.choose(Ambiguity.NAME_BLANKS) == "stripped"
