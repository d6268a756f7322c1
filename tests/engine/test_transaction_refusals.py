# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an appliance does not carry out, does not report, or lets somebody else change: what is said, and what is left.

The faults of the simulator that lead there have no source: an appliance that answers like that is broken or hostile.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution import saving, step_executor
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.change import Harm, ProofFindings
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.change_transaction import (
    ChangeTransaction,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.step_executor import StepFailed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import Outcome
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused, TourniquetError

from simulator import Simulator
from tests.engine.control_nodes import BOX, before, control_node, lock_on, simulated, without_waiting
from tests.engine.records import records_of
from tests.engine.test_change_transaction import NotedProof, carry_out
from tests.stage.memory import MITIGATION, Stage

NAME = f"tq_{MITIGATION.id}"
THEIR_POLICY = {"name": "theirs", "rule": "TRUE", "action": "NOOP"}
THEIRS = {"name": NAME, "target": '"HTTP/1.1 200 OK\\r\\n\\r\\n"'}


@pytest.fixture(scope="module")
def enabled_box() -> Iterator[Simulator]:
    """An appliance on which the feature is on, so that no step switches it."""
    with simulated({**BOX, "features": [*BOX["features"], "RESPONDER"]}) as running:
        yield running


@pytest.fixture
def enabled(enabled_box: Simulator, tmp_path: Path) -> Stage:
    enabled_box.reset()
    return control_node(enabled_box, tmp_path, "ours")


def fault(stage: Stage, kind: str, **details: Any) -> None:
    stage.simulator.appliance("box").fault(kind, **details)


def by_hand(stage: Stage, method: str, path: str, body: dict[str, Any] | None = None) -> None:
    """Somebody else changes the appliance."""
    with Connection(stage.appliance) as connection:
        connection.primary.write(method, path, body)


def outcome(stage: Stage) -> tuple[Outcome, str]:
    """Return the outcome of the last run in its record, and the problem that it ended with."""
    record = records_of(stage.records, "box", MITIGATION.id)[-1]
    return record.outcome, str(record.problem)


def both(stage: Stage) -> tuple[list[str], list[str]]:
    return stage.configuration(), stage.configuration("saved")


# -- before the first write --------------------------------------------------------------------------------------------


def test_if_the_work_of_others_cannot_be_saved_first_nothing_of_ours_is_changed(enabled: Stage) -> None:
    by_hand(enabled, "POST", "responderpolicy", {"responderpolicy": THEIR_POLICY})
    state = both(enabled)
    proof = NotedProof(enabled, ProofFindings(facts={}))
    fault(enabled, "nitro_error", type="nsconfig", action="save", code=284, times=0)
    with pytest.raises(
        TourniquetError, match=r"No space left.*\. Nothing of ours was changed \(unsaved: save_first\)\.$"
    ):
        carry_out(enabled, proof, save_first=True)
    assert both(enabled) == state
    assert proof.notes[-1] == ("end", False, 0, 0, "failed")


# -- the steps ---------------------------------------------------------------------------------------------------------


def test_a_step_without_effect_is_found_and_the_whole_is_undone(enabled: Stage) -> None:
    state = both(enabled)
    for method in ("POST", "PUT"):
        fault(enabled, "no_effect", type="responderglobal_responderpolicy_binding", method=method)
    with pytest.raises(
        StepFailed, match=r"does not read back as done: .*expected \{.*\}, found None\. It has been undone\.$"
    ) as caught:
        enabled.apply()
    assert caught.value.undone
    assert both(enabled) == state
    assert (outcome(enabled)[0], lock_on(enabled)) == (Outcome.REVERTED, None)


def test_before_a_feature_is_disabled_what_was_removed_is_read(ours: Stage) -> None:
    """Once it is off, an appliance may show nothing of it any more."""
    ours.apply()
    state = both(ours)
    fault(ours, "no_effect", type="responderaction", method="DELETE")
    with pytest.raises(
        StepFailed,
        match=r"^it does not read back as done: responderaction \S+: expected None, found .* "
        r"\[at: disable ns feature RESPONDER\]\. What was done before it has been undone\.$",
    ):
        ours.rollback()
    assert both(ours) == state
    assert outcome(ours)[0] is Outcome.REVERTED
    assert ours.status().verdict.word == "mitigated"


def test_a_rollback_that_does_not_read_back_is_not_saved(enabled: Stage) -> None:
    enabled.apply()
    saved = enabled.configuration("saved")
    fault(enabled, "no_effect", type="responderaction", method="DELETE")
    with pytest.raises(
        TourniquetError,
        match=r"^box: the rollback does not read back as done: responderaction \S+: expected None, found .*\. The record is ",
    ) as caught:
        enabled.rollback()
    assert not isinstance(caught.value, StepFailed)
    assert enabled.configuration("saved") == saved, "a restart brings the whole measure back"
    assert outcome(enabled)[0] is Outcome.FAILED
    assert enabled.rollback().changed
    assert not any(NAME in row for rows in both(enabled) for row in rows)


def test_a_step_whose_result_cannot_be_read_is_left_and_told(ours: Stage) -> None:
    fault(ours, "reply_lost", type="responderpolicy", method="POST")
    before_reads = {"type": "responderpolicy", "method": "GET", "code": 257, "times": 0}
    with pytest.MonkeyPatch.context() as patch:
        before(patch, step_executor, "steps_done", lambda: fault(ours, "nitro_error", **before_reads))
        with pytest.raises(
            StepFailed,
            match=r"Its result cannot be read: .*Operation not permitted.* [0-9] of 5 steps are in place, 1 in doubt; the "
            r"record is .*\. Run the same playbook again, or rollback\.yml -e why=undo\.$",
        ) as caught:
            ours.apply()
    assert not caught.value.undone
    assert not any(NAME in row for row in ours.configuration("saved"))
    assert lock_on(ours) is not None, "the same playbook resumes it"
    ours.simulator.appliance("box").clear_faults()
    assert ours.apply().verdict.word == "mitigated"


# -- the undo ----------------------------------------------------------------------------------------------------------


def test_what_somebody_else_has_changed_meanwhile_is_left_as_it_is(
    ours: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for method in ("POST", "PUT"):
        fault(ours, "nitro_error", type="responderglobal_responderpolicy_binding", method=method)
    before(
        monkeypatch,
        step_executor,
        "undo_steps",
        lambda: by_hand(ours, "PUT", "responderaction", {"responderaction": THEIRS}),
    )
    with pytest.raises(
        StepFailed,
        match=rf"Undoing what was done failed as well: box: somebody else has changed responderaction {NAME}, "
        r"which was left as it is\. ",
    ) as caught:
        ours.apply()
    assert not caught.value.undone
    own = [row for row in ours.configuration() if NAME in row]
    assert any("200 OK" in row for row in own), "theirs stays"
    assert not any('"responderpolicy"' in row for row in own), "the rest is undone"
    assert outcome(ours)[0] is Outcome.PARTLY_REVERTED
    assert not any(NAME in row for row in ours.configuration("saved"))


def test_an_undo_without_effect_is_found(ours: Stage) -> None:
    for method in ("POST", "PUT"):
        fault(ours, "nitro_error", type="responderglobal_responderpolicy_binding", method=method)
    fault(ours, "no_effect", type="responderaction", method="DELETE")
    with pytest.raises(
        StepFailed,
        match=rf"Undoing what was done failed as well: box: responderaction {NAME} is not what it was before\. ",
    ) as caught:
        ours.apply()
    assert not caught.value.undone
    assert outcome(ours)[0] is Outcome.PARTLY_REVERTED
    assert not any(NAME in row for row in ours.configuration("saved"))
    assert ours.apply().verdict.word == "mitigated", "the next run goes on from what is there"


@pytest.mark.parametrize(
    ("stages", "expire"),
    [((), False), ((1,), True), ((1,), False)],
    ids=["at the end", "after a stage", "after a stage that stays"],
)
def test_harm_that_cannot_be_undone_is_told_as_such(enabled: Stage, stages: tuple[int, ...], expire: bool) -> None:
    harm = Harm("legitimate traffic was harmed", "gw answers 403")
    proof = NotedProof(enabled, ProofFindings(facts={}, harm=harm), harm)
    fault(enabled, "nitro_error", type="responderpolicy", method="DELETE", code=257, times=0)
    expires = r"\. What was put in so far expires by itself" if expire else ""
    with pytest.raises(
        StepFailed,
        match=r"^box: legitimate traffic was harmed: gw answers 403\. Undoing the change failed as well: .*Operation not "
        rf"permitted.*\. The record is \S+\.json{expires}$",
    ) as caught:
        carry_out(enabled, proof, stages=stages, stages_expire=expire)
    assert not caught.value.undone
    assert proof.notes[-1] == ("end", True, 1 if stages else 2, 0, "partly reverted")


def test_a_rollback_that_harms_somebody_is_undone(enabled: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    enabled.apply()
    state = both(enabled)
    before(monkeypatch, ChangeTransaction, "_execute", lambda: fault(enabled, "http_error", vserver="gw", times=0))
    with (
        without_waiting(),
        pytest.raises(
            StepFailed, match=r"^box: legitimate traffic was harmed, so the rollback was undone at once: .*gw"
        ) as caught,
    ):
        enabled.rollback()
    assert caught.value.undone
    assert both(enabled) == state
    assert outcome(enabled)[0] is Outcome.REVERTED


# -- the save ----------------------------------------------------------------------------------------------------------


def test_an_appliance_that_does_not_report_whether_it_is_saved_is_not_saved(
    enabled: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = {"type": "nsconfig", "method": "GET", "attribute": "configchanged", "times": 0}
    before(monkeypatch, saving, "save_and_confirm", lambda: fault(enabled, "changed_answer", **missing))
    with pytest.raises(
        TourniquetError,
        match=r"does not report whether its configuration is saved\. \S.* is not saved, and would be lost in a reboot: run "
        r"apply\.yml again\. The record is ",
    ):
        enabled.apply()
    record = records_of(enabled.records, "box", MITIGATION.id)[-1]
    assert (record.outcome, record.saved) == (Outcome.APPLIED, False)
    enabled.simulator.appliance("box").clear_faults()
    assert enabled.apply().verdict.word == "mitigated"


def test_the_answer_to_a_save_is_no_proof_that_it_was_saved(enabled: Stage) -> None:
    fault(enabled, "no_effect", type="nsconfig", action="save", times=0)
    with pytest.raises(
        TourniquetError, match=r"says that its configuration is still not saved\. .* is not saved, and would be lost"
    ):
        enabled.apply()
    assert not any(NAME in row for row in enabled.configuration("saved"))
    assert not records_of(enabled.records, "box", MITIGATION.id)[-1].saved


# -- what a rollback refuses before it sends anything -------------------------------------------------------------------


def test_what_cannot_be_restored_is_refused(enabled: Stage) -> None:
    """The priority that our binding had is somebody else's by now."""
    enabled.apply()
    place = f"responderglobal_responderpolicy_binding?args=policyname:{NAME},type:REQ_OVERRIDE,priority:10"
    row = {"policyname": NAME, "priority": "20", "gotopriorityexpression": "END", "type": "REQ_OVERRIDE"}
    by_hand(enabled, "DELETE", place)
    by_hand(enabled, "PUT", "responderglobal_responderpolicy_binding", {"responderglobal_responderpolicy_binding": row})
    by_hand(enabled, "POST", "nsconfig?action=save", {"nsconfig": {}})
    enabled.apply()
    by_hand(enabled, "POST", "responderpolicy", {"responderpolicy": THEIR_POLICY})
    their_row = {"responderglobal_responderpolicy_binding": {**row, "policyname": "theirs"}}
    by_hand(enabled, "PUT", "responderglobal_responderpolicy_binding", their_row)
    by_hand(enabled, "POST", "nsconfig?action=save", {"nsconfig": {}})
    state = both(enabled)
    with pytest.raises(
        Refused, match=r"^box: what was there before cannot be restored: priority 20 at .* is taken by .*theirs"
    ):
        enabled.rollback()
    assert both(enabled) == state
    assert lock_on(enabled) is None
