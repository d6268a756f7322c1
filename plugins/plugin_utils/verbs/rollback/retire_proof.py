# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The proof of a retirement: with our rules in observe mode, each attack reaches the build and is withstood; then the rules go.

No answer is taken for "withstood" where the attack did not reach our rule, or where nothing answered. What is not shown is undone: our rules block again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ...appliance.nitro.appliance import Vip
from ...appliance.object_reads.hit_counter import read_hits
from ...catalogue.traffic import TrafficCase
from ...change.execution.change import Harm, ProofFindings
from ...change.execution.read_back import Objects
from ...foundation.counted import counted
from ...foundation.errors import NitroError
from ...foundation.next_action import joined
from ...judgement.inspection.other_measures import read_others_as_they_are
from ...judgement.proof.hit_counters import wait_for_hits
from ...judgement.proof.probes import Sign, VipProof, probe_vip
from ...judgement.verdicts.removal_conditions import WITHOUT_THIS_PROOF, attacks_at, beside
from ...policies.other_measures import OtherMeasures
from .rollback_proof import RollbackProof

NOT_SHOWN = "the build is not shown to withstand the attack"
_NOT_WITHSTOOD = {
    Sign.VULNERABLE: "answers like a vulnerable appliance",
    Sign.INFECTED: "answers like a machine infected with known malware",
    Sign.NO_ANSWER: "gives no answer",
    Sign.BLOCKED_BY_US: "is still answered by a rule of ours",
}


class RetireProof(RollbackProof):
    """Sends every attack of the traffic to each VIP once our policies only count."""

    _attacks: tuple[VipProof, ...] = ()

    @property
    def most(self) -> int:
        return super().most + len(self.plan.checkpoints) * sum(len(cases) for _vip, cases in self._requests())

    def record_facts(self) -> Mapping[str, Any]:
        names = {"taken_over": list(self.plan.taken_over)} if self.plan.taken_over else {}
        return {**super().record_facts(), **names}

    def after_stage(self) -> Harm | None:
        problem = next(self._problems(), "")
        return Harm(NOT_SHOWN, problem) if problem else None

    def after(self, objects: Objects) -> ProofFindings:
        found = super().after(objects)
        return replace(found, facts={**found.facts, "attacks": [proof.summary() for proof in self._attacks]})

    def _problems(self) -> Iterator[str]:
        """Yield why it is not shown that the build withstands the attack.

        The counters are compared after the requests to each VIP: a policy counts the requests to all of them together, so that one VIP
        would answer for another one, which something else answers for.
        """
        others = self._others()
        for vip, every in self._requests():
            known = beside(others, vip, every)
            cases = [case for case in every if case not in {stopped for stopped, _reason in known.not_judged}]
            try:
                before = {policy: read_hits(self.connection.primary, policy) for policy in self.plan.observing}
            except NitroError as error:
                yield f"the hit counters cannot be read: {error}"
                return
            marker = self.parameters.appliance.marker
            proof = probe_vip(self.prober, vip, cases, self.parameters.measure, marker, beside=known)
            self._attacks += (proof,)
            for answer, sign in proof.signs:
                if sign in _NOT_WITHSTOOD:
                    yield f"{proof.vip} {_NOT_WITHSTOOD[sign]} ({answer.case})"
            if not proof.signs:
                yield f"{proof.vip}: {_nothing_reached(proof)}"
            yield from self._not_counted(proof, before)
        if not any(proof.signs for proof in self._attacks):
            yield "no attack request could be sent"
        if not any(proof.passed for proof in self._attacks):
            yield "no attack request reached the build: policies of others, or a firewall before it, answered them all"

    def _others(self) -> OtherMeasures:
        session, parameters = self.connection.primary, self.parameters
        client = parameters.appliance.probe_from or session.local_address
        return read_others_as_they_are(session, parameters.owner, self._vips, client)

    def _not_counted(self, proof: VipProof, before: Mapping[str, int]) -> Iterator[str]:
        """Yield that our rule did not see the requests to a VIP that passed, if it did not."""
        if not self.plan.observing or not proof.passed:  # nothing of ours could count them
            return
        try:
            rose = sum(wait_for_hits(self.connection.primary, self.plan.observing, before, proof.passed).values())
        except NitroError as error:
            yield f"the hit counters cannot be read: {error}"
            return
        if rose < proof.passed:
            yield (
                f"{proof.vip}: {counted(proof.passed, 'attack request')} passed, and our rule counted {rose} of them, so it is not known what answered"
            )

    def _requests(self) -> Iterator[tuple[Vip, list[TrafficCase]]]:
        """Yield each VIP with the attacks that are sent to it."""
        for vip in self._vips:
            cases = attacks_at(self.parameters.measure, vip)
            if cases:
                yield vip, cases


def _nothing_reached(proof: VipProof) -> str:
    """Return why no attack has shown anything of the build at a VIP, with the way out where another measure of ours is in the way."""
    if reason := proof.why_not_judged(attack=True):
        return joined("", f"each attack is {reason}; ", WITHOUT_THIS_PROOF)
    return "no attack request could be sent"
