# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The checks of letters, of the call list and of duties. Each returns why a claim is not true, or \"\"."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise

from tests.nights.claims import Claim
from tests.nights.held import Check, Held
from tests.nights.status_checks import is_counting
from tests.nights.verdict_checks import has_ours, lets_nothing_pass
from tests.nights.world import INSIDE, Got, Place


def places_of(held: Held, claim: Claim) -> list[Place]:
    """Return the services that a sentence is about: a virtual server, or all of this customer on the appliance that it names."""
    named = held.night.world.places_of(customer=claim.customer)
    if claim.place in held.night.appliances:
        return [one for one in named if one.appliance == claim.place]
    return [one for one in named if one.vserver == claim.place] if claim.place else named


def appliances_of(held: Held, claim: Claim) -> list[str]:
    return list(dict.fromkeys(one.appliance for one in places_of(held, claim)))


def on_each(check: Check) -> Check:
    """Return the check of a sentence about a service that holds on one of its appliances."""

    def checked(held: Held, claim: Claim) -> str:
        wrong = [
            check(held, Claim(claim.kind, claim.view, name, claim.customer, claim.place, claim.about))
            for name in appliances_of(held, claim)
        ]
        return wrong[0] if wrong and all(wrong) else "" if wrong else "it names no service of the customer"

    return checked


def letter_closed(held: Held, claim: Claim) -> str:
    places = places_of(held, claim)
    if not places:
        return "it names no service of the customer"
    are_read = all(held.is_read(one.appliance) for one in places)  # what is not read is told by the records
    if claim.about["until"] is None and are_read and not any(map(held.is_closed, places)):
        return "everybody is served"
    return ""


def letter_open(held: Held, claim: Claim) -> str:
    """A service serves a user, or whoever says what a policy of others lets in."""
    shut = [one for one in places_of(held, claim) if held.now.got[one, INSIDE] is not Got.SERVED]
    shut = [one for one in shut if not held.night.world.lets_somebody_in(one)]
    return (
        f"{shut[0].vserver} gives {held.now.got[shut[0], INSIDE]}" if len(shut) == len(places_of(held, claim)) else ""
    )


def proven(held: Held, claim: Claim) -> str:
    """A proof that counts: nothing passes. One that counted until a time: nothing passed until then that anybody can know of."""
    if claim.about["until"] is not None:
        return proven_until(held, claim)
    return lets_nothing_pass(held, claim) if held.is_read(claim.appliance) else ""


def proven_until(held: Held, claim: Claim) -> str:
    if claim.about["when"] is None:  # of a run with a wrong clock
        return ""
    here, since, until = held.where[claim.appliance], moment(claim.about["when"]), moment(claim.about["until"])
    for number, seen in enumerate(held.night.world.sights):
        if since <= seen.at < until and here.passed[number] and (known := here.known_by(number)):
            return f"it passed after action {number} ({known}), and it says proven until {until}"
    return "" if since < until else "it ends before it begins"


def letter_exposure(held: Held, claim: Claim) -> str:
    """An exposure that has ended: nothing of it passes since, as far as it can be known."""
    when, until = claim.about["when"], claim.about["until"]  # nobody knows when a run with a wrong clock was
    is_dated = when is not None and until is not None
    return "it ends before it begins" if is_dated and moment(until) < moment(when) else ""


def nodes_differ(held: Held, claim: Claim) -> str:
    builds = held.now.builds[claim.appliance]
    return "" if len(set(map(held.is_fixed, builds))) > 1 or claim.about["until"] else f"it runs {', '.join(builds)}"


def letter_management(held: Held, claim: Claim) -> str:
    """An exposure of management addresses that lasts: one of them is reached, or nobody knows that it is not."""
    reached = [name for name in appliances_of(held, claim) if held.managed(name) or not held.is_read(name)]
    covered = any(one.name in ("cover", "uncover") for one in held.actions)
    return "no management address is reached" if claim.about["until"] is None and not reached and not covered else ""


def moment(value: date | datetime) -> datetime:
    return value if isinstance(value, datetime) else datetime.combine(value, datetime.min.time(), UTC)


def broken_in(held: Held, claim: Claim) -> str:
    inside = {one.place.appliance for one in held.night.world.break_ins}
    return "" if inside & {*appliances_of(held, claim)} else "nobody got in"


def no_traces(held: Held, claim: Claim) -> str:
    """When the hunt ended nobody had got in, or what he had left was gone."""
    places = places_of(held, claim)
    inside = [one for one in held.night.world.break_ins if one.place in places and one.at < claim.about["known"]]
    there = any(
        one.left in node.files for one in inside for node in held.night.world.running(one.place.appliance).nodes
    )
    return "an attacker's file is there" if there else ""


def observes(held: Held, claim: Claim) -> str:
    """A rule that only counts is evaluated, and lets pass what it matches; of what is not read the records are told."""
    if claim.about["until"] is not None:
        return letter_exposure(held, claim)
    if wrong := has_ours(held, claim):
        return wrong
    return "" if not held.is_read(claim.appliance) or is_counting(held, claim.appliance) else "nothing evaluates ours"


def is_off(held: Held, claim: Claim) -> str:
    if claim.about["until"] is not None:
        return letter_exposure(held, claim)
    rows = held.night.world.running(claim.appliance).primary.running.rows
    there = f"tq_{held.weakness.id}" in str(rows.get("responderglobal_responderpolicy_binding"))
    by_other = any(one.by == "other" for one in held.where[claim.appliance].actions)
    own = held.night.rules.get(claim.appliance)  # an undo may put back what somebody had made of our policy
    is_off = bool(held.passed(claim.appliance)) or not there or own not in (None, held.night.rule(claim.appliance))
    return "" if is_off or by_other or not held.is_read(claim.appliance) else "our policy is bound, and nothing passes"


def letter_text(held: Held, claim: Claim) -> str:
    text = str(claim.about["text"])
    own = {one.vserver for one in held.night.world.places_of(customer=claim.customer)}
    for place in held.night.world.places:
        if place.customer != claim.customer and place.customer in text:
            return f"it names {place.customer}"
        if place.vserver not in own and place.vserver in text.replace("-", " ").split():
            return f"it names {place.vserver} of {place.customer}"
    return "" if "TLP:AMBER" in text and "TLP:CLEAR" not in text else "its label is not TLP:AMBER"


def order_of_calls(held: Held, claim: Claim) -> str:
    """Who can be attacked now comes before whom nothing presses."""
    lines = list(claim.about["lines"])[2:]
    names = [next((one for one in held.night.world.customers() if one in line), "") for line in lines]
    if sorted(names) != sorted(held.night.world.customers()):
        return f"it has {names}"
    pressed = [bool(exposed_now(held, name)) for name in names]
    quiet = ["nothing open" in line for line in lines]
    wrong = next(
        (name for name, exposed, is_quiet in zip(names, pressed, quiet, strict=True) if exposed and is_quiet), ""
    )
    if wrong:
        return f"{wrong} can be attacked, and it says nothing open"
    return "who has nothing open comes first" if any(a and not b for a, b in pairwise(quiet)) else ""


def exposed_now(held: Held, customer: str) -> list[str]:
    names = {one.appliance for one in held.night.world.places_of(customer=customer)}
    return [name for name in names if held.passed(name) and held.counts(name, len(held.actions) - 1)]


HOURS = {"AVG art. 33(1)": 72, "Cbw (NIS2 art. 23)": 24}


def clocks(held: Held, claim: Claim) -> str:
    """A breach starts the clocks: 72 hours to the data protection authority, 24 to the early warning."""
    clocks = claim.about["clocks"]
    inside = [one for one in held.night.world.break_ins if one.place.appliance in appliances_of(held, claim)]
    if clocks and not inside:
        return "nobody got in"
    started = datetime.fromisoformat(claim.about["breach_known"]) if clocks else None
    for one in clocks:
        wanted = HOURS.get(one["basis"])
        if wanted and "within 72" not in one["what"] and wanted == 72:
            return f"{one['what']} has no 72 hours"
        if started is not None and wanted and f"within {wanted} hours" in one["what"]:
            due = datetime.fromisoformat(one["due"])
            if abs((due - started).total_seconds() / 3600 - wanted) > 0.1:
                return f"{one['what']} is due {due}, {started} was the beginning"
    return ""
