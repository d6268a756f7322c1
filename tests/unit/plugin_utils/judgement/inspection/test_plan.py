# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts, plan and result are frozen values, and the plan says by itself whether apply would write."""

from __future__ import annotations

from dataclasses import is_dataclass
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.names import UnusableName
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import FEATURE, Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import Document
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Unsaved
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.planner import State, Target
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.state_reader import Observation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import (
    Outcome,
    RecordKind,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection import (
    access,
    configuration,
    facts,
    features,
    nodes,
    ownership_state,
    plan,
    planned_steps,
    prior_runs,
    rule_assessment,
    saved_state,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.features import FeatureFacts
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.plan import (
    Plan,
    make_plan,
    seals_of_proof,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.planned_steps import (
    PlannedSteps,
    steps_in_stages,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.saved_state import SavedFacts
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.grounds import Presence
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.verdicts import measure_proof
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.conflicts import Conflict, ConflictCode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment import deployment as apply

from tests.played_together import played_together
from tests.traits import traits

MODULES = (
    *(access, configuration, facts, features, nodes, ownership_state, plan, planned_steps),
    *(prior_runs, rule_assessment, saved_state, apply, measure_proof),
)
STEP = Step(FEATURE, ("RESPONDER",), {"enabled": False}, {"enabled": True})


def dataclasses_of(module: ModuleType) -> list[Any]:
    return [value for value in vars(module).values() if is_dataclass(value) and value.__module__ == module.__name__]


@played_together("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_facts_plan_and_result_cannot_be_changed(module: ModuleType) -> None:
    found = dataclasses_of(module)
    assert found
    assert [kind.__name__ for kind in found if not kind.__dataclass_params__.frozen] == []


@pytest.mark.parametrize(
    ("planned", "changes", "writes"),
    [
        (Plan(), False, False),
        (Plan(steps=(STEP,)), True, True),
        (Plan(saves=True), False, True),
        (Plan(save_first=True), False, True),
        (Plan(skipped="the build has the fix", saves=True, save_first=True), False, False),
    ],
)
def test_a_plan_says_whether_apply_would_change_and_write(planned: Plan, changes: bool, writes: bool) -> None:
    assert (planned.changes, planned.writes) == (changes, writes)


@pytest.mark.parametrize(
    ("planned", "steps"),
    [
        (PlannedSteps(route=(STEP,)), (STEP,)),
        (PlannedSteps("the build has the fix", (STEP,)), ()),
        (PlannedSteps(route=None, refusal="no priority is free"), ()),
    ],
)
def test_steps_that_are_skipped_or_impossible_are_not_carried_out(
    planned: PlannedSteps, steps: tuple[Step, ...]
) -> None:
    assert planned.steps == steps


def test_nothing_is_planned_in_stages_if_the_target_is_reached() -> None:
    assert steps_in_stages(State(), Document((), {}), Target()) == ([], [])


def test_an_unknown_licence_is_a_remark() -> None:
    assert FeatureFacts({"RESPONDER": None}).remarks == (
        "the licence: the appliance does not report whether the feature RESPONDER is licensed",
    )
    assert FeatureFacts({"RESPONDER": True}).remarks == ()


def test_a_missing_licence_and_a_policy_that_would_become_active_are_conflicts() -> None:
    key = ("responderglobal_responderpolicy_binding", ("REQ_OVERRIDE", "theirs"))
    bindings = {key: {"policyname": "theirs", "type": "REQ_OVERRIDE", "priority": 10}}
    parameters: Any = SimpleNamespace(owner=Owner("demo", 1), accept_sleeping_policies=())
    found = FeatureFacts({"RESPONDER": False}, {"RESPONDER": bindings}).conflicts(parameters)
    assert [conflict.kind for conflict in found] == ["not_licensed", "sleeping_policies"]
    parameters.accept_sleeping_policies = ("theirs",)
    assert FeatureFacts({"RESPONDER": True}, {"RESPONDER": bindings}).conflicts(parameters) == []


# -- the plan of what was read -------------------------------------------------------------------------------------------

LINES = ("+ add lb vserver x HTTP",)
POLICY = Step("responderpolicy", ("tq_demo",), None, {"name": "tq_demo", "rule": "TRUE", "action": "NOOP"})


def facts(**changes: Any) -> Any:
    """The facts of an appliance of which nothing forbids a plan, changed."""
    one = SimpleNamespace(
        unsaved=Unsaved.REFUSE,
        foreign=(),
        saved=True,
        left_out=(),
        missing_files=(),
        file_problems=(),
        unreadable=(),
        parents=(),
        hidden=(),
        refusal=None,
        records=(),
        vips=(),
        presence=Presence.ABSENT,
        older=None,
        kept=(),
        rules=(),
        is_saved=True,
    )
    vars(one).update(changes)

    def refusal(*, writes: bool) -> Any:
        return one.refusal if writes else None

    return SimpleNamespace(
        parameters=SimpleNamespace(
            unsaved=one.unsaved,
            owner=Owner("demo", 1),
            appliance=SimpleNamespace(name="gw", nodes=("10.0.0.1:443",)),
            role="measure",
            measure=SimpleNamespace(
                traits=traits(is_saved=one.is_saved, priority_variable="measure_priority"),
                edited=("of the entry",),
            ),
            document=SimpleNamespace(features=()),
            closing={},
            is_preview=False,
            who="",
            reason="",
            adopt=False,
            accept_sleeping_policies=(),
        ),
        configuration=SimpleNamespace(
            unshown={},
            evaluated={},
            state=State(),
            target=Target(),
            observation=Observation(missing=one.parents, not_shown=one.hidden),
            kept=one.kept,
            remarks=("of the configuration",),
        ),
        files=SimpleNamespace(missing=one.missing_files, problems=one.file_problems),
        saved=SavedFacts(one.saved, tuple(one.foreign), ("of the save",)),
        records=SimpleNamespace(
            known=one.records,
            told=[record for record in one.records if record.measure == "demo"],
            told_beside=one.records,
            in_doubt=lambda _last: (),
            left_out=one.left_out,
            problems=("of the records",),
        ),
        nodes=SimpleNamespace(unreadable=one.unreadable, remarks=("of the nodes",), addresses=("of the address",)),
        features=FeatureFacts(),
        lock=SimpleNamespace(refusal=refusal, problem="of the lock", remarks=lambda writes: ["it writes"] * writes),
        access=SimpleNamespace(vips=one.vips, remarks=("of the VIPs",)),
        rules=SimpleNamespace(conflicts=one.rules, remarks=("of the rules",)),
        found=SimpleNamespace(presence=one.presence),
        older=one.older,
        unusable_names=(UnusableName("responderpolicy", "a b", "x1"), UnusableName("vpnvserver", "c d", "x2")),
    )


def planned(found: Any, *steps: Step, skipped: str = "", refusal: str = "") -> Plan:
    return make_plan(found, PlannedSteps(skipped, None if refusal else steps, (), refusal), "13.0 47.22")


@pytest.mark.parametrize(
    ("steps", "is_on", "closing", "measure", "protects", "is_told"),
    [
        ((POLICY,), True, {}, "demo", True, True),
        ((), True, {}, "demo", True, False),  # nothing is changed
        ((POLICY,), False, {}, "demo", True, False),  # nothing works there
        ((POLICY,), True, {"x": 1}, "demo", True, False),  # a person has decided
        ((POLICY,), True, {}, "lockdown", True, False),
        ((POLICY,), True, {}, "demo", False, False),  # it protects nobody
    ],
)
def test_from_whom_protection_is_taken_is_asked_of_steps_that_nobody_has_decided(
    steps: tuple[Step, ...],
    is_on: bool,
    closing: dict[str, int],
    measure: str,
    protects: bool,
    is_told: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(plan, "features_on", lambda _parameters, _state: is_on)
    monkeypatch.setattr(plan, "taken_away", lambda *_given, **_more: ("gw",))
    monkeypatch.setattr(plan, "closing_only", lambda: frozenset({"lockdown"}))
    found = facts()
    found.parameters.owner, found.parameters.closing = Owner(measure, 1), closing
    found.parameters.measure.traits = traits(protects=protects)
    told = plan._takes_away(found, found.parameters, PlannedSteps("", steps, (), ""))
    assert told == (("gw",) if is_told else ())


def codes(plan: Plan) -> list[str]:
    return [str(one.kind) for one in plan.conflicts]


@played_together("unsaved", list(Unsaved))
@played_together("foreign", [(), LINES])
@played_together("saved", [True, False, None])
@played_together("steps", [(), (POLICY,)])
@played_together("skipped", ["", "the build has the fix"])
def test_unsaved_changes_of_others_forbid_a_plan_that_would_save_them(
    unsaved: Unsaved, foreign: tuple[str, ...], saved: bool | None, steps: tuple[Step, ...], skipped: str
) -> None:
    plan = planned(facts(unsaved=unsaved, foreign=foreign, saved=saved), *steps, skipped=skipped)
    refused = unsaved is Unsaved.REFUSE and bool(foreign) and not skipped and (bool(steps) or saved is False)
    assert codes(plan) == (["unsaved_changes"] if refused else [])
    assert plan.save_first is (unsaved is Unsaved.SAVE_FIRST and bool(foreign))
    assert plan.saves is (saved is False)
    assert plan.steps == (() if skipped else steps)


def test_what_is_never_saved_saves_nothing_of_others() -> None:
    plan = planned(facts(foreign=LINES, saved=False, is_saved=False), POLICY)
    assert (codes(plan), plan.saves) == ([], False)


@pytest.mark.parametrize(
    ("changes", "code", "when_skipped"),
    [
        ({"file_problems": (("it is too large.", "Use Import."),)}, "file", False),
        ({"unreadable": ("the partitions cannot be read",)}, "unknown", False),
        ({"parents": ("vpnvserver gw",)}, "missing_parent", False),
        ({"hidden": ("responder policy",)}, "not_shown", False),
        ({"rules": (Conflict(ConflictCode.SHADOWED, "it is so.", "Do something."),)}, "shadowed", True),
    ],
)
def test_what_forbids_a_plan(changes: dict[str, Any], code: str, when_skipped: bool) -> None:
    assert codes(planned(facts(**changes), POLICY)) == [code]
    assert codes(planned(facts(**changes), POLICY, skipped="the build has the fix")) == [code] * when_skipped


def test_a_target_that_no_order_reaches_forbids_a_plan_and_nothing_is_kept() -> None:
    plan = planned(facts(kept=("a setting stays",)), refusal="no priority is free")
    assert codes(plan) == ["no_way"]
    assert "a setting stays" not in plan.remarks
    assert "a setting stays" in planned(facts(kept=("a setting stays",)), POLICY).remarks


@pytest.mark.parametrize(("steps", "forbids"), [((), False), ((POLICY,), True)])
def test_a_record_or_a_lock_of_others_forbids_only_a_plan_that_writes(steps: tuple[Step, ...], forbids: bool) -> None:
    left = [
        SimpleNamespace(is_in_force=one, what="record x", why="it is not signed", fix="Accept it.")
        for one in (False, True)
    ]
    locked = SimpleNamespace(text="it is locked.", fix="Wait.")
    plan = planned(facts(left_out=left, refusal=locked), *steps)
    assert codes(plan) == (["untrusted_records", "locked"] if forbids else [])
    assert ("it writes" in plan.remarks) is forbids


def test_the_remarks_of_a_plan_in_their_order() -> None:
    *first, name = planned(facts()).remarks
    of = ("entry", "configuration", "address", "nodes", "lock", "records", "save", "VIPs", "rules")
    assert first == [f"of the {what}" for what in of]
    assert name.startswith('responderpolicy "a b": '), "virtual servers are told as not covered"


def run(
    outcome: Outcome = Outcome.APPLIED,
    *,
    seal: str = "",
    build: str = "13.0 47.22",
    proven: bool = True,
    unharmed: bool = False,
    vips: tuple[str, ...] = ("gw (192.0.2.10:443)",),
    has_proof: bool = True,
    contradicted: tuple[str, ...] = (),
    verdict: str = "mitigated",
    places: str = "",
    **changes: Any,
) -> Any:
    said: dict[str, Any] = {"contradicted": contradicted, "is_judged": True, "verdict": verdict, "places": places}
    proof = SimpleNamespace(proven=proven, unharmed=unharmed, seal=seal, vips=vips, **said)
    values: dict[str, Any] = {
        "kind": RecordKind.APPLY,
        "measure": "demo",
        "found_beside": {},
        "outcome": outcome,
        "undone_by": "",
        "is_fetched": False,
        "may_prove": True,
        "nodes": ("10.0.0.1:443",),
        "proof": proof if has_proof else None,
        "build": build,
        "finished": "2026-11-28T01:00:00+00:00",
        "touched": [SimpleNamespace(type="responderpolicy")],
        "answering": [SimpleNamespace(type="responderpolicy")],
        "name": "a_run",
        "operator": SimpleNamespace(user="a", control_node="b"),
        "values": {"steps": ()},
    }
    found = SimpleNamespace(**{**values, **changes})
    found.content = found
    return found


GW = Vip("gw", Address("192.0.2.10", 443), "vpn")
SILENT = Vip("web", Address("192.0.2.11", 443), "lb", probe=False)
SEAL = planned(facts()).seal
PROVEN = run(seal=SEAL)
REFUSED: dict[str, Any] = {"kind": RecordKind.VERIFY, "has_proof": False, "answering": []}
UNPROVEN = "applied, unproven"


@played_together(
    ("records", "vips", "is_proven"),
    [
        ((), (GW,), False),
        ((PROVEN,), (GW,), True),
        ((PROVEN,), (GW, SILENT), True),
        ((PROVEN,), (), False),
        ((PROVEN,), (SILENT,), False),
        ((PROVEN,), (GW, Vip("web", Address("192.0.2.11", 443), "lb")), False),
        ((run(seal=SEAL, vips=("gw (192.0.2.10:443)", "more")),), (GW,), True),
        ((run(seal=SEAL, proven=False),), (GW,), False),
        ((run(seal=SEAL, proven=False, unharmed=True),), (GW,), True),
        ((run(seal="another"),), (GW,), False),
        ((run(seal=SEAL, build="13.0 47.24"),), (GW,), False),
        ((run(seal=SEAL, finished=None),), (GW,), False),
        ((run(seal=SEAL, may_prove=False),), (GW,), False),
        ((run(seal=SEAL, undone_by="x"),), (GW,), False),
        ((run(seal=SEAL, nodes=("10.0.0.1:8443", "10.0.0.9:443")),), (GW,), True),
        ((run(seal=SEAL, nodes=("10.0.0.9:443",)),), (GW,), False),  # it was replaced, or has other addresses
        ((PROVEN, run(Outcome.OPEN)), (GW,), False),
        ((PROVEN, run(seal=SEAL, may_prove=False, answering=[])), (GW,), True),
        ((PROVEN, run(seal=SEAL, may_prove=False)), (GW,), False),
        ((PROVEN, run(undone_by="x")), (GW,), True),
        ((PROVEN, run(Outcome.FAILED)), (GW,), True),
        ((PROVEN, run(has_proof=False)), (GW,), False),
        ((PROVEN, run(has_proof=False, answering=[])), (GW,), True),
        ((PROVEN, run(seal="another")), (GW,), False),
        ((PROVEN, run(proven=False, contradicted=("an attack passes",))), (GW,), False),
        ((PROVEN, run(Outcome.REVERTED, proven=False, contradicted=("an attack passes",))), (GW,), True),
        ((run(proven=False, contradicted=("an attack passes",)), PROVEN), (GW,), True),
        ((PROVEN, run(proven=False, verdict=UNPROVEN, answering=[])), (GW,), True),
        ((PROVEN, run(proven=False, verdict="drifted", answering=[])), (GW,), False),
        ((run(seal=SEAL, places="a"), run(proven=False, verdict=UNPROVEN, answering=[], places="a")), (GW,), True),
        ((run(seal=SEAL, places="a"), run(proven=False, verdict=UNPROVEN, answering=[], places="b")), (GW,), False),
        ((run(proven=False, verdict=UNPROVEN, places="b"), run(seal=SEAL, places="a")), (GW,), True),
        ((run(seal=SEAL, places="a"), run(kind=RecordKind.ROLLBACK, proven=False, places="a")), (GW,), True),
        ((run(seal=SEAL, places="a"), run(kind=RecordKind.ROLLBACK, proven=False, places="b")), (GW,), False),
        ((run(seal=SEAL, places="a"), run(kind=RecordKind.ROLLBACK, proven=False)), (GW,), False),
        ((run(seal=SEAL, verdict="partly"),), (GW,), False),
        ((run(seal=SEAL, verdict="partly"), PROVEN), (GW,), True),
        ((PROVEN, run(verdict="drifted", undone_by="x")), (GW,), True),
        ((PROVEN, run(verdict="partly", undone_by="x")), (GW,), False),
        ((run(seal=SEAL, places="a"), run(measure="another", found_beside={"demo": "a"})), (GW,), True),
        ((run(seal=SEAL, places="a"), run(measure="another", found_beside={"demo": "b"})), (GW,), False),
        ((run(seal=SEAL, places="a"), run(Outcome.OPEN, measure="another", found_beside={"demo": "b"})), (GW,), False),
        ((run(measure="another", found_beside={"demo": "b"}), run(seal=SEAL, places="a")), (GW,), True),
        ((run(seal=SEAL, places="a"), run(**REFUSED, found_beside={"demo": "b"})), (GW,), False),
        ((run(seal=SEAL, places="a"), run(**REFUSED, found_beside={"demo": "a"})), (GW,), True),
        (
            (PROVEN, run(measure="another", found_beside={"demo": "b"})),
            (GW,),
            True,
        ),  # an earlier version says no places
    ],
)
def test_when_a_record_proves_what_is_in_place(
    records: tuple[Any, ...], vips: tuple[Vip, ...], is_proven: bool
) -> None:
    found = planned(facts(records=records, vips=vips)).proven_before
    assert found == ("2026-11-28T01:00:00+00:00" if is_proven else "")


def test_a_proof_whose_time_is_still_to_come_is_by_a_clock_that_was_ahead() -> None:
    """Seen: proven on a day of next year."""
    ahead = run(seal=SEAL, finished="2129-11-28T01:00:00+00:00")
    found = planned(facts(records=(ahead,), vips=(GW,))).proven_before
    assert found == "2129-11-28T01:00:00+00:00 by a clock that was ahead"


@pytest.mark.parametrize(
    ("before", "time", "told"),
    [
        (None, "2019-01-01T00:00:00+00:00", ""),
        (None, "2018-12-31T23:59:59+00:00", " by a clock that was wrong"),
        ("2026-11-28T00:00:00+00:00", "2026-11-28T01:00:00+00:00", ""),
        ("2026-11-28T02:00:00+00:00", "2026-11-28T01:00:00+00:00", ""),  # two clocks may differ by an hour
        (
            "2026-11-28T02:00:01+00:00",
            "2026-11-28T01:00:00+00:00",
            " by a clock that was behind that of a run before it",
        ),
        ("2129-11-28T01:00:00+00:00", "2026-11-28T01:00:00+00:00", ""),  # that one was ahead
    ],
)
def test_a_proof_is_dated_by_a_clock_that_was_behind_that_of_an_earlier_run(
    before: str | None, time: str, told: str
) -> None:
    earlier = () if before is None else (run(has_proof=False, answering=[], finished=before),)
    found = planned(facts(records=(*earlier, run(seal=SEAL, finished=time)), vips=(GW,))).proven_before
    assert found == time + told


@played_together(
    ("records", "is_left_out"),
    [
        ((), False),
        ((PROVEN,), False),
        ((run(verdict="partly"),), True),
        ((PROVEN, run(verdict="partly", answering=[])), True),
        ((run(verdict="partly"), PROVEN), False),
        ((run(verdict="partly"), run(has_proof=False)), True),
        ((run(verdict="partly", undone_by="x"),), True),
        ((run(Outcome.REVERTED, verdict="partly"),), False),
    ],
)
def test_what_a_run_found_left_out_stays_until_one_proves_it(records: tuple[Any, ...], is_left_out: bool) -> None:
    told = "record a_run could not prove it everywhere, and no run has proved it since"
    assert planned(facts(records=records)).left_out == (told if is_left_out else "")


PASSED = run(proven=False, contradicted=("an attack passes at gw",))
DEAF = run(proven=False, verdict="ineffective on this build")


@played_together(
    ("records", "passing", "ineffective"),
    [
        ((PROVEN,), False, False),
        ((PASSED,), True, False),
        ((PROVEN, PASSED), True, False),
        ((PASSED, PROVEN), False, False),
        ((PASSED, run(proven=False, verdict=UNPROVEN, answering=())), True, False),
        ((PASSED, run(proven=False, verdict=UNPROVEN)), False, False),
        ((PASSED, run(proven=False, verdict=UNPROVEN, kind=RecordKind.VERIFY)), True, False),
        ((PASSED, run(proven=False, verdict="observe, not blocking")), False, False),
        ((PASSED, run(kind=RecordKind.ROLLBACK, has_proof=False)), False, False),
        ((run(proven=False, contradicted=("x",), undone_by="y"),), False, False),
        ((run(Outcome.REVERTED, proven=False, contradicted=("x",)),), False, False),
        ((DEAF,), False, True),
        ((DEAF, run(seal=SEAL)), False, False),
        ((run(proven=False, verdict="ineffective on this build", build="12.1 50.28"),), False, False),
    ],
)
def test_what_a_run_has_seen_pass_stays_until_one_proves_it(
    records: tuple[Any, ...], passing: bool, ineffective: bool
) -> None:
    """Seen: applied, unproven in a status, beside a ledger that says exposed, after our own run had seen the attack pass."""
    plan = planned(facts(records=records))
    assert plan.seen_passing == (
        "record a_run: an attack passes at gw, and no run has proved it since" if passing else ""
    )
    found = "record a_run found ineffective on this build, and no run has proved it since"
    assert plan.found_ineffective == (found if ineffective else "")


@pytest.mark.parametrize(
    ("presence", "steps", "is_known"),
    [
        (Presence.CURRENT, (), True),
        (Presence.CURRENT, (POLICY,), False),
        (Presence.OLDER, (POLICY,), True),
        (Presence.DRIFTED, (POLICY,), False),
        (Presence.DRIFTED, (), False),
        (Presence.ABSENT, (), False),
    ],
)
def test_a_proof_has_the_seal_of_what_is_in_place_and_never_that_of_what_is_asked_for(
    presence: Presence, steps: tuple[Step, ...], is_known: bool
) -> None:
    found = facts(presence=presence, older=Target() if presence in (Presence.OLDER, Presence.DRIFTED) else None)
    plan = planned(found, *steps)
    seals = seals_of_proof(found, plan, Owner("demo", 1))
    assert bool(seals.seal) is is_known
    assert seals.seal != plan.seal or not steps


def test_what_is_still_to_be_done_is_not_proven_and_an_older_version_by_its_own_seal() -> None:
    assert planned(facts(records=(PROVEN,), vips=(GW,)), POLICY).proven_before == ""
    older = facts(records=(PROVEN,), vips=(GW,), older=Target(), presence=Presence.OLDER)
    assert planned(older, POLICY).proven_before == PROVEN.finished
    drifted = facts(records=(PROVEN,), vips=(GW,), older=Target(), presence=Presence.DRIFTED)
    assert planned(drifted, POLICY).proven_before == ""


@pytest.mark.parametrize(
    ("outcome", "how"), [(Outcome.OPEN, "died"), (Outcome.CONTINUED, "died"), (Outcome.FAILED, "failed")]
)
def test_a_run_that_continues_another_one_says_so(outcome: Outcome, how: str) -> None:
    text = f"this run continues a_run of a@b, which {how}: an undo takes back what both left"
    assert text in planned(facts(records=(run(outcome),)), POLICY).remarks
    assert text not in planned(facts(records=(run(outcome),))).remarks
