# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The words of a command line, with the quoting rules of the vendor's converter for configuration files (nspepi, cli_lex).

A word is bare, "...", '...' or q-quoted: q, a delimiter, the text, the closing delimiter at the end of the word. Inside quotes
`\\t \\n \\r \\' \\" \\\\` are escapes and any other backslash stays; in a q-quote nothing is escaped. A bare word goes on through
blanks while parentheses are open. `#` at the start of a word makes the rest of the line a comment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_DELIMITERS = "/{<|~$^+=&%@`?"
_CLOSING = {"{": "}", "<": ">"}
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "'": "'", '"': '"', "\\": "\\"}
_BARE = re.compile(r"[^\s\"'#\\(){}|&<>!=;`$*?\[\]~^%]+")


@dataclass(frozen=True)
class Word:
    """One word. A quoted word is never an option."""

    text: str
    quoted: bool = False

    @property
    def option(self) -> str:
        """The name of the option in lower case; "" if the word is not an option."""
        return self.text[1:].lower() if not self.quoted and re.match(r"-[A-Za-z]", self.text) else ""


def words(line: str) -> list[Word]:
    """Return the words of a command. Raises ValueError for a quote that is not closed."""
    found: list[Word] = []
    place = 0
    while place < len(line):
        first = line[place]
        if first in " \t\r":
            place += 1
        elif first == "#":
            break
        elif first in "\"'":
            text, place = _double_or_single_quoted(line, place)
            found.append(Word(text, quoted=True))
        elif first == "q" and line[place + 1 : place + 2] and line[place + 1] in _DELIMITERS:
            text, place = _q_quoted(line, place)
            found.append(Word(text, quoted=True))
        else:
            text, place = _bare(line, place)
            found.append(Word(text))
    return found


def _double_or_single_quoted(line: str, start: int) -> tuple[str, int]:
    quote, place = line[start], start + 1
    text: list[str] = []
    while place < len(line):
        character = line[place]
        if character == quote:
            return "".join(text), place + 1
        if character == "\\" and line[place + 1 : place + 2] in _ESCAPES:
            text.append(_ESCAPES[line[place + 1]])
            place += 2
        else:
            text.append(character)
            place += 1
    raise ValueError(f"a {quote} is not closed")


def _q_quoted(line: str, start: int) -> tuple[str, int]:
    closing = _CLOSING.get(line[start + 1], line[start + 1])
    place = start + 2
    while (place := line.find(closing, place)) >= 0:
        if line[place + 1 : place + 2] in ("", " ", "\t", "\r"):
            return line[start + 2 : place], place + 1
        place += 1
    raise ValueError(f"a q{line[start + 1]} is not closed")


def _bare(line: str, start: int) -> tuple[str, int]:
    depth, place, inside = 0, start, False
    while place < len(line):
        character = line[place]
        if character == '"' and depth:
            inside = not inside
        elif inside and character == "\\":
            place += 1
        elif not inside and character in "()":
            depth += 1 if character == "(" else -1
        elif not inside and character in " \t\r" and depth <= 0:
            break
        place += 1
    return line[start:place], min(place, len(line))


def token(value: Any) -> str:
    """Return a value as one word of a command, quoted and escaped where necessary."""
    if isinstance(value, bool):
        return "YES" if value else "NO"
    word = " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    if _BARE.fullmatch(word) and word[0] != "-" and not (word[0] == "q" and word[1:2] and word[1] in _DELIMITERS):
        return word
    escaped = (
        word.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "\\r").replace("\n", "\\n").replace("\t", "\\t")
    )
    return f'"{escaped}"'
