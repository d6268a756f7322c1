# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A test that asserts nothing fails where assertions are counted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests import asserted

TESTS = """
import warnings
import pytest
CASES = ()
def test_that_asserts():
    assert not CASES
def test_over_nothing():
    for case in CASES:
        assert case
def test_that_expects_an_error():
    with pytest.raises(ValueError):
        int("x")
def test_that_expects_a_warning():
    with pytest.warns(UserWarning):
        warnings.warn("x", UserWarning)
def test_that_fails_by_itself():
    raise KeyError("own")
"""


def test_only_a_test_without_an_assertion_is_failed(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(TESTS)
    (tmp_path / "conftest.py").write_text(
        "from tests.asserted import Asserted\ndef pytest_configure(config): config.pluginmanager.register(Asserted())\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rfE"]
    environment = {**os.environ, "PYTHONPATH": str(asserted.__file__).removesuffix("/tests/asserted.py")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    failed = {line for line in done.stdout.splitlines() if line.startswith("FAILED")}
    assert failed == {
        "FAILED test_some.py::test_over_nothing - Failed: it ends without an assertion",
        "FAILED test_some.py::test_that_fails_by_itself - KeyError: 'own'",
    }, done.stdout
