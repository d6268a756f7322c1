# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The facts of customers from ``ledger.json``, which ``ledger.yml`` writes. Pure.

A row of the ledger is about one appliance, one customer and one weakness. The places of such a fact are the virtual servers of this customer that the
inventory names; where it names none, the appliance by its name in the inventory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby, takewhile
from typing import Any

from ...catalogue.closing_steps import LadderStep
from ...catalogue.entry import Entry, Surface
from ...foundation.errors import InvalidInput
from ...foundation.next_action import Command, advice
from ...judgement.course.build_track import bulletin_day
from ...judgement.course.hunt_result import HuntOutcome
from ...judgement.course.loss import LossCause
from ...judgement.course.measure_stage import Doing
from ...judgement.course.sourced_date import Confidence
from ...judgement.course.state import Extent, State
from ...judgement.exposure.history import is_published
from ...judgement.exposure.reopen_answer import ReopenAnswer
from ..customer import is_named_in
from .facts import (
    BY_RUNS,
    CLOSINGS,
    LONGEST_NAME,
    WITHDRAWN,
    CustomerFacts,
    Fact,
    FactKind,
    Moment,
    Proof,
    Tlp,
    as_time,
)

SCHEMA = "tourniquet-exposure-ledger/1"
STEPS = {
    LadderStep.COUNTRIES: FactKind.CLOSED_COUNTRIES,
    LadderStep.PARTNERS: FactKind.CLOSED_PARTNERS,
    LadderStep.PATHS: FactKind.CLOSED_PATHS,
    LadderStep.NOTICE: FactKind.CLOSED_NOTICE,
    LadderStep.OFF: FactKind.CLOSED,
}
"""By step, what a letter says of a closing by it."""
_NOT_PROTECTING = {
    State.OBSERVING: FactKind.OBSERVING,
    State.TAKEN_OFF: FactKind.TAKEN_OFF,
    State.INEFFECTIVE: FactKind.INEFFECTIVE,
    State.EXPOSED: FactKind.INEFFECTIVE,
    State.DRIFTED: FactKind.NOT_PROVEN,
    State.PARTLY: FactKind.NOT_PROVEN,
    State.UNKNOWN: FactKind.NOT_PROVEN,
    State.UNPROVEN: FactKind.NOT_PROVEN,
    State.STOP_GAP: FactKind.STOP_GAP,
    State.REDUCES: FactKind.REDUCES,
}
"""By the word of the measure, what a letter says of one that does not protect."""
_SINCE = (FactKind.OBSERVING, FactKind.TAKEN_OFF, FactKind.REDUCES)
_LETS_PASS = (State.TAKEN_OFF, State.OBSERVING, State.INEFFECTIVE, State.EXPOSED, State.DRIFTED)
"""The states in which an attack passes that our measure had to stop."""
_WITHDRAWN = {Doing.OBSERVES: FactKind.OBSERVING, Doing.OFF: FactKind.TAKEN_OFF}
"""By what a measure does since a run of ours, what a letter says of that."""
_NEEDED = {"losses", "management", "without_fix", "stages", "proofs"}
"""What a row has besides its course; that of an earlier version lacks some."""
_DECISIONS = {
    ReopenAnswer.OPEN: FactKind.DECIDE_REOPEN,
    ReopenAnswer.ASSUME_COMPROMISED: FactKind.DECIDE_RECOVERY,
}
_LEDGER = Command("ledger")


@dataclass(frozen=True)
class FromLedger:
    """What a letter tells of a ledger.

    :ivar entries: the entries of the catalogue that the letters are about, by id
    :ivar now: when the ledger is read: what it says is known since then, unless a run of ours recorded it
    :ivar next_message: when the customers hear again, and until when they decide
    """

    entries: Mapping[str, Entry]
    now: datetime
    next_message: datetime

    def facts(self, where: str, ledger: Any) -> tuple[CustomerFacts, ...]:
        """Return the facts of each customer that the ledger names.

        :param where: the file, for messages
        :raises InvalidInput: where it is no ledger, or names no customer for an appliance
        """
        try:
            if ledger["schema"] != SCHEMA:
                raise InvalidInput(
                    advice(
                        f"{where}: it is no ledger of the form {SCHEMA}: name the ledger.json of ledger.yml", _LEDGER
                    )
                )
            found: dict[str, tuple[dict[str, None], list[Fact]]] = {}
            known = _first_record(self._rows(where, ledger))
            days = {name: _as_of(about) for name, about in ledger["appliances"].items()}
            last = max(days.values(), default=date.max)
            places_of = _places(ledger["appliances"])
            for appliance, about in ledger["appliances"].items():
                for answer in about["answers"]:
                    customer = str(answer["customer"])
                    if not customer:
                        raise InvalidInput(
                            f"{where}: {appliance} has no customer: name one in netscaler_customer, and make the ledger again"
                        )
                    places, facts = found.setdefault(customer, ({}, self._of_all(known, last)))
                    named = places_of.get((appliance, customer)) or []
                    own = dict.fromkeys([*named, *_not_named(answer, named)] if named else [str(appliance)])
                    for place in own:
                        places[place] = None
                        about_it = self._of_answer(place, answer, own, days[appliance])
                        facts += self._of_unread(place, about_it) if about.get("problem") else about_it
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise InvalidInput(
                advice(f"{where}: it is no whole ledger ({error!r}): make it again with ledger.yml", _LEDGER)
            ) from error
        return tuple(
            CustomerFacts(customer, tuple(places), tuple(dict.fromkeys(facts)))
            for customer, (places, facts) in found.items()
        )

    def _rows(self, where: str, ledger: Any) -> Iterator[Mapping[str, Any]]:
        """:raises InvalidInput: where an earlier version wrote it, which knew single dates and no course"""
        for about in ledger["appliances"].values():
            for row in (row for answer in about["answers"] for row in answer["rows"]):
                if not row.get("course") or not row.keys() >= _NEEDED:
                    raise InvalidInput(
                        advice(
                            f"{where}: an earlier version wrote it, without what happened when: make it again with ledger.yml",
                            _LEDGER,
                        )
                    )
                if row["entry"] in self.entries:
                    yield row

    def _of_all(self, known: datetime | None, as_of: date) -> list[Fact]:
        """Return the facts of every customer.

        :param known: when we knew of the weakness; None where no run of ours shows it
        :param as_of: what became known later does not count
        """
        weak = [
            self._fact(
                FactKind.WEAKNESS_BEHIND if entry.surface is Surface.BACK_ENDS else FactKind.WEAKNESS,
                when=bulletin_day(entry),
                month=len(entry.published) == len("2020-01"),
                entry=", ".join(entry.identifiers),
                source=entry.bulletin or f"the catalogue, {entry.id}",
                label=Tlp.CLEAR,
                known=known or self.now,
            )
            for entry in self.entries.values()
            if is_published(entry, as_of)
        ]
        return [*weak, self._fact(FactKind.NEXT_MESSAGE, when=self.next_message, source="next_message")]

    def _of_answer(self, place: str, answer: Mapping[str, Any], places: Collection[str], as_of: date) -> Iterator[Fact]:
        """Yield the facts of one service.

        :param places: all services of the customer at this appliance
        :param as_of: what became known later does not count
        """
        rows = [row for row in answer["rows"] if row["entry"] in self.entries]
        for row in rows:
            yield from self._of_row(place, row, as_of)
        unread = next((row["course"][-1] for row in rows if _is_unread(row["course"][-1])), None)
        if unread is not None:
            yield self._fact(FactKind.NOT_KNOWN, place=place, source=str(unread["reason"]))
        closings = [*self._of_closings(place, rows[0], places)] if rows else []
        lasting = _are_lasting(closings)
        is_shown = bool(rows) and bool(rows[0].get("shown_as_off")) and not lasting and unread is None
        yield from (fact for fact in closings if not (is_shown and fact.kind is FactKind.OPEN))
        if is_shown:
            yield self._fact(FactKind.SHOWN_AS_OFF, place=place, source="the appliance, which nothing proves")
        doubt = _doubt(place, rows[0], places) if rows and unread is None else ""
        if doubt:
            yield self._fact(FactKind.NOT_KNOWN, place=place, source=doubt)
        said = ReopenAnswer(answer["answer"])
        if said is ReopenAnswer.ASSUME_COMPROMISED or (said is ReopenAnswer.OPEN and lasting):
            part = _closed_part(lasting) if said is ReopenAnswer.OPEN else ""
            source = f"the ledger says {said.words}"
            yield self._fact(_DECISIONS[said], place=place, when=self.next_message, source=source, part=part)

    def _of_unread(self, place: str, known: Iterable[Fact]) -> Iterator[Fact]:
        """Yield the facts of a service whose appliance was not read: nobody knows that it is open now."""
        yield self._fact(FactKind.NOT_KNOWN, place=place, source="its appliance was not read")
        yield from (fact for fact in known if fact.kind not in (FactKind.OPEN, FactKind.NOT_KNOWN))

    def _of_row(self, place: str, row: Mapping[str, Any], as_of: date) -> Iterator[Fact]:
        about = {"entry": ", ".join(self.entries[row["entry"]].identifiers)}
        yield from self._of_exploit(row, about, as_of)
        surface = self.entries[row["entry"]].surface
        is_known = _when(row, "exposed_from") is not None
        if surface is Surface.BACK_ENDS or (is_known and surface is not Surface.MANAGEMENT):
            yield from self._of_exposures(place, row, about)
        if is_known:
            yield from self._of_management(place, row, about)
        yield from self._of_measure(place, row, about)
        # The vendor corrected nothing in a build that never had the weakness.
        if row["is_fixed"] is True and row["is_never_affected"] is False and _when(row, "fixed") is not None:
            yield self._dated(FactKind.FIXED, row, "fixed", place=place, **about)
        if row["without_fix"]:
            source = f"without the fix today: {', '.join(map(str, row['without_fix']))}"
            yield self._fact(FactKind.ONE_NOT_FIXED, place=place, source=source, **about)
        yield from self._of_hunt(place, row, about)

    def _of_exploit(self, row: Mapping[str, Any], about: Mapping[str, str], as_of: date) -> Iterator[Fact]:
        """Yield what the world knew of attacks on that day, or on that of the letter: that anybody can read how, and the first known use, else CISA's list."""
        entry = self.entries[row["entry"]]
        found = entry.exploit.known_on(min(as_of, self.now.date()))
        listed = found.kev if found.exploited_since is None else None
        signs = (
            (FactKind.EXPLOIT_PUBLIC, "public", found.public),
            (FactKind.EXPLOITED, "exploited_since", found.exploited_since),
            (FactKind.LISTED, "kev", listed),
        )
        for kind, name, day in signs:
            if day is None or _when(row, "exploit_public") is None:
                continue
            yield self._fact(
                kind,
                when=day,
                month=kind is FactKind.EXPLOITED and found.is_month,
                source=f"the catalogue, {entry.id}{entry.said_by(day, name)}",
                label=Tlp.CLEAR,
                **about,
            )

    def _of_exposures(self, place: str, row: Mapping[str, Any], about: Mapping[str, str]) -> Iterator[Fact]:
        """Yield the exposure that the weakness began with, unless it was protected then, and each one after a time with protection.

        Of what is behind the appliance nobody knows whether it was exposed before we protected it. Where no record proves how long we did, it is
        told since then.
        """
        course = row["course"]
        ended = next((one["since"] for one in course if one["protects"]), None)
        first = row if not course[0]["protects"] and _when(row, "exposed_from") is not None else _in_doubt(row)
        if first is not None:
            name = "exposed_from" if first is row else "since"
            until = _ended(_when(first, name), ended)
            yield self._dated(FactKind.EXPOSED, first, name, place=place, **until, **about)
        for one in row["losses"]:
            if one["before"] == Extent.WHOLE:
                yield self._of_loss(one, place=place, **about)

    def _of_management(self, place: str, row: Mapping[str, Any], about: Mapping[str, str]) -> Iterator[Fact]:
        """Yield each time for which a management address was not protected, unless it was an exposure of the virtual servers too.

        Of one that was not read today, another fact says that nothing is known.
        """
        is_only_there = self.entries[row["entry"]].surface is Surface.MANAGEMENT
        servers = [] if is_only_there else [*_unprotected(row["course"])]
        for run in _unprotected(row["course"] if is_only_there else row["management"]):
            shown = next((one for one in run if State(one["state"]).is_known), None)
            if any(_is_inside(run, other) for other in servers) or (shown is None and _is_unread(run[0])):
                continue
            kind = FactKind.MANAGEMENT_NOT_KNOWN if shown is None else FactKind.MANAGEMENT_EXPOSED
            begun = run[0] if shown is None else shown
            until = _ended(_moment(begun["since"]), run[-1]["until"])
            if shown is None:
                until.pop("latest_end", None)  # until then we did not know it
            yield self._dated(kind, begun, "since", place=place, **until, **about)

    def _of_loss(self, loss: Mapping[str, Any], **about: Any) -> Fact:
        """Return the fact of a time without protection after one with it. What was found later is known since it was found."""
        cause, found = LossCause(loss["cause"]), _moment(loss["found"])
        recorded = loss["found"]["confidence"] == "recorded" and isinstance(found, datetime)
        return self._fact(
            FactKind.PROTECTION_ENDED,
            when=_moment(loss["since"]),
            **_ended(_moment(loss["since"]), loss["until"]),
            cause=cause,
            undated=cause.is_dated and loss["since"]["time"] != loss["found"]["time"],
            source=str(loss["found"]["source"]),
            **({"known": found} if recorded else {}),
            **about,
        )

    def _of_measure(self, place: str, row: Mapping[str, Any], about: Mapping[str, str]) -> Iterator[Fact]:
        """Yield what was done with it, and whether it protects. What did not protect until the fix is told, with the fix as its end."""
        done = [*self._of_stages(place, row, about)]
        yield from done
        word = State(row["measure"]["word"])
        for one in row["proofs"]:
            if one["until"] is not None:
                until = _moment(one["until"])
                yield self._dated(FactKind.PROVEN, one, "since", place=place, until=until, proof=Proof.RECORD, **about)
        if word is State.MITIGATED:
            yield self._dated(FactKind.PROVEN, row, "proven", place=place, proof=Proof.RECORD, **about)
        kind = _NOT_PROTECTING.get(word)
        if kind is None or (kind in WITHDRAWN and _has_said(done[-1:], kind)):
            return
        is_over = row["is_fixed"] is True and kind is not FactKind.TAKEN_OFF and _when(row, "fixed") is not None
        ended = {"until": _when(row, "fixed"), "latest_end": _is_latest(row["fixed"])} if is_over else {}
        more: dict[str, Any] = {"place": place, **ended, "source": str(row["proven"]["source"]), **about}
        if word is State.EXPOSED:
            more |= {"source": str(row["disproved"]["source"]), "known": _when(row, "disproved")}
        elif kind in _SINCE:
            since = row["measure"]["since"]
            when = None if _has_wrong_clock(since) else _when(row["measure"], "since")
            more |= {"when": when, "source": str(since["source"] or row["measure"]["reason"])}
            if since["confidence"] == "recorded":
                more["known"] = more["when"]
        yield self._fact(kind, **more)

    def _of_stages(self, place: str, row: Mapping[str, Any], about: Mapping[str, str]) -> Iterator[Fact]:
        """Yield each time that our measure was put in place, let only count, taken off or put back, in that order.

        What was put back in a part before all had it protected nobody yet.
        """
        put, before = FactKind.MITIGATED, Doing.UNKNOWN
        for one in row["stages"]:
            doing, until = Doing(one["doing"]), _until(one["since"], one["until"]) if one["until"] is not None else {}
            if doing is Doing.BLOCKS and one.get("partition"):
                continue
            if doing is Doing.BLOCKS:
                if one["is_put"] and one["is_needed"]:
                    cause = LossCause.CHANGED if before is doing else None  # nothing of ours was between
                    yield self._dated(put, one, "since", place=place, cause=cause, **about)
                put = FactKind.PUT_BACK
            elif one["is_needed"] and doing in _WITHDRAWN:
                yield self._dated(_WITHDRAWN[doing], one, "since", place=place, **until, **about)
            elif doing is Doing.OFF:
                yield self._dated(FactKind.REMOVED, one, "since", place=place, **about)
            before = doing

    def _of_hunt(self, place: str, row: Mapping[str, Any], about: Mapping[str, str]) -> Iterator[Fact]:
        """Yield what the hunt found. Without a whole hunt there is no fact, and the letter says that nobody has searched all."""
        outcome, ended = HuntOutcome(row["hunt_outcome"]), _when(row, "hunt")
        more: dict[str, Any] = {"place": place, "source": str(row["hunt"]["source"]), **about}
        if isinstance(ended, datetime):
            more["known"] = ended
        if outcome is HuntOutcome.COMPROMISE:
            yield self._fact(FactKind.BROKEN_IN, **more)
        elif outcome is HuntOutcome.ATTEMPT:
            yield self._fact(FactKind.TRACES_UNCLEAR, **more)
        elif outcome is HuntOutcome.NOTHING_FOUND:
            oldest = _when(row, "logs_from")
            yield self._fact(FactKind.LOGS_TOO_SHORT if oldest is None else FactKind.NO_TRACES, when=oldest, **more)

    def _of_closings(self, place: str, row: Mapping[str, Any], places: Collection[str]) -> Iterator[Fact]:
        """Yield the closings of a service, which are the same in each row; and that it is open where all of them have ended."""
        own = [one for name in ("switched_off", "closings") for one in row[name] if _place(one, places) == place]
        told = [(STEPS[LadderStep(one["step"])], one) for one in own if not _is_only_begun(one)]
        whole = (row["appliance"],) == tuple(places)
        alike: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
        for kind, one in told:
            alike.setdefault(_told_as(kind, one), []).append(one)
        ends: list[tuple[Moment, str]] = []
        for kind, one in told:
            until = _until(one["closed"], one["reopened"])
            part = _part(place, alike[_told_as(kind, one)], whole=whole)
            yield self._dated(kind, one, "closed", place=place, part=part, **until)
            if (opened := _when(one, "reopened")) is not None:
                ends.append((opened, str(one["reopened"]["source"])))
        if ends and len(ends) == len(told):
            _last, source = max(ends, key=lambda end: as_time(end[0]))
            yield self._fact(FactKind.OPEN, place=place, source=source)

    def _dated(self, kind: FactKind, row: Mapping[str, Any], name: str, **more: Any) -> Fact:
        when = None if kind in BY_RUNS and _has_wrong_clock(row[name]) else _when(row, name)
        recorded = isinstance(when, datetime) and row[name]["confidence"] == "recorded"
        return self._fact(
            kind, when=when, source=str(row[name]["source"]), **({"known": when} if recorded else {}), **more
        )

    def _fact(self, kind: FactKind, **values: Any) -> Fact:
        return Fact(**{"kind": kind, "known": self.now, **values})


def merged(*sources: tuple[CustomerFacts, ...]) -> tuple[CustomerFacts, ...]:
    """Return the facts of each customer from all sources."""
    found: dict[str, CustomerFacts] = {}
    for one in (one for source in sources for one in source):
        before = found.get(one.customer, CustomerFacts(one.customer, (), ()))
        services = tuple(dict.fromkeys((*before.services, *one.services)))
        found[one.customer] = CustomerFacts(one.customer, services, tuple(dict.fromkeys((*before.facts, *one.facts))))
    return tuple(found.values())


def _as_of(about: Mapping[str, Any]) -> date:
    """Return the day after which nothing that became known counts for an appliance; an earlier version did not write it.

    :raises ValueError: where it is no day
    """
    return date.fromisoformat(about["as_of"]) if about.get("as_of") else date.max


def _place(closing: Mapping[str, Any], places: Collection[str]) -> str:
    """Return the service of a closing by a step; the appliance where it is the only one."""
    named = (str(name) for name in (closing["service"], closing["vserver"]) if name in places)
    return next(named, next(iter(places)))


def _part(place: str, closings: Sequence[Mapping[str, Any]], *, whole: bool) -> str:
    """Return the virtual servers of closings that are told as one, where another one of their service was open; "" where none was.

    :param whole: the service is the appliance, with all virtual servers of the customer
    """
    some = closings[:LONGEST_NAME]  # more than a letter shows
    if not any(whole or place in (one["service"], one["vserver"]) for closing in some for one in closing["beside"]):
        return ""
    names = ", ".join(dict.fromkeys(str(one["vserver"]) for one in some))
    return names[: LONGEST_NAME + 1]  # a longer one is shown as cut


def _has_said(last: Sequence[Fact], kind: FactKind) -> bool:
    """Return True if the last thing that was done with a measure says that it does not protect."""
    return any(fact.kind in (kind, FactKind.REMOVED) for fact in last)


def _doubt(place: str, row: Mapping[str, Any], places: Collection[str]) -> str:
    """Return why it is not known whether a service still is closed; "" where nothing is against it, or an earlier version has made the ledger."""
    own = (one for name in ("switched_off", "closings") for one in row[name] if _place(one, places) == place)
    return next((str(one["doubt"]) for one in own if one.get("doubt")), "")


def _is_only_begun(closing: Mapping[str, Any]) -> bool:
    """Return True if a run was to close something and did not come to its end, and it is open, or that is not known: nobody knows whether it was closed."""
    return bool(closing.get("half_closed_by")) and bool(closing["reopened"]["time"] or closing.get("doubt"))


def _are_lasting(closings: Iterable[Fact]) -> list[Fact]:
    """Return the closings that last."""
    return [fact for fact in closings if fact.kind in CLOSINGS and fact.until is None]


def _closed_part(lasting: Sequence[Fact]) -> str:
    """Return the parts of a service that are closed, where it is not closed as a whole; "" where it is."""
    parts = dict.fromkeys(fact.part for fact in lasting)
    return "" if "" in parts else ", ".join(parts)[: LONGEST_NAME + 1]


def _told_as(kind: FactKind, closing: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what the closings of one sentence have in common."""
    return (kind, str(closing["closed"]["time"]), str(closing["reopened"]["time"]))


def _not_named(answer: Mapping[str, Any], named: Collection[str]) -> list[str]:
    """Return the virtual servers that were closed and for which the inventory has no name, where it has names for others of the customer."""
    rows = answer["rows"]
    closings = (one for row in rows for name in ("switched_off", "closings") for one in row[name])
    return [str(one["vserver"]) for one in closings if one["service"] not in named and one["vserver"] not in named]


def _places(appliances: Mapping[str, Any]) -> dict[tuple[str, str], list[str]]:
    """Return the services by appliance and customer; the service of one that is not here is the appliance.

    A name that a customer has at two appliances would not say which one is meant, and one that is a word in a name of another customer
    would be refused in the letter to that one: neither is a service.
    """
    named = {
        (appliance, str(own["customer"])): [str(name) for name in own["vservers"]]
        for appliance, about in appliances.items()
        for own in about.get("customers") or ()
    }
    count = Counter((customer, name) for (_appliance, customer), names in named.items() for name in names)
    found = {key: names for key, names in named.items() if names and all(count[key[1], name] == 1 for name in names)}
    keys = {(str(name), str(one["customer"])) for name, about in appliances.items() for one in about["answers"]}
    while ambiguous := _named_by_others(found, keys):
        found = {
            key: names for key, names in found.items() if not ambiguous.intersection((key[1], name) for name in names)
        }
    return found


def _named_by_others(
    services: Mapping[tuple[str, str], list[str]], keys: Iterable[tuple[str, str]]
) -> set[tuple[str, str]]:
    """Return the virtual servers, with their customers, whose name is a word in a service of a customer who has none of that name.

    :param keys: all appliances with their customers
    """
    told: dict[str, set[str]] = {}
    for key in keys:
        told.setdefault(key[1], set()).update(services.get(key, [key[0]]))
    own = {(customer, name) for (_appliance, customer), names in services.items() for name in names}
    inside = {
        name: {customer for customer, places in told.items() if name not in places and _is_word_of(name, places)}
        for _customer, name in own
    }
    return {(customer, name) for customer, name in own if inside[name] - {customer}}


def _is_word_of(name: str, places: Iterable[str]) -> bool:
    return any(is_named_in(name, place) for place in places)


def _in_doubt(row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the interval that began as we put a measure in place of which no record proves how long it protected, where an attack passes after it."""
    put = next((_moment(one["since"]) for one in row["stages"] if Doing(one["doing"]) is Doing.BLOCKS), None)
    before = takewhile(lambda one: not one["protects"], row["course"])
    own = [one for one in before if put is not None and _is_since(one, put)]
    return own[0] if any(State(one["state"]) in _LETS_PASS for one in own) else None


def _is_since(interval: Mapping[str, Any], put: Moment) -> bool:
    begun = _moment(interval["since"])
    return begun is not None and as_time(begun) >= as_time(put)


def _unprotected(line: Sequence[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """Yield the intervals of each time without protection, the earliest first."""
    yield from ([*own] for protects, own in groupby(line, key=lambda one: bool(one["protects"])) if not protects)


def _is_inside(run: Sequence[Mapping[str, Any]], other: Sequence[Mapping[str, Any]]) -> bool:
    """Return True if a time is a part of another one."""
    begins, ends = (
        (as_time(_moment(one[0]["since"])) for one in (run, other)),
        [one[-1]["until"] for one in (run, other)],
    )
    own, whole = begins
    if own < whole or (ends[0] is None and ends[1] is not None):
        return False
    return ends[1] is None or as_time(_moment(ends[0])) <= as_time(_moment(ends[1]))


def _is_unread(now: Mapping[str, Any]) -> bool:
    """Return True if nobody knows what holds since the reading, such as of a node that does not answer."""
    return State(now["state"]) is State.UNKNOWN and now["since"]["confidence"] == Confidence.READ


def _first_record(rows: Iterable[Mapping[str, Any]]) -> datetime | None:
    """Return the earliest time that a run of ours recorded, also of a measure or a closing that is off since: we knew of the weakness then."""
    dates = (
        one
        for row in rows
        for one in (
            *(row[name] for name in ("exposed_from", "mitigated", "proven", "closed")),
            *(one["since"] for one in (*row["stages"], *row["course"])),
            *(closing["closed"] for closing in (*row["switched_off"], *row["closings"])),
        )
    )
    found = [
        moment for one in dates if one["confidence"] == "recorded" and isinstance(moment := _moment(one), datetime)
    ]
    return min(found, default=None)


def _has_wrong_clock(dated: Mapping[str, Any]) -> bool:
    """Return True if nobody knows when a run did what has this date: it is the latest possible one."""
    return bool(dated["confidence"] == Confidence.ASSUMED)


def _until(since: Mapping[str, Any], until: Mapping[str, Any]) -> dict[str, Any]:
    """Return the end of what a run did."""
    return _ended(_moment(since) if not _has_wrong_clock(since) else None, until)


def _ended(begun: Moment | None, until: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the end of a fact. Where nobody knows when that was, it is at the earliest at its beginning, which no later reading moves.

    :param begun: None where nobody knows that either
    :param until: None where it goes on
    """
    if until is None:
        return {}
    if not _has_wrong_clock(until):
        return {"until": _moment(until), "latest_end": _is_latest(until)}
    return {"until": begun or _moment(until), "undated_end": True}


def _is_latest(dated: Mapping[str, Any]) -> bool:
    """Return True if something was found to be so, and nothing says since when: it has the latest possible date."""
    return dated["confidence"] == Confidence.READ or bool(dated.get("at_the_latest"))


def _when(row: Mapping[str, Any], name: str) -> Moment | None:
    """:raises ValueError: where it is no time"""
    return _moment(row[name])


def _moment(dated: Mapping[str, Any]) -> Moment | None:
    """:raises ValueError: where it is no time"""
    text = str(dated["time"])
    if not text:
        return None
    if len(text) == len("2020-01-17"):
        return date.fromisoformat(text)
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return found
