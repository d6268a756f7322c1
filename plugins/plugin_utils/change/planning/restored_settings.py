# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Settings of an appliance that a measure changed and no longer needs: their earlier values are restored. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ...appliance.objects.resource_types import TYPES, Attributes, ObjectId
from ..records.change_record import ChangeRecord


@dataclass(frozen=True)
class FormerSetting:
    """A setting that our runs changed.

    :ivar before: its attributes before our first change
    :ivar left: its attributes after our last change
    :ivar record: the record of our first change, which has the earlier attributes
    """

    before: Attributes
    left: Attributes
    record: ChangeRecord | None = field(default=None, compare=False)


def former_settings(records: Iterable[ChangeRecord]) -> dict[ObjectId, FormerSetting]:
    """Return the settings that our runs changed and did not restore, by the records.

    :param records: oldest first, those of rollbacks included
    """
    found: dict[ObjectId, FormerSetting] = {}
    for record, step in ((one, step) for one in records for step in one.touched):
        if step.type not in TYPES or not TYPES[step.type].only_set:
            continue
        earlier = found.pop(step.object_id, None)
        before = earlier.before if earlier else step.before or {}
        if not TYPES[step.type].same(step.after, before):
            first = earlier.record if earlier else record
            found[step.object_id] = FormerSetting(before, step.after or {}, first)
    return found


def settings_to_restore(
    former: Mapping[ObjectId, FormerSetting], wanted: Iterable[ObjectId], now: Mapping[ObjectId, Attributes]
) -> dict[ObjectId, Attributes]:
    """Return the settings to restore, with their earlier attributes.

    These are the ones that are no longer wanted and still as we left them; a setting that somebody else has changed since is kept.

    :param wanted: the settings that are still wanted
    :param now: the current attributes
    """
    return {
        object_id: one.before
        for object_id, one in former.items()
        if object_id not in set(wanted) and TYPES[object_id[0]].same(now.get(object_id), one.left)
    }
