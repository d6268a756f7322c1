# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What differs from what our runs left is told, the feature first; what only counts, what blocks and what is gone are three things."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.state import State
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads import measure_in_place

POLICY: ObjectId = ("responderpolicy", ("tq_a",))
OTHER: ObjectId = ("responderpolicy", ("tq_b",))
BOUND: ObjectId = ("responderglobal_responderpolicy_binding", ("tq_a", "REQ_OVERRIDE"))
ACL: ObjectId = ("nsacl", ("tq_a",))
BLOCKS: Attributes = {"name": "tq_a", "rule": "TRUE", "action": "DROP", "undefaction": "DROP"}
COUNTS: Attributes = {**BLOCKS, "action": "NOOP", "undefaction": "NOOP"}
BINDING: Attributes = {"policyname": "tq_a", "priority": 10, "gotopriorityexpression": "END", "type": "REQ_OVERRIDE"}
DENIES: Attributes = {"aclname": "tq_a", "aclaction": "DENY", "priority": 10}
ON, OFF = {"RESPONDER": True}, {"RESPONDER": False}
IS_OFF = "the feature RESPONDER is off"
LEFT: dict[ObjectId, Attributes] = {POLICY: BLOCKS, BOUND: BINDING}
GONE = "{} is not there any more, and no run of ours has removed it"


@pytest.mark.parametrize(
    ("there", "features", "told"),
    [
        (LEFT, ON, []),
        (LEFT, OFF, [IS_OFF]),
        (LEFT, {}, [IS_OFF]),
        ({POLICY: COUNTS, BOUND: BINDING}, ON, ["responder policy tq_a only counts, and no run of ours has let it"]),
        ({POLICY: {**BLOCKS, "rule": "FALSE"}, BOUND: BINDING}, ON, ["responder policy tq_a is not as our last run left it"]),
        ({POLICY: BLOCKS, BOUND: {**BINDING, "priority": 11}}, ON, ["responder global tq_a is not as our last run left it"]),
        ({POLICY: BLOCKS}, ON, [GONE.format("responder global tq_a")]),
        ({BOUND: BINDING}, OFF, [IS_OFF, GONE.format("responder policy tq_a")]),
    ],
)  # fmt: skip
def test_what_differs_is_told_the_feature_first(
    there: dict[ObjectId, Attributes], features: dict[str, bool], told: list[str]
) -> None:
    assert [*measure_in_place.differences(LEFT, there, features)] == told


def test_a_feature_matters_to_policies_only_and_what_counted_may_count() -> None:
    assert [*measure_in_place.differences({ACL: DENIES}, {ACL: DENIES}, OFF)] == []
    assert [*measure_in_place.differences({POLICY: COUNTS}, {POLICY: COUNTS}, ON)] == []
    assert [*measure_in_place.differences({POLICY: COUNTS}, {POLICY: BLOCKS}, ON)] == [
        "responder policy tq_a is not as our last run left it"
    ]


@pytest.mark.parametrize(
    ("left", "there", "blocks"),
    [
        (COUNTS, BLOCKS, True),
        (COUNTS, COUNTS, False),
        (BLOCKS, BLOCKS, False),
        (BLOCKS, COUNTS, False),
        (COUNTS, None, False),
    ],
)
def test_what_counted_and_blocks_now_blocks_by_nobody_here(
    left: Attributes, there: Attributes | None, blocks: bool
) -> None:
    now = {POLICY: there} if there is not None else {}
    told = ["responder policy tq_a blocks, no run here has let it, and none has proved it"] if blocks else []
    assert [*measure_in_place._blocking({BOUND: BINDING, POLICY: left}, {BOUND: BINDING, **now})] == told


@pytest.mark.parametrize(
    ("word", "kept", "blocks"),
    [
        (State.OBSERVING, {POLICY: BLOCKS}, True),
        (State.OBSERVING, {POLICY: COUNTS}, False),
        (State.OBSERVING, {POLICY: BLOCKS, OTHER: COUNTS}, False),
        (State.UNPROVEN, {POLICY: BLOCKS}, False),
        (State.MITIGATED, {POLICY: BLOCKS}, False),
    ],
)
def test_a_run_that_died_may_have_left_blocking_what_counts_by_the_course(
    word: State, kept: dict[ObjectId, Attributes], blocks: bool
) -> None:
    state: Any = SimpleNamespace(word=word, left={"default": kept})
    text = "responder policy tq_a blocks by a run that did not come to its end, and none has proved it"
    assert [*measure_in_place._left_blocking(state, {BOUND: BINDING, POLICY: BLOCKS})] == ([text] if blocks else [])


@pytest.mark.parametrize(
    ("there", "features", "told", "is_gone"),
    [
        (LEFT, ON, [], False),
        (LEFT, OFF, [IS_OFF], True),
        ({}, ON, [GONE.format("responder global tq_a")], True),
        ({}, OFF, [IS_OFF, GONE.format("responder global tq_a")], True),
        ({POLICY: BLOCKS}, ON, [GONE.format("responder global tq_a")], True),
        ({BOUND: {**BINDING, "priority": 11}}, ON, [], False),
    ],
)
def test_where_no_policy_of_ours_is_bound_none_is_evaluated(
    there: dict[ObjectId, Attributes], features: dict[str, bool], told: list[str], is_gone: bool
) -> None:
    left = {BOUND: BINDING}
    assert [*measure_in_place._gone(left, there, features)] == told
    assert measure_in_place._is_gone(LEFT, there, features) is is_gone


def test_nothing_that_was_left_is_never_gone() -> None:
    assert [*measure_in_place._gone({}, {}, OFF)] == []
    assert not measure_in_place._is_gone({}, {}, OFF)
    assert not measure_in_place._is_gone({POLICY: BLOCKS}, {}, ON)
    second: ObjectId = ("lbvserver_responderpolicy_binding", ("shop", "tq_a", "REQUEST"))
    assert not measure_in_place._is_gone({BOUND: BINDING, second: {}}, {second: {}}, ON), "it is evaluated at one"


def test_where_nothing_is_known_of_what_is_left_only_what_is_evaluated_first_is_read() -> None:
    unknown, policy, acl = (measure_in_place.scope_of(one) for one in ((), [POLICY, BOUND], [ACL]))
    assert "responderpolicy" in unknown.types
    assert [*unknown.places] == [("responderglobal_responderpolicy_binding", "REQ_OVERRIDE")]
    assert "responderpolicy" in policy.types
    assert ("responderglobal_responderpolicy_binding", "REQ_OVERRIDE") in policy.places
    assert {"responderpolicy"}.isdisjoint(acl.types)
