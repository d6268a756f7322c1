# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A row of the exposure ledger: one appliance, one customer, one entry of the catalogue. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...catalogue.entry import FirstSign
from ...foundation.json_values import written_whole
from ..course.hunt_result import HuntOutcome
from ..course.hunt_track import HuntTime
from ..course.interval import Line
from ..course.loss import Loss
from ..course.measure_stage import MeasureStage
from ..course.measure_state import MeasureState
from ..course.node_track import NodeCourse
from ..course.sourced_date import Dated
from ..course.step_closing import StepClosing

DATES = (
    *("exposed_from", "exploit_public", "mitigated", "proven"),
    *("closed", "reopened", "fixed", "hunt", "logs_from"),
)
"""The dates of a row, in the order in which people read them."""


@written_whole()
@dataclass(frozen=True, kw_only=True)
class LedgerRow:
    """What is known of one weakness at one appliance, for one customer.

    :ivar customer: "" where the inventory names none
    :ivar entry: its id in the catalogue
    :ivar exposed_from: the earliest evidence, "at the latest"; no time where no evidence shows an exposure
    :ivar exploit_public: the day on which an exploit was public, or the first known use; no time where none is known
    :ivar first_sign: which of them it is, in words; ledger.json does not have it
    :ivar mitigated: since when our measure blocks, until the fix or until today; no time where it does not
    :ivar proven: the first proof since then, or since an attack passed; no time where what is in place does not protect
    :ivar measure: what our measure does, in one word
    :ivar disproved: since when it is known that the attack passes although it is mitigated; no time where it was proven again, or never disproved
    :ivar closed: the beginning of the closing of virtual servers of the customer by OFF that lasts, or the last one; likewise reopened
    :ivar switched_off: all closings by OFF, the earliest first
    :ivar closings: those by the other steps, the earliest first; none of them ends an exposure
    :ivar fixed: since when every node runs a build with the fix, at the latest
    :ivar hunts: from the same time on, what the last hunt looked at, and what it found there
    :ivar nodes: of a weakness that is reached at a management address, the course of each node
    :ivar management: of one that is reached there besides the virtual servers, the course of the least protected management address
    :ivar without_fix: the nodes of a pair that have the weakness today while the other one has the fix
    :ivar shown_as_off: the appliance shows each virtual server as switched off, and no run of ours has proved that all of them are
    :ivar hunt: when the last hunt ended
    :ivar logs_from: how far back all logs of that hunt reach
    :ivar is_fixed: every node has the fix today; None where the build of a node is not known
    :ivar is_read: False where it is not known only because a node was not read
    :ivar is_affected_before: a record shows a build with the weakness
    :ivar is_never_affected: every node runs a build that never had the weakness, and no record shows one that had it
    :ivar whole_closed: the closing covered every virtual server of the appliance, so nobody could reach the weakness
    :ivar course: from the time on at which the weakness counts, the intervals with their state
    :ivar known: the same with what is known of the time before; ledger.json does not have it
    :ivar losses: the times without protection that follow one with it
    :ivar stages: each time that our measure was put in place, let only count, taken off or put back
    :ivar proofs: the times for which it was proven and protected
    :ivar conflicts: where sources disagree, as sentences
    """

    appliance: str
    customer: str
    entry: str
    exposed_from: Dated = field(default_factory=Dated)
    exploit_public: Dated = field(default_factory=Dated)
    first_sign: FirstSign = field(default_factory=FirstSign, repr=False)
    mitigated: Dated = field(default_factory=Dated)
    proven: Dated = field(default_factory=Dated)
    closed: Dated = field(default_factory=Dated)
    reopened: Dated = field(default_factory=Dated)
    fixed: Dated = field(default_factory=Dated)
    hunt: Dated = field(default_factory=Dated)
    logs_from: Dated = field(default_factory=Dated)
    disproved: Dated = field(default_factory=Dated)
    measure: MeasureState = field(default_factory=MeasureState)
    hunt_outcome: HuntOutcome = HuntOutcome.NONE
    is_fixed: bool | None = None
    is_read: bool = field(default=True, repr=False)
    is_affected_before: bool = field(default=False, repr=False)
    is_never_affected: bool = False
    whole_closed: bool = False
    switched_off: tuple[StepClosing, ...] = ()
    closings: tuple[StepClosing, ...] = ()
    conflicts: tuple[str, ...] = ()
    course: Line = ()
    hunts: tuple[HuntTime, ...] = ()
    nodes: tuple[NodeCourse, ...] = ()
    management: Line = ()
    without_fix: tuple[str, ...] = ()
    shown_as_off: bool = False
    known: Line = field(default=(), repr=False)
    losses: tuple[Loss, ...] = ()
    stages: tuple[MeasureStage, ...] = ()
    proofs: Line = ()
