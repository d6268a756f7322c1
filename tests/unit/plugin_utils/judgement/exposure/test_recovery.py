# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The recovery plan is graded by what was found, and the page has the same steps."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.hunt_result import HuntOutcome
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.sourced_date import (
    Confidence,
    Dated,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.ledger_row import (
    LedgerRow,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.recovery import (
    STEPS,
    Grade,
    recovery_plan,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.reopen_answer import (
    CustomerAnswer,
    ReopenAnswer,
    RowAnswer,
)

from tests.architecture.graph import ROOT


def answer(word: ReopenAnswer, outcome: HuntOutcome) -> CustomerAnswer:
    row = LedgerRow(appliance="gw", customer="Brouwer", entry="cve_2019_19781", hunt_outcome=outcome)
    return CustomerAnswer("gw", "Brouwer", (RowAnswer(row, word, "why"),))


@pytest.mark.parametrize(
    ("word", "outcome", "grade", "steps"),
    [
        (ReopenAnswer.ASSUME_COMPROMISED, HuntOutcome.COMPROMISE, Grade.REBUILD, [1, 2, 3, 4, 5, 6, 7, 8]),
        (ReopenAnswer.ASSUME_COMPROMISED, HuntOutcome.NONE, Grade.ASSUME, [1, 2, 3, 4, 5, 6, 7, 8]),
        (ReopenAnswer.ASSUME_COMPROMISED, HuntOutcome.NOTHING_FOUND, Grade.ASSUME, [1, 2, 3, 4, 5, 6, 7, 8]),
        (ReopenAnswer.OPEN, HuntOutcome.ATTEMPT, Grade.LOOK, [1, 3, 8]),
        (ReopenAnswer.PATCH_FIRST, HuntOutcome.NOTHING_FOUND, Grade.WATCH, [8]),
        (ReopenAnswer.OPEN, HuntOutcome.NONE, Grade.WATCH, [8]),
    ],
)
def test_the_plan_is_graded_by_the_finding(
    word: ReopenAnswer, outcome: HuntOutcome, grade: Grade, steps: list[int]
) -> None:
    plan = recovery_plan(answer(word, outcome))
    assert plan is not None
    assert (plan.grade, [int(text.partition(".")[0]) for text in plan.steps]) == (grade, steps)


def test_what_is_closed_already_is_not_cut_off_again() -> None:
    open_one = answer(ReopenAnswer.ASSUME_COMPROMISED, HuntOutcome.NONE)
    plan = recovery_plan(open_one)
    row = replace(
        open_one.rows[0].row, closed=Dated(datetime(2020, 1, 17, tzinfo=UTC), "a record", Confidence.RECORDED)
    )
    closed = recovery_plan(replace(open_one, rows=(replace(open_one.rows[0], row=row),)))
    assert plan is not None
    assert closed is not None
    assert [len(one.first) for one in (plan, closed)] == [2, 1]
    assert "keep evidence" in closed.first[0]
    assert plan.steps == closed.steps


def test_what_is_not_known_has_no_plan() -> None:
    assert recovery_plan(answer(ReopenAnswer.UNKNOWN, HuntOutcome.INCOMPLETE)) is None


def test_the_page_has_the_same_steps_and_grades() -> None:
    page = (ROOT / "docs" / "how-to" / "recovery.md").read_text(encoding="utf-8")
    assert len(re.findall(r"^\d\. \*\*", page, re.MULTILINE)) == len(STEPS)
    assert re.findall(r"\| `(\w+)`:", page) == [str(grade) for grade in Grade]
    for grade in (Grade.LOOK, Grade.WATCH):
        said = re.search(rf"\| `{grade}`: steps? ([\d, and]+)", page)
        assert said is not None
        numbers = [n for n, (_text, grades) in enumerate(STEPS, 1) if grade in grades]
        assert [int(one) for one in re.findall(r"\d", said[1])] == numbers
