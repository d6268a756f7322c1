# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The facts of a customer are what the rows of the ledger say of the services of this customer, each with its times, and there are no others.

Of the closings of the rows: they are those of the night, and say of themselves what they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from tests.nights.duty_checks import at, is_clear
from tests.nights.held import Held
from tests.nights.list_checks import STEPS_BY
from tests.nights.row_checks import NOT_KNOWN
from tests.nights.source_checks import wrong_sources
from tests.nights.told_facts import CLOSINGS

Values = Mapping[str, Any]
KINDS = {"off": "closed", **{step: f"closed_{step}" for step in ("notice", "partners", "countries", "paths")}}
_OF_ADDRESSES = ("management_exposed", "management_not_known")
_HUNTS = {"compromise": "broken_in", "attempt or review": "traces_unclear"}
_MEASURES = {
    "observe, not blocking": "observing",
    "taken off": "taken_off",
    "ineffective on this build": "ineffective",
    "exposed": "ineffective",
    **dict.fromkeys(("drifted", "partly", "unknown", "applied, unproven"), "not_proven"),
    "reduces exposure": "reduces",
    "reduces exposure, not by the vendor": "stop_gap",
}
"""By the word of a measure that does not protect, what is told of it."""
_DECIDES = {"open": "decide_reopen", "assume_compromised": "decide_recovery"}
_NEAR = timedelta(minutes=3)
_REACHED = {
    "off": "nobody reaches it",
    "notice": "nobody gets the service",
    "partners": "clients from the listed networks get in",
    "countries": "clients from countries that are not blocked get in",
    "paths": "the listed paths can be requested",
}
"""By step, what the text of a closing says of who still gets through."""
IN_FRONT = "rp_allow"
"""The policy of a colleague that is bound before all of ours, and after which nothing is evaluated."""


def wrong_facts(held: Held) -> Iterator[str]:
    """Yield what is not so, or left out."""
    for customer, known in held.found.facts.items():
        yield from (f"the facts of {customer}: {why}" for why in _of_a_customer(held, customer, known))
    for appliance, about in held.found.ledger["appliances"].items():
        for answer in about["answers"]:
            for row in answer["rows"]:
                for why in _closings(held, appliance, answer["customer"], row):
                    yield f"the ledger of {appliance} for {answer['customer']}: {why}"


def services_of(held: Held, customer: str) -> dict[tuple[str, str], str]:
    """Return by appliance and virtual server what a customer calls it: the name that the inventory has, or the appliance where that does not say which one."""
    named = {
        name: [vserver for one in about["customers"] if one["customer"] == customer for vserver in one["vservers"]]
        for name, about in held.found.ledger["appliances"].items()
    }
    count = Counter(vserver for own in named.values() for vserver in own)
    return {
        (name, vserver): vserver if all(count[one] == 1 for one in own) else name
        for name, own in named.items()
        for vserver in own
    }


def _of_a_customer(held: Held, customer: str, known: Any) -> Iterator[str]:
    appliances = held.found.ledger["appliances"]
    called = services_of(held, customer)
    here = [name for name, about in appliances.items() if customer in [one["customer"] for one in about["answers"]]]
    places = {name: sorted({called[key] for key in called if key[0] == name} or {name}) for name in here}
    missing = {place for own in places.values() for place in own} - {*known.services}
    others = [one for one in known.services if one not in {place for own in places.values() for place in own}]
    if missing or any(one not in _closed_names(appliances, customer) for one in others):
        yield f"its services are {known.services}, in place of {places}"
    yield from _of_all(held, known)
    for name in here:
        (answer,) = (one for one in appliances[name]["answers"] if one["customer"] == customer)
        for row in answer["rows"]:
            for place in places[name]:
                own = [one for one in known.facts if one.place == place]
                for why in _of_a_service(held, own, row, answer, is_whole=place == name):
                    yield f"{place}: {why}"


def _closed_names(appliances: Values, customer: str) -> set[str]:
    """Return the virtual servers of a customer that were closed."""
    return {
        str(one["vserver"])
        for about in appliances.values()
        for answer in about["answers"]
        if answer["customer"] == customer
        for row in answer["rows"]
        for one in (*row["switched_off"], *row["closings"])
    }


def _of_all(held: Held, known: Any) -> Iterator[str]:
    kind = "weakness_behind" if held.weakness.is_behind else "weakness"
    weak = [one for one in known.facts if one.kind == kind]
    if len(weak) != 1 or (weak[0].when, weak[0].entry, weak[0].place) != (
        held.weakness.bulletin,
        held.weakness.cve,
        "",
    ):
        yield f"the weakness is told as {weak}"
    for kind, day in (("exploit_public", held.weakness.exploit), ("listed", held.weakness.listed)):
        said = {_text(one.when) for one in known.facts if one.kind == kind}
        if said != ({f"{day:%Y-%m-%d}"} if held.found.at.date() >= day else set()):
            yield f"{kind} is told since {sorted(said)}"
    if used := [one.when for one in known.facts if one.kind == "exploited"]:
        yield f"no first use is known, and it tells {used}"
    again = [one.when for one in known.facts if one.kind == "next_message"]
    if again != [held.found.at + timedelta(days=1)]:
        yield f"it hears again at {again}"
    for one in known.facts:
        if one.until is not None and one.when is not None and _moment(one.until) < _moment(one.when):
            yield f"{one.kind} of {one.place} ended {one.until}, and began {one.when}"
        if one.known is not None and one.known > held.found.at + timedelta(minutes=1) and is_clear(held):
            yield f"{one.kind} of {one.place} is known since {one.known}, which is to come"
        if one.kind == "proven" and one.proof != "record":
            yield f"what proves it is told by the ledger from records, and it says {one.proof}"
        if not one.source:
            yield f"{one.kind} of {one.place} has no source"


def _of_a_service(held: Held, own: Sequence[Any], row: Values, answer: Values, *, is_whole: bool) -> Iterator[str]:
    kinds = Counter(str(one.kind) for one in own)
    unread = bool(held.found.ledger["appliances"][row["appliance"]]["problem"])
    for kind, is_so in _implied(row, answer, own, unread=unread):
        if bool(kinds[kind]) is not is_so:
            yield f"{kind} is {'not ' if is_so else ''}told, and the row has {_short(row)}"
    if (
        row["is_fixed"] is True
        and not [one for one in own if one.kind == "fixed" and _text(one.when) == row["fixed"]["time"]]
        and kinds["fixed"]
    ):
        yield f"the fix is told of {[one.when for one in own if one.kind == 'fixed']}, and the row has {row['fixed']['time']}"
    if is_clear(held):
        yield from _exposures(own, row)
    yield from _stages(own, row)
    yield from _addresses(own, row)
    if len(held.weaknesses) == 1 and kinds["not_known"] and not unread and not _is_doubted(own, row):
        yield f"not_known is told, and the row says {row['course'][-1]}"
    yield from wrong_sources(held, own, row, is_whole=is_whole)
    if is_whole or len(row["switched_off"]) + len(row["closings"]) == 0:
        return
    yield from _closed(own, row)


def _short(row: Values) -> Mapping[str, Any]:
    return {name: row[name] for name in ("is_fixed", "hunt_outcome", "without_fix")} | {
        "measure": row["measure"]["word"],
        "answer": row["answer"],
    }


def _implied(row: Values, answer: Values, own: Sequence[Any], *, unread: bool) -> Iterator[tuple[str, bool]]:
    """Yield kinds of facts, and whether a row says that they are so."""
    yield "fixed", row["is_fixed"] is True and not row["is_never_affected"] and bool(row["fixed"]["time"])
    yield "one_not_fixed", bool(row["without_fix"])
    outcome = row["hunt_outcome"]
    for word, kind in _HUNTS.items():
        yield kind, outcome == word
    is_clean = outcome == "nothing found in what was looked at"
    yield "no_traces", is_clean and bool(row["logs_from"]["time"])
    yield "logs_too_short", is_clean and not row["logs_from"]["time"]
    lasting = [one for one in own if one.kind in CLOSINGS and one.until is None]
    said = answer["answer"]
    for word, kind in _DECIDES.items():
        yield kind, said == word and (word != "open" or bool(lasting))
    is_proven = row["measure"]["word"] == "mitigated"
    yield "proven", is_proven or any(one["until"] is not None for one in row["proofs"])
    kind = _MEASURES.get(row["measure"]["word"])
    for one in ("ineffective", "not_proven", "reduces", "stop_gap"):
        yield one, one == kind
    place = own[0].place if own else ""
    doubts = [
        one
        for one in (*row["switched_off"], *row["closings"])
        if one["doubt"] and place in (one["service"], one["vserver"])
    ]
    if unread or doubts:
        yield "not_known", True
    if unread:
        yield "open", False


def _exposures(own: Sequence[Any], row: Values) -> Iterator[str]:
    """At each time at which the course does not protect, a fact says that an attack may succeed, or that it is not known; and at no other."""
    unsafe = [one for one in own if one.kind in ("exposed", "protection_ended", "not_known")]
    for one in row["course"] if row["exposed_from"]["time"] else ():
        begin, end = _of(one["since"]), _of(one["until"])
        if begin is None or (one["until"] and end is None) or (end is not None and end - begin <= timedelta(minutes=2)):
            continue
        middle = begin + ((end - begin) / 2 if end is not None else timedelta(minutes=1))
        told = [fact for fact in unsafe if _covers(fact, middle)]
        if one["protects"] and any(fact.kind != "not_known" for fact in told):
            yield f"it was {one['state']} from {begin}, and it says {told[0].kind} from {told[0].when} until {told[0].until}"
        if not one["protects"] and not told and one["since"]["time"] != one["until"]:
            yield f"it was {one['state']} from {begin} until {end}, and nothing says so"


def _addresses(own: Sequence[Any], row: Values) -> Iterator[str]:
    """Each time without protection of a management address is told, unless the virtual servers had none for all of it, or nobody could read it."""
    if not row["nodes"]:
        return
    wanted = Counter[tuple[str, str]]()
    servers = [*_unprotected(row["course"])]
    for first, last, known in _unprotected(row["management"]) if row["exposed_from"]["time"] else ():
        is_unread = known is None and _is_unread(first)
        if not (is_unread or any(_is_within(first, last, *other[:2]) for other in servers)):
            begun = known or first
            wanted[("management_exposed" if known else "management_not_known", begun["since"]["time"])] += 1
    told = Counter((str(one.kind), _text(one.when)) for one in own if one.kind in _OF_ADDRESSES)
    if told != wanted:
        yield f"of management addresses are told {sorted(told)}, and the row has {sorted(wanted)}"


def _unprotected(line: Sequence[Values]) -> Iterator[tuple[Values, Values, Values | None]]:
    """Yield the first and the last part of each time without protection, and the first of which it is known that an attack passes."""
    for protects, parts in groupby(line, key=lambda one: bool(one["protects"])):
        run = [*parts]
        if not protects:
            yield run[0], run[-1], next((one for one in run if one["state"] not in NOT_KNOWN), None)


def _is_within(first: Values, last: Values, other_first: Values, other_last: Values) -> bool:
    begins = (_of(one["since"]) or _moment(None) for one in (first, other_first))
    begun, other_begun = begins
    end, other_end = _of(last["until"]), _of(other_last["until"])
    return other_begun <= begun and (other_end is None or (end is not None and end <= other_end))


def _is_unread(now: Values) -> bool:
    return now["state"] == "unknown" and now["since"]["confidence"] == "read today"


def _is_doubted(own: Sequence[Any], row: Values) -> bool:
    """Return whether nobody knows how a service is now: it was not read, or something is against what a record says of a closing."""
    place = own[0].place if own else ""
    closings = [*row["switched_off"], *row["closings"]]
    about = [one for one in closings if place in (one["service"], one["vserver"])] or closings
    return _is_unread(row["course"][-1]) or any(one["doubt"] for one in about)


def _covers(fact: Any, moment: datetime) -> bool:
    lasts = fact.until is None or fact.undated_end  # until nobody knows when
    return _moment(fact.when) <= moment and (lasts or moment < _end(fact.until))


def _stages(own: Sequence[Any], row: Values) -> Iterator[str]:
    """What our runs did with our measure is told with its times: put in place, put back, let only watch, taken off."""
    stages = row["stages"]
    put = [one for one in stages if one["doing"] == "blocks" and one["is_put"] and one["is_needed"]]
    wanted = {
        ("mitigated", "put_back"): put,
        ("removed",): [one for one in stages if one["doing"] == "off" and not one["is_needed"]],
    }
    for names, rows in wanted.items():
        told = [one for one in own if one.kind in names]
        times = sorted(_text(one.when) for one in told)
        if times != sorted(_known(one["since"]) for one in rows):
            yield f"{' or '.join(names)} is told of {times}, and the row has {[one['since']['time'] for one in rows]}"
    for doing, kind in (("observes", "observing"), ("off", "taken_off")):
        rows = [one for one in stages if one["doing"] == doing and one["is_needed"]]
        told = [one for one in own if one.kind == kind]
        missing = [one for one in rows if _known(one["since"]) not in {_text(fact.when) for fact in told}]
        if missing:
            yield f"{kind} is told of {[one.when for one in told]}, and the row has {missing[0]['since']['time']}"
        made_up = [one for one in told if _text(one.when) not in {_known(row["since"]) for row in rows}]
        if made_up and _MEASURES.get(row["measure"]["word"]) != kind:
            yield f"{kind} is told since {made_up[0].when}, and the row has {[*_stage_times(row)]}, {row['measure']['word']}"
    if sum(one.kind == "mitigated" for one in own) > 1:
        yield "it was put in place twice"


def _stage_times(row: Values) -> Iterator[str]:
    return (f"{one['doing']} since {one['since']['time']}" for one in row["stages"])


def _known(dated: Values) -> str:
    """Return a time of what a run did; "" where its clock was wrong."""
    return "" if dated["confidence"] == "assumed" else str(dated["time"])


def _closed(own: Sequence[Any], row: Values) -> Iterator[str]:
    """Each closing of this service is told with its kind and times, and none is that was not; it is open where all have ended."""
    place = own[0].place if own else ""
    closings = [one for one in (*row["switched_off"], *row["closings"]) if place in (one["service"], one["vserver"])]
    wanted = Counter((KINDS[one["step"]], _known(one["closed"]), bool(one["reopened"]["time"])) for one in closings)
    told = Counter((str(one.kind), _text(one.when), one.until is not None) for one in own if one.kind in CLOSINGS)
    if {*wanted} != {*told}:
        yield f"its closings are told as {sorted(told)}, and the row has {sorted(wanted)}"
    is_open = bool(closings) and not row["shown_as_off"] and all(one["reopened"]["time"] for one in closings)
    unread = any(one.kind == "not_known" for one in own)
    if not unread and any(one.kind == "open" for one in own) is not is_open:
        yield f"all that closed it has {'' if is_open else 'not '}ended, and open is {'not ' if is_open else ''}told"


def _closings(held: Held, appliance: str, customer: str, row: Values) -> Iterator[str]:
    """A closing of a row is one of the night: of its service, at its time, by its step and person; its text says the same."""
    places = held.night.world.places_of(appliance, customer)
    for one in (*row["switched_off"], *row["closings"]):
        what = f"{one['vserver']} by {one['step']} since {one['closed']['time']}"
        if one["vserver"] not in {place.vserver for place in places}:
            yield f"{what}: {customer} has no such service there"
        if (one["step"] == "off") is not (one in row["switched_off"]):
            yield f"{what} is in the wrong list"
        verb = "was closed" if one["reopened"]["time"] else "is closed"
        or_earlier = " at the latest" if one["reopened"]["confidence"] == "read today" else ""
        said = [
            f"{one['vserver']} {verb} by {one['step']} since {_shown(one['closed']['time'])} ({one['closed']['source']})"
        ]
        said += (
            [f"until {_shown(one['reopened']['time'])}{or_earlier} ({one['reopened']['source']})"]
            if one["reopened"]["time"]
            else []
        )
        said += [f", {'at most ' if or_earlier else ''}{one['minutes']:,} minute{'' if one['minutes'] == 1 else 's'}: "]
        said += [f"NOT KNOWN whether it still is, {one['doubt']}" if one["doubt"] else _REACHED[one["step"]]]
        if missing := [text for text in said if text not in one["text"]]:
            yield f"{what}: it says {one['text']}, without {missing[0]}"
        if _is_let_past(held, appliance, row, one):
            yield f"{what}: a policy in front lets requests go on before ours, and it says {one['text']}"
        others = {"", *(place.vserver for place in places)} - {one["vserver"]}  # no two of one appliance have one name
        if wrong := {own["vserver"] for own in one["beside"]} - others:
            yield f"{what}: beside it are {sorted(wrong)}, and {customer} has {sorted(others)}"
        if is_clear(held):
            yield from (f"{what}: {why}" for why in _of_the_night(held, appliance, one))
            yield from (f"{what}: {why}" for why in _beside(held, appliance, customer, row, one))


def _is_let_past(held: Held, appliance: str, row: Values, one: Values) -> bool:
    """Return whether a closing by a policy is told without a doubt, where a colleague's policy in front of it lets requests go on to the service."""
    names = {place.vserver for place in held.places(appliance) if place.partition == "default"}
    is_off = any(off["vserver"] == one["vserver"] and not off["reopened"]["time"] for off in row["switched_off"])
    is_in_front = IN_FRONT in held.night.journal[-1].bound.get((appliance, "default"), {})
    is_told = not one["reopened"]["time"] and not one["doubt"]
    is_known = one["vserver"] in names and not is_off
    return is_in_front and is_told and is_known and one["step"] != "off"


def _of_the_night(held: Held, appliance: str, one: Values) -> Iterator[str]:
    closed, opened = _of(one["closed"]), _of(one["reopened"])
    if (
        closed is not None
        and one["closed"]["confidence"] == "recorded"
        and not any(_has_closed(held, number) for number in _at(held, appliance, closed, STEPS_BY[one["step"]]))
    ):
        yield "nobody closed it then"
    if opened is not None and one["reopened"]["confidence"] == "recorded" and not _was(held, appliance, opened, ()):
        yield f"it is opened {opened}, when nothing was done"
    if one["expires"] and closed is not None and one["closed"]["confidence"] == "recorded":
        due = datetime.fromisoformat(one["expires"]) - closed
        if abs(due - timedelta(hours=8)) > _NEAR:
            yield f"it is due at {one['expires']}"
    is_recorded = one["closed"]["confidence"] == "recorded"
    if (one["by"] or is_recorded) and not one["by"].startswith(("J. Jansen (", "K. Kramer (")):
        yield f"it is by {one['by']}"


def _beside(held: Held, appliance: str, customer: str, row: Values, one: Values) -> Iterator[str]:
    """A closing has the name of its service, and beside it those of the customer that the same step did not close for all of its time."""
    about = held.found.ledger["appliances"][appliance]
    named = [name for own in about["customers"] if own["customer"] == customer for name in own["vservers"]]
    if one["service"] != one["vserver"] and one["vserver"] in named:
        yield f"it is of the service {one['service']!r}"
    every = [*row["switched_off"], *row["closings"]]
    is_sure = held.is_read(appliance) and not about["problem"] and not any(own["doubt"] for own in every)
    if not is_sure or any(own.name == "colleague_opens" for own in held.where[appliance].actions):
        return
    places = held.night.world.places_of(appliance, customer)
    wanted = {
        place.vserver
        for place in places
        if place.vserver != one["vserver"] and not any(_is_closed_with(place.vserver, own, one) for own in every)
    }
    if (said := {own["vserver"] for own in one["beside"]}) != wanted:
        yield f"beside it are open {sorted(said)}, in place of {sorted(wanted)}"


def _is_closed_with(vserver: str, own: Values, one: Values) -> bool:
    """Return whether a closing of a virtual server by the same step has all of the time of another one, by the minute."""
    ends = [other["reopened"]["time"][:16] for other in (own, one)]
    is_later = not ends[0] or (bool(ends[1]) and ends[0] >= ends[1])
    began = own["closed"]["time"][:16] <= one["closed"]["time"][:16]
    return (own["vserver"], own["step"]) == (vserver, one["step"]) and began and is_later


def _was(held: Held, appliance: str, when: datetime, names: Iterable[str]) -> bool:
    return any(True for _number in _at(held, appliance, when, names))


def _at(held: Held, appliance: str, when: datetime, names: Iterable[str]) -> Iterator[int]:
    """Yield the actions at a time."""
    for number, one in enumerate(held.actions):
        if one.appliance == appliance and (not names or one.name in names) and abs(at(held, number) - when) < _NEAR:
            yield number


_CLOSED = ("enforcing", "off")
"""What a closing says that has no failure."""


def _has_closed(held: Held, number: int) -> bool:
    """Return whether an action has changed the configuration, or found in place what its decision is about: a refused one closes nothing that was open."""
    name = held.actions[number].appliance
    return held.actions[number].said in _CLOSED or any(
        one.is_change and one.appliance == name for one in held.night.journal[number].requests
    )


def _of(dated: Values | None) -> datetime | None:
    return _moment(datetime.fromisoformat(dated["time"])) if dated and dated["time"] else None


def _moment(value: date | datetime | None) -> datetime:
    if value is None:
        return datetime.min.replace(tzinfo=UTC)
    found = value if isinstance(value, datetime) else datetime.combine(value, time(), UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _end(value: date | datetime) -> datetime:
    return value if isinstance(value, datetime) else _moment(value) + timedelta(days=1)


def _text(value: date | datetime | None) -> str:
    return value.isoformat() if value is not None else ""


def _shown(text: str) -> str:
    return f"{text[:10]} {text[11:16]} UTC" if "T" in text else text
