# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The conflicts and remarks of the method acls: the order of all ACLs, and the addresses that would be denied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from .....appliance.objects.ownership import Owner
from .....appliance.objects.resource_types import TYPES, Attributes, ObjectId
from .....catalogue.measure import Mode
from .....change.planning.state_reader import is_enabled
from ...appliance_facts import ApplianceFacts
from ...country_data.address_ranges import parse_network
from ...country_data.lockout_check import Protected
from ...geoblock_variables import LAST_BAND
from ...protected_addresses import Protection
from . import acl_plan
from .acl import CONSENT_ABOVE
from .order import AclRule, newly_denied, opened, own_rule, passed_by, rule_of


def problems(
    owner: Owner,
    wanted: acl_plan.AclPlan,
    objects: Mapping[ObjectId, Attributes],
    facts: ApplianceFacts,
    protection: Protection,
) -> Iterator[tuple[str, str]]:
    """Return what forbids this method, each with its fix."""
    settings = wanted.settings
    if settings.mode != Mode.ENFORCE:
        yield "ACLs block or do not: they have no observe mode.", "Set geoblock_mode: enforce, or take another method."
    if len(wanted.acls) > CONSENT_ABOVE and not settings.many_acls:
        yield (
            f"it takes {len(wanted.acls):,} ACLs, and nobody has published experience with more than {CONSENT_ABOVE:,}.",
            "Take another method, or accept it with geoblock_many_acls: true.",
        )
    management = {parse_network(one.entry) for one in _as_protected(protection.management)}
    for one in facts.vservers:
        if one.addressable and parse_network(one.address) in management:
            yield (
                f"{one} has an address of the management, which ACLs would filter as well.",
                "Take another method, or give it an address of its own.",
            )
    for type_name, version in acl_plan.FAMILY.items():
        ours = _ours(wanted, objects, type_name, version)
        yield from _order_problems(owner, wanted, ours, facts, protection, type_name, version)


def _order_problems(
    owner: Owner,
    wanted: acl_plan.AclPlan,
    ours: list[AclRule],
    facts: ApplianceFacts,
    protection: Protection,
    type_name: str,
    version: int,
) -> Iterator[tuple[str, str]]:
    rows = facts.acls.get(type_name, [])
    others = _others(owner, facts, type_name, version)
    for allow, deny in opened(ours, others):
        text = f"{allow.name} of ours (priority {allow.priority}) would allow packets before {deny.name} of somebody else denies it"
        behind = f"Choose a band behind it: geoblock_acl_priority: {deny.priority + 1}."
        too_far = "Have it moved to a lower priority number: behind it there is no room for ours."
        yield f"{text} (priority {deny.priority}).", behind if deny.priority < LAST_BAND else too_far
    sources = _addresses(protection.everybody, version)
    destinations = [
        parse_network(one.value)[1][0]
        for one in acl_plan.destinations_of(facts, wanted.settings)
        if one.version == version
    ]
    destinations += _addresses(_as_protected(protection.management), version)
    present = [rule_of(row, version) for row in rows if is_enabled(row)]
    for what, rule in newly_denied(present, [*others, *ours], sources, destinations)[:3]:
        yield f"{what} would be denied by {rule.name}.", "Add it to geoblock_exceptions or geoblock_networks."


def remarks(
    owner: Owner, wanted: acl_plan.AclPlan, objects: Mapping[ObjectId, Attributes], facts: ApplianceFacts
) -> list[str]:
    """Return what a person should know of the order."""
    found = []
    for type_name, version in acl_plan.FAMILY.items():
        passing = passed_by(_ours(wanted, objects, type_name, version), _others(owner, facts, type_name, version))
        found += [
            f"{rule.name} of somebody else allows packets before ours deny them (priority {rule.priority})"
            for rule in passing[:5]
        ]
    found += [
        f"{one} has the same address as a virtual server of geoblock_vservers: its clients are filtered as well"
        for one in facts.at_same_address
    ]
    number, sets = len(wanted.acls), len(wanted.sets.parts)
    found.append(f"{number:,} ACLs" + (f", {sets} data sets" if sets else ""))
    if any(acl.type == "nsacl" for acl in wanted.new):
        found.append(
            f"first copies that expire after {wanted.settings.expires} seconds by themselves; the permanent ones once nobody was locked out"
        )
    if any(acl.type == "nsacl6" for acl in wanted.new):
        found += _about_ipv6(wanted)
    return found


def _about_ipv6(wanted: acl_plan.AclPlan) -> Iterator[str]:
    copied = any(acl.type == "nsacl6" for acl in wanted.copies)
    if wanted.canary is None:
        how = "its copies may stay" if copied else "there are no priorities for copies of it"
        yield f"NOT CHECKED: IPv6 ACLs may not expire by themselves, and an allowlist cannot begin with a part of it: {how}"
        return
    then = ", then copies of the others, which may not expire on an appliance" if copied else ""
    yield f"of IPv6 one range goes first{then}; the others once nobody was locked out"
    if not copied and sum(acl.type == "nsacl6" for acl in wanted.new) > 1:
        yield "no copies of IPv6 ACLs: the band has not enough free priorities for them (geoblock_acl_priority)"


def _others(owner: Owner, facts: ApplianceFacts, type_name: str, version: int) -> list[AclRule]:
    key = TYPES[type_name].key[0]
    rows = facts.acls.get(type_name, [])
    return [rule_of(row, version) for row in rows if not owner.owns_name(str(row[key])) and is_enabled(row)]


def _ours(
    wanted: acl_plan.AclPlan, objects: Mapping[ObjectId, Attributes], type_name: str, version: int
) -> list[AclRule]:
    """Return the rules of the ACLs as they are sent. A data set stands for what it holds."""
    spans_by_set = {one.name: one.spans for one in wanted.sets.parts}
    return [
        own_rule(key[0], attributes, version, spans_by_set)
        for (type_, key), attributes in objects.items()
        if type_ == type_name
    ]


def _as_protected(addresses: Iterable[str]) -> list[Protected]:
    return [
        Protected(address, "the management")
        for address in addresses
        if address.replace(".", "").isdecimal() or ":" in address
    ]


def _addresses(everybody: Iterable[Protected], version: int) -> dict[int, str]:
    """Return single addresses and the ends of networks, of one family."""
    found: dict[int, str] = {}
    for one in everybody:
        own_version, span = parse_network(one.entry)
        if own_version == version:
            for address in span:
                found.setdefault(address, f"{one.what} {one.entry}")
    return found
