# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What can be played and compared by itself: each story of the playbooks, the calls of the hot ways, the demonstration, and the diary."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from tests.kept import hot_ways
from tests.kept.normal_text import normalised
from tests.kept.played import played
from tests.kept.stories import STORIES
from tests.stage.control_node import OF_THE_CLONE, ROOT, of_nobody

HANDED_OUT = ("letters/customers/*/*.txt", "letters/call-list.txt", "letters/duties.json", "ledger/*/ledger.csv")
"""What the diary keeps of what it hands out to people."""
Outputs = Iterator[tuple[str, str]]


def story(name: str) -> Callable[[Path], Outputs]:
    """Return what plays a story."""
    return lambda folder: played(name, STORIES[name], folder)


def calls(folder: Path) -> Outputs:
    """Yield the calls of the hot ways."""
    yield hot_ways.FILE, hot_ways.text(hot_ways.measured(folder))


def demo(_folder: Path) -> Outputs:
    """Yield what `make demo` prints."""
    yield "demo/output.txt", printed("demo")


def diary(_folder: Path) -> Outputs:
    """Yield what `make diary` prints in its short form, and what it hands out."""
    yield "diary/output.txt", printed("tests.diary", "--short")
    build = ROOT / "build" / "diary"
    for pattern in HANDED_OUT:
        for path in sorted(build.glob(pattern)):
            yield f"diary/{path.relative_to(build)}", normalised(path.read_text(encoding="utf-8"), {})


def printed(*command: str) -> str:
    """Return what a program of the project prints, and its exit code."""
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={
            **of_nobody(),
            "ANSIBLE_CONFIG": OF_THE_CLONE["ANSIBLE_CONFIG"],
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_FORKS": "1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=1500,
        check=False,
    )
    return f"{normalised(done.stdout, {str(ROOT): '<root>'})}exit code {done.returncode}\n"


PARTS: Mapping[str, Callable[[Path], Outputs]] = {
    **{name: story(name) for name in STORIES}, "calls": calls, "demo": demo, "diary": diary,
}  # fmt: skip


def belongs_to(name: str) -> str:
    """Return the part of a kept file."""
    return Path(name).parts[0].partition(".")[0]


def now(parts: Iterable[str], folder: Path, before: Mapping[str, str]) -> dict[str, str]:
    """Play some parts, and return the text of each file that is kept of them.

    :param before: the kept texts, by which a small difference of a count is told from a large one
    """
    found: dict[str, str] = {}
    for part in parts:
        place = folder / part
        place.mkdir()
        found.update(PARTS[part](place))
    if hot_ways.FILE in found:
        found[hot_ways.FILE] = hot_ways.settled(before.get(hot_ways.FILE, ""), found[hot_ways.FILE])
    return found
