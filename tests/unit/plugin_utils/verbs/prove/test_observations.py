# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is read in the answers of an experiment, and the errorcodes by which a position is told."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import ENCODED, Reply
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.prove import observations as seen
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.prove.experiment import Observation, Value
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.prove.register import EXPERIMENTS


def read(observation: Observation, *rows: dict[str, Any], status: int = 200, **body: Any) -> Value:
    return observation.read(Reply(status, {"errorcode": 0, **({"lbvserver": [*rows]} if rows else {}), **body}))


@pytest.mark.parametrize(
    ("observation", "rows", "value"),
    [
        (seen.has("a"), ({"b": 1}, {"a": None}), True),
        (seen.has("a"), ({"b": 1},), False),
        (seen.has("a"), (), False),
        (seen.has_rows, ({"a": 1},), True),
        (seen.has_rows, (), False),
        (seen.equals("a", "1"), ({"a": 2}, {"a": 1}), True),
        (seen.equals("a", "1"), ({"a": "2"}, {"b": "1"}), False),
        (seen.equals("a", "1"), ({"a": "10"},), False),
        (seen.lists("a", "LB"), ({"a": ["SSL", "lb"]},), True),
        (seen.lists("a", "LB"), ({"a": "lb"},), True),
        (seen.lists("a", "LB"), ({"a": ["SSL"]}, {"b": ["LB"]}), False),
        (seen.lists("a", "LB"), ({"a": ["LBX"]},), False),
        (seen.without("a"), ({"a": "0"},), True),
        (seen.without("a"), ({"a": 7}, {"b": 1}), True),
        (seen.without("a"), ({"a": 7}, {"a": 1}), False),
        (seen.without("a"), (), False),
        (seen.counts("a"), ({"a": "0"}, {"a": "1"}), True),
        (seen.counts("a"), ({"a": 0}, {"a": "-1"}, {"a": "x"}, {}), False),
        (seen.form_of("a"), ({"a": 1}, {"a": 2}), "number"),
        (seen.form_of("a"), ({"a": "1"}, {"b": 1}), "string"),
        (seen.form_of("a"), ({"a": True},), "string"),
        (seen.form_of("a"), ({"a": "1"}, {"a": 1}), "mixed"),
        (seen.form_of("a"), ({"b": 1},), "absent"),
        (seen.shows("find"), ({"a": ["x", {"b": "to find it"}]},), True),
        (seen.shows("find"), ({"find": "x"},), False),
    ],
)  # fmt: skip
def test_rows_are_read_and_an_error_is_none(
    observation: Observation, rows: tuple[dict[str, Any], ...], value: Value
) -> None:
    found = read(observation, *rows)
    assert (type(found), found) == (type(value), value)
    assert read(observation, *rows, status=599, errorcode=278) == seen.REFUSED


@pytest.mark.parametrize(
    ("row", "value"),
    [
        ({"pitboolresult": "TRUE"}, "TRUE"),
        ({"pitboolresult": "false"}, "FALSE"),
        ({"pitboolresult": True}, "TRUE"),
        ({"pitboolresult": "7"}, "no result"),
        ({}, "no result"),
        ({"pitboolresult": "TRUE", "pitboolerrorresult": "0x1"}, "undefined"),
        ({"pitnumerrorresult": "0x1"}, "undefined"),
        ({"pitdoubleerrorresult": "0x1"}, "undefined"),
        ({"pitreferrorresult": "0x1"}, "undefined"),
        ({"pitboolresult": "TRUE", "pitreferrorresult": ""}, "TRUE"),
    ],
)
def test_an_evaluation_has_a_result_none_or_an_undefined_one(row: dict[str, Any], value: str) -> None:
    assert seen.evaluation.read(Reply(200, {"errorcode": 0, "policyevaluation": row})) == value
    assert seen.evaluation.read(Reply(599, {"errorcode": 3081, "policyevaluation": row})) == seen.REFUSED


def test_what_is_read_of_the_answer_itself() -> None:
    assert seen.status.read(Reply(409, {})) == 409
    assert seen.errorcode.read(Reply(409, {"errorcode": 273})) == 273
    assert seen.body.read(Reply(200, {})) == "empty"
    assert seen.body.read(Reply(200, {"errorcode": 0, "message": "Done"})) == "a message"
    assert seen.body.read(Reply(599, {"errorcode": 1})) == seen.REFUSED
    assert [seen.compressed.read(Reply(200, {}, problem)) for problem in (ENCODED, "", "no JSON")] == [
        True,
        False,
        False,
    ]
    assert [seen.warns.read(Reply(code, {})) for code in (208, 209, 210)] == [False, True, False]
    assert [seen.warns.read(Reply(200, {"severity": word})) for word in ("WARNING", "ERROR", "NONE")] == [
        True,
        False,
        False,
    ]
    assert [seen.succeeds.read(Reply(code, {})) for code in (200, 201, 404)] == [True, True, False]
    assert [seen.sets_cookie("one").read(Reply(200, {}, cookies=names)) for names in (("one",), ("on",), ())] == [
        True,
        False,
        False,
    ]


def test_several_answers_are_compared() -> None:
    def reply(status: int = 200, **row: Any) -> Reply:
        return Reply(status, {"errorcode": 0 if status == 200 else 1, "nsconfig": row})

    changed, counts = seen.changed("a"), seen.any_counts("hits")
    assert changed.read(reply(a="1"), reply(a="2")) is True
    assert changed.read(reply(a="1"), reply(a=1)) is False
    assert changed.read(reply(), reply(a="2")) == changed.read(reply(a="2"), reply()) == "absent"
    assert counts.read(reply(hits="0"), reply(hits="1")) is True
    assert counts.read(reply(hits="0"), reply(hits="0")) is False
    assert counts.read(reply(hits="0"), reply(599, hits="1")) is False


CODES = {
    "put_bulk_onerror": {1243},
    "expression_error_status": {3081},
    "priority_taken_status": {3041},
    "bind_action": {1240},
    "macroapi_remove_bindings": {1240},
    "immutable_update": {278},
    "cs_default_again": {273},
    "set_removal": {1070},
    "stringmap_rebind": {2867},
    "dataset_subnets": {2873},
    "dataset_index_rule": {1095},
    "set_limit": {2900},
    "policy_bound_twice": {3118},
    "deny_list_binding": {1232},
}
"""By fact, the errorcodes of the NITRO error list by which a position is told that is no code itself; read a second time."""


def test_positions_are_told_by_the_codes_of_the_error_list() -> None:
    found: dict[str, set[Value]] = {}
    for question in (question for experiment in EXPERIMENTS for question in experiment.questions):
        for reading in question.readings:
            told = {one.value for one in reading.signs if one.observation is seen.errorcode} - {0, reading.position}
            if told:
                found.setdefault(question.fact, set()).update(told)
    assert found == CODES


def test_only_a_position_that_is_a_code_is_that_of_the_switch() -> None:
    question = seen.allowed("fact", "send", "accepted", "refused", 278)
    assert question.position({"send": Reply(200, {"errorcode": 0})}) == "accepted"
    assert question.position({"send": Reply(599, {"errorcode": 278})}) == "refused"
    assert question.position({"send": Reply(599, {"errorcode": 279})}) is None
