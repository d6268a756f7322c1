# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The bench of country data runs; what it measures is not judged here."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from tests.bench.geo import main, merging, reading, world


def test_reading_and_merging_are_measured(tmp_path: Path) -> None:
    costs = [*reading(3000, tmp_path), *merging([200])]
    assert len(costs) == 8
    assert all(cost.seconds >= 0 and cost.ratio >= 0 for cost in costs)


@pytest.mark.parametrize("version", [4, 6])
def test_the_made_up_world_is_in_order(version: int) -> None:
    rows = world(3000, version)
    assert all(first <= last for first, last, _code in rows)
    assert all(one[1] < other[0] for one, other in pairwise(rows))
    assert {"RU", "UA"} < {code for _first, _last, code in rows}


def test_the_table_has_a_line_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--rows", "3000", "--merged", "50"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 9
