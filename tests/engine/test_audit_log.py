# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The log action of a mitigation writes only where user-defined audit logging is on, a setting of the whole appliance: it is switched on only on request."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import ClosureScope

from tests.engine.closing_stage import ClosingStage
from tests.engine.geoblock_stage import GeoblockStage
from tests.engine.told import read
from tests.engine.whitelist_stage import WhitelistStage
from tests.stage.memory import MITIGATION, Played, Stage

NAME = f"tq_{MITIGATION.id}"
SET, UNSET = "set audit syslogParams -userDefinedAuditlog YES", "unset audit syslogParams -userDefinedAuditlog"
BOX: dict[str, Any] = {
    "build": "13.0 47.22",
    "nodes": ["127.0.0.1:0"],
    "features": ["LB", "SSL", "SSLVPN"],
    "vservers": [{"type": "vpn", "name": "gw", "address": "127.0.0.1:0", "protocol": "SSL"}],
}
Opener = Callable[..., Stage]


def write(stage: Stage, method: str, path: str, body: dict[str, Any], *, save: bool = True) -> None:
    """Somebody changes something."""
    with Session(stage.appliance, stage.appliance.nodes[0]) as session:
        session.write(method, path, body)
        if save:
            session.save()


def setting(stage: Stage, *, saved: bool = False) -> str:
    node = stage.simulator.appliance("box").state()["nodes"][0]
    rows = node["saved" if saved else "running"].get("auditsyslogparams", [{}])
    return str((rows or [{}])[0].get("userdefinedauditlog", "NO"))


def their_log_action(stage: Stage) -> None:
    row = {"name": "theirs", "loglevel": "NOTICE", "stringbuilderexpr": "HTTP.REQ.URL"}
    write(stage, "POST", "auditmessageaction", {"auditmessageaction": row})


def test_without_the_variable_it_stays_off_and_the_plan_says_what_is_missing(open_stage: Opener) -> None:
    stage = open_stage()
    result = stage.apply()
    assert (result.verdict.word, setting(stage)) == ("mitigated", "NO")
    said = next(text for text in result.verdict.missing if text.startswith("the log: "))
    assert said == (
        f"the log: user-defined audit logging is off ({SET}), so nothing of what is blocked is logged; "
        "in the inventory `measure_audit_log: true` switches it on, and a rollback restores it"
    )


def test_it_is_a_step_with_its_inverse_and_the_undo_restores_it(open_stage: Opener) -> None:
    """Without the step the log action writes nothing on a stock appliance."""
    stage = open_stage()
    before = (stage.configuration(), stage.configuration("saved"))
    result = stage.apply(audit_log=True)
    lines = [line for step in result.plan.steps for line in step.lines()]
    assert SET in lines
    assert [step.inverse.lines() for step in result.plan.steps if SET in step.lines()] == [[UNSET]]
    assert (result.verdict.word, setting(stage), setting(stage, saved=True)) == ("mitigated", "YES", "YES")
    assert not any(text.startswith("the log: ") for text in result.verdict.missing)
    assert not stage.apply(audit_log=True).changed
    undone = stage.rollback()
    assert undone.plan.features_left == ()
    assert (stage.configuration(), stage.configuration("saved")) == before


def test_a_later_run_without_the_variable_keeps_it_and_is_still_proven(open_stage: Opener) -> None:
    stage = open_stage()
    stage.apply(audit_log=True)
    status = stage.status(probes="none")
    assert (status.verdict.word, status.drift) == ("mitigated", ())
    assert not stage.apply().changed
    assert setting(stage) == "YES"
    assert stage.rollback(why="after_fix").changed
    assert setting(stage) == "NO"


def test_what_was_on_before_stays_on(open_stage: Opener) -> None:
    stage = open_stage()
    write(stage, "PUT", "auditsyslogparams", {"auditsyslogparams": {"userdefinedauditlog": "YES"}})
    result = stage.apply(audit_log=True)
    assert SET not in [line for step in result.plan.steps for line in step.lines()]
    stage.rollback()
    assert setting(stage) == "YES"


def test_somebody_who_switches_it_off_is_told_and_corrected(open_stage: Opener) -> None:
    stage = open_stage()
    stage.apply(audit_log=True)
    write(stage, "POST", "auditsyslogparams?action=unset", {"auditsyslogparams": {"userdefinedauditlog": True}})
    status = stage.status(probes="none")
    assert status.verdict.word == "drifted"
    assert any("auditsyslogparams" in text for text in status.drift), status.drift
    stage.apply()
    assert setting(stage) == "YES"


def test_an_undo_keeps_it_where_log_actions_of_others_need_it_and_says_how_to_restore_it(open_stage: Opener) -> None:
    stage = open_stage()
    stage.apply(audit_log=True)
    their_log_action(stage)
    undone = stage.rollback()
    assert setting(stage) == "YES"
    assert undone.plan.features_left == (
        f"audit syslogParams stays as we set it: log actions of others need it (theirs). To restore it: {UNSET}, then save ns config",
    )


def test_other_attributes_of_the_setting_stay_and_are_not_taken_for_changes_of_others(open_stage: Opener) -> None:
    """All attributes of the setting are in one line of ns.conf."""
    stage = open_stage()
    write(stage, "PUT", "auditsyslogparams", {"auditsyslogparams": {"dateformat": "DDMMYYYY"}})
    before = stage.configuration()
    stage.apply(audit_log=True, save="never")
    assert stage.apply(audit_log=True).verdict.word == "mitigated", "our own unsaved change is nobody else's"
    stage.rollback()
    assert stage.configuration() == before


def test_another_attribute_that_somebody_has_not_saved_is_theirs(open_stage: Opener) -> None:
    stage = open_stage()
    stage.apply(audit_log=True, save="never")
    write(stage, "PUT", "auditsyslogparams", {"auditsyslogparams": {"dateformat": "DDMMYYYY"}}, save=False)
    with pytest.raises(Refused, match=r"somebody else has not saved: .*dateFormat DDMMYYYY"):
        stage.apply(audit_log=True)


def test_an_appliance_that_refuses_the_setting_is_left_as_it_was(open_stage: Opener) -> None:
    stage = open_stage()
    before = stage.configuration()
    stage.simulator.appliance("box").fault("nitro_error", type="auditsyslogparams", method="PUT", code=2138, times=0)
    with pytest.raises(Exception, match="2138"):
        stage.apply(audit_log=True)
    assert stage.configuration() == before


SITE = {"type": "lb", "name": "site", "address": "127.0.0.3:0", "protocol": "HTTP"}
LISTS = [{"vserver": "gw", "kind": "vpn", "mode": "enforce", "base": ["gateway"]}]


@pytest.mark.parametrize("measure", ["url_whitelist", "geoblock by a location file", "geoblock by data sets"])
def test_a_measure_of_the_inventory_switches_it_on_too_and_a_rollback_restores_it(
    open_stage: Opener, tmp_path: Path, measure: str
) -> None:
    simulator = open_stage(build="13.1 53.24", vservers=[*BOX["vservers"], SITE]).simulator
    whitelist, geoblock = WhitelistStage(simulator, tmp_path / "records"), None
    before = (whitelist.configuration(), whitelist.configuration("saved"))

    def play(verb: str, **options: Any) -> Played:
        return geoblock.play(verb, **options) if geoblock else whitelist.play(verb, LISTS, **options)

    if measure != "url_whitelist":
        way = "location" if "location" in measure else "datasets"
        geoblock = GeoblockStage(simulator, tmp_path / "records", way=way)
    without = play("plan")
    assert "in the inventory `measure_audit_log: true` switches it on" in without.preview
    played = play("apply", audit_log=True, save="always")
    assert SET in [line for step in played.values["steps"] for line in step["lines"]]
    assert (setting(whitelist), setting(whitelist, saved=True)) == ("YES", "YES")
    assert not play("apply", save="always").result.changed, "a later run without the variable keeps it"
    undone = geoblock.take_off() if geoblock else whitelist.take_off(LISTS)
    assert UNSET in [line for step in undone.values["steps"] for line in step["lines"]]
    assert (whitelist.configuration(), whitelist.configuration("saved")) == before


def test_a_proof_holds_where_another_measure_has_switched_it_on(open_stage: Opener) -> None:
    """Seen: a plan with the variable said that the protection was lost by nobody's decision, where nothing had changed but what is logged."""
    stage = open_stage()
    stage.apply()
    write(stage, "PUT", "auditsyslogparams", {"auditsyslogparams": {"userdefinedauditlog": "YES"}})
    for audit_log in (False, True):
        status = stage.status(probes="none", audit_log=audit_log)
        assert (status.verdict.word, status.drift) == ("mitigated", ())
        assert "unchanged since" in status.verdict.reason


def test_switching_it_on_behind_a_notice_ends_no_proof(open_stage: Opener) -> None:
    """Seen: "applied, unproven", and "PROTECTION LOST" by a run of ours that changed nothing but what is logged."""
    one = open_stage(vservers=[{**BOX["vservers"][0], "address": "127.0.1.1:0"}])
    stage = ClosingStage(one.simulator, one.records)
    stage.apply()
    time.sleep(1.1)
    stage.close(LadderStep.NOTICE, ClosureScope(vips=("gw",)))
    time.sleep(1.1)
    result = stage.apply(audit_log=True)
    assert [step.type for step in result.plan.steps] == ["auditsyslogparams"]
    assert (result.verdict.word, result.failed, setting(stage, saved=True)) == ("mitigated", "", "YES")
    assert "unchanged since" in result.verdict.reason
    assert "PROTECTION LOST" not in read(stage).screen
