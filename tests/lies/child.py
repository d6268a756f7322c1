# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Does a part of a night in a process of its own, which ends with it: what is planted there, and what it leaves on disk, is gone afterwards."""

from __future__ import annotations

import gc
import os
import pickle
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


class Broken(Exception):
    """The child ended with an error, or not in time."""


def in_child(work: Callable[[], T], seconds: float, lock: AbstractContextManager[object]) -> T:
    """Return what some work returns in a child of this process.

    :param lock: of other threads, which the child does not have: it is held where the child begins
    :raises Broken: with its error
    """
    sys.stdout.flush()
    sys.stderr.flush()
    reads, writes = os.pipe()
    gc.freeze()
    with lock:
        child = os.fork()
    if child == 0:  # pragma: no cover
        os.close(reads)
        _end_with(work, writes)
    os.close(writes)
    try:
        answer = _read(reads, time.monotonic() + seconds)
    finally:
        os.close(reads)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        gc.unfreeze()
    is_done, value = pickle.loads(answer)
    if not is_done:
        raise Broken(value)
    return value  # type: ignore[no-any-return]


def _end_with(work: Callable[[], object], descriptor: int) -> None:
    try:
        answer = pickle.dumps((True, work()))
    except BaseException:  # noqa: BLE001 -- the parent tells it
        answer = pickle.dumps((False, traceback.format_exc()))
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(answer)
    os._exit(0)


def _read(descriptor: int, until: float) -> bytes:
    found = bytearray()
    while True:
        left = until - time.monotonic()
        if left <= 0 or not select.select([descriptor], [], [], left)[0]:
            return pickle.dumps((False, "not in time"))
        piece = os.read(descriptor, 1 << 20)
        if not piece:
            return bytes(found) or pickle.dumps((False, "it ended without an answer"))
        found += piece


@contextmanager
def kept(directory: Path) -> Iterator[Callable[[], None]]:
    """Give a function that puts a directory back as it is now."""
    with tempfile.TemporaryDirectory() as other:
        copy = Path(other, "copy")
        shutil.copytree(directory, copy, symlinks=True)

        def put_back() -> None:
            for path in directory.iterdir():
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()
            shutil.copytree(copy, directory, symlinks=True, dirs_exist_ok=True)

        yield put_back
