# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The appliances that the run of an undo has written to, by the records of this control node. Reads files only."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from ...change.planning.plan_file import UNDOES, PlanFile
from ...change.records.continued_runs import applies
from ...change.records.record_list import all_records
from ...foundation.errors import InvalidInput


def undone_runs(plans: Iterable[PlanFile]) -> set[str]:
    """Return the runs that plans undo."""
    return {str(run) for plan in plans for run in plan.values.get(UNDOES, ())}


def untouched_hosts(places: Mapping[str, Path], plans: Iterable[PlanFile], measure: str) -> list[str]:
    """Return the appliances to which the runs that are undone have not written.

    :param places: by appliance that could not be planned, the directory of the records, where all of these are here
    :param plans: of the others; they say which runs are undone
    :returns: none where nothing is undone, since then nobody can say which run is meant
    """
    undone = undone_runs(plans)
    return [host for host, records in places.items() if undone and not _has_written(records, host, measure, undone)]


def _has_written(records: Path, host: str, measure: str, runs: Collection[str]) -> bool:
    """Return True if one of these runs has written to an appliance, or may have: its records cannot be read, or are of another machine.

    A rollout over several machines is a run of its own on each of them, and no record says that two runs are of one rollout.
    """
    try:
        found = applies(record for record in all_records(records, host) if record.measure == measure)
    except InvalidInput:
        return True
    return any((record.run in runs or record.is_fetched) and not record.undone_by for record in found)
