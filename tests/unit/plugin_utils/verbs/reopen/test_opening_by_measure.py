# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a person must overrule for an opening, in words."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.reopen_answer import ReopenAnswer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.reopen.opening_by_measure import (
    MeasureOpening,
    OpeningPlan,
)


def test_each_answer_but_open_must_be_overruled() -> None:
    answers: Any = tuple(SimpleNamespace(answer=one, text=f"{one}!") for one in ReopenAnswer)
    scope: Any = None
    plan = OpeningPlan(scope=scope, answers=answers)
    assert plan.overruled == ("assume_compromised!", "unknown!", "patch_first!")
    assert OpeningPlan(scope=scope).overruled == ()


def test_the_steps_are_those_of_all_admin_partitions() -> None:
    scope: Any = None

    def part(*steps: str) -> Any:
        return SimpleNamespace(plan=SimpleNamespace(steps=steps), steps=steps)

    parts: Any = SimpleNamespace(partitions={"default": part("a", "b"), "second": part("c")})
    assert OpeningPlan(scope=scope, shrinks=parts).steps == ["a", "b", "c"]
    assert OpeningPlan(scope=scope, removes=parts).steps == ["a", "b", "c"]
    assert OpeningPlan(scope=scope).steps == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, {}),
        ({"exposure": ("a",)}, {"accepted_exposure": ["a"]}),
        ({"unread": ("b",)}, {"accepted_unread": ["b"]}),
        ({"answers": True}, {"overruled": ["wait!"], "second": "P. Pietersen"}),
    ],
)
def test_the_record_of_each_admin_partition_has_the_decision_and_what_is_opened_there(
    more: dict[str, Any], said: dict[str, Any]
) -> None:
    answers: Any = (SimpleNamespace(answer=ReopenAnswer.UNKNOWN, text="wait!"),)
    given = {**more, **({"answers": answers} if "answers" in more else {})}
    ids = [("default", "vpnvserver", "gw"), ("second", "lbvserver", "shop"), ("default", "lbvserver", "web")]
    opens: Any = tuple(SimpleNamespace(partition=name, object_id=(type_, (key,))) for name, type_, key in ids)
    scope: Any = None
    opening: Any = MeasureOpening.__new__(MeasureOpening)
    decision = SimpleNamespace(facts=lambda: {"reason": "fixed"})
    opening.request = SimpleNamespace(decision=decision, second="P. Pietersen", step="notice")
    found = opening._facts(OpeningPlan(scope=scope, opens=opens, **given))
    assert {name: facts.pop("closing")["opens"] for name, facts in found.items()} == {
        "default": [["vpnvserver", "gw"], ["lbvserver", "web"]],
        "second": [["lbvserver", "shop"]],
    }
    assert [*found.values()] == [{"reason": "fixed", **said}] * 2
    opening.request.decision = None
    assert opening._facts(OpeningPlan(scope=scope, opens=opens)) == {}
