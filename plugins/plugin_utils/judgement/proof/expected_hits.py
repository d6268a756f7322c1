# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The proof of the placements of a measure: the answers that each mode explains, and the hits that the counters must show. Pure.

A placement that blocks answers what is not allowed. One that only counts passes it, and only its counter shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ...appliance.nitro.appliance import Vip
from ...appliance.objects.resource_types import BUILT_IN_ACTIONS, Attributes, ObjectId
from ...catalogue.measure import Mode, Placement
from .probes import Sign, VipProof

PASSED_SIGNS = (Sign.NOT_CONFIRMED, Sign.BLOCKED, Sign.BLOCKED_BY_ANOTHER)
"""The signs where our policy passes a request: any answer of the service, including its own refusals, and of another measure of ours behind it."""
PASSED_WHERE_EXPOSED = (*PASSED_SIGNS, Sign.VULNERABLE)
"""The same for a mitigation that only counts: the build is affected, so that the service may answer the attack."""
_BLOCKED_SIGNS = (Sign.BLOCKED_BY_US, Sign.BLOCKED)


def ends_connections(objects: Mapping[ObjectId, Attributes]) -> bool:
    """Return True if a responder policy of a desired state has an action without an answer, such as RESET or DROP."""
    return any(type_ == "responderpolicy" and a["action"] in BUILT_IN_ACTIONS for (type_, _key), a in objects.items())


def placements_at(vip: Vip, placements: Iterable[Placement]) -> list[Placement]:
    """Return the placements that protect a virtual server."""
    return [placement for placement in placements if (placement.kind, placement.vserver) == (vip.kind, vip.name)]


def signs_at(
    vips: Iterable[Vip], placements: Sequence[Placement], objects: Mapping[ObjectId, Attributes], marker: str
) -> dict[Vip, tuple[Sign, ...]]:
    """Return by VIP the expected signs of requests that are not allowed.

    :param objects: the desired state
    :param marker: the word in our answers, or ""
    """
    signs: dict[Vip, tuple[Sign, ...]] = {}
    for vip in vips:
        own = placements_at(vip, placements)
        found: dict[Sign, None] = {}
        for placement in own:
            if placement.mode != Mode.ENFORCE:
                found |= dict.fromkeys(PASSED_SIGNS)
            elif marker and str(objects["responderpolicy", (placement.policy,)]["action"]) not in BUILT_IN_ACTIONS:
                found[Sign.BLOCKED_BY_US] = None
            else:
                found |= dict.fromkeys(_BLOCKED_SIGNS)
        if own:
            signs[vip] = tuple(found)
    return signs


def expected_hits(
    placements: Sequence[Placement], before: Iterable[VipProof], after: Iterable[VipProof], known: Iterable[str]
) -> dict[Vip, int]:
    """Return by VIP the rise that the counters of its policies must show.

    :param before: the probes before the change; they count where the policy existed already
    :param known: the policies that existed before the change
    """
    there = set(known)
    expected: dict[Vip, int] = {}
    for proofs, may_be_new in ((before, True), (after, False)):
        for proof in proofs:
            own = placements_at(proof.vip, placements)
            if may_be_new and not all(placement.policy in there for placement in own):
                continue
            expected[proof.vip] = expected.get(proof.vip, 0) + _counted(proof, own)
    return {vip: count for vip, count in expected.items() if count}


def _counted(proof: VipProof, own: Sequence[Placement]) -> int:
    """Return the number of probes that our policies must have matched."""
    if any(placement.mode == Mode.ENFORCE for placement in own):
        return proof.blocked + proof.cut  # RESET and DROP are answers of ours; any other answer has a sign
    return sum(sign is not Sign.NO_ANSWER for _answer, sign in proof.signs)


def enough_hits(expected: Mapping[Vip, int], rose: Mapping[str, int], placements: Sequence[Placement]) -> bool:
    """Return True if the counters rose at every VIP. The two bind points of a Gateway count together, since either may get a request."""
    return bool(expected) and all(
        sum(rose.get(placement.policy, 0) for placement in placements_at(vip, placements)) >= count
        for vip, count in expected.items()
    )


def unseen(
    placements: Iterable[Placement], counters: Mapping[str, int], recorded: Iterable[Mapping[str, int]]
) -> list[str]:
    """Return the bind points at which our policies were never hit, in words: nothing proves that the appliance evaluates them there.

    :param counters: by policy that is there, its hit counter now
    :param recorded: the counters that earlier runs have seen: they begin at zero after a restart
    """
    seen = {policy for found in (counters, *recorded) for policy, count in found.items() if count}
    return [
        f"{placement} has no hit yet, so nothing proves that the appliance evaluates it there"
        for placement in placements
        if placement.policy in counters and placement.policy not in seen
    ]
