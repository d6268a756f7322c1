# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A letter to one customer in one language: seven parts of statements, each a sentence with the fact that it rests on. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from ...foundation.errors import InvalidInput
from ..customer import Contact
from .corrections import Previous, corrections_of
from .facts import (
    CLOSINGS,
    EXPLOITATION,
    LASTING,
    REPEATED,
    UNPROTECTED,
    WEAKNESSES,
    WITHDRAWN,
    CustomerFacts,
    Fact,
    FactKind,
    Tlp,
    as_time,
    highest_label,
    told,
)
from .repeated import together
from .wording import PARTS, Wording

T = TypeVar("T")

MATTER, MEANING, DONE, UNKNOWN, DECIDE, NEXT, CONTACT = PARTS
PART_OF: Mapping[FactKind, str] = {
    **dict.fromkeys((*WEAKNESSES, *EXPLOITATION), MATTER),
    **dict.fromkeys(
        (FactKind.USERS, FactKind.OPEN, *LASTING, FactKind.ONE_NOT_FIXED, FactKind.ATTACK_SEEN, FactKind.BROKEN_IN),
        MEANING,
    ),
    **dict.fromkeys((FactKind.ADVISED, FactKind.AGREED, FactKind.REFUSED, FactKind.MITIGATED, FactKind.PROVEN), DONE),
    **dict.fromkeys((FactKind.PUT_BACK, *UNPROTECTED, FactKind.REMOVED), DONE),
    **dict.fromkeys((FactKind.FIXED, FactKind.ATTACK_STOPPED, FactKind.NO_TRACES), DONE),
    **dict.fromkeys(
        (
            FactKind.NOT_PROVEN,
            FactKind.NOT_KNOWN,
            FactKind.SHOWN_AS_OFF,
            FactKind.ACCESS_NOT_KNOWN,
            FactKind.MANAGEMENT_NOT_KNOWN,
            FactKind.TRACES_UNCLEAR,
            FactKind.NOT_SEARCHED,
            FactKind.LOGS_TOO_SHORT,
        ),
        UNKNOWN,
    ),
    **dict.fromkeys(
        (FactKind.DECIDE_CLOSE, FactKind.DECIDE_REOPEN, FactKind.DECIDE_RECOVERY, FactKind.NOTHING_TO_DECIDE), DECIDE
    ),
    FactKind.NEXT_MESSAGE: NEXT,
}


@dataclass(frozen=True)
class Statement:
    """A sentence of a letter, or a few about one fact.

    :ivar claims: the facts, each of another service, or of another time that is over
    :ivar quoted: it is quoted from the last letter, as something that was wrong
    """

    text: str
    claims: tuple[Fact, ...]
    quoted: bool = False

    @property
    def claim(self) -> Fact:
        """The first fact; a letter says the same of the services of the others."""
        return self.claims[0]


@dataclass(frozen=True)
class CorrectedText:
    """A correction: what introduces the statements that were wrong (none where something was left out), and what introduces those that are right.

    :ivar is_known: they are known to be wrong; otherwise nothing confirms them any more
    """

    wrote: str
    was: tuple[Statement, ...]
    since: str
    now: tuple[Statement, ...]
    is_known: bool = True


@dataclass(frozen=True)
class Letter:
    """A letter, before it gets the form of a text, a page or a mail.

    :ivar label: the highest TLP label of its facts
    :ivar replaces: the sentence about the letter that it replaces; "" for the first one
    :ivar parts: the parts with their headings and statements; the last one, the contact, has none
    """

    customer: str
    number: int
    written: datetime
    label: Tlp
    wording: Wording
    contact: Contact
    replaces: str
    corrections: tuple[CorrectedText, ...]
    parts: tuple[tuple[str, tuple[Statement, ...]], ...]

    @property
    def subject(self) -> str:
        return self.wording.text("words", "subject", number=self.number)

    @property
    def label_text(self) -> str:
        """Return with whom the letter may be shared, in words, and its label."""
        return f"{self.wording.text('labels', str(self.label))} ({self.label})"

    @property
    def contact_text(self) -> str:
        who = self.contact
        return self.wording.text("words", "contact", name=who.name, phone=who.phone, mail=who.mail)

    @property
    def corrected(self) -> Iterator[tuple[str, list[CorrectedText]]]:
        """Yield the heading of what is known to be wrong, and of what is not confirmed any more, each with its corrections, where there are some."""
        for key, is_known in (("corrections", True), ("doubted", False)):
            found = [one for one in self.corrections if one.is_known is is_known]
            if found:
                yield self.wording.text("words", key), found

    def statements(self) -> Iterator[Statement]:
        """Yield all statements, those that are quoted as wrong too."""
        for correction in self.corrections:
            yield from (*correction.was, *correction.now)
        for _heading, statements in self.parts:
            yield from statements


def letter_of(
    known: CustomerFacts, previous: Previous | None, written: datetime, contact: Contact, wording: Wording
) -> Letter:
    """Return the letter about the facts of a customer.

    :param previous: the letter that it replaces; None for the first one
    :param contact: the person whom the customer can call
    :raises InvalidInput: where nothing says when the customer hears from us again
    """
    facts = told(known)
    if not facts.of(FactKind.NEXT_MESSAGE):
        raise InvalidInput(
            f"{known.customer}: no fact says when the customer hears from us again: add one of the kind next_message"
        )
    name_entry = len({fact.entry for fact in facts.facts if fact.entry}) > 1

    def placeless(about: Iterable[Fact]) -> tuple[tuple[str, bool], ...]:
        """Return what a letter says about facts, without the services, and whether each is about one."""
        return tuple(
            (wording.sentence(replace(fact, place=""), name_entry=name_entry), bool(fact.place)) for fact in about
        )

    def said(unit: tuple[Fact, ...]) -> tuple[str, bool]:
        """Return what a letter says about the facts of one sentence, without the service, and whether they are about one."""
        about = (replace(fact, place="") for fact in unit)
        return wording.sentence(*about, name_entry=name_entry), bool(unit[0].place)

    def statements(about: Iterable[Fact], *, quoted: bool = False) -> tuple[Statement, ...]:
        """Return a statement for all facts of which a letter says the same, at the position of the first."""
        alike = [tuple(fact for unit in units for fact in unit) for units in _alike(together(about), said)]
        return tuple(Statement(wording.sentence(*facts, name_entry=name_entry), facts, quoted) for facts in alike)

    def since(moment: datetime | None) -> str:
        if moment is None:
            return wording.text("words", "unconfirmed")
        return wording.text("words", "since", when=wording.moment(moment))

    def corrected(before: Previous) -> Iterator[CorrectedText]:
        """Yield a text for the errors of one right fact, or of facts that differ in the service only."""
        by_fact = _grouped(corrections_of(before, facts, written), lambda error: (error.now, error.since is None))
        alike = _grouped(
            by_fact,
            lambda errors: (
                since(errors[0].since),
                placeless(error.was for error in errors if error.was is not None),
                placeless(errors[0].now),
            ),
        )
        for groups in alike:
            wrong = [error.was for errors in groups for error in errors if error.was is not None]
            key = "wrote" if wrong else "left_out"
            yield CorrectedText(
                wording.text("words", key, number=before.number, when=wording.moment(before.written)),
                statements(wrong, quoted=True),
                since(groups[0][0].since),
                statements(fact for errors in groups for fact in errors[0].now),
                groups[0][0].since is not None,
            )

    parts = {part: [fact for fact in facts.facts if PART_OF[fact.kind] == part] for part in PARTS}
    parts[DONE].sort(key=_order)
    return Letter(
        known.customer,
        1 if previous is None else previous.number + 1,
        written,
        highest_label(facts.facts),
        wording,
        contact,
        ""
        if previous is None
        else wording.text("words", "replaces", number=previous.number, when=wording.moment(previous.written)),
        () if previous is None else tuple(corrected(previous)),
        tuple(
            (wording.text("headings", part), statements(about))
            for part, about in parts.items()
            if about or part == CONTACT
        ),
    )


_TIMELESS = (FactKind.INEFFECTIVE, FactKind.REDUCES, FactKind.STOP_GAP)
_COUNTED = tuple(kind for kind in REPEATED if kind not in CLOSINGS)
"""What happened twice to a service in the same minute is said twice; virtual servers that were closed then were closed once."""
_PLACES = (FactKind.MITIGATED, FactKind.PROVEN, *WITHDRAWN, FactKind.PUT_BACK, FactKind.FIXED, FactKind.REMOVED)


def _order(fact: Fact) -> tuple[object, ...]:
    """Return the place of a fact in what was done: by time, and of one second what is over first. What a measure does not do comes last."""
    lasts = fact.until is None and fact.kind not in (FactKind.MITIGATED, FactKind.PUT_BACK)
    place = _PLACES.index(fact.kind) if fact.kind in _PLACES else len(_PLACES)
    later = lasts or fact.kind is FactKind.PUT_BACK
    return (fact.when is None or fact.kind in _TIMELESS, as_time(fact.when), later, lasts, place)


def _alike(
    units: Iterable[tuple[Fact, ...]], said: Callable[[tuple[Fact, ...]], Hashable]
) -> list[tuple[tuple[Fact, ...], ...]]:
    """Return the units of which a letter says the same, each of another service."""
    seen: dict[Hashable, list[Hashable]] = {}
    numbered = []
    for unit in units:
        text, claims = said(unit), tuple(one.claim for one in unit)
        before = seen.setdefault((text, unit[0].place), [])
        if unit[0].kind in _COUNTED and claims not in before:
            before.append(claims)
        numbered.append((text, before.index(claims) if claims in before else 0, unit))
    return [tuple(unit for *_said, unit in group) for group in _grouped(numbered, lambda one: one[:2])]


def _grouped(values: Iterable[T], key: Callable[[T], Hashable]) -> list[tuple[T, ...]]:
    """Return the values in groups that have the same key, each at the position of its first value."""
    groups: dict[Hashable, list[T]] = {}
    for one in values:
        groups.setdefault(key(one), []).append(one)
    return [tuple(group) for group in groups.values()]
