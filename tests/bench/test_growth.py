# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The bench of the ledger runs; tests/engine/test_growth_of_the_ledger.py judges how it grows."""

from __future__ import annotations

import pytest

from tests.bench.growth import main


def test_the_table_has_a_line_for_each_number_of_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--runs", "2", "3"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["runs", "2", "3"]
