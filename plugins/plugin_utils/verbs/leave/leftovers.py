# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What of ours is left on one appliance, of all measures: objects, settings, virtual servers that we closed, and files on the nodes. It only reads.

The objects are found by their names and comments in the texts of the configuration, so also those whose records are lost. Settings and closed virtual
servers have neither, so only records name them, those of other control nodes too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import DEFAULT, is_stand_in
from ...appliance.nitro.node_files import list_files
from ...appliance.nitro.partitions import UNREADABLE, read_partitions
from ...appliance.objects.nsconf_reader import read_configuration
from ...appliance.objects.ownership import PREFIX, SEPARATOR, Owner
from ...appliance.objects.resource_types import TYPES, Attributes, ObjectId
from ...appliance.objects.steps import FEATURE, Step
from ...catalogue.closing_steps import LadderStep
from ...catalogue.measure import Measure
from ...catalogue.record_trust import RecordTrust
from ...change.planning.unsaved_changes import ConfigurationTexts
from ...change.records.change_record import ChangeRecord
from ...change.records.closed_time import still_closed
from ...change.records.closures import closed_by_us
from ...change.records.continued_runs import applies
from ...change.records.fetched_records import fetch_records
from ...change.records.lease_files import is_lease_name
from ...change.records.record_copies import stems
from ...change.records.record_list import all_records, in_chain_order
from ...change.records.record_states import RecordKind
from ...change.records.usable_records import mark_undone
from ...foundation.errors import InvalidInput, TourniquetError
from ...foundation.json_values import written_whole
from ...node_system.on_box.own import script_left

OF_MEASURES = (RecordKind.APPLY, RecordKind.VERIFY, RecordKind.ROLLBACK)
"""The kinds of records that are about a measure. The others (a lockdown, ended sessions) have no objects."""
LoadMeasure = Callable[[str], Measure]
"""Returns the measure of an id.

:raises InvalidInput: where no catalogue has it
"""


@written_whole()
@dataclass(frozen=True)
class NodeFiles:
    """Files of ours on one node.

    :ivar copies: how many change records have a copy in :data:`DIRECTORY`
    :ivar locks: how many files of a lock are there
    :ivar data: the paths of data that a measure has loaded
    """

    copies: int = 0
    locks: int = 0
    data: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.copies or self.locks or self.data)


@written_whole(files=lambda found: {node: files for node, files in found.files.items() if files})
@dataclass(frozen=True)
class Leftovers:
    """What of ours is left on one appliance.

    :ivar objects: by measure and partition, the objects, in words
    :ivar settings: by measure, the settings and features that a run of ours changed and none restored, as lines of ns.conf with their partition
    :ivar foreign: objects with our prefix that are not ours, in words; nothing of ours touches them
    :ivar closed: the virtual servers that we closed, each with the decision
    :ivar steps: by which they were closed
    :ivar files: by the address of a node
    :ivar start_up_lines: by the address of a node, the lines of a measure in its start-up file
    :ivar script: by node, what is there of the script of on_box.yml
    :ivar not_read: what could not be read, as sentences: there may be more
    """

    objects: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    settings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    foreign: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    files: Mapping[str, NodeFiles] = field(default_factory=dict)
    start_up_lines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    script: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    not_read: tuple[str, ...] = ()
    steps: tuple[LadderStep, ...] = field(default=(), repr=False)

    @property
    def measures(self) -> list[str]:
        """The ids of the measures that have anything left."""
        return sorted({*self.objects, *self.settings})

    @property
    def is_empty(self) -> bool:
        """True if nothing was found that a run can remove. What could not be read, and lines of a start-up file, do not count."""
        return not (self.measures or self.closed or self.script or any(self.files.values()))


def read_leftovers(connection: Connection, records: Path, trust: RecordTrust, load: LoadMeasure) -> Leftovers:
    """Read what of ours is left.

    :param records: the directory of the change records; nothing is written into it
    :param load: returns the measure of an id; its data and its line of the start-up file are looked for
    :raises TourniquetError: where a record on the control node cannot be read
    """
    host = connection.appliance.name
    fetched, problems = fetch_records(connection, records, host, trust)
    known = {record.name: record for record in (*all_records(records, host, trust), *fetched)}
    chain = [record for record in in_chain_order(known.values()) if record.provenance.is_trusted]
    mark_undone(chain)
    objects: dict[str, dict[str, tuple[str, ...]]] = {}
    foreign: list[str] = []
    for partition in _partitions(connection, problems):
        for measure, names in _objects_in(connection, partition, foreign, problems).items():
            objects.setdefault(measure, {})[partition] = tuple(sorted(names))
    recorded = {record.measure for record in chain if record.kind in OF_MEASURES}
    measures = _loaded({*objects, *recorded}, load, problems)
    return Leftovers(
        objects=objects,
        settings={id_: lines for id_ in sorted(recorded) if (lines := tuple(_settings(chain, id_)))},
        foreign=tuple(foreign),
        closed=tuple(text for _step, text in _closed(chain)),
        steps=tuple(dict.fromkeys(step for step, _text in _closed(chain))),
        files=_files(connection, measures, problems),
        start_up_lines=_start_up_lines(connection, measures, problems),
        script=_script(connection, chain, problems),
        not_read=tuple(dict.fromkeys([*problems, *connection.missing_nodes])),
    )


def _closed(chain: Sequence[ChangeRecord]) -> Iterator[tuple[LadderStep, str]]:
    """Yield what we closed and nobody opened again, by its step, in words. A page or lists are objects of a measure too, and opened by no removal."""
    now = datetime.now(UTC)
    for partition in dict.fromkeys(record.partition for record in chain):
        ours = closed_by_us(record for record in chain if record.partition == partition)
        place = "" if partition == DEFAULT else f" in partition {partition}"
        yield from ((LadderStep.OFF, f"{' '.join(id_[1])}{place} {one.text(now)}") for id_, one in ours.items())
    for closed in still_closed(chain):
        if closed.step is not LadderStep.OFF:
            where = "" if closed.partition == DEFAULT else f"in partition {closed.partition}: "
            yield closed.step, f"{where}{closed.text(now)}"


def measure_of(object_id: ObjectId, attributes: Attributes) -> tuple[str, bool]:
    """Return the measure that the name of an object is of, and True if the object is ours by its comment too; "" for a name without our prefix."""
    type_ = TYPES[object_id[0]]
    if type_.bound:
        name = str(attributes.get(type_.policy_attribute or type_.parent, ""))
    elif type_.is_singleton:
        name = str(attributes.get("Locationfile", "")).rpartition("/")[2]
    else:
        name = object_id[1][0]
    if not name.startswith(PREFIX):
        return "", False
    measure = name.removeprefix(PREFIX).partition(SEPARATOR)[0]
    try:
        return measure, Owner(measure, 1).owns(object_id, attributes)
    except InvalidInput:  # no measure has such a name
        return measure, False


def _partitions(connection: Connection, problems: list[str]) -> Iterator[str]:
    yield DEFAULT
    found = read_partitions(connection.primary)
    if found is None:
        problems.append(UNREADABLE)
    for name in found or ():
        if is_stand_in(name):
            problems.append(f"a partition has a name that NITRO does not allow ({name}), so it was not read")
        else:
            yield name


def _objects_in(
    connection: Connection, partition: str, foreign: list[str], problems: list[str]
) -> dict[str, dict[str, None]]:
    """Return our objects in one partition by measure, in words; those that only the saved configuration has are marked."""
    with connection.inside(partition):
        texts = ConfigurationTexts(connection.primary)
        running, saved = texts.running, texts.saved
    found: dict[str, dict[str, None]] = {}
    seen: set[ObjectId] = set()
    for text, name, mark in ((running, "ns runningConfig", ""), (saved, "ns savedConfig", " (saved only)")):
        if text is None:
            problems.append(f"partition {partition}: the configuration cannot be read (allow the user: show {name})")
            continue
        for object_id, attributes in read_configuration(text, PREFIX).objects.items():
            measure, is_ours = measure_of(object_id, attributes)
            if not measure or object_id in seen:
                continue
            seen.add(object_id)
            words = f"{TYPES[object_id[0]].noun} {' '.join(object_id[1])}{mark}"
            if is_ours:
                found.setdefault(measure, {})[words] = None
            else:
                foreign.append(words if partition == DEFAULT else f"{words} in partition {partition}")
    return found


def _loaded(ids: Iterable[str], load: LoadMeasure, problems: list[str]) -> list[Measure]:
    found = []
    for id_ in sorted(ids):
        try:
            found.append(load(id_))
        except InvalidInput as error:
            problems.append(f"files and start-up lines of {id_} were not looked for: {error}")
    return found


def _settings(records: Iterable[ChangeRecord], measure: str) -> Iterator[str]:
    """Yield what the runs of a measure in force have set that has no name of ours, as lines of ns.conf."""
    runs = [record for record in applies(one for one in records if one.measure == measure) if not record.undone_by]
    for run, step in ((record, step) for record in runs for step in record.touched):
        place = "" if run.partition == DEFAULT else f" in partition {run.partition}"
        if step.type == FEATURE or (step.type in TYPES and TYPES[step.type].only_set and not _names_ours(step)):
            yield from (f"{line}{place}" for line in step.lines())


def _names_ours(step: Step) -> bool:
    return step.after is not None and measure_of(step.object_id, step.after)[1]


def _files(connection: Connection, measures: Iterable[Measure], problems: list[str]) -> dict[str, NodeFiles]:
    directories = {
        directory: measure.id for measure in measures if (directory := measure.traits.writing.file_directory)
    }
    found: dict[str, NodeFiles] = {}
    with connection.inside(DEFAULT):  # where the files are
        for member in connection.members:
            session = member.session
            try:
                names = list_files(session)
                data = [
                    f"{directory}/{name}"
                    for directory, measure in directories.items()
                    for name in list_files(session, directory)
                    if Owner(measure, 1).owns_name(name)
                ]
            except TourniquetError as error:
                problems.append(f"the files on node {session.node.host} cannot be read: {error}")
                continue
            found[str(session.node)] = NodeFiles(len(stems(names)), sum(map(is_lease_name, names)), tuple(data))
    return found


def _script(
    connection: Connection, chain: Sequence[ChangeRecord], problems: list[str]
) -> Mapping[str, tuple[str, ...]]:
    try:
        return script_left(connection, chain)
    except TourniquetError as error:
        problems.append(f"whether the script of on_box.yml is on a node cannot be read: {error}")
        return {}


def _start_up_lines(
    connection: Connection, measures: Iterable[Measure], problems: list[str]
) -> dict[str, tuple[str, ...]]:
    lines = {measure.start_up_line for measure in measures if measure.start_up_line}
    found: dict[str, tuple[str, ...]] = {}
    for node in connection.nodes if lines else ():
        if node.start_up_file is None:
            problems.append(f"/nsconfig/rc.netscaler of {node.address.host} was not read: {node.problem}")
            continue
        own = tuple(line for written in node.start_up_file.splitlines() if (line := written.strip()) in lines)
        if own:
            found[node.address.host] = own
    return found
