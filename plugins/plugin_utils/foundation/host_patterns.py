# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The names of hosts as a pattern that matches exactly these hosts. Pure.

Ansible takes the value of ``hosts`` of a play as patterns: it divides ``Miller & Sons GW`` at the blanks, and then runs on fewer hosts without an
error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby
from string import digits

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
AS_NAMES = 100
"""Characters up to which several names are written as such: nobody reads a longer list."""
LONGEST_NAME = 200


def exact_pattern(name: str) -> str:
    """Return a pattern that matches the host of that name, and no other.

    A plain name is its own pattern, which Ansible finds without a search. Any other is a regular expression in which every special character is
    escaped by its number, so that Ansible cannot divide it.
    """
    if _PLAIN.fullmatch(name):
        return name
    return "~" + "".join(map(_escaped, name)) + r"\Z"


def _escaped(character: str) -> str:
    if character.isascii() and character.isalnum():
        return character
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def exact_limit(names: Iterable[str]) -> str:
    r"""Return a value of ``--limit`` that matches the hosts of these names, and no others; "" where there is none, or a name is too long.

    A few names are written as they are. Many are one regular expression, in which numbered names are short: ``~gw-(0[1-9]|1[0-3])\Z``.
    """
    known = sorted(set(names))
    if not known or any(not 0 < len(name) <= LONGEST_NAME for name in known):
        return ""
    text = ",".join(known)
    is_plain = all(map(_PLAIN.fullmatch, known))
    if is_plain and len(text) <= AS_NAMES:
        return text
    pattern = f"~{_alternatives(known)}\\Z"
    return text if is_plain and len(text) <= len(pattern) else pattern


def _alternatives(words: list[str]) -> str:
    """Return a regular expression that matches these words: beginnings that are alike once, and so are ends."""
    by_end: dict[str, list[str]] = {}
    for first, same in groupby((word for word in words if word), key=lambda word: word[0]):
        by_end.setdefault(_alternatives([word[1:] for word in same]), []).append(first)
    found = [_one_of(firsts) + end for end, firsts in by_end.items()]
    if not found:
        return ""
    is_optional = words[0] == ""
    return f"({'|'.join(found)}){'?' if is_optional else ''}" if is_optional or len(found) > 1 else found[0]


def _one_of(characters: list[str]) -> str:
    """Return a regular expression for one of these characters, which are sorted."""
    if len(characters) == 1:
        return characters[0] if characters[0] in "-_" else _escaped(characters[0])
    is_range = ord(characters[-1]) - ord(characters[0]) == len(characters) - 1 and set(characters) <= set(digits)
    return f"[{characters[0]}-{characters[-1]}]" if is_range else f"[{''.join(map(_escaped, characters))}]"
