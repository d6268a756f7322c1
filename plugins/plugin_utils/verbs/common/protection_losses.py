# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The losses of protection on the page of a run that has just read an appliance: its course of time, with what the run saw as the observation of today."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeVar

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import DEFAULT
from ...catalogue.closing_steps import LadderStep
from ...catalogue.entry import Entry
from ...catalogue.entry_file import load_entry
from ...catalogue.measure import Weakness
from ...catalogue.mitigation import Mitigation
from ...catalogue.run_parameters import ApplyParameters, RunParameters
from ...change.records.change_record import ChangeRecord
from ...change.records.fetched_records import with_fetched
from ...change.records.record_list import all_records
from ...change.records.record_states import RecordKind
from ...foundation.protection_change import CHANGES, Phase, ProtectionChange
from ...judgement.course.course import Course, courses_of
from ...judgement.course.record_events import History
from ...judgement.course.state import State
from ...judgement.course.today import Today
from ...judgement.exposure_reads.later_partition import without_measure
from ...judgement.exposure_reads.still_closed import OpenAllTheSame
from ...judgement.inspection.plan import seals_of_places
from ...judgement.proof.verdict_table import OK
from ..deployment.deployment import Result as DeploymentResult
from ..deployment.per_partition import PartitionedResult
from .closures import ReadClosures
from .result import Result

Found = TypeVar("Found", bound=Result)
LOST = CHANGES[Phase.LOST]
"""The key of a result with what was lost, in words."""


def losses_of(
    connection: Connection,
    entries: Iterable[Entry],
    judged: Mapping[str, PartitionedResult],
    records: Sequence[ChangeRecord],
    as_of: date,
    seen: OpenAllTheSame | None = None,
    bare: Collection[str] = (),
) -> list[ProtectionChange]:
    """Return each weakness that was protected and is not now, or not whole.

    :param judged: by entry, what the run saw of its measure
    :param records: of the appliance, in the order of their chain
    :param seen: what is not closed on the appliance; None where that was not read
    :param bare: the entries without a measure that it has: a closing protected it there, or what is behind it, a measure that is off
    """
    worse = {id_: one for id_, one in judged.items() if one.partitions and one.verdict.exit_code != OK}
    if not worse and not bare:
        return []
    about = [entry for entry in entries if entry.id in worse or entry.id in bare]
    courses = live_courses(connection, about, worse, records, as_of, seen)
    return [change for one in courses for change in one.changes()]


def losses_of_one(
    connection: Connection,
    parameters: ApplyParameters,
    catalogue: str,
    result: PartitionedResult,
    closures: ReadClosures | None = None,
) -> list[ProtectionChange]:
    """Return the same of one measure; nothing of one of no weakness.

    :param catalogue: the directory of the entries
    :param closures: what was read of closings; None for a run that reads none
    """
    if not parameters.measure.traits.course.depends_on_build:
        return []
    id_ = parameters.measure.id
    entry = load_entry(Path(catalogue).expanduser() / id_)
    records = closures.records if closures else known_records(parameters, result)
    return losses_of(connection, [entry], {id_: result}, records, parameters.as_of, closures.seen if closures else None)


def known_records(parameters: RunParameters, *judged: PartitionedResult) -> list[ChangeRecord]:
    """Return the records of this control node, and those that some runs have read on the nodes."""
    own = all_records(parameters.records, parameters.appliance.name, parameters.trust)
    parts = (part for one in judged for part in one.partitions.values())
    return with_fetched(own, (record for part in parts for record in part.facts.records.fetched))


def live_courses(
    connection: Connection,
    entries: Sequence[Entry],
    judged: Mapping[str, PartitionedResult],
    records: Sequence[ChangeRecord],
    as_of: date,
    seen: OpenAllTheSame | None = None,
) -> tuple[Course, ...]:
    """Return the courses of some entries, with what a run has just seen as the observation of today; nothing without a record of ours.

    See :func:`losses_of`.
    """
    if not records:
        return ()
    today = _today(connection, judged, seen or OpenAllTheSame())
    history, weakness = History.of(records, today.at), _url_weakness(judged.values())
    return courses_of(connection.appliance, entries, history, today, as_of, weakness).courses


def _url_weakness(judged: Iterable[PartitionedResult]) -> Weakness | None:
    measures = (part.facts.parameters.measure for one in judged for part in one.partitions.values())
    return next((one.url_weakness for one in measures if isinstance(one, Mitigation)), None)


def _today(connection: Connection, judged: Mapping[str, PartitionedResult], seen: OpenAllTheSame) -> Today:
    """Return what the run saw as the observation of today."""
    drift = {id_: found for id_, one in judged.items() if (found := _observed(connection, one)) is not None}
    builds = {str(node.address): node.build for node in connection.nodes}
    off_unread = seen.why_not_sure(LadderStep.OFF)
    return Today(
        datetime.now(UTC),
        builds,
        drift=drift,
        as_left={id_: places for id_, one in judged.items() if id_ not in drift and (places := _places(one))},
        opened=seen.found,
        may_be_ours=seen.may_be_ours,
        again=seen.again,
        left_on=seen.left_on,
        all_off=_all_off(judged.values()),
        off_unread=off_unread,
    )


def _all_off(judged: Iterable[PartitionedResult]) -> bool:
    """Return True if the run has seen each VIP switched off, in all admin partitions."""
    one = next((one for one in judged if not one.problems), None)
    states = [part.facts.access.closures for part in one.partitions.values()] if one is not None else []
    return bool(states) and all(state.closed and not state.open for state in states)


def _places(result: PartitionedResult) -> dict[str, frozenset[str]]:
    """Return by admin partition the fingerprints of the proofs that hold for what is bound there; nothing where one is not as our runs left it."""
    found = {
        name: seals_of_places(part.facts, part.plan, part.facts.parameters.owner)
        for name, part in result.partitions.items()
    }
    return {name: seals for name, seals in found.items() if seals is not None} if None not in found.values() else {}


def _observed(connection: Connection, result: PartitionedResult) -> tuple[State, str] | None:
    """Return the worst state that is not what the runs left, of all admin partitions."""
    found = [
        told
        for name, part in result.partitions.items()
        if part.observed is not None and (told := _in_partition(connection, name, part, part.observed)) is not None
    ]
    return min(found, key=lambda one: one[0].worst_first, default=None)


def _in_partition(
    connection: Connection, name: str, part: DeploymentResult, observed: tuple[State, str]
) -> tuple[State, str] | None:
    """Return what was observed with the name of the partition; of one into which no run has brought it, whether that takes protection away."""
    if name == DEFAULT:
        return observed
    if any(one.kind is RecordKind.APPLY for one in part.facts.records.known):
        return observed[0], f"partition {name}: {observed[1]}"
    why = without_measure(connection, name)
    return (State.PARTLY, why) if why else None


def with_losses(result: Found, lost: Sequence[ProtectionChange]) -> Found:
    """Return a result with these losses, beside those of measures of no weakness."""
    if not lost:
        return result
    own, lines = dict(result.own), list[str]()
    for phase, key in CHANGES.items():
        changed = [one.clause for one in lost if one.phase is phase]
        own |= {key: [*changed, *own.get(key, ())]} if changed else {}
        lines += [f"  {phase}  {text}" for text in changed]
    preview = None if result.preview is None else [*result.preview, *lines]
    return replace(result, own=own, preview=preview)
