# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`make lint` and the Molecule scenarios as tests, so that they run beside the others and end in one summary."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests import linted, sample
from tests.stage.quick_ansible import quick_ansible

ROOT = Path(__file__).parents[2]
SCENARIOS = sorted(path.parent.name for path in ROOT.glob("molecule/*/molecule.yml") if path.parent.name != "default")


@pytest.fixture
def quick_start() -> tuple[str, ...]:
    """The argument for make with which its programs start ``ansible-playbook`` without the imports, which are half of its work.

    `make test-all` gives none: Ansible starts as it does for a person.
    """
    return () if sample.ALL else (f"PATH={quick_ansible()}:{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}",)


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
    make("source-lint")


def test_ansible_lint(quick_start: tuple[str, ...]) -> None:
    make("ansible-lint", *quick_start)
    if sample.ALL:
        linted.note()


@pytest.mark.only_in_all
def test_sanity() -> None:
    make("sanity")


@pytest.mark.only_in_all
def test_docs() -> None:
    make("docs")


@pytest.mark.parametrize("scenario", [name for name in SCENARIOS if name not in sample.STORIES_ONLY_IN_ALL])
def test_scenario(scenario: str, quick_start: tuple[str, ...]) -> None:
    make("molecule", f"SCENARIO={scenario}", *quick_start)
