# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Data sets, ACLs and locations, in random states: plan, apply, read back, plan again, roll back; and die anywhere in between."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects import dataset_entries
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.nsconf_reader import (
    read_configuration,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    TYPES,
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import Step
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
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.pending_edits import unapplied
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import Simulator
from tests import sample
from tests.engine.test_random_states import EXAMPLES, _DiedError, _DyingSession, appliance_of, configuration, record_for

SETS = ("tq_m__one", "tq_m__two")
ENTRIES = ("192.0.2.1", "192.0.2.8-192.0.2.15", "198.51.100.0-198.51.100.255", "203.0.113.5-203.0.113.7")
FOREIGN_ACL: Attributes = {
    "aclname": "theirs",
    "aclaction": "DENY",
    "priority": 7,
    "srcip": True,
    "srcipval": "203.0.113.99",
}
PATHS = ("/var/netscaler/locdb/tq_m__v4_a", "/var/netscaler/locdb/tq_m__v4_b")
FILE = b"NSGEO1.0\nQualifier1=Continent\nQualifier2=Country_Code\nStart\n192.0.2.0,192.0.2.255,,NL,,,,,,\n"
SCOPE = Scope(
    frozenset({"policydataset", "nsacl", "nsacl6", "locationfile", "locationparameter"}),
    frozenset(("policydataset_value_binding", name) for name in SETS),
)
SITE = "203.0.113.200"
FEW = settings(EXAMPLES, max_examples=sample.examples(25))
FLEET: dict[str, Any] = {"appliances": {"box": {"build": "13.1 53.24", "nodes": ["127.0.0.1:0"]}}}


@pytest.fixture(scope="module", params=[True, False], ids=["macroapi", "one by one"])
def simulator(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    with Simulator({"switches": {"macroapi_remove_bindings": request.param}, **FLEET}) as running:
        yield running


@st.composite
def states(draw: st.DrawFn) -> dict[ObjectId, Attributes]:
    objects: dict[ObjectId, Attributes] = {}
    for name in draw(st.lists(st.sampled_from(SETS), unique=True)):
        objects["policydataset", (name,)] = {"name": name, "type": "ipv4", "comment": "tourniquet m v1"}
        held = draw(st.lists(st.sampled_from(ENTRIES), unique=True, min_size=1))
        objects["policydataset_value_binding", (name,)] = {"name": name, "values": dataset_entries.join(held)}
        if draw(st.booleans()):
            acl = f"{name}__x"
            objects["nsacl", (acl,)] = {
                "aclname": acl,
                "aclaction": "DENY",
                "srcip": True,
                "srcipop": "=",
                "srcipdataset": name,
                "destip": True,
                "destipop": "=",
                "destipval": SITE,
                "priority": draw(st.sampled_from([10, 11])),
            }
            objects["nsacl", (acl,)]["priority"] = 10 + SETS.index(name) + 2 * draw(st.integers(0, 1))
    for number in draw(st.lists(st.integers(1, 3), unique=True)):
        name = f"tq_m__range{number}"
        objects["nsacl6", (name,)] = {
            "acl6name": name,
            "acl6action": "DENY",
            "srcipv6": True,
            "srcipop": "=",
            "srcipv6val": f"2001:db8:{number}::-2001:db8:{number}::ff",
            "destipv6": True,
            "destipop": "=",
            "destipv6val": "2001:db8::1",
            "priority": number,
        }
    parameter: Attributes = {"matchwildcardtoany": "YES"} if draw(st.booleans()) else {}
    objects["locationparameter", ()] = parameter
    path = draw(st.sampled_from([*PATHS, None]))
    if path:
        objects["locationfile", ()] = {"Locationfile": path}
    return objects


@contextlib.contextmanager
def box(simulator: Simulator, present: dict[ObjectId, Attributes]) -> Iterator[Session]:
    simulator.reset()
    for path in PATHS:
        simulator.fleet.appliances["box"].nodes[0].write_file(path, FILE)
    appliance = appliance_of(simulator)
    with Session(appliance, appliance.nodes[0], sleep=lambda _seconds: None) as session:
        session.write("POST", "nsacl", {"nsacl": FOREIGN_ACL})
        session.write("POST", "nsacls?action=apply", {"nsacls": {}})
        with tempfile.TemporaryDirectory() as directory:
            steps = plan_steps(read(session), Target(dict(present)))
            execute_steps(session, steps, record_for(steps, directory))
        yield session


def read(session: Session) -> State:
    return observe(session, SCOPE).state


def after_death(session: Session, record: ChangeRecord) -> State:
    """The state that is read, and the pending edits that only the record has."""
    state = read(session)
    pending: dict[ObjectId, Attributes] = {commit: {"applied": False} for commit in unapplied([record])}
    return State({**state.objects, **pending}, state.features)


def target_of(present: dict[ObjectId, Attributes], desired: dict[ObjectId, Attributes]) -> Target:
    gone: dict[ObjectId, Attributes | None] = dict.fromkeys((id_ for id_ in present if id_ not in desired), None)
    applied: dict[ObjectId, Attributes | None] = {("nsacls", ()): {"applied": True}, ("nsacls6", ()): {"applied": True}}
    return Target({**gone, **desired, **applied})


def whole(simulator: Simulator) -> dict[str, list[str]]:
    """The configuration with the look-up tables of the ACLs."""
    node = simulator.fleet.appliances["box"].nodes[0]
    tables = {name: sorted(key[0] for key in node.running.table(f"_{name}")) for name in ("nsacl", "nsacl6")}
    rows = configuration(simulator)
    bindings = map(
        json.loads, rows.pop("policydataset_value_binding", [])
    )  # the appliance numbers them, and nobody asks
    rows["entries"] = sorted(str({**binding, "index": 0}) for binding in bindings)
    for name in ("nsacl", "nsacl6"):
        rows[f"{name} in force"] = tables[name]
    return rows


@FEW
@given(present=states(), desired=states())
def test_apply_reaches_the_desired_state_and_rollback_the_former(
    simulator: Simulator, present: dict[ObjectId, Attributes], desired: dict[ObjectId, Attributes]
) -> None:
    with tempfile.TemporaryDirectory() as directory, box(simulator, present) as session:
        before = whole(simulator)
        steps = plan_steps(read(session), target_of(present, desired))
        execute_steps(session, steps, record_for(steps, directory))
        assert read_back(session, steps) == []
        after = read(session)
        assert plan_steps(after, target_of(present, desired)) == []
        node = simulator.fleet.appliances["box"].nodes[0]
        for name in ("nsacl", "nsacl6"):
            assert set(node.running.table(name)) == set(node.running.table(f"_{name}"))
        first = first_states(steps, range(len(steps)))
        inverse = plan_steps(after, Target(dict(first)))
        execute_steps(session, inverse, record_for(inverse, directory))
        assert whole(simulator) == before


@FEW
@given(
    present=states(), desired=states(), death=st.integers(0, 20), sends_the_last=st.booleans(), goes_on=st.booleans()
)
def test_dying_anywhere_leaves_a_record_from_which_both_ways_are_open(
    simulator: Simulator,
    present: dict[ObjectId, Attributes],
    desired: dict[ObjectId, Attributes],
    death: int,
    sends_the_last: bool,
    goes_on: bool,
) -> None:
    with tempfile.TemporaryDirectory() as directory, box(simulator, present) as session:
        before = whole(simulator)
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
        now = after_death(session, on_disk)
        if goes_on:
            again = plan_steps(now, target)
            execute_steps(session, again, record_for(again, directory))
            assert plan_steps(read(session), target) == []
            node = simulator.fleet.appliances["box"].nodes[0]
            assert set(node.running.table("nsacl")) == set(node.running.table("_nsacl"))
        else:
            first = first_states(on_disk.touched, range(len(on_disk.touched)))
            inverse = plan_steps(now, Target(dict(first)))
            execute_steps(session, inverse, record_for(inverse, directory))
            assert whole(simulator) == before


@settings(FEW, max_examples=sample.examples(15))
@given(present=states())
def test_the_text_of_the_configuration_says_the_same(simulator: Simulator, present: dict[ObjectId, Attributes]) -> None:
    """The objects read from ns.conf are those that were made, and it has each line of a step."""
    with box(simulator, present) as session:
        text = str(session.read("nsrunningconfig")[0]["response"])
        found = read_configuration(text, "tq_m")
        assert found.unreadable == []
        for object_id, attributes in present.items():
            now = found.objects.get(object_id)
            assert TYPES[object_id[0]].same(now or ({} if TYPES[object_id[0]].only_set else None), attributes)
        written = text.splitlines()
        for object_id, attributes in present.items():
            before: Attributes | None = {} if TYPES[object_id[0]].only_set else None
            for line in Step(object_id[0], object_id[1], before, attributes).lines():
                assert line.startswith("#") or any(one.startswith(line) for one in written), line
