# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pages have what their programs wrote: a part of each, and no clean appliance that is called compromised."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.bench.observe import PHASES, Observed, keep, kept, lines
from tests.observing_page import PAGE, PROGRAMS, matrix, page_of, write_part


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_program_has_written_its_part(name: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(page_of(name).read_text(encoding="utf-8"))
    before = page.read_text(encoding="utf-8")
    write_part(name, ["| new |"], page)
    assert "| new |" in page.read_text(encoding="utf-8")
    begin = f"<!-- made by python -m {PROGRAMS[name]} --write -->"
    part = before.partition(begin)[2].partition("<!-- end -->")[0]
    assert part.count("\n|") > 4, f"run python -m {PROGRAMS[name]} --write"


def test_a_page_without_the_part_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("")
    with pytest.raises(ValueError, match="the page has no part"):
        write_part("watch", [], page)


def test_no_clean_appliance_is_called_compromised() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| clean |")]
    assert [row.split("|")[2].strip() for row in rows] == ["0", "0"]


def test_the_rows_of_a_playbook_are_together_and_divided_by_the_appliances(tmp_path: Path) -> None:
    def one(phase: str, count: int) -> Observed:
        return Observed(phase, count, 50 * count, 1000 * count, 0.02 * count, 3.0, 100.0)

    first, second = PHASES[0][0], PHASES[1][0]
    table = lines([one(first, 1), one(second, 1), one(first, 1000)])
    assert table[2:] == [
        f"| {first} | 1 | 50.0 | 1,000 | 20 | 3.0 | 100 |",
        f"| {first} | 1,000 | 50.0 | 1,000 | 20 | 3.0 | 100 |",
        f"| {second} | 1 | 50.0 | 1,000 | 20 | 3.0 | 100 |",
    ]
    keep([one(first, 1)], tmp_path / "observe.json")
    assert kept(tmp_path / "observe.json") == {(first, 1): one(first, 1)}
    assert kept(tmp_path / "nothing.json") == {}


def test_a_matrix_has_a_row_for_what_is_there() -> None:
    found = Counter({("clean", "review"): 2, ("review", "review"): 3})
    assert matrix(found, ("clean", "review"), ("compromise", "review"))[2:] == [
        "| clean | 0 | 2 |",
        "| review | 0 | 3 |",
    ]
