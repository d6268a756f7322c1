# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The call list: one line for each customer, the largest impact first. Who called, and what was agreed where no register says it, are left to fill in. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from ..consent import ConsentEntry
from ..customer import Customer
from .facts import DECISIONS, CustomerFacts, Fact, FactKind, as_time, shown_name, told
from .impact import IMPACT, pressing, words_of

QUIET = "nothing open"
_WIDTHS = (3, 14, 29, 6, 21, 29)
_HEADINGS = ("", "customer", "impact", "users", "to decide", "person and telephone")
_VERBS = {FactKind.DECIDE_CLOSE: "close", FactKind.DECIDE_REOPEN: "reopen", FactKind.DECIDE_RECOVERY: "recover"}
_FILL_IN, _LAST = "by____ agreed_____", "by, agreed | state"


@dataclass(frozen=True)
class _Line:
    facts: CustomerFacts
    customer: Customer
    consent: ConsentEntry | None

    @property
    def pressing(self) -> list[tuple[FactKind, int]]:
        return pressing(self.facts)

    @property
    def users(self) -> int | None:
        counts = [fact.count for fact in self.facts.of(FactKind.USERS) if fact.count is not None]
        return sum(counts) if counts else None

    @property
    def decision(self) -> Fact | None:
        return min(self.facts.of(*DECISIONS), key=lambda fact: as_time(fact.when), default=None)

    def order(self) -> tuple[object, ...]:
        """Return its place: by the most pressing fact, then the most users, then the first decision, then the name."""
        first = [*IMPACT].index(self.pressing[0][0]) if self.pressing else len(IMPACT)
        due = as_time(self.decision.when) if self.decision else datetime.max.replace(tzinfo=as_time(None).tzinfo)
        return (first, -(self.users or 0), due, self.facts.customer)


def call_list(
    about: Iterable[tuple[CustomerFacts, Customer]],
    now: datetime,
    zone: tzinfo,
    consents: Mapping[str, ConsentEntry | None] | None = None,
) -> list[str]:
    """Return the lines: a heading, and one line for each customer.

    :param zone: of the times
    :param consents: by customer, the last entry of the register of consent
    """
    last = consents or {}
    lines = sorted(
        (_Line(told(facts), customer, last.get(customer.name)) for facts, customer in about), key=_Line.order
    )
    customers = f"{len(lines)} customer{'' if len(lines) == 1 else 's'}"
    return [
        f"Call list of {now.astimezone(zone):%Y-%m-%d %H:%M %Z}, {customers}, the largest impact first. For your own organisation only.",
        _columns(_HEADINGS) + _LAST,
        *(_columns(_cells(number, line, zone)) + _agreed(line.consent, zone) for number, line in enumerate(lines, 1)),
    ]


def _agreed(entry: ConsentEntry | None, zone: tzinfo) -> str:
    """Return the last entry of the register, or what is to be filled in where there is none."""
    if entry is None:
        return _FILL_IN
    return f"{entry.state} {datetime.fromisoformat(entry.when).astimezone(zone):%d %b}"


def _cells(number: int, line: _Line, zone: tzinfo) -> tuple[str, ...]:
    impact, more = "", len(line.pressing) - 1
    if line.pressing:
        kind, count = line.pressing[0]
        numbers = (f" x{count}" if count > 1 else "") + (f" +{more}" if more else "")
        impact = _cut(words_of(kind, line.facts), _WIDTHS[2] - len(numbers)).rstrip() + numbers
    people = line.customer.contacts
    person = f"{people[0].name} {people[0].phone or 'no number'}" if people else "nobody named"
    users = "" if line.users is None else str(line.users)
    return (str(number), shown_name(line.facts.customer), impact or QUIET, users, _due(line.decision, zone), person)


def _due(fact: Fact | None, zone: tzinfo) -> str:
    if fact is None or fact.when is None:
        return ""
    verb = _VERBS[fact.kind]
    if isinstance(fact.when, datetime):
        return f"{verb} {fact.when.astimezone(zone):%d %b %H:%M}"
    return f"{verb} {fact.when:%d %b}"


def _columns(cells: Iterable[str]) -> str:
    return "".join(_cut(cell, width).ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True))


def _cut(cell: str, width: int) -> str:
    return cell if len(cell) < width else f"{cell[: width - 3].rstrip()}.. "
