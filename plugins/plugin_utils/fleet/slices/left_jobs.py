# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run does first about the jobs that earlier runs left: release what has ended, and keep away from what may still begin."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ...change.records.appliance_lock import LIFETIME
from .job_standing import Standing, time_text
from .open_jobs import OpenJob, OpenJobs
from .receptor_control import ReceptorControl
from .receptor_transport import settled


def settle_left_jobs(open_jobs: OpenJobs, now: datetime) -> list[OpenJob]:
    """Cancel and release what earlier runs left, forget what has a known end, and return the jobs that may still begin to change an appliance.

    :raises InvalidInput: where a job cannot be read
    """
    open_ones = []
    for job in open_jobs.left():
        # An appliance that was begun by the deadline has come to its end before its lease has run out.
        is_over = now > job.deadline + LIFETIME
        standing = _standing(job, writes=job.writes and not is_over)
        if standing is Standing.OPEN and job.may_begin(now):
            open_ones.append(job)
        elif standing is not Standing.OPEN or is_over or not _leaves_a_unit(job):
            open_jobs.forget(job.ident)
    return open_ones


AGAIN = "; give the command again then"
"""The end of a refusal: a run that does not wait says the rest as a note."""


def refusals(jobs: Iterable[OpenJob]) -> dict[str, str]:
    """Return by appliance why this controller does not change it now."""
    return {
        host: (
            f"the job {job.ident} ({job.verb}) of run {job.run} was lost at {job.node} and may still begin until {time_text(job.deadline)}{AGAIN}"
        )
        for job in jobs
        for host in job.hosts
    }


def _leaves_a_unit(job: OpenJob) -> bool:
    return bool(job.unit) and bool(job.socket) and ReceptorControl(job.socket).knows(job.unit)


def _standing(job: OpenJob, *, writes: bool) -> Standing:
    if not job.socket:
        return Standing.OPEN
    if not job.unit:  # its controller died before the first byte was sent
        return Standing.NOT_SENT
    return settled(ReceptorControl(job.socket), job.unit, writes=writes)[0]
