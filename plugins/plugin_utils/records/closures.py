# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Closing external access: who decided it and until when, which virtual servers are meant, and which are ours to reopen. Pure.

No comment on a virtual server says that we closed it, so ownership is the change record: what a lockdown switched off and
no reopening switched on again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.resource_types import ObjectId
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.virtual_servers import Vserver, vip_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.appliance import Appliance, Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.record_content import RecordedProof
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.record_states import (
    Outcome,
    RecordKind,
    StepState,
)

MEASURE = "lockdown"
LOCKDOWN, REOPEN = RecordKind.LOCKDOWN, RecordKind.REOPEN


@dataclass
class ClosedVserver:
    """A virtual server that we closed.

    :ivar place: where it answered then
    :ivar answered: whether it answered from outside then; None where nobody looked
    :ivar since: when it was closed (ISO 8601)
    :ivar closing: the record of the run that closed it
    :ivar decision: the record that holds the decision in force, the first one or its extension
    :ivar reopened: a run of ours opened it and did not save it, so a reboot closes it again
    :ivar proof: what the run found that brought the closing to its end; None where none did
    """

    object_id: ObjectId
    place: str
    answered: bool | None
    since: str
    closing: ChangeRecord
    decision: ChangeRecord
    proof: RecordedProof | None = None
    reopened: bool = False

    @property
    def due(self) -> datetime:
        return datetime.fromisoformat(self.decision.expires)

    def text(self) -> str:
        """The decision in words."""
        decision = self.decision
        ticket = f" ({decision.ticket})" if decision.ticket else ""
        return (
            f"closed since {moment(self.since)} by {decision.decided_by} for {decision.reason}{ticket}, "
            f"decision due at {moment(decision.expires)}"
        )


def held(records: Iterable[ChangeRecord]) -> dict[ObjectId, ClosedVserver]:
    """Read from the records of lockdowns and reopenings, oldest first, what is ours to reopen.

    A step of a lockdown that was sent may have been carried out, so it counts; one of a reopening counts only where it is
    known to be done, and saved. So neither a run that died nor an appliance that restarted makes us forget a virtual server
    that is still closed.
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
        if record.saved:
            on = {*(vserver.object_id for vserver in record.vservers if vserver.enabled), *opened}
            found = {id_: one for id_, one in found.items() if not (one.reopened and id_ in on)}
    return found


def _take_lockdown(found: dict[ObjectId, ClosedVserver], record: ChangeRecord) -> None:
    known = {vserver.object_id: vserver for vserver in record.vservers}
    closed = [step.object_id for step in record.touched]
    for object_id in closed:
        if object_id not in found or found[object_id].reopened:
            place, answered = (known[object_id].place, known[object_id].answered) if object_id in known else ("", None)
            found[object_id] = ClosedVserver(object_id, place, answered, record.started, record, record)
        found[object_id].proof = None
    for object_id in record.covers:
        if object_id in found:
            found[object_id].decision = record
    if record.outcome is Outcome.APPLIED:
        for object_id in [*closed, *record.completes]:
            if object_id in found:
                found[object_id].proof = record.proof


def earliest(closed: Iterable[ClosedVserver]) -> ClosedVserver | None:
    """The one whose decision is due first."""
    return min(closed, key=lambda one: one.due, default=None)


@dataclass(frozen=True)
class ClosureState:
    """How an appliance stands in the matter of closed access, by its virtual servers and our records.

    :ivar closed: which of the VIPs that matter are switched off
    :ivar open: which are not
    :ivar text: since when, by whom, why, and when the next decision is due
    :ivar overdue: that moment has passed
    """

    closed: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    text: str = ""
    overdue: bool = False


def standing(
    vservers: Iterable[Vserver],
    vips: Iterable[Vip],
    appliance: Appliance,
    records: Iterable[ChangeRecord],
    now: datetime,
) -> ClosureState:
    """Compare the VIPs that matter with the virtual servers; a VIP whose state is not known counts as open."""
    off = {vip_of(vserver, appliance): vserver for vserver in vservers if vserver.enabled is False}
    closed = {vip: off[vip] for vip in vips if vip in off}
    ours = held(records)
    first = earliest(ours[vserver.object_id] for vserver in closed.values() if vserver.object_id in ours)
    if first is not None:
        text = first.text()
    elif closed:
        text = "switched off by somebody else, without a decision in our records"
    else:
        text = ""
    return ClosureState(
        closed=tuple(str(vip) for vip in closed),
        open=tuple(str(vip) for vip in vips if vip not in closed),
        text=text,
        overdue=first is not None and first.due <= now,
    )


def moment(text: str) -> str:
    """A moment of a record for people: 2020-01-18 08:00 UTC."""
    return f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
