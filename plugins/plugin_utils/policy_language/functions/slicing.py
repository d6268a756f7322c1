# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cut text by position and by content (NetScaler policy guide 9.2 p. 101-104)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..call import Call, Instances
from ..registry import function
from ..text import characters, counts_percent
from ..typesystem import Number, Term, Text
from .comparisons import folded_text

# By place


_WHITE_SPACE = " \t\r\n\v\f"


def _cut(call: Call, cut: Callable[[list[str]], list[str]], cut_bytes: Callable[[str], str]) -> Term:
    if not counts_percent(call.mode, call.chooser):
        return call.each(Text(call.mode), lambda text, _unused: cut_bytes(text))
    return call.each(
        Text(call.mode), lambda text, _unused: "".join(cut(characters(text))) if "%" in text else cut_bytes(text)
    )


def _slice(call: Call, start: int | None, end: int | None) -> Term:
    return _cut(call, lambda units: units[start:end], lambda text: text[start:end])


@function(Text, "LENGTH")
def length(call: Call) -> Term:
    call.expect(0)
    if not counts_percent(call.mode, call.chooser):
        return call.each(Number(), lambda text, _unused: len(text))
    return call.each(Number(), lambda text, _unused: len(characters(text)) if "%" in text else len(text))


@function(Text, "PREFIX")
def prefix_of(call: Call) -> Term:
    """PREFIX(n), or PREFIX(c, n): the longest prefix with at most n occurrences of c."""
    call.expect(1, 2)
    if len(call.arguments) == 1:
        return _slice(call, None, call.count(0))
    lens, ending = call.lens(fold_case=False), _end_of_prefix(call)
    return call.each(Text(call.mode), lambda text, _unused: lens.cut(text, 0, ending(lens.seen(text))))


@function(Text, "SUFFIX")
def suffix_of(call: Call) -> Term:
    call.expect(1, 2)
    if len(call.arguments) == 1:
        count = call.count(0)
        return _cut(call, lambda units: units[-count:] if count else [], lambda text: text[-count:] if count else "")
    lens, mark, count = call.lens(fold_case=False), call.character(0), call.count(1)

    def suffix(text: str, _unused: Any) -> str:
        seen = lens.seen(text)
        return lens.cut(text, len(seen) - len(mark.join(seen.split(mark)[-(count + 1) :])))

    return call.each(Text(call.mode), suffix)


@function(Text, "SKIP")
def skip(call: Call) -> Term:
    """The rest of the text after PREFIX."""
    call.expect(1, 2)
    if len(call.arguments) == 1:
        return _slice(call, call.count(0), None)
    lens, ending = call.lens(fold_case=False), _end_of_prefix(call)
    return call.each(Text(call.mode), lambda text, _unused: lens.cut(text, ending(lens.seen(text))))


def _end_of_prefix(call: Call) -> Callable[[str], int]:
    """Return the end of the longest prefix with at most n occurrences of c."""
    mark, count = call.character(0), call.count(1)
    return lambda seen: len(mark.join(seen.split(mark)[: count + 1]))


@function(Text, "TRUNCATE")
def truncate(call: Call) -> Term:
    call.expect(1)
    count = call.count(0)
    return _slice(call, None, -count if count else None)


@function(Text, "STRIP_START_WS")
def strip_start_ws(call: Call) -> Term:
    call.expect(0)
    return _strip_start(call, _WHITE_SPACE)


@function(Text, "STRIP_END_WS")
def strip_end_ws(call: Call) -> Term:
    call.expect(0)
    return _strip_end(call, _WHITE_SPACE)


@function(Text, "STRIP_START_CHARS")
def strip_start_chars(call: Call) -> Term:
    call.expect(1)
    return _strip_start(call, call.literal_text(0))


@function(Text, "STRIP_END_CHARS")
def strip_end_chars(call: Call) -> Term:
    call.expect(1)
    return _strip_end(call, call.literal_text(0))


def _strip_start(call: Call, stripped: str) -> Term:
    lens = call.lens(fold_case=False)

    def strip(text: str, _unused: Any) -> str:
        seen = lens.seen(text)
        return lens.cut(text, len(seen) - len(seen.lstrip(stripped)))

    return call.each(Text(call.mode), strip)


def _strip_end(call: Call, stripped: str) -> Term:
    lens = call.lens(fold_case=False)
    return call.each(Text(call.mode), lambda text, _unused: lens.cut(text, 0, len(lens.seen(text).rstrip(stripped))))


@function(Text, "STRIP_CHARS")
def strip_chars(call: Call) -> Term:
    """Remove all of these characters (as the vendor's Log4j rule of 2021-12-13 needs it)."""
    call.expect(1)
    removed, see = call.literal_text(0), call.lens(fold_case=False).see
    table = dict.fromkeys(map(ord, removed))
    if see is None:
        return call.each(Text(call.mode), lambda text, _unused: text.translate(table))

    def without(text: str, _unused: Any) -> str:
        return "".join(unit for unit in characters(text) if see(unit) not in removed)

    return call.each(Text(call.mode), without)


@function(Text, "UNQUOTE")
def unquote(call: Call) -> Term:
    """Remove the quotes around a text, and blanks at its ends; other text stays (guide 9.2 p. 104)."""
    call.expect(1)
    quote = call.character(0)

    def unquoted(text: str, _unused: Any) -> str:
        inner = text.strip(" \t")
        if len(inner) < 2 or not (inner.startswith(quote) and inner.endswith(quote)):
            return text
        return inner[1:-1].strip(" \t")

    return call.each(Text(call.mode), unquoted)


# By what is found


def _found(call: Call, cut: Callable[[str, int, int], str]) -> Term:
    """Return empty text when nothing is found (regular expression operations page, cookie_t reference)."""
    see = call.lens().see or str
    _unused, argument = folded_text(call, 0)

    def operate(text: str, request: Any) -> str | None:
        wanted = argument(request)
        place = see(text).find(wanted)
        return None if place < 0 else cut(text, place, place + len(wanted))

    return call.each(Text(call.mode), operate, missing=str)


@function(Text, "AFTER_STR", instances=Instances.FIRST_HIT)
def after_str(call: Call) -> Term:
    call.expect(1)
    lens = call.lens()
    return _found(call, lambda text, _unused, end: lens.cut(text, end))


@function(Text, "BEFORE_STR", instances=Instances.FIRST_HIT)
def before_str(call: Call) -> Term:
    call.expect(1)
    lens = call.lens()
    return _found(call, lambda text, start, _unused: lens.cut(text, 0, start))


@function(Text, "SUBSTR", instances=Instances.FIRST_HIT)
def substr(call: Call) -> Term:
    """SUBSTR("s"): the text that was found; SUBSTR(offset, length): offset from 0."""
    call.expect(1, 2)
    if len(call.arguments) == 1:
        lens = call.lens()
        return _found(call, lens.cut)
    start = call.count(0)
    return _slice(call, start, start + call.count(1))
