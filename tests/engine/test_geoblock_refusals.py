# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Failures between the removal of ACLs and the command that applies it: what filters afterwards is what filtered before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.step_executor import StepFailed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from simulator import Simulator
from tests.engine import test_geoblock_acls
from tests.engine.geoblock_stage import LAB, ROWS, UNLISTED, GeoblockStage
from tests.engine.test_geoblock_acls import everything, in_force

FLEET = test_geoblock_acls.FLEET


@pytest.fixture
def old(simulator: Simulator, tmp_path: Path) -> GeoblockStage:
    """An appliance that has one ACL for each range."""
    simulator.reset()
    return GeoblockStage(simulator, tmp_path / "records", "old", way="acls")


def is_apply(target: str) -> bool:
    return target.endswith("nsacls?action=apply")


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "half_bulk_lost", "type": "macroapi", "action": "remove", "count": 2},
        {"kind": "nitro_error", "type": "nsacls", "action": "apply", "code": 257},
    ],
    ids=["amid the removals", "at the apply command"],
)
def test_a_rollback_that_fails_before_the_removals_are_applied_applies_what_it_puts_back(
    old: GeoblockStage, fault: dict[str, Any]
) -> None:
    """Of an ACL that was removed nothing tells whether that was applied."""
    assert old.play("apply").result.failed == ""
    before, filters = everything(old), in_force(old)
    assert len(filters) > 2
    old.simulator.appliance("old").fault(**fault)
    old.simulator.clear_requests()
    with pytest.raises(StepFailed, match=r"What was done before it has been undone\.$") as caught:
        old.take_off()
    assert caught.value.undone
    old.simulator.appliance("old").clear_faults()
    sent = [entry["target"] for entry in old.simulator.requests() if entry["method"] in ("POST", "DELETE")]
    changes = [place for place, target in enumerate(sent) if "nsacl" in target and not is_apply(target)]
    assert any(is_apply(target) for target in sent[changes[-1] :]), "the undo is applied"
    assert (everything(old), in_force(old)) == (before, filters)
    assert (old.ask(LAB).status, old.ask(UNLISTED).status) == (0, 200)
    assert old.play("status").verdict == "enforcing"
    old.take_off()
    assert in_force(old) == []


def test_without_room_for_copies_that_expire_nothing_is_sent(old: GeoblockStage) -> None:
    old.settings["acl_priority"] = 99990
    old.data(*ROWS[4], ("192.0.2.0", "192.0.2.9", "UA"))
    before = everything(old)
    with pytest.raises(InvalidInput, match=r"^old: geoblock: no free priority is left for \S+__ttl between"):
        old.play("apply")
    assert everything(old) == before
    assert [
        entry for entry in old.simulator.requests() if entry["method"] == "POST" and "nsacl" in entry["target"]
    ] == []
