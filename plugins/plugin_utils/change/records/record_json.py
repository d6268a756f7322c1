# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parser of the JSON of a change record or of its copy. What two readers could understand in two ways is refused. Pure.

Python's parser accepts more than RFC 8259: NaN, numbers that become infinite, and a key twice, of which it keeps the last one.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from ...foundation.finite_numbers import finite_float, refuse_constant

LARGEST = 512 * 1024 * 1024
"""The largest number of bytes or characters; the record of 100,000 ACLs has a fifth of it."""
MOST_VALUES = 20_000_000


def parse_json(text: str | bytes) -> Any:
    """Return a JSON value.

    :raises ValueError: where it is not JSON, is ambiguous or is too large; the text says why, as a clause
    """
    if len(text) > LARGEST:
        raise ValueError(f"it is larger than {LARGEST:,} bytes")
    comma = "," if isinstance(text, str) else b","
    if text.count(comma) > MOST_VALUES:  # type: ignore[arg-type]
        raise ValueError(f"it has more than {MOST_VALUES:,} values")
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=refuse_constant, parse_float=finite_float)
    except RecursionError:
        raise ValueError("it is nested without end") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(name for name, count in Counter(name for name, _value in pairs).items() if count > 1)
        raise ValueError(f"the key {twice[:100]!r} is there twice")
    return found
