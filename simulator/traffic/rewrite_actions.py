# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What rewrite actions do with a request or response (command reference, rewrite action)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from heapq import heapify, heappop, heapreplace

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import (
    Request,
    Response,
    UnsupportedExpression,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.bounded_search import bounded
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.pcre import compile_pcre
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.results import Halt

from simulator.configuration.rewrite_searches import Search, search_of
from simulator.network.requests import BODY_LIMIT, LINE_LIMIT
from simulator.network.responses import one_line
from simulator.node.node import Node
from simulator.traffic.message_parts import Evaluate, target_of, with_headers
from simulator.traffic.policy_banks import NotEvaluable
from simulator.types import Row
from simulator.types.rewrite import HEADER_ACTIONS, HTTP_ACTIONS, PART_ACTIONS, SEARCH_ACTIONS

Span = tuple[int, int]
LONGEST = BODY_LIMIT  # of a rewritten text; an action that would make a longer one is undefined


def unsupported(node: Node, action: Row) -> str:
    """Return why an action is only stored, "" if it is carried out."""
    kind = action["type"]
    if kind not in HTTP_ACTIONS:
        return f"the type {kind} is not evaluated"
    if action.get("refinesearch"):
        return "refinesearch is not evaluated"
    try:
        if kind in SEARCH_ACTIONS:
            search = search_of(action.get("search"), action.get("pattern"))
            if not search.is_evaluated:
                return f"the search {search.kind} is not evaluated"
            if search.kind == "regex":
                compile_pcre(search.value, ignore_case=False)
        if kind in (*PART_ACTIONS, *SEARCH_ACTIONS):
            target_of(action["target"])
        texts = [
            action.get("stringbuilderexpr"),
            action.get("target") if kind not in (*HEADER_ACTIONS, "noop") else None,
        ]
        for text in texts:
            if text:
                node.expressions.expression(text)
    except UnsupportedExpression as problem:
        return problem.message
    return ""


def carried_out(
    node: Node, action: Row, packet: Request, seen: Request, side: str, evaluate: Evaluate
) -> Request | None:
    """Return the packet with the action carried out on its request or response; None if a part of the action is undefined.

    `seen` is the packet that the expressions of the action are evaluated on.
    """
    kind = action["type"]
    if kind == "noop":
        return packet
    if kind in HEADER_ACTIONS:
        return _header_changed(action, packet, side, evaluate)
    if kind == "replace_http_res":
        return _response_replaced(action, packet, evaluate)
    target = target_of(action["target"])
    span = target.span(seen, evaluate)
    text = evaluate(action["stringbuilderexpr"]) if "stringbuilderexpr" in action else ""
    if span is None or text is None:
        return None
    whole, low, high = span
    if target.place.read(packet) != whole:
        return packet  # an earlier action changed this text, and the expressions do not see it: the first change stays
    spans = _found(node, action, whole[low:high]) if kind in SEARCH_ACTIONS else [(0, high - low)]
    if len(whole) + len(spans) * len(text) > LONGEST:
        return None
    return target.place.written(packet, _changed(kind, whole, low, spans, text))


def _changed(kind: str, whole: str, offset: int, spans: list[Span], text: str) -> str:
    pieces, place = [], 0
    for low, high in spans:
        start, end = offset + low, offset + high
        old = whole[start:end]
        new = {"insert_before": text + old, "insert_after": old + text, "delete": ""}.get(
            kind.removesuffix("_all"), text
        )
        pieces += [whole[place:start], new]
        place = end
    return "".join([*pieces, whole[place:]])


def _found(node: Node, action: Row, text: str) -> list[Span]:
    """Return where in a text the search of an action finds something, without overlaps."""
    search = search_of(action.get("search"), action.get("pattern"))
    if search.kind == "regex":
        try:
            matches = bounded(compile_pcre(search.value, ignore_case=False)).every(text)
        except Halt:
            raise NotEvaluable(f"the search of {action['name']} takes too long") from None
        return [match.span() for match in matches if match.end() > match.start()]
    return words_in(text, _texts(node, search))


def words_in(text: str, words: list[str]) -> list[Span]:
    """Return where words are in a text, without overlaps: the first one, and at one place the longest one."""
    waiting = [(low, -len(word), word) for word in words if word and (low := text.find(word)) >= 0]
    heapify(waiting)
    found, place = [], 0
    while waiting:
        low, _, word = waiting[0]
        if low >= place:
            place = low + len(word)
            found.append((low, place))
        elif (again := text.find(word, place)) >= 0:
            heapreplace(waiting, (again, -len(word), word))
        else:
            heappop(waiting)
    return found


def _texts(node: Node, search: Search) -> list[str]:
    if search.kind == "text":
        return [search.value] if search.value else []
    table, attribute = {
        "patset": ("policypatset_pattern_binding", "String"),
        "dataset": ("policydataset_value_binding", "value"),
    }[search.kind]
    name = search.value.lower()
    return [row[attribute] for row in node.running.table(table).values() if row["name"].lower() == name]


def _header_changed(action: Row, packet: Request, side: str, evaluate: Evaluate) -> Request | None:
    name, kind = action["target"], action["type"]
    holder = packet.response if side == "response" else packet
    headers = holder.headers if holder is not None else ()
    if kind == "insert_http_header":
        value = evaluate(action["stringbuilderexpr"])
        if value is None or len(value) > LINE_LIMIT:
            return None
        return with_headers(packet, side, (*headers, (name, one_line(value))))
    change: Callable[[str], tuple[str, ...]] = (
        (lambda _unused: ()) if kind == "delete_http_header" else lambda known: (corrupted(known),)
    )
    changed = []
    for known, value in headers:
        names = change(known) if known.lower() == name.lower() else (known,)
        changed += [(new, value) for new in names]
    return with_headers(packet, side, tuple(changed))


def corrupted(name: str) -> str:
    """Return a header name that the receiver does not know: MHEY_ADER for MY_HEADER (command reference, rewrite action)."""
    return name[:1] + name[3:5] + name[1:3] + name[5:] if len(name) > 3 else name[::-1]


def _response_replaced(action: Row, packet: Request, evaluate: Evaluate) -> Request | None:
    """Replace the whole response by a text: a status line, headers, an empty line and a body."""
    text = evaluate(action["target"])
    if text is None:
        return None
    head, _, body = text.partition("\r\n\r\n")
    status_line, *lines = head.split("\r\n")
    version, _, rest = status_line.partition(" ")
    code, _, reason = rest.partition(" ")
    if not (code.isascii() and code.isdigit() and len(code) == 3):
        return None
    headers = tuple(
        (name, value.strip(" \t")) for name, colon, value in (line.partition(":") for line in lines) if colon
    )
    return replace(packet, response=Response(int(code), reason, version, headers, body))
