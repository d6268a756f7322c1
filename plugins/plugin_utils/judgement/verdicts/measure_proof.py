# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Prove from outside what a measure does on one appliance: probes to its VIPs, and the hit counters of the blocking policies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from ...appliance.nitro.appliance import Vip
from ...appliance.nitro.session import Session
from ...catalogue.measure import Mode
from ...catalogue.observing import observing_policies
from ...catalogue.run_parameters import Probes, ResolvedParameters
from ...foundation.errors import NitroError
from ...foundation.json_values import written
from ..inspection.facts import ApplianceFacts
from ..proof.expected_hits import ends_connections, enough_hits, expected_hits, placements_at
from ..proof.hit_counters import wait_for_hits
from ..proof.probe_hits import probes_in
from ..proof.probes import Prober, VipProof, harmed, probe_vip
from .chosen_requests import ChosenRequests, chosen_requests

COUNTERS_UNREADABLE = "the hit counters cannot be read"
"""How the remark of a proof begins whose counters were to be read, and could not."""


@written(
    probes_before=lambda proof: [one.outline() for one in proof.before],
    probes=lambda proof: [one.outline() for one in proof.after],
    hits_rose_by="hits",
)
@dataclass(frozen=True)
class ProofResult:
    """The proof from outside.

    :ivar before: the probes before the change; after: those after it, or those of a status
    :ivar hits: by policy, by how much its hit counter rose
    :ivar counters: by policy, its hit counter at the end; probe_hits: how many of the rise are probes of this run
    :ivar hits_rose: True if the counters rose by the number of blocked probes; None if they were not read
    """

    before: tuple[VipProof, ...] = ()
    after: tuple[VipProof, ...] = ()
    hits: dict[str, int] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    probe_hits: dict[str, int] = field(default_factory=dict)
    hits_rose: bool | None = None
    remarks: tuple[str, ...] = ()

    @property
    def harm(self) -> str:
        """The legitimate requests that were served before and no longer are, in words, or ""."""
        return "; ".join(harmed(self.before, self.after))


class MeasureProver:
    """Send the probes of one run, and read the hit counters."""

    def __init__(
        self,
        session: Session,
        parameters: ResolvedParameters,
        facts: ApplianceFacts,
        before_request: Callable[[], None] = lambda: None,
    ) -> None:
        self.session = session
        self.parameters = parameters
        self.facts = facts
        self.prober = Prober(
            parameters.run, parameters.appliance.probe_from, budget=session.budget, before_request=before_request
        )

    @property
    def can_probe(self) -> bool:
        """True if probes are allowed and there is a VIP to probe."""
        return (
            self.parameters.probes != Probes.NONE
            and self.parameters.appliance.probe
            and any(vip.probe for vip in self.facts.access.vips)
        )

    def probe(self) -> tuple[VipProof, ...]:
        """Probe every VIP from which something is expected."""
        marker = self.parameters.appliance.marker
        return tuple(
            probe_vip(
                self.prober,
                vip,
                chosen.cases,
                self.parameters.measure,
                marker,
                beside=chosen.beside,
            )
            for vip, chosen in self._expected
        )

    @property
    def most(self) -> int:
        """How many requests one round of probes sends at most."""
        return sum(len(chosen.cases) for _vip, chosen in self._expected) if self.can_probe else 0

    @cached_property
    def _expected(self) -> Sequence[tuple[Vip, ChosenRequests]]:
        """Return the VIPs from which something is expected, with their requests. The facts of a run do not change, so they are chosen once."""
        chosen = [(vip, self._chosen(vip)) for vip in self.facts.access.vips if vip.probe]
        return [one for one in chosen if one[1].is_anything]

    def _chosen(self, vip: Vip) -> ChosenRequests:
        return chosen_requests(self.facts, vip, self.prober.why_not_sent, only_counts=self._only_counts(vip))

    def _only_counts(self, vip: Vip) -> bool:
        """Return True if ours lets pass at a VIP what it matches, so that another measure of ours may stop it afterwards."""
        modes = {placement.mode for placement in placements_at(vip, self.parameters.resolved.placements)}
        return self.parameters.mode is Mode.OBSERVE or Mode.OBSERVE in modes or bool(self._observing)

    @property
    def _observing(self) -> tuple[str, ...]:
        if not self.parameters.measure.traits.course.depends_on_build:
            return ()
        return observing_policies(self.facts.found.configuration.objects, self.parameters.owner)

    def with_hits(self, proof: ProofResult, policies: Sequence[str], *, observing: bool = False) -> ProofResult:
        """Add the hit counters of all policies that block, ours and those evaluated before ours; or of ours that only count.

        The counters are compared with their values before the first probe, so all blocked probes of the run must show in them;
        objects that this run created count from zero.

        :param observing: the policies are those of a mitigation that only counts
        """
        placements, known = self.parameters.resolved.placements, self.facts.configuration.observation.hits
        by_vip = expected_hits(placements, proof.before, proof.after, known)
        after = sum(_seen(vip_proof) if observing else self._stopped(vip_proof) for vip_proof in proof.after)
        own = () if observing else tuple(filter(self.parameters.owner.owns_name, policies))
        marked = self._marked_before(proof) + sum(vip_proof.blocked_by_us for vip_proof in proof.after)
        before = self._marked_before(proof)
        # Policies that are not counted here have blocked some before: those of others, if ours was not there, or only counts.
        if not observing and {*self.facts.rules.blockers} <= {*policies}:
            before += sum(self._stopped(one) - one.blocked_by_us for one in proof.before)
        expected = sum(by_vip.values()) if placements else after + before
        if not policies or not (by_vip if placements else after):
            return proof
        try:
            hits = wait_for_hits(self.session, policies, known, expected)
        except NitroError as error:
            return replace(proof, remarks=(*proof.remarks, f"{COUNTERS_UNREADABLE}: {error}"))
        rose = sum(hits.values()) >= expected and (not own or sum(hits[policy] for policy in own) >= marked)
        if placements:
            rose = enough_hits(by_vip, hits, placements)
        return replace(
            proof,
            hits=hits,
            counters={policy: known.get(policy, 0) + risen for policy, risen in hits.items()},
            probe_hits=probes_in(
                hits, after + self._sent_before(proof, policies), self._most_by_vip(proof, by_vip), placements
            ),
            hits_rose=rose,
        )

    def _sent_before(self, proof: ProofResult, policies: Sequence[str]) -> int:
        """Return how many attacks a policy that was there already may have matched before the change, whatever it did with them."""
        known = self.facts.configuration.observation.hits
        return sum(len(one.signs) for one in proof.before) if any(policy in known for policy in policies) else 0

    def _most_by_vip(self, proof: ProofResult, by_vip: Mapping[Vip, int]) -> dict[Vip, int]:
        """Return by VIP how many requests the policies of its placements may have matched: those before the change in whatever mode they had then."""
        placements, known = self.parameters.resolved.placements, self.facts.configuration.observation.hits
        most = dict(by_vip)
        for one in proof.before:
            if all(place.policy in known for place in placements_at(one.vip, placements)):
                most[one.vip] = max(
                    most.get(one.vip, 0), sum(len(p.signs) for p in (*proof.before, *proof.after) if p.vip == one.vip)
                )
        return most

    def _marked_before(self, proof: ProofResult) -> int:
        """Return how many attacks ours stopped before the change: a policy that was not there has counted nothing."""
        was_there = any(map(self.parameters.owner.owns_name, self.facts.rules.blockers))
        return sum(vip_proof.blocked_by_us for vip_proof in proof.before) if was_there else 0

    def _stopped(self, proof: VipProof) -> int:
        """Return the number of attacks that a policy stopped. Only where ours resets or drops them, an attack without an answer is one of them."""
        return proof.blocked + (proof.cut if ends_connections(self.parameters.document.objects) else 0)


def _seen(proof: VipProof) -> int:
    """Return the number of attacks that ours let pass: to the service, or to another measure of ours that stopped them."""
    return proof.passed + proof.blocked_by_another
