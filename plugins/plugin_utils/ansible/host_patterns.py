# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The name of a host as a pattern that matches exactly that host. Pure.

Ansible takes the value of ``hosts`` of a play as patterns: it divides ``Miller & Sons GW`` at the blanks, and then runs on fewer hosts without an
error.
"""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


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
