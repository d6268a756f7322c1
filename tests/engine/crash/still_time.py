# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A wall clock and random identifiers that are functions of the command that runs, so that equal states have equal bytes.

The wall clock of the engine and of the simulator stands still during a command and is a second later at the next one. Monotonic clocks, by
which timeouts and waits are measured, go on.
"""

from __future__ import annotations

import hashlib
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo
from typing import Any

import pytest

from simulator.appliance.appliance import Appliance

OF_THE_ENGINE = ("ansible_collections.tourniquet.", "simulator", "tests.engine.")


class StillTime:
    """The time and the identifiers of the present command.

    :ivar command: the number of the command
    """

    def __init__(self) -> None:
        # A whole minute, so that the jobs of a minute (cron) are due in the same command of each run.
        self._began = float(int(time.time()) // 60 * 60)
        self._drawn: Counter[int] = Counter()
        self.command = 0

    def begin(self, command: int) -> None:
        """Begin a command: it has a time and identifiers that no other number has."""
        self.command = command
        self._drawn.clear()

    def next_command(self) -> None:
        self.begin(self.command + 1)

    def now(self, *_arguments: Any) -> float:
        """Return the present time in seconds since 1970."""
        return self._began + self.command

    def token_hex(self, size: int = 32) -> str:
        """Return an identifier; those of one size are numbered, so that the client's do not depend on the appliance's."""
        self._drawn[size] += 1
        number = f"{self.command} {size} {self._drawn[size]}".encode()
        return hashlib.shake_256(number).hexdigest(size)


@contextmanager
def still_time() -> Iterator[StillTime]:
    """Replace the wall clock and the random identifiers of all loaded modules of the engine and of the simulator."""
    still, real = StillTime(), datetime

    class AnyDatetime(type):
        """A time that was made elsewhere, such as by a test, is one too: the code under test asks with isinstance."""

        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, real)

    class StillDatetime(datetime, metaclass=AnyDatetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> StillDatetime:
            return cls.fromtimestamp(still.now(), tz)

    with pytest.MonkeyPatch.context() as patch:
        for name, module in list(sys.modules.items()):
            if name.startswith(OF_THE_ENGINE) and getattr(module, "datetime", None) is real:  # this module too
                patch.setattr(module, "datetime", StillDatetime)
        patch.setattr(time, "time", still.now)
        patch.setattr(Appliance, "now", still.now)
        patch.setattr(secrets, "token_hex", still.token_hex)
        yield still
