# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Extended ACLs that our runs edited and did not apply, as far as records show it. Pure.

NITRO applies all edits of a type at once (``nsacls``, ``nsacls6``), and a removal that waits for it is visible nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...appliance.objects.resource_types import COMMITS, ObjectId
from .change_record import ChangeRecord
from .record_states import Outcome, StepState

APPLIED = {"applied": True}
# After these outcomes the edits may be on a node that was no longer the primary.
_NOT_CERTAIN = (Outcome.FAILED, Outcome.PARTLY_REVERTED)


def unapplied(records: Iterable[ChangeRecord]) -> set[ObjectId]:
    """Return the objects of :data:`COMMITS` whose edits by our runs are not applied, or may not be.

    :param records: oldest first
    """
    pending: set[ObjectId] = set()
    for record in records:
        for edited, commit in COMMITS.items():
            applied = _has_applied(record, edited, commit)
            if applied is not None:
                (pending.discard if applied else pending.add)((commit, ()))
    return pending


def waiting_removals(records: Iterable[ChangeRecord]) -> set[str]:
    """Return the types of which our runs have removed objects, and may not have applied that: what was removed filters until then.

    :param records: oldest first
    """
    waiting: set[str] = set()
    for record in records:
        for step in record.touched:
            if step.is_edit_removal:
                waiting.add(step.type)
            elif step.after == APPLIED and not record.is_only_sent(step):
                waiting -= {edited for edited, commit in COMMITS.items() if commit == step.type}
    return waiting


def _has_applied(record: ChangeRecord, edited: str, commit: str) -> bool | None:
    """True if a run applied its edits or undid them, False if they may wait; None where it edited nothing of this type."""
    steps = list(zip(record.steps, record.states, strict=True))
    edits = {state for step, state in steps if step.type == edited and state is not StepState.PLANNED}
    commits = {step.after == APPLIED: state for step, state in steps if step.type == commit}
    if not edits and commits.get(True, StepState.PLANNED) is StepState.PLANNED:
        return None
    all_done = commits.get(True) is StepState.DONE and edits <= {StepState.DONE}
    return (all_done and record.outcome not in _NOT_CERTAIN) or commits.get(False) is StepState.UNDONE
