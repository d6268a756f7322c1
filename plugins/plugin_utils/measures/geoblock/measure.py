# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The measure geoblock (docs/how-to/geoblocking.md): the address that a request comes from decides whether it is blocked.

What shall be on an appliance depends on what it has: which method is possible, which data sets and priorities are in use. So
:meth:`Geoblock.resolve` reads the appliance, and only its result has a document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import DEFAULT
from ...appliance.objects.answer_marker import marked_for
from ...appliance.objects.ownership import Owner
from ...appliance.objects.resource_types import ObjectId
from ...appliance.objects.virtual_servers import Vserver
from ...catalogue.desired_state import Document
from ...catalogue.measure import Measure, Mode, ResolvedMeasure, Version
from ...catalogue.measure_traits import Traits
from ...catalogue.traffic import CaseSession, Traffic, TrafficCase
from ...foundation.errors import InvalidInput, Refused
from .appliance_facts import ApplianceFacts, read_appliance_facts
from .country_data.compiler import compile_policy
from .country_data.gaps import ACLS, DATASETS, LOCATION
from .current_block import read_current_block
from .geoblock_variables import Settings
from .kind import ID, TRAITS
from .method_choice import choose_method
from .methods.acls import acl_plan
from .methods.acls.resolved import resolve as resolve_by_acls
from .methods.datasets.resolved import resolve as resolve_by_datasets
from .methods.location import loading
from .methods.location.resolved import resolve as resolve_by_location
from .protected_addresses import read_protected
from .resolved import Basis, ResolvedGeoblock

VERSIONS = {1: Version("Countries and networks, by location file, data sets or ACLs", date(2026, 11, 26))}
# A request that everybody may send, to show that legitimate users are still served.
TRAFFIC = Traffic(
    (TrafficCase("served", attack=False, method="GET", url="/", session=CaseSession.WITHOUT, probe=True),)
)

METHODS: Mapping[str, Callable[[Measure, Basis, Connection], ResolvedGeoblock]] = {
    LOCATION: resolve_by_location,
    DATASETS: resolve_by_datasets,
    ACLS: resolve_by_acls,
}


def load_geoblock(value: Any, host: str, today: date) -> Geoblock:
    """Return the measure that the variables ``geoblock_*`` of a host ask for.

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


@dataclass(frozen=True, kw_only=True)
class Geoblock(Measure):
    """The geoblock that the inventory asks for on one appliance.

    :ivar settings: None if the inventory asks for no geoblock
    :ivar today: the date by which country data is too old or not
    """

    settings: Settings | None
    today: date
    traits: Traits = TRAITS

    closing_variable: ClassVar[str] = "geoblock_vservers"
    nothing_to_close_with: ClassVar[str] = (
        "the geoblock of the inventory into force, and it has none. Set geoblock_policy and its other variables first (docs/how-to/geoblocking.md)"
    )
    names_none: ClassVar[str] = "geoblock_vservers names none of {names}. Add it there"

    def inside(self, partition: str) -> Geoblock:
        """Return it, or nothing for another admin partition: a location file and ACLs belong to the whole appliance."""
        return self if partition == DEFAULT else replace(self, settings=None)

    def can_close(self) -> bool:
        return self.settings is not None

    def named_vservers(self) -> frozenset[tuple[str, str, str]] | None:
        if self.settings is None:
            return None
        return frozenset((DEFAULT, kind, name) for kind, name in self.settings.vservers)

    def in_reach(self, closed: Mapping[str, Sequence[Vserver]]) -> Sequence[Vserver]:
        return closed.get(DEFAULT, ())

    def closing(self, closed: Mapping[str, Sequence[Vserver]]) -> Geoblock | None:
        """Return it for those virtual servers that it names, blocking."""
        if self.settings is None:
            return None
        wanted = {(kind, one.name) for one in self.in_reach(closed) for kind in ("", one.kind)}
        chosen = tuple(one for one in self.settings.vservers if one in wanted)
        settings = replace(self.settings, vservers=chosen, mode=Mode.ENFORCE)
        return replace(self, settings=settings) if chosen else None

    def resolve(self, connection: Connection, owner: Owner, _rendered: Document | None) -> ResolvedMeasure:
        if self.settings is None:
            return ResolvedMeasure(measure=self, document=Document((), {}))
        with _naming(connection.appliance.name):
            basis = _basis(self.settings, self.today, connection, owner)
            if isinstance(basis, str):
                return ResolvedMeasure(measure=self, document=Document((), {}), nothing_to_protect=basis)
            return METHODS[basis.method](self, basis, connection)

    def users_of_setting(self, setting: ObjectId, text: str, owner: Owner) -> str:
        return super().users_of_setting(setting, text, owner) or (
            loading.users_of_locations(text, owner) if setting[0] == "locationparameter" else ""
        )


def _basis(settings: Settings, today: date, connection: Connection, owner: Owner) -> Basis | str:
    """Return what a geoblock is made from, or why there is nothing on the appliance that it could protect.

    :raises InvalidInput: if what is in place would be removed for that reason, or the method has no address
    """
    templates = settings.own_templates(owner.version)
    templates.require_known_names()
    compiled = compile_policy(settings.policy, settings.source, settings.cache, accept=settings.accept, today=today)
    appliance = read_appliance_facts(connection, owner, settings)
    if not appliance.vservers:
        return _nothing_here(appliance, owner)
    _require_addresses(settings, appliance)
    method, reason = choose_method(settings, appliance, owner)
    return Basis(
        owner=owner,
        where=connection.appliance.name,
        marker=marked_for(connection.appliance.marker, owner.measure),
        settings=settings,
        templates=templates,
        compiled=compiled,
        appliance=appliance,
        current=read_current_block(connection, owner, settings, compiled, appliance, method),
        protection=read_protected(connection, settings.policy.families, settings.trusted_proxies),
        method=method,
        reason=reason,
    )


@contextmanager
def _naming(host: str) -> Iterator[None]:
    """Name the host in errors about data, which is compiled for all hosts."""
    try:
        yield
    except (InvalidInput, Refused) as error:
        if str(error).startswith(f"{host}: "):
            raise
        raise type(error)(f"{host}: {error}") from None


def _nothing_here(appliance: ApplianceFacts, owner: Owner) -> str:
    """Return why an appliance gets no geoblock: geoblock_vservers of a group may name virtual servers that others have.

    :raises InvalidInput: if one is in place: an empty document would remove it
    """
    names = f"there is no {', no '.join(appliance.missing)}"
    acls = (
        str(value)
        for rows in appliance.acls.values()
        for row in rows
        for key, value in row.items()
        if key.lower() in ("aclname", "acl6name")
    )
    if appliance.sets or appliance.rules or any(map(owner.owns_name, acls)):
        raise InvalidInput(f"{names}. Correct geoblock_vservers.")
    return f"{names} here (geoblock_vservers)"


def _require_addresses(settings: Settings, appliance: ApplianceFacts) -> None:
    """:raises InvalidInput: if the method needs addresses, and nothing that is named has one"""
    if settings.method == ACLS and not acl_plan.destinations_of(appliance, settings):
        raise InvalidInput(
            "geoblock_way: acls needs addresses, and none of geoblock_vservers has one of its own in geoblock_families. "
            "Name the virtual servers in front of them, or take another method."
        )
