# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The checks of clocks, minutes, days and orders, and what has to be said of a customer because of them. Each returns or yields why something is not true.

Where people other than us have opened something, or a clock was wrong, no record shows when: nothing is held against such a time.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from tests.nights.claims import Claim, time_of
from tests.nights.held import Held
from tests.nights.night import NODE_CLOCK, WITNESSED, Action
from tests.nights.world import ATTACK, CLIENTS, BreakIn, Got, Place

DECIDED = timedelta(hours=8)
"""For so long somebody has decided to close, in each night."""
TO_CLOSE, TO_OPEN = ("off", "notice", "notice_of_one", "partners"), ("reopen", "open_step")
OTHER_CLOSINGS = (
    *("colleague_opens", "reboot", "upgrade", "affected_again", "ineffective"),
    *("countries", "paths", "geoblock", "whitelist"),
)
"""What else closes or opens something, also without a decision that has an end."""
BASES = ("AVG art. 33(2)", "AVG art. 33(1)", *("Cbw (NIS2 art. 23)",) * 3)
"""Of the five clocks of a break-in: to the controller, to the authority, early warning, report, final report."""
ORDER = (
    *("BROKEN INTO", "attacked, outcome unknown", "measure does not work", "measure taken off", "measure only watches"),
    *(
        "protection ended",
        "attack may succeed",
        "traces to look at",
        "closed",
        "closed, with a page",
        "open to partners only",
    ),
    *("countries blocked", "listed paths only", "measure not proven", "measure can be bypassed"),
    *("management address open", "one of a pair not fixed", "state not known", "management not known"),
    *("logs too short", "traces not searched", "shown as off, not proven", "open or closed not known", "nothing open"),
)
"""What weighs on a customer, as the call list names it, the heaviest first."""
WEIGHS_LIKE = {"protection not known": "protection ended"}
"""Other words for what weighs as much."""


def at(held: Held, number: int) -> datetime:
    """Return when an action was carried out."""
    return held.night.world.sights[number].at - WITNESSED


def is_clear(held: Held) -> bool:
    """Return whether each clock was right, and each record of this control node is whole."""
    return not any(
        one.name.startswith("clock_") or one.name in ("lease_lost", "copies_lost", "dies") for one in held.actions
    )


# -- minutes ----------------------------------------------------------------------------------------------------------


def minutes(held: Held, claim: Claim) -> str:
    """The minutes of a customer are those in which nobody got one of the services, by the witness."""
    for one in claim.about["unavailable"]:
        for closed in one["closed"]:
            if closed["from"] and closed["until"] and closed["from"] > closed["until"]:
                return f"{one['service']} was opened before it was closed"
    said, seen = claim.about["minutes_closed"], _minutes_seen(held, claim.customer)
    if said is None:
        is_found = any(closed.get("latest_end") for one in claim.about["unavailable"] for closed in one["closed"])
        return "" if seen is None or is_found else f"it names no minutes, and they were {seen}"
    if said < 0 or claim.about["over_30_minutes"] is not (said > 30):
        return f"{said} minutes, and over 30: {claim.about['over_30_minutes']}"
    return f"{said} minutes, and nobody was served in {seen}" if seen is not None and abs(said - seen) > 1 else ""


def _minutes_seen(held: Held, customer: str) -> int | None:
    """Return the minutes in which nobody got a service of a customer; None where somebody else than we has closed or opened, or none of our runs shows it."""
    places, own = held.night.world.places_of(customer=customer), held.actions
    if not is_clear(held) or not all(map(held.is_read, {one.appliance for one in places})):
        return None
    total, shut = timedelta(), False
    for number, action in enumerate(own):
        if shut:
            total += at(held, number) - at(held, number - 1)
        before, now = (_shut(held, places, one) for one in (number - 1, number))
        if before != now and not _is_closing_of_ours(held, action):
            return None
        shut = bool(now)
    if shut:
        total += held.found.at - at(held, len(own) - 1)
    return int(total.total_seconds() // 60)


def _shut(held: Held, places: Sequence[Place], number: int) -> set[Place]:
    if number < 0:
        return set()
    got = held.night.world.sights[number].got
    return {one for one in places if all(got[one, client] in (Got.NOTHING, Got.PAGE) for client in CLIENTS)}


def _is_closing_of_ours(held: Held, action: Action) -> bool:
    return action.name in (*TO_CLOSE, *TO_OPEN) and action.by == held.found.by and "refused" not in action.said


def clocks(held: Held, claim: Claim) -> str:
    """A break-in that is known starts all five clocks, and what is left of each is what is left."""
    known, told = claim.about["breach_known"], claim.about["clocks"]
    if not known:
        return "" if not told else "no break-in is known"
    if len(told) != len(BASES) or {one["basis"] for one in told} != {*BASES}:
        return f"it has {[one['basis'] for one in told]}"
    for one in told:
        left = (datetime.fromisoformat(one["due"]) - held.found.at).total_seconds() / 3600
        if one["started"] != known or abs(one["hours_left"] - left) > 0.1:
            return f"{one['what']}: {one['hours_left']} hours are left, of {one['started']}"
    return ""


# -- closings that are overdue ----------------------------------------------------------------------------------------


def overdue_left_out(held: Held) -> Iterator[str]:
    """Yield where a closing has lasted longer than somebody decided, and the decisions that are open do not have it."""
    for appliance in held.night.appliances:
        closed = _closed_once(held, appliance)
        if closed is None or held.found.at - at(held, closed) <= DECIDED:
            continue
        names = {one.customer for one in held.places(appliance) if held.is_closed(one)}
        for customer in sorted(names):
            for view, rows in held.found.status.decisions.items():
                is_there = any(
                    row["overdue"]
                    and row["closing"]
                    and row["customer"] == customer
                    and not row["what"].startswith("not ")
                    for row in rows
                )
                if view in ("", customer) and not is_there:
                    yield f"what is closed of {customer} at {appliance} since action {closed} is overdue, and the decisions of {view or 'all'} do not have it"


def without_due(held: Held) -> Iterator[str]:
    """Yield what is closed by a step and has no time at which it is decided again: each run of a night names one."""
    for row in held.found.status.decisions[""] if is_clear(held) else ():
        if row["what"].startswith("closed (") and "OPEN on" not in row["what"] and not row["due"]:
            yield f"{row['what']} at {row['host']}, and nothing says until when"


def _closed_once(held: Held, appliance: str) -> int | None:
    """Return the one action of this control node that closed something that still is; None where there are more, or nothing is closed."""
    if not is_clear(held) or not held.is_read(appliance) or not any(map(held.is_closed, held.places(appliance))):
        return None
    own = [
        (number, one)
        for number, one in enumerate(held.actions)
        if one.appliance == appliance and one.name in (*TO_CLOSE, *TO_OPEN, *OTHER_CLOSINGS)
    ]
    if (
        len(own) != 1
        or own[0][1].name not in TO_CLOSE
        or not _is_closing_of_ours(held, own[0][1])
        or not own[0][1].ours
    ):
        return None
    return own[0][0]


# -- the fix ----------------------------------------------------------------------------------------------------------


def fixed_since(held: Held, claim: Claim) -> str:
    """A fix is not said to be there before it was, nor later than a run of ours saw it."""
    fixed = time_of(claim.about["fixed"]) if claim.about["is_fixed"] is True else None
    here = held.where[claim.appliance]
    if fixed is None or not is_clear(held):
        return ""
    if fixed > held.found.at:
        return f"fixed {fixed}, which is to come"
    sights = held.night.world.sights
    first = len(sights)
    while first and sights[first - 1].is_all_fixed(claim.appliance, held.weakness):
        first -= 1
    if first < len(sights) and fixed < at(held, first) and _was_known_open(held, claim.appliance, fixed, first):
        return f"fixed {fixed}, and it was fixed by action {first} at {at(held, first)}"
    for number in range(first, len(sights)):
        action = here.actions[number]
        if action.ours and action.by == held.found.by and action.name in ("apply", "verify"):
            return (
                f"fixed {fixed}, and action {number} saw it at {at(held, number)}"
                if fixed > at(held, number) + WITNESSED
                else ""
            )
    return ""


def _was_known_open(held: Held, appliance: str, fixed: datetime, first: int) -> bool:
    """Return True if a build without the fix ran at a time, or a run of ours can have seen one between it and an action."""
    sights, here = held.night.world.sights[:first], held.where[appliance]
    after = [number for number, seen in enumerate(sights) if seen.at >= fixed]
    if not after or not sights[after[0]].is_all_fixed(appliance, held.weakness):
        return True
    return any(here.is_known(number) for number in after if not sights[number].is_all_fixed(appliance, held.weakness))


# -- exposures in letters ---------------------------------------------------------------------------------------------

_ENDED_BY_A_FIX = (
    *("exposed", "protection_ended", "management_exposed"),
    *("observing", "taken_off", "ineffective", "reduces", "stop_gap", "not_proven"),
)
_SHUT = ("closed", "closed_notice")
_UNSAFE = ("exposed", "protection_ended")
_NOT_SAFE = ("exposed", "protection_ended", "not_known", "management_not_known")


def exposure_left_out(held: Held) -> Iterator[str]:
    """Yield where an attack passed at a customer's service, a run of ours or the appliance shows it, and no sentence of the letter covers that time."""
    for customer, facts in held.found.facts.items():
        unsafe = [one for one in facts.facts if str(one.kind) in _NOT_SAFE]
        for place in held.night.world.places_of(customer=customer):
            here = held.where[place.appliance]
            told = [one for one in unsafe if one.place in (place.vserver, place.appliance, "")]
            for number, seen in enumerate(held.night.world.sights):
                if (
                    here.passed[number]
                    and held.counts(place.appliance, number)
                    and seen.ways(held.weakness)[place]
                    and not any(_covers(one, seen.at) for one in told)
                ):
                    known = here.known_by(number)
                    if known:
                        yield f"it passed at {place.vserver} after action {number} ({known}), and the letter of {customer} has no exposure then"
                        break


def _covers(fact: Any, moment: datetime) -> bool:
    return _begins(fact.when) <= moment and (fact.until is None or fact.undated_end or moment < _ends(fact.until))


def _begins(value: Any) -> datetime:
    if value is None:
        return datetime.min.replace(tzinfo=UTC)
    return value if isinstance(value, datetime) else datetime.combine(value, time(), UTC)


def _ends(value: Any) -> datetime:
    return value if isinstance(value, datetime) else _begins(value) + timedelta(days=1)


def ended_before(held: Held) -> Iterator[str]:
    """Yield what is told as ended at a time, not at the latest, although a fix, or somebody who opened it or put it right, had ended it before that."""
    if not is_clear(held):
        return
    for customer, facts in held.found.facts.items():
        for fact in facts.facts:
            if fact.until is None or fact.undated_end or fact.latest_end:
                continue
            for place in held.night.world.places_of(customer=customer):
                why = fact.place in (place.vserver, place.appliance) and _ended_before(held, place, fact)
                if why:
                    yield f"the letter of {customer} tells {fact.kind} at {fact.place} until {fact.until}, and {why}"
                    break


def _ended_before(held: Held, place: Place, fact: Any) -> str:
    sights = held.night.world.sights
    before = [number for number in range(len(sights)) if at(held, number) < _begins(fact.until) - WITNESSED]
    if not before or at(held, before[-1]) < _begins(fact.when):
        return ""
    last = before[-1]
    near = [number for number in range(len(sights)) if abs(at(held, number) - _begins(fact.until)) <= WITNESSED]
    if any(held.actions[number].name in TO_CLOSE for number in near):
        return ""  # it ended with what was closed, which is known to the minute
    if fact.kind in _ENDED_BY_A_FIX and sights[last].is_all_fixed(place.appliance, held.weakness):
        return f"every node had the fix since action {last} at the latest"
    is_by_look = all(held.actions[number].name == "verify" for number in near)
    if fact.kind in _UNSAFE and is_by_look and not sights[last].passed(place.appliance, held.weakness):
        return f"no attack got through since action {last} at the latest"
    if fact.kind in _SHUT and any(sights[last].got[place, client] is Got.SERVED for client in CLIENTS):
        return f"clients were served since action {last} at the latest"
    return ""


# -- the call list ----------------------------------------------------------------------------------------------------


def order_of_calls(held: Held, claim: Claim) -> str:
    """The customers are in the order of what weighs on them; who was broken into, as a hunt of this control node found, is said to be."""
    lines = list(claim.about["lines"])[2:]
    customers = held.night.world.customers()
    count = f" {len(customers)} customer{'' if len(customers) == 1 else 's'},"
    if count not in claim.about["lines"][0]:
        return f"it is headed {claim.about['lines'][0]}"
    names = [next((one for one in customers if one in line), "") for line in lines]
    if sorted(names) != sorted(customers):
        return f"it has {names}"
    said = [re.sub(r"( x\d+)?( \+\d+)?$", "", line[17:46].strip()) for line in lines]
    words = [next((one for one in ORDER if _is_said(one, WEIGHS_LIKE.get(text, text))), "") for text in said]
    if "" in words:
        return f"it says {said[words.index('')]}, which has no place in the order"
    ranks = [ORDER.index(word) for word in words]
    if any(a > b for a, b in pairwise(ranks)):
        return f"it has {words}"
    keys = [(rank, _decided_by(line[52:73]), name) for rank, line, name in zip(ranks, lines, names, strict=True)]
    return "" if keys == sorted(keys) else f"it has {names} where nothing weighs more"


def _decided_by(cell: str) -> datetime:
    """Return until when a cell of the call list says that something is decided, whatever that is; the end of time where it says nothing."""
    text = cell.strip().partition(" ")[2]
    form = "%d %b %H:%M" if ":" in text else "%d %b"
    return (
        datetime.strptime(f"2020 {text}", f"%Y {form}").replace(tzinfo=UTC)
        if text
        else datetime.max.replace(tzinfo=UTC)
    )


def _is_said(words: str, text: str) -> bool:
    """Return whether a cell has these words, of all services or in part, as a whole or cut."""
    cut = text.removesuffix("..").rstrip() if text.endswith("..") else None
    return any(text == one or (cut is not None and one.startswith(cut)) for one in (words, f"{words}, in part"))


def cut_without_need(held: Held) -> Iterator[str]:
    """Yield the lines of the call list whose words are cut, although the cell has room for them."""
    for line in held.found.calls[2:]:
        cell = line[17:46]
        cut, dots, numbers = cell.strip().partition("..")
        words = [one for words in ORDER for one in (words, f"{words}, in part") if one.startswith(cut.rstrip())]
        if dots and words and all(len(one) + len(numbers.rstrip()) < len(cell) for one in words):
            yield f"the call list cuts {words[0]} in {cell}"


# -- hunts ------------------------------------------------------------------------------------------------------------


def traces_left_out(held: Held) -> Iterator[str]:
    """Yield where somebody got in before a hunt, which says that it found nothing: logs keep his requests, also after he has deleted what he left.

    What newsyslog has removed since nobody can find.
    """
    last = held.actions[-1]
    if last.name != "hunt" or "nothing found" not in last.said:
        return
    break_ins = [one for one in held.night.world.break_ins if one.place.appliance == last.appliance]
    if inside := [one for one in break_ins if _is_still_there(held, one)]:
        yield f"somebody got in at {last.appliance} at {inside[0].at}, and the hunt says {last.said}"


def own_name_left_out(held: Held) -> Iterator[str]:
    """Yield where a file of an attacker has a name of ours, and a hunt says no more than without it: each file that is none of ours is to be looked at."""
    last = held.actions[-1]
    for one in held.night.world.break_ins:
        named = "tourniquet" in one.left and one.place.appliance == last.appliance
        if last.name == "hunt" and named and not re.search("review|compromise", last.said):
            yield f"{one.left} is an attacker's, and the hunt says {last.said}"


def _is_still_there(held: Held, one: BreakIn) -> bool:
    """Return whether a node has the file of an attacker, or the line of his request, by its own clock, in a log."""
    times = [f"[{at:%d/%b/%Y:%H:%M}" for at in (one.at, one.at + NODE_CLOCK)]
    for node in held.night.world.running(one.place.appliance).nodes:
        logs = [_text_of(bytes(file.content)) for path, file in node.files.items() if "/httpaccess" in path]
        lines = [line for text in logs for line in text.splitlines() if ATTACK in line]
        if one.left in node.files or any(time in line for time in times for line in lines):
            return True
    return False


def _text_of(content: bytes) -> str:
    is_packed = content.startswith(b"\x1f\x8b")
    return (gzip.decompress(content) if is_packed else content).decode(errors="replace")


# -- names of others --------------------------------------------------------------------------------------------------


def names_of_others(held: Held) -> Iterator[str]:
    """Yield where what one customer gets names another one, or a service of another one."""
    places = held.night.world.places
    for run in (held.found.status, held.found.catalogue):
        for customer in run.views:
            text = json.dumps(
                [run.views[customer], run.vex.get(customer), run.decisions.get(customer)],
                default=str,
                ensure_ascii=False,
            )
            own = {one.vserver for one in places if one.customer == customer}
            for name in {one.customer for one in places} - {customer}:
                if name in text:
                    yield f"the report for {customer} names {name}"
            for name in {one.vserver for one in places if one.customer != customer} - own:
                if re.search(rf"(?<![\w-]){name}(?![\w-])", text):
                    yield f"the report for {customer} names {name}"
