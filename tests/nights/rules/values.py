# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What expressions are about: a request, texts with their modes, addresses; and the names of a configuration."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_ENCODED = re.compile("%([0-9a-fA-F]{2})")


class NotRead(Exception):
    """This evaluator does not know an expression."""


class Undefined(Exception):
    """The result of an expression is undefined: what it works on is wrong, as a text that is no Base64, or no number."""


@dataclass(frozen=True)
class Asked:
    """A request. One character is one byte.

    :ivar location: of the client in the database; None where it is in none
    """

    method: str = "GET"
    url: str = "/"
    version: str = "HTTP/1.1"
    headers: Sequence[tuple[str, str]] = ()
    body: str = ""
    client: str = "198.51.100.10"
    destination: str = "203.0.113.10"
    port: int = 443
    has_session: bool = False
    location: str | None = None


@dataclass(frozen=True)
class Named:
    """What a configuration has names for.

    :ivar sets: the patterns of pattern sets, and the ranges of data sets
    :ivar wildcard_matches: a wildcard of a location matches an entry that has a value there
    :ivar url_is_encoded: assumption A1: the text of an URL is encoded unless the rule says otherwise
    """

    expressions: Mapping[str, str] = field(default_factory=dict)
    patterns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    ranges: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    wildcard_matches: bool = True
    url_is_encoded: bool = True


@dataclass(frozen=True)
class Text:
    """A text with the modes that were set along its chain.

    :ivar instances: of a header, the first one first: some operations look at each
    :ivar is_url: it has a path and a query
    :ivar is_header: it is that of a header, which may have several instances, or none
    """

    text: str
    instances: tuple[str, ...] = ()
    ignores_case: bool = False
    is_encoded: bool = False
    has_plus: bool = False
    is_url: bool = False
    is_header: bool = False

    def __str__(self) -> str:
        return self.text

    @property
    def each(self) -> tuple[str, ...]:
        return tuple(map(self.folded, self.instances or (self.text,)))

    def folded(self, text: str) -> str:
        return text.lower() if self.ignores_case else text

    def with_mode(self, mode: str) -> Self:
        """Return it with a text mode set."""
        changes: dict[str, dict[str, Any]] = {
            "IGNORECASE": {"ignores_case": True},
            "NOIGNORECASE": {"ignores_case": False},
            "URLENCODED": {"is_encoded": True},
            "NOURLENCODED": {"is_encoded": False},
            "PLUS_AS_SPACE": {"has_plus": True},
            "NO_PLUS_AS_SPACE": {"has_plus": False},
        }
        if mode not in changes:
            raise NotRead(f"text mode {mode}")
        return replace(self, **changes[mode])

    def decoded(self) -> Self:
        """Return it after one pass of decoding by its modes; what is no code stays."""

        def one(text: str) -> str:
            spaced = text.replace("+", " ") if self.has_plus else text
            return _ENCODED.sub(lambda found: chr(int(found[1], 16)), spaced) if self.is_encoded else spaced

        return replace(
            self, text=one(self.text), instances=tuple(map(one, self.instances)), is_url=False, is_header=False
        )

    def part(self, text: str) -> Self:
        """Return a part of it: the modes stay."""
        return replace(self, text=text, instances=(), is_url=False, is_header=False)
