# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The matrix has each supported Python, the oldest and the newest ansible-core, and exactly what a control node needs."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.ansible_version import (
    ANSIBLE_CORE,
    version_numbers,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.control_node import PYTHON

from release.lock_file import locked_packages
from tests.matrix.cells import CELLS, ROOT, Cell, interpreter, missing


def test_the_oldest_python_and_ansible_core_are_those_that_we_promise() -> None:
    assert min(version_numbers(cell.python) for cell in CELLS) == PYTHON
    oldest = min(version_numbers(cell.core_version()) for cell in CELLS)
    assert oldest[:2] == version_numbers(ANSIBLE_CORE)
    needed = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))["requires_ansible"]
    assert needed == f">={ANSIBLE_CORE}.0"
    assert {cell.python for cell in CELLS} == {f"3.{minor}" for minor in range(11, 15)}


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_a_cell_has_one_ansible_core_for_its_python_and_all_hashes(cell: Cell) -> None:
    packages = {one.name: one for one in locked_packages(cell.requirements())}
    assert (packages["ansible-core"].version, packages["ansible-core"].marker) == (cell.core_version(), "")
    assert {"netaddr", "lark", "markupsafe"} <= packages.keys()
    assert all("--hash=sha256:" in one.text for one in packages.values())
    assert len(re.findall(r"^\S+==", cell.requirements(), re.MULTILINE)) == len(packages)


def test_the_python_of_the_tests_is_found_and_one_that_does_not_exist_is_not() -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert interpreter(version)
    assert interpreter("3.99") == ""
    assert missing(Cell("3.99", "newest")) == "python3.99 is not installed"


def test_an_environment_that_was_made_from_something_else_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = Cell(f"{sys.version_info.major}.{sys.version_info.minor}", "oldest")
    monkeypatch.setattr("tests.matrix.cells.ROOT", tmp_path)
    monkeypatch.setattr("tests.matrix.cells.FOLDER", tmp_path)
    (tmp_path / "requirements.lock").write_text(
        (ROOT / "requirements.lock").read_text(encoding="utf-8"), encoding="utf-8"
    )
    assert missing(cell).startswith("its environment is not made")
    cell.folder.mkdir()
    cell.made_from.write_text(cell.requirements(), encoding="utf-8")
    assert missing(cell) == ""
    cell.made_from.write_text(cell.requirements() + "more==1\n", encoding="utf-8")
    assert missing(cell).startswith("its environment is not made")
