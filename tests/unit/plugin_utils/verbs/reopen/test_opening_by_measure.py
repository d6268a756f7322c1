# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a person must overrule for an opening, in words."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.reopen_answer import ReopenAnswer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.reopen.opening_by_measure import OpeningPlan


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
