# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A cache on disk for results that are the same for many appliances: the first worker computes one, the others read it.

Several processes work on appliances, so each result is a file in a directory of ours. Its name is the hash of the whole question and of the
engine's own source, so another version does not read it. A file that is damaged, or that another user could have written, is ignored. Then,
and where no file can be written, the result is computed.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import stat
import time
from collections.abc import Callable, Hashable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

from .dataclass_json import from_plain, to_plain
from .private_files import make_private_directory, replace_file

PATIENCE = 30.0  # seconds to wait for the result of another worker before it is computed here too
KEPT = 30 * 24 * 3600.0  # seconds
MOST_FILES = 8192
"""The largest number of results and their locks. An appliance may have another configuration, and so another result, each time."""
LARGEST_RESULT = 4 * 1024 * 1024  # characters
PREFIX = "answer-"
Answer = TypeVar("Answer")


def _digest_of_engine() -> str:
    """Return the SHA-256 of all source files of the engine."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


ENGINE = _digest_of_engine()  # at import: it is the source that this process has loaded, and workers inherit it


def cached_result(directory: Path, question: object, kind: type[Answer], compute: Callable[[], Answer]) -> Answer:
    """Return a result from the cache, or compute it and write it there.

    :param question: everything that the result depends on, as JSON values
    :param kind: the type of the result; see :mod:`dataclass_json`
    :param compute: called where the cache does not have the result
    """
    material = json.dumps([ENGINE, kind.__qualname__, question], sort_keys=True).encode()
    path = directory / f"{PREFIX}{hashlib.sha256(material).hexdigest()}"
    found = _read(path, kind)
    if found is None:
        with _alone(path):
            found = _read(path, kind)
            if found is None:
                found = compute()
                with contextlib.suppress(OSError):
                    _write(path, to_plain(found))
    return found


def _read(path: Path, kind: type[Answer]) -> Answer | None:
    try:
        descriptor = os.open(
            path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        )  # a pipe of somebody else must not block
        with os.fdopen(descriptor, encoding="utf-8") as file:
            status = os.fstat(descriptor)
            if status.st_uid != os.getuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                return None
            found: Answer = _parsed(cast(Hashable, kind), file.read())
            return found
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


@lru_cache(maxsize=8)  # a worker of the pool reads the same result for one appliance after the other
def _parsed(kind: Hashable, text: str) -> Any:
    return from_plain(kind, json.loads(text))


def _write(path: Path, value: Any) -> None:
    """Write the file as a whole, unless it is too large; it need not survive a crash of the machine."""
    text = json.dumps(value)
    if len(text) > LARGEST_RESULT:
        return
    replace_file(path, text, durable=False)
    _tidy(path.parent)


def _tidy(directory: Path) -> None:
    """Delete the results that were written more than a month ago, and the oldest of too many."""
    written = {}
    for path in (
        *directory.glob(f"{PREFIX}*"),
        *directory.glob(f".{PREFIX}*"),
    ):  # the latter were left by earlier versions
        with contextlib.suppress(OSError):
            written[path] = path.stat().st_mtime
    many = sorted(written, key=lambda path: written[path])[: max(0, len(written) - MOST_FILES)]
    oldest = time.time() - KEPT
    for path in {*many, *(path for path, at in written.items() if at < oldest)}:
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the lock of one result, or go on without it after :data:`PATIENCE`; the operating system frees the lock of a dead process."""
    try:
        make_private_directory(path.parent)
        descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError:
        yield
        return
    try:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                time.sleep(0.02)
        yield
    finally:
        os.close(descriptor)
