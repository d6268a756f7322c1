# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The jobs of a node: cron's log line for each, and what they do, as the node's clock advances.

Jobs are /etc/crontab and the crontabs in /var/cron/tabs. They are carried out when somebody looks at the node, minute by minute from where
they were left, so that an idle fleet costs nothing.
"""

from __future__ import annotations

import contextlib
import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from simulator.node import crontab, log_rotation, logs
from simulator.node.crontab import Job
from simulator.node.disk import Disk
from simulator.node.file_tree import FileProblem

MOST_MINUTES = 1440  # of a jump of the clock only the last day's jobs are carried out
MOST_SCRIPTS = 3000  # that run while jobs are caught up
MOST_SHARES = 5.0  # of what one script may use, for all of them
MOST_CRONTABS = 64
MOST_JOBS = 512
_KILLED = 137  # the status of a script that used up what it may use
_STDIN = re.compile(r"(?<!\\)%")  # the rest of a command is the input of the job (crontab(5))


class Worked(log_rotation.Rotated, logs.Logged, Protocol):
    """A node whose jobs are carried out."""

    job_minute: int | None
    disk: Disk

    def run_script(self, script: str, user: str, /) -> tuple[int, bytes, float]: ...


@dataclass
class _Budget:
    """What is left for the scripts while jobs are caught up; one that used up what a script may use does not run again."""

    runs: int = field(default_factory=lambda: MOST_SCRIPTS)
    shares: float = field(default_factory=lambda: MOST_SHARES)
    killed: set[Job] = field(default_factory=set)

    def allows(self, job: Job) -> bool:
        return self.shares > 0 and job not in self.killed


def catch_up(node: Worked, now: float) -> None:
    """Carry out the jobs that were due since the last time; `now` is the time of the node's clock."""
    minute = int(now // 60)
    last, node.job_minute = node.job_minute, minute
    if last is None or minute <= last:
        return
    budget, found = _Budget(), known(node)
    for moment in range(max(last, minute - MOST_MINUTES) + 1, minute + 1):
        time = datetime.fromtimestamp(moment * 60, UTC)
        due = [job for job in found if job.due(time)]
        for job in due:
            _carry_out(node, job, moment * 60.0, budget)
        if any(_own(job) is None for job in due):
            found = known(node)  # only a script changes crontabs


def start(node: Worked, now: float) -> None:
    """Start cron at a boot: with the jobs `@reboot`."""
    node.job_minute = int(now // 60)
    disk = node.disk
    if crontab.SYSTEM not in disk.others and not [path for path in disk if path.startswith(crontab.TABS)]:
        return  # no job of the firmware starts at a boot
    budget = _Budget()
    for job in known(node):
        if job.fields is None:
            _carry_out(node, job, now, budget)


def known(node: Worked) -> list[Job]:
    """Return the jobs of all crontabs, those of the system first; so many are read at most."""
    tree = node.tree()
    found: list[Job] = []
    for path, user in (
        (crontab.SYSTEM, ""),
        *((f"{crontab.TABS}/{user}", user) for user in sorted(node.files.children(crontab.TABS))[:MOST_CRONTABS]),
    ):
        with contextlib.suppress(FileProblem):  # no such file, or a directory
            found += crontab.jobs(tree.read(path), user)
    return found[:MOST_JOBS]


def _own(job: Job) -> Callable[[Worked, float], None] | None:
    """Return what a program of the firmware does; None for another command."""
    return _OWN.get(posixpath.basename(job.command.split()[0]))


def _carry_out(node: Worked, job: Job, moment: float, budget: _Budget) -> None:
    own = _own(job)
    if own is None:
        budget.runs -= 1
        if budget.runs < 0:
            return
    logs.job(node, job.user, job.command, moment)
    if own is not None:
        own(node, moment)
    elif job.user in _USERS and budget.allows(job):
        script = _STDIN.split(job.command, 1)[0].replace("\\%", "%").strip()
        status, _, share = node.run_script(script, job.user)
        budget.shares -= share
        if status == _KILLED:
            budget.killed.add(job)


def _newsyslog(node: Worked, moment: float) -> None:
    logs.flush(node)
    if not node.active_fault("disk_full"):
        log_rotation.rotate(node, moment)


def _nothing(node: Worked, moment: float) -> None:
    """A job of the firmware that changes nothing that is simulated here."""


_OWN: dict[str, Callable[[Worked, float], None]] = {
    "newsyslog": _newsyslog,
    **dict.fromkeys(("purge_tickets.sh", "adjkerntz", "nsfsyncd", "nslog.sh"), _nothing),
}
_USERS = ("root", "nsroot", "nobody")
