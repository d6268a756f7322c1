# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the steps of a change record may change: the one check that every record passes before a run acts upon it. Pure.

A step is carried out, restored or explained by a record only where :data:`RULES` covers it: objects of the record's own measure, features
and settings that this measure declares (:class:`Reach`), and the state of virtual servers in records of lockdowns and reopenings. An
object that a run adopted has our name, so it is covered like our own. A hand-made mitigation that a run replaced may be removed by that run
alone, and given back by its rollback, in exactly the state in which the record of that run has it. The rules hold for every record,
however it is authenticated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ...appliance.objects.ownership import Owner
from ...appliance.objects.resource_types import TYPES, Attributes, ObjectId
from ...appliance.objects.steps import FEATURE, SWITCHES, Step
from ...appliance.objects.virtual_servers import VSERVER_TYPES
from ...catalogue.measure import Reach
from .change_record import ChangeRecord
from .provenance import ProvenanceKind
from .record_states import RecordKind

TAKEN_OVER = ("responderpolicy", "responderaction", "auditmessageaction")
"""The types of others that a run removes where it is told to replace a hand-made mitigation; and the bindings of these policies."""
_BINDINGS = tuple(name for name, type_ in TYPES.items() if type_.policy_attribute)
ON, OFF = {"enabled": True}, {"enabled": False}


def names_taken_over(objects: Iterable[ObjectId]) -> tuple[str, ...]:
    """Return the names of the policies and actions among objects of others that a run removes, each once."""
    return tuple(dict.fromkeys(key[0] for type_, key in objects if type_ in TAKEN_OVER))


class ObjectKind(StrEnum):
    """The kinds of objects that steps change, by what shows whose an object is."""

    NAMED = "named object"
    BINDING = "binding of a policy"
    MEMBER = "member of a set"
    FILE = "location file"
    SETTING = "setting of the appliance"
    APPLY_COMMAND = "command that applies ACLs"
    FEATURE = "feature"
    VSERVER = "virtual server"


def object_kind(type_name: str) -> ObjectKind:
    """Return the kind of the objects of a type that steps can have."""
    if type_name in VSERVER_TYPES:
        return ObjectKind.VSERVER
    if type_name == FEATURE:
        return ObjectKind.FEATURE
    type_ = TYPES[type_name]
    if type_.bound:
        return ObjectKind.BINDING if type_.policy_attribute else ObjectKind.MEMBER
    if type_.commits:
        return ObjectKind.APPLY_COMMAND
    if type_.only_set:
        return ObjectKind.SETTING
    if type_.is_singleton:
        return ObjectKind.FILE
    return ObjectKind.NAMED


@dataclass(frozen=True)
class _Claim:
    """One step of a record, with what decides about it.

    :ivar edited: the types of all steps of the record
    :ivar found_off: the virtual servers that were off before the run, by the record's own list
    :ivar taken_over: the policies and actions of others that the run removed, by the record's own list
    :ivar replaced: for a rollback, the objects of others that the runs before it removed, as their records have them
    """

    step: Step
    kind: RecordKind
    reach: Reach
    owner: Owner
    edited: frozenset[str]
    found_off: frozenset[ObjectId]
    taken_over: frozenset[str]
    replaced: Mapping[ObjectId, Attributes] = field(default_factory=dict)

    def is_of_others(self, name: str) -> bool:
        """True if the step may change a policy of others, or what belongs to it: the run replaces it, or gives it back."""
        return self.takes_over(name) or self.gives_back()

    def takes_over(self, name: str) -> bool:
        """True if the step removes a policy of others, or what belongs to it, that the run was told to replace. It brings nothing in."""
        return name in self.taken_over and self.step.type in (*TAKEN_OVER, *_BINDINGS) and self.step.after is None

    def gives_back(self) -> bool:
        """True if the step makes again what a run that the rollback undoes had removed, exactly as it was. It changes nothing that is there."""
        step, earlier = self.step, self.replaced.get(self.step.object_id)
        return step.before is None and earlier is not None and TYPES[step.type].same(step.after, earlier)


Rule = Callable[[_Claim], str]
"""Returns why a step is not covered, as a clause about its object; "" if it is."""


def _own_name(claim: _Claim) -> str:
    name = claim.step.key[0]
    is_ours = claim.owner.owns_name(name) or claim.is_of_others(name)
    return "" if is_ours else f"is not an object of {claim.reach.measure} by its name"


def _own_policy(claim: _Claim) -> str:
    type_ = TYPES[claim.step.type]
    policy = claim.step.key[type_.key.index(type_.policy_attribute)]
    is_ours = claim.owner.owns_name(policy) or claim.is_of_others(policy)
    return "" if is_ours else f"binds {policy}, which is not a policy of {claim.reach.measure}"


def _own_set(claim: _Claim) -> str:
    type_ = TYPES[claim.step.type]
    name = claim.step.key[type_.key.index(type_.parent)]
    return "" if claim.owner.owns_name(name) else f"is a member of {name}, which is not a set of {claim.reach.measure}"


def _own_file(claim: _Claim) -> str:
    for state in filter(None, (claim.step.before, claim.step.after)):
        directory, _slash, name = str(state.get("Locationfile", "")).rpartition("/")
        if not claim.owner.owns_name(name) or directory != claim.reach.file_directory:
            return f"names the file {directory}/{name}, which is not a file of {claim.reach.measure}"
    return ""


def _declared_setting(claim: _Claim) -> str:
    return (
        "" if claim.step.type in claim.reach.setting_types else f"is a setting that {claim.reach.measure} never changes"
    )


def _with_own_acls(claim: _Claim) -> str:
    edited = TYPES[claim.step.type].commits
    if edited in claim.reach.set_types or edited in claim.edited:
        return ""
    return f"applies ACLs, and {claim.reach.measure} has none"


def _enabled_feature(claim: _Claim) -> str:
    return _switched_feature(claim, enables=True)


def _disabled_feature(claim: _Claim) -> str:
    return _switched_feature(claim, enables=False)


def _switched_feature(claim: _Claim, *, enables: bool) -> str:
    if claim.step.key[0] not in claim.reach.features:
        return f"is a feature that {claim.reach.measure} never enables"
    expected = (OFF, ON) if enables else (ON, OFF)
    is_expected = (claim.step.before, claim.step.after) == expected
    return "" if is_expected else f"is not {'enabled' if enables else 'disabled'} by this step"


def _switched_off(claim: _Claim) -> str:
    if claim.step.object_id in claim.found_off:
        return "was off before, by the list of the record"
    return "" if (claim.step.before, claim.step.after) == (ON, OFF) else "was not switched off by this step"


def _switched_on(claim: _Claim) -> str:
    return "" if (claim.step.before, claim.step.after) == (OFF, ON) else "was not switched on by this step"


_OF_A_MEASURE: Mapping[ObjectKind, Rule] = {
    ObjectKind.NAMED: _own_name,
    ObjectKind.BINDING: _own_policy,
    ObjectKind.MEMBER: _own_set,
    ObjectKind.FILE: _own_file,
    ObjectKind.SETTING: _declared_setting,
    ObjectKind.APPLY_COMMAND: _with_own_acls,
}
RULES: Mapping[RecordKind, Mapping[ObjectKind, Rule]] = {
    RecordKind.APPLY: {**_OF_A_MEASURE, ObjectKind.FEATURE: _enabled_feature},
    RecordKind.ROLLBACK: {**_OF_A_MEASURE, ObjectKind.FEATURE: _disabled_feature},
    RecordKind.VERIFY: {},
    RecordKind.LOCKDOWN: {ObjectKind.VSERVER: _switched_off},
    RecordKind.REOPEN: {ObjectKind.VSERVER: _switched_on},
    RecordKind.END_SESSIONS: {},
    RecordKind.NODE_LOCAL: {},
}
"""By kind of record and kind of object, the rule for a step; a step without a rule is not covered."""


def step_objections(record: ChangeRecord, reach: Reach, earlier: Iterable[ChangeRecord] = ()) -> list[str]:
    """Return why steps of a record are not covered, as clauses that name the object; empty where all are.

    :param reach: what the measure of the run that would act upon the record may change
    :param earlier: the records before it by the chain that a run may act upon
    :raises InvalidInput: where a step is not valid
    """
    if record.measure != reach.measure:
        return [f"the record is of the measure {record.measure}, and not of {reach.measure}"]
    steps, owner = record.steps, Owner(reach.measure, 1)
    edited = frozenset(step.type for step in steps)
    found_off = frozenset(vserver.object_id for vserver in record.vservers if vserver.enabled is False)
    taken_over, replaced = record.taken_over, _replaced(record, reach, earlier)
    claims = (_Claim(step, record.kind, reach, owner, edited, found_off, taken_over, replaced) for step in steps)
    return [text for claim in claims if (text := _objection(claim))]


def _replaced(record: ChangeRecord, reach: Reach, earlier: Iterable[ChangeRecord]) -> dict[ObjectId, Attributes]:
    """Return the objects of others that the runs which a rollback undoes had removed, each as the first of them found it."""
    if record.kind is not RecordKind.ROLLBACK:
        return {}
    undone = [
        one
        for one in earlier
        if one.kind is RecordKind.APPLY
        and one.name in record.undoes
        and (one.measure, one.partition) == (reach.measure, record.partition)
    ]
    found: dict[ObjectId, Attributes] = {}
    for one in undone:
        for step in one.touched:
            if _policy_of(step) in one.taken_over and step.before is not None and step.after is None:
                found.setdefault(step.object_id, step.before)
    return found


def _policy_of(step: Step) -> str:
    """Return the name of the policy or action of a step, or of the policy that it binds; "" for what a run never replaces."""
    if step.type in TAKEN_OVER:
        return step.key[0]
    return step.key[TYPES[step.type].key.index(TYPES[step.type].policy_attribute)] if step.type in _BINDINGS else ""


def restored_objections(record: ChangeRecord, earlier: Iterable[ChangeRecord]) -> list[str]:
    """Return which states that the undo of a record would restore nobody vouches for, as clauses that name the object.

    A record of our own, or one that a known control node signed, vouches for what it found before its change. So does an older record
    of this directory that a person has signed again. A copy that a person accepts by name does not: what it would restore must be the
    default of a setting, or a state that an earlier record of the chain has. Our name and comment are no evidence: the copy could say them.

    :param earlier: the records before it by the chain that a run may act upon
    """
    is_accepted = record.is_fetched and record.provenance.kind is ProvenanceKind.ACCEPTED
    if record.kind is not RecordKind.APPLY or not is_accepted:
        return []
    recorded: dict[ObjectId, list[Attributes | None]] = {}
    for step in (step for other in earlier for step in other.touched):
        recorded.setdefault(step.object_id, []).extend((step.before, step.after))
    first: dict[ObjectId, Step] = {}
    for step in record.touched:
        first.setdefault(step.object_id, step)
    return [
        f"{_named(step)} would get a state that no earlier record of a known control node has"
        for step in first.values()
        if _restores(step)
        and not any(TYPES[step.type].same(step.before, state) for state in recorded.get(step.object_id, ()))
    ]


def _restores(step: Step) -> bool:
    """True if the undo of a covered step brings back attributes that only its record has."""
    kind = object_kind(step.type)
    if kind in (ObjectKind.FEATURE, ObjectKind.APPLY_COMMAND):
        return False
    return bool(step.before) if kind is ObjectKind.SETTING else step.before is not None


def _objection(claim: _Claim) -> str:
    kind = object_kind(claim.step.type)
    rule = RULES[claim.kind].get(kind)
    why = f"is a {kind}, which no {claim.kind} changes" if rule is None else rule(claim)
    return why and f"{_named(claim.step)} {why}"


def _named(step: Step) -> str:
    noun = SWITCHES[step.type] if step.type in SWITCHES else TYPES[step.type].noun
    return " ".join((noun, *step.key))
