# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Closing external access: who decided it and until when, which virtual servers are meant, and which are ours to reopen. Pure.

No comment on a virtual server says that we closed it, so ownership is the change record: what a lockdown switched off and
no reopening switched on again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.resource_types import ObjectId
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.virtual_servers import Vserver, vip_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.appliance import Appliance, Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.change_record import (
    APPLIED,
    DONE,
    ChangeRecord,
)

MEASURE = "lockdown"
LOCKDOWN, REOPEN = "lockdown", "reopen"  # the kinds of the records


# -- which virtual servers are meant ----------------------------------------------------------------------------------


# -- which are ours to reopen -----------------------------------------------------------------------------------------


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
    proof: dict[str, Any] | None = None
    reopened: bool = False

    @property
    def due(self) -> datetime:
        return datetime.fromisoformat(self.decision.content["expires"])

    def text(self) -> str:
        """The decision in words."""
        content = self.decision.content
        ticket = f" ({content['ticket']})" if content["ticket"] else ""
        return (
            f"closed since {moment(self.since)} by {content['decided_by']} for {content['reason']}{ticket}, "
            f"decision due at {moment(content['expires'])}"
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
        if record.content["kind"] not in (LOCKDOWN, REOPEN):
            continue
        if record.content["kind"] == LOCKDOWN:
            _take_lockdown(found, record)
        else:
            steps = record.content["steps"]
            done = [(step["type"], tuple(step["key"])) for step in steps if step["state"] == DONE]
            opened = {*done, *_ids(record, "released")} & found.keys()
            for object_id in opened:
                found[object_id].reopened = True
        if record.content["saved"]:
            on = {*_ids_that_are_on(record), *opened}
            found = {id_: one for id_, one in found.items() if not (one.reopened and id_ in on)}
    return found


def _ids_that_are_on(record: ChangeRecord) -> list[ObjectId]:
    """The virtual servers that a run found switched on."""
    return [(row["type"], (row["name"],)) for row in record.content["vservers"] if row["enabled"]]


def _take_lockdown(found: dict[ObjectId, ClosedVserver], record: ChangeRecord) -> None:
    content = record.content
    known: dict[ObjectId, dict[str, Any]] = {(row["type"], (row["name"],)): row for row in content["vservers"]}
    closed = [step.object_id for step in record.touched]
    for object_id in closed:
        row = known.get(object_id, {})
        first = ClosedVserver(object_id, row.get("place", ""), row.get("answered"), content["started"], record, record)
        if object_id not in found or found[object_id].reopened:
            found[object_id] = first
        found[object_id].proof = None
    for object_id in _ids(record, "covers"):
        if object_id in found:
            found[object_id].decision = record
    if content["outcome"] == APPLIED:
        for object_id in [*closed, *_ids(record, "completes")]:
            if object_id in found:
                found[object_id].proof = content["proof"]


def _ids(record: ChangeRecord, key: str) -> list[ObjectId]:
    return [(type_, (name,)) for type_, name in record.content[key]]


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
