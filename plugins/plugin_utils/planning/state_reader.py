# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an appliance has: the objects of the types that a plan touches, read as few times as possible.

One request reads all objects of a type; a global binding needs its type as an argument, or it reads as empty although
policies are bound (ansible-collection-netscaleradc issue 378).
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import NitroError, NotFound, NotShown
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model import dataset_entries
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.resource_types import (
    COMMITS,
    TYPES,
    Attributes,
    Key,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.session import Row, Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.planner import State

GLOBAL_BINDING = "responderglobal_responderpolicy_binding"
HTTP_GLOBAL_TYPES = ("REQ_OVERRIDE", "REQ_DEFAULT")
# Invalid value, invalid argument, invalid argument value, invalid bind point (error list).
UNKNOWN_BIND_POINT_CODES = (1074, 278, 1097, 3910)
VSERVER_BINDINGS = tuple(type_.name for type_ in TYPES.values() if type_.policy_attribute and type_.parent)
NAMED_TYPES = ("policypatset", "policydataset", "policystringmap", "policyexpression")
"""They share one name space (command reference 12.0)."""
MEMBER_TYPES = {
    type_.refers[type_.parent]: (type_.name,)
    for type_ in TYPES.values()
    if type_.bound and type_.parent and not type_.policy_attribute
}
"""By type of set, the binding that holds its members."""
ENTRIES = "policydataset_value_binding"
MOST_SETS_AT_ONCE = 8
"""Data sets that one request reads: at 5,000 entries each these are some 4 MB, and no source says how long an answer may be."""
# What any responder measure consists of: these are always read, so that leftovers of ours are seen.
MEASURE_TYPES = ("auditmessageaction", "responderaction", "responderpolicy")


@dataclass(frozen=True)
class Scope:
    """What to read: whole types, and bindings at certain places (a global type, a vserver or a set by name)."""

    types: frozenset[str] = frozenset()
    places: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, objects: Iterable[ObjectId], types_too: Iterable[str] = ()) -> Scope:
        """The scope that covers some objects, their neighbours at the bind points, and whatever a measure consists of.

        :param types_too: types to read besides
        """
        own = cls.only(objects)
        binds = any(TYPES[type_name].policy_attribute for type_name, _place in own.places)
        asked_first = {(GLOBAL_BINDING, HTTP_GLOBAL_TYPES[0])} if binds else set()  # before any other place
        return cls(own.types | {*MEASURE_TYPES, *types_too}, own.places | asked_first)

    @classmethod
    def only(cls, objects: Iterable[ObjectId]) -> Scope:
        """The scope that covers some objects and no more than it takes to read them."""
        types, places = set(), set()
        for type_name, key in objects:
            type_ = TYPES[type_name]
            if type_.bound:
                places.add((type_name, _place_of(type_name, key)))
            else:
                types.add(type_.commits or type_name)
        return cls(frozenset(types), frozenset(places))

    def covers(self, object_id: ObjectId) -> bool:
        """Whether an object is read where this scope is."""
        type_name, key = object_id
        if TYPES[type_name].bound:
            return (type_name, _place_of(type_name, key)) in self.places
        return (TYPES[type_name].commits or type_name) in self.types


def _place_of(type_name: str, key: Key) -> str:
    type_ = TYPES[type_name]
    return key[type_.key.index(type_.scope or type_.parent)]


@dataclass
class Observation:
    """What was read.

    :ivar hits: by policy, the hit counter that came with its configuration
    :ivar not_shown: the types that the appliance did not show, with a warning (its feature is off)
    :ivar missing: the parents (vservers, sets) that a binding needs and that do not exist
    :ivar edits: by the type that applies them, the ACLs that were edited and not applied, whoever did it
    """

    state: State = field(default_factory=State)
    hits: dict[str, int] = field(default_factory=dict)
    undef_hits: dict[str, int] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    not_shown: list[str] = field(default_factory=list)
    edits: dict[str, list[str]] = field(default_factory=dict)


def observe(session: Session, scope: Scope) -> Observation:
    """Read the state within a scope, and the features.

    :raises NitroError: where anything cannot be read; nothing is taken for absent because of an error
    """
    observation = Observation(State({}, read_features(session)))
    objects: dict[ObjectId, Attributes] = {}
    for type_name in sorted(scope.types):
        try:
            rows = session.read(type_name)
        except NotShown:
            observation.not_shown.append(TYPES[type_name].noun)
            continue
        take_rows(objects, type_name, rows)
        if type_name in COMMITS:
            key = TYPES[type_name].key[0]
            observation.hits |= {str(row.get(key)): _number(row.get("hits")) for row in rows}
            waiting = [str(row.get(key)) for row in rows if is_enabled(row) and not is_applied(row)]
            observation.edits[COMMITS[type_name]] = waiting
        if type_name == "responderpolicy":
            observation.hits |= {str(row.get("name")): _number(row.get("hits")) for row in rows}
            observation.undef_hits = {str(row.get("name")): _number(row.get("undefhits")) for row in rows}
    sets = None if "policydataset" not in scope.types else _names(objects, "policydataset")
    entries_of = {place for type_name, place in scope.places if type_name == ENTRIES}
    if sets is not None:
        take_rows(objects, ENTRIES, read_entries(session, entries_of, sets))
    for type_name, place in sorted(scope.places):
        if type_name == ENTRIES and sets is not None:
            continue
        try:
            take_rows(objects, type_name, read_place(session, type_name, place))
        except NotShown:
            observation.not_shown.append(f"{TYPES[type_name].noun} {place}")
        except NotFound:
            parent = TYPES[type_name].refers[TYPES[type_name].parent]
            if parent.endswith("vserver"):
                observation.missing.append(f"{parent} {place}")
    observation.state = State(objects, observation.state.features)
    return observation


def read_place(session: Session, type_name: str, place: str) -> list[Row]:
    """The bindings at one place."""
    type_ = TYPES[type_name]
    if type_.scope:
        rows = session.read(type_name, args={type_.scope: place})
        return [{type_.scope: place, **row} for row in rows]
    rows = session.read(type_name, place)
    if type_.holds:
        return [{type_.parent: place, type_.holds: dataset_entries.text_of(rows)}]
    return [{type_.parent: place, **row} for row in rows]


def read_entries(session: Session, wanted: Iterable[str], there: Collection[str]) -> list[Row]:
    """What is in some data sets, as :func:`read_place` gives it; a set that is not there has nothing in it.

    :param wanted: their names
    :param there: the names of all data sets of the appliance: where these are few, one request reads them all
    """
    type_ = TYPES[ENTRIES]
    folded = {name.lower() for name in there}
    wanted = sorted(name for name in wanted if name.lower() in folded)
    found: dict[str, list[Row]] = {}
    if len(wanted) > 1 and len(there) <= MOST_SETS_AT_ONCE:
        with contextlib.suppress(NitroError):  # then one by one
            for row in session.read(ENTRIES, query={"bulkbindings": "yes"}):
                found.setdefault(str(row.get(type_.parent)), []).append(row)
    rows: list[Row] = []
    for name in wanted:
        if name in found:
            rows.append({type_.parent: name, type_.holds: dataset_entries.text_of(found[name])})
            continue
        with contextlib.suppress(NotFound):  # silence about a set is not taken for an empty one
            rows += read_place(session, ENTRIES, name)
    return rows


def read_members(session: Session, sets: Iterable[ObjectId]) -> dict[ObjectId, Attributes]:
    """What is bound in some sets; one that is gone has no members."""
    objects: dict[ObjectId, Attributes] = {}
    for type_name, key in sets:
        for member in MEMBER_TYPES.get(type_name, ()):
            with contextlib.suppress(NotFound):
                take_rows(objects, member, read_place(session, member, key[0]))
    return objects


def read_everywhere(session: Session, global_types: Iterable[str] = HTTP_GLOBAL_TYPES) -> dict[ObjectId, Attributes]:
    """All responder bindings, global and at vservers.

    :param global_types: the global bind points to read; those of HTTP traffic, unless more are asked for
    :raises NitroError: where one kind cannot be read: then it isn't known what is bound
    """
    objects: dict[ObjectId, Attributes] = {}
    for place in global_types:
        try:
            take_rows(objects, GLOBAL_BINDING, read_place(session, GLOBAL_BINDING, place))
        except NitroError as error:
            # A bind point that this release does not know has no policies.
            if place in HTTP_GLOBAL_TYPES or error.errorcode not in UNKNOWN_BIND_POINT_CODES:
                raise
    for type_name in VSERVER_BINDINGS:
        try:
            take_rows(objects, type_name, session.read(type_name, query={"bulkbindings": "yes"}))
        except (NotFound, NotShown):
            continue  # no vserver of this kind, or the feature that it needs is off
    return objects


def read_features(session: Session) -> dict[str, bool]:
    """The features that are on, by their names in ``feature``; every other one is off."""
    rows = session.read("nsfeature")
    if not rows:
        raise NitroError(session.where, "GET nsfeature", 200, 0, "the answer holds no features")
    if "feature" not in rows[0] and not any(isinstance(value, bool) for value in rows[0].values()):
        raise NitroError(session.where, "GET nsfeature", 200, 0, "the answer holds no features")
    enabled = rows[0].get("feature", [name for name, value in rows[0].items() if value is True])
    return {str(name).upper(): True for name in (enabled if isinstance(enabled, list) else str(enabled).split())}


def read_names(session: Session) -> frozenset[str] | None:
    """What expressions can name there, in lower case: sets, maps and named expressions; None where it cannot be read."""
    names: set[str] = set()
    for type_name in NAMED_TYPES:
        try:
            names.update(str(row.get("name")).lower() for row in session.read(type_name))
        except NotFound:
            continue
        except NitroError:
            return None
    return frozenset(names)


def is_licensed(session: Session, feature: str) -> bool | None:
    """Whether a feature is licensed; None where the appliance does not tell."""
    rows = session.read("nslicense")
    value = rows[0].get(feature.lower()) if rows else None
    return None if value is None else str(value).upper() in ("TRUE", "YES")


def read_hits(session: Session, policy: str) -> int:
    """The hit counter of a responder policy.

    :raises NitroError: where it cannot be read
    """
    rows = session.read("responderpolicy", policy, area="stat")
    return _number(rows[0].get("pipolicyhits")) if rows else 0


def _names(objects: Iterable[ObjectId], type_name: str) -> frozenset[str]:
    return frozenset(key[0] for name, key in objects if name == type_name)


def take_rows(objects: dict[ObjectId, Attributes], type_name: str, rows: Iterable[Row]) -> None:
    """Bring rows into canonical form, by their identities.

    :raises NitroError: where a row has no identity
    """
    type_ = TYPES[type_name]
    rows = list(rows)
    if type_name in COMMITS:
        objects[COMMITS[type_name], ()] = {"applied": all(is_applied(row) for row in rows)}
    for row in rows:
        attributes = type_.canonical(row)
        if not all(name in attributes for name in type_.key):
            raise NitroError("", f"GET {type_name}", 200, 0, f"a row lacks {' or '.join(type_.key)}")
        objects[type_name, type_.key_of(attributes)] = attributes


def is_applied(row: Row) -> bool:
    """Whether an ACL filters as it is configured (NITRO reference, kernelstate). Of a removed one nothing tells it."""
    return str(row.get("kernelstate", "")).upper().startswith(("APPLIED", "SFAPPLIED"))


def is_enabled(row: Row) -> bool:
    return str(row.get("state", "ENABLED")).upper() != "DISABLED"


def _number(value: object) -> int:
    return int(str(value)) if str(value).isdecimal() else 0
