# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts of customers in January 2020, for the tests of letters: the days are those of ``docs/how-to/letters.md``."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.customer import Contact, Customer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.corrections import Previous
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts import (
    CustomerFacts,
    Fact,
    FactKind,
    Proof,
    Tlp,
    told,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.forms import Forms
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.letter import Letter, letter_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.wording import (
    Wording,
    read_wording,
)

TEMPLATES = Path(__file__).parents[1] / "templates" / "letters"
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
CVE = "CVE-2019-19781"
GATEWAY = "gw-brouwer"
SENDER = Contact("S. Bakker", "consultant", "s.bakker@provider.example", "+31 20 555 0199")
BROUWER = Customer(
    "Brouwer", "nl", (Contact("A. Brouwer", "director", "a.brouwer@brouwer.example", "+31 20 555 0100"),)
)
DE_WIT = Customer("De Wit", "en", (Contact("C. de Wit", "director", "c@dewit.example", "+31 30 555 0101"),))


def at(day: int, hour: int = 12, minute: int = 0, month: int = 1, year: int = 2020) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def fact(kind: FactKind, place: str = "", when: Any = None, **more: Any) -> Fact:
    values: dict[str, Any] = {"known": at(17, 9), "source": "record 20200117", "entry": CVE} | more
    return Fact(kind=kind, place=place, when=when, **values)


FIRST = at(18, 15, month=12, year=2019)
"""When the first letter was written."""
SECOND = at(17, 14)


def before(place: str = GATEWAY, name: str = "Brouwer") -> CustomerFacts:
    """Return what was known on 18 December 2019: the measure was applied and proven."""
    return CustomerFacts(
        name,
        (place,),
        (
            fact(FactKind.WEAKNESS, when=date(2019, 12, 17), label=Tlp.CLEAR, known=FIRST),
            fact(FactKind.OPEN, place, known=FIRST),
            fact(FactKind.MITIGATED, place, at(18, 13, month=12, year=2019), known=FIRST),
            fact(FactKind.PROVEN, place, at(18, 14, month=12, year=2019), proof=Proof.PROBE, known=FIRST),
            fact(FactKind.NEXT_MESSAGE, when=at(6, 8), known=FIRST),
        ),
    )


def now(place: str = GATEWAY, name: str = "Brouwer", person: str = "A. Brouwer") -> CustomerFacts:
    """Return what is known on 17 January 2020: the measure does not work, access is closed, and the logs begin too late."""
    return CustomerFacts(
        name,
        (place,),
        (
            *before(place, name).facts[:1],
            fact(FactKind.EXPLOIT_PUBLIC, when=date(2020, 1, 10), label=Tlp.CLEAR),
            fact(FactKind.USERS, count=320),
            fact(FactKind.CLOSED, place, at(17, 13)),
            fact(FactKind.EXPOSED, place, date(2019, 12, 17), until=at(17, 13)),
            fact(FactKind.AGREED, when=at(17, 12, 30), by=person),
            fact(FactKind.MITIGATED, place, at(18, 13, month=12, year=2019), known=FIRST),
            fact(FactKind.INEFFECTIVE, place, known=at(16, 16)),
            fact(FactKind.NO_TRACES, place, at(9, 3, 12)),
            fact(FactKind.DECIDE_REOPEN, place, at(20, 8)),
            fact(FactKind.NEXT_MESSAGE, when=at(18, 9)),
        ),
    )


def previous(facts: CustomerFacts | None = None) -> Previous:
    return Previous(1, FIRST, told(facts or before()))


@cache
def wording(language: str) -> Wording:
    return read_wording(language, (TEMPLATES,), AMSTERDAM)


def letter(
    language: str = "nl", facts: CustomerFacts | None = None, last: Previous | None = None, written: datetime = SECOND
) -> Letter:
    return letter_of(facts or now(), last, written, SENDER, wording(language))


@cache
def forms() -> Forms:
    return Forms((TEMPLATES,))
