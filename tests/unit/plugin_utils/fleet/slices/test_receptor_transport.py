# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A job over Receptor: a ping first, a time to live, and no unit that stays behind, but for one that writes and has begun."""

from __future__ import annotations

import errno
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices import transport
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.execution_nodes import ExecutionNode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.job_standing import Standing
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.left_jobs import settle_left_jobs
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.open_jobs import OpenJob, OpenJobs
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.pipe import Pipe
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.receptor_control import (
    ReceptorControl,
    ReceptorError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.receptor_route import ReceptorRoute
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.worker_stream import WorkerAnswer

from tests.unit.plugin_utils.fleet.slices.pretended_receptor import RUNNING, PretendedReceptor
from tests.unit.plugin_utils.fleet.slices.test_pipe import NOW, job_now
from tests.unit.plugin_utils.fleet.slices.test_worker_stream import archive, stream

WHOLE = stream(files=archive({"tourniquet_results.json": b"{}"}))
LEASE = timedelta(minutes=15)


@pytest.fixture
def receptor(tmp_path: Path) -> Iterator[PretendedReceptor]:
    own = PretendedReceptor(tmp_path)
    own.results = WHOLE
    yield own
    own.close()


def run(receptor: PretendedReceptor, tmp_path: Path, verb: str = "apply", timeout: float = 30.0) -> WorkerAnswer:
    route = ReceptorRoute(receptor.path, "utrecht")
    runner = tmp_path / "runner"
    runner.write_text("#!/bin/sh\necho the whole job\n")
    runner.chmod(0o700)
    own = Pipe(str(runner), timeout, OpenJobs(tmp_path / "open"))
    answer = own.run(job_now(verb=verb, node=ExecutionNode("utrecht", receptor=route)))
    own.open_jobs.close()
    return answer


def left(tmp_path: Path, later: timedelta = timedelta()) -> int:
    """How many jobs may still begin, as the next run finds them."""
    return len(settle_left_jobs(OpenJobs(tmp_path / "open"), NOW + later))


def verbs(receptor: PretendedReceptor) -> list[str]:
    return [" ".join(command.split()[:2]) for command in receptor.commands if not command.startswith("{")]


def test_a_good_job_is_pinged_submitted_with_a_time_to_live_and_released(
    receptor: PretendedReceptor, tmp_path: Path
) -> None:
    answer = run(receptor, tmp_path)
    assert (answer.is_whole, answer.standing) == (True, Standing.ENDED)
    assert receptor.payloads == [b"the whole job\n"]
    assert json.loads(receptor.commands[1]) == {
        "command": "work",
        "subcommand": "submit",
        "node": "utrecht",
        "worktype": "ansible-runner",
        "ttl": "30s",
        "tlsclient": "mesh",
        "signwork": "true",
    }
    assert verbs(receptor) == ["ping utrecht", "work results", "work release"]
    assert (receptor.units, left(tmp_path)) == ({}, 0)


def test_a_node_that_is_away_gets_no_unit(receptor: PretendedReceptor, tmp_path: Path) -> None:
    receptor.is_there = False
    answer = run(receptor, tmp_path)
    assert (answer.standing, answer.problem) == (Standing.NOT_SENT, "it does not answer (no route to node)")
    assert (receptor.payloads, left(tmp_path)) == ([], 0)


def test_what_never_arrived_is_cancelled_read_back_and_released(
    receptor: PretendedReceptor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "TO_THE_END", 0.25)
    receptor.arrives, receptor.results, receptor.holds = "nothing", b"", True
    answer = run(receptor, tmp_path, timeout=0.5)
    assert receptor.was_cut.wait(20)
    assert answer.standing is Standing.CANCELLED
    assert answer.problem == "its Receptor did not deliver the job (Locally Cancelled)"
    assert verbs(receptor) == ["ping utrecht", "work results", "work cancel", "work release"]
    assert (receptor.units, left(tmp_path)) == ({}, 0)


@pytest.mark.parametrize("arrives", ["all", "part"])
def test_a_writer_that_may_have_begun_is_not_cut_and_stays_open(
    receptor: PretendedReceptor, tmp_path: Path, arrives: str
) -> None:
    receptor.arrives, receptor.results, receptor.runs = arrives, b"", True
    answer = run(receptor, tmp_path)
    assert answer.standing is Standing.OPEN
    assert verbs(receptor) == ["ping utrecht", "work results"]
    assert left(tmp_path) == 1
    (unit,) = receptor.units.values()
    unit.update(State=RUNNING, Detail="Running: PID 4711")
    assert left(tmp_path, LEASE + timedelta(seconds=1)) == 0
    assert len(receptor.units) == 1, "an appliance that was begun is carried to its end"
    assert left(tmp_path, 2 * LEASE + timedelta(seconds=1)) == 0
    assert (receptor.units, verbs(receptor)[-2:]) == ({}, ["work cancel", "work release"])
    assert list((tmp_path / "open").glob("*.json")) == []


def test_the_next_run_releases_a_unit_that_has_ended_since(receptor: PretendedReceptor, tmp_path: Path) -> None:
    receptor.results, receptor.runs = b"", True
    run(receptor, tmp_path)
    (unit,) = receptor.units.values()
    unit.update(State=2, Detail="exit status 0")
    assert left(tmp_path) == 0
    assert receptor.units == {}


def test_a_job_that_only_reads_is_cancelled_wherever_it_is(receptor: PretendedReceptor, tmp_path: Path) -> None:
    receptor.results, receptor.runs = b"", True
    run(receptor, tmp_path, "verify")
    assert (receptor.units, verbs(receptor)[-2:]) == ({}, ["work cancel", "work release"])
    assert left(tmp_path) == 0


@pytest.mark.parametrize("detail", ["exit status 1", "signal: killed", "Remote work unit is gone", "Canceled"])
def test_the_end_of_a_worker_is_no_known_end_of_its_playbook(
    receptor: PretendedReceptor, tmp_path: Path, detail: str
) -> None:
    receptor.results, receptor.detail, receptor.fails = b"", detail, True
    assert run(receptor, tmp_path).standing is Standing.OPEN
    assert left(tmp_path) == 1
    assert receptor.units == {}, "to release it cuts nothing any more"
    assert left(tmp_path, LEASE + timedelta(seconds=1)) == 0
    assert list((tmp_path / "open").glob("*.json")) == [], "nothing is left to be released"


@pytest.mark.parametrize("status", ["canceled", "error", "timeout"])
def test_a_worker_that_was_cancelled_leaves_its_playbook_behind(
    receptor: PretendedReceptor, tmp_path: Path, status: str
) -> None:
    receptor.results, receptor.fails = stream(status=status), True
    assert run(receptor, tmp_path).standing is Standing.OPEN
    assert left(tmp_path) == 1


def test_a_submission_that_is_refused_leaves_no_unit(receptor: PretendedReceptor, tmp_path: Path) -> None:
    receptor.refuses = "cannot sign work: signing key is empty"
    answer = run(receptor, tmp_path)
    assert answer.standing is Standing.NOT_SENT
    assert answer.problem == "its Receptor did not deliver the job (cannot sign work: signing key is empty)"
    assert (receptor.units, left(tmp_path)) == ({}, 0)


def test_a_job_that_cannot_be_packed_is_not_sent(receptor: PretendedReceptor, tmp_path: Path) -> None:
    route = ReceptorRoute(receptor.path, "utrecht")
    answer = Pipe("false", 30.0, OpenJobs(tmp_path / "open")).run(job_now(node=ExecutionNode("u", receptor=route)))
    assert (answer.standing, answer.problem) == (Standing.NOT_SENT, "its job could not be packed")
    assert receptor.payloads == []


def test_a_receptor_that_does_not_run_is_named(tmp_path: Path) -> None:
    path = str(tmp_path / "none")
    why = f"the Receptor of the controller does not answer at {path} (No such file or directory)"
    assert ReceptorControl(path).ping("utrecht") == why
    with pytest.raises(ReceptorError, match="does not answer at"):
        ReceptorControl(path).status("unit1")


def test_errors_of_receptor_are_passed_on(receptor: PretendedReceptor) -> None:
    with pytest.raises(ReceptorError, match="the Receptor of the controller said: unknown work unit unit9"):
        ReceptorControl(receptor.path).release("unit9")
    with (
        pytest.raises(ReceptorError, match="said: unknown work unit unit9"),
        ReceptorControl(receptor.path).results("unit9"),
    ):
        pass


GREETING = b"Receptor Control, node controller\n"
ROUTE = ReceptorRoute("", "utrecht", tls_client="nope")


@contextmanager
def answering(path: Path, sent: bytes) -> Iterator[ReceptorControl]:
    """A control socket that sends the same whatever it is asked."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen()

    def answer() -> None:
        connection, _address = listener.accept()
        with connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(4096)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    yield ReceptorControl(str(path), 10.0)
    thread.join(10)
    listener.close()


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        (b"SSH-2.0-OpenSSH_9.9\n", "is no control socket of Receptor"),
        (b"", "the Receptor of the controller ended the conversation"),
        (GREETING, "the Receptor of the controller ended the conversation"),
        (GREETING + b"[1]\n", r"the Receptor of the controller said: \[1\]"),
        (GREETING + b"[" * 100_000 + b"\n", r"the Receptor of the controller said: \["),
        (GREETING + b"{}\n", "its Receptor said nothing of the job"),
        (GREETING + b'{"State": 9, "ExtraData": {}}\n', "its Receptor said nothing of the job"),
        (GREETING + b"ERROR: x\x1b[2J\n", r"the Receptor of the controller said: x\\x1b\[2J$"),
    ],
)
def test_an_answer_that_says_nothing_is_no_state_of_a_job(tmp_path: Path, sent: bytes, problem: str) -> None:
    with answering(tmp_path / "s", sent) as control, pytest.raises(ReceptorError, match=problem):
        control.status("unit1")


def test_a_submission_that_makes_no_unit_says_why(tmp_path: Path) -> None:
    with (
        answering(tmp_path / "s", GREETING + b"ERROR: unknown TLS config nope\n") as control,
        pytest.raises(ReceptorError, match="the Receptor of the controller said: unknown TLS config nope"),
        control.submission(ROUTE, 60),
    ):
        pass


def test_a_socket_that_another_user_could_have_made_gets_nothing(receptor: PretendedReceptor, tmp_path: Path) -> None:
    """Such as /tmp/receptor.sock: who binds it first gets the jobs, and answers that all is mitigated."""
    tmp_path.chmod(0o1777)
    answer = run(receptor, tmp_path)
    tmp_path.chmod(0o700)
    assert (answer.standing, receptor.commands) == (Standing.NOT_SENT, [])
    assert answer.problem == (
        f"it does not answer (others may write to {tmp_path}, so anybody can be the Receptor of the controller at {receptor.path}: put the socket into a "
        "directory of its user, such as /run/receptor)"
    )


def test_a_unit_that_cannot_be_noted_gets_nothing_and_does_not_stay(
    receptor: PretendedReceptor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk of the controller is full: nobody would know the unit after a kill."""
    keep = OpenJobs.keep

    def full(jobs: OpenJobs, job: OpenJob) -> None:
        if job.unit:
            raise OSError(errno.ENOSPC, "No space left on device", "r1-1.json")
        keep(jobs, job)

    monkeypatch.setattr(OpenJobs, "keep", full)
    answer = run(receptor, tmp_path)
    assert (answer.standing, any(receptor.payloads), receptor.units) == (Standing.NOT_SENT, False, {})
    assert (
        answer.problem
        == "its job cannot be noted on the controller (No space left on device), so nothing of it was sent"
    )
