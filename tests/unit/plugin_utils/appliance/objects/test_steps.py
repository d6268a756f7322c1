# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Steps: the requests that carry them out, their lines, and their exact inverse."""

from __future__ import annotations

import json

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    Attributes,
    Key,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import (
    FEATURE,
    Request,
    Step,
    creation,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.played_together import played_together

GLOBAL = "responderglobal_responderpolicy_binding"
POLICY: Attributes = {"name": "tq_demo", "rule": "true", "action": "tq_demo"}
BOUND: Attributes = {"policyname": "tq_demo", "priority": 10, "type": "REQ_OVERRIDE"}
GLOBAL_KEY = ("tq_demo", "REQ_OVERRIDE")


def requests(type_: str, key: Key, before: Attributes | None, after: Attributes | None) -> list[Request]:
    return Step(type_, key, before, after).requests()


def test_add_update_and_remove_an_object() -> None:
    key = ("tq_demo",)
    assert requests("responderpolicy", key, None, POLICY) == [
        Request("POST", "responderpolicy", {"responderpolicy": POLICY})
    ]
    assert requests("responderpolicy", key, POLICY, {**POLICY, "rule": "false"}) == [
        Request("PUT", "responderpolicy", {"responderpolicy": {"name": "tq_demo", "rule": "false"}})
    ]
    assert requests("responderpolicy", key, POLICY, None) == [Request("DELETE", "responderpolicy/tq_demo")]


def test_an_ipv6_acl_goes_without_a_ttl_that_is_not_known() -> None:
    row = {"acl6name": "a", "acl6action": "DENY", "priority": 5, "ttl": 300}
    (request,) = Step("nsacl6", ("a",), None, row).requests()
    assert request.body == {"nsacl6": row}
    assert [instead.body for instead in request.otherwise] == [{"nsacl6": {n: v for n, v in row.items() if n != "ttl"}}]
    several = creation("nsacl6", [row, {**row, "acl6name": "b"}])
    assert [row.get("ttl") for row in (several.body or {})["nsacl6"]] == [300, 300]
    (instead,) = several.otherwise
    assert [sorted(row) for row in (instead.body or {})["nsacl6"]] == [["acl6action", "acl6name", "priority"]] * 2
    assert several.otherwise_for == {278, 1090}, "any other refusal stays one"
    for type_ in ("nsacl", "responderpolicy"):
        assert creation(type_, [{"name": "a", "ttl": 300}]).otherwise == (), "of nsacl it is documented"


def test_entries_of_a_data_set_go_and_come_in_requests_of_so_many_at_most() -> None:
    type_ = "policydataset_value_binding"
    before: Attributes = {"name": "tq a", "values": "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4-192.0.2.9"}
    after: Attributes = {"name": "tq a", "values": "192.0.2.1 198.51.100.0-198.51.100.9 198.51.100.20 198.51.100.30"}
    step = Step(type_, ("tq a",), before, after)
    first, second, third, fourth = step.requests(2)
    gone = [{"name": "tq a", "value": "192.0.2.2"}, {"name": "tq a", "value": "192.0.2.3"}]
    assert (first.method, first.path, first.body) == ("POST", "macroapi?action=remove", {type_: gone})
    singly = [Request("DELETE", f"{type_}/tq%2520a?args=value:192.0.2.{n}") for n in (2, 3)]
    assert [*first.otherwise] == singly, "an appliance without macroapi is asked one by one"
    assert second == Request("DELETE", f"{type_}/tq%2520a?args=value:192.0.2.4,endrange:192.0.2.9")
    come = [{"value": "198.51.100.0", "endrange": "198.51.100.9"}, {"value": "198.51.100.20"}]
    assert third == Request("POST", type_, {type_: [{"name": "tq a", **row} for row in come]})
    assert fourth == Request("POST", type_, {type_: [{"name": "tq a", "value": "198.51.100.30"}]})
    assert [len((request.body or {})[type_]) for request in step.requests()] == [3, 3]
    assert [request.path for request in step.inverse.requests(3)] == ["macroapi?action=remove", type_]
    assert requests(type_, ("tq a",), before, None) == [], "they go with their set"


def test_a_setting_of_which_there_is_one_is_replaced() -> None:
    old, new = {"Locationfile": "/var/a", "format": "netscaler"}, {"Locationfile": "/var/b", "format": "netscaler"}
    assert requests("locationfile", (), old, new) == [Request("POST", "locationfile", {"locationfile": new})]
    assert requests("locationfile", (), old, None) == [Request("DELETE", "locationfile")]
    rest: Attributes = {"enhancedisngeneration": "DISABLED"}
    on: Attributes = {"enhancedisngeneration": "ENABLED"}
    assert requests("nstcpparam", (), rest, on) == [Request("PUT", "nstcpparam", {"nstcpparam": on})], "only set"


def test_edits_of_acls_are_applied_by_an_action() -> None:
    applied: Attributes = {"applied": True}
    for type_ in ("nsacls", "nsacls6"):
        assert requests(type_, (), None, applied) == [Request("POST", f"{type_}?action=apply", {type_: {}})]
        assert requests(type_, (), applied, None) == []
        assert [Step(type_, (), None, applied).lines(), Step(type_, (), applied, None).lines()] == [
            [f"apply ns {type_.removeprefix('ns')}"],
            [],
        ]


def test_an_update_sends_only_what_changes() -> None:
    before = {**POLICY, "comment": "c", "undefaction": "DROP"}
    (request,) = requests("responderpolicy", ("tq_demo",), before, {**before, "comment": "d"})
    assert request.body == {"responderpolicy": {"name": "tq_demo", "comment": "d"}}


def test_attributes_that_go_are_unset_after_the_others_were_set() -> None:
    before = {**POLICY, "logaction": "tq_demo", "comment": "c"}
    assert requests("responderpolicy", ("tq_demo",), before, {**POLICY, "rule": "false"}) == [
        Request("PUT", "responderpolicy", {"responderpolicy": {"name": "tq_demo", "rule": "false"}}),
        Request(
            "POST",
            "responderpolicy?action=unset",
            {"responderpolicy": {"name": "tq_demo", "logaction": True, "comment": True}},
        ),
    ]


def test_what_cannot_be_unset_is_set_to_its_default() -> None:
    before: Attributes = {"name": "a", "type": "respondwith", "target": "t", "bypasssafetycheck": "YES"}
    after = {name: value for name, value in before.items() if name != "bypasssafetycheck"}
    assert requests("responderaction", ("a",), before, after) == [
        Request("PUT", "responderaction", {"responderaction": {"name": "a", "bypasssafetycheck": "NO"}})
    ]


def test_the_goto_of_a_binding_is_always_stated() -> None:
    """The default is nowhere documented."""
    assert requests(GLOBAL, GLOBAL_KEY, None, BOUND) == [
        Request("POST", GLOBAL, {GLOBAL: {**BOUND, "gotopriorityexpression": "END"}})
    ]
    after = {**BOUND, "gotopriorityexpression": "NEXT"}
    assert requests(GLOBAL, GLOBAL_KEY, None, after) == [Request("POST", GLOBAL, {GLOBAL: after})]


def test_only_bindings_of_policies_have_a_goto() -> None:
    pattern: Attributes = {"name": "s", "String": "x"}
    (request,) = requests("policypatset_pattern_binding", ("s", "x"), None, pattern)
    assert request.body == {"policypatset_pattern_binding": pattern}


@pytest.mark.parametrize(
    ("type_", "before", "path"),
    [
        (GLOBAL, BOUND, f"{GLOBAL}?args=policyname:tq_demo,type:REQ_OVERRIDE,priority:10"),
        (
            "lbvserver_responderpolicy_binding",
            {"name": "lb/1 a", "policyname": "tq_demo", "priority": 10, "bindpoint": "REQUEST"},
            "lbvserver_responderpolicy_binding/lb%252F1%2520a?args=policyname:tq_demo,bindpoint:REQUEST,priority:10",
        ),
        (
            "vpnvserver_responderpolicy_binding",
            {"name": "gw", "policy": "tq_demo", "priority": 10, "bindpoint": "AAA_REQUEST"},
            "vpnvserver_responderpolicy_binding/gw?args=policy:tq_demo,bindpoint:AAA_REQUEST",
        ),
        (
            "policypatset_pattern_binding",
            {"name": "tq_demo", "String": "/a,b:c%20 d/", "index": 1},
            "policypatset_pattern_binding/tq_demo?args=String:%2Fa%2Cb%3Ac%2520%20d%2F",
        ),
    ],
)
def test_unbinding_names_what_is_unbound(type_: str, before: Attributes, path: str) -> None:
    """The name in the path is encoded twice, each value in args once."""
    assert requests(type_, ("k",), before, None) == [Request("DELETE", path)]


def test_a_binding_that_changes_is_unbound_and_bound() -> None:
    first, second = requests(GLOBAL, GLOBAL_KEY, BOUND, {**BOUND, "priority": 20})
    assert (first.method, second.method) == ("DELETE", "POST")
    assert first.path.endswith("priority:10")
    assert second.body == {GLOBAL: {**BOUND, "priority": 20, "gotopriorityexpression": "END"}}


def test_names_in_the_path_are_encoded_twice() -> None:
    assert requests("responderpolicy", ("a/b c%",), {"name": "a/b c%"}, None) == [
        Request("DELETE", "responderpolicy/a%252Fb%2520c%2525")
    ]


@pytest.mark.parametrize(("enabled", "action"), [(True, "enable"), (False, "disable")])
def test_features(enabled: bool, action: str) -> None:
    step = Step(FEATURE, ("RESPONDER",), {"enabled": not enabled}, {"enabled": enabled})
    assert step.requests() == [Request("POST", f"nsfeature?action={action}", {"nsfeature": {"feature": ["RESPONDER"]}})]
    assert step.lines() == [f"{action} ns feature RESPONDER"]
    assert step.inverse.inverse == step
    assert step.inverse.lines() != step.lines()
    assert not step.is_new


@pytest.mark.parametrize(
    ("before", "after", "new"), [(None, POLICY, True), (POLICY, None, False), (POLICY, POLICY, False)]
)
def test_only_what_is_made_can_go_in_bulk(before: Attributes | None, after: Attributes | None, new: bool) -> None:
    assert Step("responderpolicy", ("tq_demo",), before, after).is_new is new


def test_the_inverse_swaps_before_and_after() -> None:
    step = Step("responderpolicy", ("tq_demo",), POLICY, {**POLICY, "rule": "false"})
    assert (step.inverse.before, step.inverse.after) == (step.after, step.before)
    assert step.inverse.object_id == step.object_id == ("responderpolicy", ("tq_demo",))
    assert step.inverse.lines() == ["set responder policy tq_demo -rule true"]


@pytest.mark.parametrize(
    "step",
    [
        Step("responderpolicy", ("tq_demo",), None, POLICY),
        Step(GLOBAL, GLOBAL_KEY, BOUND, None),
        Step(FEATURE, ("RESPONDER",), {"enabled": False}, {"enabled": True}),
    ],
)
def test_a_step_survives_the_change_record(step: Step) -> None:
    assert Step.from_json(json.loads(json.dumps(step.to_json()))) == step


@played_together(
    "value",
    [
        {},
        {"type": "responderpolicy", "key": ["a"], "before": None},
        {"type": "responderpolicy", "key": None, "before": None, "after": None},
        {"type": "nslimitidentifier", "key": ["a"], "before": None, "after": None},
        [],
        "step",
        {"type": "nsfeature", "key": [], "before": None, "after": {"enabled": True}},
        {"type": "nsfeature", "key": ["RESPONDER"], "before": {}, "after": {"enabled": True}},
        {"type": "nsfeature", "key": ["RESPONDER"], "before": None, "after": {"enabled": "yes"}},
        {"type": "lbvserver", "key": ["a"], "before": {"enabled": True, "name": "a"}, "after": None},
        {"type": GLOBAL, "key": ["a"], "before": None, "after": None},
        {"type": GLOBAL, "key": [], "before": None, "after": None},
        {"type": "responderpolicy", "key": ["\ud800"], "before": None, "after": None},
        {"type": "responderpolicy", "key": ["a"], "before": "a", "after": None},
        {"type": "responderpolicy", "key": ["a"], "before": {}, "after": None},
        {"type": "responderpolicy", "key": ["a"], "before": {"name": "b"}, "after": None},
        {"type": "responderpolicy", "key": ["a"], "before": {"name": ["a"]}, "after": None},
        {"type": "responderpolicy", "key": ["a"], "before": None, "after": {"name": "a", "rule": {"b": 1}}},
        {"type": "responderpolicy", "key": ["a"], "before": None, "after": {"name": "a", "priority": 1}},
    ],
)
def test_what_is_no_step_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput, match="change record"):
        Step.from_json(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("type_", "line"),
    [
        ("lbvserver", 'disable lb vserver "my shop"'),
        ("csvserver", 'disable cs vserver "my shop"'),
        ("vpnvserver", 'disable vpn vserver "my shop"'),
        ("authenticationvserver", 'disable authentication vserver "my shop"'),
    ],
)
def test_virtual_servers_are_switched_like_features(type_: str, line: str) -> None:
    step = Step(type_, ("my shop",), {"enabled": True}, {"enabled": False})
    assert step.lines() == [line]
    assert step.inverse.lines() == [line.replace("disable", "enable")]
    assert step.requests() == [Request("POST", f"{type_}?action=disable", {type_: {"name": "my shop"}})]
    assert not step.is_new
    assert Step.from_json(step.to_json()) == step
