# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``MUTANTS=... pytest -p tests.mutants.player FILE...``: play each mutant with its tests, and stop at the first that fails.

All tests are collected once. A child of the process plants a mutant and plays its tests one after the other, so that what they share is made once. A test
that fails there kills the mutant if it fails by itself too, in a child with the mutant only, and passes in one without. Outcomes are appended to a file.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tests.lies.planted import PREFIX, loaded
from tests.mutants.planting import plant

IDLE = 20.0
"""The longest wait for one test that uses no processor time meanwhile, in seconds."""
MOST_STUCK = 2
"""A mutant with which so many tests wait too long is given up: it survives."""
CPU = 20
"""The most processor time of one test: a mutant with which it needs more is killed, as one that makes a loop endless."""
WALL = 10.0 * CPU
"""The longest wait for one test, in seconds: it has its processor time also where nine others work. It is no reason to call a mutant killed."""

KILLED, SURVIVED, NOT_PLANTED, UNREACHED = "killed", "survived", "not planted", "no test reaches it"
PASSED, FAILED, STUCK = "passed", "failed", "stuck"


@dataclass(frozen=True)
class Mutant:
    """A changed source of one module.

    :ivar module: relative to the engine
    :ivar tests: the ids of its tests, in the order in which they are played
    """

    number: int
    module: str
    source: str
    tests: Sequence[str]


class Player:
    """Plays mutants with the tests of a session.

    :ivar play_one: plays a test in this process, and returns True if it passes
    :ivar seconds: the most processor time for one mutant
    """

    def __init__(
        self, play_one: Callable[[str, str | None], bool], plant: Callable[[str, str], None], seconds: float
    ) -> None:
        self.play_one = play_one
        self.plant = plant
        self.seconds = seconds
        self._passes_without: dict[str, bool] = {}

    def play(self, mutant: Mutant) -> tuple[str, str, int, float]:
        """Return the outcome of a mutant, the test that killed it, how many were played and the processor time."""
        tests, played, spent, stuck = [*mutant.tests], 0, 0.0, 0
        while tests and spent < self.seconds and stuck < MOST_STUCK:
            passed, how, seconds = in_a_child(partial(self._series, mutant, tests))
            spent += seconds
            if how == NOT_PLANTED:
                return NOT_PLANTED, "", played, spent
            played += min(passed + 1, len(tests))
            if passed >= len(tests):
                break
            test, tests = tests[passed], tests[passed + 1 :]
            stuck += how == STUCK
            if how != STUCK and self._is_failing(mutant, test) and self._is_passing(test):
                return KILLED, test, played, spent
        return SURVIVED if played else UNREACHED, "", played, spent

    def _series(self, mutant: Mutant | None, tests: Sequence[str], tell: Callable[[], None]) -> int:
        if mutant is not None:
            try:
                self.plant(mutant.module, mutant.source)
            except Exception:  # noqa: BLE001 (whatever it is, a process of its own has to say it)
                return 2
        for number, test in enumerate(tests):
            used = int(time.process_time()) + 1
            resource.setrlimit(resource.RLIMIT_CPU, (used + CPU, resource.RLIM_INFINITY))
            if not self.play_one(test, tests[number + 1] if number + 1 < len(tests) else None):
                return 1
            tell()
            if time.process_time() > self.seconds:
                break
        return 0

    def _is_failing(self, mutant: Mutant, test: str) -> bool:
        _passed, how, _seconds = in_a_child(partial(self._series, mutant, [test]))
        return how == FAILED

    def _is_passing(self, test: str) -> bool:
        if test not in self._passes_without:
            _passed, how, _seconds = in_a_child(partial(self._series, None, [test]))
            self._passes_without[test] = how == PASSED
        return self._passes_without[test]


def in_a_child(play: Callable[[Callable[[], None]], int]) -> tuple[int, str, float]:
    """Let a child of this process play, which tells each test that passes. Return how many did, how it ended and the processor time."""
    answers, told = os.pipe()

    def tell() -> None:
        os.write(told, b".")

    child = os.fork()
    if not child:
        code = 1
        try:
            os.setpgid(0, 0)
            _be_quiet()
            code = play(tell)
        finally:
            os._exit(code)
    os.close(told)
    passed, is_over = _follow(child, answers)
    if not is_over:
        os.kill(child, signal.SIGKILL)
    _process, status, usage = os.wait4(child, 0)
    _end_group(child)
    os.close(answers)
    ended = STUCK if not is_over else FAILED
    if is_over and not os.WIFSIGNALED(status):  # a signal: more processor time or memory than the test may take
        ended = {0: PASSED, 2: NOT_PLANTED}.get(os.waitstatus_to_exitcode(status), FAILED)
    return passed, ended, usage.ru_utime + usage.ru_stime


def _be_quiet() -> None:
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)


def _follow(child: int, answers: int) -> tuple[int, bool]:
    """Count what a child tells until it ends, or tells nothing for long, or works no more. What it has started may keep the pipe open."""
    os.set_blocking(answers, False)
    process = os.pidfd_open(child)
    poll = select.poll()
    poll.register(process, select.POLLIN)
    poll.register(answers, select.POLLIN)
    passed, is_over = 0, False
    told = worked = time.monotonic()
    used = _processor_time(child)
    while not is_over:
        ready = {descriptor for descriptor, _event in poll.poll(IDLE * 250)}
        now, uses = time.monotonic(), _processor_time(child)
        worked, used = (now, uses) if uses > used else (worked, used)
        if not ready:
            if now - told > WALL or now - worked > IDLE:
                break
            continue
        told = worked = now
        is_over = process in ready
        try:
            new = os.read(answers, 65536)
        except BlockingIOError:
            continue
        passed += len(new)
        if not new and not is_over:
            poll.unregister(answers)
    os.close(process)
    return passed, is_over


def _processor_time(child: int) -> int:
    """Return what a child that nobody has waited for has used, in ticks of the system."""
    fields = Path(f"/proc/{child}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _end_group(leader: int) -> None:
    """End what a child has started and left."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


class Session:
    """The collected tests, in whose place the mutants are played."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]  # the children share it

        def play_one(test: str, following: str | None) -> bool:
            nextitem = items[following] if following else None
            return not any(one.failed for one in runtestprotocol(items[test], log=False, nextitem=nextitem))

        player = Player(play_one, plant, SECONDS)
        outcomes = FILE.with_name("outcomes.jsonl")
        for mutant in read(FILE, outcomes):
            there = Mutant(mutant.number, mutant.module, mutant.source, [one for one in mutant.tests if one in items])
            with outcomes.open("a", encoding="utf-8") as file:
                file.write(json.dumps([mutant.number, *player.play(there)]) + "\n")
        return True


def read(path: Path, without: Path) -> list[Mutant]:
    """Return the mutants of a file that have no outcome yet."""
    lines = without.read_text(encoding="utf-8").splitlines() if without.exists() else []
    over = {json.loads(line)[0] for line in lines}
    rows: list[Mapping[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    every = [Mutant(row["number"], row["module"], row["source"], row["tests"]) for row in rows]
    return [one for one in every if one.number not in over]


class Alone(MetaPathFinder):
    """Finds the module of the mutant with its changed source, where it cannot be planted into a running process."""

    def __init__(self, mutant: Mutant) -> None:
        self.name = PREFIX + mutant.module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        self.source = mutant.source
        sys.meta_path.insert(0, self)
        assert isinstance(loaded(mutant.module).__loader__, _ChangedLoader), f"{mutant.module} was imported before"
        sys.meta_path.remove(self)

    def find_spec(self, name: str, path: Sequence[str] | None, _target: Any = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path) if name == self.name else None
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _ChangedLoader(name, spec.loader.path, self.source)
        return spec


class _ChangedLoader(SourceFileLoader):
    def __init__(self, name: str, path: str, source: str) -> None:
        super().__init__(name, path)
        self.source = source

    def get_code(self, fullname: str) -> CodeType | None:
        return compile(self.source, self.get_filename(fullname), "exec", dont_inherit=True)


SECONDS = float(os.environ.get("MUTANT_SECONDS", "8"))
FILE = Path(os.environ.get("MUTANTS", "mutants.json"))


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Play all mutants, or one that the tests of this process are played with from its import on."""
    if "MUTANT" in os.environ:
        (alone,) = (one for one in read(FILE, Path(os.devnull)) if one.number == int(os.environ["MUTANT"]))
        Alone(alone)
    else:
        early_config.pluginmanager.register(Session(), "mutants")
