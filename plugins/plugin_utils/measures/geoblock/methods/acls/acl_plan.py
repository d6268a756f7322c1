# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ACLs that are desired, and the stages that reach them: copies that expire by themselves come first.

Each new ACL is first applied as a copy with a ttl, if it or another new one denies: if the control node is locked out in spite of all
checks, or dies, the copies expire. Once it is proven that nobody is locked out, the permanent ACLs replace the copies within one apply.
``ttl`` cannot be changed later, so they are ACLs of their own; the copies are removed in the same edit, since an appliance may refuse two
equal ACLs (869), and until the apply the copies filter. It is open whether nsacl6 respects a ttl (the NITRO reference has it, the product pages
speak of IPv4 only). So of IPv6 one range comes first, as a permanent ACL, and the copies of the others only once it has locked out nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from .....appliance.nitro.rows import whole
from .....appliance.objects.ownership import SEPARATOR, Owner
from .....appliance.objects.resource_types import COMMITS, TYPES, Attributes, ObjectId
from .....appliance.objects.virtual_servers import Vserver
from .....catalogue.desired_state import Document, Stage
from .....catalogue.measure import Mode, Placement
from .....foundation.errors import InvalidInput
from ...appliance_facts import ApplianceFacts
from ...country_data.address_ranges import Spans, merge, parse_network
from ...country_data.compiled import Compiled
from ...country_data.policy import ALLOW, BLOCK
from ...geoblock_variables import Settings
from ..datasets import refresh
from ..datasets.data_set_forms import DataSetForms
from ..datasets.data_sets import ENTRY_LIMIT
from ..datasets.refresh import Sets, plan_sets
from .acl import Acl, Destination, dataset_acls, expiring_name, is_expiring, priorities, range_acls
from .acl_forms import AclForms

FAMILY = {"nsacl": 4, "nsacl6": 6}
APPLIED: dict[ObjectId, Attributes] = {(commit, ()): {"applied": True} for commit in COMMITS.values()}


@dataclass(frozen=True)
class AclPlan:
    """The desired ACLs, and what the stages need.

    :ivar acls: the permanent ones
    :ivar numbers: their priorities, and those of the copies, by name
    :ivar taken: the priorities of others, by type
    :ivar new: the ACLs that are not there yet, and deny or stand beside new ones that do: these are tried first
    :ivar copies: those of them that go in as copies, which have priorities of their own; for IPv6 there may be no room in the band
    :ivar canary: the range of IPv6 that goes first, for good; an allowlist cannot begin with a part of it
    """

    settings: Settings
    compiled: Compiled
    sets: Sets
    forms: AclForms
    acls: tuple[Acl, ...]
    numbers: Mapping[str, int]
    taken: Mapping[str, set[int]]
    new: tuple[Acl, ...]
    copies: tuple[Acl, ...]
    canary: Acl | None

    def attributes(self, acl: Acl) -> Attributes:
        """Return the attributes of a permanent ACL."""
        return acl.resource(self.numbers[acl.name])


def plan(
    owner: Owner,
    settings: Settings,
    compiled: Compiled,
    facts: ApplianceFacts,
    forms: AclForms,
    set_forms: Mapping[int, DataSetForms],
    effect: str = "",
) -> AclPlan:
    """Return the desired ACLs.

    :param effect: what is in place does "block" or "allow"; "" if nothing is
    :raises InvalidInput: if no free priorities are left
    """
    destinations = destinations_of(facts, settings)
    versions = {destination.version for destination in destinations}
    by_sets = facts.knows_datasets_in_acls and 4 in versions
    limit = min(settings.entries, ENTRY_LIMIT)
    sets = plan_sets(owner, compiled, facts.sets, (4,) if by_sets else (), limit=limit, forms=set_forms, effect=effect)
    acls: list[Acl] = []
    if by_sets:
        acls += dataset_acls(owner, compiled, sets.parts, destinations, forms)
    by_range = [one for one in destinations if one.version == 6 or not by_sets]
    if by_range:
        acls += range_acls(owner, compiled, by_range, forms)
    there = {type_name: own_priorities(owner, facts, type_name) for type_name in FAMILY}
    taken = {type_name: set(priorities_of(facts, type_name)) - {*there[type_name].values()} for type_name in FAMILY}
    new = tuple(acl for acl in acls if acl.name not in there[acl.type])
    if not any(acl.denies for acl in new):
        new = ()
    canary = None if compiled.allows else next((acl for acl in new if acl.type == "nsacl6"), None)
    numbers, tried = _numbers(acls, new, canary, there, taken, settings.acl_priority)
    return AclPlan(settings, compiled, sets, forms, tuple(acls), numbers, taken, new, tried, canary)


def _numbers(
    acls: Sequence[Acl],
    new: Sequence[Acl],
    canary: Acl | None,
    there: Mapping[str, Mapping[str, int]],
    taken: Mapping[str, set[int]],
    first: int,
) -> tuple[dict[str, int], tuple[Acl, ...]]:
    """Return the priorities of the ACLs and of their copies by name, and the ACLs that have a copy.

    :raises InvalidInput: if no free priorities are left
    """
    numbers: dict[str, int] = {}
    copied: list[Acl] = []
    for type_name in FAMILY:
        own = [acl for acl in acls if acl.type == type_name]
        found = priorities(own, there[type_name], first=first, taken=taken[type_name])
        busy = {*taken[type_name], *found.values()}
        copies = [acl for acl in new if acl.type == type_name and acl != canary]
        named = [replace(acl, name=expiring_name(acl.name)) for acl in copies]
        numbers |= found
        try:
            numbers |= priorities(named, there[type_name], first=first, taken=busy)
        except InvalidInput:
            if type_name == "nsacl":
                raise
            continue  # without copies one range of IPv6 comes first, and the remarks say so
        copied += copies
    return numbers, tuple(copied)


def document(owner: Owner, wanted: AclPlan) -> Document:
    """Return the desired state with its stages."""
    objects = wanted.sets.objects()
    objects |= {(acl.type, (acl.name,)): wanted.attributes(acl) for acl in wanted.acls}
    types = {acl.type for acl in wanted.acls}
    applied = {id_: attributes for id_, attributes in APPLIED.items() if TYPES[id_[0]].commits in types}
    stages = (*_bridged(owner, wanted, applied), *_rehearsal(wanted, applied))
    return Document((), {**objects, **applied}, stages=stages)


def _rehearsal(wanted: AclPlan, applied: Mapping[ObjectId, Attributes]) -> Iterator[Stage]:
    """Return the stages with copies that expire; those of IPv6, which may not expire, once one range of it has locked out nobody."""
    first: dict[ObjectId, Attributes | None] = {}
    then: dict[ObjectId, Attributes | None] = {}
    canary = wanted.canary
    if canary is not None:
        first[canary.type, (canary.name,)] = wanted.attributes(canary)
        first[canary.type, (expiring_name(canary.name),)] = None  # a dead run may have left its twin
    for acl in wanted.copies:
        name = expiring_name(acl.name)
        stage = then if canary is not None and acl.type == canary.type else first
        stage[acl.type, (name,)] = acl.resource(wanted.numbers[name], ttl=wanted.settings.expires)
    begin: dict[ObjectId, Attributes | None] = {**wanted.sets.objects(), **first, **applied}
    if first:
        yield Stage(begin, prove=True)
    if then:
        yield Stage({**begin, **then}, prove=True)


def _bridged(owner: Owner, wanted: AclPlan, applied: Mapping[ObjectId, Attributes]) -> Iterator[Stage]:
    """Return the stages in which an ACL of its own filters the addresses that stay, while entries of a data set change."""
    bridges = wanted.sets.bridge_parts(owner)
    if not bridges:
        return
    destinations = {acl.destination.value: acl.destination for acl in wanted.acls if acl.type == "nsacl"}
    ordered = [destinations[value] for value in sorted(destinations)]
    acls = dataset_acls(owner, wanted.compiled, bridges, ordered, wanted.forms)
    acls = [acl for acl in acls if acl.name not in wanted.numbers]
    taken = {*wanted.numbers.values(), *wanted.taken["nsacl"]}
    numbers = priorities(acls, {}, first=wanted.settings.acl_priority, taken=taken)
    rows: dict[ObjectId, Attributes | None] = {(acl.type, (acl.name,)): acl.resource(numbers[acl.name]) for acl in acls}
    yield Stage({**wanted.sets.bridge_objects(owner), **rows, **applied})
    yield Stage({**wanted.sets.content(), **applied})


def before(owner: Owner, facts: ApplianceFacts) -> dict[int, Spans] | None:
    """Return the addresses of our data sets and ACLs, by family; None if there are none.

    A family with one ACL is left out: it is the range that comes first, and the run died. Copies that expire do not count.
    """
    found = refresh.before(owner, facts.sets) or {}
    for type_name, version in FAMILY.items():
        key, source = TYPES[type_name].key[0], "srcipval" if version == 4 else "srcipv6val"
        own = [
            row
            for row in facts.acls.get(type_name, ())
            if owner.owns_name(name := str(row[key])) and not is_expiring(name)
        ]
        rows = [row for row in own if row.get(source)]
        if len(rows) > 1:
            found[version] = merge([*found.get(version, ()), *(parse_network(str(row[source]))[1] for row in rows)])
    return found or None


def current_effect(owner: Owner, facts: ApplianceFacts) -> str:
    """Return what our ACLs do now, "block" or "allow"; "" if there are none."""
    names = [name for type_name in FAMILY for name in own_priorities(owner, facts, type_name)]
    rest = f"{owner.name}{SEPARATOR}rest{SEPARATOR}"
    return (ALLOW if any(name.startswith(rest) for name in names) else BLOCK) if names else ""


# -- as placements of a measure -------------------------------------------------------------------------------------------


def placement(owner: Owner, vserver: Vserver) -> Placement:
    """Return the placement of a virtual server. ACLs have no bind point, and no observe mode."""
    policies = dict.fromkeys(Mode, f"{owner.name}{SEPARATOR}acls")
    return Placement(vserver.name, vserver.kind, vserver.name, "ACL", Mode.ENFORCE, policies)


def about(wanted: AclPlan, address: str) -> list[Acl]:
    """Return the ACLs whose destination is an address."""
    destination = Destination.of(address)
    return [acl for acl in wanted.acls if acl.destination == destination]


def mode_of(wanted: AclPlan, address: str, objects: Mapping[ObjectId, Attributes]) -> Mode | None:
    """Return the mode of an address: enforce if all its permanent ACLs are there, else None."""
    own = about(wanted, address)
    return Mode.ENFORCE if own and all((acl.type, (acl.name,)) in objects for acl in own) else None


def denying(wanted: AclPlan, address: str) -> list[str]:
    """Return the names of the ACLs of an address that deny."""
    return [acl.name for acl in about(wanted, address) if acl.denies]


def destinations_of(facts: ApplianceFacts, settings: Settings) -> list[Destination]:
    """Return the addresses of the virtual servers, each once, of the families of the policy."""
    found = [Destination.of(one.address) for one in facts.vservers if one.addressable]
    return [one for one in dict.fromkeys(found) if one.version in settings.policy.families]


def own_priorities(owner: Owner, facts: ApplianceFacts, type_name: str) -> dict[str, int]:
    key = TYPES[type_name].key[0]
    return {
        str(row[key]): whole(row.get("priority")) or 0
        for row in facts.acls.get(type_name, ())
        if owner.owns_name(str(row.get(key)))
    }


def priorities_of(facts: ApplianceFacts, type_name: str) -> list[int]:
    return [whole(row.get("priority")) or 0 for row in facts.acls.get(type_name, ())]
