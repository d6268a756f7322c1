# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Test modules are compiled once before workers start: the place of a compiled module is the one that this pytest uses."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests import rewritten


@pytest.mark.skipif(sys.dont_write_bytecode, reason="PYTHONDONTWRITEBYTECODE is set: nothing is compiled for others")
def test_this_module_is_compiled_where_it_is_looked_for() -> None:
    made = rewritten.compiled(Path(__file__))
    assert made.stat().st_mtime >= Path(__file__).stat().st_mtime


def test_all_is_missing_where_nothing_was_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "test_one.py").touch()
    (tmp_path / "module.py").touch()
    monkeypatch.setattr(rewritten, "TESTS", tmp_path)
    assert rewritten.missing() == 1
    made = rewritten.compiled(tmp_path / "test_one.py")
    made.parent.mkdir()
    made.touch()
    assert rewritten.missing() == 0
