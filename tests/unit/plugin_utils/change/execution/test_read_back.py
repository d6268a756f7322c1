# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The effect of a sequence of steps on an object. Carrying them out and undoing them is tested on the simulator (tests/engine)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import Attributes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import FEATURE, Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution import read_back
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.read_back import (
    differences,
    disables_feature,
    first_states,
    is_apply_command,
    last_states,
    read_objects,
    still_readable,
    visible_steps,
    with_objects_read_again,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.state_reader import State
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NotFound


def policy(name: str, before: Attributes | None, after: Attributes | None) -> Step:
    return Step("responderpolicy", (name,), before, after)


def test_of_an_object_that_is_touched_twice_the_first_and_the_last_state_count() -> None:
    one, two, three = {"name": "1"}, {"name": "2"}, {"name": "3"}
    steps = [policy("p", one, two), policy("q", None, one), policy("p", two, three)]
    p, q = steps[0].object_id, steps[1].object_id
    assert first_states(steps, [0, 1, 2]) == {p: one, q: None}
    assert first_states(steps, [2]) == {p: two}
    assert last_states(steps) == {p: three, q: one}


ON, OFF = {"enabled": True}, {"enabled": False}
ENABLE, DISABLE = Step(FEATURE, ("RESPONDER",), OFF, ON), Step(FEATURE, ("RESPONDER",), ON, OFF)
MAKE = Step("responderpolicy", ("tq_x",), None, {"name": "tq_x", "rule": "1", "action": "NOOP"})
CHANGE = Step("responderpolicy", ("tq_x",), MAKE.after, {"name": "tq_x", "rule": "2", "action": "NOOP"})
ACL = Step("nsacl", ("tq_x",), None, {"aclname": "tq_x"})
APPLY = Step("nsacls", (), {"applied": False}, {"applied": True})


@pytest.mark.parametrize(
    ("step", "disables", "applies"),
    [
        (ENABLE, False, False),
        (DISABLE, True, False),
        (Step(FEATURE, ("RESPONDER",), ON, None), True, False),
        (MAKE, False, False),
        (APPLY, False, True),
        (Step("nsacls", (), {"applied": True}, {"applied": False}), False, False),
        (Step("lbvserver", ("x",), ON, OFF), False, False),
    ],
)
def test_steps_after_which_nothing_can_be_read(step: Step, disables: bool, applies: bool) -> None:
    assert (disables_feature(step), is_apply_command(step)) == (disables, applies)


@pytest.mark.parametrize(
    ("objects", "steps", "found"),
    [
        ({}, [], []),
        ({MAKE.object_id: CHANGE.after}, [MAKE, CHANGE], []),
        (
            {MAKE.object_id: MAKE.after},
            [MAKE, CHANGE],
            [f"responderpolicy tq_x: expected {CHANGE.after}, found {MAKE.after}"],
        ),
        ({}, [MAKE], [f"responderpolicy tq_x: expected {MAKE.after}, found None"]),
        ({}, [DISABLE], []),
        ({}, [ENABLE], [f"nsfeature RESPONDER: expected {ON}, found {OFF}"]),
        ({ENABLE.object_id: ON}, [ENABLE], []),
    ],
)
def test_differences_are_those_from_the_last_state(objects: Any, steps: list[Step], found: list[str]) -> None:
    assert differences(objects, steps) == found


def test_what_a_disabled_feature_hides_is_not_read() -> None:
    assert list(still_readable([MAKE, DISABLE, ACL])) == [DISABLE, ACL]
    assert list(still_readable([ENABLE, MAKE])) == [ENABLE, MAKE]
    assert visible_steps([MAKE, ACL, DISABLE]) == [ACL, DISABLE]
    assert visible_steps([ENABLE, MAKE]) == [ENABLE, MAKE]


GLOBAL = "responderglobal_responderpolicy_binding"
ENTRIES = "policydataset_value_binding"


def test_objects_are_read_by_type_and_features_and_virtual_servers_as_switches(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    switches = {"lbvserver": {("lbvserver", ("x",)): ON}, "csvserver": {("csvserver", ("y",)): OFF}}

    def read(type_name: str) -> list[dict[str, str]]:
        asked.append(type_name)
        return [{"name": "tq_x", "rule": "1", "action": "NOOP"}]

    monkeypatch.setattr(read_back, "read_features", lambda _session: {"RESPONDER": True})
    monkeypatch.setattr(read_back, "read_switches", lambda _session, type_name: switches[type_name])
    monkeypatch.setattr(read_back, "read_place", _gone)
    wanted: Any = [
        ENABLE.object_id,
        (FEATURE, ("LB",)),
        *(key for one in switches.values() for key in one),
        MAKE.object_id,
    ]
    session: Any = SimpleNamespace(read=read, where="gw-a")
    found = read_objects(session, [*wanted, (GLOBAL, ("tq_x", "REQ_OVERRIDE"))])
    policy_read = found.pop(MAKE.object_id)
    assert (policy_read["name"], policy_read["rule"]) == ("tq_x", "1")
    assert found == {
        ENABLE.object_id: ON,
        (FEATURE, ("LB",)): OFF,
        ("lbvserver", ("x",)): ON,
        ("csvserver", ("y",)): OFF,
    }
    assert asked == ["responderpolicy"]


def test_the_entries_of_data_sets_are_read_together_and_those_of_other_places_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[str, Any]] = []

    def read_entries(_session: Any, wanted: list[str], there: set[str]) -> list[dict[str, str]]:
        asked.append((ENTRIES, (sorted(wanted), sorted(there))))
        return [{"name": name, "values": "192.0.2.1"} for name in wanted if name in there]

    def read_place(_session: Any, type_name: str, place: str) -> list[dict[str, Any]]:
        asked.append((type_name, place))
        return [{"name": place, "String": "/vpns/", "index": 1}]

    monkeypatch.setattr(read_back, "read_entries", read_entries)
    monkeypatch.setattr(read_back, "read_place", read_place)
    rows = [{"name": "tq_s", "type": "ipv4"}, {"name": "theirs", "type": "ipv4"}]
    session: Any = SimpleNamespace(read=lambda _type_name: rows, where="gw-a")
    pattern = ("policypatset_pattern_binding", ("tq_p", "/vpns/"))
    wanted: Any = [("policydataset", ("tq_s",)), (ENTRIES, ("tq_s",)), (ENTRIES, ("tq_gone",)), pattern]
    found = read_objects(session, wanted)
    assert asked == [(ENTRIES, (["tq_gone", "tq_s"], ["theirs", "tq_s"])), ("policypatset_pattern_binding", "tq_p")]
    assert found[ENTRIES, ("tq_s",)]["values"] == "192.0.2.1"
    assert {*found} == {("policydataset", ("tq_s",)), ("policydataset", ("theirs",)), (ENTRIES, ("tq_s",)), pattern}


def _gone(session: Any, type_name: str, _place: Any) -> list[Any]:
    raise NotFound(session.where, f"GET {type_name}", 404, 258, "no such object")


def test_what_was_read_again_replaces_all_of_its_types_and_the_rest_stays() -> None:
    other = ("responderaction", ("a",))
    before = State(
        {MAKE.object_id: {"rule": "1"}, ("responderpolicy", ("q",)): {}, other: {}}, {"RESPONDER": False, "LB": True}
    )
    again = {MAKE.object_id: {"rule": "2"}, ENABLE.object_id: ON, ("lbvserver", ("x",)): ON}
    state = with_objects_read_again(before, [MAKE.object_id, ENABLE.object_id], again)
    assert state.objects == {MAKE.object_id: {"rule": "2"}, other: {}}
    assert state.features == {"RESPONDER": True, "LB": True}
