# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The fixture for other projects, used as docs/reference/simulator.md describes: this test runs the example there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a separate project and process."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    environment["PYTHONPATH"] = str(ROOT)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *arguments]
    return subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


def test_the_example_of_the_documentation(project: Path) -> None:
    section = (ROOT / "docs" / "reference" / "simulator.md").read_text(encoding="utf-8").split("## In your tests\n")[1]
    conftest, test, *_ = re.findall(r"```python\n(.*?)```", section.split("\n## ")[0], re.DOTALL)
    (project / "conftest.py").write_text(conftest)
    (project / "test_example.py").write_text(test)
    done = run(project)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_a_fleet_file_named_in_the_settings(project: Path) -> None:
    (project / "pytest.ini").write_text("[pytest]\nnetscaler_fleet = fleet.yml\n")
    (project / "fleet.yml").write_text('appliances: {mine: {build: "13.0 47.24", nodes: ["127.0.0.1:0"]}}\n')
    (project / "test_it.py").write_text(
        "def test_it(netscaler_fleet):\n    assert list(netscaler_fleet.ready['appliances']) == ['mine']\n"
    )
    done = run(project, "-p", "simulator.pytest_plugin")
    assert done.returncode == 0, done.stdout


def test_the_default_is_one_appliance(project: Path) -> None:
    (project / "test_it.py").write_text(
        "def test_it(netscaler_fleet):\n    assert netscaler_fleet.appliance('netscaler').state()['nodes']\n"
    )
    done = run(project, "-p", "simulator.pytest_plugin")
    assert done.returncode == 0, done.stdout


def test_a_mistake_in_the_fleet_file_is_reported(project: Path) -> None:
    (project / "pytest.ini").write_text("[pytest]\nnetscaler_fleet = fleet.yml\n")
    (project / "fleet.yml").write_text("appliances: {mine: {build: x, nodes: []}}\n")
    (project / "test_it.py").write_text("def test_it(netscaler_fleet):\n    pass\n")
    done = run(project, "-p", "simulator.pytest_plugin")
    assert done.returncode == 1
    assert "FleetError: mine: build" in done.stdout
