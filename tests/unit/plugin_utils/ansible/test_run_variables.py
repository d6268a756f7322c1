# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Variables about a whole run: what one host has counts for no other one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play import Play
from ansible.vars.manager import VariableManager
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.run_variables import NOTIFY, RunVariables

HOSTS = ("gw-a", "gw-b")


@pytest.mark.parametrize(
    ("of_hosts", "of_all", "expected"),
    [
        ({"gw-a": {NOTIFY: ["a's own"]}}, {}, {"gw-a": ["a's own"]}),
        (
            {"gw-a": {"customer": "Brouwer"}, "gw-b": {"customer": "De Wit"}},
            {NOTIFY: ["{{ customer }}"]},
            {"gw-a": ["Brouwer"], "gw-b": ["De Wit"]},
        ),
        ({}, {NOTIFY: ["everybody"]}, {"gw-a": ["everybody"], "gw-b": ["everybody"]}),
        ({}, {}, {}),
    ],
)
def test_the_value_of_a_host_counts_for_no_other_host_of_its_groups(
    tmp_path: Path, of_hosts: dict[str, Any], of_all: dict[str, Any], expected: dict[str, Any]
) -> None:
    path = tmp_path / "hosts.json"
    hosts = {host: of_hosts.get(host, {}) for host in HOSTS}
    path.write_text(json.dumps({"all": {"hosts": hosts, "vars": of_all}}), encoding="utf-8")
    loader = DataLoader()
    inventory = InventoryManager(loader, sources=[str(path)])
    manager = VariableManager(loader=loader, inventory=inventory)
    play = Play.load({"hosts": "all", "gather_facts": False}, variable_manager=manager, loader=loader)
    variables = RunVariables()
    variables.add_play(play)
    assert variables.by_groups(NOTIFY, HOSTS) == expected
