# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Objects with names that NITRO does not allow: they are seen and reported, and nothing is sent for them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.names import UnusableName, usable

from tests.engine.stage import Stage
from tests.hostile.server import Exchange, HostileServer, Output, Rule

HOSTILE = (
    "gw{{ lookup('pipe', 'touch canary') }}",
    "gw\x1b[2J\nok: [box]",
    "../../../etc/cron.d/x",
    "gw\u202e\ud800\x00",
    "g" * 4000,
)


def also(type_name: str, **attributes: Any) -> Rule:
    """Return a rule that adds a row to each read of all rows of a type: a copy of the first one with other attributes."""

    def rule(exchange: Exchange) -> Output | None:
        whole = exchange.method == "GET" and exchange.type == type_name and exchange.status == 200
        if not whole or not isinstance(exchange.json, dict):
            return None
        first = exchange.rows[0] if exchange.rows else {}
        return exchange.with_rows([*exchange.rows, {**first, **attributes}])

    return rule


def unusable(type_name: str, name: str) -> UnusableName:
    found: set[UnusableName] = set()
    usable(type_name, name.replace("\ud800", "\ufffd"), found)  # as the parser of answers does
    return next(iter(found))


def sent(server: HostileServer) -> str:
    return "\n".join(exchange.path for exchange in server.seen)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_virtual_server_is_not_covered_and_said(stage: Stage, server: HostileServer, name: str) -> None:
    one = unusable("vpnvserver", name)
    server.rule = also("vpnvserver", name=name)
    for result in (stage.apply(), stage.status()):
        assert result.verdict.word == "partly"
        assert result.verdict.reason == str(one)
        assert {proof.vip.name for proof in result.proof.after} == {"gw"}
    assert one.stand_in not in sent(server)
    assert name not in sent(server)


def test_a_lockdown_closes_the_others_and_says_what_stays_open(stage: Stage, server: HostileServer) -> None:
    server.rule = also("vpnvserver", name=HOSTILE[0], ipv46="192.0.2.77", port=443)
    result = stage.lockdown()
    one = unusable("vpnvserver", HOSTILE[0])
    assert [step.key[0] for step in result.plan.steps] == ["gw"]
    assert result.plan.not_switchable == [f"{one.stand_in} (vpn 192.0.2.77:443)"]
    assert str(one) in result.not_covered
    assert result.verdict is not None
    assert result.verdict.word == "partly"
    server.clear()
    assert [step.key[0] for step in stage.reopen().plan.steps] == ["gw"]


def test_a_partition_is_left_out_and_the_others_are_worked_on(stage: Stage, server: HostileServer) -> None:
    name = HOSTILE[0]
    server.rule = also("nspartition", partitionname=name, partitiontype="")
    one = unusable("nspartition", name)
    result = stage.apply_all()
    assert result.failed == ""
    assert list(result.partitions) == ["default"]
    assert f"partition {one.stand_in} is not read" in result.verdict.missing
    assert any(str(one) in text for text in result.verdict.missing)
    assert not any("Switch" in exchange.path for exchange in server.seen)


def test_a_policy_in_front_of_ours_leaves_the_outcome_open(stage: Stage, server: HostileServer) -> None:
    name = "let{{ 7 * 7 }}all_in"
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
