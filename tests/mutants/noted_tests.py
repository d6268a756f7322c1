# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a plugin of pytest needs that reads the notes of the engine after each test, and after each fixture that tests share."""

from __future__ import annotations

import mmap
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.mutants.planting import forget

_MARK = re.compile(b"\x01")


class NotedTests(ABC):
    """The notes of all modules. What becomes of them, and what CPU is, says the recorder that inherits it.

    :ivar failed: the test that is played has failed, or was skipped
    """

    def __init__(self, path: Path, marks: mmap.mmap) -> None:
        self.path = path
        self.failed = False
        self._file = ""
        self._marks = marks
        self._none = bytes(len(marks))

    def taken(self) -> set[int]:
        """Return the blocks that have run since the last call."""
        found = {each.start() for each in _MARK.finditer(self._marks)}
        self._marks[:] = self._none
        return found

    def put_back(self, blocks: set[int]) -> None:
        """Note blocks again."""
        for block in blocks:
            self._marks[block] = 1

    @abstractmethod
    def spent(self) -> float:
        """Return the CPU until now."""

    def begin_file(self) -> None:
        """Forget what functions with a cache have returned."""
        forget()

    @abstractmethod
    def begin_test(self) -> None:
        """Note what is known before a test."""

    @abstractmethod
    def end_test(self, item: pytest.Function, seconds: float) -> None:
        """Keep what a test has reached."""

    def begin_fixture(self) -> Any:
        """Take what was reached outside of a fixture."""
        return self.taken()

    @abstractmethod
    def end_fixture(self, fixturedef: Any, seconds: float, outside: Any) -> None:
        """Keep what a shared fixture has reached, and put back what was reached outside of it."""

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Generator[None, object, object]:
        if fixturedef.scope == "function":
            return (yield)
        outside, start = self.begin_fixture(), self.spent()
        try:
            return (yield)
        finally:
            self.end_fixture(fixturedef, self.spent() - start, outside)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Function, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        file = item.nodeid.partition("::")[0]
        if file != self._file:
            self._file = file
            self.begin_file()
        self.begin_fixture()
        self.begin_test()
        start, self.failed = self.spent(), False
        try:
            return (yield)
        finally:
            self.end_test(item, self.spent() - start)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed |= report.failed or report.skipped


def place_of_notes(early_config: pytest.Config, ending: str) -> Path | None:
    """Return the file of this process; None in one that only hands out tests to workers."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker and getattr(early_config.known_args_namespace, "numprocesses", None):
        return None
    return Path(os.environ["REACH"]) / f"{worker or 'alone'}.{ending}"
