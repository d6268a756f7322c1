# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parts of pages that programs write: figures and confusion matrices, each between two comments."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

EXPLANATION = Path(__file__).parents[1] / "docs" / "explanation"
PAGE = EXPLANATION / "observing.md"
PROGRAMS = {
    "cost": "tests.bench.observe",
    "watch": "tests.watch_fleet",
    "hunt": "tests.hunt_fleet",
    "fleet": "tests.bench.fleet",
    "intrusions": "tests.intrusions",
    "traces": "tests.examined_traces",
    "matrix": "tests.trace_matrix",
}
"""By the name of a part, the program that writes it."""
_TRACES = EXPLANATION.parent / "reference" / "traces.md"
OTHER_PAGES = {"fleet": EXPLANATION / "speed.md", "traces": _TRACES, "matrix": _TRACES}
"""By the name of a part, the page that has it where that is not :data:`PAGE`."""


def page_of(name: str) -> Path:
    """Return the page that has a part."""
    return OTHER_PAGES.get(name, PAGE)


def write_part(name: str, lines: Sequence[str], page: Path | None = None) -> None:
    """Replace a part of its page.

    :param page: another page than its own
    :raises ValueError: where the page has no such part
    """
    page = page or page_of(name)
    text = page.read_text(encoding="utf-8")
    begin, end = f"<!-- made by python -m {PROGRAMS[name]} --write -->", "<!-- end -->"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"the page has no part {begin} ... {end}")
    page.write_text(pattern.sub(lambda _found: "\n".join([begin, *lines, end]), text), encoding="utf-8")


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a table in Markdown; all columns but the first are numbers."""
    rule = ["---", *["---:"] * (len(titles) - 1)]
    return [f"| {' | '.join(row)} |" for row in (titles, rule, *rows)]


def matrix(found: Counter[tuple[str, str]], rows: Sequence[str], columns: Sequence[str]) -> list[str]:
    """Return a confusion matrix in Markdown: a row for what is there, a column for what is found."""
    return table(["there / found", *columns], [[row, *(str(found[row, column]) for column in columns)] for row in rows])
