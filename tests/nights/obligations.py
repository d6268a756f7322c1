# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What must have been said, by the world and the story alone: who is exposed, closed, overdue or broken into, and what was lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from tests.nights.claims import time_of
from tests.nights.held import Held
from tests.nights.night import WITNESSED
from tests.nights.world import CLIENTS, Got, Place

CLOSES = ("off", "notice", "notice_of_one", "partners", "countries", "paths")
"""The actions that close, or take a new decision on what is closed."""
LETS_PASS = ("exposed", "observe, not blocking", "ineffective on this build")
WHOLLY = (Got.NOTHING, Got.PAGE)
NEAR = timedelta(minutes=10)
WRONG_CLOCKS = ("clock_ahead", "clock_behind")


def obligations(held: Held) -> Iterator[str]:
    """Yield what was not said."""
    for appliance in held.night.appliances:
        if held.passed(appliance) and held.is_read(appliance) and not held.weakness.is_behind:
            yield from _of_the_exposed(held, appliance)
        yield from _of_the_lost(held, appliance)
        yield from _of_the_broken_into(held, appliance)
    for place in held.night.world.places:
        if (number := closed_since(held, place)) is not None:
            yield from _of_the_closed(held, place, number)
    for appliance in held.night.appliances:
        yield from _of_the_shut(held, appliance)


# -- exposed ------------------------------------------------------------------------------------------------------------


def _of_the_exposed(held: Held, appliance: str) -> Iterator[str]:
    how = held.passed(appliance)[0]
    for name, run in (("status", held.found.status), ("catalogue", held.found.catalogue)):
        if not any(appliance in line for line in run.screen):
            yield f"{appliance} lets an attack pass at {how}, and the screen of {name} does not name it"
        codes = [line for line in run.metrics.splitlines() if f'verdict_code{{appliance="{appliance}"' in line]
        if not codes or codes[0].endswith(" 0"):
            yield f"{appliance} lets an attack pass at {how}, and Prometheus of {name} has {codes}"
        for customer in held.night.world.customers(appliance):
            document = run.vex.get(customer)
            weaknesses = document["vulnerabilities"] if document else []
            if not any({"known_affected", "under_investigation"} & one["product_status"].keys() for one in weaknesses):
                yield f"{appliance} lets an attack pass at {how}, and VEX of {name} for {customer} does not say it"


# -- closed -------------------------------------------------------------------------------------------------------------


def closed_since(held: Held, place: Place) -> int | None:
    """Return the number of the run of this control node that closed a service for everybody, which still is; None where there is none."""
    night, shut = held.night, 0
    sights, actions = night.world.sights, night.actions
    for seen in reversed(sights):
        if any(seen.got[place, client] not in WHOLLY for client in CLIENTS):
            break
        shut += 1
    number = len(sights) - shut
    if not shut or any(one.name in WRONG_CLOCKS for one in actions) or lets_some_past(held, place):
        return None
    run = actions[number]
    return number if run.name in CLOSES and run.appliance == place.appliance and run.by == held.found.by else None


UNDEFINED = frozenset({"rp_half_casts", "rp_decodes"})
"""Policies in front whose rule has no result for some requests."""


def lets_some_past(held: Held, place: Place) -> bool:
    """Return whether a policy whose rule has no result for some requests lets these past what is closed: nothing is evaluated behind it."""
    bound = held.night.journal[-1].bound.get((place.appliance, "default"), {})
    return not bound.keys().isdisjoint(UNDEFINED) and held.night.world.lets_somebody_in(place)


def _of_the_closed(held: Held, place: Place, number: int) -> Iterator[str]:
    """A service gives nobody anything since a run of ours."""
    what, found = f"{place.vserver} of {place.appliance} is closed since action {number}", held.found
    facts = found.facts[place.customer].facts
    lasting = {one.place for one in facts if str(one.kind).startswith("closed") and one.until is None}
    if not lasting & {place.vserver, place.appliance, ""}:
        yield f"{what}, and the letter of {place.customer} does not say it"
    rows = [row for one in found.ledger["appliances"][place.appliance]["answers"] for row in one["rows"]]
    closings = [
        one for row in rows for one in (*row["closings"], *row["switched_off"]) if one["vserver"] == place.vserver
    ]
    spans = [(time_of(one["closed"]), time_of(one["reopened"])) for one in closings]
    began, is_told = held.night.world.sights[number].at - WITNESSED, any(until is None for _since, until in spans)
    if not is_told:
        yield f"{what}, and the ledger does not say it"
    times = _closed_without_a_gap(spans)
    if is_told and not any(abs(time - began) <= NEAR for time in times):
        yield f"{what}, at {began}, and the ledger says {', '.join(map(str, times))}"
    yield from _of_the_duties(held, place, began, what)
    if held.is_read(place.appliance):
        yield from _of_the_screen(held, place, number, what)


def _of_the_shut(held: Held, appliance: str) -> Iterator[str]:
    """Of an appliance of which a run of ours has switched everything off, no status says that an attack passes at a virtual server."""
    numbers = [closed_since(held, place) for place in held.places(appliance)]
    runs = [held.actions[number].name for number in numbers if number is not None]
    is_shut = all(held.now.got[place, client] is Got.NOTHING for place in held.places(appliance) for client in CLIENTS)
    if not (is_shut and held.is_read(appliance) and runs == ["off"] * len(numbers)):
        return
    for name, run in (("status", held.found.status), ("catalogue", held.found.catalogue)):
        word = run.results[appliance]["verdict"]["word"]
        if word in LETS_PASS:
            yield f"all of {appliance} is switched off, and {name} says {word}"


def _of_the_duties(held: Held, place: Place, began: datetime, what: str) -> Iterator[str]:
    rows = [one for row in held.found.duties[place.customer]["unavailable"] for one in row["closed"]]
    spans = [(_moment(one["from"]), _moment(one["until"])) for one in rows]
    times = _closed_without_a_gap(spans)
    if not any(time <= began + NEAR for time in times):
        yield f"{what}, at {began}, and the duties of {place.customer} have {times}"


def _closed_without_a_gap(spans: Iterable[tuple[datetime | None, datetime | None]]) -> list[datetime]:
    """Return the beginnings of what closes something now, and of what had closed it without a gap until one of these began."""
    dated = sorted(
        ((since, until) for since, until in spans if since is not None), key=lambda one: one[0], reverse=True
    )
    found: list[datetime] = []
    for since, until in dated:
        if until is None or (found and until >= min(found)):
            found.append(since)
    return found


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _of_the_screen(held: Held, place: Place, number: int, what: str) -> Iterator[str]:
    for name, run in (("status", held.found.status), ("catalogue", held.found.catalogue)):
        lines = [line for line in run.screen if line.startswith(f"closed at {place.customer}: ")]
        if not any(place.vserver in _words(line) for line in lines):
            yield f"{what}, and the screen of {name} does not say it"
        decided = [n for n, one in enumerate(held.actions) if n >= number and _decides(held, n, place)]
        if decided and decided[-1] < len(held.actions) - 1:
            late = [line for line in run.screen if line.startswith(f"DECISION OVERDUE at {place.customer}: ")]
            if not any(place.vserver in _words(line) for line in late):
                yield f"{what}, its decision is overdue, and the screen of {name} does not say it"
            rows = [one for one in run.decisions[""] if one["overdue"]]
            if not any(place.vserver in _words(one["what"]) for one in rows):
                yield f"{what}, its decision is overdue, and the decisions of {name} do not say it"


def _decides(held: Held, number: int, place: Place) -> bool:
    one = held.actions[number]
    return one.name in CLOSES and one.appliance == place.appliance


def _words(text: str) -> list[str]:
    return text.replace(",", " ").replace(";", " ").replace(":", " ").split()


# -- lost, broken into ----------------------------------------------------------------------------------------------------


def _of_the_lost(held: Held, appliance: str) -> Iterator[str]:
    """A run of ours, the last thing that happened, has taken away what was proven."""
    here = held.where[appliance]
    last = held.actions[-1]
    takes = last.appliance == appliance and (last.name, last.said) in (
        ("observe", "observe, not blocking"),
        ("undo", "undone"),
    )
    was_shut = here.last > 0 and not here.passed[here.last - 1]
    if not (takes and last.by == held.found.by and was_shut and here.passed[here.last] and here.is_read):
        return
    if not any(one.said == "mitigated" for one in here.actions[:-1]) or any(one.by == "other" for one in here.actions):
        return
    lost = (line.split(": ")[0] for line in held.found.status.screen if line.startswith("PROTECTION LOST  "))
    if not any(appliance in hosts.removeprefix("PROTECTION LOST  ").split(", ") for hosts in lost):
        yield f"{last.name} let attacks pass at {appliance} again, and the screen does not say PROTECTION LOST"
    for answer in held.found.ledger["appliances"][appliance]["answers"]:
        if not any(one["until"] is None for row in answer["rows"] for one in row["losses"]):
            yield f"{last.name} let attacks pass at {appliance} again, and the ledger has no loss that lasts"


def _of_the_broken_into(held: Held, appliance: str) -> Iterator[str]:
    """The last hunt of this control node found a break-in: it is called first, and each clock has its end."""
    hunts = [
        (number, one)
        for number, one in enumerate(held.actions)
        if (one.name, one.appliance, one.by) == ("hunt", appliance, held.found.by)
    ]
    if not hunts or " compromise" not in hunts[-1][1].said:
        return
    inside = set(held.night.world.customers(appliance))
    lines = list(held.found.calls)[2:]
    firsts = [next((one for one in held.night.world.customers() if one in line), "") for line in lines]
    ahead = [name for name in firsts[: len(inside)] if name not in inside and not _is_broken_into(held, name)]
    if ahead:
        yield f"{appliance} was broken into, and the call list begins with {ahead[0]}"
    for customer in inside:
        bases = {one["basis"] for one in held.found.duties[customer]["clocks"]}
        for one in held.found.duties[customer]["clocks"]:
            if not one["due"]:
                yield f"{appliance} was broken into, and {one['what']} of {customer} has no end"
        if "AVG art. 33(1)" not in bases:
            yield f"{appliance} was broken into, and {customer} has no clock of the data protection authority: {sorted(bases)}"


def _is_broken_into(held: Held, customer: str) -> bool:
    return bool(held.found.duties[customer]["clocks"])
