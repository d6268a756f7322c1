# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The checks of the exposure ledger and of the audit. Each returns why a claim is not true, or \"\"."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tests.nights.claims import Claim, time_of
from tests.nights.held import Held
from tests.nights.verdict_checks import is_fixed_everywhere, lets_nothing_pass


def bounds(claim: Claim) -> tuple[datetime, datetime | None]:
    since = time_of(claim.about["since"])
    assert since is not None
    return since, time_of(claim.about["until"])


def numbers_in(held: Held, claim: Claim) -> Iterator[int]:
    """Yield the actions after which the witness looked within an interval."""
    since, until = bounds(claim)
    for number, seen in enumerate(held.night.world.sights):
        if since <= seen.at and (until is None or seen.at < until):
            yield number


def was_protected(held: Held, claim: Claim) -> str:
    here = held.where[claim.appliance]
    for number in numbers_in(held, claim):
        if not here.passed[number]:
            continue
        known = here.known_by(number)
        if known:
            return f"it passed after action {number} at {here.passed[number][0]} ({known}): {claim.about['reason']}"
        if not any(source.startswith("record ") for source in claim.about["rests_on"]):
            return f"it passed after action {number}, which nobody knows, and it names no run on which it rests: {claim.about['reason']}"
    return ""


def was_open(held: Held, claim: Claim) -> str:
    here = held.where[claim.appliance]
    begins = here.proven_since
    for number in numbers_in(held, claim) if begins is not None else ():
        if number >= begins and not here.passed[number]:
            return f"it was stopped after action {number} by what was proven at {begins}: {claim.about['reason']}"
    return by_somebody(held, claim)


def by_somebody(held: Held, claim: Claim) -> str:
    by = claim.about.get("by") or ""
    names = {held.night.nodes[one.by][one.appliance].who for one in held.actions}
    return "" if not by or any(by.startswith(f"{name} (") for name in names) else f"it names {by}"


def now_fixed(held: Held, claim: Claim) -> str:
    if claim.about["is_last"] and (wrong := is_fixed_everywhere(held, claim)):
        return wrong
    return was_protected(held, claim)


def node_fixed(held: Held, claim: Claim) -> str:
    build = held.now.builds[claim.appliance][claim.about["index"]]
    return f"{claim.about['node']} runs {build}" if claim.about["is_last"] and not held.is_fixed(build) else ""


def node_open(held: Held, claim: Claim) -> str:
    build = held.now.builds[claim.appliance][claim.about["index"]]
    return f"{claim.about['node']} runs {build}" if claim.about["is_last"] and held.is_fixed(build) else ""


def management_shut(held: Held, claim: Claim) -> str:
    is_reached = claim.about["index"] in held.managed(claim.appliance)
    return (
        f"it passes at the management address of {claim.about['node']}" if claim.about["is_last"] and is_reached else ""
    )


def closing(held: Held, claim: Claim) -> str:
    """A closing that lasts shows at the service; one that has ended does not, unless another one lasts."""
    (place,) = held.places(claim.appliance, claim.place)
    lasts = not claim.about["reopened"]["time"]
    if lasts and held.is_read(claim.appliance) and not held.is_closed(place):
        return "everybody is served"
    minutes = claim.about.get("minutes")
    closed, opened = time_of(claim.about["closed"]), time_of(claim.about["reopened"]) or held.found.at
    if minutes is not None and closed is not None and abs(minutes - (opened - closed).total_seconds() / 60) > 1:
        return f"it says {minutes} minutes between {closed} and {opened}"
    return ""


def ledger_fixed(held: Held, claim: Claim) -> str:
    if claim.about["is_fixed"] is True:
        return is_fixed_everywhere(held, claim)
    if claim.about["is_fixed"] is False and held.is_read(claim.appliance):
        return "every node has the fix" if not is_fixed_everywhere(held, claim) else ""
    return ""


def passed_since_public(held: Held, claim: Claim) -> str:
    """Return when it could be known that an attack passed since an exploit was public."""
    here, public = (
        held.where[claim.appliance],
        datetime.combine(held.weakness.exploit, datetime.min.time(), UTC) - timedelta(days=1),
    )
    if held.found.at.date() < held.weakness.exploit:
        return ""
    for number, seen in enumerate(held.night.world.sights):
        if seen.at >= public and here.passed[number] and (known := here.known_by(number)):
            return f"it passed after action {number} ({known}): {claim.about['text']}"
    return ""


def open_again(held: Held, claim: Claim) -> str:
    return lets_nothing_pass(held, claim) or passed_since_public(held, claim)


def audited(held: Held, claim: Claim) -> str:
    """A run that the audit calls proven, and that was played as such, stopped each attack of the witness right after it."""
    run, here = claim.about, held.where[claim.appliance]
    number = number_of(run["run"])
    if number is None or number > here.last:
        return "" if number is None else f"it has {run['run']}, which was not played"
    if here.actions[number].appliance != claim.appliance:
        return f"{run['run']} was not played here"
    inside = [one for one in held.places(claim.appliance) if one.partition == run["partition"]]
    passed = [how for one in inside for how in held.night.world.sights[number].ways(held.weakness)[one]]
    is_asked = here.actions[number].name not in ("cover", "uncover")  # they ask the management addresses alone
    is_proven = run["proven"] and run["kind"] in ("apply", "verify") and run["measure"] == held.weakness.id
    if is_proven and is_asked and passed:
        return f"proven, and it passed after it by {passed[0]}"
    return ""


def number_of(run: str) -> int | None:
    return int(run[3:]) if str(run).startswith("run") and run[3:].isdigit() else None
