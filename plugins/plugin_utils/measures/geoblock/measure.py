# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The measure geoblock (docs/geoblocking.md): who is shut out follows from where a request comes from.

What shall be on an appliance depends on what it has: which way is open, which data sets and priorities are there. So the measure
looks first, and only then there is a document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import Document
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import (
    Check,
    Measure,
    Placement,
    Version,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import Traffic, TrafficCase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock import acl_problems
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock import policies as rules
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.appliance_facts import (
    ApplianceFacts,
    look_at,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.address_ranges import (
    Spans,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.compiled import (
    Compiled,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.compiler import (
    compile_policy,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.gaps import (
    ACLS,
    DATASETS,
    LOCATION,
    not_covered,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.gaps import (
    Vip as CoveredVip,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.lockout_check import (
    hits,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.preview import (
    changes,
    preview,
    refuse_large_change,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.current_block import in_place
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.method_choice import choose
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods import (
    acl,
    dataset,
    location,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.dataset_rules import (
    ENTRY_LIMIT,
    dataset_rules,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.location_file import (
    DIRECTORY,
    location_rules,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.protected_addresses import (
    Protection,
    read_protected,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.settings import Settings
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.resource_types import Attributes, ObjectId
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.virtual_servers import Vserver
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.session import DEFAULT

ID = "geoblock"
VERSIONS = {1: Version("Countries and networks, by location file, data sets or ACLs", date(2026, 11, 26))}
# What anybody may ask, to see that legitimate users are still served.
TRAFFIC = Traffic((TrafficCase("served", attack=False, method="GET", url="/", session="without", probe=True),))


def load_geoblock(value: Any, host: str, today: date) -> Geoblock:
    """The measure from the variables ``geoblock_*`` of a host.

    :raises InvalidInput: naming the host, the variable and the fix
    """
    return Geoblock(
        id=ID,
        title="Geoblocking",
        current_version=max(VERSIONS),
        versions=VERSIONS,
        traffic=TRAFFIC,
        settings=Settings.from_variables(value, where=host),
        today=today,
    )


@dataclass(frozen=True)
class Found:
    """What is known of one appliance, and which way follows from it.

    :ivar sets: the data sets, where the way is by them; likewise acls
    :ivar unread: what of that is not known, in words
    :ivar before: the set that is in place now, by family; None where there is none, or it is not known
    :ivar effect: what is in place does "block" or "allow", "" where nothing is
    """

    settings: Settings
    compiled: Compiled
    look: ApplianceFacts
    protection: Protection
    way: str
    reason: str
    faults: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    before: Mapping[int, Spans] | None = None
    effect: str = ""
    sets: dataset.Sets | None = None
    acls: acl.Plan | None = None


@dataclass(frozen=True, kw_only=True)
class Geoblock(Measure):
    """What is asked for on one appliance; ``found`` once it was looked at."""

    settings: Settings | None
    today: date
    found: Found | None = field(default=None, repr=False)

    source_based: ClassVar[bool] = True
    set_types: ClassVar[tuple[str, ...]] = (
        "policydataset",
        "policyexpression",
        "locationfile",
        "locationfile6",
        "nsacl",
        "nsacl6",
    )
    file_directory: ClassVar[str] = DIRECTORY
    priority_variable: ClassVar[str] = "geoblock_priority: {free}"

    @property
    def parts(self) -> tuple[Placement, ...]:
        if self.found is None:
            return ()
        owner, vservers = Owner(self.id, 1), self.found.look.vservers
        if self.found.way == ACLS:
            return tuple(acl.part(owner, one) for one in vservers if one.addressable)
        return rules.parts(owner, self.found.settings, vservers)

    def modes(self, objects: Mapping[ObjectId, Attributes]) -> Mapping[Placement, str]:
        if self.found is None or self.found.acls is None:
            return super().modes(objects)
        return {part: acl.mode_of(self.found.acls, self._address(part), objects) for part in self.parts}

    def counted_by(self, part: Placement) -> Sequence[str]:
        if self.found is None or self.found.acls is None:
            return super().counted_by(part)
        return acl.denying(self.found.acls, self._address(part))

    def _address(self, part: Placement) -> str:
        """Where the virtual server of a part answers."""
        vservers = self.found.look.vservers if self.found else ()
        return next(one.address for one in vservers if (one.kind, one.name) == (part.kind, part.vserver))

    def inside(self, partition: str) -> Geoblock:
        """A location file and ACLs belong to the whole appliance, so an admin partition of its own gets none."""
        return self if partition == DEFAULT else replace(self, settings=None, found=None)

    def resolve(self, connection: Connection, owner: Owner) -> Geoblock:
        if self.settings is None:
            return self
        with _naming(connection.appliance.name):
            return replace(self, found=self._found(self.settings, connection, owner))

    def _found(self, settings: Settings, connection: Connection, owner: Owner) -> Found:
        compiled = compile_policy(
            settings.policy, settings.source, settings.cache, accept=settings.accept, today=self.today
        )
        look = look_at(connection, owner, settings)
        _refuse_nothing(settings, look)
        way, reason = choose(settings, look, owner)
        there = in_place(connection, owner, settings, compiled, look, way)
        found = Found(
            settings,
            compiled,
            look,
            read_protected(connection, settings.policy.families, settings.trusted_proxies),
            way,
            reason,
            unread=there.unread,
            before=there.spans,
            effect=there.effect,
        )
        if way == LOCATION:
            location.keep_large(owner, compiled, settings.cache)
            return replace(found, faults=tuple(location.faults(connection, owner, compiled, look)))
        if way == ACLS:
            return replace(found, acls=acl.plan(owner, settings, compiled, look, there.effect))
        families, limit = settings.policy.families, min(settings.entries, ENTRY_LIMIT)
        sets = dataset.plan_sets(owner, compiled, look.sets, families, limit=limit, effect=there.effect)
        return replace(found, sets=sets)

    def document(self, owner: Owner, *, where: str, marker: str) -> Document:
        found = self.found
        if found is None:
            return Document((), {})
        settings = found.settings
        if found.acls is not None:
            return acl.document(owner, found.acls)
        with _naming(where):
            sets = found.sets
            wanted = location_rules(found.compiled) if sets is None else dataset_rules(found.compiled, sets.parts)
        located = found.way == LOCATION
        policies = rules.policies(owner, settings, wanted, self.parts, located=located, where=where, marker=marker)
        if found.sets is None:
            files = location.files(owner, found.compiled, settings.import_from)
            objects = {**location.objects(owner, found.compiled), **policies.objects}
            return replace(policies, objects=objects, files=tuple(files.values()))
        expressions = {id_: a for id_, a in policies.objects.items() if id_[0] == "policyexpression"}
        ways, _remark = dataset.stages(owner, found.compiled, found.sets, expressions)
        return replace(policies, objects={**found.sets.objects(owner), **policies.objects}, stages=ways)

    @property
    def unjudged(self) -> str:
        if self.found is None or self.found.way == DATASETS:
            return ""
        return (
            f"what is brought in by {self.found.way} is judged by the appliance alone. Ask with -e geoblock_way=datasets, which shuts out "
            "the same."
        )

    def checks(self, connection: Connection) -> Mapping[ObjectId, Check]:
        if self.found is None or self.found.way != LOCATION:
            return {}
        return location.checks(connection, Owner(self.id, 1), self.found.compiled)

    def faults(self) -> Sequence[str]:
        return self.found.faults if self.found else ()

    def problems(self, _document: Document) -> Sequence[tuple[str, str]]:
        return list(self._problems(self.found)) if self.found else []

    def _problems(self, found: Found) -> Iterator[tuple[str, str]]:
        owner, settings = Owner(self.id, 1), found.settings
        for name in found.look.missing:
            yield f"there is no {name}.", "Correct geoblock_vservers."
        yield from _large_changes(found)
        effect = settings.policy.effect
        fix = "geoblock_networks" if effect == "allow" else "geoblock_exceptions"
        for hit in hits(found.compiled, found.protection.everybody):
            yield f"this geoblock would shut out {hit.text()}.", f"Add it to {fix} if it is meant to get through."
        if effect == "allow" and found.way != ACLS:
            yield from _families_shut_out(found)
        if found.way == LOCATION:
            yield from location.problems(owner, found.compiled, found.look)
        if found.way == DATASETS and not found.look.knows_ranges_in_datasets:
            text = f"the data sets of build {found.look.build} hold no ranges, which are known from 13.0 on."
            yield text, "Take another way (geoblock_way: location or acls), or upgrade."
        if found.acls is not None:
            yield from acl_problems.problems(owner, found.acls, found.look, found.protection)

    def rests_on(self, _setting: ObjectId, text: str, owner: Owner) -> str:
        return location.users_of_locations(text, owner)

    def remarks(self) -> Sequence[str]:
        found = self.found
        if found is None:
            return []
        settings = found.settings
        vips = [
            CoveredVip(one.name, _version(one), one.protocol, gateway=one.kind == "vpn") for one in found.look.vservers
        ]
        return [
            *preview(found.compiled, found.before),
            f"way {found.way}: {found.reason}",
            *(acl_problems.remarks(Owner(self.id, 1), found.acls, found.look) if found.acls else ()),
            *(
                f"NOT COVERED: {text}"
                for text in not_covered(settings.policy, found.way, vips, settings.trusted_proxies)
            ),
            *(
                location.remarks(found.look)
                if found.way == LOCATION
                else location.leaving(Owner(self.id, 1), found.look)
            ),
            *(f"NOT CHECKED: {text}" for text in (*found.protection.unread, *found.unread)),
        ]

    def facts(self) -> Mapping[str, Any]:
        if self.found is None:
            return {}
        compiled = self.found.compiled
        return {"geoblock": {"way": self.found.way, "set": compiled.digest, "data": vars(compiled.provenance)}}


@contextmanager
def _naming(host: str) -> Iterator[None]:
    """Put the host before what is wrong with data, which is compiled for all hosts."""
    try:
        yield
    except (InvalidInput, Refused) as error:
        raise type(error)(f"{host}: {error}") from None


def _refuse_nothing(settings: Settings, look: ApplianceFacts) -> None:
    """Without a single virtual server there is no document, and none would mean: take it off.

    :raises InvalidInput: where nothing that is named can be protected
    """
    if not look.vservers:
        raise InvalidInput(f"there is no {', no '.join(look.missing)}. Correct geoblock_vservers.")
    if settings.way == ACLS and not acl.destinations_of(look, settings):
        raise InvalidInput(
            "geoblock_way: acls needs addresses, and none of geoblock_vservers has one of its own in geoblock_families. "
            "Name the virtual servers before them, or take another way."
        )


def _families_shut_out(found: Found) -> Iterator[tuple[str, str]]:
    """A rule that is true of all but those who are allowed is true of a whole family that is left out."""
    for one in found.look.vservers:
        version = _version(one)
        if version and version not in found.settings.policy.families:
            text = f"{one.name} has an IPv{version} address, and nobody of IPv{version} is in what is allowed: all would be shut out."
            yield text, f"Add ipv{version} to geoblock_families, or take the virtual server out of geoblock_vservers."


def _large_changes(found: Found) -> Iterator[tuple[str, str]]:
    effect = found.settings.policy.effect
    if found.effect not in ("", effect) and "changed" not in found.settings.accept:
        yield (
            f"geoblock_policy turns from {found.effect} to {effect}: who got in is shut out, and who was shut out gets in.",
            "If it is meant, add changed to geoblock_accept.",
        )
    if found.before is None:
        return
    try:
        refuse_large_change(changes(found.before, found.compiled), where="the set", accept=found.settings.accept)
    except Refused as error:
        yield str(error).removesuffix(" Nothing was changed."), ""


def _version(vserver: Vserver) -> int:
    """The family of its address; 0 where it has none of its own."""
    return 0 if not vserver.addressable else 6 if ":" in vserver.address else 4
