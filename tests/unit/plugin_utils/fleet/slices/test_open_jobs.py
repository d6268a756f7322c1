# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of open jobs: what cannot be read is named, since nobody knows what its job may still do."""

from __future__ import annotations

import errno
import fcntl
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices import open_jobs
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.open_jobs import OpenJob, OpenJobs
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

JOB = OpenJob("r1-4", "r1", "apply", "utrecht", ("gw-a",), datetime(2026, 12, 1, tzinfo=UTC), writes=True)


def kept(directory: Path, **changed: Any) -> None:
    jobs = OpenJobs(directory)
    jobs.give_up(JOB)
    path = directory / "r1-4.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    kept(tmp_path / "jobs")
    (read,) = OpenJobs(tmp_path / "jobs").left()
    assert (read.ident, read.hosts, read.deadline, read.given_up) == ("r1-4", ("gw-a",), JOB.deadline, True)


@pytest.mark.parametrize(
    "changed",
    [
        {"ident": "../r1-4"},
        {"run": "r2"},
        {"hosts": 7},
        {"hosts": [7]},
        {"node": "u\ntrecht"},
        {"writes": "no"},
        {"unit": "../../x"},
        {"deadline": "tomorrow"},
        {"deadline": "2026-12-01T00:00:00"},
    ],
)
def test_a_file_that_says_something_else_is_named(tmp_path: Path, changed: dict[str, Any]) -> None:
    kept(tmp_path / "jobs", **changed)
    with pytest.raises(InvalidInput, match=r"r1-4\.json cannot be read: .* may still write\. .* remove it\."):
        OpenJobs(tmp_path / "jobs").left()


@pytest.mark.parametrize("content", ["", "[]", "{}", "[" * 100_000])
def test_a_file_that_is_broken_is_named(tmp_path: Path, content: str) -> None:
    kept(tmp_path / "jobs")
    (tmp_path / "jobs" / "r1-4.json").write_text(content)
    with pytest.raises(InvalidInput, match=r"r1-4\.json cannot be read"):
        OpenJobs(tmp_path / "jobs").left()


def test_too_many_files_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(tmp_path / "jobs")
    monkeypatch.setattr(open_jobs, "MOST", 0)
    with pytest.raises(InvalidInput, match="has more than 0 open jobs"):
        OpenJobs(tmp_path / "jobs").left()


def test_nothing_was_ever_sent(tmp_path: Path) -> None:
    assert OpenJobs(tmp_path / "jobs").left() == []


def test_a_job_whose_run_let_go_of_it_is_left_and_one_that_is_held_is_not(tmp_path: Path) -> None:
    jobs = OpenJobs(tmp_path / "jobs")
    jobs.keep(JOB)
    assert jobs.left() == OpenJobs(tmp_path / "jobs").left() == []
    jobs.close()
    assert [one.ident for one in OpenJobs(tmp_path / "jobs").left()] == ["r1-4"]


def test_without_locks_of_the_file_system_a_killed_controller_still_leaves_its_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as a volume over NFS without its lock service: the run that has died holds nothing, and its lock file is still there."""

    def flock(_descriptor: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    OpenJobs(tmp_path / "jobs").keep(JOB)  # and nobody gives it up or forgets it
    assert [one.ident for one in OpenJobs(tmp_path / "jobs").left()] == ["r1-4"]


def test_another_run_never_finds_a_job_whose_run_is_not_held_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would take the job for one of a run that has died, and forget it while it is on its way."""
    found: list[int] = []
    write = open_jobs.write_privately

    def written(path: Path, text: str) -> None:
        write(path, text)
        found.append(len(OpenJobs(path.parent).left()))

    monkeypatch.setattr(open_jobs, "write_privately", written)
    OpenJobs(tmp_path / "jobs").keep(JOB)
    assert found == [0]
