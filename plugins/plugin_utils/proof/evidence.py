# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The evidence about a measure on one appliance, from which the verdict is worked out. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Placement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.appliance import Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.probes import Sign, VipProof
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.closures import ClosureState


class Presence(StrEnum):
    """How far a measure is in place.

    DRIFTED means that somebody changed our objects; OLDER that an older version, or an earlier wish of the inventory, is in place.
    """

    ABSENT = "absent"
    CURRENT = "current"
    OLDER = "older"
    DRIFTED = "drifted"


@dataclass(frozen=True)
class Evidence:
    """What the verdict is worked out from.

    :ivar placements: what the measure protects; empty for a mitigation
    :ivar covered_by: a policy of somebody else that blocks every attack of the traffic, by evaluation of its rule
    :ivar expected_signs: the answers to an attack that the policies in place explain
    :ivar expected_at: by VIP, where it is not the same everywhere
    :ivar part_hits: by part of a measure that judges by the source, what it has seen so far; None for all other measures
    :ivar unprovable: the parts of a measure that no request from outside can reach, in words
    :ivar modes: by part of a measure, the mode that is in force, or ""
    :ivar asked: False where the inventory asks for nothing of the measure
    :ivar explained: some policy in place answers the attacks, by evaluation
    :ivar proofs: the probes of this run; empty where none were sent
    :ivar hits_rose: the counters of the blocking policies rose by the number of blocked probes; None where not looked at
    :ivar proven_before: when a record says that this very state was proven, or ""
    :ivar saved: None where it isn't known
    :ivar standing: which of the VIPs are switched off, and by whose decision
    :ivar unsaved_peer: that the secondary has not saved it, in words, or ""
    :ivar drift: in what that which is in place differs from what should be, in words
    :ivar shadowed_by: a policy in front of ours that ends the evaluation, in words, or ""
    :ivar not_covered: nodes, VIPs or partitions that are missing, in words
    :ivar remarks: what else a person should know
    """

    build: Build
    placements: tuple[Placement, ...] = ()
    ours: Presence = Presence.ABSENT
    version: int | None = None
    feature_on: bool = True
    covered_by: str = ""
    expected_signs: tuple[Sign, ...] = (Sign.BLOCKED_BY_US, Sign.BLOCKED)
    expected_at: Mapping[Vip, tuple[Sign, ...]] = field(default_factory=dict)
    part_hits: Mapping[str, int] | None = None
    unprovable: tuple[str, ...] = ()
    modes: Mapping[str, str] = field(default_factory=dict)
    asked: bool = True
    explained: bool = True
    proofs: tuple[VipProof, ...] = ()
    hits_rose: bool | None = None
    proven_before: str = ""
    saved: bool | None = None
    standing: ClosureState = field(default_factory=ClosureState)
    unsaved_peer: str = ""
    drift: tuple[str, ...] = ()
    shadowed_by: str = ""
    not_covered: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = field(default=())

    def is_expected(self, proof: VipProof) -> bool:
        return proof.sign in self.expected_at.get(proof.vip, self.expected_signs)
