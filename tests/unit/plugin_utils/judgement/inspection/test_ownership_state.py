# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The presence of a measure: an older version counts as such only if it is whole."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.planner import State, Target
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import (
    Outcome,
    RecordKind,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection import ownership_state as module
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.ownership_state import (
    OwnershipState,
    ownership_state,
    read_drift,
    target_of_records,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.grounds import Presence

from tests.traits import traits

POLICY: ObjectId = ("responderpolicy", ("tq_demo",))
STEP = SimpleNamespace()


def run(steps: Any, kind: RecordKind = RecordKind.APPLY, **values: Any) -> Any:
    own = {"name": "run", "undoes": (), "undone_by": "", **values}
    return SimpleNamespace(kind=kind, outcome=Outcome.APPLIED, steps=steps, touched=steps, **own)


def policy(version: int, rule: str = "TRUE") -> Attributes:
    return {"name": "tq_demo", "rule": rule, "action": "NOOP", "comment": Owner("demo", version).comment}


def state_of(
    there: Attributes | None, left: Attributes | None, asked: int = 2, route: Any = (STEP,), records: Any = None
) -> Any:
    """:param there: our policy on the appliance; left: as our last run left it, by its record"""
    parameters: Any = SimpleNamespace(
        owner=Owner("demo", asked),
        measure=SimpleNamespace(
            traits=traits(depends_on_build=True),
        ),
    )
    objects = {} if there is None else {POLICY: there}
    configuration: Any = SimpleNamespace(state=State(objects, {}), target=Target({POLICY: policy(asked)}, {}))
    steps = [] if left is None else [Step(*POLICY, None, left)]
    planned: Any = SimpleNamespace(route=route)
    return ownership_state(parameters, configuration, planned, records or [run(steps)])


def test_an_older_version_that_is_as_our_run_left_it_is_older() -> None:
    found = state_of(policy(1), policy(1))
    assert (found.presence, found.version) == (Presence.OLDER, 1)
    assert found.older.objects == {POLICY: policy(1)}


@pytest.mark.parametrize(("there", "left"), [(policy(1, "FALSE"), policy(1)), (policy(1), None)])
def test_an_older_version_that_is_not_whole_or_has_no_record_has_drifted(
    there: Attributes, left: Attributes | None
) -> None:
    found = state_of(there, left)
    assert (found.presence, found.version) == (Presence.DRIFTED, 1)
    assert found.older is not None


def test_what_an_undo_put_back_of_others_is_not_older_but_has_drifted() -> None:
    """Seen: superseded, since it is as our last run left it, while the attack passed."""
    others, ours = policy(1, "FALSE"), policy(1)
    first, repaired = run([Step(*POLICY, None, ours)], name="one"), run([Step(*POLICY, others, ours)], name="two")
    undone = run([Step(*POLICY, ours, others)], RecordKind.ROLLBACK, undoes=("two",))
    assert state_of(others, others, records=[first, repaired, undone]).presence is Presence.DRIFTED
    assert state_of(ours, ours, records=[first, repaired]).presence is Presence.OLDER


def test_a_newer_version_is_never_older() -> None:
    found = state_of(policy(3), policy(3))
    assert (found.presence, found.version, found.older) == (Presence.DRIFTED, 3, None)


def test_the_version_that_is_asked_for_is_drifted_unless_it_is_as_our_run_left_it() -> None:
    found = state_of(policy(2), policy(2))
    assert (found.presence, found.version) == (Presence.OLDER, 2), "the inventory asks for something else"
    assert found.older.objects == {POLICY: policy(2)}
    for left in (policy(2, "FALSE"), None):
        found = state_of(policy(2), left)
        assert (found.presence, found.version, found.older) == (Presence.DRIFTED, 2, None)


def test_what_needs_no_step_is_current_and_what_has_no_object_is_absent() -> None:
    assert state_of(policy(2), policy(2), route=()).presence == Presence.CURRENT
    assert state_of(None, policy(1)).presence == Presence.ABSENT


# -- a measure of the inventory, and settings ---------------------------------------------------------------------------


def outdated(there: Attributes, left: Attributes | None, *changes: Attributes, version: int = 2) -> Any:
    """:param changes: the states before the steps that are planned now"""
    parameters: Any = SimpleNamespace(
        owner=Owner("demo", version),
        measure=SimpleNamespace(
            traits=traits(),
        ),
    )
    configuration: Any = SimpleNamespace(state=State({POLICY: there}, {}), target=Target())
    touched = [] if left is None else [Step(*POLICY, None, left)]
    records: Any = [run(touched)]
    planned: Any = SimpleNamespace(route=tuple(Step(*POLICY, before, policy(2, "new")) for before in changes))
    return ownership_state(parameters, configuration, planned, records)


def test_what_the_inventory_asked_for_earlier_is_older_and_what_somebody_changed_has_drifted() -> None:
    assert outdated(policy(2), policy(2), policy(2)).presence == Presence.OLDER
    assert outdated(policy(2), policy(2, "x"), policy(2)).presence == Presence.DRIFTED
    assert outdated(policy(2), None, policy(2)).presence == Presence.DRIFTED
    assert outdated(policy(2), policy(2)).presence == Presence.CURRENT
    assert outdated(policy(3), policy(3), policy(3)).presence == Presence.OLDER
    found = outdated(policy(1), policy(1), policy(1))
    assert (found.presence, found.version, found.older is None) == (Presence.OLDER, 1, False)


def setting(route: Any, *records: Any, skipped: str = "", wanted: bool = True) -> OwnershipState:
    parameters: Any = SimpleNamespace(
        owner=Owner("demo", 2),
        measure=SimpleNamespace(traits=traits(is_read_back=True, own_objects=False, depends_on_build=True)),
        document=SimpleNamespace(objects={("nstcpparam", ()): {}} if wanted else {}),
    )
    configuration: Any = SimpleNamespace(state=State({}, {}), target=Target())
    planned: Any = SimpleNamespace(route=route, skipped=skipped)
    return ownership_state(parameters, configuration, planned, records)


def record(
    kind: RecordKind = RecordKind.APPLY,
    outcome: Outcome = Outcome.APPLIED,
    *,
    touched: bool = True,
    undone_by: str = "",
) -> Any:
    return SimpleNamespace(kind=kind, outcome=outcome, touched=["a step"] * touched, undone_by=undone_by)


NOT_APPLIED = (
    record(RecordKind.VERIFY),
    record(outcome=Outcome.OPEN),
    record(outcome=Outcome.FAILED),
    record(touched=False),
    record(undone_by="x"),
)


def test_a_setting_is_ours_where_a_record_says_so() -> None:
    assert setting(()) == OwnershipState(Presence.CURRENT, 2)
    assert setting((), wanted=False) == OwnershipState(Presence.ABSENT, 2)
    assert setting((STEP,)) == OwnershipState(Presence.ABSENT)
    assert setting((STEP,), *NOT_APPLIED) == OwnershipState(Presence.ABSENT)
    assert setting((STEP,), *NOT_APPLIED, record()) == OwnershipState(Presence.DRIFTED)
    assert setting((), skipped="the build has the fix") == OwnershipState(Presence.ABSENT)
    assert setting((), *NOT_APPLIED, skipped="the build has the fix") == OwnershipState(Presence.ABSENT)
    assert setting((), record(), skipped="the build has the fix") == OwnershipState(Presence.CURRENT, 2)


def test_the_state_that_our_runs_left() -> None:
    action: ObjectId = ("responderaction", ("tq_demo",))

    def run(outcome: Outcome, *, sent: int) -> Any:
        steps = [Step(*POLICY, None, policy(1)), Step(*action, None, {"name": str(outcome)})]
        return SimpleNamespace(
            outcome=outcome, steps=[*steps, Step("nsfeature", ("LB",), None, {})], touched=steps[:sent]
        )

    assert target_of_records([run(Outcome.APPLIED, sent=1)], {"LB": True}) == Target({POLICY: policy(1)}, {"LB": True})
    died = run(Outcome.OPEN, sent=0)
    assert target_of_records([died], {}).objects == {POLICY: policy(1), action: {"name": "open"}}
    removed = SimpleNamespace(outcome=Outcome.APPLIED, touched=[Step(*POLICY, policy(1), None)])
    assert target_of_records([died, removed], {}).objects == {POLICY: None, action: {"name": "open"}}  # type: ignore[list-item]


# -- drift --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("presence", "records", "saved", "drift"),
    [
        (Presence.OLDER, [record()], "a text", []),
        (Presence.CURRENT, [], "a text", ["saved"]),
        (Presence.CURRENT, [record()], None, []),
        (Presence.DRIFTED, [], "a text", ["running", "saved"]),
        (Presence.DRIFTED, [], None, ["running"]),
        (Presence.ABSENT, [record()], "a text", ["running"]),
        (Presence.ABSENT, [record()], None, ["running"]),
        (Presence.ABSENT, [*NOT_APPLIED], "a text", []),
        (Presence.ABSENT, [], "a text", []),
    ],
)
def test_what_is_compared_with_the_target(
    monkeypatch: pytest.MonkeyPatch, presence: Presence, records: list[Any], saved: str | None, drift: list[str]
) -> None:
    monkeypatch.setattr(module, "drift_of", lambda *_: ["running"])
    monkeypatch.setattr(module, "saved_drift", lambda *_: ["saved"])
    parameters: Any = SimpleNamespace(owner=Owner("demo", 2), measure=SimpleNamespace(traits=traits()))
    configuration: Any = SimpleNamespace(state=State({}, {}), target=Target())
    texts: Any = SimpleNamespace(saved=saved)
    assert read_drift(parameters, configuration, OwnershipState(presence, 2), records, texts) == drift


def test_an_older_version_is_compared_with_what_our_runs_left(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[Target] = []
    monkeypatch.setattr(module, "drift_of", lambda _state, target: compared.append(target) or ["running"])
    parameters: Any = SimpleNamespace(owner=Owner("demo", 2), measure=SimpleNamespace(traits=traits()))
    configuration: Any = SimpleNamespace(state=State({}, {}), target=Target({POLICY: policy(2)}, {}))
    texts: Any = SimpleNamespace(saved=None)

    def drift(older: Target) -> list[str]:
        return read_drift(parameters, configuration, OwnershipState(Presence.DRIFTED, 1, older), [], texts)

    assert drift(Target()) == ["no record here says what v1 left, so it cannot be compared"]
    assert drift(Target({POLICY: policy(1)}, {})) == ["running"]
    assert compared == [Target({POLICY: policy(1)}, {})]
