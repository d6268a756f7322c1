# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A control node: how its inventory names a simulated appliance, and the environment in which it starts Ansible."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PLAYBOOK_PROGRAM = str(Path(sys.executable).parent / "ansible-playbook")
OF_THE_CLONE = {
    "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
    "ANSIBLE_HOME": str(ROOT / ".cache" / "ansible"),
    "ANSIBLE_NOCOLOR": "1",
    "LC_ALL": "C.UTF-8",
}
"""The settings of Ansible for a playbook that is played in the clone."""


def connection_variables(ready: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inventory variables of an appliance that the ready file describes."""
    return {
        "netscaler_nodes": [f"{node['address']}:{node['port']}" for node in ready["nodes"]],
        "netscaler_vips": [
            {
                "name": item["name"],
                "address": item["address"],
                "port": item["port"],
                "kind": item["type"],
                "tls": item["protocol"] == "SSL",
                **({"partition": item["partition"]} if "partition" in item else {}),
            }
            for item in ready["vservers"]
        ],
    }


def of_nobody(*unwanted: str) -> dict[str, str]:
    """Return the environment of this process without what a person sets for Ansible and for us.

    :param unwanted: what further names begin with
    """
    others = ("ANSIBLE_", "TOURNIQUET_", "COLUMNS", *unwanted)  # with COLUMNS, lines are broken
    return {name: value for name, value in os.environ.items() if not name.startswith(others)}
