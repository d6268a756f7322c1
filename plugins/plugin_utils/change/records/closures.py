# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The virtual servers that our lockdowns closed and that no reopening opened again, read from the change records. Pure.

A virtual server has no comment that could name us, so the records alone say which ones we closed, by whose decision and until when.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ...appliance.nitro.appliance import Appliance, Vip
from ...appliance.objects.resource_types import ObjectId
from ...appliance.objects.virtual_servers import Vserver, vip_of
from ...catalogue.closing_steps import SWITCHED_OFF
from ...catalogue.measure import Reach
from ...foundation.foreign_text import printable
from ...foundation.moments import moment, since
from .change_record import ChangeRecord
from .record_content import RecordedProof
from .record_states import Outcome, RecordKind, StepState
from .recorded_nodes import why_elsewhere

MEASURE = SWITCHED_OFF
REACH = Reach(MEASURE)
LOST_OPENING = (
    "; opened again by a run of ours that did not save that, and switched off again since, as after a restart: nobody has decided that. Run "
    "reopen.yml, or lockdown.yml, which proves it"
)
HALF_CLOSED = "; a run that closed it did not come to its end, and may not have saved it: run lockdown.yml again"
HALF_OPENED = "; a run that was to open it did not come to its end, and may have opened it since: run lockdown.yml again, which proves it"
NOT_PROVEN = "only the appliance says so, and no run of ours has proved that nothing answers"
"""Of a virtual server that somebody else has switched off."""
LOCKDOWN, REOPEN = RecordKind.LOCKDOWN, RecordKind.REOPEN


@dataclass
class ClosedVserver:
    """A virtual server that we closed.

    :ivar place: its address and port at that time
    :ivar answered: True if it answered from outside before it was closed; None where it was not probed
    :ivar since: when it was closed (ISO 8601)
    :ivar closing: the record of the run that closed it
    :ivar decision: the record with the decision in force: the first one or its extension
    :ivar reopened: True if a run of ours opened it and did not save it, so a reboot closes it again
    :ivar proof: the proof of the run that completed the closing; None where no run did
    :ivar proven_by: the record of that run
    :ivar half_opened: True if a run of ours that did not come to its end may have opened it since: what was proved before holds no longer
    """

    object_id: ObjectId
    place: str
    answered: bool | None
    since: str
    closing: ChangeRecord
    decision: ChangeRecord
    proof: RecordedProof | None = None
    reopened: bool = False
    proven_by: ChangeRecord | None = None
    half_opened: bool = False

    def why_elsewhere(self, nodes: Iterable[str]) -> str:
        """Return why what was closed may be at another appliance; "" where it is not, or nobody knows."""
        return why_elsewhere(self.proven_by or self.closing, nodes)

    @property
    def why_unproven(self) -> str:
        """Return why no run of ours has proved that it does not answer; "" where one has."""
        if self.proof is None or self.reopened:
            return "no run has proved it since"
        return printable(next(iter((*self.proof.contradicted, *self.proof.unproven)), ""))

    @property
    def seen_off(self) -> frozenset[ObjectId]:
        """The virtual servers that the run which proved it has found switched off."""
        record = self.proven_by or self.closing
        return frozenset(vserver.object_id for vserver in record.vservers if vserver.enabled is False)

    @property
    def due(self) -> datetime:
        """The time when the next decision must be taken."""
        return datetime.fromisoformat(self.decision.expires)

    def text(self, now: datetime) -> str:
        """Return the decision as a sentence."""
        decision = self.decision
        ticket = f" ({decision.ticket})" if decision.ticket else ""
        return (
            f"closed {since(self.since, now)} by {decision.decided_by} for {decision.reason}{ticket}, "
            f"decision due at {moment(decision.expires)}{LOST_OPENING if self.reopened else ''}"
        )


def closed_by_us(records: Iterable[ChangeRecord]) -> dict[ObjectId, ClosedVserver]:
    """Return the virtual servers that we closed and that are ours to reopen.

    A step of a lockdown counts once it was sent, because it may have been carried out. A step of a reopening counts only when it is
    done and saved. So a virtual server that is still closed stays in the result, also after a run that died or a reboot.

    :param records: oldest first; records of other kinds are ignored
    """
    found: dict[ObjectId, ClosedVserver] = {}
    for record in records:
        opened: set[ObjectId] = set()
        if record.kind not in (LOCKDOWN, REOPEN):
            continue
        if record.kind is LOCKDOWN:
            _take_lockdown(found, record)
        else:
            steps = zip(record.steps, record.states, strict=True)
            done = [step.object_id for step, state in steps if state is StepState.DONE]
            opened = {*done, *record.released} & found.keys()
            for object_id in opened:
                found[object_id].reopened = True
            for object_id in {step.object_id for step in record.touched} & found.keys() - opened:
                found[object_id].proof, found[object_id].half_opened = None, True
        if record.saved:
            on = {*(vserver.object_id for vserver in record.vservers if vserver.enabled), *opened}
            found = {id_: one for id_, one in found.items() if not (one.reopened and id_ in on)}
    return found


def _take_lockdown(found: dict[ObjectId, ClosedVserver], record: ChangeRecord) -> None:
    known = {vserver.object_id: vserver for vserver in record.vservers}
    completes = [id_ for id_ in record.completes if record.outcome is Outcome.APPLIED]
    closed = [step.object_id for step in record.touched]
    for object_id in [*closed, *(id_ for id_ in completes if id_ in found and found[id_].reopened)]:
        if (
            object_id in closed or object_id not in found or found[object_id].reopened
        ):  # what it closes it found switched on
            place, answered = (known[object_id].place, known[object_id].answered) if object_id in known else ("", None)
            found[object_id] = ClosedVserver(object_id, place, answered, record.started, record, record)
        found[object_id].proof, found[object_id].half_opened = None, False
    for object_id in record.covers:
        if object_id in found:
            found[object_id].decision = record
    if record.outcome is Outcome.APPLIED:
        for object_id in [*closed, *record.completes]:
            if object_id in found:
                found[object_id].proof, found[object_id].proven_by = record.proof, record
                found[object_id].half_opened = False


def first_due(closed: Iterable[ClosedVserver]) -> ClosedVserver | None:
    """Return the virtual server whose decision is due first; None where there is none."""
    return min(closed, key=lambda one: one.due, default=None)


@dataclass(frozen=True)
class ClosureState:
    """The VIPs in scope that are switched off, and by whose decision.

    :ivar closed: the VIPs that are switched off, as texts
    :ivar open: the other VIPs
    :ivar text: since when, by whom, why, and when the next decision is due
    :ivar overdue: True if the next decision is due
    :ivar by_others: what is switched off was closed by no run that a record tells of, here or on the nodes, so that reopen.yml does not open it
    :ivar is_unfinished: a run that closed something, or was to open it, did not come to its end, a restart has lost an opening, or it was of another appliance
    :ivar unproven: why no run of ours has proved that what is switched off does not answer, as a clause; "" where one has
    """

    closed: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    text: str = ""
    overdue: bool = False
    by_others: bool = False
    is_unfinished: bool = False
    unproven: str = ""

    @classmethod
    def of_all(cls, states: Iterable[ClosureState]) -> ClosureState:
        """Return the state of several admin partitions together."""
        states = [*states]
        closed = [state for state in states if state.closed]
        return cls(
            closed=tuple(vip for state in states for vip in state.closed),
            open=tuple(vip for state in states for vip in state.open),
            text=next((state.text for state in states if state.text), ""),
            overdue=any(state.overdue for state in states),
            by_others=bool(closed) and all(state.by_others for state in closed),
            is_unfinished=any(state.is_unfinished for state in states),
            unproven=next((state.unproven for state in closed if state.unproven), ""),
        )

    @property
    def unproven_text(self) -> str:
        """Return what is switched off, and why that proves nothing."""
        return f"{', '.join(self.closed)}: {self.text}; {self.unproven}"


def unknown_decision(*, records_left_alone: bool) -> str:
    """Return what is known of a virtual server that is switched off, and not by a record of ours that counts.

    :param records_left_alone: True if there is a record of a lockdown in force that no run may act upon
    """
    if records_left_alone:
        return "switched off, and it is not known by whose decision, because the record of a lockdown is left alone"
    return "switched off by somebody else, without a decision in our records"


def closure_state(
    vservers: Iterable[Vserver],
    vips: Iterable[Vip],
    appliance: Appliance,
    records: Iterable[ChangeRecord],
    now: datetime,
    *,
    records_left_alone: bool = False,
) -> ClosureState:
    """Compare the VIPs in scope with the virtual servers; a VIP whose state is not known counts as open.

    :param records_left_alone: see :func:`unknown_decision`
    """
    off = {vip_of(vserver, appliance): vserver for vserver in vservers if vserver.enabled is False}
    closed = {vip: off[vip] for vip in vips if vip in off}
    ours = closed_by_us(records)
    known = [ours[vserver.object_id] for vserver in closed.values() if vserver.object_id in ours]
    first, is_unproven = first_due(known), any(one.proof is None for one in known)
    elsewhere = next(filter(None, (one.why_elsewhere(map(str, appliance.nodes)) for one in known)), "")
    if first is not None:
        text = first.text(now)
        if elsewhere:
            text += f"; {elsewhere}: run lockdown.yml again"
        if is_unproven:
            text += HALF_OPENED if any(one.half_opened for one in known) else HALF_CLOSED
    elif closed:
        text = unknown_decision(records_left_alone=records_left_alone)
    else:
        text = ""
    return ClosureState(
        closed=tuple(str(vip) for vip in closed),
        open=tuple(str(vip) for vip in vips if vip not in closed),
        text=text,
        overdue=first is not None and first.due <= now,
        by_others=bool(closed) and first is None and not records_left_alone,
        unproven=elsewhere or _why_unproven(closed, ours),
        is_unfinished=is_unproven or bool(elsewhere) or any(one.reopened for one in known),
    )


def _why_unproven(closed: Mapping[Vip, Vserver], ours: Mapping[ObjectId, ClosedVserver]) -> str:
    """Return why no run of ours has proved that closed VIPs do not answer; "" where one has.

    What our run found off beside what it switched off is a part of its proof; what somebody else has switched off since is not.
    """
    known = [ours[vserver.object_id] for vserver in closed.values() if vserver.object_id in ours]
    seen = frozenset[ObjectId]().union(*(one.seen_off for one in known))
    others = [str(vip) for vip, one in closed.items() if one.object_id not in ours and one.object_id not in seen]
    if others:
        whose = f"{', '.join(others)} {unknown_decision(records_left_alone=False)}: " if known else ""
        return f"{whose}{NOT_PROVEN}"
    return next(filter(None, (one.why_unproven for one in known)), "")
