# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parser of the JSON in an answer of NITRO. What is ambiguous or without bounds is refused. Pure.

Python's parser accepts more than RFC 8259: NaN, numbers that become infinite, names that occur twice, and halves of surrogate pairs. A
half of a surrogate pair is no text: it cannot be written or sent, and is replaced by U+FFFD, the replacement character. What is null is
absent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ...foundation.finite_numbers import NotFinite, finite_float, refuse_constant

MOST_VALUES = 4_000_000
"""The largest number of values of an answer; an appliance with 10,000 ACLs has some 400,000."""
DEEPEST = 16
"""The deepest nesting. NITRO's answers have up to four levels: answer, rows, row, array."""
_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")


class BrokenBody(ValueError):
    """The body of an answer is not a JSON object of NITRO; the text says why, as a clause."""


def parse_body(content: bytes) -> Mapping[str, Any]:
    """Return the JSON object in the body of an answer; it is empty for a body without content, as of a create.

    :raises BrokenBody: where there is something else in it
    """
    if not content.strip():
        return {}
    # Each value of an array or object but its first one has a comma before it. Text with these characters only makes the estimate larger.
    if content.count(b",") + content.count(b"[") + content.count(b"{") > MOST_VALUES:
        raise BrokenBody(f"it has more than {MOST_VALUES:,} values")
    try:
        body = json.loads(content, object_pairs_hook=_object, parse_constant=refuse_constant, parse_float=finite_float)
    except BrokenBody:
        raise
    except NotFinite as error:
        raise BrokenBody(str(error)) from None
    except RecursionError:
        raise BrokenBody(f"it is nested deeper than {DEEPEST} levels") from None
    except ValueError:  # also text that is not UTF-8, and a number of thousands of digits
        raise BrokenBody("it is not JSON") from None
    if not isinstance(body, dict):
        raise BrokenBody("it is not a JSON object")
    _require_shallow(body)
    return _as_text(body) if _ESCAPED_SURROGATE.search(content) else body


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs) and any(found[name] != value for name, value in pairs):
        raise BrokenBody("a name occurs twice in it, with different values")
    return {name: value for name, value in pairs if value is not None} if None in found.values() else found


def _require_shallow(body: dict[str, Any]) -> None:
    """:raises BrokenBody: where the nesting is too deep"""
    level: list[Any] = [body]
    for _number in range(DEEPEST):
        level = [
            value
            for item in level
            for value in (item.values() if isinstance(item, dict) else item)
            if isinstance(value, dict | list)
        ]
        if not level:
            return
    raise BrokenBody(f"it is nested deeper than {DEEPEST} levels")


def _as_text(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body in which all text is Unicode; the parser has joined whole surrogate pairs."""
    found: dict[str, Any] = json.loads(_SURROGATE.sub("\ufffd", json.dumps(body, ensure_ascii=False)))
    return found
