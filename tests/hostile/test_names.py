# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Objects with names that NITRO does not allow: they are seen and reported, and nothing is sent for them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, cast

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.registry import load_entry_measure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.setting.measure import SettingMeasure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import ClosureScope
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_off import Lockdown

from simulator import Simulator
from tests.engine.settings_stage import Settings
from tests.hostile.server import Exchange, HostileServer, Output, Rule
from tests.stage.memory import CATALOGUE, Stage

PIPE = "gw{{ lookup('pipe', 'touch canary') }}"
ALLOWS_ALL = "let{{ 7 * 7 }}all_in"
KNOWN = {
    # by name: what a person sees of it, and what it is called; written by hand (the digits of sha256sum), and not by the product
    PIPE: (
        r"gw\x7b\x7b lookup(\x27pipe\x27, \x27touch canary\x27) \x7d\x... (38 characters)",
        "(unusable name 541b13421ffd)",
    ),
    "gw\x1b[2J\nok: [box]": (r"gw\x1b\x5b2J\x0aok: \x5bbox\x5d", "(unusable name f5ca6ddf8c36)"),
    "../../../etc/cron.d/x": ("../../../etc/cron.d/x", "(unusable name 592bf96cc0df)"),
    # half a surrogate is the replacement character to the parser of answers
    "gw\u202e\ud800\x00": (r"gw\x202e\xfffd\x00", "(unusable name 06f4b2840993)"),
    "g" * 4000: ("g" * 60 + "... (4000 characters)", "(unusable name 1844131da635)"),
    ALLOWS_ALL: (r"let\x7b\x7b 7 * 7 \x7d\x7dall_in", "(unusable name 434e179eae51)"),
}
RENAME = "rename the virtual server whose name NITRO does not allow, on the appliance itself, then "
SWITCH_OFF = (
    "switch the virtual server whose name NITRO does not allow off, or rename it, on the appliance itself, then "
)
ELSEWHERE: dict[str, Any] = {"ipv46": "192.0.2.77", "port": 443}
DTLS = CATALOGUE.parent / "cve_2026_88772"
HOSTILE = tuple(name for name in KNOWN if name != ALLOWS_ALL)


@dataclass(frozen=True)
class Expected:
    """What is said of an object with such a name, and what it is called."""

    text: str
    stand_in: str

    def __str__(self) -> str:
        return self.text


def also(type_name: str, **attributes: Any) -> Rule:
    """Return a rule that adds a row to each read of all rows of a type: a copy of the first one with other attributes."""

    def rule(exchange: Exchange) -> Output | None:
        whole = exchange.method == "GET" and exchange.type == type_name and exchange.status == 200
        if not whole or not isinstance(exchange.json, dict):
            return None
        first = exchange.rows[0] if exchange.rows else {}
        return exchange.with_rows([*exchange.rows, {**first, **attributes}])

    return rule


def unusable(type_name: str, name: str) -> Expected:
    shown, stand_in = KNOWN[name]
    return Expected(
        f'{type_name} "{shown}": NITRO allows no such name, so it is called {stand_in} here, and nothing is sent for it',
        stand_in,
    )


def sent(server: HostileServer) -> str:
    return "\n".join(exchange.path for exchange in server.seen)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_virtual_server_is_not_covered_and_said(stage: Stage, server: HostileServer, name: str) -> None:
    one = unusable("vpnvserver", name)
    server.rule = also("vpnvserver", name=name)
    for result in (stage.apply(), stage.status()):
        assert result.verdict.word == "partly"
        assert result.verdict.reason == str(one)
        assert result.verdict.next_action == f"{RENAME}verify.yml"
        assert {proof.vip.name for proof in result.proof.after} == {"gw"}
    assert one.stand_in not in sent(server)
    assert name not in sent(server)


def test_a_lockdown_closes_the_others_and_says_what_stays_open(stage: Stage, server: HostileServer) -> None:
    server.rule = also("vpnvserver", name=HOSTILE[0], curstate="UP", **ELSEWHERE)
    result = stage.lockdown()
    one = unusable("vpnvserver", HOSTILE[0])
    assert [step.key[0] for step in result.plan.steps] == ["gw"]
    assert result.plan.not_switchable == [f"{one.stand_in} (vpn 192.0.2.77:443)"]
    assert str(one) in result.not_covered
    assert result.verdict is not None
    assert (result.verdict.word, result.verdict.next_action) == ("partly", f"{SWITCH_OFF}lockdown.yml")
    assert stage.status().verdict.next_action == f"{RENAME}verify.yml"
    server.clear()
    assert [step.key[0] for step in stage.reopen().plan.steps] == ["gw"]


@pytest.mark.parametrize("by_hand", [{"name": "renamed"}, {"curstate": "OUT OF SERVICE"}], ids=["renamed", "off"])
def test_what_the_next_action_says_by_hand_ends_what_is_missing(
    stage: Stage, server: HostileServer, by_hand: dict[str, str]
) -> None:
    """The advice was to add what is missing and to verify, or to close what is open and to lock down: both came back to it."""
    server.rule = also("vpnvserver", name=HOSTILE[0], curstate="UP", **ELSEWHERE)
    assert stage.apply().verdict.word == "partly"
    server.rule = also("vpnvserver", **{"name": HOSTILE[0], "curstate": "UP", **ELSEWHERE, **by_hand})
    found = stage.apply().verdict
    if "name" in by_hand:
        assert found.reason.startswith("the vpn server renamed (192.0.2.77:443) is not named in netscaler_vips")
    else:
        assert found.word == "mitigated"
        closed = stage.lockdown().verdict
        assert closed is not None
        assert closed.word == "closed"


def test_a_lockdown_that_does_not_name_it_is_not_judged_by_it(stage: Stage, server: HostileServer) -> None:
    server.rule = also("vpnvserver", name=HOSTILE[0], curstate="UP", **ELSEWHERE)
    result = stage.lockdown(wanted=ClosureScope(vips=("gw",)))
    assert result.verdict is not None
    assert result.verdict.word == "closed"


def test_the_setting_of_each_gateway_names_the_one_that_it_cannot_set(
    box: Simulator, stage: Stage, server: HostileServer
) -> None:
    dtls = Settings(box, stage.records, cast(SettingMeasure, load_entry_measure(DTLS)))
    server.rule = also("vpnvserver", name=HOSTILE[0], curstate="UP", **ELSEWHERE)
    verdict = dtls.apply_all().verdict
    assert (verdict.word, verdict.reason) == ("partly", str(unusable("vpnvserver", HOSTILE[0])))
    assert verdict.next_action == f"{RENAME}apply.yml"


def test_a_partition_is_left_out_and_the_others_are_worked_on(stage: Stage, server: HostileServer) -> None:
    name = HOSTILE[0]
    server.rule = also("nspartition", partitionname=name, partitiontype="")
    one = unusable("nspartition", name)
    result = stage.apply_all()
    assert result.failed == ""
    assert list(result.partitions) == ["default"]
    for verdict in (result.verdict, stage.status_all().verdict):
        assert (verdict.word, verdict.reason) == (
            "partly",
            f"partition {one.stand_in} is not read, since NITRO allows no such name",
        )
        assert (
            "leave it out in the inventory (`netscaler_partitions: [default]`), then verify.yml" in verdict.next_action
        )
    closed = stage.switch_all(Lockdown, "lockdown").verdict
    assert closed is not None
    assert closed.next_action.startswith("switch the virtual servers of the partition off on the appliance itself")
    assert stage.status_all().verdict.word == "partly", "what is in it may be open"
    stage.variables["partitions"] = ["default"]
    assert stage.status_all().verdict.word == "closed", "a person has left it out"
    assert f"partition {one.stand_in} is not read" in result.verdict.missing
    assert any(str(one) in text for text in result.verdict.missing)
    assert not any("Switch" in exchange.path for exchange in server.seen)


def test_a_policy_in_front_of_ours_leaves_the_outcome_open(stage: Stage, server: HostileServer) -> None:
    name = ALLOWS_ALL
    binding = {"policyname": name, "priority": "1", "gotopriorityexpression": "END", "type": "REQ_OVERRIDE"}
    one = unusable("responderpolicy", name)
    policy = also("responderpolicy", name=name, rule='HTTP.REQ.URL.CONTAINS("/never/")', action="NOOP", comment="")
    bound = also("responderglobal_responderpolicy_binding", **binding)
    server.rule = lambda exchange: policy(exchange) or bound(exchange)
    result = stage.plan_all().partitions["default"]
    texts = [*result.plan.remarks, *result.plan.neighbours]
    assert any(str(one) in text for text in texts), "it is said, escaped"
    open_ = f"{one.stand_in}, a neighbour at REQ_OVERRIDE, cannot be evaluated: NITRO allows no such name"
    assert any(text.startswith(open_) for text in texts)
    assert name not in json.dumps(texts, ensure_ascii=False)


def test_the_same_name_of_several_types_is_reported_for_each(stage: Stage, server: HostileServer) -> None:
    policy, vserver = also("responderaction", name=HOSTILE[0]), also("vpnvserver", name=HOSTILE[0])
    server.rule = lambda exchange: policy(exchange) or vserver(exchange)
    result = stage.apply()
    assert result.verdict.word == "partly"
    assert result.verdict.reason == str(unusable("vpnvserver", HOSTILE[0]))


def test_one_at_the_place_of_another_does_not_undo_a_lockdown(stage: Stage, server: HostileServer) -> None:
    """Both are the same from outside: the one that stays open is not "harmed" by the closing of the other."""
    server.rule = also("vpnvserver", name=HOSTILE[0])
    result = stage.lockdown()
    assert [step.key[0] for step in result.plan.steps] == ["gw"]
    assert result.record
    server.clear()
    assert [step.key[0] for step in stage.reopen().plan.steps] == ["gw"]


def test_a_list_that_repeats_its_rows_keeps_no_closing_away(stage: Stage, server: HostileServer) -> None:
    def twice(exchange: Exchange) -> Output | None:
        return exchange.with_rows(exchange.rows * 2) if exchange.type == "vpnvserver" and exchange.rows else None

    server.rule = twice
    assert [step.key[0] for step in stage.lockdown().plan.steps] == ["gw"]
    assert [step.key[0] for step in stage.reopen().plan.steps] == ["gw"]
