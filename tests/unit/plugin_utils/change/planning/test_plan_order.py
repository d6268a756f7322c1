# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The order of the steps of a plan, and what its seal covers: tables of small situations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    TYPES,
    Attributes,
    ObjectId,
    ResourceType,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.planner import (
    State,
    Target,
    basis_of,
    create_only_differs,
    nothing,
    plan_in_stages,
    plan_steps,
    settle,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused

from tests.played_together import played_together

Objects = Mapping[ObjectId, Attributes | None]

ENTRIES = "policydataset_value_binding"
GLOBAL = "responderglobal_responderpolicy_binding"
ACLS: ObjectId = ("nsacls", ())
APPLIED: Attributes = {"applied": True}
EDITED: Attributes = {"applied": False}


def made(type_name: str, *key: str, **attributes: Any) -> dict[ObjectId, Attributes]:
    """Return an object by its id."""
    values = {**dict(zip(TYPES[type_name].key, key, strict=True)), **attributes}
    return {(type_name, key): values}


def acl(name: str = "a", **attributes: Any) -> dict[ObjectId, Attributes]:
    return made("nsacl", name, aclaction="DENY", priority=10, **attributes)


def entries(values: str) -> dict[ObjectId, Attributes]:
    return made(ENTRIES, "s", values=values)


def words(steps: list[Step]) -> list[str]:
    """Return each step as its type, its name and what happens to it."""
    return [" ".join([step.type, *step.key, _change(step)]) for step in steps]


def _change(step: Step) -> str:
    if step.type == ACLS[0]:
        return f"{(step.before or {}).get('applied')}->{(step.after or {}).get('applied')}"
    return "+" if step.before is None else "-" if step.after is None else "="


def plan(present: Mapping[ObjectId, Attributes], target: Objects) -> list[str]:
    return words(plan_steps(State(present), Target(target)))


FIRST, LAST = "nsacls True->False", "nsacls False->True"
SET = made("policydataset", "s", type="ipv4")
ACL_ON_SET = acl(srcipdataset="s")


@played_together(
    ("present", "target", "expected"),
    [
        ({}, {**acl()}, [FIRST, "nsacl a +", LAST]),
        (acl(), {("nsacl", ("a",)): None}, [FIRST, "nsacl a -", LAST]),
        # Old ACLs go before new ones come, since two equal ones may be refused.
        (acl(), {("nsacl", ("a",)): None, **acl("b")}, [FIRST, "nsacl a -", "nsacl b +", LAST]),
        # An ACL is replaced: the old one filters until both edits are applied.
        (acl(), acl(ratelimit=7), [FIRST, "nsacl a -", "nsacl a +", LAST]),
        (acl(), acl(), []),
        # The entries of a set that an ACL uses are applied like an edit of the ACL; those of another set are not.
        ({**ACL_ON_SET, **entries("1")}, entries("2"), [FIRST, f"{ENTRIES} s =", LAST]),
        ({**acl(), **entries("1")}, entries("2"), [f"{ENTRIES} s ="]),
        ({**acl(destipdataset="t"), **entries("1")}, entries("2"), [f"{ENTRIES} s ="]),
        # A set comes before the ACL that uses it, and goes after it.
        ({}, {**ACL_ON_SET, **SET}, ["policydataset s +", FIRST, "nsacl a +", LAST]),
        (
            {**ACL_ON_SET, **SET},
            dict.fromkeys([*ACL_ON_SET, *SET]),
            [FIRST, "nsacl a -", LAST, "policydataset s -"],
        ),
        # Edits that a run that died left behind are applied, if the plan is about ACLs.
        ({ACLS: EDITED, **acl()}, {ACLS: APPLIED, **acl()}, [FIRST, LAST]),
        ({ACLS: EDITED, **acl()}, {**acl()}, []),
        ({ACLS: APPLIED, **acl()}, {ACLS: APPLIED, **acl()}, []),
        ({ACLS: EDITED, **acl()}, {ACLS: APPLIED, **acl("b")}, [FIRST, "nsacl b +", LAST]),
    ],
)
def test_edits_of_acls_stand_between_two_steps_that_apply_them(
    present: Mapping[ObjectId, Attributes], target: Objects, expected: list[str]
) -> None:
    assert plan(present, target) == expected


def test_the_two_steps_around_the_edits_and_their_inverses() -> None:
    """The step before sends nothing, and its inverse applies what was undone; the step after is the other way round."""
    first, _edit, last = plan_steps(State(), Target(acl()))
    assert [[request.path for request in step.requests()] for step in (first, first.inverse, last, last.inverse)] == [
        [],
        ["nsacls?action=apply"],
        ["nsacls?action=apply"],
        [],
    ]


@pytest.mark.parametrize(
    ("present", "target", "expected"),
    [
        ({("locationparameter", ()): {}}, {("locationparameter", ()): {"matchwildcardtoany": "YES"}}, "="),
        ({}, {("locationparameter", ()): {"matchwildcardtoany": "YES"}}, "+"),
        ({}, made("vpnvserver_settings", "gw", dtls="OFF"), None),
        (made("vpnvserver_settings", "gw", dtls="ON"), made("vpnvserver_settings", "gw", dtls="OFF"), "="),
        ({}, {("locationfile", ()): {"Locationfile": "/x"}}, "+"),
    ],
)
def test_a_setting_needs_its_object_and_a_singleton_does_not(
    present: Mapping[ObjectId, Attributes], target: Objects, expected: str | None
) -> None:
    ((type_name, key),) = target
    if expected is None:
        with pytest.raises(Refused, match="does not exist, so nothing can be set on it"):
            plan(present, target)
    else:
        assert plan(present, target) == [" ".join([type_name, *key, expected])]


def policy(name: str, **attributes: Any) -> dict[ObjectId, Attributes]:
    return made("responderpolicy", name, rule="r", action="NOOP", **attributes)


def bound(name: str, priority: int, **attributes: Any) -> dict[ObjectId, Attributes]:
    return made(GLOBAL, name, "REQ_OVERRIDE", priority=priority, **attributes)


TWIN = "tq_x__twin"
REBOUND = [
    *(f"responderpolicy {TWIN} +", f"{GLOBAL} {TWIN} REQ_OVERRIDE +", f"{GLOBAL} tq_x REQ_OVERRIDE -"),
    *(f"{GLOBAL} tq_x REQ_OVERRIDE +", f"{GLOBAL} {TWIN} REQ_OVERRIDE -", f"responderpolicy {TWIN} -"),
]


def test_a_binding_is_changed_while_a_twin_is_bound() -> None:
    present = {**policy("tq_x"), **bound("tq_x", 10)}
    assert plan(present, bound("tq_x", 12)) == REBOUND
    steps = plan_steps(State(present), Target(bound("tq_x", 12)))
    assert [step.after["priority"] for step in steps if step.after and step.type == GLOBAL] == [11, 12]
    # Its priority is the next one that neither the appliance nor the target uses.
    more = plan_steps(State({**present, **bound("other", 12)}), Target({**bound("tq_x", 13), **bound("new", 11)}))
    twin = next(step for step in more if step.key[0] == TWIN and step.type == GLOBAL)
    assert twin.after is not None
    assert twin.after["priority"] == 14


def test_a_twin_that_a_dead_run_left_is_used_or_goes_first() -> None:
    there = {**policy("tq_x"), **bound("tq_x", 10), **policy(TWIN)}
    assert plan({**there, **bound(TWIN, 11)}, bound("tq_x", 12)) == REBOUND[2:]
    at_the_wanted_one = [f"{GLOBAL} {TWIN} REQ_OVERRIDE -", *REBOUND[1:]]
    assert plan({**there, **bound(TWIN, 12)}, bound("tq_x", 12)) == at_the_wanted_one
    elsewhere = made(GLOBAL, TWIN, "REQ_DEFAULT", priority=5)
    # A twin that is still bound elsewhere keeps its policy.
    assert plan({**there, **elsewhere}, bound("tq_x", 12)) == REBOUND[1:-1]


def test_the_priority_that_is_wanted_is_freed_or_refused() -> None:
    three = {**policy("tq_a"), **policy("tq_b"), **bound("tq_b", 10)}
    named = [f"{GLOBAL} {name} REQ_OVERRIDE" for name in ("tq_a", "tq_b")]
    gone = {**bound("tq_a", 10), (GLOBAL, ("tq_b", "REQ_OVERRIDE")): None}
    assert plan(three, gone) == [f"{named[1]} -", f"{named[0]} +"]
    moved = plan(three, {**bound("tq_a", 10), **bound("tq_b", 20)})
    assert [line for line in moved if "twin" not in line] == [f"{named[1]} -", f"{named[1]} +", f"{named[0]} +"]
    for kept in ({}, bound("tq_b", 10)):
        with pytest.raises(Refused, match="priority 10 at REQ_OVERRIDE is taken by tq_b REQ_OVERRIDE"):
            plan(three, {**bound("tq_a", 10), **kept})
    other_point = made(GLOBAL, "tq_a", "REQ_DEFAULT", priority=10)
    assert plan(three, other_point) == [f"{GLOBAL} tq_a REQ_DEFAULT +"]


def action(name: str, kind: str) -> dict[ObjectId, Attributes]:
    return made("responderaction", name, type=kind, target="t")


def test_what_cannot_be_updated_is_replaced_by_way_of_a_twin() -> None:
    """The policies that use it use the twin meanwhile; a twin that a dead run left on its way to another state goes first."""
    uses = {**policy("p"), ("responderpolicy", ("p",)): {"name": "p", "rule": "r", "action": "tq_x"}}
    steps = [
        *(f"responderaction {TWIN} +", "responderpolicy p =", "responderaction tq_x -"),
        *("responderaction tq_x +", "responderpolicy p =", f"responderaction {TWIN} -"),
    ]
    present = {**action("tq_x", "redirect"), **uses}
    assert plan(present, action("tq_x", "respondwith")) == steps
    assert plan({**present, **action(TWIN, "respondwith")}, action("tq_x", "respondwith")) == steps[1:]
    old_twin = {**action(TWIN, "noop"), ("responderpolicy", ("q",)): {"name": "q", "rule": "r", "action": TWIN}}
    assert plan({**present, **old_twin}, action("tq_x", "respondwith")) == [
        *("responderpolicy q =", f"responderaction {TWIN} -", f"responderaction {TWIN} +"),
        *("responderpolicy p =", "responderpolicy q =", "responderaction tq_x -", "responderaction tq_x +"),
        *("responderpolicy p =", "responderpolicy q =", f"responderaction {TWIN} -"),
    ]
    # Only the target differs, which an update can change.
    changed = {("responderaction", ("tq_x",)): {"name": "tq_x", "type": "redirect", "target": "u"}}
    assert plan(present, changed) == ["responderaction tq_x ="]


def test_features_come_first_and_go_last() -> None:
    target = Target(policy("tq_x"), {"RESPONDER": True, "CS": False, "LB": True, "SSL": False})
    present = State({}, {"CS": True, "LB": True})
    steps = plan_steps(present, target)
    assert words(steps) == ["nsfeature RESPONDER =", "responderpolicy tq_x +", "nsfeature CS ="]
    assert [(step.before, step.after) for step in steps[::2]] == [
        ({"enabled": False}, {"enabled": True}),
        ({"enabled": True}, {"enabled": False}),
    ]


def test_each_stage_is_reached_wholly_before_the_next_one_begins() -> None:
    stages = [Target(policy("a"), {"RESPONDER": True}), Target(policy("b"), {"RESPONDER": True})]
    steps, ends = plan_in_stages(State(), stages, Target({("responderpolicy", ("a",)): None}))
    assert words(steps) == [
        "nsfeature RESPONDER =",
        "responderpolicy a +",
        "responderpolicy b +",
        "responderpolicy a -",
    ]
    assert ends == [2, 3]


def test_what_the_appliance_chose_and_the_first_ticket_are_kept() -> None:
    pattern, patset = TYPES["policypatset_pattern_binding"], TYPES["policypatset"]
    policies = TYPES["responderpolicy"]
    v1, v1_new, v2 = "tourniquet x v1 A", "tourniquet x v1 B", "tourniquet x v2 B"
    table: list[tuple[ResourceType, Attributes, Attributes | None, Attributes]] = [
        (pattern, {"name": "s"}, None, {"name": "s"}),
        (pattern, {"name": "s"}, {"name": "s", "index": 3}, {"name": "s", "index": 3}),
        (pattern, {"name": "s", "index": 1}, {"name": "s", "index": 3}, {"name": "s", "index": 1}),
        (policies, {"rule": "r", "comment": v1_new}, {"rule": "q", "comment": v1}, {"rule": "r", "comment": v1}),
        (policies, {"rule": "r", "comment": v2}, {"rule": "r", "comment": v1}, {"rule": "r", "comment": v2}),
        (patset, {"name": "s", "comment": v2}, {"name": "s", "comment": v1}, {"name": "s", "comment": v1}),
        (patset, {"name": "s", "comment": v2}, {"name": "s"}, {"name": "s"}),
        (patset, {"name": "s"}, {"name": "s", "comment": v1}, {"name": "s"}),
    ]
    for type_, wanted, before, expected in table:
        assert settle(type_, wanted, before) == expected, (type_.name, wanted, before)


def test_which_differences_an_update_cannot_change() -> None:
    actions = TYPES["responderaction"]
    assert create_only_differs(actions, {"type": "noop"}, {"type": "redirect"})
    assert not create_only_differs(actions, {"type": "noop", "target": "a"}, {"type": "noop", "target": "b"})


def test_what_a_seal_covers() -> None:
    """All ACLs, if the plan edits ACLs; otherwise its own objects, and the policies at the bind points that it uses."""
    others = {**acl("of_others"), **policy("p"), **policy("q"), **bound("p", 5)}
    assert [row[0] for row in basis_of(State(others), Target(acl()), [])["objects"]] == [["of_others"]]
    basis = basis_of(State(others, {"LB": True}), Target(bound("tq_x", 10), {"LB": True, "CS": True}), [])
    assert [row[:2] for row in basis["objects"]] == [[["p", "REQ_OVERRIDE"], GLOBAL], [["p"], "responderpolicy"]]
    assert basis["features"] == {"CS": None, "LB": True}
    assert basis_of(State(others), Target(made(GLOBAL, "x", "REQ_DEFAULT", priority=1)), [])["objects"] == []
    assert basis_of(State(others), Target({("responderpolicy", ("q",)): None}), [])["objects"] == [
        [["q"], "responderpolicy", {"name": "q", "rule": "r", "action": "NOOP"}]
    ]
    assert nothing() == {"features": {}, "objects": [], "steps": []}
