# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A mitigation in observe mode: it counts and logs an attack and lets it pass, says so, and is switched in place without a gap."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.file_limits import DIRECTORY
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes, Save
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.deployment import Deployment

from tests.engine import control_nodes
from tests.stage.memory import Stage

BOX = control_nodes.BOX
NAME = "tq_cve_2019_19781"


def rows(stage: Stage, type_: str) -> list[dict[str, Any]]:
    """The objects of one type that the simulator itself has."""
    lines = (json.loads(line) for line in stage.configuration())
    return [row for name, row in lines if name == type_]


def policy_and_goto(stage: Stage) -> tuple[str, str]:
    policy = next(row for row in rows(stage, "responderpolicy") if row["name"] == NAME)
    binding = next(row for row in rows(stage, "responderglobal_responderpolicy_binding") if row["policyname"] == NAME)
    return policy["action"], binding["gotopriorityexpression"]


def test_it_counts_and_logs_and_lets_the_attack_pass(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    result = stage.apply(mode=Mode.OBSERVE)
    assert not result.failed
    assert policy_and_goto(stage) == ("NOOP", "NEXT")
    verdict = result.verdict
    assert (verdict.word, verdict.exit_code) == ("observe, not blocking", 2)
    assert "exploit public since 2020-01-10" in verdict.reason
    assert result.proof.hits_rose
    assert {sign.value for proof in result.proof.after for _answer, sign in proof.signs} == {"vulnerable"}
    assert result.state.saved
    assert next(row for row in rows(stage, "responderpolicy") if row["name"] == NAME)["logaction"] == NAME
    again = stage.apply(mode=Mode.OBSERVE)
    assert not again.changed


def test_a_status_that_expects_it_to_block_says_that_it_does_not(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.apply(mode=Mode.OBSERVE)
    verdict = stage.status().verdict
    assert (verdict.word, verdict.exit_code) == ("observe, not blocking", 2)
    assert verdict.next_action == "look at what it would block, then apply.yml without mitigation_mode: observe"


def blocking_after_each(steps: tuple[Step, ...], blocking: set[str]) -> list[bool]:
    """After each step: is a policy bound that blocks, and is none bound that ends the evaluation without blocking?

    :param blocking: the policies that block before the first step, all of them bound with END
    """
    action = dict.fromkeys(blocking, "block")
    goto = dict.fromkeys(blocking, "END")
    states = []
    for step in steps:
        if step.type == "responderpolicy":
            name = step.key[0]
            if step.after is None:
                action.pop(name)
            else:
                action[name] = "pass" if step.after["action"] == "NOOP" else "block"
        if step.type == "responderglobal_responderpolicy_binding":
            name = str((step.after or step.before or {})["policyname"])
            if step.after is None:
                goto.pop(name)
            else:
                goto[name] = str(step.after.get("gotopriorityexpression", "END"))  # the default is left out
        assert not any(action[name] == "pass" and to == "END" for name, to in goto.items()), (
            "hides the policies behind it"
        )
        states.append(any(action[name] == "block" for name in goto))
    return states


def test_it_is_switched_to_blocking_in_place_and_back(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.apply(mode=Mode.OBSERVE)
    blocking = stage.apply()
    assert blocking.verdict.word == "mitigated"
    assert policy_and_goto(stage) == (NAME, "END")
    first, *_rest = blocking.plan.steps
    assert (first.type, first.before and first.before["action"], first.after and first.after["action"]) == (
        "responderpolicy",
        "NOOP",
        NAME,
    )
    assert all(
        step.after is not None or step.key[0].endswith("__twin") or step.type.endswith("binding")
        for step in blocking.plan.steps
    )
    back = stage.apply(mode=Mode.OBSERVE, who="J. Jansen", reason="it stops a customer")
    assert back.verdict.word == "observe, not blocking"
    states = blocking_after_each(back.plan.steps, {NAME})
    assert states[:-1] == [True] * (len(states) - 1)  # it blocks until its very last step lets the attack pass
    stage.rollback(why="after_fix")
    assert not [line for line in stage.configuration() if NAME in line]


HAND_MADE = {
    "responderaction": [
        {"name": "respondwith403", "type": "respondwith", "target": '"HTTP/1.1 403 Forbidden\\r\\n\\r\\n"'}
    ],
    "responderpolicy": [
        {
            "name": "ctx267027",
            "rule": 'HTTP.REQ.URL.DECODE_USING_TEXT_MODE.CONTAINS("/vpns/") && (!CLIENT.SSLVPN.IS_SSLVPN || '
            'HTTP.REQ.URL.DECODE_USING_TEXT_MODE.CONTAINS("/../"))',
            "action": "respondwith403",
        }
    ],
    "responderglobal_responderpolicy_binding": [
        {"policyname": "ctx267027", "priority": 100, "gotopriorityexpression": "END", "type": "REQ_OVERRIDE"}
    ],
}


def test_a_policy_of_others_behind_it_still_judges_what_it_lets_pass(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(features=["LB", "SSL", "SSLVPN", "RESPONDER"], configuration=HAND_MADE)
    result = stage.apply(mode=Mode.OBSERVE, save=Save.ALWAYS)
    signs = {sign.value for proof in result.proof.after for _answer, sign in proof.signs}
    assert signs == {"blocked"}
    assert result.verdict.word != "observe, not blocking"
    assert result.verdict.exit_code == 1


def let_it_count(stage: Stage, goto: str = "END") -> None:
    """A colleague lets a rule of ours only count, and saves it."""
    with Connection(stage.appliance) as connection:
        connection.primary.write("PUT", "responderpolicy", {"responderpolicy": {"name": NAME, "action": "NOOP"}})
        if goto != "END":
            binding = "responderglobal_responderpolicy_binding"
            own = {"policyname": NAME, "type": "REQ_OVERRIDE", "priority": 10}
            connection.primary.write("DELETE", f"{binding}?args=policyname:{NAME},type:REQ_OVERRIDE,priority:10")
            connection.primary.write("PUT", binding, {binding: {**own, "gotopriorityexpression": goto}})
        connection.primary.save()


LET = f"{NAME} only counts, and no run of ours has let it"


@pytest.mark.parametrize("goto", ["END", "NEXT"])
def test_what_somebody_else_lets_only_count_is_drifted(open_stage: Callable[..., Stage], goto: str) -> None:
    """Seen: 'observe, not blocking', as if a run of ours had been asked for it."""
    stage = open_stage()
    stage.apply()
    let_it_count(stage, goto)
    verdict = stage.status(probes="none").verdict
    assert (verdict.word, verdict.exit_code) == ("drifted", 2)
    assert verdict.reason == f"what is in place is not what cve_2019_19781 v2 says: {LET}"
    assert verdict.next_action == "find out who changed it, then apply.yml"
    verdict = stage.status(probes="few").verdict
    assert (verdict.word, verdict.exit_code) == ("exposed", 2)
    assert f"answers the attack: {LET}; exploit public since 2020-01-10" in verdict.reason
    result = stage.apply()
    assert (result.verdict.word, result.failed, policy_and_goto(stage)) == ("mitigated", "", (NAME, "END"))


def test_where_observing_is_asked_for_it_is_told_too(open_stage: Callable[..., Stage]) -> None:
    """It is as it should be now, and nobody of ours has brought it so."""
    stage = open_stage()
    stage.apply()
    let_it_count(stage, "NEXT")
    verdict = stage.status(mode=Mode.OBSERVE, probes="none").verdict
    assert verdict.word == "observe, not blocking"
    assert verdict.reason.startswith(f"{LET}; ")


def test_what_our_own_run_lets_only_count_is_no_drift(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.apply()
    stage.apply(mode=Mode.OBSERVE, who="J. Jansen", reason="it stops a customer")
    for probes in ("none", "few"):
        verdict = stage.status(probes=probes).verdict
        assert verdict.word == "observe, not blocking"
        assert "no run of ours" not in verdict.reason


def test_without_a_record_nobody_is_blamed(open_stage: Callable[..., Stage], tmp_path: Path) -> None:
    """A control node that knows of no run, on an appliance that has no copy, cannot say who has let it."""
    stage = open_stage()
    stage.apply()
    let_it_count(stage)
    node = stage.simulator.fleet.appliances["box"].nodes[0]
    for path in [path for path in node.files if path.startswith(f"{DIRECTORY}/")]:
        del node.files[path]
    other = Stage(stage.simulator, tmp_path / "other")
    other.variables = stage.variables
    verdict = other.status(probes="none").verdict
    assert verdict.word == "observe, not blocking"
    assert "no run of ours" not in verdict.reason


@pytest.mark.parametrize("is_saved_between", [False, True])
def test_an_apply_that_puts_back_what_is_saved_does_not_call_it_unsaved(
    open_stage: Callable[..., Stage], *, is_saved_between: bool
) -> None:
    """The appliance counts the changes, and no line differs; where a colleague has saved the rule that only counts, the lines do."""
    stage = open_stage()
    assert stage.apply().state.saved
    observed = stage.apply(mode=Mode.OBSERVE, save=Save.NEVER, who="J. Jansen", reason="it stops a customer")
    assert not observed.state.saved
    if is_saved_between:
        with Connection(stage.appliance) as connection:
            connection.primary.save()
    result = stage.apply(probes=Probes.NONE)
    assert policy_and_goto(stage)[0] != "NOOP"
    assert result.state.saved is not is_saved_between
    assert ("it is not saved" in result.failed) is is_saved_between
    assert result.failed.startswith(
        "box: the rule is in place, but no probe may be sent, so nothing proves it; it stays"
    )
    assert stage.status(probes=Probes.NONE).state.saved is not is_saved_between
    # A record tells what its run has saved: by it, what earlier runs have left is saved too.
    assert not all_records(stage.records, "box")[-1].saved


def test_an_apply_whose_save_fails_after_it_put_back_what_is_saved_does_not_call_that_lost(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = open_stage()
    stage.apply()
    stage.apply(mode=Mode.OBSERVE, save=Save.NEVER, who="J. Jansen", reason="it stops a customer")
    text = r"The change has put back what is saved, and stays after a reboot: run apply\.yml again\."
    with Connection(stage.appliance) as connection, monkeypatch.context() as patch:
        deployment = Deployment(connection, stage.parameters())
        patch.setattr(Session, "save", lambda *_arguments: None)
        with pytest.raises(TourniquetError, match=text):
            deployment.apply()
        left = deployment.left_by_failure()
    assert left is not None
    assert (left.verdict.word, left.state.saved) == ("mitigated", True)
    assert not all_records(stage.records, "box")[-1].saved
    stage.simulator.appliance("box").reboot(0)
    assert stage.status().verdict.word == "mitigated"
