# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Does what a step of closing left still close, or did somebody open it? Reads only, and few: it is compared, and requests are evaluated offline."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from ...appliance.nitro.builds import RESPONDER_AT_GATEWAYS, Build
from ...appliance.nitro.connection import Connection
from ...appliance.nitro.session import Row, Session
from ...appliance.object_reads.vserver_reads import read_vservers
from ...appliance.objects import dataset_entries
from ...appliance.objects.resource_types import HTTP_GLOBAL_TYPES, TYPES, Attributes, ObjectId
from ...appliance.objects.virtual_servers import Vserver
from ...catalogue.acknowledgement import Acknowledgement, of_policy
from ...catalogue.observing import POLICY
from ...change.planning.planner import State
from ...change.planning.state_reader import GLOBAL_BINDING, Scope, observe, take_rows
from ...change.planning.unsaved_changes import ConfigurationTexts
from ...change.records.change_record import ChangeRecord
from ...change.records.pending_edits import waiting_removals
from ...policies.let_past import LetPast
from ..inspection.named_objects import read_actions, read_named_objects
from ..inspection.unshown_bindings import unshown_by_records
from .closing_acls import PENDING, ClosingAcls
from .closing_files import FilesThere, files_there
from .closing_policies import STOPPED, ClosingPolicies
from .closing_renamed import gone
from .left_closing import ACTION, ENTRIES, EXPRESSION, LeftClosing, Objects
from .measure_in_place import FEATURE

GATEWAY = "vpnvserver"
Place = tuple[str, ObjectId]
"""Admin partition and virtual server."""
Found = tuple[str, bool]
"""Why requests are let in that a step is to stop, and True if that is sure."""


@dataclass(frozen=True)
class Standing:
    """How what a step closes stands at a node now, by place.

    :ivar open: why it is not closed
    :ivar not_decided: why it is not known whether all is stopped
    :ivar accepted: what a person has acknowledged that lets requests go on
    :ivar not_compared: what by which it is closed was not compared, which decides nothing
    """

    open: Mapping[Place, str] = field(default_factory=dict)
    not_decided: Mapping[Place, str] = field(default_factory=dict)
    accepted: Mapping[Place, str] = field(default_factory=dict)
    not_compared: Mapping[Place, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ClosingReader:
    """What is known of a step besides the appliance.

    :ivar measure: of the step
    :ivar records: of the appliance that are trusted, in the order of their chain
    :ivar acknowledgements: of persons; those of policies in front count
    """

    connection: Connection
    measure: str
    records: Sequence[ChangeRecord]
    acknowledgements: Sequence[Acknowledgement] = ()
    today: date = field(default_factory=lambda: datetime.now(UTC).date())

    def standing(self, session: Session, closed: Collection[Place]) -> Standing:
        """Return how the virtual servers stand that the measure closes by the records.

        :param session: with the node
        :raises TourniquetError: where something cannot be read
        """
        is_open: dict[Place, str] = {}
        not_decided: dict[Place, str] = {}
        accepted: dict[Place, str] = {}
        not_compared: dict[Place, str] = {}
        for partition in sorted({name for name, _object_id in closed}):
            at_node = self._at_node(session, partition, [one for name, one in closed if name == partition])
            for one in at_node.vservers:
                found, given = list(at_node.let_in(one)), at_node.accepted(one)
                sure, unsure = ([text for text, is_sure in found if is_sure is wanted] for wanted in (True, False))
                is_open |= {(partition, one): sure[0]} if sure else {}
                not_decided |= {(partition, one): unsure[0]} if unsure and not sure else {}
                accepted |= {(partition, one): "; ".join(given)} if given else {}
                skipped = at_node.not_compared(one)
                not_compared |= {(partition, one): "; ".join(skipped)} if skipped else {}
        return Standing(is_open, not_decided, accepted, not_compared)

    def _at_node(self, session: Session, partition: str, vservers: Sequence[ObjectId]) -> _AtNode:
        """Return what was read of an admin partition: its objects, and where ACLs close something, these and the virtual servers."""
        records = [one for one in self.records if one.partition == partition]
        closing = LeftClosing.of(one for one in records if one.measure == self.measure)
        build = next((node.build for node in self.connection.nodes if node.address == session.node), None)
        pending = frozenset(waiting_removals(record for record in records if record.measure == self.measure))
        at_node = _AtNode(self, closing, vservers, build, pending=pending)
        own = {id_: attributes for one in vservers for id_, attributes in closing.at(one).items()}
        sets = closing.sets_of({**own, **closing.acls})
        if not own and not closing.acls:
            return at_node
        with self.connection.inside(partition):
            in_front = [(GLOBAL_BINDING, ("", HTTP_GLOBAL_TYPES[0]))] if own else []
            state = observe(session, Scope.only([*own, *sets, *in_front, *(closing.locations if own else ())])).state
            objects = {**state.objects, **_of_others(session, state.objects, closing, records)}
            files = files_there(session, closing.locations, closing.files) if own else FilesThere()
            missing = gone(session, closing, vservers, state.objects)
            at_node = replace(at_node, state=State(objects, state.features), files=files, gone=missing)
            if not closing.acls:
                return at_node
            rows = {type_: session.read(type_) for type_ in sorted({id_[0] for id_ in closing.acls})}
            for type_, found in rows.items():
                take_rows({}, type_, found, session.where)  # refuses what is no ACL
            there = read_vservers(session, sorted({type_ for type_, _key in vservers}))
        return replace(at_node, acls=rows, there={one.object_id: one for one in there})


def _of_others(
    session: Session, objects: Objects, closing: LeftClosing, records: Sequence[ChangeRecord]
) -> dict[ObjectId, Attributes]:
    """Return what the policies of others that are bound need, to be evaluated; nothing is read where none is bound."""
    bound = [str(a[TYPES[id_[0]].policy_attribute]) for id_, a in objects.items() if TYPES[id_[0]].policy_attribute]
    if all((POLICY, (name,)) in closing.left for name in bound):
        return {}
    more = read_actions(session, objects)
    more |= read_named_objects(session, {**objects, **closing.named, **more})
    texts = ConfigurationTexts(session)
    return more | unshown_by_records(objects, records, lambda: texts.running)


@dataclass(frozen=True)
class _AtNode:
    """What a step closes in one admin partition, and what was read of it at a node.

    :ivar acls: by type, where ACLs close something
    :ivar there: the virtual servers of the node, likewise
    :ivar pending: the types of which our runs have left removals that are not applied
    :ivar files: by which the node knows the country of a client
    :ivar gone: the virtual servers that are not there any more, with what is known of them
    """

    reader: ClosingReader
    closing: LeftClosing
    vservers: Sequence[ObjectId]
    build: Build | None
    state: State = field(default_factory=State)
    acls: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    there: Mapping[ObjectId, Vserver] = field(default_factory=dict)
    pending: frozenset[str] = frozenset()
    files: FilesThere = field(default_factory=FilesThere)
    gone: Mapping[ObjectId, str] = field(default_factory=dict)

    def let_in(self, vserver: ObjectId) -> Iterator[Found]:
        """Yield why requests to a virtual server are let in that are to be stopped."""
        own = self.closing.at(vserver)
        if not own and not self.closing.acls:
            why = "our runs have left nothing there that closes it"
            yield (f"{why}; {PENDING}", False) if self.pending else (why, True)
        elif vserver in self.gone:
            yield self.gone[vserver], False
        elif own:
            yield from ((text, True) for text in self._undone(vserver, own))
            yield from self._located()
            yield from self._past(vserver, own)
        if self.closing.acls and vserver in self.there and self.there[vserver].addressable:
            yield from self._by_acls(self.there[vserver])

    def _by_acls(self, vserver: Vserver) -> Iterator[Found]:
        sets = self.closing.sets_of(self.closing.acls)
        acls = ClosingAcls(self.closing.acls, sets, self.acls, self.pending)
        yield from acls.why_open(vserver)
        yield from ((text, True) for text in _changed_sets(self.closing.sets_of(acls.about(vserver)), self.state))

    def _undone(self, vserver: ObjectId, own: Objects) -> Iterator[str]:
        """Yield what is not as it was left."""
        if not self.state.features.get(FEATURE):
            yield f"the feature {FEATURE} is off"
        build = self.build
        deaf = RESPONDER_AT_GATEWAYS.get(build.branch) if build is not None else None
        if vserver[0] == GATEWAY and build is not None and deaf is not None and deaf.covers(build.number):
            yield f"{build} runs, and {deaf.reason}"
        for id_, before in own.items():
            now = self.state.objects.get(id_)
            policy = TYPES[id_[0]].policy_attribute
            if now is None:
                yield f"{before[policy]} is not bound" if policy else f"{TYPES[id_[0]].noun} {id_[1][0]} is not there"
            elif _acts(id_, now, before) != _acts(id_, before, before):
                yield f"{TYPES[id_[0]].noun} {id_[1][0]} is not as our last run left it"
        yield from _changed_sets(self.closing.sets_of(own), self.state)

    def _located(self) -> Iterator[Found]:
        """Yield what is gone or another one of that by which the node knows the country of a client."""
        for id_, before in self.closing.locations.items():
            now, noun = self.state.objects.get(id_), TYPES[id_[0]].noun
            if now is None or (id_[0].startswith("locationfile") and not now):
                yield f"the {noun} of our last run is not loaded, so no country is known", True
            elif not TYPES[id_[0]].same(now, before):
                yield f"the {noun} is not as our last run left it", False
        yield from ((text, False) for text in self.files.other)

    def _past(self, vserver: ObjectId, own: Objects) -> Iterator[Found]:
        """Yield the policies in front of ours that let a request go on which ours would stop."""
        policies = self._policies(vserver, own)
        yield from ((text, True) for text in policies.why_open())
        for one in policies.let_past():
            if self._acknowledged(one.policy) is None:
                yield _told(one), one.is_sure and not one.by_one_reading

    def accepted(self, vserver: ObjectId) -> tuple[str, ...]:
        """Return what lets requests go on in front of ours there that a person has acknowledged, in words."""
        own = self.closing.at(vserver)
        past = self._policies(vserver, own).let_past() if own and self.reader.acknowledgements else ()
        given = [(_told(one), self._acknowledged(one.policy)) for one in past]
        return tuple(f"{text} ({by})" for text, by in given if by is not None)

    def not_compared(self, vserver: ObjectId) -> tuple[str, ...]:
        """Return what was not compared of that by which a virtual server is closed."""
        return self.files.not_compared if self.closing.at(vserver) else ()

    def _policies(self, vserver: ObjectId, own: Objects) -> ClosingPolicies:
        return ClosingPolicies(vserver, own, self.closing.named, self.state.objects)

    def _acknowledged(self, policy: str) -> Acknowledgement | None:
        return of_policy(self.reader.acknowledgements, policy, self.reader.measure, self.reader.today)


def _told(one: LetPast) -> str:
    """Return a policy in front in words."""
    both = (
        "; the guide says both, that END ends later bind points too and that it does not" if one.by_one_reading else ""
    )
    return f"{one.text(STOPPED)}{both}"


def _changed_sets(before: Objects, there: State) -> Iterator[str]:
    """Yield the sets of which somebody has added or removed an entry."""
    for name in dict.fromkeys(id_[1][0] for id_ in before):
        if _entries(before, name) != _entries(there.objects, name):
            yield f"the set {name} is not as our last run left it"


def _entries(objects: Objects, name: str) -> set[str]:
    """Return the entries of a set, whatever their order is."""
    found: set[str] = set()
    for (type_, key), attributes in objects.items():
        if type_ in ENTRIES and key[0] == name:
            holds = TYPES[type_].holds
            found |= {*dataset_entries.split(attributes.get(holds))} if holds else {str(attributes["String"])}
    return found


def _acts(object_id: ObjectId, attributes: Attributes, before: Attributes) -> Attributes:
    """Return of a policy, an action or an expression what it does to whom; of a binding nothing: where it leads decides :class:`ClosingPolicies`."""
    acts = {POLICY: ("rule", "action", "undefaction"), ACTION: ("type", "target"), EXPRESSION: ("value",)}
    return {name: attributes[name] for name in acts.get(object_id[0], ()) if name in before and name in attributes}
