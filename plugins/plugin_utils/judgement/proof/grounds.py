# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The grounds about a measure on one appliance, from which the verdict is worked out. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ...appliance.nitro.appliance import Vip
from ...appliance.nitro.builds import Build
from ...catalogue.measure import Mode, Placement, Weakness
from ...change.records.closures import ClosureState
from ...foundation.next_action import NextAction
from ...measures.last_run import LastRun
from ...policies.let_past import LetPast
from .probes import Sign, VipProof
from .verdict_table import VerdictWord


class Presence(StrEnum):
    """The presence of a measure on an appliance.

    DRIFTED: someone changed our objects. OLDER: an older version, or what the inventory asked for earlier, is in place.
    """

    ABSENT = "absent"
    CURRENT = "current"
    OLDER = "older"
    DRIFTED = "drifted"


@dataclass(frozen=True)
class Grounds:
    """The grounds about a measure on one appliance.

    :ivar placements: what the measure protects; empty for a mitigation
    :ivar covered_by: a policy of others that blocks every attack of the traffic, by evaluation of its rule
    :ivar expected_signs: the answers to an attack that the policies in place explain
    :ivar expected_at: by VIP, the same, if they are not the same everywhere
    :ivar placement_hits: by placement of a measure that no probe can prove, its hits so far; None for all other measures
    :ivar unprovable: the placements that no request from outside can reach, in words
    :ivar modes: by placement, the mode that is in force, or None
    :ivar observing: the policies of a mitigation that only count and log, and let the attack pass
    :ivar let_count: those of its policies that only count although our last run let them block, so somebody else has changed them
    :ivar is_asked_for: False if the inventory asks for nothing of the measure
    :ivar serves_nobody: the measure lets no request of ours pass, so that no legitimate one is sent
    :ivar read_back: of a measure that reading back proves, what was read, in words, or ""
    :ivar nothing_to_protect: why the appliance has nothing that the measure could protect, or ""
    :ivar absent_because: what of the measure is there without effect, or that nothing is, in words, or ""
    :ivar not_verified: of a policy whose content nothing can prove, how it is in place, in words, or ""
    :ivar lets_pass: an attack of the entry that its rule, which is in place, does not match by our own evaluation, in words, or ""
    :ivar weaknesses: the findings of other entries that weaken the rules in place, by what their expressions look at
    :ivar explained: some policy in place answers the attacks, by evaluation
    :ivar proofs: the probes of this run; empty if none were sent
    :ivar hits_rose: the counters of the blocking policies rose by the number of blocked probes; None if they were not read
    :ivar seen_passing: which run of ours saw an attack pass, in words, where none has proved it since; or ""
    :ivar found_ineffective: likewise, which run found that this build does not evaluate it
    :ivar proven_before: when a record says that exactly this state was proven, or ""
    :ivar saved: None if it is not known
    :ivar closures: which of the VIPs are switched off, and by whose decision
    :ivar closed_to_us: the VIPs that a step of our closing keeps from our requests
    :ivar unsaved_secondary: that the secondary has not saved the measure, in words, or ""
    :ivar drift: the differences of what is in place from the target, in words
    :ivar shadowed_by: a policy that ends the evaluation before ours, in words, or ""
    :ivar takes_away: the services from which what the inventory asks for now would take protection away
    :ivar let_past: the policies of others in front of ours that let requests go on past it
    :ivar invoking: those in front of ours that may lead an attack into a label, which is not read, and that nobody has acknowledged
    :ivar not_covered: nodes, VIPs or partitions that are missing, in words
    :ivar unusable: the names of virtual servers that NITRO does not allow, in words
    :ivar unreadable: the reasons why something that the verdict needs could not be read
    :ivar remarks: what else a person should know
    :ivar is_other_version: False if what is in place carries the version that is asked for
    :ivar last_run: the last run of a recurring measure; None for all others
    :ivar builds: of all nodes that were read; empty where they are not known apart
    :ivar next_actions: by verdict, the next action where that of the table would not lead to another state
    """

    build: Build
    placements: tuple[Placement, ...] = ()
    presence: Presence = Presence.ABSENT
    version: int | None = None
    feature_on: bool = True
    covered_by: str = ""
    expected_signs: tuple[Sign, ...] = (Sign.BLOCKED_BY_US, Sign.BLOCKED)
    expected_at: Mapping[Vip, tuple[Sign, ...]] = field(default_factory=dict)
    placement_hits: Mapping[str, int] | None = None
    unprovable: tuple[str, ...] = ()
    modes: Mapping[str, Mode | None] = field(default_factory=dict)
    observing: tuple[str, ...] = ()
    let_count: tuple[str, ...] = ()
    is_asked_for: bool = True
    serves_nobody: bool = False
    read_back: str = ""
    nothing_to_protect: str = ""
    absent_because: str = ""
    not_verified: str = ""
    lets_pass: str = ""
    weaknesses: tuple[Weakness, ...] = ()
    explained: bool = True
    proofs: tuple[VipProof, ...] = ()
    hits_rose: bool | None = None
    seen_passing: str = ""
    found_ineffective: str = ""
    proven_before: str = ""
    saved: bool | None = None
    closures: ClosureState = field(default_factory=ClosureState)
    closed_to_us: tuple[Vip, ...] = ()
    unsaved_secondary: str = ""
    drift: tuple[str, ...] = ()
    shadowed_by: str = ""
    takes_away: tuple[str, ...] = ()
    let_past: tuple[LetPast, ...] = ()
    invoking: tuple[LetPast, ...] = ()
    not_covered: tuple[str, ...] = ()
    unusable: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = field(default=())
    is_other_version: bool = True
    next_actions: Mapping[VerdictWord, NextAction] = field(default_factory=dict)
    last_run: LastRun | None = None
    builds: tuple[Build, ...] = ()

    @property
    def all_builds(self) -> tuple[Build, ...]:
        """The builds of all nodes that were read."""
        return self.builds or (self.build,)

    @property
    def changed_by_others(self) -> str:
        """That somebody else lets a policy of ours only count, in words, or ""."""
        return f"{', '.join(self.let_count)} only counts, and no run of ours has let it" if self.let_count else ""

    @property
    def is_altered(self) -> bool:
        """Return True if what is in place is not what a proof of this version can have seen: it is gone, without effect, or was changed."""
        gone = self.presence is Presence.ABSENT or not self.feature_on
        return gone or (self.presence is Presence.DRIFTED and not self.is_other_version)

    def is_expected(self, proof: VipProof) -> bool:
        """Return True if the answer of a VIP is one that the policies in place explain."""
        return proof.sign in self.expected_at.get(proof.vip, self.expected_signs)

    def is_served(self, proof: VipProof) -> bool:
        """Return True if each legitimate request was served; also if none was sent because the measure lets none of ours pass."""
        return proof.controls_served or (self.serves_nobody and not proof.controls)
