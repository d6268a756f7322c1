# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No test is timed; under workers the longest tests begin first; the report begins with the sample that is played."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler.loadscope import LoadScopeScheduling

from tests import asserted, linted, parsed, repeated, rewritten, sample, spared
from tests.refusals.plugin import Refusals
from tests.stage import quick_ansible

settings.register_profile(
    "unhurried", settings.default, deadline=None, max_examples=sample.examples(100), derandomize=sample.SAME_EXAMPLES
)
settings.load_profile("unhurried")

# Made here, because the engine must not be imported before: conftest.py of a deeper folder may do so.
REFUSALS = Refusals() if os.environ.get("REFUSALS", "") not in ("", "0") else None

# The order in which folders and files are handed out: what takes long must not begin last. All others follow.
LONGEST_FIRST = ("tests/project/", "tests/engine/chaos/", "tests/engine/crash/", "tests/playbooks/", "tests/engine/")
# Files whose tests share no costly fixture: each test is handed out by itself. The tests of any other file stay in one process.
TEST_BY_TEST = ("tests/project/", "tests/engine/chaos/", "tests/hostile/test_matrix.py")
STORY_BY_STORY = (
    "tests/engine/crash/"  # all failures of a story on a stage share its rehearsal; the id ends with the failure
)


class Scheduling(LoadScopeScheduling):
    """Hand out tests file by file, those of TEST_BY_TEST one by one, those of the crash matrix story by story, those that
    look at all sources together, in the order of their collection."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(STORY_BY_STORY):
            return nodeid.rpartition("-")[0]
        if nodeid.startswith(parsed.READERS):
            return parsed.__name__
        return nodeid if nodeid.startswith(TEST_BY_TEST) else nodeid.split("::", 1)[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling | None:
    """Take the place of ``--dist loadscope``; any other ``--dist`` that is asked for holds."""
    return Scheduling(config, log) if config.getvalue("dist") in ("load", "loadscope") else None


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{sample.ONLY_IN_ALL}: only make test-all (ALL=1) plays the test")
    config.addinivalue_line(
        "markers", f"{sample.SAMPLED}(n): make test plays each n-th case of the function, make test-all all"
    )
    if REFUSALS is not None:
        config.pluginmanager.register(REFUSALS, "refusals")
    config.pluginmanager.register(spared.from_environment(), "spared")
    if counter := asserted.from_environment():
        pytest.register_assert_rewrite(*asserted.helpers())
        config.pluginmanager.register(counter, "asserted")
    # The key that signs the records of all tests and of the programs that they start, and never the one of the person who runs them.
    state = tempfile.mkdtemp(prefix="tourniquet-state-")
    os.environ["XDG_STATE_HOME"] = state
    os.environ.pop("TOURNIQUET_STATE_DIRECTORY", None)
    config.add_cleanup(lambda: shutil.rmtree(state, ignore_errors=True))
    if not hasattr(config, "workerinput"):
        servers = quick_ansible.open_place()
        config.add_cleanup(lambda: quick_ansible.close_place(servers))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile the tests before workers are started."""
    if getattr(session.config.option, "numprocesses", None) and not session.config.option.collectonly:
        rewritten.rewrite()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for garbage only when all tests are collected, and never among them: that took nearly half of the time of a collection.

    Then look seldom: a test makes thousands of objects and keeps few.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
        gc.enable()


def _outside_of_the_sample(items: list[pytest.Item]) -> Iterator[pytest.Item]:
    """Yield the tests of test-all only, those that need not be played again, and of each function marked ``sampled(n)`` all cases but each n-th."""
    seen: Counter[str] = Counter()
    table = repeated.from_environment() | linted.left_out()
    for item in items:
        is_out = item.get_closest_marker(sample.ONLY_IN_ALL) is not None
        if not is_out and (marker := item.get_closest_marker(sample.SAMPLED)):
            function = item.nodeid.partition("[")[0]
            is_out = seen[function] % marker.args[0] != 0
            seen[function] += 1
        if is_out or item.nodeid in table:
            yield item


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = set() if sample.ALL else set(_outside_of_the_sample(items))
    if left_out:
        config.hook.pytest_deselected(items=[item for item in items if item in left_out])
        items[:] = [item for item in items if item not in left_out]

    # Stable. Under workers what takes long must not begin last; in one process what is fast is to fail first.
    items.sort(key=_longest_first if hasattr(config, "workerinput") else _fastest_first)


def _longest_first(item: pytest.Item) -> int:
    return next((i for i, start in enumerate(LONGEST_FIRST) if item.nodeid.startswith(start)), len(LONGEST_FIRST))


def _fastest_first(item: pytest.Item) -> tuple[bool, int]:
    return not item.nodeid.startswith("tests/unit/"), -_longest_first(item)


def pytest_report_header() -> list[str]:
    """State the sample, so that nobody takes it for the whole."""
    return [*sample.description(), *repeated.description(), *linted.description()]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say at the end how to play all, also where nothing of what was named is in the sample."""
    if not sample.ALL:
        words = " ".join(config.invocation_params.args)
        terminalreporter.write_line(f"A sample was played. To play all: ALL=1 pytest {words}".rstrip())
