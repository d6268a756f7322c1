# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What blocks now and once the steps are carried out, and what the appliance is asked about the rules."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import Traffic, TrafficCase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.planner import State
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection import rule_assessment
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.rule_assessment import (
    RuleFacts,
    assess_rules,
    bound_everywhere,
    features_on,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.appliance_evaluation import (
    Evaluation,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.conflicts import Conflict, ConflictCode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.hand_made import HandMade

from tests.traits import traits

BUSY = NitroError("gw", "GET", 503, 0, "busy")
OWNER = Owner("demo", 1)


def test_only_policies_that_end_the_evaluation_before_ours_are_shadows() -> None:
    conflicts = tuple(Conflict(code, f"it is {code}.", "Fix it.") for code in ConflictCode)
    assert RuleFacts(conflicts=conflicts).shadows == ("it is shadowed.",)


@pytest.mark.parametrize(
    ("needed", "there", "on"),
    [
        ((), {}, True),
        (("LB",), {"LB": True}, True),
        (("LB",), {"LB": False}, False),
        (("LB", "RESPONDER"), {"LB": True}, False),
        (("LB", "RESPONDER"), {"RESPONDER": True}, False),
    ],
)
def test_all_features_that_are_needed_must_be_on(needed: tuple[str, ...], there: dict[str, bool], on: bool) -> None:
    for enabled, only_needed in ((needed, ()), ((), needed), (needed[:1], needed[1:])):
        measure = SimpleNamespace(traits=traits(needed_features=only_needed))
        parameters: Any = SimpleNamespace(document=SimpleNamespace(features=enabled), measure=measure)
        assert features_on(parameters, State({}, there)) is on


def test_policies_of_others_are_looked_for_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    session: Any = None
    assert bound_everywhere(session, ()) == (), "nothing is read"
    one = SimpleNamespace(policy="theirs", bound=("here",))
    monkeypatch.setattr(rule_assessment, "replace", lambda old, bound: (old.policy, bound))
    monkeypatch.setattr(rule_assessment, "read_everywhere", lambda _session: "bindings")
    monkeypatch.setattr(rule_assessment, "places_of_policy", lambda bindings, policy: (bindings, policy))
    found: Any = bound_everywhere(session, [one])  # type: ignore[list-item]
    assert found == (("theirs", ("bindings", "theirs")),)

    def busy(_session: Any) -> Any:
        raise BUSY

    monkeypatch.setattr(rule_assessment, "read_everywhere", busy)
    found = bound_everywhere(session, [one])  # type: ignore[list-item]
    assert found == (("theirs", ("here", f"other places, which cannot be read ({BUSY})")),)
    assert HandMade.__dataclass_params__.frozen  # type: ignore[attr-defined]


def placement(name: str, mode: Mode = Mode.ENFORCE) -> Any:
    return Placed(
        policy=f"tq_{name}", policies={one: f"tq_{name}__{one}" for one in Mode}, mode=mode, place=f"lb {name}"
    )


class Placed(SimpleNamespace):
    """Stands for a placement."""

    __hash__ = object.__hash__  # type: ignore[assignment]


def parameters(*placements: Any, **changes: Any) -> Any:
    one = SimpleNamespace(
        evaluate=True,
        judges=True,
        depends=True,
        modes={},
        features=(),
        objects={"a": 1},
        mode=Mode.ENFORCE,
        problems=(),
        refusals=(),
    )
    vars(one).update(changes)
    resolved = SimpleNamespace(
        placements=placements,
        modes=lambda _present: one.modes,
        problems=lambda: list(one.problems),
        refusals=one.refusals,
        remarks=lambda: ["a note"],
    )
    measure = SimpleNamespace(traits=traits(judges_requests=one.judges, depends_on_build=one.depends))
    document = SimpleNamespace(features=one.features, objects=one.objects)
    return SimpleNamespace(
        resolved=resolved, measure=measure, document=document, evaluate=one.evaluate, mode=one.mode, owner=OWNER
    )


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the appliance is asked; the offline assessment is given."""
    noted: list[str] = []
    checked = SimpleNamespace(errors=("offline",), unknown=(), warnings=("a warning",))
    assessment = SimpleNamespace(
        blockers=("now",),
        blockers_after=("after",),
        covered_by="",
        hand_made=(),
        rules=("a rule",),
        checked=checked,
        corpus="corpus",
        rule_proof="proof",
        conflicts=(Conflict(ConflictCode.SHADOWED, "s", "f"),),
        remarks=("a remark",),
    )

    def ask(*_arguments: Any) -> Any:
        noted.append("evaluation")
        return rule_assessment._OwnAnswers(Evaluation(not_evaluated=("x",)), ("a disagreement",), (), ("its remark",))

    monkeypatch.setattr(rule_assessment, "_assess_offline", lambda *_: assessment)
    monkeypatch.setattr(rule_assessment, "_ask_appliance", ask)
    return noted


def assessed(of: Any, *steps: Any, skipped: str = "", on: bool = True) -> RuleFacts:
    configuration: Any = SimpleNamespace(state=State({}, {"RESPONDER": on}))
    planned: Any = SimpleNamespace(skipped=skipped, steps=steps)
    connection: Any = SimpleNamespace(primary=None)
    access: Any = None
    return assess_rules(connection, of, configuration, planned, access)


def test_without_placements_the_offline_evaluation_says_what_blocks(asked: list[str]) -> None:
    found = assessed(parameters(), "a step")
    assert (found.blockers, found.blockers_after, asked) == (("now",), ("after",), ["evaluation"])
    assert found.disagreements == ("a disagreement",)
    assert found.remarks == ("a warning", "a remark", "its remark")
    assert [str(one.kind) for one in found.conflicts] == ["wrong_expression", "shadowed"]
    assert found.notes == ("a note",)


def test_with_placements_their_modes_do(asked: list[str]) -> None:
    a, b = placement("a"), placement("b")
    of = parameters(a, b, modes={a: Mode.OBSERVE, b: None}, features=("RESPONDER",))
    found = assessed(of)
    assert (found.blockers, found.blockers_after, asked) == ((f"tq_a__{Mode.OBSERVE}",), ("tq_a", "tq_b"), [])
    off = assessed(of, on=False)
    assert (off.modes, off.blockers) == ({}, ())


@pytest.mark.parametrize(
    ("of", "steps", "is_asked"),
    [
        (parameters(), ("a step",), True),
        (parameters(), (), False),
        (parameters(evaluate=False), ("a step",), False),
        (parameters(judges=False), ("a step",), False),
        (parameters(depends=False), ("a step",), True),
    ],
)
def test_when_the_appliance_is_asked(asked: list[str], of: Any, steps: tuple[str, ...], is_asked: bool) -> None:
    assessed(of, *steps)
    assert bool(asked) is is_asked


URL_RULE = 'HTTP.REQ.URL.DECODE_USING_TEXT_MODE.CONTAINS("/vpns/")'
BOUND = "responderglobal_responderpolicy_binding"


@pytest.mark.parametrize(
    ("policy", "rule", "type_", "is_asked"),
    [
        ("tq_demo", f"{URL_RULE} || false", BOUND, False),
        ("tq_another", URL_RULE, BOUND, False),
        ("tq_demo", "x(a rule of a later version", BOUND, False),
        ("tq_demo", 'HTTP.REQ.HEADER("X").EXISTS', BOUND, True),
        ("of_others", URL_RULE, BOUND, True),
        ("tq_demo", URL_RULE, "lbvserver_responderpolicy_binding", True),
    ],
)
def test_a_question_that_a_global_policy_of_ours_may_match_is_not_asked(
    monkeypatch: pytest.MonkeyPatch, policy: str, rule: str, type_: str, is_asked: bool
) -> None:
    """The rule is a part of the question, so one on URLs matches that about itself, whatever the request is."""
    found = asked_about(monkeypatch, policy, rule, type_)
    assert found.remarks == (() if is_asked else (rule_assessment.JUDGED.format(policy),))
    assert bool(found.evaluation.findings) is is_asked


def test_of_a_rule_that_is_in_place_as_it_is_nothing_is_asked_and_nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    found = asked_about(monkeypatch, "tq_demo", URL_RULE)
    assert (found.remarks, found.evaluation.findings) == ((), ())


def asked_about(monkeypatch: pytest.MonkeyPatch, policy: str, rule: str, type_: str = BOUND) -> Any:
    """Return the answers about a rule beside a policy that is in place."""
    answer: Any = Evaluation(("a finding",))  # type: ignore[arg-type]
    monkeypatch.setattr(rule_assessment, "_evaluate", lambda *_: answer)
    monkeypatch.setattr(rule_assessment, "disagreements", lambda *_: [])
    monkeypatch.setattr(rule_assessment, "wrong_answers", lambda *_: [])
    place = {"name": "site", "bindpoint": "REQUEST"} if type_ != BOUND else {"type": "REQ_OVERRIDE"}
    there: Any = {
        ("responderpolicy", (policy,)): {"name": policy, "rule": rule, "action": "NOOP"},
        (type_, (policy, "x", "y")): {"policyname": policy, "priority": 10, "gotopriorityexpression": "END", **place},
    }
    of = parameters()
    of.owner = SimpleNamespace(version=1)
    legitimate = Traffic((TrafficCase("home", attack=False, method="GET", url="/"),))
    of.measure.traffic = SimpleNamespace(for_version=lambda _version: legitimate)
    of.document.objects = {("responderpolicy", ("tq_demo",)): {"rule": URL_RULE}}
    rules: Any = [SimpleNamespace(policy="tq_demo", session_rules=(URL_RULE, URL_RULE), offline=())]
    planned, connection = SimpleNamespace(steps=[]), SimpleNamespace(primary=None)
    in_place = rule_assessment._in_place(there)
    return rule_assessment._ask_appliance(connection, of, planned, rules, in_place)  # type: ignore[arg-type]


def test_of_a_run_that_is_skipped_only_the_present_counts(asked: list[str]) -> None:
    found = assessed(parameters(), "a step", skipped="the build has the fix")
    assert (found.blockers, found.blockers_after, found.conflicts, asked) == (("now",), (), (), [])


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({"problems": [("locks out.", "Fix it.")], "refusals": [("refused.", "Fix it.")]}, ["lockout"]),
        (
            {"problems": [("locks out.", "Fix it.")], "refusals": [("a.", "b."), ("c.", "d.")], "objects": {}},
            ["lockout"] * 2,
        ),
    ],
)
def test_problems_of_what_is_wanted_are_conflicts(asked: list[str], changes: dict[str, Any], kinds: list[str]) -> None:
    found = assessed(parameters(**changes))
    assert [str(one.kind) for one in found.conflicts] == ["wrong_expression", *kinds, "shadowed"]
    assert asked == []


@pytest.mark.parametrize(
    ("mode", "placements", "places"),
    [
        (Mode.ENFORCE, (), ()),
        (Mode.OBSERVE, (), ("of the document",)),
        (Mode.OBSERVE, (placement("a", Mode.OBSERVE), placement("b")), ("lb a",)),
        (Mode.ENFORCE, (placement("a", Mode.OBSERVE), placement("b")), ("lb a",)),
    ],
)
def test_where_our_policies_only_count(
    monkeypatch: pytest.MonkeyPatch, mode: Mode, placements: tuple[Any, ...], places: tuple[str, ...]
) -> None:
    monkeypatch.setattr(rule_assessment, "places_of", lambda _objects: ("of the document",))
    assert rule_assessment._counted_places(parameters(*placements, mode=mode)) == places


@pytest.mark.parametrize(
    ("known", "errors"),
    [
        (frozenset(), ["e", "text a", "text B"]),
        (frozenset({"a"}), ["e", "text B"]),
        (frozenset({"a", "b"}), ["e"]),
        (None, ["e"]),
    ],
)
def test_an_unknown_name_is_an_error_where_the_appliance_does_not_have_it(
    monkeypatch: pytest.MonkeyPatch, known: Any, errors: list[str]
) -> None:
    monkeypatch.setattr(rule_assessment, "read_names", lambda _session: known)
    checked: Any = SimpleNamespace(errors=["e"], unknown=[("text a", "A"), ("text B", "B")])
    session: Any = None
    assert rule_assessment._refused_expressions(checked, session) == errors
    monkeypatch.setattr(rule_assessment, "read_names", lambda _session: pytest.fail("it is read"))
    checked.unknown = []
    assert rule_assessment._refused_expressions(checked, session) == ["e"]


def test_each_rule_is_evaluated_by_the_appliance_unless_its_set_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    times = {"tq_a": 410, "tq_b": None, "tq_c": 90}
    monkeypatch.setattr(
        rule_assessment,
        "_evaluate",
        lambda _connection, _parameters, rule, _text, _traffic: Evaluation((rule.policy,), times[rule.policy], ("n",)),
    )
    monkeypatch.setattr(
        rule_assessment, "evaluate_on_appliance", lambda _session, _rules, cases: Evaluation((cases,), 9999)
    )
    monkeypatch.setattr(rule_assessment, "sample", lambda traffic: f"sample of {traffic}")
    monkeypatch.setattr(rule_assessment, "disagreements", lambda *_: ["d"])
    monkeypatch.setattr(rule_assessment, "wrong_answers", lambda findings, _by: findings)
    traffic = SimpleNamespace(at=lambda place: f"traffic at {place}")
    of = parameters(placement("at"))
    of.owner = SimpleNamespace(version=2)
    of.measure.traffic = SimpleNamespace(for_version=lambda _version: traffic)
    policies = ("tq_a", "tq_b", "tq_c", "tq_at", "tq_waits")
    of.document.objects = {
        ("responderpolicy", (name,)): {"rule": 'x("tq_set")' if name == "tq_waits" else "x"} for name in policies
    }
    steps = [Step("policydataset", ("tq_set",), None, {}), Step("responderpolicy", ("x",), None, {})]
    planned: Any = SimpleNamespace(steps=steps)
    connection: Any = SimpleNamespace(primary=None)
    rules: Any = [SimpleNamespace(policy=name, session_rules=(), offline=()) for name in policies]
    monkeypatch.setattr(Evaluation, "remarks", lambda _self: [])
    found: Any = rule_assessment._ask_appliance(connection, of, planned, rules, None)
    expected = ("tq_a", "tq_b", "tq_c", "sample of traffic at lb at")
    assert (found.evaluation.findings, found.evaluation.nanoseconds) == (expected, 410)
    assert (found.evaluation.not_evaluated, found.disagreements, found.conflicts) == (("n",) * 3, ("d",) * 4, expected)
    assert found.remarks == ("the sets are not yet in their final state, so the appliance could not evaluate tq_waits",)
    planned.steps = []
    nothing: Any = rule_assessment._ask_appliance(connection, of, planned, [], None)
    assert (nothing.evaluation.nanoseconds, nothing.remarks) == (None, ())


@pytest.mark.parametrize(("needs_all", "cases"), [(True, "all"), (False, "a sample")])
def test_the_first_appliance_of_a_build_evaluates_all_and_the_others_a_sample(
    monkeypatch: pytest.MonkeyPatch, needs_all: bool, cases: str
) -> None:
    published: list[Any] = []
    shared = SimpleNamespace(needs_all=lambda: needs_all, publish=published.append)
    monkeypatch.setattr(rule_assessment, "SharedEvaluation", lambda *_arguments: shared)
    monkeypatch.setattr(rule_assessment, "sample", lambda _traffic: "a sample")
    monkeypatch.setattr(rule_assessment, "evaluate_on_appliance", lambda *arguments: Evaluation(arguments))
    connection: Any = SimpleNamespace(primary="session", build="b")
    of: Any = SimpleNamespace(records="records")
    rule: Any = SimpleNamespace(session_rules=("r",))
    traffic: Any = SimpleNamespace(evaluations=lambda: "all")
    found: Any = rule_assessment._evaluate(connection, of, rule, "text", traffic)
    assert found.findings == ("session", ("r",), cases)
    assert published == [found]
