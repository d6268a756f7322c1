# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options as lines of YAML, in the form that people write them."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

WIDTH = 150
KEYS = ("type", "elements", "choices", "default", "required", "no_log")


def option_lines(options: Mapping[str, Mapping[str, Any]], indent: int) -> Iterator[str]:
    """Yield the lines of some options, by name."""
    pad = " " * indent
    for name, option in options.items():
        yield f"{pad}{name}:"
        yield from _description(option["description"], indent + 2)
        for key in KEYS:
            if key in option:
                yield from _value(key, option[key], indent + 2)
        if "options" in option:
            yield f"{pad}  options:"
            yield from option_lines(option["options"], indent + 4)


def inline(value: Any) -> str:
    """Return a value of YAML on one line."""
    if isinstance(value, list):
        return f"[{', '.join(map(inline, value))}]"
    if isinstance(value, str) and re.fullmatch(
        r"(?!(?i:yes|no|on|off|true|false|null)$)[A-Za-z_/.$][\w ./$%-]*", value
    ):
        return value
    return json.dumps(value, ensure_ascii=False)


def _value(key: str, value: Any, indent: int) -> Iterator[str]:
    line = f"{' ' * indent}{key}: {inline(value)}"
    if isinstance(value, list) and len(line) > WIDTH:
        yield f"{' ' * indent}{key}:"
        yield from (f"{' ' * indent}  - {inline(one)}" for one in value)
    else:
        yield line


def _description(description: str | list[str], indent: int) -> Iterator[str]:
    paragraphs = [description] if isinstance(description, str) else description
    pad, first = " " * indent, paragraphs[0]
    if len(paragraphs) == 1 and _is_plain(first) and indent + len(first) + 13 <= WIDTH:
        yield f"{pad}description: {first}"
        return
    yield f"{pad}description:"
    for paragraph in paragraphs:
        lines = textwrap.wrap(paragraph, WIDTH - indent - 4, break_long_words=False, break_on_hyphens=False)
        head = [] if _is_plain(paragraph) else [">-"]
        for position, line in enumerate([*head, *lines]):
            yield f"{pad}{'    ' if position else '  - '}{line}"


def _is_plain(text: str) -> bool:
    """Return True where YAML takes a text without quotes."""
    return not (": " in text or " #" in text or text.endswith(":") or re.match(r"[\[\]{}&*!|>%@`'\",#?:-]", text))
