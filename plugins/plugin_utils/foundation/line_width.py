# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines that fit the terminal. A command that a person copies is never broken."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Sequence

LEAST_WIDTH = 40
CUT = "..."
# Options of ansible-playbook with their values, what stands between backquotes, a command of NetScaler in parentheses, of its shell, and of an approver.
_VALUE = r"""(?:'[^']*'|"[^"]*"|\S+)"""
_OPTION = rf"(?:-e|-l|--limit) {_VALUE}"
_NETSCALER = r"\((?:set|unset|add|rm|bind|unbind|enable|disable|save|kill) [^)]*\)"
_SHELL = r"\S+\.sh(?: -\w+(?: \S+)?)+"
_SIGN = r"""\(cd (?:'[^']*'|"[^"]*"|[^\s'"])+ && ssh-keygen [^)]*\)"""
COMMAND = re.compile(rf"{_OPTION}(?: {_OPTION})*|`[^`]*`|{_NETSCALER}|{_SHELL}|{_SIGN}")
NUMBERS = re.compile(r"[^\[\s]*\[[\d,-]+\][^\s\[]*")
GLUE = "\x00"


def columns() -> int | None:
    """Return the columns of the terminal, or what COLUMNS says; None without both: lines of a file or a pipe are not broken."""
    if not sys.stdout.isatty() and not os.environ.get("COLUMNS", "").isdecimal():
        return None
    return shutil.get_terminal_size().columns


def wrapped(line: str, width: int | None) -> list[str]:
    """Return a line broken between words, its continuations indented further than its beginning.

    A command that does not fit stands on a line of its own, however long it is.

    :param width: the columns of the terminal; None does not break it
    """
    if width is None or len(line) <= max(width, LEAST_WIDTH):
        return [line]
    limit = max(width, LEAST_WIDTH)
    text = line.lstrip(" ")
    indent = " " * (len(line) - len(text))
    lines: list[str] = []
    current, begins = indent, True
    for word in _words(text, limit - len(indent) - 2):
        if not begins and len(current) + 1 + len(word) > limit:
            lines.append(current)
            current, begins = f"{indent}  ", True
        current += word if begins else f" {word}"
        begins = False
    return [*lines, current]


def _words(text: str, most: int) -> list[str]:
    """Return the words; a command is one. Blanks in front of a word, as in a table, stay with the word before it.

    :param most: the length from which on a list of numbers is broken behind its commas
    """
    glued = COMMAND.sub(lambda found: found[0].replace(" ", GLUE), text)
    words = re.findall(r"\S+ *(?= )|\S+", glued)
    parts = (part for word in words for part in (_parts(word, most) if len(word) > most else [word]))
    return [part.replace(GLUE, " ") for part in parts]


def _parts(word: str, most: int) -> list[str]:
    """Return a list of numbers in parts that fit; another word stays whole."""
    if not NUMBERS.fullmatch(word):
        return [word]
    parts = [""]
    for item in re.findall(r"[^,]+,?", word):
        if parts[-1] and len(parts[-1]) + len(item) > most:
            parts.append("")
        parts[-1] += item
    return parts


def cut(line: str, width: int | None) -> str:
    """Return a line without what does not fit."""
    limit = None if width is None else max(width, LEAST_WIDTH)
    return line if limit is None or len(line) <= limit else line[: limit - len(CUT)] + CUT


def fitted(lines: Sequence[str], width: int | None) -> list[str]:
    """Return lines that fit, all of their words kept."""
    return [part for line in lines for part in wrapped(line, width)]
