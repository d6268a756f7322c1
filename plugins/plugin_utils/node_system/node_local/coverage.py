# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Is the management address of each node covered? Judged by the answers of the address itself, and by the line in the start-up file.

NITRO has no read-out of the knob, so only a request to the management address shows that it works.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...appliance.nitro.appliance import Address, Appliance, Vip
from ...catalogue.measure import Measure
from ...catalogue.run_parameters import Probes
from ...catalogue.traffic import CaseSession, TrafficCase
from ...foundation.counted import agreed
from ...judgement.course.coverage import LETS_PAST, MAY_LET_PAST, Coverage
from ...judgement.proof.probes import STOPPED, BesideOthers, Prober, VipProof, probe_vip
from ...policies.management_requests import MANAGEMENT_REQUESTS

_CONTROLS = tuple(case for case in MANAGEMENT_REQUESTS if case.method == "GET" and case.url == "/")
"""The page of the management address; it needs no log-on."""


EXIT_CODES = {
    Coverage.NOT_COVERED: 2,
    Coverage.AFTER_REBOOT: 2,
    Coverage.ONLY_COUNTS: 2,
    Coverage.IN_FRONT: 2,
    Coverage.PARTLY: 2,
    Coverage.UNKNOWN: 3,
    Coverage.UNTIL_REBOOT: 1,
    Coverage.COVERED: 0,
}


@dataclass(frozen=True)
class NodeCoverage:
    """The state of the management address of one node.

    :ivar count: how often the line is in the start-up file; None where the file could not be read
    :ivar proof: None where no request was sent; why says the reason
    :ivar only_counts: a policy of ours lets pass what it counts
    :ivar in_front: what a policy of others in front of ours lets pass, or that this was not read; "" for nothing
    :ivar lets_past: that was read and leads attacks past ours, at the virtual servers too
    :ivar may_let_past: likewise it leads requests into a label, which is not read
    """

    address: Address
    count: int | None
    proof: VipProof | None
    why: str = ""
    only_counts: bool = False
    in_front: str = ""
    lets_past: bool = False
    may_let_past: bool = False

    @property
    def is_stopped(self) -> bool | None:
        """True if every attack was stopped there while its page answers; None where that is not known."""
        proof = self.proof
        if proof is None or not proof.signs:
            return None
        if not proof.controls_served:
            return None
        return proof.sign in STOPPED

    @property
    def state(self) -> Coverage:
        stopped = self.is_stopped
        if stopped is None or self.count is None:
            return Coverage.UNKNOWN
        if stopped and self.in_front:
            return Coverage.PARTLY
        if stopped:
            return Coverage.COVERED if self.count else Coverage.UNTIL_REBOOT
        if not self.count:
            return Coverage.NOT_COVERED
        if self.only_counts:
            return Coverage.ONLY_COUNTS
        return Coverage.IN_FRONT if self.in_front else Coverage.AFTER_REBOOT

    @property
    def reason(self) -> str:
        """Why it is not covered as it should be; "" where that says the state itself."""
        return self.in_front if self.state in (Coverage.IN_FRONT, Coverage.PARTLY) else ""

    @property
    def depends_on_the_front(self) -> bool:
        """Return True if what is in front of ours decides the state."""
        return self.is_stopped is True or self.state is Coverage.AFTER_REBOOT

    @property
    def stopped_text(self) -> str:
        """How many of the attacks were stopped, as "33 of 33"; "" where no request was sent."""
        proof = self.proof
        return "" if proof is None else f"{proof.blocked + proof.cut} of {len(proof.signs)}"

    @property
    def text(self) -> str:
        """The state with what it rests on, in one line."""
        line = "start-up file not read" if self.count is None else f"line in the start-up file: {self.count or 'none'}"
        if self.count and self.count > 1:
            line = f"line in the start-up file: {self.count} times"
        seen = self.why or "not probed"
        if self.proof is not None:
            served = "its page answers" if self.proof.controls_served else "its page does not answer"
            seen = f"{self.stopped_text} {agreed(len(self.proof.signs), 'attack', 'attacks')} stopped, {served}"
        why = f": {self.reason}" if self.reason else ""
        return f"management address {self.address.host}: {self.state} ({seen}; {line}){why}"


def probe_node(
    prober: Prober, appliance: Appliance, address: Address, measure: Measure, version: int, probes: Probes
) -> VipProof | None:
    """Send the traffic of a measure to the management address of a node; None where no probe may be sent.

    The inventory names the address, which is the consent (:mod:`..model.probe_consent`).
    """
    if probes is Probes.NONE or not appliance.probe:
        return None
    vip = Vip("management", address, "management")
    cases = (*_attacks(measure, version, probes), *_CONTROLS)
    # The question here is whether policies are evaluated for this address at all: the answer of another measure of ours shows that too.
    return probe_vip(prober, vip, cases, measure, appliance.marker, beside=BesideOthers(explained=True))


def _attacks(measure: Measure, version: int, probes: Probes) -> list[TrafficCase]:
    """Return the attacks that the rule stops wherever it is evaluated and that need no session."""
    return [
        case
        for case in measure.traffic.for_version(version).attacks
        if case.session != CaseSession.WITH and not case.places and (case.probe or probes is Probes.ALL)
    ]


def answers_of(nodes: Sequence[NodeCoverage]) -> list[dict[str, Any]]:
    """Return the answers of the management addresses as JSON values of a record."""
    return [
        {"node": str(node.address), "state": str(node.state), "stopped": node.stopped_text}
        | ({"reason": node.reason} if node.reason else {})
        | ({LETS_PAST: True} if node.reason and node.lets_past else {})
        | ({MAY_LET_PAST: True} if node.reason and node.may_let_past else {})
        | _summary(node.proof)
        for node in nodes
    ]


def _summary(proof: VipProof | None) -> dict[str, Any]:
    return {} if proof is None else proof.summary()


def worst(nodes: Sequence[NodeCoverage]) -> Coverage:
    """Return the worst state of some nodes; UNKNOWN for none."""
    order = list(Coverage)
    return min((node.state for node in nodes), key=order.index, default=Coverage.UNKNOWN)
