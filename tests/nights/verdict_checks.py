# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The checks of verdicts, of what programs make of them, and of decisions that are open. Each returns why a claim is not true, or \"\"."""

from __future__ import annotations

from tests.nights.claims import Claim
from tests.nights.held import Held
from tests.nights.knowledge import ASKS


def lets_nothing_pass(held: Held, claim: Claim) -> str:
    passed = held.passed(claim.appliance)
    return f"it passes at {passed[0]}" if passed else ""


def is_fixed_everywhere(held: Held, claim: Claim) -> str:
    builds = held.now.builds[claim.appliance]
    return "" if all(map(held.is_fixed, builds)) else f"it runs {', '.join(builds)}"


def fixed_and_shut(held: Held, claim: Claim) -> str:
    return is_fixed_everywhere(held, claim) or lets_nothing_pass(held, claim)


def never(held: Held, claim: Claim) -> str:
    """Each node runs a build that never had the weakness, or one of it did at a time that is named."""
    builds = held.now.builds[claim.appliance]
    if "is_last" in claim.about and not claim.about["is_last"]:
        builds = tuple(one for seen in held.night.world.sights for one in seen.builds[claim.appliance])
        return "" if any(map(held.was_never_affected, builds)) else f"it ran {', '.join(builds)}"
    return "" if all(map(held.was_never_affected, builds)) else f"it runs {', '.join(builds)}"


def is_open(held: Held, claim: Claim) -> str:
    """An attack passes, or would if it were not closed, or the build has the weakness and nothing of ours is there."""
    if held.passed(claim.appliance) or held.managed(claim.appliance):
        return ""
    return "" if any(map(held.is_closed, held.places(claim.appliance))) else "no attack passes, and nothing is closed"


def has_ours(held: Held, claim: Claim) -> str:
    rows = held.night.world.running(claim.appliance).primary.running.rows
    return "" if f"tq_{held.weakness.id}" in str(rows.get("responderpolicy")) else "there is no policy of ours"


def is_not_saved(held: Held, claim: Claim) -> str:
    node = held.night.world.running(claim.appliance).primary
    differs = node.running.rows.get("responderpolicy") != node.saved.rows.get("responderpolicy")
    bound = "responderglobal_responderpolicy_binding"
    return "" if differs or node.running.rows.get(bound) != node.saved.rows.get(bound) else of_a_partition(held, claim)


def of_a_partition(held: Held, claim: Claim) -> str:
    for node in held.night.world.running(claim.appliance).nodes:
        for one in (node, *node.partitions.values()):
            if any(
                one.running.rows.get(name) != one.saved.rows.get(name)
                for name in ("responderpolicy", "responderaction", "nsfeature")
            ):
                return ""
    return "what of ours runs is saved"


def anything(_held: Held, _claim: Claim) -> str:
    """Say nothing: the word says that nobody knows."""
    return ""


def not_all_fixed(held: Held, claim: Claim) -> str:
    if not held.is_read(claim.appliance):
        return ""
    builds = held.now.builds[claim.appliance]
    fixed = all(map(held.is_fixed, builds))
    return f"it runs {', '.join(builds)}" if fixed else help_helps(held, claim)


def help_helps(held: Held, claim: Claim) -> str:
    return lets_nothing_pass(held, claim) if claim.about.get("helped") else ""


def decision_closed(held: Held, claim: Claim) -> str:
    row = claim.about
    if "OPEN on" in row["what"]:
        return ""
    hosts = [claim.appliance] if claim.appliance in held.night.appliances else [*held.night.appliances]
    places = [one for host in hosts for one in held.places(host, customer=claim.customer or None)]
    return "" if any(map(held.is_closed, places)) else f"everybody is served, and it says {row['what']}"


def not_covered(held: Held, claim: Claim) -> str:
    """A management address is reached at one of the appliances that are named, was when a run asked it last, or will be after the next start; or the text says
    that it is not known.
    """
    if ": unknown" in claim.about.get("what", ""):
        return ""
    named = [name for name in held.night.appliances if name in claim.appliance.replace(",", " ").split()]
    world = held.night.world
    reached = [
        name
        for name in named or held.night.appliances
        if held.managed(name)
        or not held.is_read(name)
        or not world.is_covered_at_the_start(name)
        or _was_reached(held, name)
    ]
    return "" if reached else "no management address is reached"


def _was_reached(held: Held, appliance: str) -> bool:
    """Return whether a management address let the attack pass when a run asked it last: what let it pass there may be gone since."""
    asked = [n for n, one in enumerate(held.actions) if one.appliance == appliance and one.name in ASKS]
    return bool(asked) and bool(held.night.world.sights[asked[-1]].reached(appliance, held.weakness))
