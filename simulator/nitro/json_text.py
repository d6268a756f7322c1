# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""JSON with the spacing of NITRO, and the JSON that NITRO reads."""

from __future__ import annotations

import json
import re
from typing import Any

from simulator.types.errors import NitroError

_escape = json.encoder.encode_basestring_ascii
_flat = json.JSONEncoder().encode
_FEW = 6  # up to this number of values, Python code is faster than the start of the encoder in C
_PLAIN = frozenset({str, int, float, bool, type(None)})


def dumps(value: Any) -> str:
    """Return JSON with blanks inside braces and after colons, and `/` escaped: the 57-byte Done of collection issues 323 and 378."""
    return _spaced(value).replace("/", "\\/")  # slashes occur in strings only


def _spaced(value: Any) -> str:
    if isinstance(value, dict):
        if not value:
            return "{ }"
        if len(value) > _FEW and _PLAIN.issuperset(map(type, value.values())):
            return f"{{ {_flat(value)[1:-1]} }}"  # the encoder in C does not space brackets; here it writes none
        items = [
            f"{_escape(key)}: {_escape(item) if isinstance(item, str) else _spaced(item)}"
            for key, item in value.items()
        ]
        return f"{{ {', '.join(items)} }}"
    if isinstance(value, str):
        return _escape(value)
    if isinstance(value, list | tuple):
        return f"[ {', '.join(map(_spaced, value))} ]" if value else "[ ]"
    return repr(value) if type(value) is int else json.dumps(value)


def loads(body: bytes) -> dict[str, Any]:
    """Return a JSON object. Raises 1233 for what RFC 8259 does not allow, NaN and unpaired surrogates included, but a comma behind the
    last member is accepted: the vendor's Java SDK writes one in each bulk, unset and enable (github.com/netscaler/nitro, Json.java).
    """
    try:
        encoding = "utf-8" if body[:1] == b"{" and b"\0" not in body[:4] else json.detect_encoding(body)
        text = body.decode(encoding)
        data = _parsed(text)
        if "\\u" in text:
            json.dumps(data, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise NitroError(1233) from None
    if not isinstance(data, dict):
        raise NitroError(1233)
    return data


def _parsed(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except ValueError:
        if (repaired := _STRING_OR_COMMA.sub(_without_comma, text)) == text:
            raise
        return _DECODER.decode(repaired)


def _not_a_number(word: str) -> None:
    raise ValueError(word)


_DECODER = json.JSONDecoder(parse_constant=_not_a_number)
# A string, a comma in front of the first member, or (as a group) a comma behind the last one. Possessive: each character is read once,
# also where a string is not closed.
_STRING_OR_COMMA = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{]\s*+,|(,)(?=\s*+[\]}])', re.DOTALL)


def _without_comma(found: re.Match[str]) -> str:
    return "" if found[1] else found[0]
