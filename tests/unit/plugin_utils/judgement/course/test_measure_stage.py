# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each time that our runs put a measure in place, let it only count, took it off or put it back: also one that did not last, and one that protected nobody."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.provenance import (
    Provenance,
    ProvenanceKind,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.course import Course
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.reopen_answer import answer_of

from tests.unit.plugin_utils.judgement.course.stories import chained, course, follow
from tests.unit.plugin_utils.judgement.exposure.test_history import BAD, GOOD, PROVEN, policy, record, rows

OURS = "tq_cve_2019_19781"
JANSEN = {"decided_by": "J. Jansen", "reason": "it stops a customer"}


def put(time: str, before: str = "", **values: Any) -> ChangeRecord:
    return record("apply", time, steps=policy(OURS, before), **{"proof": PROVEN, **values})


def observed(time: str, **values: Any) -> ChangeRecord:
    proof = {"verdict": "observe, not blocking", "proven": True}
    return record("apply", time, **{"steps": policy("NOOP", OURS), "proof": proof, **JANSEN, **values})


def taken_off(time: str, first: ChangeRecord, build: str = BAD, **values: Any) -> ChangeRecord:
    (step,) = policy(OURS)
    return record("rollback", time, build, undoes=[first.name], steps=[{**step, "before": step["after"], "after": None}], **values)  # fmt: skip


def told(found: Course) -> list[str]:
    """Return each stage as its beginning, what the measure did, and its end."""
    stages = ((one.since.text[8:16], one.doing, one.until.text[8:16] if one.until else "") for one in found.stages)
    return [" ".join(filter(None, stage)) for stage in stages]


def proofs(found: Course) -> list[tuple[str, str]]:
    return [(one.since.text[8:16], one.until.text[8:16] if one.until else "") for one in found.proofs]


def test_what_was_put_back_is_told_with_what_was_before() -> None:
    """Seen: a rule that a person had let only count for a while was told as put in place at the time at which it was put back."""
    found = course(*chained(put("2020-01-05T23:44"), observed("2020-01-05T23:50"), put("2020-01-05T23:52", "NOOP")))
    assert told(found) == ["05 23:44 blocks 05 23:50", "05 23:50 observes 05 23:52", "05 23:52 blocks"]
    assert [one.by for one in found.stages] == ["", "J. Jansen (it stops a customer)", ""]
    assert proofs(found) == [("05 23:44", "05 23:50"), ("05 23:52", "")]
    assert all(one.is_put and one.is_needed for one in found.stages)


def test_runs_of_one_second_are_told_too() -> None:
    """Nothing of the line of intervals shows them."""
    flips = [one for _number in range(5) for one in (observed("2020-01-05T23:50"), put("2020-01-05T23:50", "NOOP"))]
    for number, one in enumerate(flips):
        flips[number] = ChangeRecord(one.path.with_name(f"20200105T2350{number:02}.json"), one.content, one.provenance)
    found = course(*chained(put("2020-01-05T23:50"), *flips))
    assert [one.doing for one in found.stages] == ["blocks", *["observes", "blocks"] * 5]
    assert [one.state for one in found.line] == ["exposed", "mitigated"]


@pytest.mark.parametrize(
    ("again", "ends"),
    [
        (put("2020-01-06T10:00", version=2), ""),
        (put("2020-01-06T10:00", version=2, outcome="reverted"), ""),
        (record("verify", "2020-01-06T10:00", proof=PROVEN), ""),
        (put("2020-01-06T10:00", OURS, version=2, proof={"proven": False, "verdict": "applied, unproven"}), "06 10:00"),
    ],
    ids=["newer version", "failed", "verified", "newer version without a proof"],
)
def test_what_stays_in_place_is_not_put_back(again: ChangeRecord, ends: str) -> None:
    same = policy(OURS, OURS)
    if again.content.values["steps"]:
        again.content = again.content.with_values(steps=same)
    found = course(*chained(put("2020-01-05T10:00"), again))
    assert told(found) == ["05 10:00 blocks"]
    assert proofs(found) == [("05 10:00", ends)]


def test_what_somebody_else_had_changed_was_put_back() -> None:
    found = course(*chained(put("2020-01-05T10:00"), put("2020-01-06T10:00", "rp_of_another")))
    assert told(found) == ["05 10:00 blocks 06 10:00", "06 10:00 blocks"]


def test_a_withdrawal_and_the_retry_of_it_are_one() -> None:
    first = put("2020-01-05T10:00")
    off = taken_off("2020-01-05T12:00", first, **JANSEN)
    again = record("rollback", "2020-01-05T12:05", undoes=[first.name], **JANSEN)
    found = course(*chained(first, off, again, put("2020-01-05T14:00")))
    assert told(found) == ["05 10:00 blocks 05 12:00", "05 12:00 off 05 14:00", "05 14:00 blocks"]


def test_a_withdrawal_that_did_not_end_leaves_what_nobody_knows() -> None:
    first = put("2020-01-05T10:00")
    died = taken_off("2020-01-05T12:00", first, outcome="failed")
    found = course(*chained(first, died))
    assert told(found) == ["05 10:00 blocks 05 12:00", "05 12:00 not known"]


def test_what_another_control_node_did_counts() -> None:
    theirs = observed("2020-01-05T12:00")
    theirs = ChangeRecord(theirs.path, theirs.content, Provenance(ProvenanceKind.SIGNED, "utrecht"))
    found = course(*chained(put("2020-01-05T10:00"), theirs, put("2020-01-05T14:00", "NOOP")))
    assert told(found) == ["05 10:00 blocks 05 12:00", "05 12:00 observes 05 14:00", "05 14:00 blocks"]


def test_a_run_that_only_proves_that_it_blocks_has_not_put_it_back() -> None:
    """Whoever did that left no record here."""
    proof = {"verdict": "mitigated", "proven": True, "places": "abc"}
    found = course(*chained(put("2020-01-05T10:00"), observed("2020-01-05T12:00"), record("verify", "2020-01-05T14:00", proof=proof)))  # fmt: skip
    assert told(found) == ["05 10:00 blocks 05 12:00", "05 12:00 observes 05 14:00", "05 14:00 blocks"]
    assert [one.is_put for one in found.stages] == [True, True, False]


def test_two_runs_of_which_no_record_says_which_was_first_are_not_told_by_their_clocks() -> None:
    """By its clock the one that blocks came later; it may be the other way round."""
    brought = put("2020-01-05T10:00")
    ours, theirs = observed("2020-01-05T12:00"), put("2020-01-05T12:01", "NOOP", proof=None)
    root = follow(brought, record("verify", "2020-01-05T09:00").name)
    records = (record("verify", "2020-01-05T09:00"), root, follow(ours, brought.name), follow(theirs, brought.name))
    assert told(course(*records)) == ["05 10:00 blocks 05 12:00", "05 12:00 not known"]
    again = follow(put("2020-01-05T14:00"), ours.name, theirs.name)
    assert told(course(*records, again))[1:] == ["05 12:00 not known 05 14:00", "05 14:00 blocks"]


def test_all_admin_partitions_count_and_the_one_with_the_least_protection() -> None:
    records = [put("2020-01-05T10:00"), put("2020-01-05T10:01", partition="tenant")]
    records += [observed("2020-01-05T12:00", partition="tenant"), put("2020-01-05T14:00", "NOOP", partition="tenant")]
    found = course(*chained(*records))
    assert told(found) == ["05 10:01 blocks 05 12:00", "05 12:00 observes 05 14:00", "05 14:00 blocks"]


def test_what_was_withdrawn_in_one_partition_before_all_had_it_is_told_with_that_partition() -> None:
    """Seen: no word of it, or told since the run that brought it into the last partition."""
    first, tenant = put("2020-01-05T10:00"), put("2020-01-05T16:00", partition="tenant")
    off = [taken_off("2020-01-05T12:00", first, **JANSEN), put("2020-01-05T14:00")]
    found = course(*chained(first, *off, tenant))
    assert told(found) == ["05 12:00 off 05 14:00", "05 14:00 blocks 05 16:00", "05 16:00 blocks"]
    assert [one.partition for one in found.stages] == ["default", "default", ""]
    assert found.stages[0].by == "J. Jansen (it stops a customer)"
    (row,) = rows(*chained(first, *off, tenant))
    assert "withdrawn" not in answer_of(row).reason, "it was not in place everywhere before"
    found = course(*chained(put("2020-01-05T10:00"), observed("2020-01-05T12:00"), tenant))
    assert told(found) == ["05 12:00 observes"]


def test_what_is_taken_off_after_the_fix_was_not_needed_any_more() -> None:
    first = put("2020-01-05T10:00")
    fixed = record("verify", "2020-01-25T20:00", GOOD)
    off = taken_off("2020-01-26T10:00", first, GOOD)
    found = course(*chained(first, fixed, off), build=GOOD)
    assert told(found) == ["05 10:00 blocks 25 20:00", "26 10:00 off"]
    assert [one.is_needed for one in found.stages] == [True, False]
    assert proofs(found) == [("05 10:00", "")], "it counted until the fix"


def test_what_only_counts_until_the_fix_ends_with_it() -> None:
    fixed = record("verify", "2020-01-25T20:00", GOOD)
    found = course(*chained(put("2020-01-05T10:00"), observed("2020-01-05T12:00"), fixed), build=GOOD)
    assert told(found)[-1] == "05 12:00 observes 25 20:00"


def test_what_a_run_takes_off_that_finds_the_fix_let_nothing_pass_until_then_at_the_latest() -> None:
    """Seen: "it did not stop the attack" until that run, where each node had had the fix for a day."""
    first, seen = put("2020-01-05T10:00"), observed("2020-01-05T12:00")
    found = course(*chained(first, seen, taken_off("2020-01-26T10:00", first, GOOD)), build=GOOD)
    assert [one.until.text_as_found for one in found.stages if one.until][-1] == "2020-01-26 10:00 UTC at the latest"


PUT_BACK = "mitigated 2020-01-05 14:00 UTC (put back; first 2020-01-05 10:00 UTC, and withdrawn 1 time, 120 minutes together) and proven"


@pytest.mark.parametrize(
    ("before", "says"),
    [
        ([put("2020-01-05T10:00"), observed("2020-01-05T12:00")], PUT_BACK),
        ([observed("2020-01-05T12:00", steps=policy("NOOP"))], "mitigated 2020-01-05 14:00 UTC and proven"),
    ],
    ids=["put back", "observed before it blocked"],
)
def test_the_answer_says_how_often_and_how_long_it_was_withdrawn(before: list[ChangeRecord], says: str) -> None:
    (found,) = rows(*chained(*before, put("2020-01-05T14:00", "NOOP")), build=BAD)
    assert answer_of(found).reason.startswith(says)


def test_a_run_that_says_that_the_rule_only_counts_does_not_let_it_block() -> None:
    """Seen in a night: blocks since a second observe run, which had nothing to write, as the first one was found undone days later."""
    first = observed("2020-01-05T12:00", undone_by="found undone")
    again = record(
        "apply",
        "2020-01-05T14:00",
        steps=[],
        proof={"verdict": "observe, not blocking", "vips": ["gw"], "proven": False},
    )
    found = course(*chained(put("2020-01-05T10:00"), first, again))
    assert told(found) == ["05 10:00 blocks 05 12:00", "05 12:00 observes"]
    assert found.line[-1].state == "observe, not blocking"
