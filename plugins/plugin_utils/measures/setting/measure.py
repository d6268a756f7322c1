# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The measure of an entry that sets attributes of what is there: a setting of the appliance, or of objects of others.

Nothing on the appliance can name us as the one who set it, so the change records alone say what was there before and what we set. A rollback restores
that value, unless somebody else has changed it since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from ...appliance.nitro.builds import Build
from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import is_stand_in, texts_of
from ...appliance.nitro.session import Row as NitroRow
from ...appliance.nitro.session import Session
from ...appliance.object_reads.vserver_reads import read_vservers
from ...appliance.objects.ownership import Owner
from ...appliance.objects.resource_types import TYPES, Attributes, ObjectId, ResourceType, settings_of
from ...appliance.objects.virtual_servers import VSERVER_TYPES
from ...catalogue.desired_state import Document
from ...catalogue.entry import Entry, MeasureFacts, Setting
from ...catalogue.measure import BuildStatus, Placement, Reach, ResolvedMeasure
from ...catalogue.measure_traits import Traits
from ...catalogue.mitigation import Mitigation, mitigation_of
from ...catalogue.predicates import Predicate, Row, Truth, Unknown
from ...catalogue.traffic import Traffic
from ...change.planning.state_reader import take_rows
from ...foundation.errors import InvalidInput, NitroError, NotFound, NotShown
from .kind import TRAITS

DTLS = ("vpnvserver", "dtls")
"""The setting for which the users of UDP are counted, and virtual servers of the type DTLS are named."""


@dataclass(frozen=True, kw_only=True)
class SettingMeasure(Mitigation):
    """A mitigation that sets attributes, and needs no template."""

    setting: Setting

    @property
    def resource_type(self) -> ResourceType:
        """The entry of the table of types for the setting."""
        return TYPES.get(settings_of(self.setting.type)) or TYPES[self.setting.type]

    @property
    def reach(self) -> Reach:
        return Reach(self.id, frozenset(), frozenset({self.resource_type.name}))

    def build_status(self, build: Build, placements: Sequence[Placement] = ()) -> BuildStatus:
        """A build with the fix is affected like the others where it needs the setting too."""
        status = super().build_status(build, placements)
        needed = status is BuildStatus.FIXED and self.setting.needed_on_fixed_builds
        return BuildStatus.AFFECTED if needed else status

    def fix_for(self, build: Build, placements: Sequence[Placement] = ()) -> str:
        if self.setting.needed_on_fixed_builds:
            return "no build: those with the fix need the setting too"
        return super().fix_for(build, placements)

    def users_of_setting(self, _setting: ObjectId, _text: str, _owner: Owner) -> str:
        return ""

    def resolve(self, connection: Connection, _owner: Owner, _rendered: Document | None) -> ResolvedMeasure:
        """Return the setting on each object that is there and meets the conditions.

        :raises NitroError: if the objects cannot be read
        """
        session, type_ = connection.primary, self.resource_type
        wanted: dict[ObjectId, Attributes] = {}
        for row in _rows(session, type_):
            objects: dict[ObjectId, Attributes] = {}
            take_rows(objects, type_.name, [row], session.where)
            wanted |= {id_: self._wanted(now) for id_, now in objects.items() if self._concerns(row, now)}
        unusable = [id_ for id_ in wanted if id_[1] and is_stand_in(id_[1][0])]
        document = Document((), {id_: attributes for id_, attributes in wanted.items() if id_ not in unusable})
        there = {id_[1][0] for id_ in unusable}
        not_covered = texts_of(one for one in session.unusable_names if one.stand_in in there)
        notes: list[str] = []
        if (self.setting.type, *self.setting.attributes) == DTLS:
            notes += _users_of_udp(session)
            not_covered += _dtls_vservers(session)
        return ResolvedMeasure(
            measure=self,
            document=document,
            not_covered=tuple(not_covered),
            notes=tuple(notes),
            nothing_to_protect="" if wanted or not_covered else f"there is no {type_.noun} that it concerns",
        )

    def _wanted(self, now: Attributes) -> Attributes:
        return {**now, **{name: str(value) for name, value in self.setting.attributes.items()}}

    def _concerns(self, row: Mapping[str, Any], now: Attributes) -> bool:
        """True if an object meets the conditions, or has the wanted values already."""
        where = self.setting.where
        return where is None or now == self._wanted(now) or _holds_for(where, self.setting.type, row)


@dataclass(frozen=True)
class _OneObject:
    """One object, as a configuration of which a predicate can ask.

    :ivar type: its NITRO type
    """

    type: str
    row: Row

    def partitions(self) -> tuple[str, ...]:
        return ("",)

    def rows(self, nitro_type: str, _partition: str) -> tuple[Row, ...] | Unknown:
        return (self.row,) if nitro_type == self.type else Unknown("only one object is asked")


def _rows(session: Session, type_: ResourceType) -> Sequence[NitroRow]:
    """Return the objects, or the one setting, as the appliance has them."""
    try:
        return session.read(type_.nitro_type)
    except (NotFound, NotShown):
        return []  # there is none, or its feature is off, so that nothing answers there


def _holds_for(where: Predicate, type_name: str, attributes: Mapping[str, Any]) -> bool:
    row: Row = {name: str(value) for name, value in attributes.items()}
    return where.in_partition(_OneObject(type_name, row), "").truth is Truth.TRUE


def _users_of_udp(session: Session) -> Iterable[str]:
    """Say how many connections of users fall back to TCP: EDT is ICA over UDP (command reference, vpn icaConnection)."""
    try:
        rows = session.read("vpnicaconnection", args={"transproto": "UDP"})
    except NitroError as error:
        return [f"how many ICA connections use UDP (EDT) is not known: {error}"]
    plural = "" if len(rows) == 1 else "s"
    return [f"{len(rows)} ICA connection{plural} over UDP (EDT) now; interrupted, and back over TCP"] if rows else []


def _dtls_vservers(session: Session) -> Iterable[str]:
    """Name the virtual servers of the type DTLS: an attribute of Gateways does nothing for them."""
    return [
        f"{VSERVER_TYPES[one.type]} vserver {one.name} is of the type DTLS, for which this setting does nothing"
        for one in read_vservers(session)
        if one.protocol == "DTLS"
    ]


def setting_measure(entry: Entry, facts: MeasureFacts, _settings: Any = None) -> SettingMeasure:
    """Return the measure of an entry whose form is a setting.

    :raises InvalidInput: if it sets what Tourniquet does not manage
    """
    plain = mitigation_of(entry, facts, Traffic(()))
    if facts.setting is None:
        raise InvalidInput(f"{entry.id}: its measure has no setting")
    values = {each.name: getattr(plain, each.name) for each in fields(plain)}
    made = SettingMeasure(**values, setting=facts.setting)
    type_ = TYPES.get(settings_of(facts.setting.type)) or TYPES.get(facts.setting.type)
    known = type_ is not None and type_.only_set and {*facts.setting.attributes} <= {*type_.attributes} - {*type_.key}
    if not known:
        raise InvalidInput(
            f"{entry.id}: Tourniquet cannot set {', '.join(facts.setting.attributes)} of {facts.setting.type}"
        )
    return replace(made, features=frozenset(), traits=_traits(facts.setting))


def _traits(setting: Setting) -> Traits:
    """Return the traits of the kind as a setting refines them."""
    return replace(
        TRAITS,
        writing=replace(TRAITS.writing, default_partition_last=setting.per_partition),
        course=replace(
            TRAITS.course,
            stays_on_fixed_builds=setting.needed_on_fixed_builds,
            concerns_each_vserver=setting.type not in VSERVER_TYPES,
        ),
    )
