# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A search with a regular expression that gives up.

Python's engine tries every way in which a pattern could match, and the rule of an appliance may have a pattern that needs years for a short URL. The
appliance's own engine has a limit, of which no source states the number. So a search that needs too long has no result that is known.
"""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from .results import undetermined

_T = TypeVar("_T")
LONGEST = 0.25
"""Seconds of the processor for one search; one that ends needs a thousandth of it."""
MOST_GIVEN_UP = 3
"""The number of searches that are given up in a process before a pattern is not searched for any more."""
_CHOICE = re.compile(r"[*+?{(]")
"""What can give the engine many ways to match, if it is there twice: with one of them the time grows with the square of the text at most."""


class _TooLong(Exception):
    """The time of a search is over."""


class BoundedSearch:
    """A pattern with a search that is bounded where it is called in the main thread, which alone gets signals."""

    _is_running = False  # of all patterns; searches are not nested

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._search = pattern.search
        self._whole = pattern.fullmatch
        self._every = pattern.finditer
        self._is_simple = len(_CHOICE.findall(pattern.pattern)) < 2
        self._given_up = 0

    def search(self, text: str) -> re.Match[str] | None:
        """Return the first match, as the method of the pattern does.

        :raises Halt: with UNDETERMINED, where that takes too long
        """
        if self._is_simple or threading.current_thread() is not threading.main_thread():
            return self._search(text)
        return self._within_time(self._search, text)

    def whole(self, text: str) -> re.Match[str] | None:
        """Return the match of the whole text, as the method fullmatch of the pattern does.

        :raises Halt: with UNDETERMINED, where that takes too long
        """
        if self._is_simple or threading.current_thread() is not threading.main_thread():
            return self._whole(text)
        return self._within_time(self._whole, text)

    def every(self, text: str) -> list[re.Match[str]]:
        """Return all matches that do not overlap, as the method finditer of the pattern does.

        :raises Halt: with UNDETERMINED, where that takes too long
        """
        if threading.current_thread() is not threading.main_thread():
            return list(self._every(text))
        return self._within_time(lambda text: list(self._every(text)), text)

    def _within_time(self, look: Callable[[str], _T], text: str) -> _T:
        """Return what `look` finds in a text.

        :raises Halt: with UNDETERMINED, where that takes too long
        """
        if self._given_up >= MOST_GIVEN_UP:
            undetermined()
        if signal.getsignal(signal.SIGVTALRM) != self._give_up:
            signal.signal(signal.SIGVTALRM, self._give_up)
        try:
            try:
                BoundedSearch._is_running = True
                signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST)
                return look(text)
            finally:
                BoundedSearch._is_running = False
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        except _TooLong:
            BoundedSearch._is_running = False
            self._given_up += 1
            undetermined()

    @classmethod
    def _give_up(cls, *_: Any) -> None:
        """Handle the signal of the timer; one that comes after its search is ignored."""
        if cls._is_running:
            raise _TooLong


@lru_cache(maxsize=4096)
def bounded(pattern: re.Pattern[str]) -> BoundedSearch:
    """Return the bounded search of a pattern: the same one for each rule that has it, because a rule is compiled many times in a run."""
    return BoundedSearch(pattern)
