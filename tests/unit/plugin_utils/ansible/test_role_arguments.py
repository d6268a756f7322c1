# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which value an option takes: that of its variable, unless the task settles it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.role_arguments import RoleArguments
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of

INVENTORY = {"playbook_dir": "/nowhere/playbooks", "netscaler_nodes": ["192.0.2.1"]}


def arguments(task: str, role: str, variables: dict[str, Any], **stated: Any) -> dict[str, Any]:
    options = {name: {} for name in options_of(*task.split(".")) if name not in ("document", "catalogue", "settings")}
    return RoleArguments("gw", role, {**INVENTORY, **variables}, None, options).arguments(stated, "")


def test_the_variable_counts_before_what_the_task_states() -> None:
    assert arguments("status.status", "verify", {"probes": "none"}, probes="all")["probes"] == "none"
    assert arguments("status.status", "verify", {}, probes="all")["probes"] == "all"


@pytest.mark.parametrize("given", [{}, {"probes": "none", "fail_at": 4}])
def test_the_verdict_behind_an_apply_is_that_of_the_playbook(given: dict[str, Any]) -> None:
    """``apply.yml -e probes=none`` says how to apply, and the verdict at its end is proven all the same."""
    stated = {"probes": "few", "fail_at": 2, "settles": ["probes", "fail_at"]}
    found = arguments("status.status", "verify", given, **stated)
    assert (found["probes"], found["fail_at"]) == ("few", 2)


def test_a_leave_takes_the_script_out_whatever_the_inventory_says_of_it() -> None:
    found = arguments("on_box.on_box", "node_local", {"on_box": "present"}, on_box="absent", settles=["on_box"])
    assert found["on_box"] == "absent"


def test_a_node_that_practises_has_a_rollout_that_does_not() -> None:
    assert arguments("close.close", "close", {"drill": True, "rollout_drill": False})["drill"] is True
    assert arguments("rollout.rollout", "rollout", {"drill": True, "rollout_drill": False})["drill"] is False
