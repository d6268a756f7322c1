# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan, played on a pure appliance: random states, no gap at any moment, exact inverses, a stable seal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import (
    TWIN_SUFFIX,
    Owner,
    same_deployment,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    BUILT_IN_ACTIONS,
    TYPES,
    Attributes,
    ObjectId,
    bind_point,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import FEATURE, Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.planner import (
    State,
    Target,
    next_free,
    plan_steps,
    seal,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.conflicts import find_conflicts
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests import sample

Objects = dict[ObjectId, Attributes]

GLOBAL = "responderglobal_responderpolicy_binding"
LB = "lbvserver_responderpolicy_binding"
VPN = "vpnvserver_responderpolicy_binding"
OWNER = Owner("me", 2, "NEW")
OURS = ("tq_me", "tq_me__b")
THEIRS = "theirs"
COMMENTS = ("tourniquet me v1 OLD", "tourniquet me v2 OLD", OWNER.comment)


# -- a pure appliance --------------------------------------------------------------------------------------------------


class PureAppliance:
    """Carries out steps as NITRO would, and refuses what NITRO would refuse."""

    def __init__(self, state: State) -> None:
        self.objects: Objects = dict(state.objects)
        self.features = dict(state.features)

    def play(self, step: Step) -> None:
        if step.type == FEATURE:
            assert bool(step.before and step.before["enabled"]) is self.features.get(step.key[0], False)
            self.features[step.key[0]] = bool(step.after and step.after["enabled"])
            return
        type_ = TYPES[step.type]
        assert step.before == self.objects.get(step.object_id), "a step starts from what is really there"
        assert step.before != step.after, "a step changes something"
        if step.before is not None and step.after is not None:
            assert not type_.bound, "a binding cannot be updated"
            changed = {k for k in {*step.before, *step.after} if step.before.get(k) != step.after.get(k)}
            assert not any(type_.attributes[name].create_only for name in changed)
        if step.after is None:
            del self.objects[step.object_id]
        else:
            assert type_.key_of(step.after) == step.key
            self.objects[step.object_id] = step.after
        self.check()

    def check(self) -> None:
        """References lead somewhere, and a priority (an index of a set) is there once at a bind point."""
        taken = set()
        for object_id, attributes in self.objects.items():
            type_ = TYPES[object_id[0]]
            for attribute, referred in type_.refers.items():
                name = attributes.get(attribute)
                if name is not None and not referred.endswith("vserver") and name not in BUILT_IN_ACTIONS:
                    assert (referred, (str(name),)) in self.objects, f"{object_id} refers to {name}"
            slot = attributes.get("priority", attributes.get("index"))
            if slot is not None:
                place = (bind_point(object_id, attributes), slot)
                assert place not in taken, f"{place} is taken twice"
                taken.add(place)

    def protected(self) -> set[tuple[tuple[str, ...], str]]:
        """Return the policy at each bind point, itself or its twin."""
        return {
            (
                bind_point(object_id, attributes),
                str(attributes[TYPES[object_id[0]].policy_attribute]).removesuffix(TWIN_SUFFIX),
            )
            for object_id, attributes in self.objects.items()
            if TYPES[object_id[0]].policy_attribute
        }


# -- builders ----------------------------------------------------------------------------------------------------------


def put(objects: Objects, type_name: str, **attributes: Any) -> None:
    type_ = TYPES[type_name]
    canonical = type_.canonical(attributes)
    objects[type_name, type_.key_of(canonical)] = canonical


def put_policy(
    objects: Objects, name: str, *, rule: str = "r1", action: str = "NOOP", comment: str = COMMENTS[2]
) -> None:
    put(objects, "responderpolicy", name=name, rule=rule, action=action, comment=comment)


def put_global(objects: Objects, name: str, priority: int, *, type_: str = "REQ_OVERRIDE", goto: str = "END") -> None:
    put(objects, GLOBAL, policyname=name, priority=priority, type=type_, gotopriorityexpression=goto)


def state_of(objects: Objects, **features: bool) -> State:
    return State(objects, features)


def policies(objects: Mapping[ObjectId, Attributes]) -> set[str]:
    return {key[0] for type_, key in objects if type_ == "responderpolicy"}


# -- random states -----------------------------------------------------------------------------------------------------

PRIORITIES = st.integers(10, 14)
GOTOS = st.sampled_from(["END", "NEXT"])
POINTS = st.sampled_from([(GLOBAL, "REQ_OVERRIDE"), (GLOBAL, "REQ_DEFAULT"), (LB, "web"), (VPN, "gw")])


@st.composite
def own_objects(draw: st.DrawFn, names: Iterable[str]) -> Objects:
    """A consistent set of objects of one measure: each policy with its action, its bindings, and a set."""
    objects: Objects = {}
    for name in names:
        if not draw(st.booleans()):
            continue
        action = draw(st.sampled_from(["NOOP", name]))
        comment = draw(st.sampled_from(COMMENTS))
        if action == name:
            kind = draw(st.sampled_from(["respondwith", "redirect"]))
            put(
                objects,
                "responderaction",
                name=name,
                type=kind,
                target=draw(st.sampled_from(["t", "u"])),
                comment=comment,
            )
        put_policy(objects, name, rule=draw(st.sampled_from(["r1", "r2"])), action=action, comment=comment)
        for binding_type, place in draw(st.lists(POINTS, max_size=3, unique=True)):
            common = {"priority": draw(PRIORITIES), "gotopriorityexpression": draw(GOTOS)}
            if binding_type == GLOBAL:
                put(objects, GLOBAL, policyname=name, type=place, **common)
            else:
                policy = TYPES[binding_type].policy_attribute
                put(objects, binding_type, name=place, **{policy: name}, **common)
    if draw(st.booleans()):
        put(objects, "policypatset", name=OURS[0], comment=draw(st.sampled_from(COMMENTS)))
        for pattern in draw(st.lists(st.sampled_from(["/a/", "/A/", "/b/"]), unique=True)):
            put(objects, "policypatset_pattern_binding", name=OURS[0], String=pattern, charset="ASCII")
    return objects


@st.composite
def situations(draw: st.DrawFn) -> tuple[State, Target]:
    """A present state, with objects of ours and of somebody else, and a desired state."""
    present = draw(own_objects([*OURS, THEIRS]))
    wanted = draw(own_objects(OURS))
    for number, (object_id, attributes) in enumerate(present.items()):
        if object_id[0] == "policypatset_pattern_binding":
            present[object_id] = {**attributes, "index": number + 1}  # the appliance numbers them
    consistent = PureAppliance(State(wanted))
    try:
        consistent.check()
        PureAppliance(State(present)).check()
    except AssertionError:
        assume(False)
    objects: dict[ObjectId, Attributes | None] = dict(wanted)
    for object_id, attributes in present.items():
        if object_id not in objects and OWNER.owns(object_id, attributes):
            objects[object_id] = None
    on, enabled = draw(st.booleans()), draw(st.booleans())
    state = state_of(present, RESPONDER=on)
    target = Target(objects, {"RESPONDER": enabled} if draw(st.booleans()) else {})
    assume(not find_conflicts(state, target, OWNER, adopt=True))
    return state, target


def expected(state: State, target: Target) -> Objects:
    """Return the expected final state: the target, with the values that the appliance chose and the first ticket's comment."""
    result = dict(state.objects)
    for object_id, wanted in target.objects.items():
        if wanted is None:
            result.pop(object_id, None)
            continue
        merged, before = dict(wanted), state.objects.get(object_id)
        if before is not None:
            if object_id[0] == "policypatset_pattern_binding" and "index" in before:
                merged.setdefault("index", before["index"])
            elif object_id[0] == "policypatset" or same_deployment(
                str(wanted.get("comment")), str(before.get("comment"))
            ):
                merged["comment"] = before["comment"]
        result[object_id] = merged
    return result


def equal(one: Objects, other: Objects) -> bool:
    return one.keys() == other.keys() and all(TYPES[id_[0]].same(one[id_], other[id_]) for id_ in one)


# -- properties --------------------------------------------------------------------------------------------------------


@given(situations())
@settings(max_examples=sample.examples(200), deadline=None)
def test_playing_the_steps_reaches_the_target_and_a_second_plan_is_empty(situation: tuple[State, Target]) -> None:
    state, target = situation
    appliance = PureAppliance(state)
    for step in plan_steps(state, target):
        appliance.play(step)
    assert equal(appliance.objects, expected(state, target))
    assert appliance.features == {**state.features, **target.features}
    assert plan_steps(State(appliance.objects, appliance.features), target) == []


@given(situations())
@settings(max_examples=sample.examples(200), deadline=None)
def test_playing_the_inverses_backwards_restores_the_present_from_any_point(situation: tuple[State, Target]) -> None:
    state, target = situation
    steps = plan_steps(state, target)
    for done in {len(steps), len(steps) // 2}:
        appliance = PureAppliance(state)
        for step in steps[:done]:
            appliance.play(step)
        for step in reversed(steps[:done]):
            appliance.play(step.inverse)
        assert appliance.objects == dict(state.objects)
        assert appliance.features == dict(state.features)


@given(situations())
@settings(max_examples=sample.examples(200), deadline=None)
def test_there_is_no_gap_between_any_two_steps(situation: tuple[State, Target]) -> None:
    """A policy that is bound before and shall be bound after is bound at every moment, itself or its twin."""
    state, target = situation
    appliance = PureAppliance(state)
    steady = appliance.protected() & PureAppliance(State(expected(state, target))).protected()
    for step in plan_steps(state, target):
        appliance.play(step)
        assert steady <= appliance.protected()


def retarget(appliance: PureAppliance, wanted: Target) -> tuple[State, Target]:
    """The same target for the present state: all other objects of ours are removed, such as the twins of a dead run."""
    objects = {object_id: attributes for object_id, attributes in wanted.objects.items() if attributes is not None}
    left = {id_: None for id_, a in appliance.objects.items() if id_ not in objects and OWNER.owns(id_, a)}
    return State(dict(appliance.objects), dict(appliance.features)), Target({**objects, **left}, wanted.features)


@given(situations(), st.data())
@settings(max_examples=sample.examples(200), deadline=None)
def test_a_run_that_died_is_taken_up_by_the_next_one(situation: tuple[State, Target], data: st.DataObject) -> None:
    """Twins that are still there, bound or not, neither stop the next run nor remain, nor make a gap."""
    state, target = situation
    steps = plan_steps(state, target)
    appliance = PureAppliance(state)
    steady = appliance.protected() & PureAppliance(State(expected(state, target))).protected()
    for step in steps[: data.draw(st.integers(0, len(steps)), label="steps before it died")]:
        appliance.play(step)
    again, rest = retarget(appliance, target)
    assert not find_conflicts(again, rest, OWNER, adopt=False)
    for step in plan_steps(again, rest):
        appliance.play(step)
        assert steady <= appliance.protected()
    assert equal(appliance.objects, expected(again, rest))
    assert not any(name.endswith(TWIN_SUFFIX) for name in policies(appliance.objects))


@given(situations(), situations(), st.data())
@settings(max_examples=sample.examples(100), deadline=None)
def test_after_a_run_that_died_another_target_is_reached_too(
    situation: tuple[State, Target], other: tuple[State, Target], data: st.DataObject
) -> None:
    state, target = situation
    steps = plan_steps(state, target)
    appliance = PureAppliance(state)
    for step in steps[: data.draw(st.integers(0, len(steps)), label="steps before it died")]:
        appliance.play(step)
    again, new = retarget(appliance, other[1])
    assume(not find_conflicts(again, new, OWNER, adopt=False))
    for step in plan_steps(again, new):
        appliance.play(step)
    assert equal(appliance.objects, expected(again, new))


@given(situations())
@settings(max_examples=sample.examples(100), deadline=None)
def test_nothing_of_others_is_touched(situation: tuple[State, Target]) -> None:
    state, target = situation
    for step in plan_steps(state, target):
        assert step.type == FEATURE or THEIRS not in step.key


# -- by hand -----------------------------------------------------------------------------------------------------------


def lines(state: State, target: Target) -> list[str]:
    return [line for step in plan_steps(state, target) for line in step.lines()]


def test_a_first_deployment_is_created_in_order_and_removed_in_reverse() -> None:
    objects: Objects = {}
    put_global(objects, "tq_me", 10)
    put_policy(objects, "tq_me", action="tq_me")
    put(objects, "responderaction", name="tq_me", type="respondwith", target="t")
    made = plan_steps(State(), Target(objects, {"RESPONDER": True}))
    assert [step.type for step in made] == [FEATURE, "responderaction", "responderpolicy", GLOBAL]
    gone = plan_steps(state_of(objects, RESPONDER=True), Target(dict.fromkeys(objects), {"RESPONDER": False}))
    assert [step.type for step in gone] == [GLOBAL, "responderpolicy", "responderaction", FEATURE]


def test_a_new_rule_is_one_update_in_place() -> None:
    present: Objects = {}
    put_policy(present, "tq_me")
    put_global(present, "tq_me", 10)
    wanted = dict(present)
    put_policy(wanted, "tq_me", rule="r2")
    assert lines(State(present), Target(dict(wanted))) == ["set responder policy tq_me -rule r2"]


def test_a_new_priority_goes_over_a_twin() -> None:
    present: Objects = {}
    put_policy(present, "tq_me", comment="")
    put_global(present, "tq_me", 10)
    put_global(present, THEIRS, 11)
    put_policy(present, THEIRS)
    wanted: Objects = {}
    put_global(wanted, "tq_me", 12)
    assert lines(State(present), Target(dict(wanted))) == [
        "add responder policy tq_me__twin r1 NOOP",
        "bind responder global tq_me__twin 13 END -type REQ_OVERRIDE",
        "unbind responder global tq_me -type REQ_OVERRIDE -priority 10",
        "bind responder global tq_me 12 END -type REQ_OVERRIDE",
        "unbind responder global tq_me__twin -type REQ_OVERRIDE -priority 13",
        "rm responder policy tq_me__twin",
    ]


def test_a_create_only_attribute_goes_over_a_twin_of_the_action() -> None:
    present: Objects = {}
    put(present, "responderaction", name="tq_me", type="respondwith", target="t")
    put_policy(present, "tq_me", action="tq_me")
    wanted: Objects = {}
    put(wanted, "responderaction", name="tq_me", type="redirect", target="u")
    assert lines(State(present), Target(dict(wanted))) == [
        "add responder action tq_me__twin redirect u",
        "set responder policy tq_me -action tq_me__twin",
        "rm responder action tq_me",
        "add responder action tq_me redirect u",
        "set responder policy tq_me -action tq_me",
        "rm responder action tq_me__twin",
    ]


def test_the_comment_of_the_same_version_keeps_its_first_ticket() -> None:
    present: Objects = {}
    put_policy(present, "tq_me", comment=COMMENTS[1])
    wanted: Objects = {}
    put_policy(wanted, "tq_me", comment=COMMENTS[2])
    assert plan_steps(State(present), Target(dict(wanted))) == []
    put_policy(present, "tq_me", comment=COMMENTS[0])
    assert lines(State(present), Target(dict(wanted))) == ['set responder policy tq_me -comment "tourniquet me v2 NEW"']


def test_the_index_that_the_appliance_chose_is_right() -> None:
    present: Objects = {}
    put(present, "policypatset", name="tq_me", comment=COMMENTS[2])
    put(present, "policypatset_pattern_binding", name="tq_me", String="/a/", index="7")
    wanted: Objects = {}
    put(wanted, "policypatset_pattern_binding", name="tq_me", String="/a/")
    assert plan_steps(State(present), Target(dict(wanted))) == []


def test_a_set_in_use_is_not_rebuilt_for_the_sake_of_its_comment() -> None:
    present: Objects = {}
    put(present, "policypatset", name="tq_me")
    put(present, "policypatset_pattern_binding", name="tq_me", String="/a/", index=1)
    put_policy(present, "tq_me", rule='HTTP.REQ.URL.CONTAINS_ANY("tq_me")')
    wanted: Objects = {}
    put(wanted, "policypatset", name="tq_me", comment=COMMENTS[2])
    assert not any(step.after is None for step in plan_steps(State(present), Target(dict(wanted))))


def test_a_binding_whose_policy_cannot_be_read_is_refused() -> None:
    present: Objects = {}
    put_global(present, "tq_me", 10)
    wanted: Objects = {}
    put_global(wanted, "tq_me", 12)
    with pytest.raises(Refused, match="tq_me is bound, but the policy itself cannot be read"):
        plan_steps(State(present), Target(dict(wanted)))


def test_a_setting_of_an_object_that_is_not_there_is_refused() -> None:
    """It is the object of somebody else, so it is never added."""
    wanted = {("vpnvserver_settings", ("gw",)): {"name": "gw", "dtls": "OFF"}}
    with pytest.raises(Refused, match="the vpn vserver gw does not exist, so nothing can be set on it"):
        plan_steps(State(), Target(wanted))
    present = State({("vpnvserver_settings", ("gw",)): {"name": "gw", "dtls": "ON"}})
    (step,) = plan_steps(present, Target(wanted))
    assert [(request.method, request.path, request.body) for request in step.requests()] == [
        ("PUT", "vpnvserver", {"vpnvserver": {"name": "gw", "dtls": "OFF"}})
    ]
    assert step.inverse.lines() == ["set vpn vserver gw -dtls ON"]


def test_a_hidden_goto_of_a_gateway_is_no_difference() -> None:
    present: Objects = {}
    put(present, VPN, name="gw", policy="tq_me", priority=10)
    wanted: Objects = {}
    put(wanted, VPN, name="gw", policy="tq_me", priority=10, gotopriorityexpression="NEXT")
    assert plan_steps(State(present), Target(dict(wanted))) == []


@pytest.mark.parametrize(("start", "taken", "free"), [(10, set(), 11), (10, {11, 12, 14}, 13), (10, {10}, 11)])
def test_the_next_free_priority(start: int, taken: set[int], free: int) -> None:
    assert next_free(start, taken) == free


def test_bind_points() -> None:
    objects: Objects = {}
    put_global(objects, "a", 1)
    put_global(objects, "b", 2)
    put_global(objects, "a", 1, type_="REQ_DEFAULT")
    put(objects, LB, name="web", policyname="a", priority=1)
    put(objects, LB, name="shop", policyname="a", priority=1)
    put(objects, VPN, name="gw", policy="a", priority=1)
    put(objects, VPN, name="gw", policy="b", priority=1, bindpoint="AAA_REQUEST")
    points = [bind_point(object_id, attributes) for object_id, attributes in objects.items()]
    assert points[0] == points[1] == (GLOBAL, "REQ_OVERRIDE")
    assert len(set(points)) == 6


# -- the seal ----------------------------------------------------------------------------------------------------------


def sealed_situation() -> tuple[Objects, Objects]:
    present: Objects = {}
    put_policy(present, "tq_me")
    put_global(present, "tq_me", 10)
    put_policy(present, THEIRS)
    put_global(present, THEIRS, 20)
    put_global(present, THEIRS, 20, type_="REQ_DEFAULT")
    wanted: Objects = {}
    put_policy(wanted, "tq_me", rule="r2")
    put_global(wanted, "tq_me", 10)
    return present, wanted


def seal_of(present: Objects, wanted: Objects, *, on: bool | None = True) -> str:
    state = State(present, {} if on is None else {"RESPONDER": on})
    target = Target(dict(wanted), {"RESPONDER": True})
    return seal(state, target, plan_steps(state, target))


def test_the_seal_does_not_depend_on_the_order_in_which_things_were_read() -> None:
    present, wanted = sealed_situation()
    mixed = {key: dict(reversed(value.items())) for key, value in reversed(present.items())}
    assert seal_of(mixed, wanted) == seal_of(present, wanted)
    assert len(seal_of(present, wanted)) == 64


def test_the_seal_changes_with_everything_that_the_plan_depends_on() -> None:
    present, wanted = sealed_situation()
    seals = [seal_of(present, wanted), seal_of(present, wanted, on=False)]
    for change in (
        lambda o: put_policy(o, "tq_me", rule="r3"),
        lambda o: put_policy(o, "tq_me", comment=COMMENTS[0]),
        lambda o: put_global(o, "tq_me", 11),
        lambda o: put_global(o, THEIRS, 21),
        lambda o: put_global(o, THEIRS, 20, goto="NEXT"),
        lambda o: o.pop((GLOBAL, (THEIRS, "REQ_OVERRIDE"))),
        lambda o: put_global(o, "another", 30),
    ):
        changed = dict(present)
        change(changed)
        seals.append(seal_of(changed, wanted))
    other_wish = dict(wanted)
    put_policy(other_wish, "tq_me", rule="r4")
    seals.append(seal_of(present, other_wish))
    assert len(set(seals)) == len(seals)


def test_the_seal_does_not_change_with_what_the_plan_does_not_depend_on() -> None:
    present, wanted = sealed_situation()
    elsewhere = dict(present)
    put_global(elsewhere, THEIRS, 25, type_="REQ_DEFAULT")
    put(elsewhere, LB, name="web", policyname=THEIRS, priority=1)
    assert seal_of(elsewhere, wanted) == seal_of(present, wanted)
