# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a rollback sends from outside, what it takes for harm, and when the secondary has followed: tests/engine plays it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Unsaved
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import CaseSession
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.change import Harm
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning import proof_seal
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.planner import State
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback import rollback_proof
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_plan import RollbackPlan
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_proof import RollbackProof

from tests.traits import traits

GW, WEB = Vip("gw", Address("192.0.2.10", 443), "vpn"), Vip("web", Address("192.0.2.11", 443), "lb")
WITHHELD = Vip("far", Address("198.51.100.1", 443), "lb", probe=False, withheld="it is elsewhere")
FORBIDDEN = Vip("no", Address("192.0.2.12", 443), "lb", probe=False)
OURS = {"name": "tq_x", "rule": "TRUE", "action": "NOOP"}
STEP = Step("responderpolicy", ("tq_x",), OURS, None)
BUSY = NitroError("gw", "GET", 503, 0, "busy")


def case(name: str, *, at: str = "", probe: bool = True, session: CaseSession = CaseSession.WITHOUT) -> Any:
    return SimpleNamespace(name=name, probe=probe, session=session, is_at=lambda place: not at or place == at)


def proof(
    *vips: Vip, plan: RollbackPlan | None = None, cases: tuple[Any, ...] = (), secondary: bool = False, **changes: Any
) -> Any:
    one = SimpleNamespace(
        probe=True, appliance_probe=True, unsaved=Unsaved.REFUSE, problem="", undoes=(), why="undo", is_saved=True
    )
    one.removes_all = False
    vars(one).update(changes)
    made: Any = RollbackProof.__new__(RollbackProof)
    made.plan = plan or RollbackPlan(steps=(STEP,))
    made.prober, made.remarks, made._vips, made._before = "prober", [], vips, ()
    made.begun, made.noted = [], []
    made.counted_run = SimpleNamespace(begin=lambda: made.begun.append("begun"), note_begun=made.noted.append)
    made.parameters = SimpleNamespace(
        probe=one.probe,
        appliance=SimpleNamespace(probe=one.appliance_probe, marker="f00d"),
        measure=SimpleNamespace(traffic=SimpleNamespace(legitimate=cases), traits=traits(is_saved=one.is_saved)),
        owner=Owner("heartbeat", 1),
        unsaved=one.unsaved,
        why=one.why,
        removes_all=one.removes_all,
    )
    node = SimpleNamespace(node=SimpleNamespace(host="n2")) if secondary else None
    made.connection = SimpleNamespace(primary="session", secondary=node, secondary_problem=one.problem)
    return made


@pytest.fixture(autouse=True)
def probes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proof is the name of the VIP with those of the cases that were sent."""
    monkeypatch.setattr(
        rollback_proof,
        "probe_vip",
        lambda _prober, vip, cases, _measure, _marker: Sent(vip.name, [one.name for one in cases]),
    )
    monkeypatch.setattr(rollback_proof, "vips_of", lambda _appliance, _session: (GW, WITHHELD, FORBIDDEN))


class Sent(SimpleNamespace):
    """Stands for the answers of a VIP."""

    def __init__(self, vip: str, cases: list[str]) -> None:
        super().__init__(vip=vip, cases=cases)

    def summary(self) -> str:
        return f"{self.vip}: {self.cases}"


CASES = (
    case("quiet", probe=False),
    case("in a session", session=CaseSession.WITH),
    case("of web", at="lb vserver web"),
    case("first"),
    case("second"),
)


def test_one_legitimate_request_goes_to_each_vip() -> None:
    found = proof(GW, WEB, FORBIDDEN, cases=CASES).probe_controls()
    assert [one.summary() for one in found] == ["gw: ['first']", "web: ['of web']"]
    assert proof(GW, cases=CASES[:3]).probe_controls() == ()


@pytest.mark.parametrize(
    ("changes", "vips", "remarks"),
    [
        ({}, 3, ["far (198.51.100.1:443) is not probed (it is elsewhere)"]),
        ({"probe": False}, 0, []),
        ({"appliance_probe": False}, 0, []),
    ],
)
def test_vips_are_asked_where_the_inventory_allows_it(changes: dict[str, Any], vips: int, remarks: list[str]) -> None:
    one = proof(cases=CASES, **changes)
    one.note_begun()
    assert one.begun == ["begun"], "counters are read before the first request"
    one.before()
    assert (len(one._vips), one.remarks, len(one._before)) == (vips, remarks, 1 if vips else 0)
    assert one.noted == [2 * vips], "before and after"
    idle = proof(plan=RollbackPlan(), cases=CASES)
    idle.note_begun()
    idle.before()
    assert (idle._before, idle.begun, idle.noted) == ((), [], [0])


@pytest.mark.parametrize("unsaved", list(Unsaved))
@pytest.mark.parametrize("foreign", [(), ("+ x",)])
@pytest.mark.parametrize("harmed", [[], ["gw: x", "web: y"]])
@pytest.mark.parametrize("steps", [(), (STEP,)])
def test_what_is_found_after_the_steps(
    monkeypatch: pytest.MonkeyPatch,
    unsaved: Unsaved,
    foreign: tuple[str, ...],
    harmed: list[str],
    steps: tuple[Step, ...],
) -> None:
    monkeypatch.setattr(rollback_proof, "harmed", lambda _before, _after: harmed)
    one = proof(GW, cases=CASES, unsaved=unsaved, plan=RollbackPlan(steps=steps, foreign_lines=foreign))
    found = one.after({})
    assert found.harm == (Harm("legitimate traffic was harmed", "gw: x; web: y") if harmed else None)
    assert found.may_save is not (unsaved is Unsaved.APPLY_WITHOUT_SAVE and bool(foreign))
    assert found.facts["controls"] == (["gw: ['first']"] if steps else [])


@pytest.mark.parametrize(
    ("saved", "foreign", "may_save"),
    [
        ('add responder policy tq_heartbeat FALSE NOOP -comment "tourniquet heartbeat v1"', (), True),
        ('add responder policy tq_heartbeat FALSE NOOP -comment "tourniquet heartbeat v1"', ("+ x",), False),
        ("add responder policy others FALSE NOOP", (), False),
        ("add responder policy tq_heartbeat FALSE NOOP", (), False),  # not ours: it has no comment of ours
        (None, (), False),
    ],
)
def test_the_removal_of_what_is_never_saved_is_saved_where_another_run_has_saved_it(
    monkeypatch: pytest.MonkeyPatch, saved: str | None, foreign: tuple[str, ...], may_save: bool
) -> None:
    monkeypatch.setattr(rollback_proof, "ConfigurationTexts", lambda _session: SimpleNamespace(saved=saved))
    one = proof(is_saved=False, plan=RollbackPlan(foreign_lines=foreign))
    assert one.after({}).may_save is may_save


DONE = RollbackPlan(wanted={("responderaction", ("tq_x",)): None})
UNDONE: Any = SimpleNamespace(name="a run")


@pytest.mark.parametrize(
    ("plan", "steps"),
    [
        (RollbackPlan(steps=(STEP,), wanted=DONE.wanted), ["responderaction", "responderpolicy"]),
        (RollbackPlan(must_save=True, wanted=DONE.wanted), ["responderaction"]),
        (RollbackPlan(undoes=(UNDONE,), wanted=DONE.wanted), ["responderaction"]),
        (DONE, []),
        (RollbackPlan(), []),
    ],
)
@pytest.mark.parametrize("wrong", [[], ["one", "two"], BUSY])
def test_what_is_removed_must_be_gone_from_the_secondary(
    monkeypatch: pytest.MonkeyPatch, plan: RollbackPlan, steps: list[str], wrong: Any
) -> None:
    compared: list[str] = []

    def differences(_session: Any, of: Any) -> Any:
        compared.extend(step.type for step in of)
        if isinstance(wrong, Exception):
            raise wrong
        return wrong

    monkeypatch.setattr(rollback_proof, "differences_on_secondary", differences)
    one = proof(plan=plan, secondary=True)
    texts = ([str(wrong)] if isinstance(wrong, Exception) else wrong) if steps else []
    assert one.check_secondary() is (not texts)
    assert (compared, one.remarks) == (steps, [f"the secondary n2 did not follow: {text}" for text in texts])
    assert proof(plan=plan).check_secondary() is True


def test_a_secondary_that_cannot_be_used_has_not_followed() -> None:
    one = proof(secondary=True, problem="it is out of sync")
    assert one.check_secondary() is False
    assert one.remarks == ["it is out of sync"]


@pytest.mark.parametrize(
    ("secondary", "followed", "problem", "remarks"),
    [
        (True, True, "the disk is full", ["the disk is full"]),
        (True, True, "", []),
        (True, False, "the disk is full", []),
        (False, True, "the disk is full", []),
    ],
)
def test_a_secondary_that_has_followed_is_saved(
    monkeypatch: pytest.MonkeyPatch, secondary: bool, followed: bool, problem: str, remarks: list[str]
) -> None:
    monkeypatch.setattr(rollback_proof, "ensure_secondary_saved", lambda *_: problem)
    one = proof(secondary=secondary)
    one._secondary_followed = followed
    one.save_secondary("record", lambda _session: None)
    assert one.remarks == remarks


def test_the_record_names_what_is_undone_and_what_is_bound_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    noted: list[Any] = []
    beside: dict[str, str] = {}
    monkeypatch.setattr(rollback_proof, "found_beside_others", lambda *_given: dict(beside))
    undone: Any = SimpleNamespace(name="a run", note=lambda **facts: noted.append(facts))
    one = proof(plan=RollbackPlan(undoes=(undone,)))
    assert one.record_facts() == {"why": "undo", "undoes": ["a run"]}
    beside["cve_of_another"] = "a"
    assert one.record_facts()["found_beside"] == beside
    one.plan = RollbackPlan(undoes=(undone,), found_beside="b")
    assert one.record_facts()["found_beside"] == {**beside, one.parameters.owner.measure: "b"}
    one.finished(SimpleNamespace(name="this run"))
    assert noted == [{"undone_by": "this run"}]


PLACE = {"policyname": "tq_heartbeat", "type": "REQ_OVERRIDE", "priority": "10"}
BOUND = Step("responderglobal_responderpolicy_binding", ("tq_heartbeat", "REQ_OVERRIDE"), None, PLACE)


@pytest.mark.parametrize(
    ("changes", "step", "proven", "is_read"),
    [
        ({}, BOUND, True, True),
        ({"removes_all": True}, BOUND, True, False),
        ({}, STEP, True, False),
        ({}, BOUND, False, False),
    ],
)
def test_what_is_bound_beside_ours_is_read_where_an_undo_may_put_a_proof_back(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], step: Step, proven: bool, is_read: bool
) -> None:
    """Seen in a night: proven since an undo, behind a policy that somebody had put in front meanwhile."""
    seen = SimpleNamespace(proven=proven, places="a1")
    before: Any = SimpleNamespace(
        name="1.json", undone_by="", proof=seen, steps=(step,), touched=(step,), outcome="applied"
    )
    one = proof(plan=RollbackPlan(steps=(STEP,), records=(before,)), **changes)
    monkeypatch.setattr(rollback_proof, "observe", lambda _session, _scope: SimpleNamespace(state=State({}, {})))
    monkeypatch.setattr(proof_seal, "proof_seals", lambda *_given: frozenset({"a1"}))
    assert one._places() == ({"places": "a1"} if is_read else {})
    monkeypatch.setattr(proof_seal, "proof_seals", lambda *_given: frozenset({"b2"}))
    assert (one._places().get("places", "") not in ("", "a1")) is is_read

    def busy(_session: Any, _scope: Any) -> Any:
        raise BUSY

    monkeypatch.setattr(rollback_proof, "observe", busy)
    assert (one._places(), len(one.remarks)) == ({}, int(is_read))
