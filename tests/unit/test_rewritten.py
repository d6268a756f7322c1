# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Test modules are compiled once before workers start: the place of a compiled module is the one that this pytest uses."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import rewritten


def test_a_module_is_compiled_where_it_is_looked_for(tmp_path: Path) -> None:
    module = tmp_path / "test_one.py"
    module.write_text("def test_one():\n    assert True\n", encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHON"))}
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "-p", "no:cacheprovider", module.name]
    done = subprocess.run(command, cwd=tmp_path, env=kept, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout + done.stderr
    made = rewritten.compiled(module)
    assert made.stat().st_mtime >= module.stat().st_mtime


def test_all_is_missing_where_nothing_was_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "test_one.py").touch()
    (tmp_path / "module.py").touch()
    monkeypatch.setattr(rewritten, "TESTS", tmp_path)
    assert rewritten.missing() == 1
    made = rewritten.compiled(tmp_path / "test_one.py")
    made.parent.mkdir()
    made.touch()
    assert rewritten.missing() == 0
