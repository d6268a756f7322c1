# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs that go on with what an earlier run left in place when it died or failed. Pure.

The record of such a run names the records that it continues, and their steps count as its own: an undo takes all of them back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...appliance.objects.resource_types import COMMITS
from .change_record import ChangeRecord
from .record_states import Outcome, RecordKind


def applies(records: Iterable[ChangeRecord]) -> list[ChangeRecord]:
    """Return the runs that added or changed anything, in their order."""
    return [
        record
        for record in records
        # A run that only applied the pending edits of an earlier run has nothing of its own to undo.
        if record.kind is RecordKind.APPLY and any(step.type not in COMMITS.values() for step in record.touched)
    ]


def of_last_run(records: Iterable[ChangeRecord]) -> list[ChangeRecord]:
    """Return what the last run added or changed in all admin partitions, with the runs that it continues in any of them, in their order.

    Where a run died, the next one may have nothing left to do in a partition, or may continue it in another one.

    :param records: of one measure, in the order of the chain
    """
    own = [one for one in records if one.kind is RecordKind.APPLY]
    by_name = {one.name: one for one in own}
    wanted: set[str] = set()
    todo = [one.run for one in own if one.touched or one.continues][-1:]
    while todo:
        run = todo.pop()
        if run not in wanted:
            wanted.add(run)
            names = (name for one in own if one.run == run for name in one.continues)
            todo += [by_name[name].run for name in names if name in by_name]
    return [one for one in applies(own) if one.run in wanted]


def unfinished_runs(records: Iterable[ChangeRecord]) -> list[ChangeRecord]:
    """Return the runs that did not come to their end, since the last one that did, in their order; those that were undone are left out.

    A run that came to its end has the whole measure in place, whatever earlier runs left.

    :param records: of one measure in one partition, in the order of the chain
    """
    found: list[ChangeRecord] = []
    for record in reversed([record for record in records if record.kind is RecordKind.APPLY]):
        if record.undone_by or record.outcome is Outcome.APPLIED:
            break
        found.insert(0, record)
    died = (Outcome.OPEN, Outcome.CONTINUED)
    return [r for r in found if r.outcome in died or (r.touched and r.outcome is not Outcome.REVERTED)]


def unfinished_removals(records: Iterable[ChangeRecord]) -> list[ChangeRecord]:
    """Return the rollbacks that left steps in place and did not come to their end, since the last run that did, in their order.

    :param records: of one measure in one partition, in the order of the chain
    """
    found: list[ChangeRecord] = []
    for record in records:
        is_whole = record.outcome is Outcome.APPLIED and not record.problem
        if (record.kind is RecordKind.APPLY and record.touched) or (record.kind is RecordKind.ROLLBACK and is_whole):
            found.clear()
        elif record.kind is RecordKind.ROLLBACK and record.touched:
            found.append(record)
    return found


def with_continued(last: Sequence[ChangeRecord], records: Iterable[ChangeRecord]) -> list[ChangeRecord]:
    """Return some runs and those that they continue, in their order; a run that is undone is left out.

    :param records: all runs, in the order of the chain
    """
    by_name = {record.name: record for record in applies(records)}
    wanted: set[str] = set()
    todo = [record.name for record in last]
    while todo:
        name = todo.pop()
        if name in by_name and name not in wanted and not by_name[name].undone_by:
            wanted.add(name)
            todo += by_name[name].continues
    return [record for name, record in by_name.items() if name in wanted]
