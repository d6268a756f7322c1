# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What :mod:`tests.spared`, :mod:`tests.linted` and :mod:`tests.repeated` share: the digest of files, and whether ``make test`` plays."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]


def files(root: Path, places: Iterable[str]) -> Iterator[Path]:
    """Yield the files at some places of a tree, and below them, in a fixed order; nothing that Python has compiled."""
    for place in places:
        found = [root / place] if (root / place).is_file() else sorted((root / place).rglob("*"))
        yield from (one for one in found if one.is_file() and "__pycache__" not in one.parts)


def digest(root: Path, those: Iterable[Path]) -> str:
    """Return the digest of the names and contents of files of a tree."""
    whole = hashlib.sha256()
    for file in those:
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        whole.update(f"{content}  {file.relative_to(root).as_posix()}\n".encode())
    return whole.hexdigest()


def is_asked(name: str) -> bool:
    """Return True where the environment has a variable that is neither empty nor 0."""
    return os.environ.get(name, "") not in ("", "0")


def leaves_out() -> bool:
    """Return True for ``make test`` (``SPARED=1``), which leaves out what need not be played; ``ALL=1`` plays it."""
    return is_asked("SPARED") and not is_asked("ALL")
