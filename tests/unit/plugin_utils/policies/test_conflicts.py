# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The conflicts that forbid a plan, each with its fix."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    TYPES,
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import TrafficCase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.planner import State, Target
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.next_action import command_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.conflicts import (
    Conflict,
    ConflictCode,
    bindings_at,
    find_conflicts,
    lockout,
    opened,
    shadowed,
    sleeping_policies,
    texts_of,
    unsaved_changes,
    waiting_edits,
    way_past,
    wrong_answers,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.evaluation_order import (
    EvaluationOrder,
    ShadowedAttack,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.policy_bank import (
    CaseResult,
    RequestOutcome,
    RequestResult,
)

GLOBAL = "responderglobal_responderpolicy_binding"
VPN = "vpnvserver_responderpolicy_binding"
OWNER = Owner("demo", 2)
POLICY = {"name": "tq_demo", "rule": "true", "action": "NOOP"}
Objects = dict[ObjectId, Attributes]


def objects(*rows: tuple[str, dict[str, Any]]) -> Objects:
    result: Objects = {}
    for type_name, attributes in rows:
        type_ = TYPES[type_name]
        canonical = type_.canonical(attributes)
        result[type_name, type_.key_of(canonical)] = canonical
    return result


def bound(name: str, priority: int, type_: str = "REQ_OVERRIDE", **more: Any) -> tuple[str, dict[str, Any]]:
    return GLOBAL, {"policyname": name, "priority": priority, "type": type_, **more}


def conflicts(present: Objects, target: dict[ObjectId, Attributes | None], *, adopt: bool = False) -> list[Conflict]:
    return find_conflicts(State(present), Target(target), OWNER, adopt=adopt)


def finding(
    outcome: RequestOutcome, *, attack: bool = True, id_: str = "c", policy: str = "p", session: bool = False
) -> CaseResult:
    return CaseResult(TrafficCase(id_, attack, "GET", f"/{id_}"), session, RequestResult(outcome, policy))


# -- names -------------------------------------------------------------------------------------------------------------


def test_a_name_that_somebody_else_has_is_a_conflict_unless_adopted() -> None:
    present = objects(("responderpolicy", {**POLICY, "comment": "hands off"}))
    target: dict[ObjectId, Attributes | None] = dict(objects(("responderpolicy", {**POLICY, "comment": OWNER.comment})))
    (conflict,) = conflicts(present, target)
    assert conflict.kind == "name_taken"
    assert conflict.message == 'the responder policy tq_demo exists and is not ours (its comment is "hands off").'
    assert conflict.setting == "measure_adopt: true"
    assert str(conflict) == f"{conflict.message} {conflict.fix}"
    assert conflicts(present, target, adopt=True) == []


def test_a_name_without_our_comment_is_not_ours_either() -> None:
    (conflict,) = conflicts(objects(("responderpolicy", POLICY)), dict(objects(("responderpolicy", POLICY))))
    assert "has no comment of ours" in conflict.message


@pytest.mark.parametrize("comment", ["tourniquet demo v1 OLD", "tourniquet demo v2"])
def test_what_is_ours_at_any_version_is_no_conflict(comment: str) -> None:
    present = objects(("responderpolicy", {**POLICY, "comment": comment}))
    assert conflicts(present, dict(objects(("responderpolicy", POLICY)))) == []


# -- priorities --------------------------------------------------------------------------------------------------------


def test_a_priority_that_somebody_else_has_is_a_conflict_and_a_free_one_in_front_is_named() -> None:
    """Behind it the other policy may end the evaluation, and the rule would not protect."""
    present = objects(bound("ctx267027", 10), bound("other", 9), bound("tq_demo", 8))
    (conflict,) = conflicts(present, dict(objects(bound("tq_demo", 10))))
    assert conflict.kind == "priority_taken"
    assert "priority 10 at REQ_OVERRIDE is taken by ctx267027, somebody else's." in conflict.message
    assert conflict.setting == "measure_priority: 8"
    at_home = conflict.at("gw-x")
    assert at_home.whole_fix == "Choose a free one. In host_vars of gw-x: `measure_priority: 8`."
    assert at_home.at("gw-y") == at_home


def test_where_none_in_front_is_free_one_behind_is_named() -> None:
    present = objects(bound("first", 1), bound("other", 2))
    (conflict,) = conflicts(present, dict(objects(bound("tq_demo", 1))))
    assert conflict.setting == "measure_priority: 3"


def test_a_priority_that_another_measure_has_is_not_called_somebody_elses() -> None:
    (conflict,) = conflicts(objects(bound("tq_another", 10)), dict(objects(bound("tq_demo", 10))))
    assert "is taken by tq_another, a policy of another measure." in conflict.message


@pytest.mark.parametrize(
    "present",
    [
        objects(bound("ctx267027", 9)),
        objects(bound("ctx267027", 10, "REQ_DEFAULT")),
        objects((VPN, {"name": "gw", "policy": "ctx267027", "priority": 10})),
        objects(bound("tq_demo", 10)),
        objects(bound("tq_demo", 12)),
        objects(bound("tq_demo__twin", 10)),
    ],
)
def test_no_conflict_with_other_bind_points_with_ourselves_or_with_our_own_twin(present: Objects) -> None:
    assert conflicts(present, dict(objects(bound("tq_demo", 10)))) == []


def test_the_same_vserver_and_bind_point_count_as_one_place() -> None:
    theirs = objects((VPN, {"name": "gw", "policy": "theirs", "priority": 10, "bindpoint": "AAA_REQUEST"}))
    for bindpoint, number in (("REQUEST", 0), ("AAA_REQUEST", 1)):
        ours = objects((VPN, {"name": "gw", "policy": "tq_demo", "priority": 10, "bindpoint": bindpoint}))
        assert len(conflicts(theirs, dict(ours))) == number


def test_bindings_at_one_place() -> None:
    present = objects(bound("a", 1), bound("b", 2), bound("c", 1, "REQ_DEFAULT"), ("responderpolicy", POLICY))
    assert [key for _type, key in bindings_at(present, (GLOBAL, "REQ_OVERRIDE"))] == [
        ("a", "REQ_OVERRIDE"),
        ("b", "REQ_OVERRIDE"),
    ]


# -- what evaluation says ----------------------------------------------------------------------------------------------


def test_definite_wrong_answers_are_a_conflict_and_open_ones_are_not() -> None:
    right = [
        finding(RequestOutcome.BLOCKED),
        finding(RequestOutcome.PASSED, attack=False),
        finding(RequestOutcome.UNDETERMINED),
    ]
    assert wrong_answers(right, "by offline evaluation") == []
    wrong = [finding(RequestOutcome.PASSED, id_=f"w{number}") for number in range(5)]
    (conflict,) = wrong_answers([*right, *wrong], "by offline evaluation")
    assert conflict.kind == "wrong_rule"
    assert (
        "by offline evaluation: GET /w0 is passed; GET /w1 is passed; GET /w2 is passed; and 2 more."
        in conflict.message
    )


def test_a_policy_in_front_that_ends_the_evaluation_is_named() -> None:
    lost = ShadowedAttack(TrafficCase("c", True, "GET", "/c"), True, "white_list", "REQ_OVERRIDE")
    (conflict,) = shadowed(EvaluationOrder(shadowed=(lost, lost), free_priority=4))
    assert conflict.kind == "shadowed"
    assert conflict.message.startswith(
        "white_list is evaluated before ours and ends the evaluation: 2 attacks would pass"
    )
    assert "GET /c in a session" in conflict.message
    assert (conflict.setting, conflict.fix) == ("measure_priority: 4", "Give ours a lower priority number.")
    (conflict,) = shadowed(EvaluationOrder(shadowed=(lost,)))
    assert (conflict.setting, conflict.at("gw-x")) == ("", conflict)
    assert conflict.fix == "Give white_list a higher priority number than ours."


def test_nothing_is_shadowed_where_no_attack_is_lost() -> None:
    assert shadowed(EvaluationOrder(certain=("rp_redirect answers GET /c before ours is evaluated",))) == []


def test_a_blocked_management_request_is_a_lockout() -> None:
    treatments = {
        "POST /nitro/v1/config/login": RequestResult(RequestOutcome.BLOCKED, "tq_demo"),
        "GET /menu/neo": RequestResult(RequestOutcome.PASSED),
        "GET /": RequestResult(RequestOutcome.UNDETERMINED, "strange"),
    }
    (conflict,) = lockout(treatments)
    assert conflict.kind == "lockout"
    assert conflict.message == "tq_demo would block the management request POST /nitro/v1/config/login."
    many = {str(number): RequestResult(RequestOutcome.BLOCKED, "p") for number in range(9)}
    assert len(lockout(many)) == 3


# -- what sleeps, what is not saved ------------------------------------------------------------------------------------


def test_policies_of_others_that_would_wake_up_are_listed_with_their_places() -> None:
    present = objects(
        bound("redirect", 100, "REQ_DEFAULT"),
        (VPN, {"name": "gw", "policy": "old", "priority": 5}),
        bound("tq_demo", 10),
    )
    (conflict,) = sleeping_policies("RESPONDER", present, OWNER, ())
    assert conflict.kind == "sleeping_policies"
    assert "redirect (REQ_DEFAULT, priority 100)" in conflict.message
    assert "old (gw REQUEST, priority 5)" in conflict.message
    assert "tq_demo" not in conflict.message
    assert conflict.setting == 'accept_sleeping_policies: ["redirect", "old"]'


def test_a_policy_with_a_name_of_ours_is_not_called_one_of_others_and_has_to_be_accepted() -> None:
    """Seen: our own geoblock was called one of others, where somebody had switched the feature off."""
    (conflict,) = sleeping_policies("RESPONDER", objects(bound("tq_geoblock", 100)), OWNER, ())
    assert (
        "activates policies of others, or of another measure of ours, as the name of tq_geoblock says, which proves nothing: "
        in conflict.message
    )
    assert conflict.setting == 'accept_sleeping_policies: ["tq_geoblock"]', "anybody can give a policy that name"


def test_what_was_accepted_by_name_and_what_another_feature_carries_may_sleep_on() -> None:
    present = objects(bound("redirect", 100), bound("other", 101))
    (conflict,) = sleeping_policies("RESPONDER", present, OWNER, ["redirect"])
    assert "redirect" not in conflict.message
    assert conflict.setting == 'accept_sleeping_policies: ["redirect", "other"]', "the line replaces the one before"
    assert sleeping_policies("RESPONDER", present, OWNER, ["redirect", "other"]) == []
    assert sleeping_policies("REWRITE", present, OWNER, ()) == []


def test_unsaved_changes_of_others_are_shown_and_the_three_ways_out() -> None:
    (conflict,) = unsaved_changes(
        ["+ add vpn vserver gw SSL 192.0.2.1 443 -state DISABLED", "+ bind responder global tq_x 10"]
    )
    told = "named tq_... may be of another run of ours (audit.yml names it): complete it with apply.yml, or undo it"
    assert told in conflict.fix
    assert [one["playbook"] for one in command_values(texts_of([conflict]))] == ["audit.yml", "status.yml"]
    assert [one["playbook"] for one in command_values(way_past([conflict]))] == ["audit.yml", "status.yml"]
    assert conflict.fix.endswith("may be of a lockdown that was not saved; status.yml says by whose decision.")
    (conflict,) = [*unsaved_changes([f"+ line {number}" for number in range(7)])]
    assert conflict.fix.endswith("or save_first.")
    assert conflict.setting == "unsaved: save_first"
    (ours,) = unsaved_changes(["+ add responder policy tq_x"], are_ours=True)
    assert [one["playbook"] for one in command_values(ours.fix)] == ["audit.yml"]
    assert ours.message.startswith(
        "the appliance has changes that another measure of ours has not saved: + add responder policy tq_x."
    )
    assert ours.fix.endswith(
        "Complete or undo its run (audit.yml names it), or choose apply_without_save or save_first."
    )
    assert conflict.kind == "unsaved_changes"
    assert "+ line 0; + line 1; + line 2; + line 3; + line 4; and 2 more" in conflict.message
    assert "apply_without_save" in conflict.fix
    assert "save_first" in conflict.fix


def test_the_way_past_a_refusal_settles_every_conflict_at_once() -> None:
    """Two lines of one variable would take back each other, and a fix for the first conflict alone would end at the second."""
    first = Conflict(ConflictCode.SLEEPING_POLICIES, "x.", "Look.", 'accept_sleeping_policies: ["a", "b"]').at("gw")
    second = Conflict(ConflictCode.SLEEPING_POLICIES, "y.", "Look.", 'accept_sleeping_policies: ["b", "c"]').at("gw")
    taken = Conflict(ConflictCode.NAME_TAKEN, "z.", "Rename it.", "measure_adopt: true").at("gw")
    rule = Conflict(ConflictCode.WRONG_RULE, "r.", "Correct the template.")
    assert way_past([first, second]) == 'look, in host_vars of gw: `accept_sleeping_policies: ["a", "b", "c"]`'
    assert way_past([rule, taken]) == "correct the template; rename it, in host_vars of gw: `measure_adopt: true`"
    by_hand = Conflict(ConflictCode.CLUSTER, "c.", "Mitigate it by hand.")
    assert way_past([first, by_hand]) == "mitigate it by hand"
    assert way_past([]) == ""


def test_what_a_role_takes_is_named_and_nothing_else() -> None:
    (unsaved,) = unsaved_changes(["+ add ns ip"])
    assert "In host_vars of box: `unsaved: save_first`." in unsaved.at("box", "close").whole_fix
    assert "In host_vars of box: `unsaved: save_first`." in unsaved.at("box").whole_fix
    taken = Conflict(ConflictCode.NAME_TAKEN, "taken.", "Rename it.", "measure_adopt: true")
    assert taken.at("box", "close").whole_fix == "Rename it.", "close.yml takes nothing over"
    priority = Conflict(ConflictCode.PRIORITY_TAKEN, "taken.", "Choose another.", "policy_priority: 12")
    assert "`policy_priority: 12`" in priority.at("box", "close").whole_fix


@pytest.mark.parametrize(("count", "more"), [(1, ""), (2, " and 1 more"), (4, " and 3 more")])
def test_attacks_that_a_hand_made_policy_alone_blocks_are_counted(count: int, more: str) -> None:
    (conflict,) = opened([f"GET /{number}" for number in range(count)])
    assert f"hand-made policy: GET /0{more} would pass." in conflict.message
    assert opened([]) == []


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ([], None),
        (["tq_demo__a"], None),
        (["a", "tq_demo__a"], "a"),
        (["a", "b", "c", "d", "e"], "a, b, c, d, e"),
        (["a", "b", "c", "d", "e", "f"], "a, b, c, d, e and more"),
    ],
)
def test_edits_of_others_that_wait_are_named(names: list[str], shown: str | None) -> None:
    steps = [Step("nsacls", (), None, {"applied": True}), Step("nsacls", (), None, {"applied": True})]
    found = waiting_edits(steps, {"nsacls": names, "nsacls6": ["x"]}, Owner("demo", 1))
    assert [one.message.partition(": somebody else has edited")[0] for one in found] == ([shown] if shown else [])
    assert all(one.fix == "Have it applied (apply ns acls) or undone." for one in found)
