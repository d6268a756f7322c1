# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`make lint` and the Molecule scenarios as tests, so that they run beside the others and end in one summary."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCENARIOS = sorted(path.parent.name for path in ROOT.glob("molecule/*/molecule.yml") if path.parent.name != "default")


def make(*arguments: str) -> None:
    """Run a target in an environment that a person has, without installing anything.

    :raises AssertionError: with the whole output, if the target fails
    """
    unwanted = ("MAKE", "MFLAGS", "ANSIBLE_", "MOLECULE_", "PYTEST_", "TOURNIQUET_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    command = ["make", "--no-print-directory", "-o", ".venv/requirements.lock", *arguments]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(arguments)} failed:\n{done.stdout[-20000:]}"


def test_lint() -> None:
    make("lint")


@pytest.mark.only_in_all
def test_sanity() -> None:
    make("sanity")


@pytest.mark.only_in_all
def test_docs() -> None:
    make("docs")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario(scenario: str) -> None:
    make("molecule", f"SCENARIO={scenario}")
