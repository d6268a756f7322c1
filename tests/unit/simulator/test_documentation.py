# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""docs/simulator.md describes every setting."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from simulator.fleet_file.faults import KINDS
from simulator.fleet_file.open_facts import Switch
from simulator.fleet_file.specification import ApplianceSpec
from simulator.fleet_file.switches import SWITCHES
from simulator.operations import operation_table, operations

TEXT = (Path(__file__).parents[3] / "docs" / "simulator.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("switch", SWITCHES.values(), ids=lambda switch: switch.name)
def test_every_switch_with_its_default(switch: Switch) -> None:
    default = str(switch.default).lower() if isinstance(switch.default, bool) else switch.default
    assert f"| `{switch.name}` | `{default}` |" in TEXT
    assert switch.meaning
    assert switch.source


def test_the_table_of_types_and_operations() -> None:
    assert operation_table() in TEXT
    assert operation_table().count("\n") == len(operations()) + 4


@pytest.mark.parametrize("kind", KINDS)
def test_every_fault(kind: str) -> None:
    assert f"| `{kind}` |" in TEXT


@pytest.mark.parametrize("key", [item.name for item in fields(ApplianceSpec) if item.name != "name"])
def test_every_key_of_an_appliance(key: str) -> None:
    assert f"| `{key}` |" in TEXT
