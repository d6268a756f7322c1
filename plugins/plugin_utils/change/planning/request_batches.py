# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Batches of steps that are sent as one request: new objects of one type, and the removal of a set with its members. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...appliance.objects.resource_types import TYPES, ObjectId
from ...appliance.objects.steps import BULK_LIMIT, SWITCHES, Request, Step, creation, removals


@dataclass(frozen=True)
class Batch:
    """Consecutive steps that are sent as one request; a single step is sent as its own requests."""

    first: int
    steps: tuple[Step, ...]

    @property
    def positions(self) -> range:
        return range(self.first, self.first + len(self.steps))

    def one_by_one(self) -> list[Batch]:
        """Return a batch for each step; none where the steps can only be sent as they are."""
        last = self.steps[-1]
        if len(self.steps) == 1 or last.is_new or last.is_edit_removal:
            return []
        return [Batch(self.first + place, (_emptied(step),)) for place, step in enumerate(self.steps)]

    def requests(self, bulk_limit: int = BULK_LIMIT) -> list[Request]:
        """Return the requests of the batch.

        :param bulk_limit: the largest number of rows in one request
        """
        last = self.steps[-1]
        if len(self.steps) > 1 and last.is_edit_removal:
            return removals(last.type, [step.key[0] for step in self.steps])
        if len(self.steps) == 1 or not last.is_new:
            return last.requests(bulk_limit)  # removing a set removes its members
        return [creation(last.type, [step.payload() for step in self.steps])]


def batches(steps: Sequence[Step], first: int = 0, *, limit: int = BULK_LIMIT) -> Iterator[Batch]:
    """Group steps into batches.

    New objects are sent in bulk by POST only: the error header is documented for POST alone (NITRO guide, bulk). NITRO documents no
    bulk removal. Removing a set should remove its members (the command reference names its use in an expression as the only
    obstacle), so they need no requests of their own. If the appliance refuses that, they are removed one by one.

    :param first: the position of the first step to group
    :param limit: the largest number of rows in one request
    """
    start = first
    while start < len(steps):
        end = _end_of_set(steps, start) or _end_of_bulk(steps, start, limit)
        yield Batch(start, tuple(steps[start:end]))
        start = end


def _emptied(step: Step) -> Step:
    """Return the step as one that unbinds the entries of a set, instead of removing them with it."""
    if not TYPES[step.type].holds:
        return step
    return Step(step.type, step.key, step.before, {"name": step.key[0]})


def gather_members(steps: Sequence[Step]) -> list[Step]:
    """Return the steps with the removals of a set's members right before the removal of the set."""
    removed = {step.object_id for step in steps if _is_removal(step)}
    kept: list[Step] = []
    members: dict[ObjectId, list[Step]] = {}
    for step in steps:
        parent = _set_of(step)
        if parent in removed and _is_removal(step):
            members.setdefault(parent, []).append(step)
            continue
        kept += [*members.pop(step.object_id, ()), step] if _is_removal(step) else [step]
    return kept


def _is_removal(step: Step) -> bool:
    return step.type not in SWITCHES and step.before is not None and step.after is None


def _set_of(step: Step) -> ObjectId | None:
    """Return the set whose member a step binds or unbinds; None for any other step."""
    type_ = TYPES.get(step.type)
    if type_ is None or not type_.bound or not type_.parent or type_.policy_attribute:
        return None
    return type_.refers[type_.parent], (step.key[type_.key.index(type_.parent)],)


def _end_of_set(steps: Sequence[Step], start: int) -> int:
    """Return the position after the removal of a set whose members' removals start here; 0 where none do."""
    parent, place = _set_of(steps[start]), start
    if parent is None:
        return 0
    while place < len(steps) and _is_removal(steps[place]) and _set_of(steps[place]) == parent:
        place += 1
    is_set = place < len(steps) and _is_removal(steps[place]) and steps[place].object_id == parent
    return place + 1 if is_set and place > start else 0


def _end_of_bulk(steps: Sequence[Step], start: int, limit: int) -> int:
    end = start + 1
    while end < len(steps) and end - start < limit and _go_together(steps[start], steps[end]):
        end += 1
    return end


def _go_together(one: Step, other: Step) -> bool:
    return one.type == other.type and ((one.is_new and other.is_new) or (one.is_edit_removal and other.is_edit_removal))
