# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Settings of an appliance that a measure changed, and no longer asks for: they go back to what they were before. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.resource_types import (
    TYPES,
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.change_record import ChangeRecord


@dataclass(frozen=True)
class FormerSetting:
    """A setting that is not as it was.

    :ivar before: as it was before ours
    :ivar left: as the last of our runs left it
    """

    before: Attributes
    left: Attributes


def former_settings(records: Iterable[ChangeRecord]) -> dict[ObjectId, FormerSetting]:
    """What our runs have changed of such settings and not given back, as far as records tell.

    :param records: oldest first, with those of rollbacks
    """
    found: dict[ObjectId, FormerSetting] = {}
    for step in (step for record in records for step in record.touched):
        if step.type not in TYPES or not TYPES[step.type].only_set:
            continue
        earlier = found.pop(step.object_id, None)
        before = earlier.before if earlier else step.before or {}
        if not TYPES[step.type].same(step.after, before):
            found[step.object_id] = FormerSetting(before, step.after or {})
    return found


def settings_to_restore(
    former: Mapping[ObjectId, FormerSetting], wanted: Iterable[ObjectId], now: Mapping[ObjectId, Attributes]
) -> dict[ObjectId, Attributes]:
    """Those that are not asked for any more, and still are as we left them: what somebody else has set since is his.

    :param wanted: what is asked for
    """
    return {
        object_id: one.before
        for object_id, one in former.items()
        if object_id not in set(wanted) and TYPES[object_id[0]].same(now.get(object_id), one.left)
    }
