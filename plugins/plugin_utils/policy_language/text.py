# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Text as the policy engine sees it: bytes, characters, case, percent-encoding.

One character of a Python string is one byte on the wire. Letters are those of ASCII, in every locale.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from .open_semantics import Ambiguity, ReadingChooser

Switch = bool | Ambiguity
"""A text mode: set, or an ambiguity as long as no SET_TEXT_MODE sets it."""

_BYTE = {f"{byte:02x}": chr(byte) for byte in range(256)}
_BYTE |= {
    high + low: _BYTE[(high + low).lower()] for high in "0123456789abcdefABCDEF" for low in "0123456789abcdefABCDEF"
}
_LOWER = {ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_UPPER = {ord(letter): letter.upper() for letter in "abcdefghijklmnopqrstuvwxyz"}
_UNIT = re.compile(r"%[0-9A-Fa-f]{2}|.", re.DOTALL)


@dataclass(frozen=True)
class TextMode:
    """The text modes of SET_TEXT_MODE; they stay set along a chain (guide 9.2 p. 101, p. 146).

    `from_url`: the text is part of the URL, so that its ambiguities have no effect for a URL without `%`.
    """

    ignore_case: Switch = False
    urlencoded: Switch = Ambiguity.OTHER_TEXT
    plus_as_space: bool = False
    from_url: bool = False

    def foreign(self) -> TextMode:
        """Return the same mode for text that is not all from the URL."""
        return replace(self, from_url=False)


DEFAULT_MODE = TextMode()
URL_MODE = TextMode(urlencoded=Ambiguity.URL_TEXT, from_url=True)
HOSTNAME_MODE = TextMode(ignore_case=Ambiguity.HOSTNAME_CASE)


def lower(text: str) -> str:
    return text.lower() if text.isascii() else text.translate(_LOWER)


def upper(text: str) -> str:
    return text.upper() if text.isascii() else text.translate(_UPPER)


def percent_decode(text: str) -> str:
    """Decode each %HH once; a `%` without two hex digits stays as it is."""
    if "%" not in text:
        return text
    first, *rest = text.split("%")
    decoded = [first]
    for part in rest:
        byte = _BYTE.get(part[:2])
        decoded += (byte, part[2:]) if byte is not None else ("%", part)
    return "".join(decoded)


def form_decode(text: str) -> str:
    return percent_decode(text.replace("+", " "))


def plus_to_space(text: str) -> str:
    return text.replace("+", " ")


def decoder(mode: TextMode, chooser: ReadingChooser) -> Callable[[str], str]:
    """Return what DECODE_USING_TEXT_MODE does in this mode: one pass, no normalisation of the path."""
    return _DECODERS[settle(mode.urlencoded, mode, chooser), mode.plus_as_space]


def settle(switch: Switch, mode: TextMode, chooser: ReadingChooser) -> bool:
    if isinstance(switch, bool):
        return switch
    return chooser.choose(switch, only_url=mode.from_url) in {"urlencoded", "insensitive"}


def counts_percent(mode: TextMode, chooser: ReadingChooser) -> bool:
    """Return True if %HH counts as one character (guide 9.2 p. 146: PREFIX(3) may take 9 bytes)."""
    # Header and body text is bytes by default here: the vendor's own rules set URLENCODED for it explicitly.
    return mode.urlencoded is not Ambiguity.OTHER_TEXT and settle(mode.urlencoded, mode, chooser)


def characters(text: str) -> list[str]:
    """Return the characters of URL-encoded text, each in its raw form."""
    return _UNIT.findall(text)


class Lens:
    """The view that an operator has of a text, and how a match is mapped back to the raw text.

    `see` is None when the operator sees the raw bytes.
    """

    def __init__(self, see: Callable[[str], str] | None, *, keeps_length: bool = True) -> None:
        self.see = see
        self._keeps_length = keeps_length

    def seen(self, text: str) -> str:
        """Return the text as the operator sees it."""
        return text if self.see is None else self.see(text)

    def cut(self, text: str, start: int, end: int | None = None) -> str:
        """Return the raw text of the seen characters from `start` to `end`."""
        if self._keeps_length or "%" not in text:
            return text[start:end]
        return "".join(characters(text)[start:end])


def lens(mode: TextMode, chooser: ReadingChooser, *, fold_case: bool = True) -> Lens:
    """Return the view that plain operators have of text in this mode; with `fold_case` False the operator handles IGNORECASE (regex)."""
    fold = lower if fold_case and settle(mode.ignore_case, mode, chooser) else None
    decode: Callable[[str], str] | None = None
    urlencoded = counts_percent(mode, chooser)
    encoded = urlencoded or mode.plus_as_space
    if encoded and chooser.choose(Ambiguity.PLAIN_OPERATOR, only_url=mode.from_url) == "sees_decoded":
        decode = _DECODERS[urlencoded, mode.plus_as_space]
    if decode is None:
        return Lens(fold)
    return Lens(decode if fold is None else _then(decode, fold), keeps_length=not urlencoded)


def _then(first: Callable[[str], str], second: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: second(first(text))


def _unchanged(text: str) -> str:
    return text


_DECODERS: dict[tuple[bool, bool], Callable[[str], str]] = {
    (False, False): _unchanged,
    (False, True): plus_to_space,
    (True, False): percent_decode,
    (True, True): form_decode,
}
