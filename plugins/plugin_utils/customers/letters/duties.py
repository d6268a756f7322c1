# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The clocks of duties to report, and the minutes of unavailability, as values for a person who decides. Not legal advice. Pure.

Sources: GDPR (AVG) articles 33(1), 33(2); NIS2 article 23 and the Dutch Cyberbeveiligingswet (Cbw); Regulation (EU) 2024/2690 article 10. A weakness or a
threat alone is no breach: only a break-in starts the clocks.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from .facts import SHUT, UNSAFE, WEAKNESSES, CustomerFacts, Fact, FactKind, Moment, highest_label, told
from .impact import pressing, words_of

SCHEMA = "tourniquet-duties/1"
NOT_ADVICE = "Not legal advice. Have it checked by a person who knows the law and your contracts."
LIMIT = 30
"""Minutes of unavailability of the whole service of a managed service provider that are significant: Regulation (EU) 2024/2690, article 10."""
_HOURS = (
    ("AVG art. 33(2)", "processor informs the controller without undue delay", 0),
    ("AVG art. 33(1)", "controller reports to the Autoriteit Persoonsgegevens within 72 hours", 72),
    ("Cbw (NIS2 art. 23)", "early warning within 24 hours", 24),
    ("Cbw (NIS2 art. 23)", "report within 72 hours", 72),
)
_MONTH = ("Cbw (NIS2 art. 23)", "final report within a month")


def duties_values(
    about: Iterable[CustomerFacts], now: datetime, contracts: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the export of all customers, for the provider's own use: facts that may not go to clients count too.

    :param contracts: by customer, which contract there is and what it says of an interruption
    """
    customers = [{**_customer(known, now), "contract": (contracts or {}).get(known.customer, "")} for known in about]
    minutes = [
        service["minutes"] for one in customers for service in one["unavailable"] if service["minutes"] is not None
    ]
    return {
        "schema": SCHEMA,
        "note": NOT_ADVICE,
        "at": now.isoformat(timespec="seconds"),
        "minutes_closed_of_all_services": sum(minutes),
        "customers": customers,
    }


def _customer(known: CustomerFacts, now: datetime) -> dict[str, Any]:
    broken = [fact.known for fact in known.of(FactKind.BROKEN_IN) if fact.known]
    threat = [fact.known for fact in known.of(*WEAKNESSES, *UNSAFE) if fact.known]
    closed = known.of(*SHUT)
    agreed = known.of(FactKind.AGREED)
    minutes, seen = minutes_of(closed, now), told(known)
    return {
        "customer": known.customer,
        "label": str(highest_label(known.facts)),
        "impact": [words_of(kind, seen) for kind, _count in pressing(seen)],
        "threat_known": _text(min(threat, default=None)),
        "breach_known": _text(min(broken, default=None)),
        "clocks": _clocks(min(broken), now) if broken else [],
        "no_clocks_because": "" if broken else "no break-in is known: a weakness or a threat alone is no breach",
        "unavailable": [_service(place, known, now) for place in known.services if known.of(*SHUT, place=place)],
        "minutes_closed": minutes,
        "over_30_minutes": None if minutes is None else minutes > LIMIT,
        "agreed": [{"by": fact.by, "when": _text(fact.when), "source": fact.source} for fact in agreed],
        "sources": sorted({fact.source for fact in (*known.of(FactKind.BROKEN_IN), *closed, *agreed)}),
    }


def _service(place: str, known: CustomerFacts, now: datetime) -> dict[str, Any]:
    closed = known.of(*SHUT, place=place)
    return {
        "service": place,
        "closed": [_closed(fact) for fact in closed],
        "minutes": minutes_of(closed, now),
    }


def _closed(fact: Fact) -> dict[str, Any]:
    more: dict[str, Any] = {"part": fact.part} if fact.part else {}
    more |= {name: True for name in ("undated_end", "latest_end") if getattr(fact, name)}
    return {"from": _text(fact.when), "until": _text(fact.until), **more}


def _clocks(started: datetime, now: datetime) -> list[dict[str, Any]]:
    due = [(basis, what, started + timedelta(hours=hours)) for basis, what, hours in _HOURS]
    due.append((*_MONTH, month_later(started)))
    return [
        {
            "basis": basis,
            "what": what,
            "started": _text(started),
            "due": _text(time),
            "hours_left": round((time - now).total_seconds() / 3600, 1),
        }
        for basis, what, time in due
    ]


def month_later(time: datetime) -> datetime:
    """Return the same day of the next month, or the last one where that month is shorter."""
    year, month = (time.year + 1, 1) if time.month == 12 else (time.year, time.month + 1)
    return time.replace(year=year, month=month, day=min(time.day, calendar.monthrange(year, month)[1]))


def minutes_of(closed: Iterable[Fact], now: datetime) -> int | None:
    """Return the minutes in which something was closed, each counted once; None where that depends on a time that nobody knows."""
    spans, sure = [], []
    for fact in closed:
        begin, end = fact.when, fact.until or now
        if fact.undated_end or not isinstance(begin, datetime) or not isinstance(end, datetime):
            return None
        spans.append((begin, end))
        sure += [] if fact.latest_end else [(begin, end)]
    minutes = _together(spans)
    return minutes if minutes == _together(sure) else None


def _together(spans: Iterable[tuple[datetime, datetime]]) -> int:
    total, reached = timedelta(), datetime.min.replace(tzinfo=UTC)
    for begin, end in sorted(spans):
        if end > max(begin, reached):
            total += end - max(begin, reached)
            reached = end
    return int(total.total_seconds() // 60)


def _text(moment: Moment | None) -> str:
    return moment.isoformat() if moment is not None else ""
