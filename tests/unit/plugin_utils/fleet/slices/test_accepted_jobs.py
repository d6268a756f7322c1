# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each job is begun once on its node, whatever delivers it twice, and what is kept of it is bounded."""

from __future__ import annotations

import os
import stat
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.sliced_job import SlicedJob
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices import accepted_jobs
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.accepted_jobs import begin_once
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput, Refused

JOB = SlicedJob("r1-7", "r1", "apply", datetime(2026, 12, 1, 3, 14, 20, tzinfo=UTC))


def test_a_job_is_begun_by_one_run_for_all_of_its_appliances(tmp_path: Path) -> None:
    begin_once(tmp_path, JOB, "first")
    begin_once(tmp_path, JOB, "first")
    with pytest.raises(Refused) as refused:
        begin_once(tmp_path, JOB, "second")
    assert str(refused.value) == (
        "the job r1-7 of the run r1 was begun on this execution node before, and each job is carried out once. Give the command again on the controller. "
        "Nothing was sent."
    )
    assert refused.value.is_refusal
    noted = tmp_path / "jobs" / "r1-7"
    assert (noted.read_text(), stat.S_IMODE(noted.stat().st_mode)) == ("first", 0o600)


def test_of_two_deliveries_at_the_same_moment_one_begins(tmp_path: Path) -> None:
    begun, together = [], threading.Barrier(8)

    def deliver(run: str) -> None:
        together.wait()
        try:
            begin_once(tmp_path, JOB, run)
        except Refused:
            return
        begun.append(run)

    threads = [threading.Thread(target=deliver, args=(f"run-{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(begun) == 1


def test_jobs_of_a_month_ago_are_forgotten_and_too_many_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accepted_jobs, "MOST_JOBS", 3)
    monkeypatch.setattr(accepted_jobs, "MANY", 0)
    for number in range(1, 4):
        (tmp_path / "jobs").mkdir(mode=0o700, exist_ok=True)
        (tmp_path / "jobs" / f"old-{number}").write_text("earlier")
        past = time.time() - 31 * 86_400
        os.utime(tmp_path / "jobs" / f"old-{number}", (past, past))
    for number in range(1, 4):
        begin_once(tmp_path, SlicedJob(f"r1-{number}", "r1", "apply", JOB.deadline), "run")
    assert sorted(path.name for path in (tmp_path / "jobs").iterdir()) == ["r1-1", "r1-2", "r1-3"]
    with pytest.raises(
        InvalidInput, match=r"jobs has 3 jobs of the last 30 days, and 3 is the most\. .* Nothing was sent\."
    ):
        begin_once(tmp_path, SlicedJob("r1-4", "r1", "apply", JOB.deadline), "run")
    begin_once(tmp_path, SlicedJob("r1-1", "r1", "apply", JOB.deadline), "run")  # what was begun goes on


def test_a_clock_that_was_wrong_forgets_neither_a_job_nor_a_cancel(tmp_path: Path) -> None:
    """A node that booted with a time in the past gets the right one: what it noted before looks old, and its deadline is not over."""
    begin_once(tmp_path, JOB, "run")
    JOB.cancel_file(tmp_path).touch()
    for path in (tmp_path / "jobs").iterdir():
        os.utime(path, (0, 0))
    begin_once(tmp_path, SlicedJob("r1-8", "r1", "apply", JOB.deadline), "run")
    assert sorted(path.name for path in (tmp_path / "jobs").iterdir()) == ["r1-7", "r1-7.cancelled", "r1-8"]
    with pytest.raises(Refused, match="begun on this execution node before"):
        begin_once(tmp_path, JOB, "another")


def test_a_job_that_cannot_be_noted_is_not_begun(tmp_path: Path) -> None:
    (tmp_path / "jobs").write_text("a file is in the way")
    with pytest.raises(
        InvalidInput, match=r"jobs/r1-7 cannot be written, so it cannot be noted that the job r1-7 has begun"
    ):
        begin_once(tmp_path, JOB, "run")
    others = tmp_path / "others"
    (others / "jobs").mkdir(parents=True)
    (others / "jobs").chmod(0o777)
    with pytest.raises(InvalidInput, match="others may write to it"):
        begin_once(others, JOB, "run")
