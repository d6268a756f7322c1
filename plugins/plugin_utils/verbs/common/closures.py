# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What our records say of the closed virtual servers of an appliance, as values of the result of a task."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from ...appliance.nitro.appliance import Appliance
from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import DEFAULT
from ...appliance.objects.ownership import Owner
from ...appliance.objects.resource_types import ObjectId
from ...catalogue.closing_steps import LadderStep
from ...catalogue.record_trust import RecordTrust
from ...catalogue.run_parameters import RunParameters
from ...change.records.change_record import ChangeRecord
from ...change.records.closed_time import ClosedTime, Key, closed_times, still_closed
from ...change.records.closures import MEASURE, REACH
from ...change.records.fetched_records import fetch_records, with_fetched
from ...change.records.record_list import all_records, told_order
from ...change.records.usable_records import UsableRecords, own_records
from ...fleet.waves.closing_drills import last_drill
from ...foundation.errors import InvalidInput
from ...foundation.next_action import Command, NextAction, joined
from ...judgement.exposure_reads.still_closed import OpenAllTheSame, open_all_the_same
from ...judgement.proof.acknowledgements import read_acknowledgements
from ...judgement.proof.closure_verdict import commands_of_closings, with_closings
from ..pages.closed_report import AT_THE_LATEST, CLOSING_COMMANDS, HALF_CLOSED, NOT_LOOKED, OF_THE_MEASURE
from .result import Result
from .task import RUN, Task, record_trust

Found = TypeVar("Found", bound=Result)


def closures_of(
    task: Task, trust: RecordTrust, fetched: Iterable[ChangeRecord] = (), again: Collection[Key] = ()
) -> list[dict[str, Any]]:
    """Return a row for each time for which a virtual server was or is closed, by the records of this control node.

    :param fetched: those of other control nodes that only the nodes have, where they were read
    :param again: see :func:`closed_values`
    """
    records = all_records(Path(task.options["records"]).expanduser(), task.appliance.name, trust)
    return closed_values(task.appliance, with_fetched(records, fetched), datetime.now(UTC), again)


def closed_values(
    appliance: Appliance, records: Iterable[ChangeRecord], now: datetime, again: Collection[Key] = ()
) -> list[dict[str, Any]]:
    """Return a row for each time for which a virtual server of an appliance was or is closed, the earliest first.

    :param records: of this appliance; one that is not trusted does not count
    :param again: what a restart has closed again, since its opening was not saved
    """
    trusted = [record for record in records if record.provenance.is_trusted]
    times = closed_times(told_order(trusted), again, now)
    # Of what is open again, nobody knows whether it was closed where the run did not come to its end: the ledger says so.
    return [_row(appliance, one, now) for one in times if not (one.half_closed_by and one.until)]


def _row(appliance: Appliance, one: ClosedTime, now: datetime) -> dict[str, Any]:
    name = one.object_id[1][0]
    return {
        "vserver": name,
        "type": one.object_id[0],
        "partition": one.partition,
        "customer": appliance.customer_of(appliance.names_of_recorded(name, one.place, one.partition), one.partition),
        "step": one.step,
        "since": one.since,
        "until": one.until,
        "minutes": one.minutes(now),
        "expires": one.expires,
        "overdue": one.is_overdue(now),
        "decision": one.text(now),
        "decided_by": one.decided_by,
        **({AT_THE_LATEST: True} if one.until and one.found_on else {}),
        **({"lost": one.lost} if one.lost else {}),
        **({HALF_CLOSED: one.half_closed_by.removesuffix(".json")} if one.half_closed_by else {}),
        **({"clock_wrong": True} if one.is_wrong(now) else {}),
    }


def unchanged(task: Task, measure: str, why: str, **own: Any) -> Result:
    """Return the result of a task that has not connected to its appliance, with these rows: what is closed there stays closed.

    They are not there where a record cannot be read; the page of the run then says that the appliance is not counted.
    """
    said = {"measure": measure, "step": task.options["step"], "skipped_because": why, **own}
    with suppress(InvalidInput):
        rows = closures_of(task, record_trust(task.options))
        said["closures"] = [row if row["until"] else {**row, NOT_LOOKED: True} for row in rows]
    return Result(changed=False, msg=why, own=said)


def no_customer_asked_for(customers: Collection[str], appliance: Appliance) -> str:
    """Return why an appliance is not in the scope of a run; "" where one of its customers is asked for, or all are."""
    if not customers or not {*customers}.isdisjoint(appliance.customers or ("",)):
        return ""
    return f"not changed: customer {', '.join(appliance.customers) or 'unnamed'} is not among the requested customers"


def closed_otherwise(rows: Iterable[Mapping[str, Any]], step: LadderStep) -> str:
    """Return what other steps than this one keep closed, and how that is opened, as the end of a sentence; "" where nothing is."""
    found: dict[str, list[str]] = {}
    for row in rows:
        if not row["until"] and row["step"] != step:
            found.setdefault(row["step"], []).append(row["vserver"])
    told = (
        NextAction(
            f"; {', '.join(dict.fromkeys(names))} {'stays' if len({*names}) == 1 else 'stay'} closed by another step: ",
            Command("reopen", (("step", str(other)),)),
        )
        for other, names in found.items()
    )
    return joined("", *told)


def closed_now(task: Task, step: LadderStep) -> set[tuple[str, ObjectId]]:
    """Return admin partition and virtual server of all that a step closes now, by the records of this control node.

    A run that failed may have closed or opened less than it planned. A record that is not trusted neither closes nor opens, as in :func:`closures_of`: it
    could hide that something is closed from the register of consent, or name a customer there.
    """
    records = all_records(Path(task.options["records"]).expanduser(), task.appliance.name, record_trust(task.options))
    trusted = [record for record in records if record.provenance.is_trusted]
    return {(one.partition, one.object_id) for one in still_closed(trusted) if one.step is step}


def closing_records(task: Task, trust: RecordTrust) -> UsableRecords:
    """Return the lockdowns of this control node that count in the default partition, with the records of all measures, by which the other steps close."""
    directory, owner = Path(task.options["records"]).expanduser(), Owner(MEASURE, 1)
    parameters = RunParameters(appliance=task.appliance, owner=owner, records=directory, run=RUN, trust=trust)
    lockdowns = own_records(parameters, REACH)
    steps = (one for one in all_records(directory, task.appliance.name, trust) if one.measure != MEASURE)
    return replace(lockdowns, records=(*lockdowns.records, *steps)).inside(DEFAULT)


@dataclass(frozen=True)
class ReadClosures:
    """What a status reads of closings.

    :ivar rows: as values of its result
    :ivar seen: what of them is not closed on the appliance
    :ivar records: those of other control nodes too
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    seen: OpenAllTheSame = field(default_factory=OpenAllTheSame)
    records: tuple[ChangeRecord, ...] = ()


def read_closures(task: Task, trust: RecordTrust, connection: Connection) -> ReadClosures:
    """Return what a status reads of closings, by the records of other control nodes too, one of which may have closed or opened something. Where something
    is closed by them, it is read whether it still is.
    """
    records = Path(task.options["records"]).expanduser()
    fetched, _problems = fetch_records(connection, records, task.appliance.name, trust)
    known = with_fetched(all_records(records, task.appliance.name, trust), fetched)
    trusted = [record for record in known if record.provenance.is_trusted]
    acknowledged = read_acknowledgements(task.appliance.name, task.options.get("acknowledgements"))
    found = open_all_the_same(connection, trusted, acknowledged)
    rows = [
        row if row["until"] else {**row, **_shown(row, found)} for row in closures_of(task, trust, fetched, found.again)
    ]
    return ReadClosures(rows, found, tuple(known))


def _shown(row: Mapping[str, Any], found: OpenAllTheSame) -> dict[str, Any]:
    """Return what the appliance shows of a closing that is in force by the records: that it is open, that a failover opens it, that this was not read, or
    what a person has acknowledged there.
    """
    step: LadderStep = row["step"]
    key: Key = (step, row["partition"], (row["type"], (row["vserver"],)))
    why = found.found.get(key, "")
    if why:
        by = found.closed_by.get(key)
        ours = found.may_be_ours.get(key)
        more = {"closed_by": str(by) if by else ""}
        more |= {"may_be_ours": ours.record, "why_ours": ours.why} if ours else {}
        own = {"minutes": 0} if HALF_CLOSED in row else {}
        return {"is_open": True, "open_because": why, **own, **{name: text for name, text in more.items() if text}}
    told = {
        "unread": found.unread.get(step, "") or found.not_decided.get(key, ""),
        "failover": found.secondary.get(step, ""),
        "shut_there": found.shut_there.get(step, ""),
        "elsewhere": found.elsewhere.get(step, ""),
        "accepted": found.accepted.get(key, ""),
        "not_compared": found.not_compared.get(key, ""),
    }
    is_unknown = HALF_CLOSED in row and bool(told["unread"] or told["elsewhere"])
    return {**({"minutes": 0} if is_unknown else {}), **{name: text for name, text in told.items() if text}}


def with_closures(task: Task, result: Found, rows: Sequence[dict[str, Any]]) -> Found:
    """Return the result of a status with these rows and the last drill; what is not closed, and a decision that is overdue, decide the verdict."""
    drills = task.options.get("drills")
    drill = last_drill(Path(drills).expanduser()) if drills else ""
    advised = commands_of_closings(rows)
    own = {**result.own, "closures": [*rows], **({"last_drill": drill} if drill else {})}
    own |= {CLOSING_COMMANDS: advised} if advised else {}
    # What somebody opened, or what was not read of it, holds up no wave of a measure: the page of the run says it.
    decide = (
        [{**row, **dict.fromkeys(("is_open", "unread", "failover", "shut_there", "elsewhere"), "")} for row in rows]
        if task.options.get("plans")
        else rows
    )
    verdict = with_closings(own["verdict"], decide)
    if verdict == own["verdict"]:
        return replace(result, own=own)
    own = {OF_THE_MEASURE: own["verdict"], **own, "verdict": verdict}
    own["verdict_today"] = with_closings(own["verdict_today"], decide)
    told = f"{verdict['word']}: {verdict['reason']}. Next action: {verdict['next_action']}"
    return replace(result, own=own, msg=told)
