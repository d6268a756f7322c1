# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A fleet is assessed once: names that no rule can see make no difference, and everything else does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import load_mitigation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies import assessment as module
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.assessment import (
    Assessment,
    AssessmentInput,
    assess,
    cached_assessment,
    neutral_input,
)

from tests.unit.plugin_utils.policies.policy_objects import bound
from tests.unit.plugin_utils.policies.test_policy_bank import CVE, render

TRAFFIC = load_mitigation(CVE).traffic
DOCUMENT = dict(render(2).objects)
GW_A = AssessmentInput(
    present={},
    document=DOCUMENT,
    gone=(),
    owner=Owner("cve_2019_19781", 2),
    traffic=TRAFFIC,
    feature_on=True,
    vservers=(("vpn", "gw-amsterdam"), ("lb", "mail")),
    clients=("192.0.2.10", "192.0.2.20"),
)
GW_B = replace(GW_A, vservers=(("vpn", "gw-utrecht"), ("lb", "web")), clients=("198.51.100.7", "198.51.100.8"))
BY_CLIENT = bound("theirs", 5, "CLIENT.IP.SRC.EQ(192.0.2.10)", "DROP")


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> list[AssessmentInput]:
    asked: list[AssessmentInput] = []

    def counted(question: AssessmentInput) -> Assessment:
        asked.append(question)
        return assess(question)

    monkeypatch.setattr(module, "assess", counted)
    return asked


def test_appliances_that_differ_in_names_only_are_judged_once(tmp_path: Path, count: list[AssessmentInput]) -> None:
    assert cached_assessment(GW_A, tmp_path) == assess(GW_A)
    assert cached_assessment(GW_B, tmp_path) == assess(GW_B)
    assert len(count) == 1


def test_the_answer_has_the_names_of_its_own_appliance(tmp_path: Path, count: list[AssessmentInput]) -> None:
    """A rule that blocks legitimate requests, so that places and clients are named."""
    theirs = bound("theirs", 100, 'HTTP.REQ.URL.CONTAINS("never")', "DROP")
    ours = {
        **{object_id: a for object_id, a in DOCUMENT.items() if object_id[0] != "responderpolicy"},
        ("responderpolicy", ("tq_cve_2019_19781",)): {
            **DOCUMENT["responderpolicy", ("tq_cve_2019_19781",)],
            "rule": 'HTTP.REQ.URL.CONTAINS("/vpn/")',
        },
    }
    for question, name in ((GW_A, "gw-amsterdam"), (GW_B, "gw-utrecht")):
        asked = replace(question, present=theirs, document=ours)
        found = cached_assessment(asked, tmp_path)
        assert found == assess(asked)
        differences = [str(difference) for difference in found.rule_proof.diff.differences]
        assert any(f"vpn vserver {name} REQUEST" in text for text in differences)
        assert any(f"from {question.clients[1]} at" in text for text in differences)
    assert len(count) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"feature_on": False},
        {"present": bound("theirs", 100, 'HTTP.REQ.URL.EQ("/")', "RESET")},
        {"document": dict(render(1).objects), "owner": Owner("cve_2019_19781", 1)},
        {"traffic": replace(TRAFFIC, cases=TRAFFIC.cases[1:])},
        {"vservers": (("vpn", "gw"),)},
        {"clients": ("192.0.2.10",)},
        {"skipped": True},
        {"gone": (("responderpolicy", ("tq_cve_2019_19781_old",)),)},
    ],
)
def test_everything_else_is_another_question(
    tmp_path: Path, count: list[AssessmentInput], change: dict[str, Any]
) -> None:
    cached_assessment(GW_A, tmp_path)
    other = replace(GW_A, **change)
    assert cached_assessment(other, tmp_path) == assess(other)
    assert len(count) == 2


def test_addresses_count_where_a_rule_asks_for_one(tmp_path: Path, count: list[AssessmentInput]) -> None:
    questions = [replace(question, present=BY_CLIENT) for question in (GW_A, GW_B)]
    answers = [cached_assessment(question, tmp_path) for question in questions]
    assert len(count) == 2
    assert [bool(answer.conflicts) for answer in answers] == [True, False], "only one of them is locked out"


def test_a_virtual_server_counts_by_name_where_something_is_bound_to_it() -> None:
    binding = {
        ("vpnvserver_responderpolicy_binding", ("gw-amsterdam", "p")): {
            "name": "gw-amsterdam",
            "policy": "p",
            "priority": 5,
        }
    }
    asked, names = neutral_input(replace(GW_A, present=binding))
    assert asked.vservers[0] == ("vpn", "gw-amsterdam")
    assert "mail" in names.values()


def test_the_marker_of_an_appliance_makes_no_difference(tmp_path: Path, count: list[AssessmentInput]) -> None:
    for marker in ("f00d", "beef"):
        target = {"target": f'"HTTP/1.1 403 Forbidden\\r\\nX-Request-Reference: {marker}\\r\\n\\r\\n"'}
        document = {i: {**a, **target} if i[0] == "responderaction" else a for i, a in DOCUMENT.items()}
        cached_assessment(replace(GW_A, document=document, marker=marker), tmp_path)
    assert len(count) == 1
