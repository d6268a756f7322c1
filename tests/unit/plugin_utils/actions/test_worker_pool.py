# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Workers that stay: what they do is what the work does, and nobody waits for one that is gone."""

from __future__ import annotations

import contextlib
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
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.actions import worker_pool
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.actions.task import Work
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.actions.worker_pool import StandingWorkers
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import (
    InvalidInput,
    NotFound,
    OutcomeUnknown,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.execution.step_executor import StepFailed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.appliance import Appliance

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


class Told(Work):
    """Does what its options say."""

    def do(self) -> dict[str, Any]:
        if "raises" in self.options:
            make = ERRORS[self.options["raises"]]
            raise make()
        if "until" in self.options:
            Path(self.options["started"]).write_text(str(os.getpid()))
            with ThreadPoolExecutor() as threads:  # as probes are sent
                threads.submit(wait_until, Path(self.options["until"]).exists).result()
        return {"pid": os.getpid(), "host": self.appliance.name, "check_mode": self.check_mode, "said": self.options}


def told(**options: Any) -> Told:
    appliance = Appliance.from_variables("gw-a", {"nodes": ["10.1.0.11"], "user": "u", "password": "p"})
    return Told(appliance, options, check_mode=True, is_preview=False)


def wait_until(so: Callable[[], Any]) -> None:
    deadline = time.monotonic() + SECONDS
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def is_there(pid: int) -> bool:
    """Also as a child whose end nobody has asked about; that one is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandingWorkers]:
    monkeypatch.setattr(worker_pool, "AT_ONCE", 1)
    made = StandingWorkers(3)
    made.grow()
    try:
        yield made
    finally:
        for pid in made._pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        made.end()


@contextlib.contextmanager
def ansible_worker(workers: StandingWorkers, work: Work) -> Iterator[int]:
    """A process that hands work over, as a worker of Ansible does; it is killed at the end."""
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            workers.hand_over(work)
        os._exit(0)
    try:
        yield pid
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def started(path: Path) -> int:
    """Who works there."""
    wait_until(lambda: path.exists() and path.read_text())
    return int(path.read_text())


# -- one after the other -----------------------------------------------------------------------------------------------


def test_one_process_does_the_work_of_one_after_the_other(workers: StandingWorkers) -> None:
    results = [workers.hand_over(told(number=number)) for number in range(3)]
    (pid,) = {result["pid"] for result in results}
    assert pid in workers._pids
    assert pid != os.getpid()
    assert [result["said"] for result in results] == [{"number": 0}, {"number": 1}, {"number": 2}]
    assert results[0] | {"pid": 0} == told(number=0).do() | {"pid": 0}


@pytest.mark.parametrize("name", ["input", "nitro", "bug"])
def test_an_error_arrives_as_it_was_raised(workers: StandingWorkers, name: str) -> None:
    expected = ERRORS[name]()
    with pytest.raises(type(expected)) as raised:
        workers.hand_over(told(raises=name))
    assert str(raised.value) == str(expected)
    noted = {key: value for key, value in vars(raised.value).items() if key != "__notes__"}
    assert noted == vars(expected)
    assert "in do" in raised.value.__notes__[0], "where it was raised"
    assert workers.hand_over(told())["host"] == "gw-a", "and the next one is served"


@pytest.mark.parametrize(("name", "text"), [("stubborn", "Stubborn: a b"), ("locked", "Locked: locked")])
def test_an_error_that_cannot_be_handed_over_is_told_in_words(workers: StandingWorkers, name: str, text: str) -> None:
    with pytest.raises(RuntimeError, match=text) as raised:
        workers.hand_over(told(raises=name))
    assert "in do" in raised.value.__notes__[0]


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


# -- nobody waits in vain ----------------------------------------------------------------------------------------------


def test_what_nobody_takes_in_time_is_done_here(workers: StandingWorkers, tmp_path: Path) -> None:
    with ansible_worker(workers, told(until=str(tmp_path / "end"), started=str(tmp_path / "started"))) as asker:
        busy = started(tmp_path / "started")
        result = workers.hand_over(told())
        assert (result["pid"], busy in workers._pids) == (os.getpid(), True)
        (tmp_path / "end").touch()
        wait_until(lambda: not is_there(asker))
    assert workers.hand_over(told())["pid"] == busy


def test_who_does_it_himself_keeps_nobody_waiting(workers: StandingWorkers, tmp_path: Path) -> None:
    (pid,) = workers._pids
    os.kill(pid, signal.SIGSTOP)
    with ansible_worker(workers, told(until=str(tmp_path / "never"), started=str(tmp_path / "started"))) as asker:
        assert started(tmp_path / "started") == asker
        os.kill(pid, signal.SIGCONT)
        assert workers.hand_over(told())["pid"] == pid, "it went on from the question that nobody waits for"


def test_what_cannot_even_be_asked_is_done_here(workers: StandingWorkers) -> None:
    (pid,) = workers._pids
    os.kill(pid, signal.SIGSTOP)

    def ask() -> None:
        while True:
            socket.send_fds(workers._asking, [b"?"], [0])

    with pytest.raises(BlockingIOError):
        ask()
    assert workers.hand_over(told())["pid"] == os.getpid()
    os.kill(pid, signal.SIGCONT)
    wait_until(lambda: workers.hand_over(told())["pid"] == pid)


def test_one_that_is_killed_is_told_with_what_to_do(workers: StandingWorkers, tmp_path: Path) -> None:
    def kill() -> None:
        os.kill(started(tmp_path / "started"), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(OutcomeUnknown, match=r"gw-a: the process that worked on it has ended .*same command again"):
        workers.hand_over(told(until=str(tmp_path / "never"), started=str(tmp_path / "started")))
    killer.join()
    before = set(workers._pids)
    wait_until(lambda: not any(map(is_there, before)))
    workers.grow()
    assert workers.hand_over(told())["pid"] not in before


def test_who_is_not_waited_for_ends_at_once_with_all_that_it_started(workers: StandingWorkers, tmp_path: Path) -> None:
    with ansible_worker(workers, told(until=str(tmp_path / "never"), started=str(tmp_path / "started"))):
        busy = started(tmp_path / "started")
        assert os.getpgid(busy) == busy, "a signal to its group meets nobody else"
        assert is_there(busy)
    wait_until(lambda: not is_there(busy))


def test_who_was_gone_before_the_work_began_costs_nothing(workers: StandingWorkers) -> None:
    ours, theirs = worker_pool.Pipe()
    with ours, theirs:
        socket.send_fds(workers._asking, [b"?"], [theirs.fileno()])
    (pid,) = workers._pids
    assert workers.hand_over(told())["pid"] == pid


# -- how many ----------------------------------------------------------------------------------------------------------


def test_one_more_comes_where_somebody_waits_and_no_more_than_allowed(workers: StandingWorkers, tmp_path: Path) -> None:
    workers.grow()
    assert len(workers._pids) == 1, "nobody waits"
    with contextlib.ExitStack() as stack:
        for number in range(workers.most + 1):
            work = told(until=str(tmp_path / "end"), started=str(tmp_path / f"started-{number}"))
            stack.enter_context(ansible_worker(workers, work))
            time.sleep(worker_pool.TAKEN_WITHIN / 10)  # it has asked
            workers.grow()
            started(tmp_path / f"started-{number}")
        assert len(workers._pids) == workers.most
        (tmp_path / "end").touch()


def test_a_few_are_started_although_nobody_waits() -> None:
    for most, expected in ((3, 3), (20, worker_pool.AT_ONCE)):
        made = StandingWorkers(most)
        for number in range(1, 6):
            made.grow()
            assert len(made._pids) == min(number, expected)
        made.end()
        assert not made._pids


def test_they_end_with_the_playbook() -> None:
    for _playbook in range(2):
        worker_pool.grow(2)
        first = worker_pool.do(told())["pid"]
        assert first != os.getpid()
        worker_pool.end()
        assert not is_there(first)
        worker_pool.end()
    assert worker_pool.do(told())["pid"] == os.getpid()


def test_they_end_when_the_process_that_started_them_is_killed(tmp_path: Path) -> None:
    """Also where a worker of Ansible is left, which holds the socket open and waits for its dead process for ever."""
    pid = os.fork()
    if pid == 0:
        worker_pool.grow(1)
        left = os.fork()
        if left == 0:
            (tmp_path / "worker").write_text(str(os.getpid()))
            time.sleep(SECONDS)
            os._exit(0)
        (tmp_path / "started").write_text(str(worker_pool.do(told())["pid"]))
        time.sleep(SECONDS)
        os._exit(0)
    worker, left = started(tmp_path / "worker"), started(tmp_path / "started")
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    wait_until(lambda: not is_there(left))
    os.kill(worker, signal.SIGKILL)
