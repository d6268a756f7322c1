# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``REACH=FOLDER pytest -p tests.mutants.reach ...``: write down which blocks of the engine each test reaches, and what it costs.

A fixture that tests share is played in the first of them: what it reaches and costs counts for each. What functions with a cache have returned is forgotten
before each file, so that the first test of a file that needs it reaches it. Processes that tests fork are counted, programs that they start are not.
"""

from __future__ import annotations

import ast
import mmap
import os
import sys
import time
from collections.abc import Generator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest

from tests.lies.planted import PREFIX, loaded
from tests.mutants.blocks import NOTE, note
from tests.mutants.noted_tests import NotedTests, place_of_notes
from tests.mutants.reached import Reach, first_blocks, spread

ENGINE = Path(__file__).parents[2] / "plugins" / "plugin_utils"


class Recorder(NotedTests):
    """Keeps for each test the blocks that it reaches, those of its shared fixtures too."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, mmap.mmap(-1, size_of_notes()))
        self.reach = Reach()
        self._shared: dict[Any, tuple[set[int], float]] = {}
        self._known: set[Any] = set()
        put_notes(self._marks)

    def spent(self) -> float:
        times = os.times()
        return time.process_time() + times.children_user + times.children_system

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Generator[None, object, object]:
        result = yield
        chosen = set(spread([item.nodeid for item in items]))
        items[:] = [item for item in items if item.nodeid in chosen]
        return result

    def end_fixture(self, fixturedef: Any, seconds: float, outside: Any) -> None:
        self._shared[fixturedef] = self.taken(), seconds
        self.put_back(outside)

    def begin_test(self) -> None:
        self._known = {*self._shared}

    def end_test(self, item: pytest.Function, seconds: float) -> None:
        reached, cost = self.taken(), seconds
        for definitions in item._fixtureinfo.name2fixturedefs.values():
            if definitions[-1] in self._shared:
                blocks, of_fixture = self._shared[definitions[-1]]
                reached |= blocks
                cost += of_fixture if definitions[-1] in self._known else 0
        if not self.failed:
            self.reach.add(item.nodeid, cost, reached)

    def pytest_sessionfinish(self) -> None:
        self.reach.write(self.path)


def size_of_notes() -> int:
    return max(first_blocks(ENGINE).values()) + 100_000


def put_notes(marks: mmap.mmap) -> None:
    """Import all modules of the engine with notes that are written into the marks; the package itself has no functions."""
    first = first_blocks(ENGINE)
    finder = _Noting(first, marks)
    for name in first:
        sys.meta_path.insert(0, finder)
        assert name == "__init__.py" or isinstance(getattr(loaded(name).__spec__, "loader", None), _NotingLoader), (
            f"{name} was imported before"
        )
        sys.meta_path.remove(finder)


class _Noting(MetaPathFinder):
    def __init__(self, first: dict[str, int], marks: mmap.mmap) -> None:
        self.first = {
            PREFIX + name.removesuffix(".py").removesuffix("/__init__").replace("/", "."): (name, number)
            for name, number in first.items()
        }
        self.marks = marks

    def find_spec(self, name: str, path: Sequence[str] | None, _target: Any = None) -> ModuleSpec | None:
        if name not in self.first:
            return None
        file, number = self.first[name]
        inside = [str((ENGINE / file).parent)] if file.endswith("__init__.py") else None
        loader = _NotingLoader(name, str(ENGINE / file), number, self.marks)
        return spec_from_file_location(name, ENGINE / file, loader=loader, submodule_search_locations=inside)


class _NotingLoader(SourceFileLoader):
    def __init__(self, name: str, path: str, first: int, marks: mmap.mmap) -> None:
        super().__init__(name, path)
        self.first = first
        self.marks = marks

    def get_code(self, fullname: str) -> CodeType | None:
        path = self.get_filename(fullname)
        tree = ast.parse(self.get_data(path))
        note(tree, self.first)
        return compile(tree, path, "exec", dont_inherit=True)

    def exec_module(self, module: ModuleType) -> None:
        setattr(module, NOTE, self.marks)
        super().exec_module(module)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Put the notes in before a ``conftest.py`` imports the engine; with workers, in these only."""
    path = place_of_notes(early_config, "reach")
    if path is not None:
        early_config.pluginmanager.register(Recorder(path), "reach")
