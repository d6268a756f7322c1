# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``python -m tests.costs [PART...]``: play the parts of ``make test`` one after the other, and compare the CPU of each with its budget.

All processes that a part starts are counted: this program adopts those whose parent ends (``PR_SET_CHILD_SUBREAPER``, prctl(2)), so that the
servers of ``ansible-playbook`` and what they fork are among its children. Figures of a machine that others use are higher: compare two
commits only in turns on one machine. ``python tests/costs.py -- make test`` measures any command, in the directory in which it is given.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
TABLE = Path(__file__).with_name("costs.yml")
WORKERS = "2"
PR_SET_CHILD_SUBREAPER = 36
PATIENCE = 20.0
"""Seconds to wait for what a part has left running."""


@dataclass(frozen=True)
class Part:
    """A part of ``make test``.

    :ivar folders: of its tests
    :ivar seconds: of CPU that it may cost; None where it has no budget
    """

    name: str
    folders: tuple[str, ...]
    seconds: float | None

    def arguments(self, parts: Sequence[Part]) -> list[str]:
        """Return the arguments of pytest that play it without what is another part's."""
        others = [folder for part in parts if part is not self for folder in part.folders]
        inside = [one for one in others if any(one.startswith(f"{folder}/") for folder in self.folders)]
        return [*self.folders, *(f"--ignore={one}" for one in inside), "-n", WORKERS, "-q"]


def parts() -> tuple[Part, ...]:
    """Return the parts of the table."""
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return tuple(Part(name, tuple(row["tests"]), row.get("seconds")) for name, row in table.items())


@dataclass(frozen=True)
class Cost:
    """What a part did cost.

    :ivar seconds: of CPU of all its processes
    :ivar summary: the last line of pytest
    :ivar code: of pytest
    """

    seconds: float
    summary: str
    code: int


def measured(arguments: Sequence[str], environment: Mapping[str, str]) -> Cost:
    """Play some tests and return what they cost."""
    return cost_of([sys.executable, "-m", "pytest", *arguments], environment, ROOT)


def cost_of(command: Sequence[str], environment: Mapping[str, str], directory: Path) -> Cost:
    """Run a command and return what it and all its processes cost."""
    before = _cpu()
    with subprocess.Popen(command, cwd=directory, env=environment, stdout=subprocess.PIPE, text=True) as process:
        output, _none = process.communicate()
    _wait_for_adopted()
    return Cost(_cpu() - before, output.strip().rpartition("\n")[2], process.returncode)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _wait_for_adopted() -> None:
    """Wait for the processes whose parent has ended; one that does not end is not counted."""
    deadline = time.monotonic() + PATIENCE
    with contextlib.suppress(ChildProcessError):  # there is none any more
        while time.monotonic() < deadline:
            if not os.waitpid(-1, os.WNOHANG)[0]:
                time.sleep(0.1)


def adopt() -> None:
    """Become the parent of each descendant whose own parent ends."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def lines(names: Sequence[str]) -> Iterator[str]:
    """Yield a line for each part that is named, or for all, as soon as it is measured, and their sum."""
    yield f"{'part':<18}{'CPU s':>7}{'budget':>8}  pytest"
    total = allowed = 0.0
    every = parts()
    for part in (one for one in every if not names or one.name in names):
        cost = measured(part.arguments(every), {**os.environ, "SPARED": "1"})
        total, allowed = total + cost.seconds, allowed + (part.seconds or 0)
        over = "  OVER ITS BUDGET" if part.seconds is not None and cost.seconds > part.seconds else ""
        budget = "none" if part.seconds is None else f"{part.seconds:.0f}"
        yield f"{part.name:<18}{cost.seconds:>7.0f}{budget:>8}  {cost.summary}{over}"
    yield f"{'all':<18}{total:>7.0f}{allowed:>8.0f}"


def main(names: Sequence[str]) -> int:
    """Print the table, or the cost of a command behind ``--``; 2 for a part that is not in the table."""
    if names[:1] == ["--"]:
        adopt()
        cost = cost_of(names[1:], os.environ, Path.cwd())
        print(f"{cost.seconds:.0f} s of CPU, code {cost.code}: {cost.summary}")
        return cost.code
    unknown = {*names} - {part.name for part in parts()}
    if unknown:
        print(f"no such part: {', '.join(sorted(unknown))}; the parts are {', '.join(one.name for one in parts())}")
        return 2
    adopt()
    for line in lines(names):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
