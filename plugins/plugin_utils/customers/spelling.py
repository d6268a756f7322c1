# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The spellings of a text in ASCII: names on a NetScaler have no accents, so Café Rood is vs_cafe_rood there, and Müller mueller or muller. Pure.

Letters of other scripts stay as they are: for them no one spelling is the usual one.
"""

from __future__ import annotations

import unicodedata

# What has no decomposition of its own in Unicode.
_PLAIN = {"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "ŋ": "n"}
_DOTLESS = {0x131: "i"}  # of Turkish; its upper case is that of "i"
_TWO_LETTERS = {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"}
"""German and Danish also write these letters with two."""


def _table(letters: dict[str, str]) -> dict[int, str]:
    """Return the table for both cases; "ß" has its upper case in ẞ."""
    upper = {("ẞ" if one == "ß" else one.upper()): text.upper() for one, text in letters.items()}
    return str.maketrans({**upper, **letters})


_TO_PLAIN, _TO_TWO = {**_table(_PLAIN), **_DOTLESS}, _table(_TWO_LETTERS)


def spellings(text: str) -> tuple[str, ...]:
    """Return the different spellings of a text without accents, in its own case: with one letter for each, and with the two that some languages write."""
    if text.isascii():
        return (text,)
    return tuple(dict.fromkeys((_plain(text), _plain(unicodedata.normalize("NFC", text).translate(_TO_TWO)))))


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text)
    return "".join(one for one in letters if not unicodedata.combining(one)).translate(_TO_PLAIN)
