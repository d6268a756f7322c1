# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``REACH=FOLDER pytest -p tests.repeated.recorder ...``: write down what each test shows, and what it costs.

A test shows which blocks of the engine it reaches, in the process of pytest or in a playbook, and of each playbook the options that are given to it, the
keys and words of its results and its exit code. A night shows the kinds of claims that it checks. What a shared fixture reaches and costs is noted by
itself: it is played for the first of its tests. Programs that a test starts by itself are not seen: what they show nobody else has.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.mutants.noted_tests import NotedTests, place_of_notes
from tests.mutants.reach import put_notes, size_of_notes
from tests.repeated.shown import Shown
from tests.stage import processes
from tests.stage.ansible_client import MARKS

_WORD = re.compile(r"[a-z_-]{1,24}")
"""Of an option: a choice. Names, paths and reasons are other in each run."""


PATIENCE = 900.0
"""Seconds for a run of a playbook: a server with notes starts slowly."""


class Recorder(NotedTests):
    """Keeps what each test and each shared fixture shows."""

    def __init__(self, path: Path) -> None:
        size = size_of_notes()
        shared = path.with_suffix(".marks")
        shared.write_bytes(bytes(size))
        with shared.open("r+b") as file:
            super().__init__(path, mmap.mmap(file.fileno(), size))
        self.shown = Shown()
        self._words: set[str] = set()
        self._current: dict[Any, tuple[Any, str]] = {}
        self._count = 0
        self._shared: list[str] = []
        self._known = 0.0
        put_notes(self._marks)
        os.environ[MARKS] = str(shared)
        self._play, processes.AnsibleServer.run = processes.AnsibleServer.run, self._noted(processes.AnsibleServer.run)  # type: ignore[method-assign]

    def spent(self) -> float:
        return spent()

    def _noted(self, play: Any) -> Any:
        def run(server: Any, command: Sequence[str], environment: Mapping[str, str], *more: Any) -> int:
            output, _timeout, *ahead = more
            code: int = play(server, command, environment, output, PATIENCE, *ahead)
            self._words |= {*words(command, environment, code)}
            return code

        return run

    def shown_now(self) -> set[str]:
        """Return what has been shown since the last call."""
        found = {*map(str, self.taken())} | self._words
        self._words = set()
        return found

    def begin_file(self) -> None:
        super().begin_file()
        self.shown.write(self.path)

    def begin_fixture(self) -> Any:
        words, self._words = self._words, set()
        return self.taken(), words

    def end_fixture(self, fixturedef: Any, seconds: float, outside: Any) -> None:
        self.shown.fixture(self._name(fixturedef), seconds, self.shown_now())
        blocks, words = outside
        self.put_back(blocks)
        self._words |= words

    def begin_test(self) -> None:
        self._known, self._shared = self.shown.seconds_of_fixtures, []

    def end_test(self, item: pytest.Function, seconds: float) -> None:
        own = seconds - (self.shown.seconds_of_fixtures - self._known)
        if not self.failed:
            self.shown.test(item.nodeid, own, self.shown_now(), self._shared)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Function) -> None:
        """Name the shared fixtures while they are there: the last test of a file takes them down."""
        self._shared = self._shared_of(item)

    def _name(self, fixturedef: Any) -> str:
        """Return the name of a shared fixture with its value now, which is another one for other parameters."""
        if fixturedef not in self._current or self._current[fixturedef][0] is not fixturedef.cached_result:
            self._count += 1
            self._current[fixturedef] = (
                fixturedef.cached_result,
                f"{fixturedef.baseid}::{fixturedef.argname}-{self._count}",
            )
        return self._current[fixturedef][1]

    def _shared_of(self, item: pytest.Function) -> list[str]:
        ones = [each[-1] for each in item._fixtureinfo.name2fixturedefs.values() if each[-1].scope != "function"]
        return [self._name(one) for one in ones if one.cached_result is not None]

    def pytest_collection_finish(self) -> None:
        """Note each kind of claim of the nights that is checked from now on."""
        checks = getattr(sys.modules.get("tests.nights.checks"), "CHECKS", {})
        for kind, check in [*checks.items()]:
            checks[kind] = self._noting(kind, check)

    def _noting(self, kind: str, check: Any) -> Any:
        def noted(*arguments: Any) -> Any:
            self._words.add(f"claim {kind}")
            return check(*arguments)

        return noted

    def pytest_sessionfinish(self) -> None:
        self.shown.write(self.path)


def spent() -> float:
    """Return the processor time of this process and of all that it has started, also of those that go on."""
    times = os.times()
    started: dict[int, list[tuple[int, int]]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            row = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            started.setdefault(int(row[1]), []).append((int(stat.parent.name), sum(map(int, row[11:15]))))
    ticks, left = 0, [os.getpid()]
    while left:
        ones = started.get(left.pop(), [])
        ticks += sum(one for _pid, one in ones)
        left += [pid for pid, _ticks in ones]
    return times.user + times.system + times.children_user + times.children_system + ticks / os.sysconf("SC_CLK_TCK")


def words(command: Sequence[str], environment: Mapping[str, str], code: int) -> Iterator[str]:
    """Yield what a run of a playbook shows beside the engine that it reaches."""
    options = [command[i + 1] for i, one in enumerate(command[:-1]) if one == "-e"]
    inventory = [command[i + 1] for i, one in enumerate(command[:-1]) if one == "-i"]
    playbook = next((Path(one).stem for one in command if one.endswith(".yml") and one not in inventory), "")
    yield f"{playbook} ends with {code}"
    yield from (f"{playbook} {one}" for one in command if one.startswith("--"))
    for given in [*map(_read, options), *_variables(inventory)]:
        for name, value in given.items():
            yield f"{playbook} -e {name}"
            if isinstance(value, bool) or (isinstance(value, str) and _WORD.fullmatch(value)):
                yield f"{playbook} -e {name}={value}"
    report = Path(environment.get("TOURNIQUET_REPORT", "none"))
    for result in (_read(report.read_text(encoding="utf-8")) if report.exists() else {}).values():
        if isinstance(result, dict):
            yield from (f"{playbook} {key}:" for key in result)
            yield f"{playbook} verdict: {(result.get('verdict') or {}).get('word')}"
            yield f"{playbook} problem: {str(result.get('problem')).partition(':')[0]}"


def _read(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        name, _, value = text.partition("=")
        found = {name: value}
    return found if isinstance(found, dict) else {}


def _variables(inventories: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the variables of the hosts of an inventory that a laboratory has written."""
    for one in map(Path, inventories):
        content = _read(one.read_text(encoding="utf-8")) if one.is_file() else {}
        for group in content.values():
            if isinstance(group, dict):
                yield group.get("vars") or {}
                yield from ((values or {}) for values in (group.get("hosts") or {}).values())


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Put the notes in before a ``conftest.py`` imports the engine; with workers, in these only."""
    path = place_of_notes(early_config, "shown")
    if path is not None:
        early_config.pluginmanager.register(Recorder(path), "shown")
