# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A number with the noun that it counts: 1 entry, 2 entries. Pure."""

from __future__ import annotations

import re

_OF_IES = re.compile(r"[^aeiou]y")
_OF_ES = ("s", "x", "ch", "sh")


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun.

    :param noun: the word for one, which may be several words; the last one is counted
    :param plural: where it is not made as usual, or another word than the last one is counted
    """
    return f"{number:,} {noun if number == 1 else plural or plural_of(noun)}"


def agreed(number: int | None, one: str, several: str) -> str:
    """Return the form of a word that agrees with a number."""
    return one if number == 1 else several


def plural_of(noun: str) -> str:
    """Return the word for several."""
    if _OF_IES.fullmatch(noun[-2:]):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(_OF_ES) else f"{noun}s"
