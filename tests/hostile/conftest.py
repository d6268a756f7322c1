# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hostile appliance for the tests, and the figures of the matrix at the end of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator import Simulator
from tests.engine.control_nodes import BOX, simulated
from tests.hostile.server import HostileServer, hostile
from tests.stage.memory import Stage


@pytest.fixture(scope="module")
def box() -> Iterator[Simulator]:
    """One standalone appliance for the tests of a module."""
    with simulated(BOX) as running:
        yield running


@pytest.fixture
def stage(box: Simulator, tmp_path: Path) -> Stage:
    """The appliance at its beginning, and the verbs on it."""
    box.reset()
    return Stage(box, tmp_path)


@pytest.fixture
def server() -> Iterator[HostileServer]:
    """The layer that changes answers, honest until a test installs a rule."""
    with hostile() as layer:
        yield layer


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = [report for name in ("passed", "failed") for report in terminalreporter.stats.get(name, ())]
    figures: Counter[str] = Counter()
    for report in reports:
        for name, value in report.user_properties:
            if name == "hostile":
                figures.update(value)
    if figures:
        terminalreporter.write_line(f"hostile appliance: {sum(figures.values())} cells played")
    for family in dict.fromkeys(name.partition(": ")[0] for name in figures):
        own = {name.partition(": ")[2]: number for name, number in figures.items() if name.startswith(f"{family}: ")}
        terminalreporter.write_line(
            f"  {family}: {sum(own.values())} ({', '.join(f'{name} {number}' for name, number in sorted(own.items()))})"
        )
