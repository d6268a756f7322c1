# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Has pytest compile the test modules once, before several workers each do it: in a fresh clone it takes 13 s of CPU for each of them."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PARTS = (["tests/unit"], ["tests", "--ignore=tests/unit"])
"""What each of two processes collects; they take about the same time."""
FEW = 50
"""So many modules are left to the workers."""


def compiled(module: Path) -> Path:
    """Return the place where pytest keeps a test module whose assert statements it has rewritten."""
    plain = Path(importlib.util.cache_from_source(str(module), optimization=""))
    return plain.with_name(f"{plain.stem}-pytest-{pytest.__version__}.pyc")


def missing() -> int:
    """Return how many test modules are not compiled since they were changed."""
    pairs = [(path, compiled(path)) for path in TESTS.rglob("test_*.py")]
    return sum(not made.exists() or made.stat().st_mtime < path.stat().st_mtime for path, made in pairs)


def rewrite() -> None:
    """Compile all test modules, if many are not compiled. What cannot be collected is reported by the workers."""
    if sys.dont_write_bytecode or missing() <= FEW:
        return
    environment = {name: value for name, value in os.environ.items() if name not in ("REFUSALS", "PYTEST_ADDOPTS")}
    command = [sys.executable, "-m", "pytest", "--collect-only", "-qq", "-n", "0"]
    running = [
        subprocess.Popen(
            [*command, *part],
            cwd=TESTS.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for part in PARTS
    ]
    for process in running:
        process.wait()
