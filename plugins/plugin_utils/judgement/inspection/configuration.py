# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read the configuration that a plan starts from, and work out the target: what shall be there afterwards."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ...appliance.nitro.session import Row, Session
from ...appliance.objects.resource_types import TYPES, Attributes, ObjectId
from ...catalogue.desired_state import Document
from ...catalogue.mitigation import Mitigation
from ...catalogue.run_parameters import AUDIT_LOG, Found, ResolvedParameters
from ...change.planning.binding_numbers import Numbered, with_numbers
from ...change.planning.kept_answers import with_present_answers
from ...change.planning.planner import State, Target
from ...change.planning.restored_settings import FormerSetting, former_settings, settings_to_restore
from ...change.planning.state_reader import Observation, Scope, observe, read_everywhere, read_members
from ...change.planning.stray_bindings import read_stray_bindings, unusable_places
from ...change.planning.unsaved_changes import ConfigurationTexts, is_changed
from ...change.records.authority import names_taken_over
from ...change.records.change_record import ChangeRecord
from ...change.records.pending_edits import unapplied
from ...change.records.unshown_attributes import last_written
from ...policies.hand_made import hand_made, parts_of, removable


@dataclass(frozen=True)
class ConfigurationFacts:
    """The running configuration as far as a plan depends on it, and the target.

    :ivar observation: the objects and features that were read, with hit counters
    :ivar target: the wanted objects; None for an object of ours that is no longer wanted
    :ivar restored: the settings that return to their former values, because nothing of ours needs them any more
    :ivar sources: by setting, the record that has its former value
    :ivar kept: the settings that keep our values, with the reason for each
    :ivar taken_over: the names of the policies and actions of others that go, because ours takes their place
    :ivar remarks: what could not be read, and which bindings are kept from their number
    :ivar document: the desired state with the numbers that its bindings have on this appliance
    :ivar unshown: the bindings of other measures of ours with what a read does not show
    """

    observation: Observation = field(default_factory=Observation)
    target: Target = field(default_factory=Target)
    restored: Mapping[ObjectId, Attributes] = field(default_factory=dict)
    sources: Mapping[ObjectId, ChangeRecord] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    taken_over: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    document: Document = field(default_factory=lambda: Document((), {}))
    unshown: Mapping[ObjectId, Attributes] = field(default_factory=dict)

    @property
    def state(self) -> State:
        """The objects and features that were read."""
        return self.observation.state

    @property
    def evaluated(self) -> dict[ObjectId, Attributes]:
        """The objects as the appliance evaluates them. Seals and fingerprints have them as they were read, whoever has the records."""
        return {**self.state.objects, **self.unshown}


def read_configuration(
    session: Session,
    config: Row,
    parameters: ResolvedParameters,
    records: Sequence[ChangeRecord],
    texts: ConfigurationTexts,
) -> ConfigurationFacts:
    """Read what a plan for these run parameters depends on.

    :param config: the row of nsconfig
    :param records: the change records of the measure on this control node
    :raises NitroError: if something cannot be read; an error is never taken for "absent"
    """
    former = former_settings(records)
    changed_by_us = frozenset(former)
    settings = {type_name for type_name, _key in former}
    # What was switched on is kept until a rollback restores it, also where a later run does not ask for it.
    kept = {id_: one for id_, one in former.items() if _is_kept(parameters, id_)}
    kept_on = {id_: one.left for id_, one in kept.items() if id_ not in parameters.document.objects}
    former = {id_: one for id_, one in former.items() if id_ not in kept}
    scope = Scope.of(parameters.document.objects, {*parameters.measure.traits.writing.set_types, *settings})
    observation = observe(session, scope)
    text = CurrentText(config, texts)
    objects = dict(observation.state.objects)
    objects |= _members_of_unwanted_sets(session, objects, parameters)
    stray, remarks = _stray_bindings(session, objects, parameters, text)
    objects |= stray
    gone = _hand_made_parts(session, objects, parameters)
    # An ACL edit of ours that was not applied does not always show in what NITRO returns.
    objects |= {commit: {"applied": False} for commit in unapplied(records)}
    state = State(objects, observation.state.features)
    numbered = _numbered(parameters, state, records)
    parameters = parameters.with_document(numbered.document)
    target = _target(parameters, state, records)
    # Settings of objects that are gone are gone with them.
    kept_on = {id_: left for id_, left in kept_on.items() if id_ in objects or not TYPES[id_[0]].of}
    wanted = {
        id_: attributes
        for id_, attributes in target.objects.items()
        if not _is_set_by_others(id_, attributes, state, changed_by_us)
    }
    target = replace(target, objects={**kept_on, **wanted, **dict.fromkeys(gone)})
    restored, used_by_others = _restored_settings(former, parameters, state, text)
    sources = {id_: record for id_ in restored if (record := former[id_].record) is not None}
    found = replace(observation, state=state)
    return ConfigurationFacts(
        observation=found,
        target=target,
        restored=restored,
        sources=sources,
        kept=tuple(used_by_others),
        taken_over=names_taken_over(gone),
        remarks=(*remarks, *numbered.remarks),
        document=numbered.document,
    )


def _numbered(parameters: ResolvedParameters, state: State, records: Sequence[ChangeRecord]) -> Numbered:
    """Return the desired state with what is there of its answers, and with the numbers of its bindings.

    A measure that is no mitigation has its numbers from the inventory.
    """
    measure = parameters.measure
    document = with_present_answers(parameters.document, parameters.appliance.marker, measure.id, state.objects)
    if not isinstance(measure, Mitigation):
        return Numbered(document)
    return with_numbers(document, measure.priority, state.objects, last_written(records))


def _is_kept(parameters: ResolvedParameters, setting: ObjectId) -> bool:
    """Return True if a run that does not ask for a setting keeps it: of a mitigation each, of another measure the log of its log actions."""
    logs = "auditmessageaction" in parameters.document.types
    return parameters.measure.traits.course.depends_on_build or (setting == AUDIT_LOG and logs)


@dataclass(frozen=True)
class CurrentText:
    """The configuration as ns.conf: the saved one if nothing is unsaved, because the check for drift reads it anyway."""

    config: Row
    texts: ConfigurationTexts

    def read(self) -> str | None:
        return self.texts.saved if is_changed(self.config) is False else self.texts.running


def _members_of_unwanted_sets(
    session: Session, objects: Mapping[ObjectId, Attributes], parameters: ResolvedParameters
) -> dict[ObjectId, Attributes]:
    """Read the members of sets of ours that the document no longer has: they are removed together with the set."""
    unwanted = [
        object_id
        for object_id, attributes in objects.items()
        if object_id[0] in parameters.measure.traits.writing.set_types
        and object_id not in parameters.document.objects
        and parameters.owner.owns(object_id, attributes)
    ]
    return read_members(session, unwanted) if unwanted else {}


def _stray_bindings(
    session: Session, objects: Mapping[ObjectId, Attributes], parameters: ResolvedParameters, text: CurrentText
) -> tuple[dict[ObjectId, Attributes], list[str]]:
    """Read bindings of our policies at places that the document does not name.

    ns.conf names the places; the bindings there are read through NITRO. Without an object of ours there can be no such binding.

    :returns: the bindings, and what could not be read
    """
    if not any(parameters.owner.owns(object_id, attributes) for object_id, attributes in objects.items()):
        return {}, []
    configuration = text.read()
    if configuration is None:
        return {}, [
            "whether ours is bound elsewhere too cannot be read (allow the user: show ns savedConfig, ns runningConfig)"
        ]
    known = Scope.of(parameters.document.objects)
    return (
        read_stray_bindings(session, configuration, parameters.owner, known),
        unusable_places(configuration, parameters.owner),
    )


def _hand_made_parts(
    session: Session, objects: dict[ObjectId, Attributes], parameters: ResolvedParameters
) -> tuple[ObjectId, ...]:
    """Return all objects of the same mitigation that others made by hand, if ours shall take their place.

    :param objects: what was read; every responder binding is added, since a policy with a binding cannot be removed
    :raises Refused: if a policy of theirs does something else too
    """
    measure = parameters.measure
    if (
        parameters.found != Found.REPLACE
        or not isinstance(measure, Mitigation)
        or not measure.traits.proving.judges_requests
    ):
        return ()
    found = hand_made(objects, measure.traffic, measure.versions, measure.references)
    policies = removable(found, where=parameters.appliance.name, option="found=replace", measure=measure.id)
    if not policies:
        return ()
    objects |= read_everywhere(session)
    return parts_of(objects, policies)


def _target(parameters: ResolvedParameters, state: State, records: Iterable[ChangeRecord]) -> Target:
    """Return the target. Edits of our earlier runs are applied even if no object of that kind is wanted any more."""
    objects: dict[ObjectId, Attributes | None] = {commit: {"applied": True} for commit in unapplied(records)}
    objects.update(parameters.document.objects)
    for object_id, attributes in state.objects.items():
        if object_id not in objects and parameters.owner.owns(object_id, attributes):
            objects[object_id] = None
    return Target(objects, {feature.upper(): True for feature in parameters.document.features})


def _is_set_by_others(
    object_id: ObjectId, wanted: Attributes | None, state: State, changed_by_us: Collection[ObjectId]
) -> bool:
    """Return True if a setting of others has the wanted value already, and not from us: then nothing of it is ours to save or to compare.

    The saved configuration does not show a setting that has its default, which differs between releases.
    """
    type_ = TYPES[object_id[0]]
    is_free = (
        type_.only_set and not any(a.default for a in type_.attributes.values()) and object_id not in changed_by_us
    )
    return is_free and type_.same(state.objects.get(object_id), wanted)


def _restored_settings(
    former: Mapping[ObjectId, FormerSetting], parameters: ResolvedParameters, state: State, text: CurrentText
) -> tuple[dict[ObjectId, Attributes], list[str]]:
    """Return the settings that get their former values back, and in words those that others rely on by now."""
    restored = settings_to_restore(former, parameters.document.objects, state.objects)
    kept = []
    for object_id in list(restored):
        configuration = text.read()
        why = (
            "the configuration cannot be read"
            if configuration is None
            else parameters.measure.users_of_setting(object_id, configuration, parameters.owner)
        )
        if why:
            del restored[object_id]
            kept.append(f"{object_id[0]} stays as we set it, although ours no longer needs it: {why}")
    return restored, kept
