# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which requests a run sends, and by how much the hit counters must rise for them."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import CaseSession
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.features import FeatureFacts
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.probes import NOT_JUDGED
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.verdicts import measure_proof
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.verdicts.chosen_requests import (
    MOST_PROBES_AT_APPLY,
    chosen_requests,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.verdicts.measure_proof import (
    MeasureProver,
    ProofResult,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.other_measures import OtherMeasures, Stopper

from tests.traits import traits

GW = Vip("gw", Address("192.0.2.10", 443), "vpn")
SILENT = Vip("web", Address("192.0.2.11", 443), "lb", probe=False)


def prover(*vips: Vip, cases: tuple[Any, ...] = (), **changes: Any) -> Any:
    one = SimpleNamespace(
        probes=Probes.ALL,
        probe=True,
        placements=(),
        hits={},
        blockers=("tq_x",),
        unsent=(),
        action="tq_x",
        others=OtherMeasures(),
    )
    vars(one).update(changes)
    made: Any = MeasureProver.__new__(MeasureProver)

    def at(place: str) -> Any:
        assert place == "vpn vserver gw"
        return SimpleNamespace(cases=cases)

    traffic = SimpleNamespace(for_version=lambda version: SimpleNamespace(at=at) if version == 2 else None)
    made.session = "session"
    made.parameters = SimpleNamespace(
        probes=one.probes,
        appliance=SimpleNamespace(probe=one.probe, marker="f00d"),
        measure=SimpleNamespace(traffic=traffic, traits=traits()),
        mode=Mode.ENFORCE,
        owner=Owner("x", 2),
        resolved=SimpleNamespace(placements=one.placements),
        document=SimpleNamespace(objects={("responderpolicy", ("tq_x",)): {"action": one.action}}),
    )
    made.facts = SimpleNamespace(
        parameters=made.parameters,
        others=one.others,
        features=FeatureFacts(),
        access=SimpleNamespace(vips=vips),
        configuration=SimpleNamespace(observation=SimpleNamespace(hits=one.hits)),
        rules=SimpleNamespace(blockers=one.blockers, blockers_after=()),
    )
    made.prober = SimpleNamespace(why_not_sent=lambda _vip, case: "it cannot" if case.name in one.unsent else "")
    return made


@pytest.mark.parametrize(
    ("one", "can"),
    [
        (prover(GW), True),
        (prover(SILENT, GW), True),
        (prover(SILENT), False),
        (prover(), False),
        (prover(GW, probes=Probes.NONE), False),
        (prover(GW, probe=False), False),
    ],
)
def test_whether_anything_is_sent(one: Any, can: bool) -> None:
    assert one.can_probe is can


class Case(SimpleNamespace):
    __hash__ = object.__hash__


def case(name: str, *, attack: bool = True, probe: bool = True, session: CaseSession | None = None) -> Any:
    return Case(name=name, attack=attack, probe=probe, session=session)


def names(cases: Iterable[Any]) -> list[str]:
    return [one.name for one in cases]


def chosen(of: Any) -> list[str]:
    return names(chosen_requests(of.facts, GW, of.prober.why_not_sent).cases)


CASES = (
    case("a1"),
    case("quiet", probe=False),
    case("in a session", session=CaseSession.WITH),
    case("c1", attack=False),
    case("c2", attack=False),
    case("c0", attack=False, probe=False),
    case("a2"),
)


def test_a_proof_sends_all_and_an_apply_some_attacks_and_one_control() -> None:
    assert chosen(prover(cases=CASES)) == ["a1", "quiet", "c1", "c2", "c0", "a2"]
    few = prover(cases=CASES, probes=Probes.FEW)
    assert chosen(few) == ["a1", "a2", "c1"]


def test_an_apply_sends_a_bounded_number_and_first_what_can_be_sent() -> None:
    many = tuple(case(f"a{number}") for number in range(MOST_PROBES_AT_APPLY + 3))
    assert len(chosen(prover(cases=many, probes=Probes.FEW))) == MOST_PROBES_AT_APPLY
    found = chosen(prover(cases=(*many, case("c", attack=False)), probes=Probes.FEW, unsent=("a0",)))
    assert found == [*(f"a{number}" for number in range(1, MOST_PROBES_AT_APPLY)), "c"]
    assert chosen(prover(cases=many[:2], probes=Probes.FEW, unsent=("a0",))) == ["a1", "a0"]


class Stopping(OtherMeasures):
    """Another measure of ours that stops some requests, and that allows one."""

    def stops(self, kind: str, vserver: str, case: Any) -> str:
        assert (kind, vserver) == ("vpn", "gw")
        return Stopper(self.problem) if case.name in self.client.split() else None

    def allowed(self, kind: str, vserver: str) -> Any:
        assert (kind, vserver) == ("vpn", "gw")
        return iter([case("listed", attack=False), case("listed too", attack=False)])


@pytest.mark.parametrize(
    ("stopped", "probes", "sent", "not_judged"),
    [
        ("c1", Probes.FEW, ["a1", "a2", "c2"], ["c1"]),
        ("c1 c2", Probes.FEW, ["a1", "a2", "c0"], ["c1", "c2"]),
        ("c1 c2 c0", Probes.FEW, ["a1", "a2", "listed"], ["c1", "c2"]),
        ("c1 c2 c0", Probes.ALL, ["a1", "quiet", "a2", "listed"], ["c1", "c2", "c0"]),
        ("a1", Probes.FEW, ["a2", "c1"], ["a1"]),
        ("a1 a2", Probes.FEW, ["quiet", "c1"], ["a1", "a2"]),
        ("a1 a2 quiet", Probes.FEW, ["c1"], ["a1", "a2"]),
    ],
)
def test_what_another_measure_of_ours_stops_is_not_sent_and_another_request_is(
    stopped: str, probes: Probes, sent: list[str], not_judged: list[str]
) -> None:
    one = prover(cases=CASES, probes=probes, others=Stopping(client=stopped, problem="tq_whitelist"))
    assert chosen(one) == sent
    found = chosen_requests(one.facts, GW)
    assert [(case.name, why) for case, why in found.beside.not_judged] == [
        (name, f"{NOT_JUDGED} our whitelist (tq_whitelist)") for name in not_judged
    ]
    assert bool(found.lacks(attack=True)) is not any(name[0] == "a" or name == "quiet" for name in sent)
    assert found.lacks(attack=False) == ""


def test_only_vips_that_may_be_asked_for_something_are_probed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure_proof, "probe_vip", lambda _prober, vip, cases, *_, **__: (vip.name, names(cases)))
    assert prover(SILENT, GW, cases=CASES[:1]).probe() == (("gw", ["a1"]),)
    assert prover(SILENT, GW).probe() == ()


def answers(*, blocked: int = 0, by_us: int = 0, passed: int = 0, cut: int = 0) -> Any:
    return SimpleNamespace(
        vip=GW, blocked=blocked, blocked_by_us=by_us, blocked_by_another=0, passed=passed, signs=(), cut=cut
    )


BEFORE, AFTER = answers(blocked=3, by_us=1), answers(blocked=9, by_us=6, passed=17)


@pytest.mark.parametrize(
    ("policies", "observing", "blockers", "expected"),
    [
        (("tq_x",), False, ("tq_x",), 12),
        (("tq_x", "theirs"), False, ("tq_x",), 12),
        (("tq_x",), False, ("theirs",), 9),  # what was not there has counted nothing
        (("tq_x",), False, ("tq_x", "theirs"), 10),
        (("tq_x",), True, ("tq_x",), 18),
    ],
)
@pytest.mark.parametrize("short", [0, 1])
def test_the_counters_must_rise_by_what_was_blocked(
    monkeypatch: pytest.MonkeyPatch,
    policies: tuple[str, ...],
    observing: bool,
    blockers: tuple[str, ...],
    expected: int,
    short: int,
) -> None:
    asked: list[Any] = []

    def wait(session: Any, of: Any, known: Any, wanted: int) -> dict[str, int]:
        asked.append((session, of, known, wanted))
        return {"tq_x": wanted - short}

    monkeypatch.setattr(measure_proof, "wait_for_hits", wait)
    one = prover(GW, hits={"tq_x": 100}, blockers=blockers)
    found = one.with_hits(ProofResult((BEFORE,), (AFTER,)), policies, observing=observing)
    assert asked == [("session", policies, {"tq_x": 100}, expected)]
    assert (found.hits, found.counters) == ({"tq_x": expected - short}, {"tq_x": 100 + expected - short})
    assert found.hits_rose is (short == 0)


@pytest.mark.parametrize(("action", "expected"), [("RESET", 7), ("DROP", 7), ("tq_x", 4)])
def test_no_answer_is_a_hit_only_of_a_policy_that_gives_none(
    monkeypatch: pytest.MonkeyPatch, action: str, expected: int
) -> None:
    monkeypatch.setattr(measure_proof, "wait_for_hits", lambda *given: {"tq_x": given[-1]})
    proof = ProofResult((answers(blocked=1, cut=1),), (answers(blocked=3, cut=2),))
    assert prover(GW, action=action).with_hits(proof, ("tq_x",)).hits == {"tq_x": expected}


@pytest.mark.parametrize(
    ("policies", "after", "observing"),
    [((), AFTER, False), (("tq_x",), answers(passed=5, cut=2), False), (("tq_x",), answers(blocked=5), True)],
)
def test_counters_are_not_read_where_nothing_was_counted(
    monkeypatch: pytest.MonkeyPatch, policies: tuple[str, ...], after: Any, observing: bool
) -> None:
    monkeypatch.setattr(measure_proof, "wait_for_hits", lambda *_: pytest.fail("they are read"))
    proof = ProofResult((), (after,))
    assert prover(GW).with_hits(proof, policies, observing=observing) is proof


def test_counters_that_cannot_be_read_are_a_remark(monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_arguments: Any) -> Any:
        raise NitroError("gw", "GET", 503, 0, "busy")

    monkeypatch.setattr(measure_proof, "wait_for_hits", busy)
    found = prover(GW).with_hits(ProofResult((), (AFTER,), remarks=("first",)), ("tq_x",))
    assert found.hits_rose is None
    assert (found.remarks[0], found.remarks[1].startswith("the hit counters cannot be read: ")) == ("first", True)
