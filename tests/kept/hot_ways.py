# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the hot ways cost: calls of Python functions of each verb on one appliance, which are the same on every machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from simulator import Simulator
from tests.calls import counted
from tests.stage.fleet import AT_NIGHT, box, fleet_file, pair
from tests.stage.memory import Stage
from tests.stage.memory_connections import memory_connections

FILE = "calls.txt"
TOLERANCE = 0.02
"""Caches and the length of texts move a count a little; what is within this part of the kept one is no difference."""


def verbs(stage: Stage) -> dict[str, Callable[[], Any]]:
    """Return the verbs in the order in which they are played."""
    return {
        "plan": stage.plan_all,
        "apply": stage.apply_all,
        "second apply": stage.apply_all,
        "verify": lambda: stage.status_all(probes="all"),
        "status": lambda: stage.status_all(probes="none"),
        "rollback": stage.rollback_all,
    }


def measured(directory: Path) -> Iterator[tuple[str, int]]:
    """Yield each verb on each appliance with its number of calls; the first appliance has warmed up what is cached."""
    fleet = fleet_file({"warm": box(), "alone": box(), "pair": pair()}, AT_NIGHT)
    with memory_connections(), Simulator(fleet) as simulator:
        for host in ("warm", "alone", "pair"):
            stage = Stage(simulator, directory, host)
            stage.variables |= {"user": "tourniquet", "password": "n1ght-Shift-7Q"}
            for number, (name, verb) in enumerate(verbs(stage).items()):
                stage.run = f"run{number}"
                with counted() as count:
                    verb()
                if host != "warm":
                    yield f"{host}: {name}", count.calls


def text(counts: Iterator[tuple[str, int]]) -> str:
    """Return the kept file."""
    return "".join(f"{name} {calls}\n" for name, calls in counts)


def settled(before: str, now: str) -> str:
    """Return the text of now, with each count that is within the tolerance of the kept one as it was kept."""
    old = dict(line.rsplit(" ", 1) for line in before.splitlines())
    lines = []
    for line in now.splitlines():
        name, calls = line.rsplit(" ", 1)
        was = int(old.get(name, 0))
        lines.append(f"{name} {was if abs(int(calls) - was) <= was * TOLERANCE else calls}\n")
    return "".join(lines)
