# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The jobs that a controller has sent and that have no known end, each a file: what was given up may still begin on its node until its deadline.

The file is written before anything is sent, so that it is there after a kill of the controller too. Whoever works on the jobs of a run holds the lock of
that run (flock), which the operating system frees with the process: the jobs of a run without a holder were left.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...foundation.errors import InvalidInput
from ...foundation.private_files import make_private_directory, open_private, read_private_bytes, write_privately
from .job import Job
from .receptor_control import is_unit

FOLDER = "open_jobs"
MOST = 10_000
LARGEST = 4 * 1024 * 1024
_IDENT = re.compile(r"[A-Za-z0-9]{1,40}-[1-9][0-9]{0,6}")
_SUFFIX, _LOCK = ".json", ".lock"
_TEXTS = ("ident", "run", "verb", "node", "socket", "unit", "deadline")


@dataclass(frozen=True)
class OpenJob:
    """A job without a known end.

    :ivar node: the name of its execution node
    :ivar hosts: its appliances
    :ivar deadline: it begins no write later than this
    :ivar writes: it may change its appliances
    :ivar given_up: the run waits for it no longer
    :ivar socket: the control socket of the Receptor that carries it; "" for another transport
    :ivar unit: its unit of work there; "" where nothing was submitted yet
    """

    ident: str
    run: str
    verb: str
    node: str
    hosts: tuple[str, ...]
    deadline: datetime
    writes: bool
    given_up: bool = False
    socket: str = ""
    unit: str = ""

    @classmethod
    def of(cls, job: Job) -> OpenJob:
        """Return a job that is about to be sent."""
        node = job.slice.node
        socket = node.receptor.socket if node.receptor else ""
        return cls(
            job.ident, job.run, job.verb, node.name, tuple(job.slice.hosts), job.deadline, job.can_write, socket=socket
        )

    def may_begin(self, now: datetime) -> bool:
        """Return True if it can still begin to change an appliance."""
        return self.writes and now <= self.deadline


@dataclass
class OpenJobs:
    """The files of the open jobs of this controller.

    :ivar directory: of the files; it is made with the first one
    """

    directory: Path
    _held: dict[str, int] = field(default_factory=dict, repr=False)

    def keep(self, job: OpenJob) -> None:
        """Write a job down.

        :raises InvalidInput: where somebody else may write to the directory
        :raises OSError: where it cannot be written
        """
        values = {
            **{name: getattr(job, name) for name in (*_TEXTS, "hosts", "writes", "given_up")},
            "deadline": job.deadline.astimezone(UTC).isoformat(),
        }
        make_private_directory(self.directory)
        self._hold(job.run)  # first: another run takes a job without a holder for a left one, and may forget it
        write_privately(self.directory / f"{job.ident}{_SUFFIX}", json.dumps(values))

    def give_up(self, job: OpenJob) -> None:
        """Note that nobody waits for a job any more."""
        self.keep(replace(job, given_up=True))

    def forget(self, ident: str) -> None:
        """Remove a job that has a known end."""
        with contextlib.suppress(OSError):  # a file that stays costs a wait
            (self.directory / f"{ident}{_SUFFIX}").unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the runs of this process."""
        for run, descriptor in self._held.items():
            with contextlib.suppress(OSError):
                (self.directory / f"{run}{_LOCK}").unlink(missing_ok=True)
            os.close(descriptor)
        self._held.clear()

    def left(self) -> list[OpenJob]:
        """Return the jobs that were given up, or whose run has died, in the order of their deadlines.

        :raises InvalidInput: where one cannot be read: nobody knows what it may still do
        """
        jobs = [job for job in self._all() if job.given_up or not self._is_held(job.run)]
        return sorted(jobs, key=lambda job: job.deadline)

    def _all(self) -> Iterator[OpenJob]:
        try:
            paths = sorted(path for path in self.directory.iterdir() if path.suffix == _SUFFIX)
        except FileNotFoundError:
            return
        if len(paths) > MOST:
            raise InvalidInput(
                f"{self.directory} has more than {MOST:,} open jobs. Look at them, and remove those that have ended."
            )
        for path in paths:
            with contextlib.suppress(FileNotFoundError):  # its run has just ended
                yield _read(path)

    def _hold(self, run: str) -> None:
        if run not in self._held:
            descriptor = open_private(self.directory / f"{run}{_LOCK}", os.O_RDWR | os.O_CREAT)
            with contextlib.suppress(
                OSError
            ):  # a file system without locks: then each run takes the jobs of others for left ones, and waits
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._held[run] = descriptor

    def _is_held(self, run: str) -> bool:
        if run in self._held:
            return True
        try:
            descriptor = open_private(self.directory / f"{run}{_LOCK}", os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:  # a file system without locks: see _hold
            return False
        finally:
            os.close(descriptor)
        return False


def _read(path: Path) -> OpenJob:
    try:
        content = read_private_bytes(path)
        return _job(json.loads(content) if len(content) <= LARGEST else None)
    except (ValueError, TypeError, KeyError, RecursionError):
        raise InvalidInput(
            f"{path} cannot be read: it names a job of an execution node that may still write. Look at what is in it; when nothing of it runs on that "
            "node any more, remove it."
        ) from None


def _job(values: Any) -> OpenJob:
    """:raises ValueError, TypeError, KeyError: where it is none that was written here"""
    if not isinstance(values, Mapping):
        raise TypeError
    texts = {name: values[name] for name in _TEXTS}
    hosts = values["hosts"]
    flags = {name: values[name] for name in ("writes", "given_up")}
    if not all(isinstance(one, str) and one.isprintable() for one in (*texts.values(), *hosts)):
        raise ValueError
    if not _IDENT.fullmatch(texts["ident"]) or not all(isinstance(flag, bool) for flag in flags.values()):
        raise ValueError
    if texts["ident"].rpartition("-")[0] != texts["run"] or not (not texts["unit"] or is_unit(texts["unit"])):
        raise ValueError
    deadline = datetime.fromisoformat(texts.pop("deadline"))
    if deadline.tzinfo is None:
        raise ValueError
    return OpenJob(**texts, hosts=tuple(hosts), deadline=deadline, **flags)
