# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Another wall clock for this process and its forks: a test plays days of January 2020 in seconds of today.

Replaced is where Python code reads the time of day: ``time.time()`` and ``datetime.now()``. Monotonic clocks, by which timeouts and waits are
measured, go on. Nothing in the product knows of it.
"""

from __future__ import annotations

import datetime as dt
import sys
import time
from datetime import datetime, tzinfo
from typing import Any, Self

_BUILT_IN = datetime


class _AnyDatetime(type):
    """A value that was made before the clock was replaced is a datetime too."""

    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, _BUILT_IN)


class MovedDatetime(datetime, metaclass=_AnyDatetime):
    """A datetime whose :meth:`now` is that of ``time.time()``."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls.fromtimestamp(time.time(), tz)


# So that a value that is sent to another process is found there.
MovedDatetime.__module__, MovedDatetime.__qualname__ = "datetime", "datetime"


def move_wall_clock(seconds: float) -> None:
    """Move the wall clock of this process by some seconds, for all modules that are or will be imported."""
    real = time.time
    time.time = lambda: real() + seconds
    for module in [*sys.modules.values()]:
        names = getattr(module, "__dict__", {})
        if names.get("datetime") is _BUILT_IN:
            names["datetime"] = MovedDatetime
    assert dt.datetime is MovedDatetime
