# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""JSON that people can read: one line for each fact, and for each step or request. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def json_by_line(content: Mapping[str, Any]) -> str:
    """Return JSON text with a line for each fact, and for each step or request.

    ``indent`` of :func:`json.dumps` takes ten times as long, which is more than the requests of a small change.
    """
    return _block(content, " ") + "\n"


def _block(value: Any, margin: str) -> str:
    """Return a value with nested lists or objects in several lines, and any other value in one."""
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if not any(item and isinstance(item, (dict, list)) for item in values):
        return _json(value)
    deeper = margin + " "
    if isinstance(value, dict):
        lines = [f"{margin}{_json(name)}: {_block(item, deeper)}" for name, item in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{margin[1:]}}}"
    return "[\n" + ",\n".join([f"{margin}{_block(item, deeper)}" for item in value]) + f"\n{margin[1:]}]"


_json = json.JSONEncoder().encode
