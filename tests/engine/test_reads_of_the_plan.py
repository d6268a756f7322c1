# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What somebody has changed between the plan and its wave is found, although the wave does not read again what nobody has changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution import change_transaction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning import state_reader
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.earlier_reads import (
    EarlierReads,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.facts import ApplianceFacts
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import VerdictWord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.verdicts.measure_grounds import (
    gather_grounds,
)

from tests.calls import counted
from tests.engine import test_request_counts
from tests.engine.control_nodes import PAIR
from tests.engine.test_request_counts import asked, is_proof
from tests.stage.memory import Stage

BOX = test_request_counts.BOX
OURS = {"name": "tq_cve_2019_19781", "type": "respondwith", "target": '"theirs"'}


def written(stage: Stage, *, save: bool) -> None:
    """Somebody else makes an action with our name."""
    with Connection(stage.appliance) as connection:
        connection.primary.write("POST", "responderaction", {"responderaction": OURS})
        if save:
            connection.primary.save()


@pytest.mark.parametrize("save", [False, True])
def test_a_change_between_plan_and_wave_is_refused(open_stage: Callable[..., Stage], save: bool) -> None:
    stage = open_stage()
    earlier = stage.plan_with_reads()
    assert earlier is not None
    written(stage, save=save)
    result = stage.apply_all(earlier=earlier)
    assert "tq_cve_2019_19781" in result.failed
    assert result.failed == stage.apply_all().failed
    assert "Nothing was changed" in result.failed


def test_a_change_behind_the_first_reads_of_the_wave_is_found_under_the_lock(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    earlier = stage.plan_with_reads()
    result = stage.apply_all(lambda _deployment: written(stage, save=True), earlier=earlier)
    assert "came up between the plan and the lock" in result.failed


def test_an_appliance_that_says_that_nothing_was_changed_gets_nothing_of_ours(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lies about its last change, or somebody can set that: what is there is not overwritten, and what was written is taken back."""
    stage = open_stage()
    earlier = stage.plan_with_reads()
    written(stage, save=True)
    before = stage.configuration(), stage.configuration("saved")
    monkeypatch.setattr(EarlierReads, "still_hold", lambda self, _connection: self.answers)
    monkeypatch.setattr(Connection, "changed_at", "the same")
    monkeypatch.setattr(change_transaction, "last_change", lambda _session: "the same")
    result = stage.apply_all(earlier=earlier)
    assert "tq_cve_2019_19781" in result.failed
    assert (stage.configuration(), stage.configuration("saved")) == before


def test_what_was_changed_while_the_peer_of_a_pair_was_primary_is_found(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pair fails over and back, and the first node has not counted what was changed on the other one."""
    stage = open_stage(PAIR)
    earlier = stage.plan_with_reads()
    assert earlier is not None
    box = stage.simulator.appliance("box")
    box.advance(60)
    box.failover()
    written(stage, save=True)
    box.failover()
    monkeypatch.setattr(Connection, "changed_at", earlier.unchanged["changed"])
    monkeypatch.setattr(change_transaction, "last_change", lambda _session: earlier.unchanged["changed"])
    result = stage.apply_all(earlier=earlier)
    assert "tq_cve_2019_19781" in result.failed
    assert "Nothing was changed" in result.failed


def test_the_wave_ends_as_one_that_reads_everything(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    earlier = stage.plan_with_reads()
    stage.simulator.clear_requests()
    result = stage.apply_all(earlier=earlier)
    assert (result.failed, result.verdict.word) == ("", VerdictWord.MITIGATED)
    own = result.partitions["default"]
    assert own.facts.rules.evaluation.checked == 6
    log = [entry for entry in stage.simulator.requests() if entry["side"] == "nitro"]
    assert sum(map(is_proof, log)) == 1  # the hit counter
    assert [asked(entry) for entry in log].count("config/nsfeature") == 2  # enabled and read back


def test_a_lost_appliance_is_no_answer(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    earlier = stage.plan_with_reads()
    stage.simulator.stop()
    with pytest.raises(TourniquetError):
        stage.apply_all(earlier=earlier)


def test_grounds_are_gathered_once_for_each_state_and_take_their_parameters_out_of_the_facts_once(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each reader of the facts took them out itself: 46 times in such a plan, 132 in its apply, and 121 in a verify."""
    stage = open_stage(PAIR)
    taken = 0
    attribute = ApplianceFacts.__getattribute__

    def noted(facts: ApplianceFacts, name: str) -> Any:
        nonlocal taken
        taken += name == "parameters"
        return attribute(facts, name)

    monkeypatch.setattr(ApplianceFacts, "__getattribute__", noted)
    found = []
    for verb in (stage.plan_all, stage.apply_all, lambda: stage.status_all(probes="few")):
        taken = 0
        with counted() as calls:
            verb()
        found.append((calls.of(gather_grounds), taken))
    assert [gathered for gathered, _taken in found] == [1, 3, 1]
    assert [most for (_gathered, taken), most in zip(found, (10, 20, 12), strict=True) if taken > most] == [], found


def test_an_apply_on_a_pair_makes_objects_of_each_reading_once(
    open_stage: Callable[..., Stage], tmp_path: Path
) -> None:
    """Of each type in the plan; in the wave of the policies, whose counters are read again, and of all as written on the primary and on the secondary."""
    stage = open_stage(PAIR)
    with counted() as plan:
        reads = stage.plan_with_reads()
    assert reads is not None
    reads.write(tmp_path, stage.name)
    earlier = EarlierReads.read(tmp_path, stage.name)
    assert earlier == reads
    with counted() as wave:
        assert not stage.apply_all(earlier=earlier).failed
    types = len(test_request_counts.OURS)
    made = (plan.of(state_reader._canonical_objects), wave.of(state_reader._canonical_objects))
    assert made == (types, 1 + 2 * types)
