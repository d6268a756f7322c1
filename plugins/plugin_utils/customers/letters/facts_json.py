# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The facts of customers as JSON values, and back: the one door of a file of facts. Pure."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date, datetime
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, TypeVar

from ...foundation.errors import InvalidInput
from ...judgement.course.loss import LossCause
from ..customer import is_named_in
from ..names_in_text import NamesInText
from .facts import (
    BY_RUNS,
    CLOSINGS,
    DECISIONS,
    EXPLOITATION,
    LASTING,
    MONTHS,
    WEAKNESSES,
    CustomerFacts,
    Fact,
    FactKind,
    Moment,
    Proof,
    Tlp,
)

SCHEMA = "tourniquet-letter-facts/1"
MOST_FACTS = 40_000
"""The most facts of one customer."""
LONGEST = 500
"""Characters of a text of a fact."""
FOLLOW = (FactKind.NOT_SEARCHED, FactKind.ACCESS_NOT_KNOWN, FactKind.NOTHING_TO_DECIDE)
"""Kinds that follow from other facts; a file has none of them."""
OF_ALL = (
    *(*WEAKNESSES, *EXPLOITATION, FactKind.USERS, FactKind.ADVISED, FactKind.AGREED, FactKind.REFUSED),
    *(*DECISIONS, FactKind.NEXT_MESSAGE),
)
"""Kinds that may be about no single service."""
_IN_PART = (*CLOSINGS, FactKind.DECIDE_REOPEN)
_PEOPLE = (FactKind.ADVISED, FactKind.AGREED, FactKind.REFUSED)
_TIMELESS = (
    *(FactKind.USERS, FactKind.OPEN, FactKind.INEFFECTIVE, FactKind.STOP_GAP, FactKind.NOT_PROVEN, FactKind.NOT_KNOWN),
    *(FactKind.LOGS_TOO_SHORT, FactKind.TRACES_UNCLEAR, FactKind.BROKEN_IN, FactKind.ONE_NOT_FIXED),
)
_TEXTS = ("place", "part", "entry", "by", "source")
_UNDATED = ("undated", "undated_end", "latest_end", "month")
_ENDS = ("undated_end", "latest_end")
_KEYS = (*_TEXTS, "kind", "when", "until", "proof", "cause", "count", *_UNDATED, "known", "label")
_Word = TypeVar("_Word", bound=StrEnum)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def fact_values(fact: Fact) -> dict[str, Any]:
    """Return a fact as JSON values, without those that it does not have."""
    values = {
        "kind": str(fact.kind),
        **{name: getattr(fact, name) for name in _TEXTS},
        **{name: _text_of(getattr(fact, name)) for name in ("when", "until", "known")},
        "proof": str(fact.proof) if fact.proof else "",
        "cause": str(fact.cause) if fact.cause else "",
        "count": fact.count,
        **{name: getattr(fact, name) or None for name in _UNDATED},
        "label": str(fact.label),
    }
    return {name: value for name, value in values.items() if value not in ("", None)}


def customer_values(known: CustomerFacts) -> dict[str, Any]:
    """Return the facts of a customer as JSON values."""
    return {
        "customer": known.customer,
        "services": list(known.services),
        "facts": [fact_values(fact) for fact in known.facts],
    }


def require_readable(known: CustomerFacts) -> None:
    """Check that the next letter can read what this one tells.

    :raises InvalidInput: where that is too much
    """
    if len(known.facts) > MOST_FACTS:
        raise InvalidInput(
            f"{known.customer}: a letter would tell {len(known.facts):,} facts, and {MOST_FACTS:,} are the most: name fewer entries"
        )


def read_file_of_facts(where: str, value: Any) -> tuple[CustomerFacts, ...]:
    """Return the facts of each customer in a file.

    :param where: the file, for messages
    :raises InvalidInput: naming the file, the customer, the fact and the fix
    """
    if not isinstance(value, Mapping) or value.get("schema") != SCHEMA or not isinstance(value.get("customers"), list):
        raise InvalidInput(f"{where}: it must be a mapping with schema: {SCHEMA} and a list of customers")
    found = tuple(read_customer_facts(where, one) for one in value["customers"])
    names = [one.customer for one in found]
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise InvalidInput(f"{where}: the customer {double!r} is there twice: put all its facts in one place")
    require_own_names(where, found)
    return found


def read_customer_facts(where: str, value: Any, *, with_what_follows: bool = False) -> CustomerFacts:
    """Return the facts of one customer.

    :param with_what_follows: the facts are those that a letter told, which include what follows from others
    :raises InvalidInput: naming the file, the customer, the fact and the fix
    """
    if not isinstance(value, Mapping) or set(value) != {"customer", "services", "facts"}:
        raise InvalidInput(f"{where}: a customer must be a mapping of customer, services and facts")
    name, services, facts = value["customer"], value["services"], value["facts"]
    if not isinstance(name, str) or not name.strip() or not name.isprintable() or len(name) > LONGEST:
        raise InvalidInput(f"{where}: the name of a customer must be one line of text")
    if not isinstance(services, list) or not all(isinstance(one, str) and 0 < len(one) <= LONGEST for one in services):
        raise InvalidInput(f"{where}: {name}: services must be a list of names")
    if not isinstance(facts, list) or len(facts) > MOST_FACTS:
        raise InvalidInput(f"{where}: {name}: facts must be a list of at most {MOST_FACTS}")
    return CustomerFacts(
        name,
        tuple(dict.fromkeys(services)),
        tuple(
            _fact(f"{where}: {name}: fact {number}", one, frozenset(services), follows=with_what_follows)
            for number, one in enumerate(facts, 1)
        ),
    )


def _fact(where: str, value: Any, services: frozenset[str], *, follows: bool) -> Fact:
    if not isinstance(value, Mapping) or not set(value) <= set(_KEYS):
        raise InvalidInput(f"{where}: must be a mapping with the keys {', '.join(sorted(_KEYS))}")
    texts = {name: value.get(name, "") for name in _TEXTS}
    wrong = next((name for name, text in texts.items() if not isinstance(text, str) or len(text) > LONGEST), None)
    if wrong is not None:
        raise InvalidInput(f"{where}: {wrong} must be a text of at most {LONGEST} characters")
    count = value.get("count")
    if count is not None and (type(count) is not int or count < 0):  # pylint: disable=unidiomatic-typecheck
        raise InvalidInput(f"{where}: count is {count!r}, and must be a number of users")
    for name in _UNDATED:
        if not isinstance(value.get(name, False), bool):
            raise InvalidInput(f"{where}: {name} is {value[name]!r}, and must be true or false")
    try:
        fact = Fact(
            **{name: value.get(name, False) for name in _UNDATED},
            kind=_one_of("kind", FactKind, value.get("kind", ""), FOLLOW),
            when=_moment(value.get("when")),
            until=_moment(value.get("until")),
            proof=_one_of("proof", Proof, value["proof"]) if "proof" in value else None,
            cause=_one_of("cause", LossCause, value["cause"]) if "cause" in value else None,
            count=count,
            known=_time(value.get("known")),
            label=_one_of("label", Tlp, value.get("label", "")),
            **texts,
        )
    except (ValueError, TypeError) as error:
        raise InvalidInput(f"{where}: {error}") from error
    problem = _problem(fact, services, follows=follows)
    if problem:
        raise InvalidInput(f"{where} ({fact.kind}): {problem}")
    return fact


def _problem(fact: Fact, services: frozenset[str], *, follows: bool) -> str:
    kind = fact.kind
    if kind in FOLLOW and not follows:
        return "it follows from the other facts: leave it out"
    if fact.place not in services and (fact.place or kind not in (*OF_ALL, FactKind.NOTHING_TO_DECIDE)):
        return f"place is {fact.place!r}, which is not among the services of this customer"
    needed = {
        "when": kind not in (*_TIMELESS, *FOLLOW, *(BY_RUNS if follows else ())) and fact.when is None,
        "by": kind in _PEOPLE and not fact.by,
        "proof": kind is FactKind.PROVEN and fact.proof is None,
        "cause": kind is FactKind.PROTECTION_ENDED and fact.cause is None,
        "count": kind is FactKind.USERS and fact.count is None,
        "entry": kind in WEAKNESSES and not fact.entry,
        "known": not follows and fact.known is None,
        "source": not fact.source.strip(),
    }
    missing = next((name for name, is_missing in needed.items() if is_missing), None)
    if missing is not None:
        return f"{missing} is missing: a letter says it, or rests on it"
    if fact.until is not None and kind not in LASTING:
        return f"until counts for {', '.join(LASTING)} only"
    if fact.undated and kind is not FactKind.PROTECTION_ENDED:
        return f"undated counts for {FactKind.PROTECTION_ENDED} only"
    if fact.month and (kind not in MONTHS or isinstance(fact.when, datetime)):
        return f"month counts for a day of {', '.join(MONTHS)} only"
    without_end = next((name for name in _ENDS if getattr(fact, name) and fact.until is None), "")
    if without_end:
        return f"{without_end} counts for what has an end"
    if fact.part and kind not in _IN_PART:
        return f"part counts for {', '.join(_IN_PART)} only"
    return ""


USE_ANOTHER = "Use a name of the service that is of no customer, such as gw-1"


def require_own_names(where: str, about: Sequence[CustomerFacts], fix: str = USE_ANOTHER) -> None:
    """Check the facts of all customers before the first letter is made.

    :param fix: what to do, as a sentence
    :raises InvalidInput: where a text of a letter would name another customer, or a service of another one
    """
    for own in about:
        _require_no_other(where, own, (other for other in about if other is not own), fix)


def _require_no_other(where: str, own: CustomerFacts, others: Iterable[CustomerFacts], fix: str) -> None:
    told = (text for fact in own.facts for text in (fact.place, fact.part, fact.entry))
    texts = {text for text in (*told, *own.services) if text}
    people = {fact.by for fact in own.facts if fact.by}
    mine = {own.customer, *own.services}
    for other in others:
        customer = NamesInText({other.customer} - mine, own.customer)
        names = {*map(customer.first_in, texts), *map(customer.first_said_by, people)} - {""}
        names |= {name for name in {*other.services} - mine if any(is_named_in(name, text) for text in texts | people)}
        if names:
            raise InvalidInput(
                f"{where}: a fact of {own.customer} names {min(names)!r}, which belongs to {other.customer}: a letter names no other customer. {fix}"
            )


def _one_of(name: str, words: type[_Word], value: Any, unwritten: Container[_Word] = ()) -> _Word:
    """Return the word of a key.

    :param unwritten: words that no person writes
    :raises ValueError: naming those that can be written
    """
    try:
        return words(value)
    except ValueError as error:
        known = [str(word) for word in words if word not in unwritten]
        near = get_close_matches(str(value), known, n=1)
        meant = f"; did you mean {near[0]}?" if near else "."
        raise ValueError(f"{name} is {value!r}{meant} It must be one of: {', '.join(known)}") from error


def _moment(value: Any) -> Moment | None:
    if isinstance(value, str) and _DAY.fullmatch(value):
        return _day(value)
    return _time(value)


def _day(value: str) -> date:
    """:raises ValueError: where there is no such day"""
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"{value!r} is no day: write one such as 2020-01-17") from error


def _time(value: Any) -> datetime | None:
    """:raises ValueError, TypeError: where it is no time with a zone"""
    if value is None:
        return None
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no time: write it as 2020-01-17T13:00:00+00:00")
    try:
        found = datetime.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"{value!r} is no time: write it as 2020-01-17T13:00:00+00:00") from error
    if found.tzinfo is None:
        raise ValueError(f"{value} has no time zone: write it as 2020-01-17T13:00:00+00:00")
    return found


def _text_of(moment: Moment | None) -> str:
    return moment.isoformat() if moment is not None else ""
