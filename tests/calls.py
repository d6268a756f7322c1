# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The cost of code, counted in calls of Python functions: unlike CPU and time it is the same on every machine and under any load."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any


@dataclass
class Counted:
    """The calls of Python functions in one thread."""

    calls: int = 0


@contextmanager
def counted() -> Iterator[Counted]:
    """Count the calls of this thread until the block ends."""
    found = Counted()

    def count(_frame: FrameType, event: str, _argument: Any) -> None:
        found.calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield found
    finally:
        sys.setprofile(before)
