# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Closing external access: who decided it and until when, which virtual servers are meant, and which are ours to reopen. Pure.

No comment on a virtual server says that we closed it, so ownership is the change record: what a lockdown switched off and
no reopening switched on again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance import VIP_KINDS, Appliance, Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.record import APPLIED, DONE, ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.resources import ObjectId
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.vservers import Vserver

MEASURE = "lockdown"
LOCKDOWN, REOPEN = "lockdown", "reopen"  # the kinds of the records


@dataclass(frozen=True)
class Decision:
    """Who decided it, why, and under which ticket.

    :ivar due: when a new decision must be taken (UTC); None for a reopening
    """

    reason: str
    ticket: str
    who: str
    due: datetime | None = None

    def facts(self) -> dict[str, Any]:
        """What the change record says of it."""
        due = {} if self.due is None else {"expires": self.due.isoformat(timespec="seconds")}
        return {"reason": self.reason, "ticket": self.ticket, "decided_by": self.who, **due}


def missing_inputs(options: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    """Which of some mandatory options were not given."""
    return [name for name in names if not str(options[name]).strip()]


def require_inputs(options: Mapping[str, Any], names: Sequence[str]) -> None:
    """:raises InvalidInput: naming every mandatory option that was not given, and how to give it"""
    lacking = missing_inputs(options, names)
    if lacking:
        examples = {
            "reason": '''-e "reason='the NCSC advises to switch off'"''',
            "ticket": "-e ticket=CHG0042",
            "who": '''-e "who='the name of the person who decides'"''',
            "expires": "-e expires=24 (hours), or -e expires=2020-01-18T08:00",
        }
        raise InvalidInput(
            f"{' and '.join(lacking)} must be said, since somebody will ask: {'; '.join(examples[n] for n in lacking)}. "
            "Nothing was sent."
        )


def parse_expiry(text: str, now: datetime, longest_hours: int) -> datetime:
    """When a decision is due: some hours from now, or a moment (without a zone it is the control node's time).

    :raises InvalidInput: where it is neither, is past, or is further away than is allowed
    """
    text = text.strip()
    try:
        hours = float(text) if re.fullmatch(r"\d{1,6}(\.\d+)?", text) else None
        due = datetime.fromisoformat(text).astimezone(UTC) if hours is None else now + timedelta(hours=hours)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            f"expires is {text!r}: say hours as a number, such as 24, or a moment, such as 2020-01-18T08:00"
        ) from error
    if due <= now:
        raise InvalidInput(f"expires is {text!r}, which is past: say when a new decision must be taken")
    if due > now + timedelta(hours=longest_hours):
        raise InvalidInput(
            f"expires is {text!r}, which is more than {longest_hours} hours ahead: decide again earlier, or allow it with "
            "-e longest=HOURS"
        )
    return due.replace(microsecond=0)


# -- which virtual servers are meant ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """What a run was asked to close or reopen.

    :ivar vips: names or addresses; empty means all
    :ivar kinds: vpn, authentication, cs, lb
    """

    vips: tuple[str, ...] = ()
    kinds: tuple[str, ...] = VIP_KINDS


@dataclass(frozen=True)
class Choice:
    """One virtual server, and why it is left alone; the reason is empty where it is in scope."""

    vserver: Vserver
    reason: str = ""


def choose(vservers: Iterable[Vserver], wanted: Wanted, appliance: Appliance) -> list[Choice]:
    """Decide for each virtual server whether it is in scope."""
    return [Choice(vserver, _left_alone(vserver, wanted, appliance)) for vserver in vservers]


def unmatched(vservers: Sequence[Vserver], wanted: Wanted, appliance: Appliance) -> list[str]:
    """The wanted VIPs that are not on this appliance."""
    known = {name for vserver in vservers for name in names_of(vserver, appliance)}
    return [vip for vip in wanted.vips if vip not in known]


def names_of(vserver: Vserver, appliance: Appliance) -> set[str]:
    """By what a person may call it: its name or address, or those that the inventory has for it."""
    names = {vserver.name, vserver.address, str(vserver.place)}
    listed = listed_vip(vserver, appliance)
    return names if listed is None else names | {listed.name, listed.address.host, str(listed.address)}


def listed_vip(vserver: Vserver, appliance: Appliance) -> Vip | None:
    """The entry of the inventory for a virtual server: by its address or, behind an address translation, by its name."""
    listed = [vip for vip in appliance.vips or () if vip.kind == vserver.kind]
    by_place = [vip for vip in listed if vip.address == vserver.place]
    return next(iter([*by_place, *(vip for vip in listed if vip.name == vserver.name)]), None)


def vip_of(vserver: Vserver, appliance: Appliance) -> Vip | None:
    """Where a virtual server is asked from outside; None where it does not speak HTTP."""
    return listed_vip(vserver, appliance) or vserver.vip


def _left_alone(vserver: Vserver, wanted: Wanted, appliance: Appliance) -> str:
    names = names_of(vserver, appliance)
    if not vserver.addressable:
        return "it has no address of its own, so nobody reaches it from outside"
    if names & set(appliance.never_close):
        return "netscaler_never_close protects it"
    if vserver.address in {node.host for node in appliance.nodes}:
        return "the appliance is managed at this address"
    if vserver.kind not in wanted.kinds:
        return f"{vserver.kind} is not among the kinds that were asked for"
    if wanted.vips and not names & set(wanted.vips):
        return "it is not among the VIPs that were asked for"
    return ""


# -- which are ours to reopen -----------------------------------------------------------------------------------------


@dataclass
class Held:
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


def held(records: Iterable[ChangeRecord]) -> dict[ObjectId, Held]:
    """Read from the records of lockdowns and reopenings, oldest first, what is ours to reopen.

    A step of a lockdown that was sent may have been carried out, so it counts; one of a reopening counts only where it is
    known to be done, and saved. So neither a run that died nor an appliance that restarted makes us forget a virtual server
    that is still closed.
    """
    found: dict[ObjectId, Held] = {}
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


def _take_lockdown(found: dict[ObjectId, Held], record: ChangeRecord) -> None:
    content = record.content
    known: dict[ObjectId, dict[str, Any]] = {(row["type"], (row["name"],)): row for row in content["vservers"]}
    closed = [step.object_id for step in record.touched]
    for object_id in closed:
        row = known.get(object_id, {})
        first = Held(object_id, row.get("place", ""), row.get("answered"), content["started"], record, record)
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


def earliest(closed: Iterable[Held]) -> Held | None:
    """The one whose decision is due first."""
    return min(closed, key=lambda one: one.due, default=None)


@dataclass(frozen=True)
class Standing:
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
) -> Standing:
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
    return Standing(
        closed=tuple(str(vip) for vip in closed),
        open=tuple(str(vip) for vip in vips if vip not in closed),
        text=text,
        overdue=first is not None and first.due <= now,
    )


def moment(text: str) -> str:
    """A moment of a record for people: 2020-01-18 08:00 UTC."""
    return f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
