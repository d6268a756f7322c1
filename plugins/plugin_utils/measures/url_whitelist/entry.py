# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One entry of a URL whitelist: what it allows, and which texts are refused. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

EXACT, PREFIX, SUFFIX = "exact", "prefix", "suffix"
MATCHES = (EXACT, PREFIX, SUFFIX)
LONGEST_PATTERN = 255  # command reference 12.0, bind policy patset

_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")


@dataclass(frozen=True)
class Entry:
    """One path, or the beginning or end of paths, after the appliance has decoded it once.

    :ivar until: the last day on which a temporary exception holds
    :ivar base: the base list that it comes from, or ""
    """

    match: str
    text: str
    comment: str = ""
    owner: str = ""
    until: date | None = None
    base: str = ""

    def covers(self, path: str, *, ignore_case: bool) -> bool:
        """True if it allows a plain path: one without encoding and without anything that only an exact entry may allow."""
        text, path = (self.text.lower(), path.lower()) if ignore_case else (self.text, path)
        if self.match == EXACT:
            return path == text
        return path.startswith(text) if self.match == PREFIX else path.endswith(text)

    def facts(self) -> dict[str, str]:
        """Return what the change record keeps of it, as JSON values."""
        until = {} if self.until is None else {"until": self.until.isoformat()}
        said = {"comment": self.comment, "owner": self.owner, "base": self.base}
        return {self.match: self.text, **{name: text for name, text in said.items() if text}, **until}

    def __str__(self) -> str:
        return f"{self.match} {self.text}"


def wrong_path(match: str, text: str) -> tuple[str, str]:
    """Return what is wrong with the text of an entry, and the fix; both "" if nothing is."""
    return next(_wrong_paths(match, text), ("", ""))


def _wrong_paths(match: str, text: str) -> Iterator[tuple[str, str]]:
    if not text.isascii():
        yield "has a character beyond ASCII", "How the appliance compares those is not documented: allow a prefix."
    if match != SUFFIX and not text.startswith("/"):
        yield "does not begin with /", "Write the path alone, without scheme and host."
    if "?" in text or "#" in text:
        yield "holds a query", "Leave out what comes from ? or # on: only the path is compared."
    if _ENCODED.search(text):
        yield "is encoded", "Write it decoded: the appliance decodes the path once before it compares."
    if "/.." in text or "//" in text or "\\" in text:
        yield "has /.., // or a backslash", "Write the path that the server sees in the end."
    if "/./" in f"{text}/":
        yield "has /./", "Leave it out: browsers never send it."
    if match != EXACT:
        yield from _wrong_beginnings_and_endings(match, text)
    if len(text) > LONGEST_PATTERN:
        yield f"is {len(text)} characters long", f"A pattern has at most {LONGEST_PATTERN}: allow a prefix."


def _wrong_beginnings_and_endings(match: str, text: str) -> Iterator[tuple[str, str]]:
    if "%" in text:
        yield "has a %", "A beginning or an ending lets nothing through that is still encoded: list the paths as exact."
    if match == SUFFIX and ";" in text:
        yield "has a ;", "Servers cut a path off there: list the paths as exact."
    if match == PREFIX and text == "/":
        yield "allows everything", "Leave the list out, or name what is needed."
    if match == PREFIX and not text.endswith("/"):
        yield f"does not end with /, so that it would allow {text}anything too", f"Write {text}/, or an exact entry."
    if match == SUFFIX and (not text.strip("./") or text[0] not in "./"):
        yield "does not begin with . or / and a name", "Write an ending such as .css, or an exact entry."
