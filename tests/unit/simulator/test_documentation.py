# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""docs/reference/simulator.md describes every setting."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import yaml

from simulator.fleet_file.faults import KINDS
from simulator.fleet_file.loader import load
from simulator.fleet_file.open_facts import Switch
from simulator.fleet_file.specification import ApplianceSpec
from simulator.fleet_file.switches import SWITCHES
from simulator.operations import STORED_ONLY, operation_table, operations
from tests.played_together import played_together

TEXT = (Path(__file__).parents[3] / "docs" / "reference" / "simulator.md").read_text(encoding="utf-8")


@played_together("switch", SWITCHES.values(), ids=lambda switch: switch.name)
def test_every_switch_with_its_default(switch: Switch) -> None:
    default = str(switch.default).lower() if isinstance(switch.default, bool) else switch.default
    assert f"| `{switch.name}` | `{default}` |" in TEXT
    assert switch.meaning
    assert switch.source


def test_the_table_of_types_and_operations() -> None:
    assert operation_table() in TEXT
    assert operation_table().count("\n") == len(operations()) + 4


@played_together("name", sorted(STORED_ONLY))
def test_a_type_that_is_only_stored_is_in_the_table(name: str) -> None:
    assert f"| `{name}` | {', '.join(operations()[name])} | stored only |" in TEXT


def test_the_first_fleet_file() -> None:
    """The fleet of the section for users of other clients is a fleet."""
    section = TEXT.partition("## Using it without Tourniquet")[2].partition("\n## ")[0]
    content = section.partition("<<'END'\n")[2].partition("END\n")[0]
    assert list(load(yaml.safe_load(content)).appliances) == ["box"]


@played_together("kind", KINDS)
def test_every_fault(kind: str) -> None:
    assert f"| `{kind}` |" in TEXT


@played_together("key", [item.name for item in fields(ApplianceSpec) if item.name != "name"])
def test_every_key_of_an_appliance(key: str) -> None:
    assert f"| `{key}` |" in TEXT
