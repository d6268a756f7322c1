# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All cores read the parts of the logs; what each found is merged in the order of the parts, so the result doesn't depend on them."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Protocol, Self, TypeVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.access_logs.file_chunks import FileChunk
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.access_logs.sources import LogFile
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput, TourniquetError

Progress = Callable[[int, int], None]
"""Told after each part: bytes read, and bytes in all."""


class Summary(Protocol):
    """What is found out of a part; small enough to be handed from process to process."""

    def merge(self, other: Self) -> None: ...


_Found = TypeVar("_Found", bound="Summary")
Job = Callable[[LogFile, FileChunk], _Found]

_job: Job[Any] | None = None


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(
    files: Sequence[LogFile],
    job: Job[_Found],
    empty: _Found,
    *,
    workers: int = 0,
    progress: Progress = lambda _done, _all: None,
) -> _Found:
    """Do a job on every part of some files, and merge what comes out into `empty`.

    :param workers: processes; 0 for one a core. They are forked, so the job need not be one that can be pickled
    :raises InvalidInput: where a file cannot be read
    :raises TourniquetError: where a process was killed
    """
    parts = [(file, part) for file in files for part in file.parts()]
    total, done = sum(part.size for _file, part in parts), 0
    number = min(workers or cores(), len(parts))
    try:
        if number <= 1:
            for file, part in parts:
                empty.merge(job(file, part))
                done += part.size
                progress(done, total)
            return empty
        context = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(number, context, _install, (job,)) as pool:
            for (_file, part), found in zip(parts, pool.map(_do, parts), strict=True):
                empty.merge(found)
                done += part.size
                progress(done, total)
    except BrokenProcessPool as error:
        raise TourniquetError("a process that read the logs was killed; is there enough memory?") from error
    except OSError as error:
        raise InvalidInput(f"{error.filename}: cannot be read: {error.strerror}") from error
    return empty


def _install(job: Job[Any]) -> None:
    global _job  # noqa: PLW0603 -- what a forked process works with
    _job = job


def _do(what: tuple[LogFile, FileChunk]) -> Any:
    if _job is None:
        raise AssertionError("no job was installed")
    return _job(*what)
