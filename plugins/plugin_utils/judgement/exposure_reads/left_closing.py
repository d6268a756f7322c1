# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the runs on the measure of a step of closing have left in one admin partition. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ...appliance.objects.resource_types import TYPES, Attributes, ObjectId
from ...catalogue.observing import POLICY
from ...change.records.change_record import ChangeRecord
from ...change.records.found_open import BINDING
from ...change.records.record_content import RecordedFile
from ...change.records.record_states import Outcome

ACLS = ("nsacl", "nsacl6")
ACTION, EXPRESSION = "responderaction", "policyexpression"
NAMED = ("policydataset", "policypatset", EXPRESSION)
"""What the types of the objects begin with that a rule names."""
ENTRIES = ("policydataset_value_binding", "policypatset_pattern_binding")
LOCATIONS = ("locationfile", "locationfile6", "locationparameter")
"""By which an appliance knows the country of a client."""
Objects = Mapping[ObjectId, Attributes]


@dataclass(frozen=True)
class LeftClosing:
    """:ivar left: all objects
    :ivar files: by path, the files that they wrote
    """

    left: Objects
    files: Mapping[str, RecordedFile] = field(default_factory=dict)

    @classmethod
    def of(cls, records: Iterable[ChangeRecord]) -> LeftClosing:
        """Return what is to be there: what an opening that did not come to its end has removed or changed is still closed by the records, and what it was
        to make for that may be missing.

        :param records: of the measure and the admin partition, in the order of their chain
        """
        left: dict[ObjectId, Attributes] = {}
        files: dict[str, RecordedFile] = {}
        in_doubt: dict[ObjectId, Attributes | None] = {}
        for record in records:
            files |= record.files
            opens = record.closing is not None and bool(record.closing.opens)
            has_ended = record.outcome is Outcome.APPLIED
            for step in record.touched:
                if opens and not has_ended and (step.object_id in left or record.is_only_sent(step)):
                    in_doubt[step.object_id] = step.after
                    continue
                in_doubt.pop(step.object_id, None)
                _leave(left, step.object_id, step.after)
            if opens and has_ended:
                for object_id, after in in_doubt.items():
                    _leave(left, object_id, after)
                in_doubt.clear()
        return cls(left, files)

    @property
    def acls(self) -> Objects:
        return {id_: attributes for id_, attributes in self.left.items() if id_[0] in ACLS}

    @property
    def locations(self) -> Objects:
        return {id_: attributes for id_, attributes in self.left.items() if id_[0] in LOCATIONS}

    @property
    def named(self) -> Objects:
        """The sets, their entries and the named expressions."""
        return {id_: attributes for id_, attributes in self.left.items() if id_[0].startswith(NAMED)}

    @property
    def vservers(self) -> frozenset[ObjectId]:
        """Those at which something of ours is bound."""
        return frozenset(filter(None, (_bound_at(id_, attributes) for id_, attributes in self.left.items())))

    def bindings_at(self, vserver: ObjectId) -> dict[ObjectId, Attributes]:
        return {id_: attributes for id_, attributes in self.left.items() if _bound_at(id_, attributes) == vserver}

    def at(self, vserver: ObjectId) -> Objects:
        """Return the bindings at a virtual server, what they bind, the actions of that, and the expressions that its rules name."""
        bindings = self.bindings_at(vserver)
        bound = {str(attributes[TYPES[id_[0]].policy_attribute]) for id_, attributes in bindings.items()}
        policies = {id_: own for id_, own in self.left.items() if id_[0] == POLICY and id_[1][0] in bound}
        actions, rules = ([str(own[name]) for own in policies.values()] for name in ("action", "rule"))
        named = {
            id_: own
            for id_, own in self.left.items()
            if (id_[0] == EXPRESSION and any(id_[1][0] in rule for rule in rules))
            or (id_[0] == ACTION and id_[1][0] in actions)
        }
        return bindings | policies | named

    def sets_of(self, own: Objects) -> Objects:
        """Return the entries of the sets that the rules of some policies, their expressions, or some ACLs name."""
        texts = [str(text) for a in own.values() for name in ("rule", "value") if (text := a.get(name)) is not None]
        of_acls = {a.get(f"{side}ipdataset") for id_, a in own.items() if id_[0] in ACLS for side in ("src", "dest")}
        return {
            id_: a
            for id_, a in self.left.items()
            if id_[0] in ENTRIES and (id_[1][0] in of_acls or any(f'"{id_[1][0]}"' in text for text in texts))
        }


def _leave(left: dict[ObjectId, Attributes], object_id: ObjectId, after: Attributes | None) -> None:
    left.pop(object_id, None)
    if after is not None:
        left[object_id] = after


def _bound_at(object_id: ObjectId, attributes: Attributes) -> ObjectId | None:
    """Return the virtual server of a binding of a responder policy; None of another object."""
    vserver, _underscore, what = object_id[0].partition("_")
    return (vserver, (str(attributes["name"]),)) if what == BINDING else None
