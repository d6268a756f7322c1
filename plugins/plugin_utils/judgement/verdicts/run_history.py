# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The objects that earlier runs have changed: their state before, and every state that the records know. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ...appliance.objects.resource_types import Attributes, ObjectId
from ...appliance.objects.steps import FEATURE
from ...change.records.change_record import ChangeRecord
from ...change.records.unshown_attributes import last_written, whole_state

States = dict[ObjectId, Attributes | None]


@dataclass(frozen=True)
class RunHistory:
    """The objects that some runs, oldest first, have changed.

    :ivar first: the state of each object before the first of them
    :ivar known: every state of each object that they know
    :ivar sources: by object, the record of its first state
    """

    first: States
    known: Mapping[ObjectId, list[Attributes | None]]
    sources: Mapping[ObjectId, ChangeRecord]

    @classmethod
    def of(cls, records: Iterable[ChangeRecord], earlier: Iterable[ChangeRecord] = ()) -> RunHistory:
        """:param earlier: the runs before them, which say what an appliance does not show of a binding of ours"""
        written = last_written(earlier)
        first: States = {}
        known: dict[ObjectId, list[Attributes | None]] = {}
        sources: dict[ObjectId, ChangeRecord] = {}
        for record in records:
            for step in record.touched:
                first.setdefault(step.object_id, whole_state(step.object_id, step.before, written))
                sources.setdefault(step.object_id, record)
                known.setdefault(step.object_id, []).extend((step.before, step.after))
        return cls(first, known, sources)

    @property
    def objects(self) -> States:
        """The first states without those of features."""
        return {id_: before for id_, before in self.first.items() if id_[0] != FEATURE}

    @property
    def features_enabled(self) -> list[str]:
        """The features that were disabled before the first of these runs."""
        return [
            id_[1][0] for id_, before in self.first.items() if id_[0] == FEATURE and not (before or {}).get("enabled")
        ]
