# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""For random present and desired states: plan, apply, read back; plan again; roll back; and die anywhere in between."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Reply, Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    TYPES,
    Attributes,
    ObjectId,
    bind_point,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import FEATURE, Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.read_back import (
    first_states,
    read_back,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.step_executor import execute_steps
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.planner import (
    State,
    Target,
    plan_steps,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.state_reader import Scope, observe
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.new_record import start_record
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator import Simulator
from tests import sample

FIREWALL = tuple(("appfwglobal_appfwpolicy_binding", place) for place in ("REQ_DEFAULT", "REQ_OVERRIDE"))
OVERRIDE, DEFAULT, SITE = (
    ("responderglobal_responderpolicy_binding", "REQ_OVERRIDE"),
    ("responderglobal_responderpolicy_binding", "REQ_DEFAULT"),
    ("lbvserver_responderpolicy_binding", "site"),
)
POLICIES = ("tq_m", "tq_m__two", "tq_m__three")
OF_FIREWALL = ("tq_m__fire", "tq_m__wall")
"""Policies of the application firewall: none can have the name of a responder policy (3094)."""
ACTIONS = ("tq_m", "tq_m__other")
SET = "tq_m__set"
RULES = ("TRUE", 'HTTP.REQ.URL.CONTAINS("/a")', 'HTTP.REQ.URL.CONTAINS("/A")', f'HTTP.REQ.URL.EQUALS_ANY("{SET}")')
FOREIGN: dict[ObjectId, Attributes] = {
    ("responderpolicy", ("theirs",)): {"name": "theirs", "rule": "FALSE", "action": "NOOP"},
    (OVERRIDE[0], ("theirs", "REQ_OVERRIDE")): {"policyname": "theirs", "type": "REQ_OVERRIDE", "priority": 12},
}
SCOPE = Scope(
    frozenset(
        {"policypatset", "auditmessageaction", "responderaction", "responderpolicy", "appfwprofile", "appfwpolicy"}
    ),
    frozenset(
        {
            OVERRIDE,
            DEFAULT,
            SITE,
            *FIREWALL,
            ("policypatset_pattern_binding", SET),
            ("appfwprofile_denyurl_binding", OF_FIREWALL[0]),
        }
    ),
)
EXAMPLES = settings(deadline=None, max_examples=sample.examples(60), suppress_health_check=list(HealthCheck))


COMMENT = st.sampled_from(["tourniquet m v1", "tourniquet m v2 CHG1"])
ACTION = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["respondwith", "redirect"]),
        "target": st.sampled_from(['"HTTP/1.1 403 Forbidden\\r\\n\\r\\n"', '"https://example/"']),
    },
    optional={"comment": COMMENT},
)


@st.composite
def states(draw: st.DrawFn) -> dict[ObjectId, Attributes]:
    """A consistent set of our objects: referenced objects exist, priorities are unique at each bind point."""
    objects: dict[ObjectId, Attributes] = {}
    patterns = draw(st.lists(st.sampled_from(["/x", "/y", "/Y", "/z"]), unique=True, max_size=4))
    if patterns:
        objects["policypatset", (SET,)] = {"name": SET, "comment": "tourniquet m v1"}
        for number, pattern in enumerate(patterns, 1):
            key = ("policypatset_pattern_binding", (SET, pattern))
            objects[key] = {"name": SET, "String": pattern, "index": number}
    logs = draw(st.booleans())
    if logs:
        level = draw(st.sampled_from(["WARNING", "NOTICE"]))
        objects["auditmessageaction", ("tq_m",)] = {"name": "tq_m", "loglevel": level, "stringbuilderexpr": '"hit"'}
    actions = draw(st.lists(st.sampled_from(ACTIONS), unique=True))
    for name in actions:
        objects["responderaction", (name,)] = {"name": name, **draw(ACTION)}
    policies = draw(st.lists(st.sampled_from(POLICIES), unique=True))
    for name in policies:
        rule = draw(st.sampled_from(RULES if patterns else RULES[:-1]))
        policy: Attributes = {"name": name, "rule": rule, "action": draw(st.sampled_from([*actions, "DROP"]))}
        if logs and draw(st.booleans()):
            policy["logaction"] = "tq_m"
        if draw(st.booleans()):
            policy["undefaction"] = "RESET"
        policy["comment"] = draw(COMMENT)
        objects["responderpolicy", (name,)] = policy
    for type_name, place in (OVERRIDE, DEFAULT, SITE):
        type_ = TYPES[type_name]
        numbers = draw(st.permutations([10, 11, 13]))
        for name, priority in zip(policies, numbers, strict=False):
            if not draw(st.booleans()):
                continue
            binding: Attributes = {"policyname": name, "priority": priority}
            binding |= {"type": place} if type_.scope else {"name": place, "bindpoint": "REQUEST"}
            if draw(st.booleans()):
                binding["gotopriorityexpression"] = "NEXT"
            objects[type_name, type_.key_of(binding)] = binding
    return objects


@st.composite
def firewall_states(draw: st.DrawFn) -> dict[ObjectId, Attributes]:
    """A consistent set of our objects of the application firewall, in the form of the measure appfw_log."""
    objects: dict[ObjectId, Attributes] = {}
    profiles = OF_FIREWALL[: draw(st.integers(0, 2))]
    for name in profiles:
        profile: Attributes = {"name": name, "denyurlaction": draw(st.sampled_from(["log", "log stats", "none"]))}
        objects["appfwprofile", (name,)] = {**profile, "starturlaction": "none", "comment": draw(COMMENT)}
    if profiles:
        for pattern in draw(st.lists(st.sampled_from(["^/a$", "^/A$", "^/b/[!-~]*$"]), unique=True)):
            objects["appfwprofile_denyurl_binding", (profiles[0], pattern)] = {"name": profiles[0], "denyurl": pattern}
    for name in OF_FIREWALL if profiles else ():
        if not draw(st.booleans()):
            continue
        policy: Attributes = {
            "name": name,
            "rule": draw(st.sampled_from(RULES[:-1])),
            "profilename": draw(st.sampled_from(profiles)),
        }
        objects["appfwpolicy", (name,)] = {**policy, "comment": draw(COMMENT)}
        priority = draw(st.sampled_from([10, 11])) + 10 * OF_FIREWALL.index(name)
        for type_name, place in FIREWALL:
            if draw(st.booleans()):
                binding: Attributes = {"policyname": name, "priority": priority, "type": place}
                if draw(st.booleans()):
                    binding["gotopriorityexpression"] = "NEXT"
                objects[type_name, (name, place)] = binding
    return objects


ANY = states() | firewall_states()


def appliance_of(simulator: Simulator) -> Appliance:
    node = simulator.ready["appliances"]["box"]["nodes"][0]
    return Appliance(
        "box", (Address(node["address"], node["port"]),), "nsroot", "nsroot", ca_file=simulator.ready["ca_file"]
    )


@contextmanager
def box(simulator: Simulator, present: Mapping[ObjectId, Attributes], *, feature: bool) -> Iterator[Session]:
    """A fresh appliance in the given state, which was put there by plain requests, and a session with it."""
    simulator.reset()
    appliance = appliance_of(simulator)
    with Session(appliance, appliance.nodes[0], sleep=lambda _seconds: None) as session:
        on = ["APPFW", *(["RESPONDER"] if feature else [])]  # a measure never enables the application firewall
        steps = [Step(FEATURE, (name,), {"enabled": False}, {"enabled": True}) for name in on]
        everything = {**FOREIGN, **present}
        ordered = sorted(everything, key=lambda id_: list(TYPES).index(id_[0]))
        steps += [Step(type_, key, None, everything[type_, key]) for type_, key in ordered]
        for step in steps:
            for request in step.requests():
                session.write(request.method, request.path, request.body)
        yield session


def target_of(present: Mapping[ObjectId, Attributes], desired: Mapping[ObjectId, Attributes]) -> Target:
    gone: dict[ObjectId, Attributes | None] = {object_id: None for object_id in present if object_id not in desired}
    return Target({**gone, **desired}, {"RESPONDER": True})


def record_for(steps: list[Step], directory: str) -> ChangeRecord:
    return start_record(Path(directory), "box", steps, {"run": "test", "kind": "apply", "measure": "test"})


def configuration(simulator: Simulator) -> dict[str, list[str]]:
    """Return the configuration that the simulator itself has, type by type; the order of the objects does not matter."""
    running = simulator.appliance("box").state()["nodes"][0]["running"]
    return {
        name: sorted(json.dumps(row, sort_keys=True, default=str) for row in rows)
        for name, rows in running.items()
        if rows
    }


def read(session: Session) -> State:
    return observe(session, SCOPE).state


@EXAMPLES
@given(present=ANY, desired=ANY, feature=st.booleans())
def test_apply_reaches_the_desired_state_and_rollback_the_former(
    simulator: Simulator, present: dict[ObjectId, Attributes], desired: dict[ObjectId, Attributes], feature: bool
) -> None:
    with tempfile.TemporaryDirectory() as directory, box(simulator, present, feature=feature) as session:
        before = configuration(simulator)
        state = read(session)
        target = target_of(present, desired)
        steps = plan_steps(state, target)
        execute_steps(session, steps, record_for(steps, directory))
        assert read_back(session, steps) == []

        after = read(session)
        assert plan_steps(after, target) == []
        assert after.features.get("RESPONDER") is True
        for object_id, wanted in target.objects.items():
            assert (object_id in after.objects) is (wanted is not None)
        assert {id_: after.objects[id_] for id_ in FOREIGN} == FOREIGN

        first = first_states(steps, range(len(steps)))
        back = Target(
            {id_: attributes for id_, attributes in first.items() if id_[0] != FEATURE}, {"RESPONDER": feature}
        )
        inverse = plan_steps(after, back)
        execute_steps(session, inverse, record_for(inverse, directory))
        assert configuration(simulator) == before


class _DiedError(BaseException):
    """The control node has died: no code catches this error."""


class _DyingSession(Session):
    """Dies at the n-th write, before it is sent or before its answer is read."""

    writes_left = 10**9
    sends_the_last = False

    def write(self, method: str, path: str, body: Mapping[str, Any] | None = None, *, bulk: bool = False) -> Reply:
        if self.writes_left > 0:
            self.writes_left -= 1
            return super().write(method, path, body, bulk=bulk)
        if self.sends_the_last:
            super().write(method, path, body, bulk=bulk)
        raise _DiedError


@EXAMPLES
@given(
    present=ANY,
    desired=ANY,
    feature=st.booleans(),
    death=st.integers(0, 30),
    sends_the_last=st.booleans(),
    goes_on=st.booleans(),
)
def test_dying_anywhere_leaves_a_record_from_which_both_ways_are_open(
    simulator: Simulator,
    present: dict[ObjectId, Attributes],
    desired: dict[ObjectId, Attributes],
    feature: bool,
    death: int,
    sends_the_last: bool,
    goes_on: bool,
) -> None:
    with tempfile.TemporaryDirectory() as directory, box(simulator, present, feature=feature) as session:
        before = configuration(simulator)
        target = target_of(present, desired)
        steps = plan_steps(read(session), target)
        record = record_for(steps, directory)
        appliance = appliance_of(simulator)
        try:
            with _DyingSession(appliance, appliance.nodes[0], sleep=lambda _seconds: None) as dying:
                dying.writes_left, dying.sends_the_last = death, sends_the_last
                execute_steps(dying, steps, record)
        except _DiedError:
            pass
        on_disk = ChangeRecord.read(record.path)
        now = read(session)
        if goes_on:
            ours = [id_ for id_ in now.objects if any(part.startswith("tq_m") for part in id_[1])]
            leftovers = {id_: None for id_ in ours if id_ not in target.objects}
            again = plan_steps(now, Target({**leftovers, **target.objects}, target.features))
            execute_steps(session, again, record_for(again, directory))
            assert plan_steps(read(session), target) == []
            assert "_twin" not in str(configuration(simulator))
        else:
            first = first_states(on_disk.touched, range(len(on_disk.touched)))
            back = {id_: attributes for id_, attributes in first.items() if id_[0] != FEATURE}
            inverse = plan_steps(now, Target(back, {"RESPONDER": feature}))
            execute_steps(session, inverse, record_for(inverse, directory))
            assert configuration(simulator) == before


@EXAMPLES
@given(present=ANY, desired=ANY)
def test_no_step_leaves_a_gap_or_two_bindings_at_one_priority(
    present: dict[ObjectId, Attributes], desired: dict[ObjectId, Attributes]
) -> None:
    """Pure: whatever was bound before and shall be bound after is bound at every moment, itself or as its twin."""
    target = target_of(present, desired)
    now = {**FOREIGN, **present}
    kept = [id_ for id_ in present if id_ in desired and TYPES[id_[0]].policy_attribute]
    for step in plan_steps(State(now, {"RESPONDER": True}), target):
        if step.after is None:
            del now[step.object_id]
        else:
            now[step.object_id] = step.after
        bindings = {id_: attributes for id_, attributes in now.items() if TYPES[id_[0]].policy_attribute}
        places = [(bind_point(id_, attributes), attributes["priority"]) for id_, attributes in bindings.items()]
        assert len(places) == len(set(places))
        bound = {(bind_point(id_, a), a[TYPES[id_[0]].policy_attribute]) for id_, a in bindings.items()}
        for id_ in kept:
            point, name = bind_point(id_, present[id_]), present[id_][TYPES[id_[0]].policy_attribute]
            assert (point, name) in bound or (point, f"{name}__twin") in bound
