# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What proves the parts of a measure: the answers from outside that each mode explains, and the hits that they must leave. Pure.

A part that blocks answers what is not allowed; one that only counts lets it pass and shows it in its counter alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import ENFORCE, Placement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.resource_types import (
    BUILT_IN_ACTIONS,
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.appliance import Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.probes import Sign, VipProof

PASSED_SIGNS = (Sign.NOT_CONFIRMED, Sign.BLOCKED)
"""What comes back where ours lets pass: whatever the service says, a refusal of its own included."""
_BLOCKED_SIGNS = (Sign.BLOCKED_BY_US, Sign.BLOCKED)


def parts_at(vip: Vip, parts: Iterable[Placement]) -> list[Placement]:
    """The parts that protect a virtual server."""
    return [part for part in parts if (part.kind, part.vserver) == (vip.kind, vip.name)]


def signs_at(
    vips: Iterable[Vip], parts: Sequence[Placement], objects: Mapping[ObjectId, Attributes], marker: str
) -> dict[Vip, tuple[Sign, ...]]:
    """By VIP, the answers to what is not allowed that are as they should be.

    :param objects: the document
    :param marker: the word in our answers, or ""
    """
    signs: dict[Vip, tuple[Sign, ...]] = {}
    for vip in vips:
        own = parts_at(vip, parts)
        found: dict[Sign, None] = {}
        for part in own:
            if part.mode != ENFORCE:
                found |= dict.fromkeys(PASSED_SIGNS)
            elif marker and str(objects["responderpolicy", (part.policy,)]["action"]) not in BUILT_IN_ACTIONS:
                found[Sign.BLOCKED_BY_US] = None
            else:
                found |= dict.fromkeys(_BLOCKED_SIGNS)
        if own:
            signs[vip] = tuple(found)
    return signs


def expected_hits(
    parts: Sequence[Placement], before: Iterable[VipProof], after: Iterable[VipProof], known: Iterable[str]
) -> dict[Vip, int]:
    """By VIP, by how much the counters of its policies must have risen.

    :param before: the probes before the change; they count where the policy was there already
    :param known: the policies that were there before the change
    """
    there = set(known)
    expected: dict[Vip, int] = {}
    for proofs, may_be_new in ((before, True), (after, False)):
        for proof in proofs:
            own = parts_at(proof.vip, parts)
            if may_be_new and not all(part.policy in there for part in own):
                continue
            expected[proof.vip] = expected.get(proof.vip, 0) + _counted(proof, own)
    return {vip: count for vip, count in expected.items() if count}


def _counted(proof: VipProof, own: Sequence[Placement]) -> int:
    """How many of the probes ours must have seen."""
    if any(part.mode == ENFORCE for part in own):
        return proof.blocked + proof.cut  # RESET and DROP are answers of ours; another one is told by its sign
    return sum(sign is not Sign.NO_ANSWER for _answer, sign in proof.signs)


def enough_hits(expected: Mapping[Vip, int], rose: Mapping[str, int], parts: Sequence[Placement]) -> bool:
    """Whether the counters rose at every VIP; both bind points of a Gateway count together, for either may see a request."""
    return bool(expected) and all(
        sum(rose.get(part.policy, 0) for part in parts_at(vip, parts)) >= count for vip, count in expected.items()
    )


def unseen(parts: Sequence[Placement], rose: Mapping[str, int], before: Mapping[str, int]) -> list[str]:
    """The bind points at which ours has never been hit, in words: nothing proves that the appliance asks it there."""
    return [
        f"{part} has had no hit yet, so nothing proves that it is asked there"
        for part in parts
        if part.policy in rose and not rose[part.policy] and not before.get(part.policy)
    ]
