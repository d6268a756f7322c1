# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What can have caused what a verdict or a loss names: it must have happened in the night. Each returns why a claim is not true, or \"\"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from tests.nights import neighbours
from tests.nights.claims import Claim, time_of
from tests.nights.held import Held
from tests.nights.knowledge import BESIDE
from tests.nights.verdict_checks import has_ours

TROUBLE = ("clock_ahead", "clock_behind", "lease_lost", "copies_lost", "dies")
"""Runs that apply or undo, and what a control node cannot know of the other one."""
ENDINGS = ("undo", "after_fix", "retire", "leave", *TROUBLE)
HANDS = (
    "colleague_changes",
    "colleague_unbinds",
    "colleague_restores",
    "colleague_disables",
    "colleague_enables",
    "colleague_unsaved",
    "colleague_takes",
    *neighbours.EVERY,
)
OTHER_BUILDS = ("never_affected", "other_edition", "oldest")
BUILDS = ("upgrade", "affected_again", "ineffective", "upgrade_second", "failover", *OTHER_BUILDS)
UNSAVED = ("reboot", "apply_unsaved", "apply", "edited", "whitelist", "geoblock", "failover", *BUILDS)
OPENS = (
    "reopen",
    "open_step",
    "colleague_opens",
    "whitelist_counts",
    "geoblock_counts",
    "whitelist_off",
    "geoblock_off",
    "whitelist_undo",
    "geoblock_undo",
)
CAUSED_BY: Mapping[str, tuple[str, ...]] = {
    "observing": ("observe", *ENDINGS),
    "taken_off": ENDINGS,
    "opened": (*OPENS, *ENDINGS),
    "opened_by_others": ("colleague_opens", *HANDS, *UNSAVED, *TROUBLE),
    "bypassed": (),
    "not_proven": (*HANDS, *ENDINGS, *UNSAVED, "allow_in_front", "not_in_front", "away", *OPENS),
    "changed": (*HANDS, *UNSAVED, *ENDINGS, "observe", "allow_in_front", "not_in_front"),
    "partly": (*BUILDS, *HANDS, *UNSAVED, "allow_in_front", "away", *ENDINGS, *OPENS, "notice", "notice_of_one"),
    "passed": (*HANDS, *UNSAVED, *ENDINGS, "observe", "allow_in_front", *BUILDS, *OPENS),
    "ineffective": ("ineffective", "affected_again", *BUILDS),
    "older_build": BUILDS,
    "outdated": (BESIDE, *neighbours.EVERY, *BUILDS, *OPENS, "allow_in_front", "not_in_front"),
    "not_known": (*TROUBLE, *HANDS, *BUILDS, *UNSAVED, *ENDINGS, "away", "observe", "verify", "colleague_opens"),
}
"""By cause of a loss, what people can have done."""
_CHANGES_OURS = {*HANDS, *TROUBLE, *BUILDS, "reboot", "allow_in_front", "not_in_front", "away", "node_clock", "leave"}
"""What leaves ours otherwise than a run of ours did; a run that is refused leaves it as it was."""
A_DAY = timedelta(days=1, hours=1)
"""By how much the clock of a run may be wrong."""


def loss(held: Held, claim: Claim) -> str:
    """A loss follows a time of protection, and one of its causes had happened when it was found."""
    since, found = time_of(claim.about["since"]), time_of(claim.about["found"])
    if since is None or found is None:
        return "it has no time"
    if found < since:
        return f"it was found at {found}, before it began"
    before = {
        one.name
        for one, seen in zip(held.actions, held.night.world.sights, strict=True)
        if one.appliance == claim.appliance and seen.at <= found + A_DAY
    }
    causes = CAUSED_BY[claim.kind.partition(": ")[2]]
    if not before & {*causes}:
        return f"nothing happened that causes it: {sorted(before)}"
    if claim.kind == "loss: changed" and not before & _CHANGES_OURS:
        return f"nobody but runs of ours that came to their end changed anything: {sorted(before)}"
    if claim.kind == "loss: ineffective" and not _ran(held, claim.appliance, "12.1"):
        return "no such build ran"
    if claim.kind == "loss: older_build" and not _had_fix(held, claim.appliance):
        return "no node had the fix before"
    return ""


def _ran(held: Held, appliance: str, train: str) -> bool:
    return any(build.startswith(train) for seen in held.night.world.sights for build in seen.builds[appliance])


def _had_fix(held: Held, appliance: str) -> bool:
    return any(held.is_fixed(build) for seen in held.night.world.sights for build in seen.builds[appliance])


def drifted(held: Held, claim: Claim) -> str:
    """What is in place is not what the entry or the saved configuration says, or what is closed is open: somebody changed something, or a run left it so.

    Another build is booted with what was saved.
    """
    own = [one for one in held.night.actions if one.appliance == claim.appliance]
    done = {one.name for one in held.actions if one.appliance == claim.appliance}
    causes = {*HANDS, "edited", "apply_unsaved", "reboot", "observe", "lease_lost", "failover", "allow_in_front"}
    causes |= {"not_in_front", "clock_ahead", "clock_behind", "whitelist", "whitelist_counts", "geoblock"}
    causes |= {"geoblock_counts", "whitelist_off", "geoblock_off", "countries", "paths", "leave", "undo", "dies"}
    causes |= {"whitelist_undo", "geoblock_undo", "colleague_opens"}
    causes |= {*BUILDS} if any("not saved" in one.said for one in own) else set()
    return "" if done & causes else f"nothing happened that changes it: {sorted(done)}"


ASKS_OTHERWISE = ("edited", "neighbour_named", "lease_lost", "dies")
"""After these the entry or the inventory of a control node asks for something else than before, or a run was cut off on its way from what was there."""


def superseded(held: Held, claim: Claim) -> str:
    """Ours is there, and something else was asked for, at some time by some control node."""
    done = {one.name for one in held.night.actions if one.appliance == claim.appliance}
    return has_ours(held, claim) or (
        "" if done & {*ASKS_OTHERWISE} else f"what is asked for never changed: {sorted(done)}"
    )


def partly(held: Held, claim: Claim) -> str:
    """Something is not covered that another thing is: a node, a partition, a service, some clients, or it cannot be read."""
    name = claim.appliance
    if not held.is_read(name) or len(set(map(held.is_fixed, held.now.builds[name]))) > 1:
        return ""
    places = held.night.world.places_of(name)
    passed = [bool(held.now.ways(held.weakness)[place]) for place in places]
    closed = [held.is_closed(place) for place in places]
    running = held.night.world.running(name)
    rules = str([node.running.rows.get("responderpolicy") for node in running.nodes])
    others = any(partition for node in running.nodes for partition in node.partitions)
    done = {one.name for one in held.actions if one.appliance == name}
    if len({*passed}) > 1 or len({*closed}) > 1 or "rp_" in rules or others:
        return ""
    told = done & {"allow_in_front", *neighbours.EVERY, "failover", "upgrade_second", "away", *BUILDS}
    return "" if told or len(running.nodes) > 1 else f"nothing is left out, {sorted(done)}"


CODES: Mapping[str, int] = {
    **dict.fromkeys(("mitigated", "fixed", "not affected", "enforcing", "mitigated, not managed by us"), 0),
    **dict.fromkeys(
        ("exposed", "observe, not blocking", "ineffective on this build", "blocked, unexplained", "partly"), 2
    ),
    **dict.fromkeys(("unknown", "no verdict"), 3),
}
"""By verdict, the code in the Nagios sense (docs/reference/verdicts.md): those for which a wrong one would hide something, or wake somebody for nothing."""


def code(held: Held, claim: Claim) -> str:
    """The code is no better than the word beside it, and no attack passes where it says that all is well."""
    word, found = claim.about["verdict"], int(claim.kind.partition(": ")[2])
    if found < CODES.get(word, 0):
        return f"the verdict beside it is {word}"
    passed = held.passed(claim.appliance) if found == 0 else ()
    if found == 3 and word not in ("unknown", "no verdict") and held.is_read(claim.appliance):
        return f"it can be read, and its verdict is {word}"
    return f"it passes at {passed[0]}" if passed else ""
