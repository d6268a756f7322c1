# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The facts of a customer from the register of consent: who advised, agreed and refused, and when. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ..consent import ConsentEntry, ConsentState
from .facts import CustomerFacts, Fact, FactKind

_KINDS = {
    ConsentState.ADVISED: FactKind.ADVISED,
    ConsentState.AGREED: FactKind.AGREED,
    ConsentState.REFUSED: FactKind.REFUSED,
}
"""What was closed and opened is said by the change records."""


def with_consents(
    known: Iterable[CustomerFacts], entries: Mapping[str, Sequence[ConsentEntry]]
) -> tuple[CustomerFacts, ...]:
    """Return the facts of customers with those of their entries; a fact that is there already is not said twice, nor is an entry that repeats the one before.

    :param entries: by customer, the oldest first
    """
    return tuple(_with(one, entries.get(one.customer, ())) for one in known)


def _with(known: CustomerFacts, entries: Sequence[ConsentEntry]) -> CustomerFacts:
    claims = {fact.claim for fact in known.facts}
    said = [(entry.state, entry.who) for entry in entries]
    added = [
        _fact(number, entry)
        for number, entry in enumerate(entries, 1)
        if entry.state in _KINDS and said[number - 2 : number - 1] != [said[number - 1]]
    ]
    return replace(known, facts=(*known.facts, *(fact for fact in added if fact.claim not in claims)))


def _fact(number: int, entry: ConsentEntry) -> Fact:
    when = datetime.fromisoformat(entry.when)
    source = f"the register of consent, entry {number}: {entry.how}"
    return Fact(kind=_KINDS[entry.state], when=when, by=entry.who, known=when, source=source)
