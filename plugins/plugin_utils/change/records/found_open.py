# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run found of that by which earlier runs had closed something: gone, switched off or changed, so that it makes it again. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ...appliance.objects.resource_types import COMMITS, TYPES, Attributes, ObjectId
from ...appliance.objects.steps import FEATURE, SWITCHES, Step
from ...foundation.errors import InvalidInput
from .change_record import ChangeRecord
from .pending_edits import APPLIED
from .record_states import Outcome, StepState

BINDING = "responderpolicy_binding"
"""What the types of the bindings at virtual servers end with."""
RESPONDER = (FEATURE, ("RESPONDER",))
ACLS = ("nsacl", "nsacl6")
OPEN, CHANGED, NOT_DONE = "open", "not as our runs had left it", "not as that run was to leave it"
"""How a run found what was closed."""
POLICY = "responderpolicy"
_ACTING = {
    POLICY: ("rule", "action", "undefaction"),
    "responderaction": ("type", "target"),
    "policyexpression": ("value",),
}
"""By type, the attributes that decide what happens to whom."""
_ENTRIES = ("policydataset_value_binding", "policypatset_pattern_binding")
_EXPIRES = "ttl"
Closed = tuple[str, ObjectId]
"""A measure, and a virtual server that it closes."""


@dataclass
class FoundOpen:
    """What runs have left, and no run that came to its end has removed since.

    :ivar left: by measure and admin partition, the objects
    """

    left: dict[tuple[str, str], dict[ObjectId, Attributes]] = field(default_factory=dict)

    def take(self, record: ChangeRecord, closed: Collection[Closed]) -> dict[Closed, str]:
        """Take a run, and return of what is closed in its admin partition what it found open or changed, with how.

        :param closed: what measures close there
        """
        enables = bool(closed) and enabling(record) is not None
        found = {one: OPEN for one in closed if enables and self._has_policies(one[0], record.partition)}
        own = [vserver for measure, vserver in closed if measure == record.measure]
        place = record.measure, record.partition
        opens = record.closing is not None and bool(record.closing.opens)
        is_unknown = record.closing is None and not own and place not in self.left
        if is_unknown or (opens and record.outcome is not Outcome.APPLIED):
            return found
        try:
            touched = record.touched
        except InvalidInput:
            if own or record.closing is not None:
                raise
            del self.left[place]  # nothing is closed by it, and what a run of another version has left is not known
            return found
        seen = _seen(self.left.setdefault(place, {}), touched, () if opens else own)
        return found | {
            one: how for vserver, how in seen.items() if found.get(one := (record.measure, vserver)) != OPEN
        }

    def found_by(
        self, steps: Sequence[Step], closed: Collection[Closed], partition: str, measure: str
    ) -> set[ObjectId]:
        """Return what a measure closes in an admin partition, and steps of that measure that are planned make again."""
        own = [vserver for by, vserver in closed if by == measure]
        if any(step.object_id == RESPONDER and is_made(step) for step in steps) and self._has_policies(
            measure, partition
        ):
            return {*own}
        return {*_seen(dict(self.left.get((measure, partition), {})), steps, own)}

    def _has_policies(self, measure: str, partition: str) -> bool:
        return any(type_.endswith(BINDING) for type_, _key in self.left.get((measure, partition), ()))


def _seen(left: dict[ObjectId, Attributes], steps: Iterable[Step], own: Collection[ObjectId]) -> dict[ObjectId, str]:
    """Return how steps found what is closed, and change what is left.

    :param own: the virtual servers that the measure of the steps closes
    """
    found: dict[ObjectId, str] = {}
    for step in steps:
        if how := _how(step, left.get(step.object_id)):
            found |= {one: how for one in _about(step, left, own) if found.get(one) != OPEN}
        left.pop(step.object_id, None)
        if step.after is not None and step.type not in SWITCHES:
            left[step.object_id] = step.after
    return found


def enabling(record: ChangeRecord) -> StepState | None:
    """Return the state of the step by which a run switches the feature on that it found off; None where it does not. The other steps are not read: they may
    be of another version.
    """
    for values, state in zip(record.content.values.get("steps", ()), record.states, strict=True):
        before, after = (values.get(name) or {} for name in ("before", "after"))
        is_on = after.get("enabled") and not before.get("enabled", True)
        if (values["type"], tuple(values["key"])) == RESPONDER and is_on and state in (StepState.SENT, StepState.DONE):
            return state
    return None


def is_made(step: Step) -> bool:
    """Return True if a step makes something that was not there, or switches on what was off."""
    if step.type in SWITCHES:
        return bool(step.before is not None and not step.before.get("enabled") and (step.after or {}).get("enabled"))
    return step.before is None and step.after is not None


def found_nothing(record: ChangeRecord, vserver: ObjectId) -> bool:
    """Return True if a run found nothing that closes a virtual server by its measure: it has made it."""
    made = [step for step in record.touched if is_made(step)]
    bound = any(step.object_id == RESPONDER or _place(step) == vserver for step in made)
    found: dict[ObjectId, Attributes | None] = {}
    for step in record.touched:
        found.setdefault(step.object_id, step.before)
    filtered = any(id_[0] in ACLS and before is not None for id_, before in found.items())
    return bound or (not filtered and any(step.type in ACLS and _lasts(step.after) for step in made))


def has_made(record: ChangeRecord, vserver: ObjectId) -> bool:
    """Return True if a run surely has carried out all that it was to bind and to unbind at a virtual server."""
    planned = [step for step in record.steps if _place(step) == vserver]
    done = [step for step in record.touched if not record.is_only_sent(step)]
    return bool(planned) and all(step in done for step in planned)


def has_begun(record: ChangeRecord, vserver: ObjectId) -> bool:
    """Return False if a run was to bind something at a virtual server, or to apply ACLs, and has sent nothing of that."""
    planned = [step for step in record.steps if _place(step) == vserver]
    planned = planned or [step for step in record.steps if step.type in COMMITS.values() and step.after == APPLIED]
    return not planned or any(step in record.touched for step in planned)


def is_doubtful(record: ChangeRecord, vserver: ObjectId) -> bool:
    """Return True if a run was to close something by ACLs alone, and nobody knows whether it has applied any: no later run finds that out."""
    if any(_place(step) == vserver for step in record.steps):
        return False
    commits = [step for step in record.steps if step.type in COMMITS.values() and step.after == APPLIED]
    done = [step for step in record.touched if not record.is_only_sent(step)]
    return bool(commits) and not any(step in done for step in commits)


def has_unmade(record: ChangeRecord, vserver: ObjectId) -> bool:
    """Return True if a run found something that closes a virtual server, and has removed it."""
    removed = [step for step in record.touched if step.before is not None and step.after is None]
    return any(_place(step) == vserver or step.type in ACLS for step in removed)


def _lasts(attributes: Attributes | None) -> bool:
    return attributes is not None and _EXPIRES not in attributes


def _place(step: Step) -> ObjectId | None:
    """Return the virtual server at which a step binds something; None of another step."""
    return (step.type.partition("_")[0], step.key[:1]) if step.type.endswith(f"vserver_{BINDING}") else None


def _how(step: Step, left: Attributes | None) -> str:
    """Return how a run found an object that earlier ones have left; "" where it was as they left it, or does not decide."""
    if left is None or not (step.type.endswith(BINDING) or step.type in (*ACLS, *_ACTING, *_ENTRIES)):
        return ""
    if step.before is None:
        is_gone = step.type.endswith(BINDING) or step.type == POLICY or (step.type in ACLS and _lasts(left))
        return OPEN if is_gone else "" if step.type in ACLS else CHANGED
    if step.type in _ACTING:
        names = [name for name in _ACTING[step.type] if name in left and name in step.before]
        return CHANGED if any(step.before[name] != left[name] for name in names) else ""
    return "" if step.type.endswith(BINDING) or TYPES[step.type].same(step.before, left) else CHANGED


def _about(step: Step, left: Mapping[ObjectId, Attributes], own: Collection[ObjectId]) -> Iterator[ObjectId]:
    """Yield the virtual servers that an object closes, as far as that is known: an ACL names an address, and the record of a closing has none."""
    place = _place(step)
    if place is not None:
        yield from (one for one in own if one == place)
    elif step.type in ACLS:
        yield from own if len(own) == 1 else ()
    else:
        names = {step.key[0]} if step.type == POLICY else _policies_with(step.key[0], left)
        bound = {_place_of(id_) for id_, a in left.items() if id_[0].endswith(BINDING) and _bound(id_, a) in names}
        yield from (one for one in own if one in bound)


def _policies_with(name: str, left: Mapping[ObjectId, Attributes]) -> set[str]:
    """Return the policies whose rule or action names a set, an expression or an action, also by an expression."""
    expressions = {id_[1][0] for id_, a in left.items() if id_[0] == "policyexpression" and name in str(a.get("value"))}
    names = {name, *expressions}
    policies = ((id_[1][0], f"{a.get('rule')} {a.get('action')}") for id_, a in left.items() if id_[0] == POLICY)
    return {policy for policy, text in policies if any(one in text for one in names)}


def _bound(object_id: ObjectId, attributes: Attributes) -> str:
    attribute = TYPES[object_id[0]].policy_attribute
    return str(attributes[attribute]) if attribute else ""


def _place_of(object_id: ObjectId) -> ObjectId:
    return object_id[0].partition("_")[0], object_id[1][:1]
