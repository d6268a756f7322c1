# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A job on its way: the ping comes first, its file is there before it is sent, and what has no known end stays a file until its deadline."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices import programs, transport
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.execution_nodes import ExecutionNode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.job import Job
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.job_standing import Standing
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.left_jobs import (
    refusals,
    settle_left_jobs,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.open_jobs import OpenJob, OpenJobs
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.pipe import (
    Pipe,
    explained,
    require_runner,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.transport import Parcel
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.worker_stream import WorkerAnswer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.unit.plugin_utils.fleet.slices.test_job import job

NOW = datetime.now(UTC)
GOOD = WorkerAnswer("successful", has_ended=True, standing=Standing.ENDED)


def job_now(**more: object) -> Job:
    return job(deadline=NOW + timedelta(minutes=15), **more)


class Way:
    """A transport that does as it is told.

    :ivar open: how many files there were when the job was sent
    """

    def __init__(self, jobs: OpenJobs, answer: WorkerAnswer | BaseException = GOOD, ping: str = "") -> None:
        self.jobs = jobs
        self.answer = answer
        self.problem = ping
        self.open: list[int] = []

    def ping(self) -> str:
        return self.problem

    def carry(self, parcel: Parcel) -> WorkerAnswer:
        self.open.append(len(list(self.jobs.directory.glob("*.json"))))
        parcel.note("unit1")
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


def pipe(jobs: OpenJobs, way: Way) -> Pipe:
    return Pipe("true", 30.0, jobs, lambda _node: way)


def left(directory: Path, seconds: float = 0.0) -> list[str]:
    """What another process finds that may still begin."""
    return [one.ident for one in settle_left_jobs(OpenJobs(directory), NOW + timedelta(seconds=seconds))]


def test_a_job_is_written_down_before_it_is_sent_and_forgotten_at_its_end(tmp_path: Path) -> None:
    jobs = OpenJobs(tmp_path / "open")
    way = Way(jobs)
    assert pipe(jobs, way).run(job_now()).is_whole
    assert way.open == [1]
    assert left(jobs.directory) == []


def test_a_node_that_does_not_answer_the_ping_gets_nothing(tmp_path: Path) -> None:
    jobs = OpenJobs(tmp_path / "open")
    way = Way(jobs, ping="no route to node")
    answer = pipe(jobs, way).run(job_now())
    assert (answer.standing, answer.problem) == (Standing.NOT_SENT, "it does not answer (no route to node)")
    assert way.open == []
    assert not jobs.directory.exists()
    assert [pipe(jobs, one).answers(ExecutionNode("a", ("worker",))) for one in (way, Way(jobs))] == [False, True]


@pytest.mark.parametrize(
    ("standing", "stays"),
    [(Standing.OPEN, True), (Standing.CANCELLED, False), (Standing.ENDED, False), (Standing.NOT_SENT, False)],
)
def test_a_job_without_results_stays_a_file_unless_its_end_is_known(
    tmp_path: Path, standing: Standing, stays: bool
) -> None:
    jobs = OpenJobs(tmp_path / "open")
    pipe(jobs, Way(jobs, WorkerAnswer(problem="lost", standing=standing))).run(job_now())
    assert left(jobs.directory) == (["r1-1"] if stays else [])


def test_what_may_still_begin_is_refused_until_its_deadline_and_not_longer(tmp_path: Path) -> None:
    jobs = OpenJobs(tmp_path / "open")
    lost = job_now(verb="rollback")
    pipe(jobs, Way(jobs, WorkerAnswer(problem="lost"))).run(lost)
    (open_one,) = settle_left_jobs(OpenJobs(jobs.directory), NOW)
    assert refusals([open_one]) == {
        "gw-a": f"the job r1-1 (rollback) of run r1 was lost at amsterdam and may still begin until {lost.deadline:%Y-%m-%d %H:%M:%S} UTC; give the "
        "command again then"
    }
    assert left(jobs.directory, 901) == []
    assert list(jobs.directory.glob("*.json")) == []


@pytest.mark.parametrize("job_", [job_now(verb="verify"), job_now(verb="apply", check=True)])
def test_a_job_that_changes_nothing_keeps_nobody(tmp_path: Path, job_: Job) -> None:
    jobs = OpenJobs(tmp_path / "open")
    way = Way(jobs, WorkerAnswer(problem="lost"))
    pipe(jobs, way).run(job_)
    assert (way.open, left(jobs.directory)) == ([0], [])


def test_an_exception_on_the_way_leaves_the_job_open(tmp_path: Path) -> None:
    jobs = OpenJobs(tmp_path / "open")
    with pytest.raises(KeyboardInterrupt):
        pipe(jobs, Way(jobs, KeyboardInterrupt())).run(job_now())
    assert left(jobs.directory) == ["r1-1"]


def test_a_killed_controller_leaves_its_job_and_a_living_one_does_not(tmp_path: Path) -> None:
    directory = tmp_path / "open"
    ready, go = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        jobs = OpenJobs(directory)

        class Killed(Way):
            def carry(self, parcel: Parcel) -> WorkerAnswer:
                os.write(ready[1], b"x")
                os.read(go[0], 1)
                os._exit(9)

        pipe(jobs, Killed(jobs)).run(job_now())
    os.read(ready[0], 1)
    assert left(directory) == [], "its run waits for it"
    os.write(go[1], b"x")
    os.waitpid(child, 0)
    assert left(directory) == ["r1-1"]


def test_an_interruption_gives_up_what_is_under_way_and_begins_nothing_else(tmp_path: Path) -> None:
    own = Pipe("true", 300.0, OpenJobs(tmp_path / "open"))
    sleeping = job_now(node=ExecutionNode("a", ("sleep", "60"), cancel=("true",)))
    answers: list[WorkerAnswer] = []
    thread = threading.Thread(target=lambda: answers.append(own.run(sleeping)))
    thread.start()
    wait_until(lambda: own.watches._running)
    own.watches.interrupt()
    thread.join(20)
    (answer,) = answers
    assert (answer.standing, answer.problem) == (Standing.CANCELLED, "the run was interrupted")
    assert own.run(sleeping).standing is Standing.NOT_SENT


def wait_until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


# -- a node behind a command ------------------------------------------------------------------------------------------


def run(tmp_path: Path, node: ExecutionNode, timeout: float = 30.0) -> WorkerAnswer:
    return Pipe("true", timeout, OpenJobs(tmp_path / "open")).run(job_now(node=node))


@pytest.mark.parametrize(
    ("command", "problem", "standing"),
    [
        (
            ("no-such-command",),
            "its command cannot be started (No such file or directory: no-such-command)",
            Standing.NOT_SENT,
        ),
        (
            ("sh", "-c", "echo no route to host >&2"),
            "its stream ended in the middle: the node, its job or the connection to it was lost (no route to host)",
            Standing.OPEN,
        ),
        (("echo", "Last login: today"), "it sent something else than the stream of a job", Standing.OPEN),
        (
            ("sleep", "60"),
            "it did not answer within 0.5 s (slice_timeout), nor within 0.25 s more for what it had begun",
            Standing.OPEN,
        ),
        (
            ("sh", "-c", "echo cable cut >&2; echo 'Warning: the versions differ' >&2"),
            "its stream ended in the middle: the node, its job or the connection to it was lost (cable cut)",
            Standing.OPEN,
        ),
        (
            ("sh", "-c", "echo 'Warning: receptorctl and receptor are different versions' >&2"),
            "its stream ended in the middle: the node, its job or the connection to it was lost",
            Standing.OPEN,
        ),
    ],
)
def test_a_node_that_does_not_answer_is_a_lost_one(
    tmp_path: Path, command: tuple[str, ...], problem: str, standing: Standing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "TO_THE_END", 0.25)
    answer = run(tmp_path, ExecutionNode("a", command), 0.5 if command[0] == "sleep" else 30.0)
    assert (answer.is_whole, answer.problem, answer.standing) == (False, problem, standing)


def test_a_job_at_work_at_its_deadline_comes_to_its_end(tmp_path: Path) -> None:
    """Whoever gave it up then would cancel it, and cut a change off: it begins no other appliance by itself."""
    done = tmp_path / "done"
    node = ExecutionNode("a", ("sh", "-c", f"sleep 1.5; touch {done}"))
    answer = run(tmp_path, node, 0.5)
    assert done.exists()
    assert "slice_timeout" not in answer.problem


def test_a_job_that_only_reads_is_given_up_at_its_time(tmp_path: Path) -> None:
    pipe = Pipe("true", 0.5, OpenJobs(tmp_path / "open"))
    answer = pipe.run(job_now(verb="status", node=ExecutionNode("a", ("sleep", "60"))))
    assert answer.problem == "it did not answer within 0.5 s (slice_timeout)"


@pytest.mark.parametrize(("cancel", "standing"), [("exit 0", Standing.CANCELLED), ("exit 1", Standing.OPEN)])
def test_only_a_cancel_that_ends_well_is_a_confirmation(tmp_path: Path, cancel: str, standing: Standing) -> None:
    words = ("sh", "-c", f'echo "$1" > {tmp_path}/cancelled; {cancel}', "sh", "{job}")
    assert run(tmp_path, ExecutionNode("a", ("false",), cancel=words)).standing is standing
    assert (tmp_path / "cancelled").read_text() == "r1-1\n"


@pytest.mark.parametrize(
    ("ping", "why"),
    [
        (("sh", "-c", "echo no route to host >&2; exit 255"), "sh ended with 255 (no route to host)"),
        (("no-such-command",), "no-such-command cannot be started: No such file or directory"),
        (("sleep", "60"), "sleep did not end within 0.3 s"),
    ],
)
def test_a_ping_that_fails_says_why(
    tmp_path: Path, ping: tuple[str, ...], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        programs,
        "SECONDS_TO_ANSWER",
        0.3 if ping[0] == "sleep" else 20.0,
    )
    answer = run(tmp_path, ExecutionNode("a", ("touch", str(tmp_path / "begun")), ping=ping))
    assert (answer.standing, answer.problem) == (Standing.NOT_SENT, f"it does not answer ({why})")
    assert not (tmp_path / "begun").exists()


def test_a_node_that_falls_silent_is_lost_before_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "SILENCE", 0.5)
    alive = """echo '{"event": "keepalive", "counter": 0, "uuid": 0}'; exec sleep 60"""
    answer = run(tmp_path, ExecutionNode("a", ("sh", "-c", alive)), 50.0)
    assert answer.problem == "it has not given a sign of life for 0.5 s: the node or the connection to it was lost"


def test_a_node_that_promises_signs_of_life_gives_the_first_one_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "SILENCE", 0.1)
    monkeypatch.setattr(transport, "MISSED", 0.5)
    answer = run(tmp_path, ExecutionNode("a", ("sleep", "60"), keepalive=1), 50.0)
    assert answer.problem == "it has not given a sign of life for 1 s: the node or the connection to it was lost"


def test_a_job_without_results_is_explained_by_its_last_words() -> None:
    files = {"stdout": b"[ERROR]: the collection is missing\nPLAY RECAP\n"}
    assert (
        explained(WorkerAnswer("failed", files)) == "its job ended without results ([ERROR]: the collection is missing)"
    )


def test_a_warning_is_not_the_reason_of_a_loss() -> None:
    files = {"stdout": b"no hosts matched\n[WARNING]: the versions of ansible-core and of the collection differ\n"}
    assert explained(WorkerAnswer("failed", files)) == "its job ended without results (no hosts matched)"


def test_ansible_runner_must_be_installed() -> None:
    with pytest.raises(InvalidInput, match=r"no-such-runner was not found .*pip install ansible-runner.*slice_runner"):
        require_runner("no-such-runner")
    assert require_runner("cat").endswith("/cat")


def test_a_full_disk_of_the_controller_ends_one_job_and_not_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was sent, so the appliances have failed with the reason, and the results of the others are shown."""

    def full(_jobs: OpenJobs, job: OpenJob) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", f"/var/open/{job.ident}.json")

    jobs = OpenJobs(tmp_path / "open")
    way = Way(jobs)
    monkeypatch.setattr(OpenJobs, "keep", full)
    answer = pipe(jobs, way).run(job_now())
    assert (answer.standing, way.open) == (Standing.NOT_SENT, [])
    assert (
        answer.problem == "its job cannot be written on the controller (No space left on device: /var/open/r1-1.json)"
    )
