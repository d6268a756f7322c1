# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Does what a step of closing left still close, or did somebody open it? Reads only, and few: it is compared, and a request is evaluated offline."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ...appliance.nitro.builds import RESPONDER_AT_GATEWAYS, Build
from ...appliance.nitro.connection import Connection
from ...appliance.nitro.session import Session
from ...appliance.objects import dataset_entries
from ...appliance.objects.resource_types import TYPES, Attributes, ObjectId
from ...catalogue.observing import POLICY
from ...catalogue.traffic import TrafficCase
from ...change.planning.planner import State
from ...change.planning.state_reader import Scope, observe
from ...change.records.change_record import ChangeRecord
from ...policies.policy_bank import PolicyBank, RequestOutcome, banks_of, request_of
from .measure_in_place import FEATURE

BINDING = "responderpolicy_binding"
"""What the types of the bindings at virtual servers end with."""
ACLS = ("nsacl", "nsacl6")
GATEWAY = "vpnvserver"
EXPRESSION = "policyexpression"
_NAMED = ("policydataset", "policypatset", "policyexpression")
"""What the types of the objects begin with that a rule names."""
_ENTRIES = ("policydataset_value_binding", "policypatset_pattern_binding")
_STRANGERS = [
    request_of(TrafficCase("ours", attack=False, method="GET", url=url), False) for url in ("/", "/not/listed")
]
"""Requests of a client whom no list names."""
Objects = Mapping[ObjectId, Attributes]


@dataclass(frozen=True)
class _Closing:
    """What the runs on the measure of a step have left in one admin partition."""

    left: Objects

    @property
    def acls(self) -> Objects:
        return {id_: attributes for id_, attributes in self.left.items() if id_[0] in ACLS}

    def at(self, vserver: ObjectId) -> Objects:
        """Return the bindings at a virtual server, what they bind, and the expressions that its rules name."""
        bindings = {id_: attributes for id_, attributes in self.left.items() if _bound_at(id_, attributes) == vserver}
        names = {str(attributes[TYPES[id_[0]].policy_attribute]) for id_, attributes in bindings.items()}
        policies = {id_: own for id_, own in self.left.items() if id_[0] == POLICY and id_[1][0] in names}
        rules = [str(attributes["rule"]) for attributes in policies.values()]
        named = {
            id_: own
            for id_, own in self.left.items()
            if id_[0] == EXPRESSION and any(id_[1][0] in rule for rule in rules)
        }
        return bindings | policies | named

    def sets_of(self, own: Objects) -> Objects:
        """Return the entries of the sets that the rules of some policies, or their expressions, name."""
        texts = [str(text) for a in own.values() for name in ("rule", "value") if (text := a.get(name)) is not None]
        return {
            id_: a for id_, a in self.left.items() if id_[0] in _ENTRIES and any(f'"{id_[1][0]}"' in t for t in texts)
        }


def opened_by_others(
    connection: Connection,
    session: Session,
    records: Iterable[ChangeRecord],
    closed: Collection[tuple[str, ObjectId]],
) -> dict[tuple[str, ObjectId], str]:
    """Return those of the virtual servers that a measure closes by the records and that are not closed by it at a node now, each with the reason.

    :param session: with the node
    :param records: of the measure, in the order of their chain
    :param closed: each with its admin partition
    :raises TourniquetError: where something cannot be read
    """
    found: dict[tuple[str, ObjectId], str] = {}
    records = tuple(records)
    build = next((node.build for node in connection.nodes if node.address == session.node), None)
    for partition in sorted({name for name, _object_id in closed}):
        closing = _Closing(_left(record for record in records if record.partition == partition))
        at = {one: closing.at(one) for name, one in closed if name == partition}
        sets = [id_ for own in at.values() for id_ in closing.sets_of(own)]
        wanted = [*closing.acls, *(id_ for own in at.values() for id_ in own), *sets]
        if not wanted:
            continue
        with connection.inside(partition):
            there = observe(session, Scope.only(wanted)).state
        for one, own in at.items():
            why = next(_why_open(build, one, own, closing, there), "")
            found |= {(partition, one): why} if why else {}
    return found


def _left(records: Iterable[ChangeRecord]) -> dict[ObjectId, Attributes]:
    left: dict[ObjectId, Attributes] = {}
    for step in (step for record in records for step in record.touched):
        left.pop(step.object_id, None)
        if step.after is not None:
            left[step.object_id] = step.after
    return left


def _bound_at(object_id: ObjectId, attributes: Attributes) -> ObjectId | None:
    """Return the virtual server of a binding of a responder policy; None of another object."""
    vserver, _underscore, what = object_id[0].partition("_")
    return (vserver, (str(attributes["name"]),)) if what == BINDING else None


def _why_open(build: Build | None, vserver: ObjectId, own: Objects, closing: _Closing, there: State) -> Iterator[str]:
    if own and not there.features.get(FEATURE):
        yield f"the feature {FEATURE} is off"
    deaf = RESPONDER_AT_GATEWAYS.get(build.branch) if build is not None else None
    if own and vserver[0] == GATEWAY and build is not None and deaf is not None and deaf.covers(build.number):
        yield f"{build} runs, and {deaf.reason}"
    for id_, before in {**own, **closing.acls}.items():
        now = there.objects.get(id_)
        policy = TYPES[id_[0]].policy_attribute
        if now is None:
            yield f"{before[policy]} is not bound" if policy else f"{TYPES[id_[0]].noun} {id_[1][0]} is not there"
        elif _acts(id_, now) != _acts(id_, before):
            yield f"{TYPES[id_[0]].noun} {id_[1][0]} is not as our last run left it"
    yield from _changed_sets(closing.sets_of(own), there)
    yield from _let_past(own, closing.left, there)


def _changed_sets(before: Objects, there: State) -> Iterator[str]:
    """Yield the sets of which somebody has added or removed an entry."""
    for name in dict.fromkeys(id_[1][0] for id_ in before):
        if _entries(before, name) != _entries(there.objects, name):
            yield f"the set {name} is not as our last run left it"


def _entries(objects: Objects, name: str) -> set[str]:
    """Return the entries of a set, whatever their order is."""
    found: set[str] = set()
    for (type_, key), attributes in objects.items():
        if type_ in _ENTRIES and key[0] == name:
            holds = TYPES[type_].holds
            found |= {*dataset_entries.split(attributes.get(holds))} if holds else {str(attributes["String"])}
    return found


def _acts(object_id: ObjectId, attributes: Attributes) -> Attributes:
    """Return of a policy or an expression what it does to whom, and of an ACL all; of a binding nothing: where it leads decides :func:`_let_past`."""
    if object_id[0] in ACLS:
        return attributes
    shown = ("rule", "action", "value") if object_id[0] in (POLICY, EXPRESSION) else ()
    return {name: attributes[name] for name in shown if name in attributes}


def _let_past(own: Objects, left: Objects, there: State) -> Iterator[str]:
    """Yield the policies in front of ours that let a request go on which ours would answer."""
    sets = {id_: attributes for id_, attributes in left.items() if id_[0].startswith(_NAMED)}
    now = banks_of({**sets, **there.objects})
    for place, bank in banks_of({**sets, **own}).items():
        for request in _STRANGERS:
            if bank.evaluate(request).outcome is not RequestOutcome.BLOCKED or place not in now:
                continue
            passed = now[place].evaluate(request)
            if passed.outcome is RequestOutcome.PASSED:
                yield f"{passed.policy or 'nothing'} lets requests go on in front of {_first(bank)} at {place}"


def _first(bank: PolicyBank) -> str:
    return bank.bank.policies[0].policy
