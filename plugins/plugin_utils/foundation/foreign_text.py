# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Escaping of text that came from an appliance or a file of somebody else, before it is shown. Pure."""

from __future__ import annotations

import re
from typing import Any

LONGEST_LINE = 200  # characters
_URL = re.compile(r"\b(https?|ftps?|wss?|file)://([^/?#\s\"'<>]*)", re.IGNORECASE)
_WWW = re.compile(r"\bwww\.(?=\w)", re.IGNORECASE)


def printable(text: str) -> str:
    """Return a text with every character escaped that could control a terminal or begin a new line."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def says_something(text: str) -> bool:
    """Return False for a text without a letter or a digit, such as spaces, a dash, or characters that no person can see: it names nobody."""
    return any(map(str.isalnum, text))


def has_nul(value: Any) -> bool:
    """Return True if a NUL character is in a text, or in a text of a list or a mapping."""
    match value:
        case str():
            return "\0" in value
        case list() | tuple():
            return any(map(has_nul, value))
        case dict():
            return any(map(has_nul, value)) or any(map(has_nul, value.values()))
    return False


def nul_problem(name: str) -> str:
    """Return why a value cannot be used in which there is one: Python says of a path only "embedded null byte"."""
    return f"{name} has a NUL character. Write it without. Nothing was sent."


def printable_lines(text: str) -> str:
    """Return a text with :func:`printable` applied to each of its lines."""
    return "\n".join(map(printable, text.split("\n")))


def defanged(text: str) -> str:
    """Return a text in which no program makes a link of an address: ``hxxp://evil[.]example``. What was defanged stays as it is."""
    return _WWW.sub(lambda found: found[0][:-1] + "[.]", _URL.sub(_defanged_url, text))


def _defanged_url(found: re.Match[str]) -> str:
    scheme = found[1].replace("tt", "xx").replace("TT", "XX")
    separator = "://" if scheme != found[1] else "[:]//"
    return f"{scheme}{separator}{found[2].replace('[.]', '.').replace('.', '[.]')}"


def one_line(data: bytes | str, longest: int = LONGEST_LINE) -> str:
    """Return text of somebody else as one line: cut, every control character escaped, and no address that a program makes a link of."""
    text = data[: longest + 1].decode("latin-1") if isinstance(data, bytes) else data[: longest + 1]
    plain = printable(text)
    shown = defanged(plain if plain.isascii() else "".join(c if c.isascii() else f"\\x{ord(c):02x}" for c in plain))
    return shown if len(data) <= longest and len(shown) <= 4 * longest else f"{shown[:longest]}..."
