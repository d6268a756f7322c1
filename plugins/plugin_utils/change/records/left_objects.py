# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The objects that the runs on a measure have left in an admin partition, and what of them stops requests to a virtual server. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress

from ...appliance.objects.resource_types import TYPES, Attributes, ObjectId
from ...foundation.errors import InvalidInput
from .change_record import ChangeRecord

Objects = Mapping[ObjectId, Attributes]
BINDING = "responderpolicy_binding"
"""What the types of the bindings at virtual servers end with."""
ACLS = ("nsacl", "nsacl6")
POLICY, NO_ACTION = "responderpolicy", "NOOP"


def left_by(records: Iterable[ChangeRecord], before: Objects | None = None) -> dict[ObjectId, Attributes]:
    """Return what is left after some runs.

    :param records: of one measure and admin partition, in the order of their chain
    :param before: what was there before the first one
    """
    left = {**(before or {})}
    for step in (step for record in records for step in record.touched):
        left.pop(step.object_id, None)
        if step.after is not None:
            left[step.object_id] = step.after
    return left


def bound_at(vserver: ObjectId, objects: Objects) -> dict[ObjectId, Attributes]:
    """Return the bindings at a virtual server with the policies that they bind."""
    bindings = {id_: attributes for id_, attributes in objects.items() if _place(id_, attributes) == vserver}
    names = {str(attributes[TYPES[id_[0]].policy_attribute]) for id_, attributes in bindings.items()}
    return bindings | {id_: own for id_, own in objects.items() if id_[0] == POLICY and id_[1][0] in names}


def stopped_places(objects: Objects) -> frozenset[ObjectId]:
    """Return the virtual servers at which a policy does more than count."""
    acting = {
        id_[1][0]
        for id_, own in objects.items()
        if id_[0] == POLICY and str(own.get("action", "")).upper() != NO_ACTION
    }
    bound = [(place, id_, a) for id_, a in objects.items() if (place := _place(id_, a)) is not None]
    return frozenset(place for place, id_, a in bound if a[TYPES[id_[0]].policy_attribute] in acting)


def drops_packets(objects: Objects) -> bool:
    """Return True if an ACL denies: which virtual servers it is for, their addresses say."""
    return any("DENY" in attributes.values() for id_, attributes in objects.items() if id_[0] in ACLS)


def _place(object_id: ObjectId, attributes: Attributes) -> ObjectId | None:
    """Return the virtual server of a binding of a responder policy; None of another object."""
    vserver, _underscore, what = object_id[0].partition("_")
    return (vserver, (str(attributes["name"]),)) if what == BINDING else None


class LeftByMeasures:
    """What runs have left of the measures that close something, as one record after the other is taken.

    :ivar measures: of steps of closing; the records of others are not looked at
    """

    def __init__(self, records: Iterable[ChangeRecord]) -> None:
        self.measures = frozenset(record.measure for record in records if record.closing is not None)
        self._left: dict[tuple[str, str], dict[ObjectId, Attributes]] = {}

    def opens(self, record: ChangeRecord, closed: Iterable[ObjectId]) -> list[ObjectId]:
        """Take a record, and return those of some virtual servers at which its run has left nothing that stops a request, and something did before.

        :param closed: by its measure, in its admin partition
        """
        if record.measure not in self.measures or not record.steps:
            return []
        key = (record.measure, record.partition)
        before = self._left.get(key, {})
        with suppress(InvalidInput):  # steps of a later version
            self._left[key] = left_by([record], before)
        after = self._left.get(key, {})
        if drops_packets(after):
            return []
        left, then = stopped_places(after), stopped_places(before)
        return [one for one in closed if one not in left and (one in then or drops_packets(before))]
