# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The decisions of a rollback: what was ours, what goes, which runs are undone, and what forbids it. They need no appliance."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    TYPES,
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import FEATURE, Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Found
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning import proof_seal
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.planner import State, Target
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.state_reader import Observation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import (
    Outcome,
    RecordKind,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.verdicts.removal_conditions import (
    ALL_CONDITIONS,
    NOT_NEEDED,
    Unmet,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.verdicts.run_history import RunHistory
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback import rollback_planner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_plan import (
    RetireParameters,
    RollbackParameters,
    RollbackReason,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_planner import (
    RollbackPlanner,
)

from tests.accepted import accepted
from tests.played_together import played_together
from tests.traits import traits

OWNER = Owner("demo", 1)
POLICY: ObjectId = ("responderpolicy", ("tq_demo",))
ACTION: ObjectId = ("responderaction", ("tq_demo",))
THEIRS: ObjectId = ("responderpolicy", ("theirs",))
BOUND: ObjectId = ("responderglobal_responderpolicy_binding", ("tq_demo", "REQ_OVERRIDE"))
SETTING: ObjectId = ("nstcpparam", ())
OURS = {"name": "tq_demo", "rule": "TRUE", "action": "NOOP", "comment": OWNER.comment}
ADOPTED = {"name": "tq_demo", "rule": "TRUE", "action": "NOOP"}
BINDING = {"policyname": "tq_demo", "type": "REQ_OVERRIDE", "priority": 10}
ON, OFF = {"enabled": True}, {"enabled": False}


def measure(**changes: Any) -> Any:
    values: dict[str, Any] = {
        "id": "demo",
        "traits": traits(depends_on_build=True),
        "users_of_setting": lambda *_: "",
        **changes,
    }
    return SimpleNamespace(**values)


def planner(
    why: RollbackReason = RollbackReason.AFTER_FIX,
    *,
    of: Any = None,
    connection: Any = None,
    kind: type[RollbackParameters] = RollbackParameters,
    **options: Any,
) -> RollbackPlanner:
    appliance: Any = SimpleNamespace(name="gw")
    values = {"records": None, "run": "run", "partition": "default", "why": why, **options}
    parameters = kind(appliance=appliance, owner=OWNER, measure=of or measure(), **values)
    return RollbackPlanner(connection or SimpleNamespace(primary="session", is_cluster=False), parameters)


def run(
    *steps: Step,
    name: str = "run",
    kind: RecordKind = RecordKind.APPLY,
    outcome: Outcome = Outcome.APPLIED,
    undone_by: str = "",
    taken_over: tuple[str, ...] = (),
    continues: tuple[str, ...] = (),
) -> Any:
    return SimpleNamespace(
        name=name,
        kind=kind,
        outcome=outcome,
        touched=steps,
        steps=steps,
        undone_by=undone_by,
        taken_over=taken_over,
        continues=continues,
        saved=True,
    )


def change(id_: ObjectId, before: Attributes | None, after: Attributes | None) -> Step:
    return Step(*id_, before, after)


MADE = change(POLICY, None, OURS)


# -- what was ours -----------------------------------------------------------------------------------------------------


@played_together(
    ("id_", "attributes", "first", "ours"),
    [
        (POLICY, OURS, {}, True),
        (POLICY, ADOPTED, {}, False),
        (THEIRS, {"name": "theirs"}, {}, False),
        (BOUND, BINDING, {}, True),
        (BOUND, BINDING, {POLICY: OURS}, True),
        (BOUND, BINDING, {POLICY: None}, True),
        (BOUND, BINDING, {POLICY: ADOPTED}, False),
        (BOUND, BINDING, {BOUND: BINDING}, True),
        (POLICY, OURS, {ACTION: {"name": "tq_demo"}}, True),
        (BOUND, {**BINDING, "policyname": "theirs"}, {}, False),
    ],
)
def test_an_object_without_a_comment_is_ours_unless_a_run_adopted_something(
    id_: ObjectId, attributes: Attributes, first: dict[ObjectId, Attributes | None], ours: bool
) -> None:
    history = RunHistory(first, {}, {})
    assert planner()._was_ours(id_, attributes, history) is ours


@pytest.mark.parametrize(
    ("id_", "taken_over", "replaced"),
    [
        (THEIRS, ("theirs",), True),
        (THEIRS, ("another",), False),
        (THEIRS, (), False),
        (("responderglobal_responderpolicy_binding", ("theirs", "REQ_OVERRIDE")), ("theirs",), True),
        (("vpnvserver_responderpolicy_binding", ("theirs", "other", "REQUEST")), ("theirs",), False),
        (("vpnvserver_responderpolicy_binding", ("gw", "theirs", "REQUEST")), ("theirs",), True),
        (SETTING, ("theirs",), False),
    ],
)
def test_what_ours_has_replaced_does_not_return(id_: ObjectId, taken_over: tuple[str, ...], replaced: bool) -> None:
    history = RunHistory({}, {}, {id_: run(taken_over=taken_over)})
    assert RollbackPlanner._was_replaced(id_, history) is replaced
    assert RollbackPlanner._was_replaced(id_, RunHistory({}, {}, {})) is False


@pytest.mark.parametrize("why", list(RollbackReason))
def test_an_undo_restores_the_first_states_and_a_removal_takes_all_of_ours(why: RollbackReason) -> None:
    history = RunHistory.of(
        [run(change(POLICY, OURS, {**OURS, "rule": "x"}), change(THEIRS, {"name": "theirs"}, None))]
    )
    state = State(
        {POLICY: {**OURS, "rule": "x"}, BOUND: BINDING, ("responderpolicy", ("other",)): {"name": "other"}}, {}
    )
    wanted = planner(why)._wanted(state, history)
    if why is RollbackReason.UNDO:
        assert wanted == {POLICY: OURS, THEIRS: {"name": "theirs"}}
    else:
        assert wanted == {POLICY: None, THEIRS: {"name": "theirs"}, BOUND: None}


def test_a_removal_does_not_bring_back_what_ours_had_replaced() -> None:
    history = RunHistory.of([run(change(THEIRS, {"name": "theirs"}, None), MADE, taken_over=("theirs",))])
    assert planner()._wanted(State({POLICY: OURS}, {}), history) == {POLICY: None}
    assert planner(RollbackReason.UNDO)._wanted(State({}, {}), history) == {THEIRS: {"name": "theirs"}, POLICY: None}


def test_settings_of_objects_that_are_gone_are_not_restored() -> None:
    of = next(name for name, type_ in TYPES.items() if type_.of)
    gone, noun = (of, ("gw",)), TYPES[of].noun
    wanted = {gone: {"x": "y"}, POLICY: None}
    text = f"the {noun} gw is gone, so nothing is to be restored on it"
    assert rollback_planner._without_gone(dict(wanted), State({}, {})) == ({POLICY: None}, [text])
    assert rollback_planner._without_gone(dict(wanted), State({gone: {"x": "z"}}, {})) == (wanted, [])
    assert rollback_planner._without_gone({}, State({}, {})) == ({}, [])


# -- settings and features ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "text", "depends", "kept"),
    [
        ("", "a configuration", True, None),
        ("others use it", "a configuration", True, "others use it"),
        ("others use it", None, True, "the configuration cannot be read"),
        ("others use it", "a configuration", False, None),
    ],
)
def test_a_setting_that_others_rely_on_keeps_its_value(
    monkeypatch: pytest.MonkeyPatch, user: str, text: str | None, depends: bool, kept: str | None
) -> None:
    monkeypatch.setattr(rollback_planner, "ConfigurationTexts", lambda _session: SimpleNamespace(running=text))
    asked: list[Any] = []

    def users(*arguments: Any) -> str:
        asked.append(arguments)
        return user

    of = measure(traits=traits(depends_on_build=depends), users_of_setting=users)
    wanted = {SETTING: {"enhancedisngeneration": "DISABLED"}, POLICY: None}
    state = State({SETTING: {"enhancedisngeneration": "ENABLED"}}, {})
    left, remarks = planner(of=of)._without_used_settings(dict(wanted), state)
    assert asked == ([(SETTING, text, OWNER)] if depends and text else [])
    assert left == (wanted if kept is None else {POLICY: None})
    assert [remark.startswith(f"ns tcpParam stays as we set it: {kept}. To restore it: set ns tcpParam ") for remark in remarks] == (
        [] if kept is None else [True]
    ), remarks  # fmt: skip
    unchanged = State({SETTING: {"enhancedisngeneration": "DISABLED"}}, {})
    assert planner(of=of)._without_used_settings(dict(wanted), unchanged) == (wanted, [])


def disabled(
    monkeypatch: pytest.MonkeyPatch,
    feature: str = "RESPONDER",
    *,
    objects: Iterable[ObjectId] = (POLICY,),
    bound: Any = None,
    is_on: bool = True,
) -> tuple[dict[str, bool], list[str]]:
    def read(_session: Any, _places: Any) -> Any:
        if bound is None:
            pytest.fail("it is not to be read")
        if isinstance(bound, Exception):
            raise bound
        return bound

    monkeypatch.setattr(rollback_planner, "read_everywhere", read)
    history = RunHistory.of([run(change((FEATURE, (feature,)), OFF, ON), MADE)])
    state = State({id_: {"name": id_[1][0]} for id_ in objects}, {feature: is_on})
    return planner()._features_to_disable(history, state, {POLICY: None})


def test_a_feature_that_nothing_uses_is_disabled(monkeypatch: pytest.MonkeyPatch) -> None:
    assert disabled(monkeypatch) == ({"RESPONDER": False}, [])
    assert disabled(monkeypatch, objects=[POLICY, ACTION]) == ({"RESPONDER": False}, [])
    assert disabled(monkeypatch, objects=[POLICY, THEIRS], bound={}) == ({"RESPONDER": False}, [])
    own = {BOUND: BINDING}
    monkeypatch.setattr(rollback_planner, "GLOBAL_TYPES", ())
    features, remarks = disabled(monkeypatch, objects=[POLICY, THEIRS], bound=own)
    assert (features, len(remarks)) == ({}, 1), "our binding stays, so the feature does"


def test_a_feature_that_is_off_by_now_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert disabled(monkeypatch, is_on=False) == ({}, [])


OTHERS = {
    ("responderglobal_responderpolicy_binding", (name, "REQ_DEFAULT")): {"policyname": name, "type": "REQ_DEFAULT"}
    for name in ("z_theirs", "a_theirs")
}


@pytest.mark.parametrize(
    ("feature", "bound", "user"),
    [
        ("RESPONDER", OTHERS, "it is used by a_theirs, z_theirs"),
        (
            "RESPONDER",
            NitroError("gw", "GET", 503, 0, "busy"),
            "not every place where it may be used can be read (gw: GET",
        ),
        ("REWRITE", None, "Tourniquet cannot read every place where it may be used"),
        ("LB", None, "Tourniquet cannot read every place where it may be used"),
    ],
)
def test_a_feature_that_others_may_use_stays_on(
    monkeypatch: pytest.MonkeyPatch, feature: str, bound: Any, user: str
) -> None:
    features, (remark,) = disabled(monkeypatch, feature, objects=[POLICY, THEIRS], bound=bound)
    assert features == {}
    assert remark.startswith(f"the feature {feature}, which was off before us, stays on: {user}")
    assert remark.endswith(f"disable ns feature {feature}, then save ns config")


# -- which runs --------------------------------------------------------------------------------------------------------


def usable(*records: Any, chain: dict[str, Any] | None = None) -> Any:
    return SimpleNamespace(records=records, chain=chain or {record.name: {} for record in records})


def names(records: Iterable[Any]) -> list[str]:
    return [record.name for record in records]


def test_an_undo_takes_the_last_run_with_those_that_it_continues_and_a_removal_all() -> None:
    first, died = run(MADE, name="a"), run(MADE, name="b", outcome=Outcome.CONTINUED)
    last = run(MADE, name="c", continues=("b",))
    assert names(planner(RollbackReason.UNDO)._in_force(usable(first, died, last))) == ["b", "c"]
    assert names(planner()._in_force(usable(first, died, last))) == ["a", "b", "c"]
    undone = run(MADE, name="c", undone_by="d")
    assert names(planner(RollbackReason.UNDO)._in_force(usable(first, undone))) == []
    assert names(planner()._in_force(usable(first, undone))) == ["a"]
    assert names(planner(RollbackReason.UNDO)._in_force(usable())) == []


OTHER = change(THEIRS, None, {"name": "theirs"})


@pytest.mark.parametrize(
    ("one", "last", "is_refused"),
    [
        (run(MADE, name="a"), run(MADE, name="b"), True),
        (run(MADE, OTHER, name="a"), run(OTHER, name="b"), True),
        (run(MADE, name="a"), run(OTHER, name="b"), False),
        (run(MADE, name="a", undone_by="c"), run(MADE, name="b"), False),
    ],
)
def test_two_runs_of_the_same_objects_without_an_order_are_not_undone(
    monkeypatch: pytest.MonkeyPatch, one: Any, last: Any, is_refused: bool
) -> None:
    monkeypatch.setattr(rollback_planner, "unordered", lambda names, _chain: [("a", "b")] if len(names) == 2 else [])
    undo = planner(RollbackReason.UNDO)
    if not is_refused:
        assert names(undo._in_force(usable(one, last))) == ["b"]
        return
    with pytest.raises(
        Refused, match=r"^gw: which of the runs a and b is the last one is not known, .* Nothing was changed\.$"
    ):
        undo._in_force(usable(one, last))
    assert names(planner()._in_force(usable(one, last))) == ["a", "b"]


def test_only_the_last_two_runs_matter_for_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollback_planner, "unordered", lambda _names, _chain: [("a", "b")])
    runs = [run(MADE, name=name) for name in "abc"]
    assert names(planner(RollbackReason.UNDO)._in_force(usable(*runs))) == ["c"]


@pytest.mark.parametrize(
    ("records", "unfinished"),
    [
        ([], []),
        (["apply"], []),
        (["apply", "open"], ["1"]),
        (["open", "apply"], []),
        (["apply", "failed", "rollback", "reverted", "open"], ["1", "4"]),
        (["open", "failed"], ["0", "1"]),
        (["apply", "verify", "failed"], ["2"]),
    ],
)
def test_removals_that_did_not_end_since_the_last_apply(records: list[str], unfinished: list[str]) -> None:
    kinds: dict[str, Any] = {
        "apply": {},
        "verify": {"kind": RecordKind.VERIFY, "outcome": Outcome.OPEN},
        "rollback": {"kind": RecordKind.ROLLBACK},
        "reverted": {"kind": RecordKind.ROLLBACK, "outcome": Outcome.REVERTED},
        "open": {"kind": RecordKind.ROLLBACK, "outcome": Outcome.OPEN},
        "failed": {"kind": RecordKind.ROLLBACK, "outcome": Outcome.FAILED},
    }
    made = [run(MADE, name=str(place), **kinds[record]) for place, record in enumerate(records)]
    assert names(rollback_planner._unfinished_removals(made)) == unfinished


# -- refusals ----------------------------------------------------------------------------------------------------------


CHANGED = {**OURS, "rule": "FALSE"}


@pytest.mark.parametrize(
    ("now", "force", "is_refused"),
    [
        ({POLICY: OURS}, False, False),
        ({}, False, False),
        ({POLICY: CHANGED}, False, True),
        ({POLICY: CHANGED}, True, False),
    ],
)
def test_what_somebody_else_has_changed_is_left_unless_it_is_forced(
    now: dict[ObjectId, Attributes | None], force: bool, is_refused: bool
) -> None:
    records = [run(change((FEATURE, ("RESPONDER",)), OFF, ON), MADE)]
    one, state, history = planner(force=force), State(now, {}), RunHistory.of(records)
    if not is_refused:
        with accepted():
            one._require_unchanged(state, history, records)
        return
    told = r"^gw: the responder policy tq_demo was changed since by somebody else: it is now .*-e force=true\. Nothing was changed\.$"
    with pytest.raises(Refused, match=told):
        one._require_unchanged(state, history, records)
    left = run(change(POLICY, OURS, CHANGED), kind=RecordKind.ROLLBACK, outcome=Outcome.FAILED)
    with accepted():
        one._require_unchanged(state, history, [*records, left])


def test_conditions_that_are_not_met_forbid_a_retirement_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollback_planner, "vips_of", lambda *_: ["vip"])
    asked: list[Any] = []

    def rely(_connection: Any, others: Any, before: Any, after: Any, vips: Any) -> list[Unmet]:
        asked.append((others, before, after, vips))
        return [Unmet("cve_y relies on it", "Apply cve_y first")]

    monkeypatch.setattr(rollback_planner, "builds_without_fix", lambda *_: [Unmet("n1 is old", "Upgrade first")])
    monkeypatch.setattr(rollback_planner, "start_up_lines", lambda *_: [])
    monkeypatch.setattr(rollback_planner, "entries_that_rely_on_it", rely)
    monkeypatch.setattr(rollback_planner, "not_probed", lambda *_: [])
    monkeypatch.setattr(rollback_planner.RollbackPlanner, "_kept_from_build", lambda *_: iter(()))
    state, target = State({POLICY: OURS, THEIRS: {"name": "theirs"}}, {}), Target({POLICY: None})

    def require(*steps: Step, conditions: frozenset[str] = ALL_CONDITIONS, kind: Any = RetireParameters) -> None:
        options = {"conditions": conditions, "others": ("other",)} if kind is RetireParameters else {}
        planner(RollbackReason.RETIRE, kind=kind, **options)._require_no_condition_unmet(state, target, steps)

    with pytest.raises(Refused) as refused:
        require(MADE)
    assert str(refused.value) == (
        "gw: demo stays. n1 is old: upgrade first. cve_y relies on it: apply cve_y first. Nothing was changed."
    )
    assert asked == [(("other",), state.objects, {THEIRS: {"name": "theirs"}}, ["vip"])]
    with pytest.raises(Refused, match=r"^gw: demo stays\. cve_y relies on it: apply cve_y first\. Nothing"):
        require(MADE, conditions=frozenset({NOT_NEEDED}))
    require(MADE, conditions=frozenset())
    require()
    require(MADE, kind=RollbackParameters)


@pytest.mark.parametrize(
    ("why", "accept", "depends", "is_refused"),
    [
        (RollbackReason.AFTER_FIX, False, True, True),
        (RollbackReason.AFTER_FIX, True, True, False),
        (RollbackReason.AFTER_FIX, False, False, False),
        (RollbackReason.UNDO, False, True, False),
    ],
)
def test_a_build_that_needs_it_keeps_it_unless_a_person_accepts_the_exposure(
    monkeypatch: pytest.MonkeyPatch, why: RollbackReason, accept: bool, depends: bool, is_refused: bool
) -> None:
    monkeypatch.setattr(rollback_planner, "builds_without_fix", lambda *_: iter([Unmet("n1 is old", "Upgrade first")]))
    monkeypatch.setattr(rollback_planner, "partitions_not_covered", lambda _session: pytest.fail("they are read"))
    one = planner(why, of=measure(traits=traits(depends_on_build=depends)), accept_exposure=accept)
    if not is_refused:
        with accepted():
            one._require_one_known_configuration()
        return
    with pytest.raises(
        Refused, match=r"^gw: n1 is old\. Upgrade first, undo only the last run with -e why=undo, or accept "
    ):
        one._require_one_known_configuration()


def test_a_measure_of_every_build_is_not_retired() -> None:
    with pytest.raises(Refused, match=r"^gw: demo is for every build, so no firmware replaces it\.") as refused:
        planner(RollbackReason.RETIRE, of=measure(traits=traits()))._require_one_known_configuration()
    assert [(one["playbook"], one["options"]) for one in refused.value.commands] == [
        ("apply.yml", {"mitigation": "demo"})
    ]


@pytest.mark.parametrize(
    ("kind", "found", "removes"),
    [(RollbackParameters, None, False), (RetireParameters, Found.KEEP, False), (RetireParameters, Found.REMOVE, True)],
)
def test_what_others_made_by_hand_goes_only_in_a_retirement_that_says_so(
    kind: Any, found: Found | None, removes: bool
) -> None:
    one = planner(RollbackReason.RETIRE, kind=kind, **({} if found is None else {"found": found}))
    assert one._removes_found is removes
    assert one._hand_made_parts(State({}, {})) == ()


def test_what_the_appliance_does_not_show_is_said() -> None:
    assert rollback_planner._not_shown(Observation()) == []
    assert rollback_planner._not_shown(Observation(not_shown=("responder policy",))) == [
        "while its feature is off the appliance does not show its responder policy, so its absence was not read"
    ]


@pytest.mark.parametrize(
    ("proven", "depends_on_build", "found"), [(True, True, "a"), (False, True, ""), (True, False, "")]
)
def test_what_is_bound_beside_ours_is_kept_where_a_run_had_proved_it(
    monkeypatch: pytest.MonkeyPatch, *, proven: bool, depends_on_build: bool, found: str
) -> None:
    """Seen in a night: proven until it was taken off, past a policy that was in front of it when it was."""
    one = run(MADE, change(BOUND, None, BINDING))
    one.proof = SimpleNamespace(proven=proven, places="a")
    own = planner(of=measure(traits=traits(depends_on_build=depends_on_build)))
    there: dict[ObjectId, Attributes] = {BOUND: BINDING, POLICY: OURS}
    monkeypatch.setattr(rollback_planner, "observe", lambda *_: SimpleNamespace(state=State(there, {})))
    monkeypatch.setattr(proof_seal, "proof_seals", lambda *_: frozenset({"a"}))
    assert own._found_beside([one]) == found
    monkeypatch.setattr(proof_seal, "proof_seals", lambda *_: frozenset())
    assert (own._found_beside([one]) not in ("", "a")) is bool(found)
    there.pop(BOUND)
    assert own._found_beside([one]) == "", "that ours is not bound says more"

    def busy(*_given: Any) -> Any:
        raise NitroError("gw", "GET", 503, 0, "busy")

    monkeypatch.setattr(rollback_planner, "observe", busy)
    assert own._found_beside([one]) == ("not said" if found else ""), "what was not read proves nothing"
