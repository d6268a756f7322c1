# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``MUTANTS=... pytest -p tests.mutants.player ...``: play mutants with each test that reaches their line.

A note stands before each statement of the engine that a mutant changes, so one run of the tests says which test reaches which mutant. After a test that
passes, children of the process plant one mutant each and play the test again: a mutant is killed if the test fails then, and passes in another child without
one. A test with fixtures that others share is played in children of a copy of the process from before it. Outcomes are appended to a file as they come.
"""

from __future__ import annotations

import ast
import json
import os
import resource
import select
import signal
import sys
from collections import Counter, defaultdict
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tests.lies.planted import PREFIX, loaded
from tests.mutants.planting import plant

ENGINE = Path(__file__).parents[2] / "plugins" / "plugin_utils"
_NOTE = "__reached__"
MOST = 40
"""The most tests that a mutant is played with, beside those of its own module."""
MOST_OF_A_FUNCTION = 4
"""The most cases of one test function; of a function in the tests of the module ten times as many."""
SECONDS = float(os.environ.get("MUTANT_SECONDS", "20"))
"""The most processor time for one mutant."""
WALL = 60.0
"""The longest wait for a child, in seconds. On a busy machine it is no reason to call a mutant killed: it survives, and is played no more."""

PASSED, FAILED, NOT_PLANTED, STUCK = "passed", "failed", "not planted", "stuck"


@dataclass
class Mutant:
    """A changed source of one module.

    :ivar module: relative to the engine
    :ivar line: of the source
    :ivar own: the test files of its module
    """

    number: int
    module: str
    line: int
    source: str
    own: Sequence[str]
    tests: Counter[str] = field(default_factory=Counter)
    spent: float = 0.0
    over: bool = False

    def wants(self, item: pytest.Item) -> bool:
        """Return True if a test is to be played with it."""
        function = item.nodeid.partition("[")[0]
        is_own = function.partition("::")[0] in self.own
        if self.over or self.spent > SECONDS or self.tests[function] >= MOST_OF_A_FUNCTION * (10 if is_own else 1):
            return False
        return (
            is_own or sum(count for name, count in self.tests.items() if name.partition("::")[0] not in self.own) < MOST
        )


class Player:
    """The mutants, and the modules of the engine with notes."""

    def __init__(self, mutants: Iterable[Mutant], outcomes: Path) -> None:
        self.mutants = {one.number: one for one in mutants}
        self.outcomes = outcomes
        self.reached: set[int] = set()
        self.failed: set[str] = set()
        self.at_import: set[int] = set()
        self._install()

    def _install(self) -> None:
        """Import the modules now: once Ansible is imported, its own finder comes first."""
        by_module: dict[str, list[Mutant]] = defaultdict(list)
        for one in self.mutants.values():
            by_module[one.module].append(one)
        finder = _Noting(by_module, self.reached, self.at_import)
        sys.meta_path.insert(0, finder)
        for module in by_module:
            assert isinstance(loaded(module).__loader__, _NotingLoader), f"{module} was imported before"
        sys.meta_path.remove(finder)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.add(report.nodeid)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        copy = _Copy(self, item, nextitem) if _is_shared(item) else None
        self.reached.clear()
        try:
            result = yield
        finally:
            file = item.nodeid.partition("::")[0]
            reached = self.reached | {number for number in self.at_import if file in self.mutants[number].own}
            wanted = [n for n in sorted(reached) if self.mutants[n].wants(item) and item.nodeid not in self.failed]
            self._take(item, copy.play(wanted) if copy else self.play(item, nextitem, wanted))
        return result

    def play(
        self, item: pytest.Item, nextitem: pytest.Item | None, wanted: Iterable[int]
    ) -> list[tuple[int, str, float]]:
        """Return the outcome of each mutant with a test, and the processor time."""
        told = []
        control = ""
        for number in wanted:
            outcome, seconds = _in_a_child(item, nextitem, self.mutants[number])
            if outcome == FAILED:
                control = control or _in_a_child(item, nextitem, None)[0]
                if control != PASSED:
                    outcome = f"{control} without a mutant"
            told.append((number, outcome, seconds))
        return told

    def _take(self, item: pytest.Item, told: Iterable[Sequence[Any]]) -> None:
        with self.outcomes.open("a", encoding="utf-8") as file:
            for number, outcome, seconds in told:
                one = self.mutants[number]
                one.spent += seconds
                one.tests[item.nodeid.partition("[")[0]] += 1
                one.over = outcome in (FAILED, NOT_PLANTED, STUCK)
                file.write(json.dumps([number, outcome, item.nodeid, round(seconds, 3)]) + "\n")


def _is_shared(item: pytest.Item) -> bool:
    """Return True if a test has a fixture that other tests have too, and that it may change."""
    definitions = item._fixtureinfo.name2fixturedefs
    return any(
        each[-1].scope not in ("function", "session") or (each[-1].scope == "session" and each[-1].baseid)
        for each in definitions.values()
    )


class _Copy:
    """A copy of the process, which waits for what it is to play."""

    def __init__(self, player: Player, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        there, self._order = os.pipe()
        self._answer, back = os.pipe()
        self._process = os.fork()
        if not self._process:
            os.close(self._order)
            os.close(self._answer)
            try:
                with os.fdopen(there) as orders:
                    wanted = json.loads(orders.read() or "[]")
                told = player.play(item, nextitem, wanted) if wanted else []
                with os.fdopen(back, "w") as answers:
                    answers.write(json.dumps(told))
            finally:
                os._exit(0)
        os.close(there)
        os.close(back)

    def play(self, wanted: list[int]) -> Sequence[Sequence[Any]]:
        with os.fdopen(self._order, "w") as orders:
            orders.write(json.dumps(wanted))
        with os.fdopen(self._answer) as answers:
            text = answers.read()
        os.waitpid(self._process, 0)
        told: list[list[Any]] = json.loads(text or "[]")
        return told


def _in_a_child(item: pytest.Item, nextitem: pytest.Item | None, mutant: Mutant | None) -> tuple[str, float]:
    """Play a test in a child of this process, with a mutant or without."""
    child = os.fork()
    if not child:
        code = 2
        try:
            code = _child(item, nextitem, mutant)
        finally:
            os._exit(code)
    descriptor = os.pidfd_open(child)
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    is_over = bool(poll.poll(WALL * 1000))
    os.close(descriptor)
    if not is_over:
        os.kill(child, signal.SIGKILL)
    _process, status, usage = os.wait4(child, 0)
    seconds = usage.ru_utime + usage.ru_stime
    if not is_over:
        return STUCK, seconds
    if os.WIFSIGNALED(status):  # more processor time or memory than the test may take
        return FAILED, seconds
    return {0: PASSED, 1: FAILED, 2: NOT_PLANTED}.get(os.waitstatus_to_exitcode(status), FAILED), seconds


def _child(item: pytest.Item, nextitem: pytest.Item | None, mutant: Mutant | None) -> int:
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    resource.setrlimit(resource.RLIMIT_CPU, (30, 40))
    if mutant is not None:
        try:
            plant(mutant.module, mutant.source)
        except Exception:  # noqa: BLE001 (whatever it is, a process of its own has to say it)
            return 2
    reports = runtestprotocol(item, log=False, nextitem=nextitem)
    return int(any(one.failed for one in reports))


class _Noting(MetaPathFinder):
    """Finds the modules of the mutants."""

    def __init__(self, mutants: dict[str, list[Mutant]], reached: set[int], at_import: set[int]) -> None:
        self.mutants = {
            (PREFIX + name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")): ones
            for name, ones in mutants.items()
        }
        self.reached = reached
        self.at_import = at_import

    def find_spec(self, name: str, path: Sequence[str] | None, _target: Any = None) -> ModuleSpec | None:
        if name not in self.mutants:
            return None
        spec = PathFinder.find_spec(name, path)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _NotingLoader(name, spec.loader.path, self.mutants[name], self.reached, self.at_import)
        return spec


class _NotingLoader(SourceFileLoader):
    """Loads a module with a note before each statement of a mutant."""

    def __init__(self, name: str, path: str, mutants: Sequence[Mutant], reached: set[int], at_import: set[int]) -> None:
        super().__init__(name, path)
        self.mutants = mutants
        self.reached = reached
        self.at_import = at_import

    def get_code(self, fullname: str) -> CodeType | None:
        path = self.get_filename(fullname)
        if ALONE is not None:
            return compile(self.mutants[0].source, path, "exec", dont_inherit=True)
        tree = ast.parse(self.get_data(path))
        self.at_import |= note(tree, {one.number: one.line for one in self.mutants})
        return compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)

    def exec_module(self, module: ModuleType) -> None:
        setattr(module, _NOTE, self.reached.update)
        super().exec_module(module)


def note(tree: ast.Module, lines: dict[int, int]) -> set[int]:
    """Put a note into a tree before each statement with one of these lines, and return those that run at import.

    What runs at import, such as the default of a parameter or a constant, is noted where its function, its class or else its module works.
    """
    places = {number: _places(tree, line) for number, line in lines.items()}
    at_import = {n for n, line in lines.items() if not places[n] or isinstance(_innermost(tree, line)[0], ast.Module)}
    found = [(body, index, number) for number, ones in places.items() for body, index in ones]
    for body, index, number in sorted(found, key=lambda each: -each[1]):
        numbers = ast.Tuple([ast.Constant(number)], ast.Load())
        call = ast.Expr(ast.Call(ast.Name(_NOTE, ast.Load()), [numbers], []))
        body.insert(index, ast.copy_location(call, body[min(index, len(body) - 1)]))
    return at_import


def _places(tree: ast.Module, line: int) -> list[tuple[list[ast.stmt], int]]:
    """Return where notes of a line stand: a list of statements, and the index in it."""
    around, place = _innermost(tree, line)
    if isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef) and place is None:
        return [_start(around)]
    if place is not None and _is_in_function(tree, line):
        return [place]
    inside = [one for one in ast.walk(around) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
    everywhere = inside or [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [_start(one) for one in everywhere]


def _start(function: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[list[ast.stmt], int]:
    return function.body, int(ast.get_docstring(function, clean=False) is not None)


def _is_in_function(tree: ast.Module, line: int) -> bool:
    return any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body[0].lineno <= line <= (node.end_lineno or 0)
        for node in ast.walk(tree)
    )


def _innermost(node: ast.AST, line: int) -> tuple[ast.AST, tuple[list[ast.stmt], int] | None]:
    """Return the function or class around a line, and the place of the innermost statement with it; None for the head of a function."""
    around, place = node, None
    while True:
        for body in _bodies(node):
            index = next(
                (n for n, one in enumerate(body) if one.lineno <= line <= (one.end_lineno or one.lineno)), None
            )
            if index is not None:
                break
        else:
            return around, place
        place, node = (body, index), body[index]
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            around, place = node, None


def _bodies(node: ast.AST) -> list[list[ast.stmt]]:
    bodies = [getattr(node, name, None) for name in ("body", "orelse", "finalbody")]
    found = [body for body in bodies if isinstance(body, list) and body and isinstance(body[0], ast.stmt)]
    for inner in [*getattr(node, "handlers", []), *getattr(node, "cases", [])]:
        found += _bodies(inner)
    return found


def pytest_configure(config: pytest.Config) -> None:
    if ALONE is None:
        config.pluginmanager.register(PLAYER, "mutants")


def read(path: Path, without: Path) -> list[Mutant]:
    """Return the mutants of a file that are not killed yet."""
    over = set()
    if without.exists():
        for line in without.read_text(encoding="utf-8").splitlines():
            number, outcome, *_rest = json.loads(line)
            if outcome in (FAILED, NOT_PLANTED):
                over.add(number)
    every = json.loads(path.read_text(encoding="utf-8"))
    return [
        Mutant(one["number"], one["module"], one["line"], one["source"], one["own"])
        for one in every
        if (one["number"] not in over if ALONE is None else one["number"] == ALONE)
    ]


ALONE = int(os.environ["MUTANT"]) if "MUTANT" in os.environ else None
"""The mutant that the tests of this process are played with, where it cannot be planted."""
_FILE = Path(os.environ["MUTANTS"])
PLAYER = Player(read(_FILE, _FILE.with_name("outcomes.jsonl")), _FILE.with_name("outcomes.jsonl"))
