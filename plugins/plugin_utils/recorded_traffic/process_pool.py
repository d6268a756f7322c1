# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read the chunks of logs on all cores. The results are merged in the order of the chunks, so they do not depend on the cores."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Protocol, Self, TypeVar

from ..foundation.errors import InvalidInput, TourniquetError
from .file_chunks import FileChunk
from .sources import LogFile

Progress = Callable[[int, int], None]
"""Called after each chunk with the bytes read, and the bytes in all."""


class Summary(Protocol):
    """The result for a chunk; small enough to be passed between processes."""

    def merge(self, other: Self) -> None: ...


_Found = TypeVar("_Found", bound="Summary")
Job = Callable[[LogFile, FileChunk], _Found]

_job: Job[Any] | None = None


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(
    files: Sequence[LogFile],
    job: Job[_Found],
    empty: _Found,
    *,
    workers: int = 0,
    progress: Progress = lambda _done, _all: None,
) -> _Found:
    """Run a job on every chunk of some files, and merge the results into `empty`.

    :param workers: processes; 0 for one per core. They are forked, so the job need not be picklable
    :raises InvalidInput: where a file cannot be read
    :raises TourniquetError: where a process was killed
    """
    chunks = [(file, chunk) for file in files for chunk in file.chunks()]
    total, done = sum(chunk.size for _file, chunk in chunks), 0
    number = min(workers or cores(), len(chunks))
    try:
        if number <= 1:
            for file, chunk in chunks:
                empty.merge(job(file, chunk))
                done += chunk.size
                progress(done, total)
            return empty
        context = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(number, context, _install, (job,)) as pool:
            for (_file, chunk), found in zip(chunks, pool.map(_do, chunks), strict=True):
                empty.merge(found)
                done += chunk.size
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
