# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The work of the controller for a fleet of twice the size is about twice as much: counted in lines of our code that run, not in time.

What the interpreter does in one line (a search in a list, a set of all hosts) counts as one.
"""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from tests.unit.plugin_utils.verbs.sliced.test_sliced_rollout import World

OURS = "/plugins/plugin_utils/"
MOST = 2.3
"""Times the work, for twice the appliances: sorting and the digits of numbers are in it."""


def counted(run: Callable[[], Any]) -> Counter[str]:
    """How many lines of each function of ours run."""
    numbers: Counter[str] = Counter()

    def local(frame: FrameType, event: str, _value: Any) -> Any:
        if event == "line":
            numbers[f"{Path(frame.f_code.co_filename).name}:{frame.f_code.co_qualname}"] += 1
        return local

    def trace(frame: FrameType, _event: str, _value: Any) -> Any:
        return local if OURS in frame.f_code.co_filename else None

    before = sys.gettrace()
    threading.settrace(trace)
    sys.settrace(trace)
    try:
        run()
    finally:
        sys.settrace(before)
        threading.settrace(before)  # type: ignore[arg-type]
    return numbers


def rolled_out(directory: Path, count: int) -> Counter[str]:
    world = World(directory / str(count), count=count, most=2)
    world.groups = {f"site_{number}": world.hosts[number::10] for number in range(10)}
    return counted(lambda: world.roll_out(waves=["50%", "100%"]).bring_records_home())


def test_twice_the_appliances_are_twice_the_work(tmp_path: Path) -> None:
    small, large = rolled_out(tmp_path, 24), rolled_out(tmp_path, 48)
    grown = {name: (small[name], number) for name, number in large.items() if number > 100 + MOST * small[name]}
    assert grown == {}
    assert sum(large.values()) < MOST * sum(small.values())
