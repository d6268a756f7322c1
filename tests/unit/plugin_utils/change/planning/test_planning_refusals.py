# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers that lack what a plan rests on, and priorities that are somebody else's."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    TYPES,
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.planner import (
    State,
    Target,
    plan_steps,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.state_reader import (
    GLOBAL_BINDING,
    read_features,
    take_rows,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError, Refused

from tests.unit.plugin_utils.change.planning.test_state_reader import FakeSession

Objects = dict[ObjectId, Attributes]


def session(rows: list[dict[str, Any]]) -> Any:
    return FakeSession({"nsfeature": rows})


@pytest.mark.parametrize("rows", [[], [{}], [{"name": "x"}], [{"responder": "yes"}]])
def test_an_answer_without_features_is_not_all_features_off(rows: list[dict[str, Any]]) -> None:
    with pytest.raises(NitroError, match=r"gw-a: GET nsfeature: .*the answer has no features$"):
        read_features(session(rows))


def test_features_are_read_from_the_list_and_from_the_switches() -> None:
    assert read_features(session([{"feature": ["LB"], "responder": True}])) == {"LB": True}
    found = read_features(session([{"responder": True, "lb": False}]))
    assert [name.upper() for name, on in found.items() if on] == ["RESPONDER"]


@pytest.mark.parametrize(
    ("type_name", "row", "missing"),
    [
        ("responderpolicy", {"rule": "TRUE"}, "name"),
        ("nsacl", {"priority": "10"}, "aclname"),
        (GLOBAL_BINDING, {"policyname": "p"}, "policyname or "),
    ],
)
def test_a_row_without_its_key_is_not_passed_over(type_name: str, row: dict[str, Any], missing: str) -> None:
    objects: Objects = {}
    with pytest.raises(NitroError, match=f"^gw-a: GET {type_name}: .*a row lacks {missing}"):
        take_rows(objects, type_name, [row], "gw-a")
    assert not any(name == type_name for name, _key in objects)


@pytest.mark.parametrize(
    ("attributes", "wrong"),
    [
        ({"priority": "first"}, "a priority"),
        ({"priority": "9" * 5000 + "x"}, "a priority"),
        ({"type": "REQ_OVERRIDE\n"}, "a type"),
        ({"type": "../x"}, "a type"),
    ],
)
def test_a_binding_whose_place_in_the_order_cannot_be_read_is_an_error(attributes: dict[str, Any], wrong: str) -> None:
    objects: Objects = {}
    row = {"policyname": "theirs", "priority": "5", "type": "REQ_OVERRIDE", **attributes}
    with pytest.raises(NitroError, match=f"^gw-a: GET {GLOBAL_BINDING}: .*a row has {wrong} that NITRO does not have"):
        take_rows(objects, GLOBAL_BINDING, [row], "gw-a")
    assert objects == {}


def binding(policy: str, priority: str, type_: str = "REQ_OVERRIDE") -> tuple[ObjectId, Attributes]:
    own = TYPES[GLOBAL_BINDING]
    attributes = own.canonical(
        {"policyname": policy, "priority": priority, "type": type_, "gotopriorityexpression": "END"}
    )
    return (GLOBAL_BINDING, own.key_of(attributes)), attributes


def policy(name: str) -> tuple[ObjectId, Attributes]:
    attributes = {"name": name, "rule": "TRUE", "action": "NOOP"}
    return ("responderpolicy", (name,)), TYPES["responderpolicy"].canonical(attributes)


def test_a_priority_that_somebody_else_has_is_not_taken() -> None:
    there = State(dict([policy("theirs"), binding("theirs", "10")]), {"RESPONDER": True})
    wanted = dict([policy("tq_x"), binding("tq_x", "10")])
    with pytest.raises(Refused, match=r"^priority 10 at REQ_OVERRIDE is taken by .*theirs"):
        plan_steps(there, Target(dict(wanted)))


@pytest.mark.parametrize(("priority", "type_"), [("11", "REQ_OVERRIDE"), ("10", "REQ_DEFAULT")])
def test_another_priority_or_another_bind_point_is_free(priority: str, type_: str) -> None:
    there = State(dict([policy("theirs"), binding("theirs", priority, type_)]), {"RESPONDER": True})
    steps = plan_steps(there, Target(dict([policy("tq_x"), binding("tq_x", "10")])))
    assert [step.key[0] for step in steps] == ["tq_x", "tq_x"]


def test_a_priority_whose_binding_goes_is_free() -> None:
    there_id, there_attributes = binding("tq_old", "10")
    there = State(dict([policy("tq_old"), (there_id, there_attributes)]), {"RESPONDER": True})
    wanted: dict[ObjectId, Attributes | None] = dict([policy("tq_x"), binding("tq_x", "10")])
    steps = plan_steps(there, Target({**wanted, there_id: None, ("responderpolicy", ("tq_old",)): None}))
    order = [(step.type, step.key[0], step.after is None) for step in steps]
    assert order.index((GLOBAL_BINDING, "tq_old", True)) < order.index((GLOBAL_BINDING, "tq_x", False))
