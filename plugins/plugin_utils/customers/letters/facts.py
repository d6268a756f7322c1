# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The facts of one customer: each is one thing that is so, with its source, the time at which we learnt it, and its TLP label. Pure.

A letter consists of sentences about these facts and of nothing else. So a program can compare each sentence with what it knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from enum import StrEnum

from ...foundation.foreign_text import defanged, printable
from ...judgement.course.loss import LossCause

LONGEST_NAME = 80
"""Characters of a name from an appliance in a letter."""
# A mail program makes a link of a bare name such as evil.example or user@evil.example too.
_DOT_IN_NAME = re.compile(r"[.\u3002\uff0e\uff61](?=[^\W\d])")


class Tlp(StrEnum):
    """A label of the Traffic Light Protocol, version 2.0 (FIRST, August 2022), the least restricted first."""

    CLEAR = "TLP:CLEAR"
    GREEN = "TLP:GREEN"
    AMBER = "TLP:AMBER"
    AMBER_STRICT = "TLP:AMBER+STRICT"
    RED = "TLP:RED"

    @property
    def rank(self) -> int:
        return [*Tlp].index(self)

    @property
    def is_for_clients(self) -> bool:
        """Return True if a fact may go to clients. AMBER allows clients who need to know; AMBER+STRICT and RED do not."""
        return self.rank <= Tlp.AMBER.rank


class FactKind(StrEnum):
    """What can be said to a customer. The order is that of the sentences inside one part of a letter."""

    WEAKNESS = "weakness"
    WEAKNESS_BEHIND = "weakness_behind"
    EXPLOIT_PUBLIC = "exploit_public"
    EXPLOITED = "exploited"
    LISTED = "listed"
    USERS = "users"
    OPEN = "open"
    CLOSED = "closed"
    CLOSED_NOTICE = "closed_notice"
    CLOSED_PARTNERS = "closed_partners"
    CLOSED_COUNTRIES = "closed_countries"
    CLOSED_PATHS = "closed_paths"
    EXPOSED = "exposed"
    PROTECTION_ENDED = "protection_ended"
    MANAGEMENT_EXPOSED = "management_exposed"
    ONE_NOT_FIXED = "one_not_fixed"
    ADVISED = "advised"
    AGREED = "agreed"
    REFUSED = "refused"
    MITIGATED = "mitigated"
    PUT_BACK = "put_back"
    PROVEN = "proven"
    OBSERVING = "observing"
    TAKEN_OFF = "taken_off"
    REMOVED = "removed"
    INEFFECTIVE = "ineffective"
    REDUCES = "reduces"
    STOP_GAP = "stop_gap"
    FIXED = "fixed"
    ATTACK_STOPPED = "attack_stopped"
    ATTACK_SEEN = "attack_seen"
    BROKEN_IN = "broken_in"
    NO_TRACES = "no_traces"
    NOT_PROVEN = "not_proven"
    NOT_KNOWN = "not_known"
    SHOWN_AS_OFF = "shown_as_off"
    ACCESS_NOT_KNOWN = "access_not_known"
    MANAGEMENT_NOT_KNOWN = "management_not_known"
    TRACES_UNCLEAR = "traces_unclear"
    NOT_SEARCHED = "not_searched"
    LOGS_TOO_SHORT = "logs_too_short"
    DECIDE_CLOSE = "decide_close"
    DECIDE_REOPEN = "decide_reopen"
    DECIDE_RECOVERY = "decide_recovery"
    NOTHING_TO_DECIDE = "nothing_to_decide"
    NEXT_MESSAGE = "next_message"


WEAKNESSES = (FactKind.WEAKNESS, FactKind.WEAKNESS_BEHIND)
"""A weakness of the appliance itself, and one of the servers behind it."""
EXPLOITATION = (FactKind.EXPLOIT_PUBLIC, FactKind.EXPLOITED, FactKind.LISTED)
"""What the world knows of attacks by a weakness: anybody can read how, the first known use, and CISA's list."""
MONTHS = (*WEAKNESSES, FactKind.EXPLOITED)
"""Of which a source may name the month only."""
SHUT = (FactKind.CLOSED, FactKind.CLOSED_NOTICE)
"""Closings after which nobody gets the service."""
CLOSINGS = (*SHUT, FactKind.CLOSED_PARTNERS, FactKind.CLOSED_COUNTRIES, FactKind.CLOSED_PATHS)
"""All closings; those that are not in :data:`SHUT` let somebody in."""
UNPROTECTED = (
    *(FactKind.OBSERVING, FactKind.TAKEN_OFF, FactKind.INEFFECTIVE, FactKind.REDUCES, FactKind.STOP_GAP),
    FactKind.NOT_PROVEN,
)
"""What can be so of a measure that does not protect, or is not known to; a service has at most one of them for a weakness that lasts."""
WITHDRAWN = (FactKind.OBSERVING, FactKind.TAKEN_OFF)
"""What we did with a measure that stopped attacks until then."""
UNSAFE = (FactKind.EXPOSED, FactKind.PROTECTION_ENDED, FactKind.MANAGEMENT_EXPOSED)
"""An attack may pass: since the weakness is there, after a time with protection, or at the address of the administrators alone."""
LASTING = (
    *(*CLOSINGS, *UNSAFE, FactKind.MANAGEMENT_NOT_KNOWN),
    *(*UNPROTECTED, FactKind.PROVEN),
)
"""Kinds that may have an end."""
REPEATED = (
    *(*CLOSINGS, FactKind.PROTECTION_ENDED, FactKind.MANAGEMENT_EXPOSED, FactKind.MANAGEMENT_NOT_KNOWN),
    *(FactKind.PUT_BACK, FactKind.PROVEN, *WITHDRAWN),
)
"""Kinds of which a service may have many that are over; a letter tells more than a few of them in one sentence."""


BY_RUNS = (
    *(*CLOSINGS, FactKind.MITIGATED, FactKind.PUT_BACK, FactKind.PROVEN),
    *(*WITHDRAWN, FactKind.REMOVED),
)
"""What a run did: without a time where its clock was wrong."""


class Proof(StrEnum):
    """What shows that a mitigation works."""

    PROBE = "probe"
    EVALUATION = "evaluation"
    HITS = "hits"
    RECORD = "record"


Moment = date | datetime
"""A day, where the source knows no time of day, or a time with its zone."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One thing that is so.

    :ivar place: the service (virtual server) that it is about; "" for all services of the customer
    :ivar entry: the weakness that it is about, such as CVE-2019-19781; "" where it is about none
    :ivar part: of a closing, the virtual servers that are closed, where these are a part of the service; "" for all of it. Likewise of DECIDE_REOPEN
    :ivar when: when it began or happened; the day of the vendor's word (REDUCES); the oldest line of the logs (NO_TRACES); the last day to decide
        (DECIDE_...); the next message
    :ivar until: when it ended; None where it lasts, or happened once; of PROVEN, until when that counts
    :ivar by: the person of ADVISED, AGREED and REFUSED
    :ivar proof: of PROVEN
    :ivar cause: of PROTECTION_ENDED; CHANGED of PUT_BACK where somebody else had changed it
    :ivar count: of USERS
    :ivar undated: a clock was wrong: PROTECTION_ENDED was some time after `when`; likewise undated_end: it lasted until nobody knows when
    :ivar month: the source names the month of `when` only; its first day counts
    :ivar latest_end: it ended at `until` at the latest: a reading or a run found that it was over, and nothing says since when
    :ivar known: when we learnt it; it is None only of what follows from other facts
    :ivar source: where it comes from, such as the name of a change record. It is in the data beside a letter and not in its text
    """

    kind: FactKind
    place: str = ""
    entry: str = ""
    part: str = ""
    when: Moment | None = None
    until: Moment | None = None
    by: str = ""
    proof: Proof | None = None
    cause: LossCause | None = None
    count: int | None = None
    undated: bool = False
    undated_end: bool = False
    latest_end: bool = False
    month: bool = False
    known: datetime | None = None
    source: str = ""
    label: Tlp = Tlp.AMBER

    @property
    def claim(self) -> tuple[object, ...]:
        """Return what a sentence about it says, without its source and without the time at which we learnt it."""
        return (
            self.kind,
            self.place,
            self.entry,
            self.part,
            self.when,
            self.until,
            self.by,
            self.proof,
            self.cause,
            self.count,
            self.undated,
            self.undated_end,
            self.latest_end,
            self.month,
        )


@dataclass(frozen=True)
class CustomerFacts:
    """What is known for one customer, and nothing of another.

    :ivar services: the names of the customer's virtual servers, as the customer knows them
    """

    customer: str
    services: tuple[str, ...]
    facts: tuple[Fact, ...]

    def of(self, *kinds: FactKind, place: str | None = None) -> tuple[Fact, ...]:
        """Return the facts of these kinds, about one service where it is named."""
        return tuple(fact for fact in self.facts if fact.kind in kinds and place in (None, fact.place))


TRACES = (
    *(FactKind.NO_TRACES, FactKind.LOGS_TOO_SHORT, FactKind.TRACES_UNCLEAR),
    *(FactKind.ATTACK_STOPPED, FactKind.ATTACK_SEEN, FactKind.BROKEN_IN),
)
"""What a search for traces can say."""
DECISIONS = (FactKind.DECIDE_CLOSE, FactKind.DECIDE_REOPEN, FactKind.DECIDE_RECOVERY)
CONTRADICTED = {
    FactKind.PROVEN: UNPROTECTED,
    FactKind.MITIGATED: (FactKind.INEFFECTIVE,),
    FactKind.NO_TRACES: (
        FactKind.BROKEN_IN,
        FactKind.TRACES_UNCLEAR,
        FactKind.ATTACK_SEEN,
        FactKind.ATTACK_STOPPED,
        FactKind.LOGS_TOO_SHORT,
    ),
    FactKind.OPEN: CLOSINGS,
}
"""By a fact, those that it can't stand beside for the same service."""


def told(known: CustomerFacts) -> CustomerFacts:
    """Return the facts that a letter tells: without those that may not go to clients and what would contradict them, with what follows.

    What follows is said as loudly as the rest: a service that nobody searched for traces or of which nothing says whether it is open, and logs that reach
    less far back than the exposure.
    """
    withheld = [fact for fact in known.facts if not fact.label.is_for_clients]
    shown = [
        fact
        for fact in known.facts
        if fact.label.is_for_clients and not any(_contradicts(other, fact) for other in withheld)
    ]
    shown = [fact for fact in shown if not is_covered(fact, shown)]
    shown += [
        Fact(kind=FactKind.NOT_SEARCHED, place=place, source="no result of a hunt or of the logs")
        for place in known.services
        if not known.of(*TRACES, place=place)
    ]
    shown += [
        Fact(kind=FactKind.ACCESS_NOT_KNOWN, place=place, source="nothing says whether it is open or closed")
        for place in known.services
        if not known.of(FactKind.OPEN, *CLOSINGS, FactKind.NOT_KNOWN, FactKind.SHOWN_AS_OFF, place=place)
    ]
    facts = [_honest(fact, known) for fact in shown]
    if not known.of(*DECISIONS, FactKind.BROKEN_IN):
        facts.append(Fact(kind=FactKind.NOTHING_TO_DECIDE, source="no open decision", label=Tlp.CLEAR))
    order = [*FactKind]
    return CustomerFacts(
        known.customer,
        known.services,
        tuple(sorted(dict.fromkeys(facts), key=lambda fact: (order.index(fact.kind), fact.place, as_time(fact.when)))),
    )


def _contradicts(held_back: Fact, shown: Fact) -> bool:
    return held_back.place == shown.place and held_back.kind in CONTRADICTED.get(shown.kind, ())


def is_covered(fact: Fact, shown: Iterable[Fact]) -> bool:
    """Return True if a closing lasts, and another one that lasts lets nobody get to what it does: a service that is off shows no page."""
    if fact.kind not in CLOSINGS or fact.until is not None:
        return False
    harder = [kind for kind in SHUT if CLOSINGS.index(kind) < CLOSINGS.index(fact.kind)]
    over = [one for one in shown if one.kind in harder and one.until is None and one.place == fact.place]
    return any(one.part in ("", fact.part) for one in over)


def _honest(fact: Fact, known: CustomerFacts) -> Fact:
    """Return LOGS_TOO_SHORT for NO_TRACES where the logs do not reach back to the first day of the exposure, or that day is not known."""
    if fact.kind is not FactKind.NO_TRACES:
        return fact
    exposed = [as_time(one.when) for one in known.of(*UNSAFE, place=fact.place) if one.when]
    if exposed and fact.when is not None and end_of(fact.when) <= min(exposed):
        return fact
    return replace(fact, kind=FactKind.LOGS_TOO_SHORT)


def as_time(moment: Moment | None) -> datetime:
    """Return a moment as a time that can be compared; a day begins at midnight UTC, and None is before all."""
    if moment is None:
        return datetime.min.replace(tzinfo=UTC)
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time(), UTC)


def end_of(moment: Moment) -> datetime:
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time.max, UTC)


def highest_label(facts: Iterable[Fact]) -> Tlp:
    """Return the most restricted label: that of the letter."""
    return max((fact.label for fact in facts), key=lambda label: label.rank, default=Tlp.AMBER)


def shown_name(text: str) -> str:
    """Return a name that an appliance or another file gave, as one short line in which no program makes a link."""
    cut = text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]}..."
    return _DOT_IN_NAME.sub("[.]", defanged(printable(cut)))
