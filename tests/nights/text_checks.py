# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The checks of what the screen and the pages say. Each returns why a claim is not true, or \"\"."""

from __future__ import annotations

import re
from datetime import timedelta

from tests.nights.claims import Claim
from tests.nights.held import Held
from tests.nights.list_checks import standing
from tests.nights.night import WITNESSED
from tests.nights.obligations import CLOSES, lets_some_past
from tests.nights.screen_checks import closures_of
from tests.nights.world import MARKER, Place

DUE = timedelta(hours=8)
"""The time for which the decisions of a night on a closing hold."""


def build(held: Held, claim: Claim) -> str:
    builds = held.now.builds[claim.appliance]
    return "" if claim.about["build"] in builds else f"it runs {', '.join(builds)}"


def places_named(held: Held, claim: Claim) -> list[Place]:
    names = claim.about["names"].strip().split(", ")
    return [one for one in held.night.world.places_of(customer=claim.customer) if one.vserver in names]


def closed(held: Held, claim: Claim) -> str:
    places = places_named(held, claim)
    if not places:
        return "it names no service of the customer"
    return "" if any(map(held.is_closed, places)) else "everybody is served"


def not_closed(held: Held, claim: Claim) -> str:
    """A closing of ours has no effect: somebody is served, or nobody knows whether another step closes it."""
    places = places_named(held, claim)
    if not places:
        return "it names no service of the customer"
    run = held.found.catalogue if claim.view.startswith("catalogue") else held.found.status
    doubted = {(row["host"], row["vserver"]) for row in closures_of(run) if standing(row) == "doubt"}
    if any((one.appliance, one.vserver) in doubted for one in places):
        return ""
    if any(lets_some_past(held, one) for one in places):
        return ""
    return "nobody is served" if all(map(held.is_shut, places)) else ""


def not_in_force(held: Held, claim: Claim) -> str:
    """A step of ours has no effect, and another one closes it: nobody is served."""
    places = places_named(held, claim)
    if not places:
        return "it names no service of the customer"
    return "" if any(map(held.is_shut, places)) else "somebody is served"  # a service of its name may be elsewhere


def overdue(held: Held, claim: Claim) -> str:
    """The decision on a closing is due, and it is closed, or the screen says besides that it is not."""
    run = held.found.catalogue if claim.view.startswith("catalogue") else held.found.status
    denied = [line for line in run.screen if line.startswith(f"NOT CLOSED at {claim.customer}: ")]
    if not denied and (wrong := closed(held, claim)):
        return wrong
    hosts, now = {one.appliance for one in places_named(held, claim)}, held.night.now
    times = [
        seen.at - WITNESSED
        for one, seen in zip(held.actions, held.night.world.sights, strict=True)
        if one.name in CLOSES and one.appliance in hosts
    ]
    return "" if any(now - time >= DUE for time in times) else "no decision is due yet"


def lost(held: Held, claim: Claim) -> str:
    """Somebody took it away, or it is not what it was: something happened at the appliance after a run of ours."""
    own = [one for one in held.actions if one.appliance == claim.appliance]
    return "" if len(own) > 1 else "nothing happened there after the first run"


def unreachable(held: Held, claim: Claim) -> str:
    return "it can be reached" if held.is_read(claim.appliance) else ""


def nothing_found(held: Held, claim: Claim) -> str:
    """When the last hunt of this control node ended, no file of an attacker was there."""
    hunts = [
        number
        for number, one in enumerate(held.actions)
        if (one.name, one.appliance, one.by) == ("hunt", claim.appliance, held.found.by)
    ]
    if not hunts:
        return "this control node has not hunted"
    before = [one for one in held.night.world.break_ins if one.place.appliance == claim.appliance]
    last = held.night.world.sights[hunts[-1]].at
    there = any(MARKER in node.files for node in held.night.world.running(claim.appliance).nodes)
    return "an attacker's file is there" if there and any(one.at < last for one in before) else ""


def page_text(held: Held, claim: Claim) -> str:
    """A customer's page names no other customer, and no service of another one."""
    text = str(claim.about["text"])
    world = held.night.world
    own = {one.vserver for one in world.places_of(customer=claim.customer)}
    for place in world.places:
        if place.customer != claim.customer and place.customer in text:
            return f"it names {place.customer}"
        if place.vserver not in own and re.search(rf"\b{place.vserver}\b", text):
            return f"it names {place.vserver} of {place.customer}"
    return ""
