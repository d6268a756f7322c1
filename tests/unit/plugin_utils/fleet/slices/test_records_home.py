# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each job brings its change records and notes of probes home; what a lost one left is asked for once its node answers, and nothing else is."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import KEY_FILE, RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.own_signer import add_own_line
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_content import RecordContent
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.records_folder import folder_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.sent_probes import (
    noted_probes,
    probes_of_others,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices import records_home, sent_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.awaited_records import FOLDER, Awaited
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.execution_nodes import (
    ExecutionNode,
    Slice,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.job import (
    PROBES_FILE,
    RECORDS,
    RECORDS_FILE,
    Job,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.job_records import JobRecords
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.job_standing import Standing
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.records_home import RecordsHome
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.sent_probe_notes import probes_to_send
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.sent_records import (
    Kept,
    newest_names,
    records_of_job,
    records_to_send,
    stamps_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.worker_stream import WorkerAnswer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.sliced.sliced_rollout import SlicedRollout

from tests.unit.plugin_utils.change.records.test_record_content import RECORD
from tests.unit.plugin_utils.verbs.sliced.test_sliced_rollout import NODES, World, honest

LOST = WorkerAnswer(problem="its stream ended in the middle")


def written(directory: Path, trust: RecordTrust, host: str, number: int, **changes: Any) -> ChangeRecord:
    values = {**RECORD, "host": host, "finished": "2020-01-17T20:10:00+00:00", **changes}
    name = f"20200117T{number:06}.000000Z-aaaaaaaaaa.json"
    record = ChangeRecord(
        folder_of(directory, host) / name, RecordContent.from_json(values, where="the record"), trust=trust
    )
    record.write()
    return record


class Nodes:
    """Execution nodes that keep records and notes, and send them as theirs do."""

    def __init__(self, place: Path, signers: Path) -> None:
        self.place = place
        self.number = 0
        self.lost: Callable[[Job], bool] = lambda _job: False
        self.silent: Callable[[Job], bool] = lambda _job: False
        for node in NODES:
            add_own_line(place / node.name / KEY_FILE, signers, node.name)

    def work(self, job: Job) -> WorkerAnswer:
        state = self.place / job.slice.node.name
        records, trust = state / "records", RecordTrust(key=state / KEY_FILE)
        if job.verb == RECORDS:
            sent = records_to_send(records, job.variables["tourniquet_known_records"], trust)
            probes = probes_to_send(records, job.variables["tourniquet_known_probes"])
            return LOST if self.lost(job) else self._answer(job, sent, probes)
        into = (state / "r.json", state / "p.json")
        known = json.loads(json.dumps(job.home))
        home = JobRecords(records, trust, stamps_of(records, known["known"]), known["known"], known["probes"], into)
        for host in job.slice.hosts:
            if job.can_write:
                self.number += 1
                written(records, trust, host, self.number)
            with noted_probes(records, host, "0123456789"):
                pass
        home.write()
        return LOST if self.lost(job) else self._answer(job, *(path.read_text(encoding="utf-8") for path in into))

    def _answer(self, job: Job, records: str, probes: str) -> WorkerAnswer:
        both = {RECORDS_FILE: records.encode(), PROBES_FILE: probes.encode()}
        files = {} if self.silent(job) else {name: both[name] for name in job.wanted if name in both}
        whole = WorkerAnswer("successful") if job.verb == RECORDS else honest(job)
        return replace(whole, files={**whole.files, **files})


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "world", count=6)
    nodes = Nodes(tmp_path, tmp_path / "allowed_signers")
    made.node, made.nodes = nodes.work, nodes  # type: ignore[attr-defined]
    return made


def run(world: World, name: str = "r1", verb: str = "apply", timeout: float = 900.0) -> SlicedRollout:
    """Carry a verb out as the action does."""
    world.jobs.clear()
    signers = world.directory.parent / "allowed_signers"
    before = world.sliced

    def sliced(*given: Any, **more: Any) -> SlicedRollout:
        made = before(*given, **more)
        made.home.trust = RecordTrust(key=world.directory / "key", allowed_signers=signers)
        made.fleet = replace(made.fleet, timeout=timeout)
        return made

    world.sliced = sliced  # type: ignore[method-assign]
    try:
        made = world.roll_out(name, max_failed=6) if verb == "apply" else sliced(name, verb)
        if verb != "apply":
            made.read()
        made.bring_records_home()
    finally:
        world.sliced = before  # type: ignore[method-assign]
    return made


def here(sliced: SlicedRollout, host: str) -> list[str]:
    return [record.name for record in all_records(sliced.home.directory, host, sliced.home.trust)]


def awaited(sliced: SlicedRollout) -> list[str]:
    return sorted(path.stem for path in (sliced.home.directory / FOLDER).glob("*.json"))


def asked(world: World) -> dict[str, tuple[str, ...]]:
    """The jobs of records alone, by node."""
    return {job.slice.node.name: tuple(job.slice.hosts) for job in world.jobs if job.verb == RECORDS}


def test_each_job_brings_its_own_and_none_is_sent_for_them(world: World) -> None:
    sliced = run(world)
    assert {host: len(here(sliced, host)) for host in world.hosts} == dict.fromkeys(world.hosts, 1)
    assert {len(probes_of_others(sliced.home.directory, host)) for host in world.hosts} == {2}
    assert asked(world) == {}
    assert awaited(sliced) == []
    assert sliced.notes == []
    assert "6 change records of the execution nodes are in" in world.said[-1]


def test_the_probes_of_a_verify_come_home_although_it_has_no_record(world: World) -> None:
    sliced = run(world, verb="verify")
    assert {len(probes_of_others(sliced.home.directory, host)) for host in world.hosts} == {1}
    assert sorted(path.name for path in (sliced.home.directory / "probes_of").iterdir()) == ["amsterdam", "utrecht"]
    assert (asked(world), awaited(sliced)) == ({}, [])


def test_what_a_lost_node_has_written_comes_with_the_next_run(world: World) -> None:
    nodes: Any = world.nodes  # type: ignore[attr-defined]
    nodes.lost = lambda job: job.can_write and job.slice.node.name == "utrecht"
    first = run(world)
    utrecht = tuple(world.hosts[1::2])
    assert awaited(first)
    assert asked(world) == {}, "a node that is lost is not asked again"
    assert not any(here(first, host) for host in utrecht)
    nodes.lost = lambda _job: False
    second = run(world, "r2", "status")
    assert set(asked(world)) == {"utrecht"}
    assert all(here(second, host) for host in utrecht)
    assert awaited(second) == awaited(first), "its job may still write until its deadline"


def test_it_is_asked_no_more_when_the_job_can_write_no_more(world: World) -> None:
    nodes: Any = world.nodes  # type: ignore[attr-defined]
    nodes.lost = lambda job: job.can_write and job.slice.node.name == "utrecht"
    first = run(world, timeout=-3600.0)
    nodes.lost = lambda job: job.verb == RECORDS
    second = run(world, "r2", "status")
    assert awaited(second) == awaited(first)
    assert [note.partition(":")[0] for note in dict.fromkeys(second.notes)] == [
        "the change records of utrecht did not come"
    ]
    nodes.lost = lambda _job: False
    assert awaited(run(world, "r3", "status")) == []
    run(world, "r4", "status")
    assert asked(world) == {}


def test_a_controller_that_dies_leaves_what_it_awaits(world: World) -> None:
    nodes: Any = world.nodes  # type: ignore[attr-defined]

    def die(job: Job) -> bool:
        if job.can_write:
            raise KeyboardInterrupt
        return False

    nodes.lost = die
    with pytest.raises(KeyboardInterrupt):
        run(world, timeout=-3600.0)
    nodes.lost = lambda _job: False
    sliced = run(world, "r2", "status")
    assert len(here(sliced, "gw-00")) == 1
    assert awaited(sliced) == []


def test_an_answer_without_records_is_asked_for_in_the_same_run(world: World) -> None:
    nodes: Any = world.nodes  # type: ignore[attr-defined]
    nodes.silent = lambda job: job.verb != RECORDS
    sliced = run(world)
    assert set(asked(world)) == {"amsterdam", "utrecht"}
    assert all(here(sliced, host) for host in world.hosts)
    assert (awaited(sliced), sliced.notes) == ([], [])


def test_a_job_that_was_not_sent_is_not_awaited(world: World) -> None:
    world.node = lambda job: honest(job) if job.check else WorkerAnswer(problem="no route", standing=Standing.NOT_SENT)
    assert awaited(run(world)) == []


def test_nothing_is_sent_where_records_cannot_be_kept(world: World) -> None:
    (world.directory / "home").mkdir(parents=True)
    (world.directory / "home" / FOLDER).write_text("", encoding="utf-8")
    with pytest.raises(
        InvalidInput, match=r"change records of the execution nodes cannot be kept in .*so nothing was sent\. Make room"
    ):
        run(world)
    assert not any(job.can_write for job in world.jobs)


def test_what_several_jobs_of_a_node_have_in_common_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run of nine slices gave nine equal lines."""
    monkeypatch.setattr(records_home, "keep_sent_records", lambda *_given: Kept(0, ("utrecht: left alone",)))
    monkeypatch.setattr(records_home, "keep_sent_probes", lambda *_given: "")
    home = RecordsHome(tmp_path, RecordTrust(key=tmp_path / "key"))
    answer = WorkerAnswer(status="successful", files={RECORDS_FILE: b"{}", PROBES_FILE: b"{}"})
    one = Slice(ExecutionNode("utrecht", ("worker",)), ("gw-1",))
    for _job in range(9):
        home.take_lost(one, answer)
    assert home.notes == ["utrecht: left alone"]


def test_a_file_that_is_none_of_ours_is_named(world: World) -> None:
    folder = world.directory / "home" / FOLDER
    folder.mkdir(parents=True, mode=0o700)
    contents = ("{", "[]", '{"node": 1, "hosts": [], "deadline": "2020-01-01T00:00:00+00:00"}')
    for number, content in enumerate((*contents, '{"node": "x", "hosts": [], "deadline": "2020-01-01T00:00:00"}')):
        (folder / f"{number}.json").write_text(content, encoding="utf-8")
    sliced = run(world, verb="status")
    assert len([note for note in sliced.notes if "is no file of this collection" in note]) == 4


# -- what a job is told, and what it brings ---------------------------------------------------------------------------


def test_a_job_is_told_of_a_bounded_number_of_names_and_no_record_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust = RecordTrust(key=tmp_path / "key")
    names = [written(tmp_path, trust, "gw-a", number).name for number in range(30)]
    monkeypatch.setattr(ChangeRecord, "read", None)
    assert newest_names(tmp_path, ["gw-a", "gw-b"]) == {"gw-a": names[-20:], "gw-b": []}


def brought(directory: Path, known: dict[str, list[str]], before: Any = None) -> dict[str, Any]:
    trust = RecordTrust(key=directory / "key")
    stamps = stamps_of(directory, known) if before is None else before
    sent: dict[str, Any] = json.loads(records_of_job(directory, stamps, known, trust))
    return {host: value if host == "" else sorted(value) for host, value in sent.items()}


def test_a_job_brings_what_it_has_written_and_what_the_controller_misses(tmp_path: Path) -> None:
    trust = RecordTrust(key=tmp_path / "key")
    names = [written(tmp_path, trust, "gw-a", number).name for number in range(30)]
    assert brought(tmp_path, {"gw-a": []}) == {"gw-a": names}, "a controller without records gets all"
    window = names[5:25]
    assert brought(tmp_path, {"gw-a": window}) == {"gw-a": names[25:]}, "what is older than what it knows is not new"
    assert brought(tmp_path, {"gw-a": names[-20:]}) == {}
    before = stamps_of(tmp_path, ["gw-a"])
    written(tmp_path, trust, "gw-a", 2, outcome="applied", reason="it has ended")
    new = written(tmp_path, trust, "gw-a", 31).name
    assert brought(tmp_path, {"gw-a": names[-20:]}, before) == {"gw-a": [names[2], new]}


def test_what_has_no_room_is_counted_and_what_was_written_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust = RecordTrust(key=tmp_path / "key")
    names = [written(tmp_path, trust, "gw-a", number).name for number in range(4)]
    before = stamps_of(tmp_path, ["gw-a"])
    written(tmp_path, trust, "gw-a", 1, reason="changed")
    one = len(json.dumps(json.loads((folder_of(tmp_path, "gw-a") / names[0]).read_text(encoding="utf-8"))))
    monkeypatch.setattr(sent_records, "MOST_BYTES", int(2.5 * one))
    assert brought(tmp_path, {"gw-a": []}, before) == {"gw-a": [names[1], names[3]], "": 2}


def test_what_had_no_room_is_awaited_and_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sent_records, "MOST_BYTES", 1)
    sliced = run(world)
    assert awaited(sliced)
    assert {note.partition(" of ")[2] for note in sliced.notes} == {
        "amsterdam had no room. The next run gets them",
        "utrecht had no room. The next run gets them",
    }
    monkeypatch.undo()
    again = run(world, "r2", "status")
    assert all(here(again, host) for host in world.hosts)


def test_a_job_is_over_when_the_lease_of_its_last_write_has_ended() -> None:
    deadline = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
    job = Awaited("r-1", "utrecht", ("gw-a",), deadline)
    assert [job.is_over(deadline + timedelta(minutes=minutes)) for minutes in (0, 15, 16)] == [False, False, True]


def test_the_page_comes_also_where_the_records_of_a_job_cannot_be_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk of the controller is full after the change: what was done is shown, and the records are asked for again."""

    def full(_records: object, directory: Path, _host: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(directory / "x.json"))

    with monkeypatch.context() as patch:
        patch.setattr(sent_records, "keep_records", full)
        sliced = run(world)
    assert sliced.problems == dict.fromkeys(world.hosts, "")
    assert all(sliced.results[host]["changed"] for host in world.hosts)
    why = f"the change records of amsterdam are not kept here: {sliced.home.directory / 'x.json'}: No space left on device. The next run gets them"
    assert sliced.notes.count(why) == 1  # and not once for each job
    assert [here(run(world, "r2", "status"), host) != [] for host in world.hosts] == [True] * 6


def test_the_page_comes_also_where_a_record_of_the_controller_cannot_be_read(world: World) -> None:
    world.nodes.lost = lambda job: job.can_write  # type: ignore[attr-defined]
    run(world)
    world.nodes.lost = lambda _job: False  # type: ignore[attr-defined]
    sliced = run(world, "r2", "status")
    broken = folder_of(sliced.home.directory, "gw-00") / here(sliced, "gw-00")[0]
    broken.write_text("{", encoding="utf-8")
    world.nodes.lost = lambda job: job.can_write  # type: ignore[attr-defined]
    run(world, "r3")
    world.nodes.lost = lambda _job: False  # type: ignore[attr-defined]
    sliced = run(world, "r4", "status")
    assert sliced.problems == dict.fromkeys(world.hosts, "")
    (why,) = [note for note in sliced.notes if "are not kept here" in note]
    assert why.startswith(
        f"the change records of amsterdam are not kept here: the change record {broken} cannot be read"
    )
    assert why.endswith(". The next run gets them")
