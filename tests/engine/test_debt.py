# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is still there of a mitigation, since when and why, from the records and from what is read."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, timedelta

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.deployment import today

from tests.engine import control_nodes
from tests.engine.test_observe_mode import HAND_MADE
from tests.stage.memory import Stage

BOX = control_nodes.BOX


def test_it_is_there_since_the_first_run_in_force(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    assert stage.status().debts == ()
    first = stage.apply(version=1)
    stage.run = "second"
    stage.apply(version=2)
    (debt,) = stage.status(planned_fix=date(2999, 1, 1)).debts
    assert first.record
    assert debt.since[:10] == today().isoformat()
    assert debt.since.replace("-", "").replace(":", "")[:15] in first.record
    assert (debt.what, debt.why, debt.overdue) == ("cve_2019_19781 v2", "13.0 47.22 needs it", 0)
    assert "fix planned for 2999-01-01" in str(debt)
    stage.rollback(why="after_fix")
    assert stage.status().debts == ()


def test_a_planned_day_that_is_over_is_overdue(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.apply()
    (debt,) = stage.status(planned_fix=today() - timedelta(days=3)).debts
    assert (debt.overdue, str(debt).endswith("OVERDUE by 3 days")) == (3, True)
    (debt,) = stage.status(planned_fix=today()).debts
    assert debt.overdue == 0
    stage.simulator.appliance("box").upgrade("13.0 47.24")
    (debt,) = stage.status().debts
    assert str(debt).endswith("13.0 47.24 has the fix, and nobody has removed it")


def test_without_a_record_only_the_day_is_unknown(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.apply()
    shutil.rmtree(stage.records)
    files = stage.simulator.fleet.appliances["box"].nodes[0].files  # an upgrade may empty the directory of the copies
    for path in [path for path in files if path.startswith("/var/tmp/")]:
        del files[path]
    (debt,) = stage.status().debts
    assert debt.since == ""
    assert "since a day that no record names" in str(debt)


def test_a_hand_made_policy_is_debt_too(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(features=["LB", "SSL", "SSLVPN", "RESPONDER"], configuration=HAND_MADE)
    (debt,) = stage.status().debts
    assert (debt.what, debt.state) == ("ctx267027, which is not ours,", "of others")


def test_a_rule_whose_binding_is_gone_is_not_said_to_be_in_place(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.apply()
    (debt,) = stage.status().debts
    assert debt.state == "in place"
    binding = "responderglobal_responderpolicy_binding?args=policyname:tq_cve_2019_19781,type:REQ_OVERRIDE"
    with Connection(stage.appliance) as connection:
        connection.primary.write("DELETE", binding)
    (debt,) = stage.status().debts
    assert debt.state == "in part or changed"
