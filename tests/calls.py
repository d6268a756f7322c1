# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The cost of code, counted in calls of Python functions: unlike CPU and time it is the same on every machine and under any load."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

ENGINE = "plugins/plugin_utils/"


@dataclass
class Counted:
    """The calls of Python functions in one thread.

    :ivar entered: by code of a function, how often it was entered
    """

    calls: int = 0
    entered: Counter[CodeType] = field(default_factory=Counter)

    @property
    def functions(self) -> int:
        """How many functions of the engine were entered."""
        return sum(ENGINE in code.co_filename for code in self.entered)

    @property
    def files(self) -> int:
        """How many files of the engine have a function that was entered."""
        return len({code.co_filename for code in self.entered if ENGINE in code.co_filename})

    def of(self, function: Any) -> int:
        """Return how often one function was entered."""
        return self.entered[function.__code__]


@contextmanager
def counted() -> Iterator[Counted]:
    """Count the calls of this thread until the block ends."""
    found = Counted()

    def count(frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call":
            found.calls += 1
            found.entered[frame.f_code] += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield found
    finally:
        sys.setprofile(before)
