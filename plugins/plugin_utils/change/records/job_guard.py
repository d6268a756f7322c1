# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The guard of a sliced run: a job that its controller has given up does not begin to write.

A transport delivers a job whenever its node comes back, and then nobody reads what it says. So the job has a deadline, and either of two clocks is
enough to refuse it: that of the node, which may have booted with a time in the past, and that of the appliance, which may have been set back. The
appliance's clock may be wrong by hours, so it counts with the offset that the plan of the same run found. And a copy of a record that this plan did not
see is of a later run, which may rely on what the job would take away.

An appliance on which something was written is carried out to its end: a change that is cut off is worse than one that is complete.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from ...appliance.nitro.connection import Connection, clock_of
from ...catalogue.run_parameters import RunParameters
from ...catalogue.sliced_job import LONGEST_DEADLINE, SlicedJob
from ...foundation.errors import Refused
from ...foundation.state_directory import state_directory

CLOCK_UNKNOWN = "the clock of the appliance was not known when it was planned, so the clock of the execution node alone judged the deadline of the job"
COPIES_UNKNOWN = "the copies of records on the appliance were not known when it was planned, so a later run was looked for by the plan and the lock alone"


class JobOver(Refused):
    """The job may not begin to write on this appliance any more."""


def now() -> datetime:
    """Return the time by the clock of this machine."""
    return datetime.now(UTC)


def over_on_this_node(job: SlicedJob) -> str:
    """Return why a job may begin nothing any more, by a cancel or the clock of this machine, as a sentence; "" where it may."""
    if job.cancel_file(state_directory()).exists():
        return f"{_name(job)} begins nothing any more: it was cancelled. {_FIX}"
    here = now()
    if here < job.deadline:
        return ""
    return _late(job, f"the execution node (it says {here:%Y-%m-%d %H:%M:%S} UTC)")


def require_in_time(connection: Connection, parameters: RunParameters, *, read_clock: bool) -> None:
    """Check that the job of a run may begin to write on the appliance, or has begun.

    :param read_clock: read the clock of the appliance now, by one request; otherwise it is the one that was read as the session was opened
    :raises JobOver: where its deadline has passed by the clock of this machine, or by that of the appliance; nothing was changed
    :raises TourniquetError: where the appliance cannot be read
    """
    job, host = parameters.job, parameters.appliance.name
    if job is None or connection.has_written:
        return
    problem = over_on_this_node(job) or _late_by_appliance(job, host, connection, read_clock=read_clock)
    if problem:
        raise JobOver(f"{host}: {problem}")


def require_no_later_run(connection: Connection, parameters: RunParameters) -> None:
    """Check that no run has left a copy of its record on the appliance since the job of this run was planned.

    Use it under the lock, after the copies were listed there. It sends nothing.

    :raises JobOver: where one has, or where that cannot be told; nothing was changed
    """
    job, host = parameters.job, parameters.appliance.name
    seen = None if job is None else job.copies.get(host)
    if job is None or seen is None or connection.has_written:
        return
    if connection.copies_listed is None:
        raise JobOver(
            f"{host}: the copies of records cannot be listed, so it cannot be seen whether a later run has been here since {_name(job)} was planned. "
            f"{_FIX}"
        )
    own = f"-{parameters.run}"
    later = sorted(stem for stem in connection.copies_listed - set(seen) if not stem.endswith(own))
    if later:
        more = f" and {len(later) - 1} more" if len(later) > 1 else ""
        raise JobOver(
            f"{host}: a later run has been here since {_name(job)} was planned: the record {later[0]}{more}. {_FIX}"
        )


def guard_notes(parameters: RunParameters) -> list[str]:
    """Return what the guard of a run could not look at, as sentences."""
    job, host = parameters.job, parameters.appliance.name
    if job is None:
        return []
    return [text for text, known in ((CLOCK_UNKNOWN, job.clocks), (COPIES_UNKNOWN, job.copies)) if host not in known]


_FIX = "Give the command again on the controller. Nothing was changed."


def _name(job: SlicedJob) -> str:
    return f"the job {job.ident} of the run {job.run}"


def _late(job: SlicedJob, whose: str) -> str:
    return f"{_name(job)} begins nothing any more: its deadline {job.until} has passed by the clock of {whose}. {_FIX}"


def _late_by_appliance(job: SlicedJob, host: str, connection: Connection, *, read_clock: bool) -> str:
    offset = job.clocks.get(host)
    shown = None if offset is None else _clock(connection, read_clock=read_clock)
    if offset is None or shown is None:
        return _by_no_clock(job)
    if shown - offset < job.deadline.timestamp():
        return ""
    ahead = (
        f", which was {timedelta(seconds=round(abs(offset)))} {'ahead of' if offset > 0 else 'behind'} the controller's"
        if offset
        else ""
    )
    return _late(job, f"the appliance{ahead}")


def _by_no_clock(job: SlicedJob) -> str:
    """Return why the clock of this machine cannot judge a deadline alone; "" where it can."""
    here = now()
    if job.deadline - here <= timedelta(seconds=LONGEST_DEADLINE):
        return ""
    return (
        f"{_name(job)} begins nothing: the clock of the execution node (it says {here:%Y-%m-%d %H:%M:%S} UTC) is more than a day behind its deadline, and "
        f"that of the appliance is not known, so no clock tells when the deadline {job.until} has passed. Set the clock of the execution node by NTP. {_FIX}"
    )


def _clock(connection: Connection, *, read_clock: bool) -> float | None:
    """Return the time of the primary, in seconds since 1970; None where it does not show one."""
    if read_clock:
        rows = connection.primary.read("nsconfig")
        if rows and (shown := clock_of(rows[0])) is not None:
            return shown
    member = connection.member(connection.primary)
    shown = clock_of(member.config)
    return None if shown is None else shown + time.monotonic() - member.read_at
