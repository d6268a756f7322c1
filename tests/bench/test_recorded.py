# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The bench of recorded traffic runs and says something of each part; how good and how fast it is, is not judged here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.recorded import KINDS, SHARES, main, quality


def test_what_is_learnt_is_judged_by_labels(tmp_path: Path) -> None:
    found = quality(tmp_path, 0.2, "json", 3000)
    naive = quality(tmp_path, 0.2, "json", 3000, naive=True)
    assert 0 < found.recall <= 1
    assert found.entries < naive.entries
    assert found.precision > naive.precision
    assert found.let_in < naive.let_in


@pytest.mark.only_in_all
def test_the_tables_have_a_line_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--lines", "2000", "--requests", "400", "--workers", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + len(KINDS) * len(SHARES) + 1 + 1 + 4
    assert "learn and coverage" in lines[-1]
