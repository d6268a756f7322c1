# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The losses of protection on the page of a run that has just read an appliance: its course of time, with what the run saw as the observation of today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

from ...appliance.nitro.appliance import Appliance
from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import DEFAULT
from ...appliance.objects.resource_types import ObjectId
from ...catalogue.closing_steps import LadderStep
from ...catalogue.entry import Entry
from ...catalogue.entry_file import load_entry
from ...catalogue.record_trust import RecordTrust
from ...catalogue.run_parameters import ApplyParameters
from ...change.records.change_record import ChangeRecord
from ...change.records.fetched_records import with_fetched
from ...change.records.record_list import all_records
from ...foundation.protection_change import Phase
from ...judgement.course.course import Course, courses_of
from ...judgement.course.record_events import History
from ...judgement.course.state import State
from ...judgement.course.today import Today
from ...judgement.proof.verdict_table import OK
from ..deployment.per_partition import PartitionedResult
from .result import Result

Found = TypeVar("Found", bound=Result)
Rows = Iterable[Mapping[str, Any]]
LOST = "protection_lost"
"""The key of a result that has them, in words."""


def losses_of(
    connection: Connection,
    entries: Iterable[Entry],
    judged: Mapping[str, PartitionedResult],
    known: tuple[Path, RecordTrust],
    as_of: date,
    closures: Rows = (),
) -> list[str]:
    """Return each weakness that was protected and is not now, as a clause.

    :param judged: by entry, what the run saw of its measure
    :param known: the directory of the records, and whose count
    :param closures: what is closed by the records; see :func:`.closures.read_closures`
    """
    open_ = {id_: one for id_, one in judged.items() if one.partitions and one.verdict.exit_code != OK}
    if not open_:
        return []
    appliance = connection.appliance
    records = with_fetched(all_records(known[0], appliance.name, known[1]), _fetched(open_.values()))
    if not records:
        return []
    about = [entry for entry in entries if entry.id in open_]
    today = _today(connection, open_, closures)
    return [change.clause for one in _courses(appliance, about, records, today, as_of) for change in one.changes()]


def losses_of_one(
    connection: Connection, parameters: ApplyParameters, catalogue: str, result: PartitionedResult, closures: Rows = ()
) -> list[str]:
    """Return the same of one measure; nothing of one of no weakness.

    :param catalogue: the directory of the entries
    """
    if not parameters.measure.traits.course.depends_on_build:
        return []
    id_ = parameters.measure.id
    entry = load_entry(Path(catalogue).expanduser() / id_)
    known = (parameters.records, parameters.trust)
    return losses_of(connection, [entry], {id_: result}, known, parameters.as_of, closures)


def _courses(
    appliance: Appliance, entries: Sequence[Entry], records: Sequence[ChangeRecord], today: Today, as_of: date
) -> tuple[Course, ...]:
    return courses_of(appliance, entries, History.of(records, today.at), today, as_of).courses


def _fetched(judged: Iterable[PartitionedResult]) -> Iterator[ChangeRecord]:
    return (record for one in judged for part in one.partitions.values() for record in part.facts.records.fetched)


def _today(connection: Connection, judged: Mapping[str, PartitionedResult], closures: Rows) -> Today:
    """Return what the run saw as the observation of today."""
    drift = {id_: found for id_, one in judged.items() if (found := _observed(one)) is not None}
    opened: dict[tuple[LadderStep, str, ObjectId], str] = {
        (LadderStep(row["step"]), str(row["partition"]), (str(row["type"]), (str(row["vserver"]),))): str(
            row["open_because"]
        )
        for row in closures
        if row.get("is_open")
    }
    off_unread = next(
        (str(row["unread"]) for row in closures if row.get("unread") and row["step"] == LadderStep.OFF), ""
    )
    builds = {str(node.address): node.build for node in connection.nodes}
    return Today(datetime.now(UTC), builds, drift=drift, opened=opened, off_unread=off_unread)


def _observed(result: PartitionedResult) -> tuple[State, str] | None:
    """Return the worst state that is not what the runs left, of all admin partitions."""
    found = [
        (state, reason if name == DEFAULT else f"partition {name}: {reason}")
        for name, part in result.partitions.items()
        if part.observed is not None
        for state, reason in [part.observed]
    ]
    return min(found, key=lambda one: one[0].worst_first, default=None)


def with_losses(result: Found, lost: Sequence[str]) -> Found:
    """Return a result with these losses, beside those of measures of no weakness."""
    if not lost:
        return result
    own = {**result.own, LOST: [*lost, *result.own.get(LOST, ())]}
    preview = None if result.preview is None else [*result.preview, *(f"  {Phase.LOST}  {text}" for text in lost)]
    return replace(result, own=own, preview=preview)
