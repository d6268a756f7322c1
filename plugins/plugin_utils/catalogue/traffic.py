# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The traffic of a measure: attacks that must be blocked, and legitimate requests that must pass.

Both kinds are mandatory, because a rule that blocks everything passes every attack test. A traffic file describes the
cases as data (module traffic_file, docs/reference/traffic.md).

All text of a request is one character per byte (latin-1), as the expression engine reads it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from ..foundation.counted import counted

BY_TARGET = ("case", "double", "repeated")
"""The transformations (module traffic_variants) whose variants are attacks only where the target reads them as the same request."""


class CaseSession(StrEnum):
    """The Gateway session of the request of a case: without one, with one, or any (both are tried)."""

    WITHOUT = "without"
    WITH = "with"
    ANY = "any"


_SESSION_STATES = {CaseSession.WITHOUT: (False,), CaseSession.WITH: (True,), CaseSession.ANY: (False, True)}

HOST = "gateway.example"
"""The host of a request whose case does not name one."""

LONGEST_SHOWN = 120
"""Characters of a request target or of a header value that are shown."""
Header = tuple[str, str]
"""Name and value of one header field line."""


def _cut(text: str) -> str:
    """Return a text without its end where that is only long, as a name of a host that overflows is."""
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 40]}... ({counted(len(text), 'byte')})"


@dataclass(frozen=True)
class TrafficCase:
    """One request with its expected treatment.

    :ivar url: the raw request target, never normalised
    :ivar since: the first version of the measure of which this treatment is expected
    :ivar probe: sent from outside at apply too (the others only by verify); at most three per VIP
    :ivar places: the bind points at which the treatment is expected, named as in the policy banks
        ("vpn vserver gw REQUEST"); empty for all
    :ivar stays_legitimate: the transformations of BY_TARGET that keep a legitimate request legitimate
    :ivar headers: the header lines of the request, in order; ``Host`` is added where it is missing
    :ivar body: the content of the request
    :ivar chunked: the body is framed by ``Transfer-Encoding: chunked`` and not by ``Content-Length`` (RFC 9112, 6 and 7.1)
    :ivar client: the IP address from which the request comes; "" for any
    :ivar never_sent: why nobody may send it to an appliance, since it would do harm where nothing stops it; "" where a probe may
    """

    id: str
    attack: bool
    method: str
    url: str
    session: CaseSession = CaseSession.ANY
    since: int = 1
    probe: bool = False
    places: frozenset[str] = frozenset()
    stays_legitimate: tuple[str, ...] = ("case", "double")
    headers: tuple[Header, ...] = ()
    body: str = ""
    chunked: bool = False
    client: str = ""
    never_sent: str = ""

    def __str__(self) -> str:
        """Return the request in words; text that a terminal may interpret is escaped, and what is very long is cut."""
        details = [f"{name}: {_cut(value)}" for name, value in self.headers]
        if self.body:
            details.append(f"a body of {counted(len(self.body), 'byte')}" + (" in chunks" if self.chunked else ""))
        text = f"{self.method} {_cut(self.url)}" + (f" with {' and '.join(details)}" if details else "")
        text += f" from {self.client}" if self.client else ""
        return "".join(
            character if character.isascii() and character.isprintable() else ascii(character)[1:-1]
            for character in text
        )

    def sessions(self) -> tuple[bool, ...]:
        """Return the session states in which the treatment is expected."""
        return _SESSION_STATES[self.session]

    def is_at(self, place: str) -> bool:
        """Return True if the treatment is expected at a bind point, or at a virtual server that the name begins with."""
        return not self.places or any(own == place or own.startswith(f"{place} ") for own in self.places)

    def header_values(self, name: str) -> tuple[str, ...]:
        """Return the values of the header lines with a name, first to last. Names ignore case (RFC 9110, 5.1)."""
        return tuple(value for own, value in self.headers if own.lower() == name.lower())

    def framing(self) -> tuple[Header, ...]:
        """Return the header line that says where the body ends; nothing for a request without a body."""
        if not self.body:
            return ()
        return (("Transfer-Encoding", "chunked"),) if self.chunked else (("Content-Length", str(len(self.body))),)

    def all_headers(self, host: str = HOST) -> tuple[Header, ...]:
        """Return the header lines of the whole request.

        :param host: the value of ``Host`` where the case has none; every request has one (RFC 9112, 3.2)
        """
        if not self.headers and not self.body:  # most cases
            return (("Host", host),)
        own_host = () if self.header_values("host") else (("Host", host),)
        return (*own_host, *self.headers, *self.framing())

    @property
    def content(self) -> tuple[object, ...]:
        """Everything that makes the request; two cases with the same content are the same request."""
        return self.method, self.url, self.session, self.headers, self.body, self.chunked, self.client


@dataclass(frozen=True)
class Traffic:
    """The attack and legitimate requests of one measure.

    :ivar variants: by transformation of BY_TARGET, the first version that must stop such variants of the attacks
    """

    cases: tuple[TrafficCase, ...]
    variants: tuple[tuple[str, int], ...] = ()

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of all cases and variants, in hexadecimal. It identifies the traffic in caches and shared evaluations."""
        content = [[vars(case) for case in self.cases], self.variants]
        return hashlib.sha256(json.dumps(content, default=sorted).encode()).hexdigest()

    def variants_since(self, transformation: str) -> int | None:
        """Return the first version that must stop such variants; None where they are no attacks, or the file does not say."""
        return dict(self.variants).get(transformation)

    def for_version(self, version: int) -> Traffic:
        """Return the traffic that a version must handle, without the attacks that only a later version stops."""
        cases = tuple(case for case in self.cases if case.since <= version)
        return self if cases == self.cases else replace(self, cases=cases)

    def at(self, place: str) -> Traffic:
        """Return the traffic that is expected at one bind point."""
        return replace(self, cases=tuple(case for case in self.cases if case.is_at(place)))

    @property
    def attacks(self) -> tuple[TrafficCase, ...]:
        return tuple(case for case in self.cases if case.attack)

    @property
    def legitimate(self) -> tuple[TrafficCase, ...]:
        return tuple(case for case in self.cases if not case.attack)

    def evaluations(self) -> Iterator[tuple[TrafficCase, bool]]:
        """Yield each case once for every session state in which its treatment is expected."""
        for case in self.cases:
            for session in case.sessions():
                yield case, session
