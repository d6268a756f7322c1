# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parts of a request or response that a rewrite action can change, and where they are.

The target of an action is an expression such as HTTP.REQ.URL.PREFIX(1). It begins with a part that the message holds as text, and each
function behind it selects a piece of the text before it (command reference, rewrite action, with examples).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import Request, UnsupportedExpression
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.syntax import (
    Element,
    Name,
    Node,
    Number,
    Text,
    parse,
)

from simulator.network.responses import one_line

Headers = tuple[tuple[str, str], ...]
Evaluate = Callable[[str], str | None]  # the text of an expression; None if it is undefined
_AT_START = frozenset({"PREFIX", "BEFORE_STR", "BEFORE_REGEX", "TRUNCATE", "STRIP_END_CHARS", "STRIP_END_WS"})
_AT_END = frozenset({"AFTER_STR", "AFTER_REGEX", "SUFFIX", "SKIP", "STRIP_START_CHARS", "STRIP_START_WS"})


@dataclass(frozen=True)
class Place:
    """A text of the message. `side` is request or response, `field` url, method, body, reason or header; `header` has its name."""

    side: str
    field: str
    header: str = ""
    instance: int = 0  # of a header, from the last one on

    def read(self, packet: Request) -> str | None:
        """Return the text; None if the message does not have it."""
        holder = packet if self.side == "request" else packet.response
        if holder is None:
            return None
        if self.field != "header":
            return str(getattr(holder, self.field))
        places = self._instances(holder.headers)
        return holder.headers[places[-1 - self.instance]][1] if self.instance < len(places) else None

    def written(self, packet: Request, text: str) -> Request:
        """Return the packet with another text here."""
        holder = packet if self.side == "request" else packet.response
        if holder is None:
            return packet
        if self.field == "header":
            headers = list(holder.headers)
            place = self._instances(holder.headers)[-1 - self.instance]
            headers[place] = (headers[place][0], one_line(text))
            return with_headers(packet, self.side, tuple(headers))
        changed: dict[str, Any] = {self.field: text if self.field == "body" else one_line(text)}
        if self.side == "request" or packet.response is None:
            return replace(packet, **changed)
        return replace(packet, response=replace(packet.response, **changed))

    def _instances(self, headers: Headers) -> list[int]:
        return [place for place, (name, _) in enumerate(headers) if name.lower() == self.header]


def with_headers(packet: Request, side: str, headers: Headers) -> Request:
    """Return the packet with other headers of its request or response."""
    if side == "request" or packet.response is None:
        return replace(packet, headers=headers)
    return replace(packet, response=replace(packet.response, headers=headers))


@dataclass(frozen=True)
class Target:
    """A target: the place of its first part, and one expression for each further selection, with the name of its function."""

    place: Place
    selections: tuple[tuple[str, str], ...]
    first: str  # the expression of the first part

    def span(self, packet: Request, evaluate: Evaluate) -> tuple[str, int, int] | None:
        """Return the text at the place, and where in it the target begins and ends; None if the message does not have the target."""
        whole = self.place.read(packet)
        if whole is None:
            return None
        low, high = 0, len(whole)
        for function, text in (("PREFIX", self.first), *self.selections):
            selected = evaluate(text)
            found = None if selected is None else _within(whole[low:high], selected, function)
            if selected is None or found is None:
                return None
            low, high = low + found, low + found + len(selected)
        return whole, low, high


def _within(text: str, selected: str, function: str) -> int | None:
    """Return where in a text the piece is that a function selected; None for a result that is no piece of it."""
    if selected == text:
        return 0
    if not selected:
        return None
    if function in _AT_START and text.startswith(selected):
        return 0
    if function in _AT_END and text.endswith(selected):
        return len(text) - len(selected)
    found = text.find(selected)
    return None if found < 0 else found


_PLACES = {
    "HTTP.REQ.URL": Place("request", "url"),
    "HTTP.REQ.METHOD": Place("request", "method"),
    "HTTP.REQ.BODY": Place("request", "body"),
    "HTTP.REQ.HEADER": Place("request", "header"),
    "HTTP.REQ.HOSTNAME": Place("request", "header", "host"),
    "HTTP.REQ.COOKIE": Place("request", "header", "cookie"),
    "HTTP.RES.STATUS_MSG": Place("response", "reason"),
    "HTTP.RES.BODY": Place("response", "body"),
    "HTTP.RES.HEADER": Place("response", "header"),
}


@lru_cache(maxsize=1024)
def target_of(text: str) -> Target:
    """Return the target that an expression names. Raises UnsupportedExpression for one whose place is not known."""
    elements: list[Element] = []
    node: Node = parse(text)
    while isinstance(node, Element):
        elements.insert(0, node)
        node = node.target
    words = [node.name.upper()] if isinstance(node, Name) else []
    for count, element in enumerate(elements, 1):
        words.append(element.name.upper())
        place = _PLACES.get(".".join(words))
        if place is not None:
            return _target(text, place, elements[count - 1 :])
    raise UnsupportedExpression("this target of a rewrite action isn't supported", expression=text)


def _target(text: str, place: Place, elements: list[Element]) -> Target:
    first, *rest = elements
    argument = first.arguments[0] if first.arguments else None
    if place.field == "header" and isinstance(argument, Text):
        place = replace(place, header=argument.value.lower())
    if place.field == "header" and rest and rest[0].name.upper() == "VALUE" and rest[0].arguments:
        number = rest[0].arguments[0]
        place = replace(place, instance=int(number.value) if isinstance(number, Number) else 0)
        first, *rest = rest
    ends = [element.column - 1 for element in rest] + [len(text)]
    parts = [text[:end].rstrip().removesuffix(".").rstrip() for end in ends]
    selections = tuple((element.name.upper(), part) for element, part in zip(rest, parts[1:], strict=True))
    return Target(place, selections, parts[0])
