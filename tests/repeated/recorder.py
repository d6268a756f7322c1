# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``REACH=FOLDER pytest -p tests.repeated.recorder ...``: write down what each test shows, and what it costs.

A test shows which blocks of the engine it reaches, in the process of pytest or in a playbook, and of each playbook the options that are given to it, the
keys and words of its results and its exit code. What a shared fixture reaches and costs is noted by itself: it is played for the first of its tests.
Programs that a test starts by itself are not seen: what they show nobody else has.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.mutants.planting import forget
from tests.mutants.reach import put_notes, size_of_notes
from tests.repeated.shown import Shown
from tests.stage import processes
from tests.stage.ansible_client import MARKS

_WORD = re.compile(r"[a-z_-]{1,24}")
"""Of an option: a choice. Names, paths and reasons are other in each run."""


PATIENCE = 900.0
"""Seconds for a run of a playbook: a server with notes starts slowly."""


class Recorder:
    """Notes in all modules, read after each test and each shared fixture."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.shown = Shown()
        self._file = ""
        self._failed = False
        self._words: set[str] = set()
        self._current: dict[Any, tuple[Any, str]] = {}
        self._count = 0
        size = size_of_notes()
        shared = path.with_suffix(".marks")
        shared.write_bytes(bytes(size))
        with shared.open("r+b") as file:
            self._marks = mmap.mmap(file.fileno(), size)
        self._none = bytes(size)
        put_notes(self._marks)
        os.environ[MARKS] = str(shared)
        self._play, processes.AnsibleServer.run = processes.AnsibleServer.run, self._noted(processes.AnsibleServer.run)  # type: ignore[method-assign]

    def _noted(self, play: Any) -> Any:
        def run(server: Any, command: Sequence[str], environment: Mapping[str, str], *more: Any) -> int:
            output, _timeout, *ahead = more
            code: int = play(server, command, environment, output, PATIENCE, *ahead)
            self._words |= {*words(command, environment, code)}
            return code

        return run

    def taken(self) -> set[str]:
        """Return what has been shown since the last call."""
        found = {str(each.start()) for each in re.finditer(b"\x01", self._marks)} | self._words
        self._marks[:] = self._none
        self._words = set()
        return found

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Generator[None, object, object]:
        if fixturedef.scope == "function":
            return (yield)
        outside, start = self.taken(), spent()
        try:
            return (yield)
        finally:
            self.shown.fixture(self._name(fixturedef), spent() - start, self.taken())
            self._restore(outside)

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

    def _restore(self, outside: set[str]) -> None:
        for one in outside:
            if one.isdigit():
                self._marks[int(one)] = 1
            else:
                self._words.add(one)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Function, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        file = item.nodeid.partition("::")[0]
        if file != self._file:
            self._file = file
            forget()
            self.shown.write(self.path)
        self.taken()
        known, start, self._failed = self.shown.seconds_of_fixtures, spent(), False
        try:
            return (yield)
        finally:
            own = spent() - start - (self.shown.seconds_of_fixtures - known)
            if not self._failed:
                self.shown.test(item.nodeid, own, self.taken(), self._shared_of(item))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._failed |= report.failed or report.skipped

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
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker or not getattr(early_config.known_args_namespace, "numprocesses", None):
        path = Path(os.environ["REACH"]) / f"{worker or 'alone'}.shown"
        early_config.pluginmanager.register(Recorder(path), "shown")
