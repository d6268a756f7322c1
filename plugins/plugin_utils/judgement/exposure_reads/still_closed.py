# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Is closed on the appliance what is closed by the records? Reads only, and nothing where nothing is closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import DEFAULT
from ...appliance.nitro.session import Session
from ...appliance.objects.resource_types import ObjectId
from ...catalogue.acknowledgement import Acknowledgement
from ...catalogue.closing_steps import STOPS_EVERYBODY, LadderStep
from ...change.records.change_record import ChangeRecord
from ...change.records.closed_time import ClosedTime, Key, openings_not_saved, still_closed
from ...change.records.record_list import told_order
from ...change.records.recorded_nodes import why_elsewhere
from ...change.records.sibling_openings import MaybeOurs, may_have_opened
from ...foundation.errors import TourniquetError
from ...measures.closing_measures import measures_of_steps
from ..course.today import SWITCHED_ON
from .closing_in_force import ClosingReader, Place, Standing
from .measure_in_place import switched_off, switched_on


@dataclass(frozen=True)
class OpenAllTheSame:
    """What is closed by the records and is not on the appliance.

    :ivar found: step, admin partition and virtual server, each with the reason
    :ivar closed_by: of what is in ``found``, the step that closes it to everybody all the same
    :ivar may_be_ours: likewise, the run of ours that may have opened it, with why that is not known
    :ivar left_on: where something is switched off by the records, the virtual servers that no run of ours has closed, and that are on
    :ivar on: all virtual servers that are on, each with its admin partition; None where it was not read, since nothing is switched off by the records
    :ivar again: of what a run of ours opened without a save, what is closed on the appliance: a restart has lost the opening
    :ivar secondary: by step, why what it closes is open at the secondary, which serves after a failover
    :ivar shut_there: likewise, why the step is not in force at the secondary, where another step closes it to everybody
    :ivar unread: by step, why it was not read whether what it closes by the records still is closed
    :ivar not_decided: like ``found``, why it is not known whether all is stopped there
    :ivar doubts: likewise, why it is not known whether that is closed, all reasons together
    :ivar accepted: likewise, what a person has acknowledged that lets requests go on there
    :ivar not_compared: likewise, what of it was not compared, which decides nothing
    :ivar elsewhere: by step, why what it closes by the records may be at another appliance
    """

    found: Mapping[Key, str] = field(default_factory=dict)
    left_on: tuple[str, ...] = ()
    on: frozenset[tuple[str, ObjectId]] | None = None
    again: frozenset[Key] = frozenset()
    secondary: Mapping[LadderStep, str] = field(default_factory=dict)
    shut_there: Mapping[LadderStep, str] = field(default_factory=dict)
    unread: Mapping[LadderStep, str] = field(default_factory=dict)
    not_decided: Mapping[Key, str] = field(default_factory=dict)
    accepted: Mapping[Key, str] = field(default_factory=dict)
    elsewhere: Mapping[LadderStep, str] = field(default_factory=dict)
    not_compared: Mapping[Key, str] = field(default_factory=dict)
    doubts: Mapping[Key, str] = field(default_factory=dict)
    closed_by: Mapping[Key, LadderStep] = field(default_factory=dict)
    may_be_ours: Mapping[Key, MaybeOurs] = field(default_factory=dict)

    @property
    def in_doubt(self) -> tuple[str, ...]:
        """Why it is not known whether what the records call closed is, and what a person has acknowledged of it."""
        by_place = (
            f"{_name(partition, one)} (closed, {step}): {why}"
            for (step, partition, one), why in (*self.not_decided.items(), *self.accepted.items())
        )
        return tuple(dict.fromkeys([*self.unread.values(), *self.elsewhere.values(), *by_place]))

    def why_not_sure(self, step: LadderStep) -> str:
        """Return why nobody can say that what a step closes stays closed; "" where nothing is against it."""
        found = (self.unread, self.elsewhere, self.secondary, self.shut_there)
        return next((why for one in found if (why := one.get(step, ""))), "")


@dataclass(frozen=True)
class _AtSecondary:
    """How what a step closes at the primary stands at the secondary, which serves after a failover.

    :ivar where: the secondary, in words
    :ivar places: what was looked at
    """

    step: LadderStep
    where: str
    places: frozenset[Place]
    stands: Standing

    @property
    def closed(self) -> frozenset[Place]:
        """Return what the step surely closes there."""
        return self.places - self.stands.open.keys() - self.stands.not_decided.keys()


def open_all_the_same(
    connection: Connection, records: Sequence[ChangeRecord], acknowledgements: Sequence[Acknowledgement] = ()
) -> OpenAllTheSame:
    """Return what is closed by the records and is not on the appliance, as far as that can be read.

    :param records: that are trusted, in the order of their chain
    :param acknowledgements: of policies in front
    """
    records = told_order(records)
    by_step: dict[LadderStep, dict[Place, str]] = {}
    closed_now = still_closed(records)
    for one in closed_now:
        by_step.setdefault(one.step, {})[one.partition, one.object_id] = one.place
    found: dict[Key, str] = {}
    not_decided: dict[Key, str] = {}
    accepted: dict[Key, str] = {}
    not_compared: dict[Key, str] = {}
    all_on: frozenset[Place] | None = None
    there: list[_AtSecondary] = []
    unread: dict[LadderStep, str] = {}
    for step, closed in by_step.items():
        reader = ClosingReader(connection, measures_of_steps()[step], records, acknowledgements)
        try:
            stands, on = _standing(reader, connection.primary, step, closed)
            found |= _by_key(step, stands.open)
            not_decided |= _by_key(step, stands.not_decided)
            accepted |= _by_key(step, stands.accepted)
            not_compared |= _by_key(step, stands.not_compared)
            all_on = on if step is LadderStep.OFF else all_on
            still = {place: address for place, address in closed.items() if place not in stands.open}
            there += _at_secondary(reader, step, still)
        except TourniquetError as error:
            unread[step] = f"whether what was closed ({step}) still is was not read: {error}"
    left_on = tuple(_name(*one) for one in sorted((all_on or frozenset()) - by_step.get(LadderStep.OFF, {}).keys()))
    secondary, shut_there = _by_failover(there)
    elsewhere = _elsewhere(connection, records, closed_now)
    again = _closed_again(connection, records, unread)
    doubts = {
        one.key: why
        for one in closed_now
        if one.key not in found and (why := unread.get(one.step) or elsewhere.get(one.step) or not_decided.get(one.key))
    }
    sure = [one.key for one in closed_now if one.key not in found and one.key not in doubts]
    shut = {(partition, one): step for step, partition, one in sure if step in STOPS_EVERYBODY}
    return OpenAllTheSame(
        found=found,
        left_on=left_on,
        on=all_on,
        again=again,
        secondary=secondary,
        shut_there=shut_there,
        unread=unread,
        not_decided=not_decided,
        accepted=accepted,
        elsewhere=elsewhere,
        not_compared=not_compared,
        doubts=doubts,
        closed_by={key: shut[key[1:]] for key in found if key[1:] in shut},
        may_be_ours=may_have_opened(records, [one for one in closed_now if one.key in found]),
    )


def _by_key(step: LadderStep, found: Mapping[Place, str]) -> dict[Key, str]:
    return {(step, partition, one): why for (partition, one), why in found.items()}


def _elsewhere(
    connection: Connection, records: Iterable[ChangeRecord], closed: Iterable[ClosedTime]
) -> dict[LadderStep, str]:
    """Return by step that what it closes was closed at nodes that the appliance does not have today."""
    by_name = {record.name: record for record in records}
    nodes = [str(node.address) for node in connection.nodes]
    return {one.step: why for one in closed if (why := why_elsewhere(by_name[one.seen_by or one.record], nodes))}


def servers_on(connection: Connection, records: Iterable[ChangeRecord]) -> frozenset[tuple[str, ObjectId]] | None:
    """Return the virtual servers that are on, where a step has closed some: its records do not say which others there are. None where it was not read."""
    if not any(record.closing is not None for record in records):
        return None
    try:
        return frozenset(switched_on(connection, connection.primary, ()))
    except TourniquetError:
        return None


def _closed_again(
    connection: Connection, records: Sequence[ChangeRecord], unread: dict[LadderStep, str]
) -> frozenset[Key]:
    found: set[Key] = set()
    by_step: dict[LadderStep, dict[Key, ClosedTime]] = {}
    for key, one in openings_not_saved(records).items():
        by_step.setdefault(one.step, {})[key] = one
    for step, opened in by_step.items():
        try:
            found |= lost_openings(connection, records, step, opened)
        except TourniquetError as error:
            unread[step] = f"whether what was opened ({step}) and not saved still is was not read: {error}"
    return frozenset(found)


def lost_openings(
    connection: Connection, records: Sequence[ChangeRecord], step: LadderStep, opened: Mapping[Key, ClosedTime]
) -> frozenset[Key]:
    """Return of what a step had closed and a run opened without a save what the appliance shows as closed.

    :raises TourniquetError: where something cannot be read
    """
    places = {(partition, object_id) for _step, partition, object_id in opened}
    if step is LadderStep.OFF:
        closed = switched_off(connection, places)
    else:
        openings = {one.opened_by for one in opened.values()}
        before = [one for one in records if one.name not in openings]
        stands = ClosingReader(connection, measures_of_steps()[step], before).standing(connection.primary, places)
        closed = frozenset(places - stands.open.keys() - stands.not_decided.keys())
    return frozenset(key for key in opened if key[1:] in closed)


def _standing(
    reader: ClosingReader, session: Session, step: LadderStep, closed: Mapping[Place, str]
) -> tuple[Standing, frozenset[Place]]:
    """Return how what is closed stands at a node, and all that is switched on there.

    :param closed: with address and port as it was closed; "" where that is not known
    """
    if step is not LadderStep.OFF:
        return reader.standing(session, closed), frozenset()
    on = switched_on(reader.connection, session, closed)
    others = {(partition, address): one for (partition, one), address in on.items() if (partition, one) not in closed}
    is_open = {
        place: f"{other[1][0]} is switched on at its address, {address}"
        for place, address in closed.items()
        if (other := others.get((place[0], address))) is not None
    }
    return Standing(is_open | dict.fromkeys(on.keys() & closed.keys(), SWITCHED_ON)), frozenset(on)


def _at_secondary(reader: ClosingReader, step: LadderStep, closed: Mapping[Place, str]) -> list[_AtSecondary]:
    """Return how what is closed stands at the secondary. Where it cannot be read, the verdict and the builds say so."""
    session = reader.connection.secondary
    if session is None or reader.connection.secondary_problem or not closed:
        return []
    stands = _standing(reader, session, step, closed)[0]
    return [_AtSecondary(step, f"on the secondary {session.node.host}", frozenset(closed), stands)]


def _by_failover(there: Sequence[_AtSecondary]) -> tuple[dict[LadderStep, str], dict[LadderStep, str]]:
    """Return by step what a failover opens, and where another step closes to everybody what the step does not close at the secondary."""
    shut = {place: one.step for one in there if one.step in STOPS_EVERYBODY for place in one.closed}
    opened: dict[LadderStep, str] = {}
    beside: dict[LadderStep, str] = {}
    for one in there:
        of_opened = [place for place in one.stands.open if place not in shut]
        of_shut = [place for place in one.stands.open if place in shut]
        if of_opened:
            opened[one.step] = f"a failover opens {_names(of_opened)}: {one.where} {one.stands.open[of_opened[0]]}"
        if of_shut:
            by = ", ".join(dict.fromkeys(str(shut[place]) for place in of_shut))
            what = f"{one.step} is not in force at {_names(of_shut)}, where {by} closes it"
            beside[one.step] = f"{one.where} {what}: {one.stands.open[of_shut[0]]}"
    return opened, beside


def _names(places: Iterable[Place]) -> str:
    return ", ".join(sorted(_name(*one) for one in places))


def _name(partition: str, object_id: ObjectId) -> str:
    name = object_id[1][0]
    return name if partition == DEFAULT else f"{name} of partition {partition}"
