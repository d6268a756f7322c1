# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report of a plan on a rule before it is bound, on a simulated appliance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import parse_document
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection import (
    rule_assessment as looking,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.appliance_evaluation import (
    Evaluation,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.policy_bank import (
    CaseResult,
    RequestOutcome,
    RequestResult,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.deployment import Deployment, Result
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.apply_report import partition_result

from simulator import Simulator
from tests.stage.memory import Stage

FIRST_OF_ITS_BUILD = True
GLOBAL = "responderglobal_responderpolicy_binding"
BOX: dict[str, Any] = {
    "build": "13.0 47.22",
    "nodes": ["127.0.0.1:0"],
    "features": ["LB", "SSL", "SSLVPN", "RESPONDER"],
    "vservers": [{"type": "vpn", "name": "gw", "address": "127.0.0.1:0", "protocol": "SSL"}],
    "configuration": {
        "policypatset": [{"name": "bad_paths"}],
        "policypatset_pattern_binding": [{"name": "bad_paths", "String": "/vpns/"}],
        "responderpolicy": [
            {"name": "rp_redirect", "rule": 'HTTP.REQ.URL.CONTAINS("/../vpns/")', "action": "RESET"},
            {"name": "rp_alarm", "rule": 'HTTP.REQ.URL.CONTAINS("smb.conf")', "action": "DROP"},
        ],
        GLOBAL: [
            {"policyname": "rp_redirect", "priority": 5, "type": "REQ_OVERRIDE"},
            {"policyname": "rp_alarm", "priority": 50, "type": "REQ_OVERRIDE"},
        ],
    },
}
RULE = """
responderpolicy:
  - name: tq_cve_2019_19781
    rule: {rule}
    action: DROP
responderglobal_responderpolicy_binding:
  - policyname: tq_cve_2019_19781
    type: REQ_OVERRIDE
    priority: 10
"""


@pytest.fixture
def plan(simulator: Simulator, tmp_path: Path) -> Callable[..., tuple[Result, dict[str, Any]]]:
    stage = Stage(simulator, tmp_path)

    def planned(rule: str = "", version: int = 2) -> tuple[Result, dict[str, Any]]:
        parameters = stage.parameters(version)
        if rule:
            parameters = replace(
                parameters, rendered=parse_document(RULE.format(rule=rule), parameters.owner, where="box")
            )
        with Connection(stage.appliance) as connection:
            result = Deployment(connection, parameters).status()
            return result, partition_result(result, connection).values()

    return planned


def kinds(result: Result) -> list[str]:
    return [conflict.kind for conflict in result.plan.conflicts]


def test_the_plan_of_the_mitigation(plan: Callable[..., tuple[Result, dict[str, Any]]]) -> None:
    result, values = plan()
    proof = values["proof"]
    assert kinds(result) == []
    assert (proof["differential"]["different"], proof["differential"]["open"]) == (0, 0)
    assert proof["differential"]["asked"] > 500
    assert proof["missed_variants"] == proof["disagreements"] == []
    assert any(
        text.startswith("rp_redirect (REQ_OVERRIDE 5) answers GET /vpn/../vpns/ before")
        for text in proof["order"]["certain"]
    )
    assert any(
        text.startswith("rp_alarm (REQ_OVERRIDE 50) would no longer act upon") for text in proof["order"]["certain"]
    )
    assert f"0 of {proof['differential']['asked']} other requests are treated differently" in values["diff"]["prepared"]
    assert values["neighbours"] == ["REQ_OVERRIDE 5 rp_redirect (END)", "REQ_OVERRIDE 50 rp_alarm (END)"]


def test_a_rule_that_blocks_too_much_is_told_request_by_request(
    plan: Callable[..., tuple[Result, dict[str, Any]]],
) -> None:
    _result, values = plan('\'HTTP.REQ.URL.PATH.ENDSWITH(".js") || HTTP.REQ.URL.CONTAINS("/../")\'')
    assert values["proof"]["differential"]["different"] > 0
    assert "treated differently: GET /logon/LogonPoint/receiver/js/ctxs.core.min.js" in values["diff"]["prepared"]


def test_a_wrong_expression_stops_the_plan_with_a_hint(plan: Callable[..., tuple[Result, dict[str, Any]]]) -> None:
    result, values = plan("'HTTP.REQ.URL.CONTAIN(\"/vpns/\")'")
    assert "wrong_expression" in kinds(result)
    assert "did you mean CONTAINS?" in str(values["conflicts"])


def test_an_unknown_set_is_an_error_only_where_the_appliance_has_none_either(
    plan: Callable[..., tuple[Result, dict[str, Any]]],
) -> None:
    result, _values = plan("'HTTP.REQ.URL.CONTAINS_ANY(\"bad_paths\")'")
    assert "wrong_expression" not in kinds(result)
    result, values = plan("'HTTP.REQ.URL.CONTAINS_ANY(\"bad_pathes\")'")
    assert "wrong_expression" in kinds(result)
    assert "there is no pattern set or data set 'bad_pathes'" in str(values["conflicts"])


def test_where_the_appliance_and_the_engine_disagree_the_plan_says_so(
    plan: Callable[..., tuple[Result, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = looking.evaluate_on_appliance

    def another_opinion(*arguments: Any) -> Evaluation:
        evaluation = real(*arguments)
        first, *others = evaluation.findings
        assert first.result.outcome is RequestOutcome.BLOCKED
        return Evaluation((CaseResult(first.case, first.session, RequestResult(RequestOutcome.PASSED)), *others), 1)

    monkeypatch.setattr(looking, "evaluate_on_appliance", another_opinion)
    _result, values = plan()
    (text,) = values["proof"]["disagreements"]
    assert text == "evaluations disagree on GET /vpn/../vpns/: FALSE on the appliance, TRUE offline"
    assert text in values["diff"]["prepared"]
