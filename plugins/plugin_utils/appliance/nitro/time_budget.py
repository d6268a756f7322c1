# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The time that one task may wait for an appliance, in all its requests and probes together.

A deadline for each request is not enough: an appliance that answers a thousand requests just in time would hold its wave for hours.
"""

from __future__ import annotations

from threading import Lock

BRIEF = 10.0
"""Seconds: what a run only shows or notes must not keep it from its first write, whatever an appliance does not answer."""


class TimeBudget:
    """The seconds of waiting that are left for one task on one appliance. Probes spend them from several threads.

    :ivar seconds: for the whole task
    :param reserve: seconds for an undo or a save when the time of the task is used up
    """

    def __init__(self, seconds: float, reserve: float = 0.0) -> None:
        self.seconds = seconds
        self._left = seconds
        self._reserve = reserve
        self._is_ending = False
        self._lock = Lock()

    @property
    def is_used_up(self) -> bool:
        """True if no request may be sent any more."""
        return self._left <= 0

    @property
    def spent(self) -> float:
        """How many seconds are spent; the reserve is left out."""
        return self.seconds - self._left

    def allowed(self, wanted: float) -> float:
        """Return the seconds that a request may take: what it wants, or what is left."""
        return max(0.0, min(wanted, self._left))

    def spend(self, seconds: float) -> None:
        """Count the time of a request."""
        with self._lock:
            self._left -= seconds
            if self._is_ending and self._left <= 0:
                self._take_reserve()

    def open_reserve(self) -> None:
        """Make the reserve available, once for a task. Called before what must not be left half done."""
        with self._lock:
            self._is_ending = True
            if self._left < self._reserve:
                self._take_reserve()

    def _take_reserve(self) -> None:
        if self._reserve:
            self._left, self._reserve = self._reserve, 0.0
