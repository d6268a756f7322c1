# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The facts of an appliance that matter to a geoblock. Reads only, and only what the possible methods need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...appliance.nitro.builds import Build
from ...appliance.nitro.connection import Connection
from ...appliance.nitro.session import Row, Session
from ...appliance.object_reads.vserver_reads import read_vservers
from ...appliance.objects import dataset_entries
from ...appliance.objects.ownership import Owner
from ...appliance.objects.virtual_servers import VSERVER_TYPES, Vserver
from ...change.planning.state_reader import read_entries
from ...foundation.errors import NitroError, NotFound, NotShown
from .country_data.address_ranges import Spans, parse_network
from .country_data.gaps import ACLS, LOCATION
from .geoblock_variables import AUTO, Settings
from .methods.location.location_file import TYPES as LOCATION_TYPES

RANGES_IN_DATASETS = Build((13, 0), (0, 0))
"""``endrange`` is in the product pages from 13.0 on, and in no NITRO reference of 12.x."""
DATASETS_IN_ACLS = Build((13, 0), (82, 41))
"""The first build whose SDK of the vendor has srcipdataset; nsacl6 has none on any."""


@dataclass(frozen=True)
class ApplianceFacts:
    """The facts of one appliance.

    :ivar vservers: the ones that are to be protected
    :ivar at_same_address: others that answer at the same addresses, where ACLs would filter them as well
    :ivar missing: requested names that do not exist
    :ivar loaded: by family, the row of the location file that is loaded, or nothing
    :ivar parameter: the row of locationparameter
    :ivar gslb: whether the feature is on that uses the location file for static proximity
    :ivar acls: by type, all rows
    :ivar sets: of our data sets, what each holds
    :ivar rules: our named expressions
    """

    build: Build
    vservers: tuple[Vserver, ...]
    missing: tuple[str, ...]
    loaded: Mapping[int, Row] = field(default_factory=dict)
    parameter: Row = field(default_factory=dict)
    gslb: bool = False
    acls: Mapping[str, list[Row]] = field(default_factory=dict)
    sets: Mapping[str, Spans] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)
    at_same_address: tuple[Vserver, ...] = ()

    @property
    def knows_ranges_in_datasets(self) -> bool:
        return self.build >= RANGES_IN_DATASETS

    @property
    def knows_datasets_in_acls(self) -> bool:
        return self.build >= DATASETS_IN_ACLS


def read_appliance_facts(connection: Connection, owner: Owner, settings: Settings) -> ApplianceFacts:
    """Read the facts.

    :raises NitroError: if something that is needed cannot be read
    """
    session = connection.primary
    kinds = {kind for kind, _name in settings.vservers}
    every = settings.method == ACLS or "" in kinds
    there = read_vservers(session, [type_ for type_, kind in VSERVER_TYPES.items() if every or kind in kinds])
    vservers, missing = _vservers(there, settings)
    parameter: Row = {}
    gslb = False
    if settings.method in (AUTO, LOCATION):
        parameter = _single(session, "locationparameter")
        gslb = "GSLB" in str(_single(session, "nsfeature").get("feature", "")).upper()
    # Our objects of the other methods: they may block other addresses than the requested ones.
    loaded = {version: _single(session, LOCATION_TYPES[version]) for version in settings.policy.families}
    acls = {name: _rows(session, name, needed=settings.method == ACLS) for name in ("nsacl", "nsacl6")}
    sets = _own_sets(session, owner)
    rows = _rows(session, "policyexpression", needed=False)
    rules = {name: str(row.get("value")) for row in rows if owner.owns_name(name := str(row.get("name")))}
    addresses = {one.address for one in vservers if one.addressable}
    at_same_address = tuple(one for one in there if one.address in addresses and one not in vservers)
    return ApplianceFacts(
        connection.build, vservers, missing, loaded, parameter, gslb, acls, sets, rules, at_same_address
    )


def _vservers(there: Sequence[Vserver], settings: Settings) -> tuple[tuple[Vserver, ...], tuple[str, ...]]:
    found: list[Vserver] = []
    missing = []
    for kind, name in settings.vservers:
        own = [vserver for vserver in there if vserver.name == name and kind in ("", vserver.kind)]
        found += [vserver for vserver in own if vserver not in found]
        if not own:
            missing.append(f"{kind or 'virtual'} server {name}")
    return tuple(found), tuple(missing)


def _own_sets(session: Session, owner: Owner) -> dict[str, Spans]:
    """Return our data sets with what is in them."""
    there = [str(row.get("name")) for row in session.read("policydataset")]
    return {
        str(row["name"]): tuple(parse_network(entry)[1] for entry in dataset_entries.split(row["values"]))
        for row in read_entries(session, filter(owner.owns_name, there), there)
    }


def _rows(session: Session, type_name: str, *, needed: bool) -> list[Row]:
    """Return all rows of a type; none if it is not shown and not needed (the plan reports what was not shown)."""
    try:
        return session.read(type_name)
    except (NotFound, NotShown):
        if needed:
            raise
        return []


def _single(session: Session, type_name: str) -> Row:
    """Return the row of a singleton; an empty one if there is none."""
    try:
        rows = session.read(type_name)
    except NotFound:
        return {}
    return {str(key).lower(): value for key, value in rows[0].items()} if rows else {}


def loaded_entries(session: Session, version: int) -> tuple[int, int, bool]:
    """Return how many entries of a location file are in memory, how many rows were wrong, and True if it is still loading.

    :raises NitroError: if the appliance does not report it
    """
    row = _single(session, "locationparameter")
    suffix = "" if version == 4 else "6"
    try:
        entries_, errors = int(row[f"entries{suffix}"]), int(row.get(f"errors{suffix}", 0))
    except (KeyError, ValueError):
        raise NitroError(session.where, "GET locationparameter", 200, 0, "it does not report what is loaded") from None
    return entries_, errors, "progress" in str(row.get("loading", "")).lower()
