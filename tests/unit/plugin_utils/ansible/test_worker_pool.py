# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The pool of processes: a task gives the same result as in any process, and no one waits for a process that ended."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible import worker_pool
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.appliances_at_a_time import PER_CORE
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.worker_pool import WorkerPool
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro import round_trip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.step_executor import StepFailed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    InvalidInput,
    NotFound,
    OutcomeUnknown,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.result import Result
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import Task

SECONDS = 20.0


class Stubborn(Exception):
    """Takes what it does not keep, as exceptions of libraries do."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} {second}")


class Locked(Exception):
    def __init__(self) -> None:
        super().__init__("locked")
        self.lock = threading.Lock()


ERRORS: dict[str, Callable[[], Exception]] = {
    "input": lambda: InvalidInput("gw-a: the variable x is wrong"),
    "nitro": lambda: NotFound("gw-a", "GET nsfeature", 404, 258, "No such resource", [1, 2]),
    "bug": lambda: KeyError("nothing"),
    "stubborn": lambda: Stubborn("a", "b"),
    "locked": Locked,
}


class Scripted(Task):
    """Does what its options say."""

    def run(self) -> Result:
        for seconds in self.options.get("round_trips", ()):
            round_trip.note(seconds)
        if "raises" in self.options:
            make = ERRORS[self.options["raises"]]
            raise make()
        if "until" in self.options:
            Path(self.options["started"]).write_text(str(os.getpid()))
            with ThreadPoolExecutor() as threads:  # as probes are sent
                threads.submit(wait_until, Path(self.options["until"]).exists).result()
        own = {"pid": os.getpid(), "host": self.appliance.name, "check_mode": self.check_mode, "said": self.options}
        return Result(changed=False, own=own)


def scripted(**options: Any) -> Scripted:
    appliance = Appliance.from_variables("gw-a", {"nodes": ["10.1.0.11"], "user": "u", "password": "p"})
    return Scripted(appliance, options, check_mode=True, is_preview=False)


def wait_until(so: Callable[[], Any]) -> None:
    deadline = time.monotonic() + SECONDS
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def is_there(pid: int) -> bool:
    """True if a process exists; False for a child that ended and was not waited for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkerPool]:
    monkeypatch.setattr(worker_pool, "INITIAL_SIZE", 1)
    made = WorkerPool(3)
    made.grow()
    try:
        yield made
    finally:
        for pid in made._pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        made.stop()


@contextlib.contextmanager
def ansible_worker(workers: WorkerPool, task: Task) -> Iterator[int]:
    """A process that submits a task, as a worker of Ansible does; it is killed at the end."""
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            workers.submit(task)
        os._exit(0)
    try:
        yield pid
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def started(path: Path) -> int:
    """Return the processes of the pool."""
    wait_until(lambda: path.exists() and path.read_text())
    return int(path.read_text())


# -- one after the other -----------------------------------------------------------------------------------------------


def test_one_process_does_the_work_of_one_after_the_other(workers: WorkerPool) -> None:
    results = [workers.submit(scripted(number=number)) for number in range(3)]
    (pid,) = {result["pid"] for result in results}
    assert pid in workers._pids
    assert pid != os.getpid()
    assert [result["said"] for result in results] == [{"number": 0}, {"number": 1}, {"number": 2}]
    assert results[0] | {"pid": 0} == scripted(number=0).values() | {"pid": 0}


@pytest.mark.parametrize("name", ["input", "nitro", "bug"])
def test_an_error_arrives_as_it_was_raised(workers: WorkerPool, name: str) -> None:
    expected = ERRORS[name]()
    with pytest.raises(type(expected)) as raised:
        workers.submit(scripted(raises=name))
    assert str(raised.value) == str(expected)
    noted = {key: value for key, value in vars(raised.value).items() if key != "__notes__"}
    assert noted == vars(expected)
    assert "in run\n    raise make()" in raised.value.__notes__[0], "where it was raised"
    assert workers.submit(scripted())["host"] == "gw-a", "and the next one is served"


@pytest.mark.parametrize(("name", "text"), [("stubborn", "Stubborn: a b"), ("locked", "Locked: locked")])
def test_an_error_that_cannot_be_pickled_arrives_as_text(workers: WorkerPool, name: str, text: str) -> None:
    with pytest.raises(RuntimeError, match=text) as raised:
        workers.submit(scripted(raises=name))
    assert "in run\n    raise make()" in raised.value.__notes__[0]


def all_errors(base: type[TourniquetError]) -> set[type[TourniquetError]]:
    return {base, *(found for child in base.__subclasses__() for found in all_errors(child))}


def test_each_error_of_ours_can_be_handed_over() -> None:
    errors = all_errors(TourniquetError)
    assert {InvalidInput, NotFound, StepFailed} <= errors
    for cls in errors:
        error = cls.__new__(cls, "a text")
        error.__dict__["status"] = 404
        again = worker_pool.ForkingPickler.loads(worker_pool.ForkingPickler.dumps(error))
        assert (type(again), str(again), vars(again)) == (cls, "a text", {"status": 404})


# -- the end of waiting ----------------------------------------------------------------------------------------------


def test_a_task_that_no_process_accepts_in_time_runs_here(workers: WorkerPool, tmp_path: Path) -> None:
    with ansible_worker(workers, scripted(until=str(tmp_path / "end"), started=str(tmp_path / "started"))) as asker:
        busy = started(tmp_path / "started")
        result = workers.submit(scripted())
        assert (result["pid"], busy in workers._pids) == (os.getpid(), True)
        (tmp_path / "end").touch()
        wait_until(lambda: not is_there(asker))
    assert workers.submit(scripted())["pid"] == busy


def test_a_process_skips_a_submission_that_was_given_up(workers: WorkerPool, tmp_path: Path) -> None:
    (pid,) = workers._pids
    os.kill(pid, signal.SIGSTOP)
    with ansible_worker(workers, scripted(until=str(tmp_path / "never"), started=str(tmp_path / "started"))) as asker:
        assert started(tmp_path / "started") == asker
        os.kill(pid, signal.SIGCONT)
        assert workers.submit(scripted())["pid"] == pid, "it went on from the question that nobody waits for"


def test_a_task_that_cannot_be_submitted_runs_here(workers: WorkerPool) -> None:
    (pid,) = workers._pids
    os.kill(pid, signal.SIGSTOP)

    def ask() -> None:
        while True:
            socket.send_fds(workers._submitting, [b"?"], [0])

    with pytest.raises(BlockingIOError):
        ask()
    assert workers.submit(scripted())["pid"] == os.getpid()
    os.kill(pid, signal.SIGCONT)
    wait_until(lambda: workers.submit(scripted())["pid"] == pid)


def test_a_killed_process_is_reported_with_what_to_do(workers: WorkerPool, tmp_path: Path) -> None:
    def kill() -> None:
        os.kill(started(tmp_path / "started"), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(OutcomeUnknown, match=r"gw-a: the process that worked on it has ended .*same command again"):
        workers.submit(scripted(until=str(tmp_path / "never"), started=str(tmp_path / "started")))
    killer.join()
    before = set(workers._pids)
    wait_until(lambda: not any(map(is_there, before)))
    workers.grow()
    assert workers.submit(scripted())["pid"] not in before


def test_a_process_ends_with_all_that_it_started_when_its_worker_ends(workers: WorkerPool, tmp_path: Path) -> None:
    with ansible_worker(workers, scripted(until=str(tmp_path / "never"), started=str(tmp_path / "started"))):
        busy = started(tmp_path / "started")
        assert os.getpgid(busy) == busy, "a signal to its group meets nobody else"
        assert is_there(busy)
    wait_until(lambda: not is_there(busy))


def test_a_worker_that_ended_before_its_task_began_costs_nothing(workers: WorkerPool) -> None:
    ours, theirs = worker_pool.Pipe()
    with ours, theirs:
        socket.send_fds(workers._submitting, [b"?"], [theirs.fileno()])
    (pid,) = workers._pids
    assert workers.submit(scripted())["pid"] == pid


# -- how many ----------------------------------------------------------------------------------------------------------


def test_the_pool_grows_where_a_task_waits_and_never_over_its_limit(workers: WorkerPool, tmp_path: Path) -> None:
    workers.grow()
    assert len(workers._pids) == 1, "nobody waits"
    with contextlib.ExitStack() as stack:
        for number in range(workers.limit + 1):
            work = scripted(until=str(tmp_path / "end"), started=str(tmp_path / f"started-{number}"))
            stack.enter_context(ansible_worker(workers, work))
            time.sleep(worker_pool.ACCEPT_TIMEOUT / 10)  # it has asked
            workers.grow()
            started(tmp_path / f"started-{number}")
        assert len(workers._pids) == workers.limit
        (tmp_path / "end").touch()


def test_a_few_are_started_although_nobody_waits() -> None:
    for most, expected in ((3, 3), (20, worker_pool.INITIAL_SIZE)):
        made = WorkerPool(most)
        for number in range(1, 6):
            made.grow()
            assert len(made._pids) == min(number, expected)
        made.stop()
        assert not made._pids


# -- how many at a time ------------------------------------------------------------------------------------------------


def test_more_are_worked_on_where_they_are_far_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_pool, "_cores", lambda: 2)
    monkeypatch.setattr(worker_pool, "_available", lambda: 100_000.0)
    monkeypatch.setattr(worker_pool, "_resident", lambda: 0.0)
    monkeypatch.setattr(worker_pool, "ACCEPT_TIMEOUT", SECONDS)  # on a busy machine too no task runs here
    made = WorkerPool(64)
    made.grow()
    try:
        assert made.appliances_at_a_time == 2 * PER_CORE, "none has answered yet"
        made.submit(scripted(round_trips=[0.2, 0.04, 0.1]))
        wait_until(lambda: made.appliances_at_a_time > 2 * PER_CORE)
        assert made.appliances_at_a_time == 34, "by the shortest answer of the appliance"
        for _appliance in range(2):
            made.submit(scripted(round_trips=[0.001]))
        wait_until(lambda: made.appliances_at_a_time == 2 * PER_CORE)
    finally:
        made.stop()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MemTotal:  9000000 kB\nMemAvailable:  409600 kB\n", 2),
        ("MemAvailable:  1024 kB\n", 1),
        ("MemTotal:  9000000 kB\n", 16),
        ("MemAvailable: much\n", 16),
        (None, 16),
    ],
)
def test_no_more_are_worked_on_than_the_memory_allows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str | None, expected: int
) -> None:
    file = tmp_path / "meminfo"
    if text is not None:
        file.write_text(text)
    monkeypatch.setattr(worker_pool, "MEMORY", file)
    monkeypatch.setattr(worker_pool, "_resident", lambda: 0.0)
    monkeypatch.setattr(worker_pool, "_cores", lambda: 2)
    made = WorkerPool(64)
    assert made.appliances_at_a_time == expected
    made.stop()


@pytest.mark.parametrize(("text", "expected"), [("9 131072 1 1 0 1 0\n", 6), ("9\n", 16), ("9 x\n", 16), (None, 16)])
def test_fewer_are_worked_on_where_the_main_process_is_large(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str | None, expected: int
) -> None:
    file = tmp_path / "statm"
    if text is not None:
        file.write_text(text)
    monkeypatch.setattr(worker_pool, "RESIDENT", file)
    monkeypatch.setattr(worker_pool, "_available", lambda: 100_000.0)
    monkeypatch.setattr(worker_pool, "_cores", lambda: 2)
    monkeypatch.setattr("resource.getpagesize", lambda: 4096)
    made = WorkerPool(16)
    assert made.appliances_at_a_time == expected
    made.stop()


def test_a_task_without_an_answer_says_nothing_of_the_distance(workers: WorkerPool) -> None:
    workers.submit(scripted())
    workers.submit(scripted(round_trips=[0.04]))
    wait_until(lambda: workers.appliances_at_a_time and workers._round_trips)
    assert [*workers._round_trips] == [0.04]


def test_what_the_parent_process_asked_says_nothing_of_the_distance() -> None:
    round_trip.note(0.0001)
    made = WorkerPool(4)
    made.grow()
    try:
        made.submit(scripted(round_trips=[0.04]))
        wait_until(lambda: made.appliances_at_a_time and made._round_trips)
        assert [*made._round_trips] == [0.04]
    finally:
        made.stop()
        round_trip.take()


def test_reports_that_nobody_reads_stop_no_task(workers: WorkerPool) -> None:
    with contextlib.suppress(BlockingIOError):
        while True:
            workers._reporting.send(bytes(8))
    assert workers.submit(scripted(round_trips=[0.001]))["host"] == "gw-a"
    assert workers.submit(scripted())["pid"] in workers._pids


def test_the_next_appliance_waits_until_another_is_done(workers: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    class Running(WorkerPool):
        appliances_at_a_time = 1

    workers.__class__ = Running
    end = multiprocessing.Event()
    child = multiprocessing.get_context("fork").Process(target=end.wait)
    waited: list[int] = []

    def wait(sentinels: list[int], _seconds: float) -> None:
        waited.extend(sentinels)
        end.set()
        child.join()

    child.start()
    monkeypatch.setattr(worker_pool, "wait", wait)
    workers.make_room()
    assert waited == [], "it is no worker of Ansible, and may never end"
    monkeypatch.setattr(worker_pool, "WorkerProcess", type(child))
    workers.make_room()
    assert waited == [child.sentinel]
    workers.make_room()
    assert len(waited) == 1, "there is room"


def test_each_far_appliance_gets_a_process_before_it_asks_for_one(
    workers: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is started after the last appliance of a wave has begun, so its task would wait in vain."""
    monkeypatch.setattr(worker_pool, "_cores", lambda: 1)
    monkeypatch.setattr(worker_pool, "RESIDENT", Path("/nonexistent"))  # this process may be large
    monkeypatch.setattr(worker_pool, "_available", lambda: 100_000.0)
    monkeypatch.setattr(worker_pool, "_workers_of_ansible", lambda: [None] * 2)
    workers.limit = 20
    workers.make_room()
    assert len(workers._pids) == 1, "it is not known how far away they are"
    workers._round_trips.append(0.001)
    workers.make_room()
    assert len(workers._pids) == 1, "they are near"
    workers._round_trips.extend([0.04, 0.04])
    for _appliance in range(5):
        workers.make_room()
    assert len(workers._pids) == 3, "two are worked on, and one begins"


def test_they_end_with_the_playbook() -> None:
    for _playbook in range(2):
        worker_pool.make_room(2)
        first = worker_pool.run(scripted())["pid"]
        assert first != os.getpid()
        worker_pool.stop()
        assert not is_there(first)
        worker_pool.stop()
    assert worker_pool.run(scripted())["pid"] == os.getpid()


def test_they_end_when_the_process_that_started_them_is_killed(tmp_path: Path) -> None:
    """Also where a worker of Ansible is left, which holds the socket open and waits for its dead process for ever."""
    pid = os.fork()
    if pid == 0:
        worker_pool.make_room(1)
        left = os.fork()
        if left == 0:
            (tmp_path / "worker").write_text(str(os.getpid()))
            time.sleep(SECONDS)
            os._exit(0)
        (tmp_path / "started").write_text(str(worker_pool.run(scripted())["pid"]))
        time.sleep(SECONDS)
        os._exit(0)
    worker, left = started(tmp_path / "worker"), started(tmp_path / "started")
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    wait_until(lambda: not is_there(left))
    os.kill(worker, signal.SIGKILL)
