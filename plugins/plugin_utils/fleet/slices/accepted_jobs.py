# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The jobs that an execution node has begun, so that each is begun once: a transport may deliver one twice, and somebody may replay one.

A file in the state directory stands for each job; its creation decides, and nothing can be created twice. It is kept far beyond the deadline of its job,
after which the deadline refuses the job anyway.
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from ...catalogue.sliced_job import DIRECTORY, LONGEST_DEADLINE, SlicedJob
from ...foundation.errors import InvalidInput, Refused
from ...foundation.private_files import create_privately, read_privately

KEPT = 30 * LONGEST_DEADLINE
"""Seconds."""
MOST_JOBS = 20_000
MANY = 2_000
"""Files from which on old ones are deleted: the clock that tells their age may have been wrong, so it is not asked without need."""


def begin_once(state: Path, job: SlicedJob, run: str) -> None:
    """Note that a run of this node carries out a job; the same run may say so again, for each of its appliances.

    :param state: the state directory of this node
    :param run: the id of the run on this node
    :raises Refused: where another run has begun the job; nothing was sent
    :raises InvalidInput: where it cannot be noted
    """
    path = state / DIRECTORY / job.ident
    try:
        noted = _run_in(path)
        if noted is None:
            _forget_old_ones(path.parent)
            noted = run if create_privately(path, run.encode()) else _run_in(path)
    except (OSError, ValueError) as error:
        raise InvalidInput(
            f"{path} cannot be written, so it cannot be noted that the job {job.ident} has begun ({error}). Make the state directory of this execution "
            "node writable for the user of the jobs. Nothing was sent."
        ) from error
    if noted != run:
        raise Refused(
            f"the job {job.ident} of the run {job.run} was begun on this execution node before, and each job is carried out once. Give the command again "
            "on the controller. Nothing was sent."
        )


def _run_in(path: Path) -> str | None:
    """Return the run that has begun a job; None where none has."""
    try:
        return read_privately(path)
    except FileNotFoundError:
        return None


def _forget_old_ones(directory: Path) -> None:
    """Delete what is older than :data:`KEPT`, where there is much of it.

    :raises InvalidInput: where there are too many jobs left: a job that is forgotten could be played again
    """
    oldest, left = time.time() - KEPT, 0
    for path in _files(directory):
        with contextlib.suppress(FileNotFoundError):  # another job has deleted it
            if path.lstat().st_mtime < oldest:
                path.unlink()
            else:
                left += 1
    if left >= MOST_JOBS:
        raise InvalidInput(
            f"{directory} has {left:,} jobs of the last {KEPT // 86_400} days, and {MOST_JOBS:,} is the most. Find out who sends them, and delete the "
            "oldest files. Nothing was sent."
        )


def _files(directory: Path) -> list[Path]:
    """Return the files of the jobs; none where they are few."""
    try:
        found = list(directory.iterdir())
    except FileNotFoundError:
        return []
    return found if len(found) > MANY else []
