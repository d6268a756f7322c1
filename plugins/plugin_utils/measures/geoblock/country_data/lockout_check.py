# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lockout check: which of the addresses that must get through a compiled set would block."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ....foundation.errors import InvalidInput
from .address_ranges import Span, parse_network, span_text, subtract
from .compiled import Compiled
from .policy import ALLOW


@dataclass(frozen=True)
class Protected:
    """An address, network or range that must get through, with a description.

    :ivar what: for a person: "the control node", "NSIP", "netscaler_always_allow"
    """

    entry: str
    what: str


@dataclass(frozen=True)
class Hit:
    """An entry that would be blocked.

    :ivar span: the range of the set that locks them out, as text; for an allowlist the part of the entry that it lacks
    :ivar label: the country or own list; empty for an allowlist, where it is being in none
    """

    protected: Protected
    span: str
    label: str

    def text(self) -> str:
        why = (
            f"in {self.span} ({self.label})"
            if self.label
            else f"with {self.span} in no country and no list that is allowed"
        )
        return f"{self.protected.what} {self.protected.entry} is {why}"


def hits(compiled: Compiled, protected: Iterable[Protected]) -> list[Hit]:
    """Return the entries that would be blocked, each with the first range that does it. One blocked address of a network is enough.

    :raises InvalidInput: if an entry is no address, network or range
    """
    found = []
    for one in protected:
        try:
            version, span = parse_network(one.entry)
        except ValueError as error:
            raise InvalidInput(f"geoblock: {one.what}: {error}") from None
        if version in compiled.policy.families and (hit := _hit(compiled, version, span)):
            found.append(Hit(one, *hit))
    return found


def _hit(compiled: Compiled, version: int, span: Span) -> tuple[str, str] | None:
    rows = compiled.rows[version]
    if compiled.allows:
        spans = compiled.spans[version]
        near = spans[max(bisect_left(spans, span) - 1, 0) : bisect_left(spans, (span[1] + 1,))]
        missing = subtract((span,), near)
        return (span_text(version, missing[0]), "") if missing else None
    place = bisect_left(rows, (span[0],))  # the first row that begins within the entry, or behind it
    if place and rows[place - 1][1] >= span[0]:
        place -= 1
    if place == len(rows) or rows[place][0] > span[1]:
        return None
    first, last, label = rows[place]
    return span_text(version, (first, last)), label


def lockout_problems(compiled: Compiled, protected: Iterable[Protected]) -> Iterator[tuple[str, str]]:
    """Yield a problem with its fix for each protected entry that a geoblock would lock out."""
    fix = "geoblock_networks" if compiled.policy.effect == ALLOW else "geoblock_exceptions"
    for hit in hits(compiled, protected):
        yield f"this geoblock would lock out {hit.text()}.", f"Add it to {fix} if it must get through."
