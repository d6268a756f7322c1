# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How far a run on the node-local half goes: the words of the operator, checked before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from ...foundation.errors import InvalidInput
from ...foundation.next_action import AGAIN, Command, advice
from ...traces.evidence.evidence_bundles import HeldEvidence

LOST = "a reboot loses what is in memory, processes and connections among it"


class Wanted(StrEnum):
    """The wanted state of the node-local half; STATUS only looks at it."""

    PRESENT = "present"
    ABSENT = "absent"
    STATUS = "status"


class First(StrEnum):
    """The node of a pair that is changed first."""

    PRIMARY = "primary"
    SECONDARY = "secondary"


@dataclass(frozen=True, kw_only=True)
class NodeLocalSettings:
    """The settings of one run.

    :ivar first: the vendor's article begins with the primary (CTX267679)
    :ivar adopt: lines that no run of ours wrote are taken out as well
    :ivar accept_exposure: take it out although a node runs a build that needs it
    :ivar reset_knob: a removal also sets the running knob to its value without the line, which the vendor's article leaves to a reboot
    :ivar reboot: reboot the nodes, one at a time
    :ivar evidence: where the evidence is that was taken before, in words; evidence_waived_by: the person who decided to go without
    :ivar evidence_problem: why the evidence on this control node does not count, as a clause; "" where it does, or was not looked for
    :ivar reboot_timeout: seconds for the reboot of one node, and for a failover
    """

    wanted: Wanted = Wanted.PRESENT
    first: First = First.PRIMARY
    adopt: bool = False
    accept_exposure: bool = False
    reset_knob: bool = False
    reboot: bool = False
    evidence: str = ""
    evidence_waived_by: str = ""
    evidence_problem: str = ""
    reboot_timeout: float = 900.0

    @property
    def asks_for_evidence(self) -> bool:
        """Return True where a reboot is asked for, and nobody says where the evidence is or decided to go without."""
        words = self.evidence.strip() or self.evidence_waived_by.strip()
        return self.reboot and self.wanted is not Wanted.STATUS and not words

    def with_evidence(self, held: HeldEvidence) -> NodeLocalSettings:
        """Return the settings with the evidence that this control node has."""
        return replace(self, evidence=held.words, evidence_problem=held.problem)

    def check(self, where: str) -> None:
        """:raises InvalidInput: where a reboot is asked for that would destroy evidence nobody has taken, or settings contradict each other"""
        evidence, waived = self.evidence.strip(), self.evidence_waived_by.strip()
        if self.asks_for_evidence:
            problem = f" ({self.evidence_problem})" if self.evidence_problem else ""
            raise InvalidInput(
                advice(
                    f"{where}: node_local_reboot needs evidence first: {LOST}{problem}. Take it with evidence.yml, say where it is kept "
                    "(node_local_evidence), or who decided to go without (-e evidence_waived_by=NAME). Nothing of the node-local half was sent.",
                    *(Command("evidence"), AGAIN),
                )
            )
        if self.reboot and self.wanted is not Wanted.STATUS and evidence and waived:
            raise InvalidInput(
                f"{where}: node_local_evidence and evidence_waived_by are both set. Leave one of them out. Nothing of the node-local half was sent."
            )
        if self.reset_knob and self.wanted is not Wanted.ABSENT:
            raise InvalidInput(
                f"{where}: node_local_reset_knob belongs to a removal. Leave it out. Nothing of the node-local half was sent."
            )
        if not 30 <= self.reboot_timeout <= 3600:
            raise InvalidInput(
                f"{where}: node_local_reboot_timeout must be 30 to 3600 seconds. Nothing of the node-local half was sent."
            )
