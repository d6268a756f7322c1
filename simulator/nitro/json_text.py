# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""JSON with the spacing of NITRO."""

from __future__ import annotations

import json
from typing import Any

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
