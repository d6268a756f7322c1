# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When nothing is done although the configuration differs, and the order of stages."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import Document
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import BuildStatus
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.planner import State, Target
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection import planned_steps
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.planned_steps import (
    PlannedSteps,
    plan_configuration,
    steps_in_stages,
)

from tests.played_together import played_together
from tests.traits import traits

OWNER = Owner("demo", 1)
POLICY: ObjectId = ("responderpolicy", ("tq_demo",))
OURS: Attributes = {"name": "tq_demo", "rule": "TRUE", "action": "NOOP", "comment": OWNER.comment}
THEIRS: ObjectId = ("responderpolicy", ("theirs",))


def parameters(
    *,
    depends: bool = True,
    wanted: bool = True,
    force: bool = False,
    needs: str = "",
    gap: str = "",
    asked: bool = False,
    idle: str = "",
) -> Any:
    measure = SimpleNamespace(
        id="demo",
        stop_gap=gap,
        traits=traits(needed_features=needs.split(), depends_on_build=depends),
    )
    document = Document((), {POLICY: OURS} if wanted else {})
    resolved = SimpleNamespace(absent_because="", is_asked_for=lambda: True, nothing_to_protect=idle)
    return SimpleNamespace(
        owner=OWNER, measure=measure, document=document, force=force, stop_gap=asked, resolved=resolved
    )


HAS_FIX, NEVER = "the build has the fix", "the build was never affected"
NO_EFFECT = "it does not work on this build (measure_force=true applies it anyway)"
NOT_THEIRS = "its rule is a stop-gap, and not the vendor's (stop_gap=true brings it in)"
OFF = "the demo needs the feature AAA, LB, which is off, and does not enable it"
NOT_ASKED = "the inventory asks for no demo here"


@played_together(
    ("of", "there", "status", "reason"),
    [
        (parameters(), False, BuildStatus.AFFECTED, ""),
        (parameters(), False, BuildStatus.WANTED, ""),
        (parameters(), False, BuildStatus.FIXED, HAS_FIX),
        (parameters(), True, BuildStatus.FIXED, HAS_FIX),
        (parameters(force=True), False, BuildStatus.FIXED, HAS_FIX),
        (parameters(), False, BuildStatus.NOT_AFFECTED, NEVER),
        (parameters(force=True), True, BuildStatus.NOT_AFFECTED, NEVER),
        (parameters(), False, BuildStatus.INEFFECTIVE, NO_EFFECT),
        (parameters(force=True), False, BuildStatus.INEFFECTIVE, ""),
        (parameters(wanted=False), False, BuildStatus.AFFECTED, ""),
        (parameters(gap="a blog"), False, BuildStatus.AFFECTED, NOT_THEIRS),
        (parameters(gap="a blog"), True, BuildStatus.AFFECTED, NOT_THEIRS),
        (parameters(gap="a blog", asked=True), False, BuildStatus.AFFECTED, ""),
        (parameters(gap="a blog", asked=True), True, BuildStatus.FIXED, HAS_FIX),
        (
            parameters(gap="a blog", asked=True, idle="there is no Gateway"),
            False,
            BuildStatus.AFFECTED,
            "there is no Gateway",
        ),
        (parameters(idle="there is no Gateway"), False, BuildStatus.AFFECTED, ""),
        (parameters(depends=False), False, BuildStatus.WANTED, ""),
        (parameters(depends=False, wanted=False), False, BuildStatus.WANTED, NOT_ASKED),
        (parameters(depends=False, wanted=False), True, BuildStatus.WANTED, ""),
        (parameters(depends=False, wanted=True), True, BuildStatus.WANTED, ""),
        (parameters(depends=False, needs="LB AAA"), False, BuildStatus.WANTED, OFF),
    ],
)
def test_why_nothing_is_done(of: Any, there: bool, status: BuildStatus, reason: str) -> None:
    objects: dict[ObjectId, Attributes | None] = {THEIRS: {"name": "theirs"}}
    state = State({**objects, POLICY: OURS} if there else objects, {})
    configuration: Any = SimpleNamespace(state=state, target=Target(of.document.objects, {}), restored={})
    planned = plan_configuration(of, configuration, status)
    assert planned.skipped == reason
    assert bool(planned.steps) is (not reason and bool(planned.route))
    assert bool(planned.route) is (bool(of.document.objects) and not there)


def test_a_target_that_no_order_reaches_is_a_reason_and_no_step(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: Any) -> Any:
        raise Refused("no priority is free")

    monkeypatch.setattr(planned_steps, "steps_in_stages", refuse)
    configuration: Any = SimpleNamespace(state=State(), target=Target(), restored={})
    planned = plan_configuration(parameters(), configuration, BuildStatus.AFFECTED)
    assert planned == PlannedSteps("", None, (), "no priority is free")
    assert planned.steps == ()


def stage(*objects: tuple[ObjectId, Attributes], prove: bool = False) -> Any:
    return SimpleNamespace(objects=dict(objects), prove=prove, of=lambda _present: dict(objects))


ACTION: ObjectId = ("responderaction", ("tq_demo",))
ANSWER: Attributes = {"name": "tq_demo", "type": "respondwith", "target": '"x"', "comment": OWNER.comment}
COPY: ObjectId = ("responderaction", ("tq_demo__1",))
COPIED: Attributes = {**ANSWER, "name": "tq_demo__1"}
SETTING: ObjectId = ("nstcpparam", ())


def keys(steps: list[Any]) -> list[str]:
    return [
        f"{'-' if step.after is None else '+' if step.before is None else '~'} {' '.join(step.key)}" for step in steps
    ]


@pytest.mark.parametrize(("first", "second", "checkpoints"), [(True, False, [1]), (False, True, [2]), (True, True, [1, 2]), (False, False, [])])  # fmt: skip
def test_stages_come_first_and_only_those_that_are_proven_are_checkpoints(
    first: bool, second: bool, checkpoints: list[int]
) -> None:
    document: Any = SimpleNamespace(stages=[stage((COPY, COPIED), prove=first), stage((ACTION, ANSWER), prove=second)])
    steps, proven = steps_in_stages(State(), document, Target({ACTION: ANSWER, POLICY: OURS}, {}))
    assert keys(steps) == ["+ tq_demo__1", "+ tq_demo", "+ tq_demo", "- tq_demo__1"]
    assert [step.type for step in steps][1:3] == ["responderaction", "responderpolicy"]
    assert proven == checkpoints


def test_without_a_difference_the_stages_are_left_out() -> None:
    document: Any = SimpleNamespace(stages=[stage((COPY, COPIED), prove=True)])
    assert steps_in_stages(State({ACTION: ANSWER}, {}), document, Target({ACTION: ANSWER}, {})) == ([], [])


def test_settings_return_to_their_former_values_at_the_end() -> None:
    document: Any = SimpleNamespace(stages=[])
    state = State({SETTING: {"enhancedisngeneration": "ENABLED"}}, {})
    former: dict[ObjectId, Attributes] = {SETTING: {"enhancedisngeneration": "DISABLED"}}
    steps, proven = steps_in_stages(state, document, Target({ACTION: ANSWER}, {}), former)
    assert [step.type for step in steps] == ["responderaction", "nstcpparam"]
    assert (steps[-1].after, proven) == (former[SETTING], [])


@pytest.mark.parametrize(
    ("asked", "restored", "reason"), [(False, {}, NOT_ASKED), (True, {}, ""), (False, {THEIRS: {}}, "")]
)
def test_a_setting_is_left_where_it_is_asked_for_or_to_be_restored(asked: bool, restored: Any, reason: str) -> None:
    of = parameters(depends=False, wanted=False)
    of.measure.traits = traits(is_read_back=True, own_objects=False)
    of.resolved = SimpleNamespace(is_asked_for=lambda: asked, absent_because="")
    configuration: Any = SimpleNamespace(state=State({}, {}), target=Target(), restored=restored)
    assert planned_steps._reason_to_skip(of, configuration, BuildStatus.WANTED) == reason
