# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reader of the state of an appliance: the objects of the types that a plan touches, with as few requests as possible.

One request reads all objects of a type. A global binding needs its type as an argument; without it the answer is empty although
policies are bound (ansible-collection-netscaleradc issue 378).
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ...appliance.nitro.names import is_word
from ...appliance.nitro.reading import Reading
from ...appliance.nitro.rows import whole
from ...appliance.nitro.session import Row, Session
from ...appliance.objects import dataset_entries
from ...appliance.objects.resource_types import (
    COMMITS,
    HTTP_GLOBAL_TYPES,
    TYPES,
    Attributes,
    Key,
    ObjectId,
    ResourceType,
)
from ...foundation.errors import NitroError, NotFound, NotShown
from .planner import State

GLOBAL_BINDING = "responderglobal_responderpolicy_binding"
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
"""By type of set, the type of the binding of its members."""
ENTRIES = "policydataset_value_binding"
MOST_SETS_AT_ONCE = 8
"""The largest number of data sets that one request reads: at 5,000 entries each, 4 MB. No source has the maximum of an answer."""
_WORDS = ("type", "bindpoint")
"""The attributes of a binding that have a word of NITRO."""
# The types of every responder measure. They are always read, so that leftovers of ours are found.
MEASURE_TYPES = ("auditmessageaction", "responderaction", "responderpolicy")


@dataclass(frozen=True)
class Scope:
    """The objects to read: whole types, and bindings at some places (a global bind point, a virtual server or a set by name)."""

    types: frozenset[str] = frozenset()
    places: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, objects: Iterable[ObjectId], types_too: Iterable[str] = ()) -> Scope:
        """Return the scope of some objects, their neighbours at the bind points, and the types of every measure.

        :param types_too: further types to read
        """
        own = cls.only(objects)
        binds = any(TYPES[type_name].policy_attribute for type_name, _place in own.places)
        evaluated_first = (
            {(GLOBAL_BINDING, HTTP_GLOBAL_TYPES[0])} if binds else set()
        )  # they are evaluated before any other bind point
        return cls(own.types | {*MEASURE_TYPES, *types_too}, own.places | evaluated_first)

    @classmethod
    def only(cls, objects: Iterable[ObjectId]) -> Scope:
        """Return the smallest scope that has some objects."""
        types, places = set(), set()
        for type_name, key in objects:
            type_ = TYPES[type_name]
            if type_.bound:
                places.add((type_name, _place_of(type_name, key)))
            else:
                types.add(type_.commits or type_name)
        return cls(frozenset(types), frozenset(places))

    def covers(self, object_id: ObjectId) -> bool:
        """True if an object is in this scope."""
        type_name, key = object_id
        if TYPES[type_name].bound:
            return (type_name, _place_of(type_name, key)) in self.places
        return (TYPES[type_name].commits or type_name) in self.types


def _place_of(type_name: str, key: Key) -> str:
    type_ = TYPES[type_name]
    return key[type_.key.index(type_.scope or type_.parent)]


@dataclass(frozen=True)
class Observation:
    """The state that was read from an appliance.

    :ivar hits: the hit counters by policy or ACL, as the configuration had them
    :ivar undef_hits: the counters of undefined results by policy
    :ivar not_shown: the types that the appliance answered with a warning (their feature is off)
    :ivar missing: the virtual servers that a binding needs and that do not exist
    :ivar edits: by the type that applies them, the ACLs that somebody edited and did not apply
    """

    state: State = field(default_factory=State)
    hits: Mapping[str, int] = field(default_factory=dict)
    undef_hits: Mapping[str, int] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    not_shown: tuple[str, ...] = ()
    edits: Mapping[str, Sequence[str]] = field(default_factory=dict)


def observe(session: Session, scope: Scope) -> Observation:
    """Read the state within a scope, and the features.

    :raises NitroError: where anything cannot be read; an object is not taken as absent because of an error
    """
    features = read_features(session)
    objects: dict[ObjectId, Attributes] = {}
    hits: dict[str, int] = {}
    undef_hits: dict[str, int] = {}
    edits: dict[str, list[str]] = {}
    not_shown = []
    for type_name in sorted(scope.types):
        try:
            rows = session.read(TYPES[type_name].nitro_type)
        except NotFound:
            if not TYPES[type_name].of:
                raise
            rows = Reading()  # no object of this type, so no settings
        except NotShown:
            not_shown.append(TYPES[type_name].noun)
            continue
        take_rows(objects, type_name, rows, session.where)
        if type_name in COMMITS:
            key = TYPES[type_name].key[0]
            hits |= {str(row.get(key)): _number(row.get("hits")) for row in rows}
            waiting = [str(row.get(key)) for row in rows if is_enabled(row) and not is_applied(row)]
            edits[COMMITS[type_name]] = waiting
        if type_name == "responderpolicy":
            hits |= {str(row.get("name")): _number(row.get("hits")) for row in rows}
            undef_hits = {str(row.get("name")): _number(row.get("undefhits")) for row in rows}
    missing, hidden = _take_places(objects, session, scope)
    return Observation(State(objects, features), hits, undef_hits, tuple(missing), (*not_shown, *hidden), edits)


def _take_places(
    objects: dict[ObjectId, Attributes], session: Session, scope: Scope
) -> tuple[Sequence[str], Sequence[str]]:
    """Read the bindings at the places of a scope.

    :param objects: the objects that were read so far; the bindings are added
    :returns: the missing virtual servers, and what the appliance does not show
    """
    missing, not_shown = [], []
    sets = None if "policydataset" not in scope.types else _names(objects, "policydataset")
    entries_of = {place for type_name, place in scope.places if type_name == ENTRIES}
    if sets is not None:
        take_rows(objects, ENTRIES, read_entries(session, entries_of, sets), session.where)
    for type_name, place in sorted(scope.places):
        if type_name == ENTRIES and sets is not None:
            continue
        try:
            take_rows(objects, type_name, read_place(session, type_name, place), session.where)
        except NotShown:
            not_shown.append(f"{TYPES[type_name].noun} {place}")
        except NotFound:
            if not TYPES[type_name].parent:
                raise  # a global bind point always exists
            parent = TYPES[type_name].refers[TYPES[type_name].parent]
            if parent.endswith("vserver"):
                missing.append(f"{parent} {place}")
    return missing, not_shown


def read_place(session: Session, type_name: str, place: str) -> Reading:
    """Return the bindings at one place."""
    scope = TYPES[type_name].scope
    rows = session.read(type_name, args={scope: place}) if scope else session.read(type_name, place)
    return Reading.of(rows).once((type_name, place), lambda found: _of_place(type_name, place, found))


def _of_place(type_name: str, place: str, rows: Reading) -> Reading:
    """Return the rows of one place with the place, which their answer need not have."""
    type_ = TYPES[type_name]
    if type_.scope:
        return Reading(({type_.scope: place, **row} for row in rows), rows.objects)
    if type_.holds:
        return Reading([{type_.parent: place, type_.holds: dataset_entries.text_of(rows)}], rows.objects)
    return Reading(({type_.parent: place, **row} for row in rows), rows.objects)


def read_entries(session: Session, wanted: Iterable[str], there: Collection[str]) -> list[Row]:
    """Return the entries of data sets in the form of :func:`read_place`; a set that does not exist has no entries.

    :param wanted: the names of the sets
    :param there: the names of all data sets of the appliance: if they are few, one request reads them all
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
        with contextlib.suppress(NotFound):  # a set that one answer leaves out may still have entries
            rows += read_place(session, ENTRIES, name)
    return rows


def read_members(session: Session, sets: Iterable[ObjectId]) -> dict[ObjectId, Attributes]:
    """Return the members of sets; a set that does not exist has no members."""
    objects: dict[ObjectId, Attributes] = {}
    for type_name, key in sets:
        for member in MEMBER_TYPES.get(type_name, ()):
            with contextlib.suppress(NotFound):
                take_rows(objects, member, read_place(session, member, key[0]), session.where)
    return objects


def read_everywhere(session: Session, global_types: Iterable[str] = HTTP_GLOBAL_TYPES) -> dict[ObjectId, Attributes]:
    """Return all responder bindings, global ones and those of virtual servers.

    :param global_types: the global bind points to read; by default those of HTTP traffic
    :raises NitroError: where a kind of binding cannot be read: then it is not known which policies are bound
    """
    objects: dict[ObjectId, Attributes] = {}
    for place in global_types:
        try:
            take_rows(objects, GLOBAL_BINDING, read_place(session, GLOBAL_BINDING, place), session.where)
        except NitroError as error:
            # A bind point that this release does not know has no policies.
            if place in HTTP_GLOBAL_TYPES or error.errorcode not in UNKNOWN_BIND_POINT_CODES:
                raise
    for type_name in VSERVER_BINDINGS:
        try:
            take_rows(objects, type_name, session.read(type_name, query={"bulkbindings": "yes"}), session.where)
        except (NotFound, NotShown):
            continue  # no vserver of this kind, or the feature that it needs is off
    return objects


def read_features(session: Session) -> dict[str, bool]:
    """Return the features that are on, by their names in ``feature``; every other feature is off."""
    rows = session.read("nsfeature")
    if not rows:
        raise NitroError(session.where, "GET nsfeature", 200, 0, "the answer has no features")
    if "feature" not in rows[0] and not any(isinstance(value, bool) for value in rows[0].values()):
        raise NitroError(session.where, "GET nsfeature", 200, 0, "the answer has no features")
    enabled = rows[0].get("feature", [name for name, value in rows[0].items() if value is True])
    names = map(str, enabled if isinstance(enabled, list) else str(enabled).split())
    return {name.upper(): True for name in names if is_word(name)}


def read_names(session: Session) -> frozenset[str] | None:
    """Return the names that expressions can use, in lower case: sets, maps, named expressions; None where they cannot be read."""
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
    """True if a feature is licensed; None where it is not known."""
    rows = session.read("nslicense")
    value = rows[0].get(feature.lower()) if rows else None
    return None if value is None else str(value).upper() in ("TRUE", "YES")


def _names(objects: Iterable[ObjectId], type_name: str) -> frozenset[str]:
    return frozenset(key[0] for name, key in objects if name == type_name)


def take_rows(objects: dict[ObjectId, Attributes], type_name: str, rows: Iterable[Row], where: str) -> None:
    """Add rows to objects in their canonical form, by their ids; what one answer has is made once.

    :param where: the appliance, for messages
    :raises NitroError: where a row lacks an attribute that every object of its type has, or has one that cannot be what it should be
    """
    reading = Reading.of(rows)
    if type_name not in reading.objects:
        reading.objects[type_name] = _canonical_objects(type_name, reading, where)
    objects |= reading.objects[type_name]


def _canonical_objects(type_name: str, rows: Reading, where: str) -> dict[ObjectId, Attributes]:
    """Return rows as objects; see :func:`take_rows`."""
    type_, objects = TYPES[type_name], dict[ObjectId, Attributes]()
    if type_name in COMMITS:
        objects[COMMITS[type_name], ()] = {"applied": all(is_applied(row) for row in rows)}
    for row in rows:
        attributes = type_.canonical(row)
        lacking = [name for name in type_.always_shown if name not in attributes]
        if lacking:
            missing = " or ".join(type_.key) if {*lacking} & {*type_.key} else " and ".join(lacking)
            raise NitroError(where, f"GET {type_name}", 200, 0, f"a row lacks {missing}")
        if wrong := _wrong_attribute(type_, attributes):
            raise NitroError(where, f"GET {type_name}", 200, 0, f"a row has {wrong} that NITRO does not have")
        objects[type_name, type_.key_of(attributes)] = attributes
    return objects


def _wrong_attribute(type_: ResourceType, attributes: Attributes) -> str:
    """Return the first attribute whose value is no number or no word of NITRO although it should be one; "" where there is none."""
    for name, value in attributes.items():
        is_number, is_place = type_.attributes[name].kind == "number", type_.bound and name in _WORDS
        if (is_number and not isinstance(value, int)) or (is_place and not is_word(str(value))):
            return f"a {name}"
    return ""


def is_applied(row: Row) -> bool:
    """True if an ACL is applied (NITRO reference, kernelstate). A removal that waits to be applied is not visible."""
    return str(row.get("kernelstate", "")).upper().startswith(("APPLIED", "SFAPPLIED"))


def is_enabled(row: Row) -> bool:
    return str(row.get("state", "ENABLED")).upper() != "DISABLED"


def _number(value: object) -> int:
    return whole(value) or 0
