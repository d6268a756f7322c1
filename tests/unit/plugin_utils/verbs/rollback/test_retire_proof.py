# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What shows that a build withstands the attack, and what does not: tests/engine/test_retire.py has it on an appliance."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import CaseSession
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.change import Harm
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.probes import (
    Answer,
    BesideOthers,
    Sign,
    VipProof,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.other_measures import OtherMeasures
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback import retire_proof, rollback_proof
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.retire_proof import (
    NOT_SHOWN,
    RetireProof,
)

BUSY = NitroError("gw", "GET", 503, 0, "busy")
SILENT = Vip("silent", Address("192.0.2.12", 443), "vpn", probe=False)
NO_CASE = Vip("other", Address("192.0.2.13", 443), "cs")
GW, WEB = Vip("gw", Address("192.0.2.10", 443), "vpn"), Vip("web", Address("192.0.2.11", 443), "lb")
SERVED = ((Answer("GET /", 200, b"", ""), True),)
SERVICE = Sign.NOT_CONFIRMED


class Case(SimpleNamespace):
    __hash__ = object.__hash__


def answers(vip: Vip, *signs: Sign) -> VipProof:
    attacks = tuple((Answer(f"attack {place}", 200, b"", ""), sign) for place, sign in enumerate(signs, 1))
    return VipProof(vip, attacks, SERVED)


def proof(
    monkeypatch: pytest.MonkeyPatch,
    *proofs: VipProof,
    rose: Any = 0,
    before: Any = 7,
    observing: tuple[str, ...] = ("tq_x",),
) -> RetireProof:
    """A proof with these answers.

    :param rose: by how much the hit counter rises at each VIP; before: the counter before it
    """

    def read(session: str, policy: str) -> int:
        assert (session, policy) == ("session", "tq_x")
        return _given(before)

    def wait(session: str, policies: tuple[str, ...], counters: Any, expected: int) -> dict[str, int]:
        assert (session, policies, counters) == ("session", observing, {"tq_x": before})
        assert expected == proofs[len(asked) - 1].passed
        found = _given(rose)
        return {"tq_x": found - 1, "tq_x__twin": 1} if found else {"tq_x": 0}

    def probe(prober: str, vip: Vip, cases: list[Any], measure: Any, marker: str, *, beside: BesideOthers) -> VipProof:
        assert (prober, cases, measure is parameters.measure, marker) == ("prober", [plain], True, "f00d")
        assert beside == BesideOthers()
        asked.append(vip)
        return next(one for one in proofs if one.vip == vip)

    asked: list[Vip] = []
    plain, in_session = Case(session=CaseSession.WITHOUT), Case(session=CaseSession.WITH)
    monkeypatch.setattr(RetireProof, "_others", lambda _proof: OtherMeasures())
    monkeypatch.setattr(retire_proof, "read_hits", read)
    monkeypatch.setattr(retire_proof, "wait_for_hits", wait)
    monkeypatch.setattr(retire_proof, "probe_vip", probe)
    one = RetireProof.__new__(RetireProof)
    attacks = {f"{each.vip.kind} vserver {each.vip.name}": [plain, in_session] for each in proofs}
    traffic = SimpleNamespace(at=lambda place: SimpleNamespace(attacks=attacks.get(place, [in_session])))
    parameters: Any = SimpleNamespace(
        why="retire", measure=SimpleNamespace(traffic=traffic), appliance=SimpleNamespace(marker="f00d")
    )
    plan: Any = SimpleNamespace(
        observing=observing, taken_over=(), undoes=(), found_off=(), found_beside="", takes_away=()
    )
    connection: Any = SimpleNamespace(primary="session")
    prober: Any = "prober"
    one.plan, one.connection, one.parameters, one.prober = plan, connection, parameters, prober
    one._vips = [*(each.vip for each in proofs), SILENT, NO_CASE]
    return one


def _given(answer: Any) -> int:
    if isinstance(answer, Exception):
        raise answer
    return int(answer)


@pytest.mark.parametrize("rose", [1, 2])
def test_it_is_shown_where_every_attack_reached_our_rule_and_was_answered_by_the_service(
    monkeypatch: pytest.MonkeyPatch, rose: int
) -> None:
    one = proof(monkeypatch, answers(GW, SERVICE), answers(WEB, SERVICE, Sign.BLOCKED), rose=rose)
    assert one.after_stage() is None
    assert [each.vip for each in one._attacks] == [GW, WEB]


@pytest.mark.parametrize(
    ("steps", "stages", "most"), [((), (), 0), ((1,), (), 8), ((1, 2), (1,), 10), ((1, 2), (1, 2), 12)]
)
def test_a_retire_that_dies_may_have_sent_its_attacks_too(
    monkeypatch: pytest.MonkeyPatch, steps: tuple[int, ...], stages: tuple[int, ...], most: int
) -> None:
    one = proof(monkeypatch, answers(GW, SERVICE), answers(WEB, SERVICE))
    plan: Any = SimpleNamespace(steps=steps, checkpoints=stages)
    one.plan = plan
    assert one.most == most, (
        "each of four may be asked before and after, and one attack is sent to each of two in each stage"
    )


NOTHING_SENT, NOTHING_REACHED = (
    "no attack request could be sent",
    "no attack request reached the build: policies of others",
)
COUNTED = "attack requests passed, and our rule counted"


@pytest.mark.parametrize(
    ("proofs", "rose", "problems"),
    [
        ((), 0, [NOTHING_SENT, NOTHING_REACHED]),
        (
            (answers(GW), answers(WEB)),
            0,
            [f"gw (192.0.2.10:443): {NOTHING_SENT}", f"web (192.0.2.11:443): {NOTHING_SENT}", NOTHING_SENT, NOTHING_REACHED],
        ),
        ((answers(GW, SERVICE), answers(WEB)), 1, [f"web (192.0.2.11:443): {NOTHING_SENT}"]),
        (
            (answers(GW, SERVICE, Sign.VULNERABLE),),
            2,
            ["gw (192.0.2.10:443) answers like a vulnerable appliance (attack 2)"],
        ),
        (
            (answers(GW, Sign.INFECTED, SERVICE),),
            2,
            ["gw (192.0.2.10:443) answers like a machine infected with known malware (attack 1)"],
        ),
        ((answers(GW, SERVICE, Sign.NO_ANSWER),), 1, ["gw (192.0.2.10:443) gives no answer (attack 2)"]),
        ((answers(GW, SERVICE, Sign.BLOCKED_BY_US),), 1, ["gw (192.0.2.10:443) is still answered by a rule of ours (attack 2)"]),
        ((answers(GW, Sign.BLOCKED),), 0, [NOTHING_REACHED]),
        ((answers(GW, SERVICE, SERVICE, SERVICE),), 2, [f"gw (192.0.2.10:443): 3 {COUNTED} 2 of them, so"]),
        (
            (answers(GW, SERVICE), answers(WEB, SERVICE, SERVICE)),
            1,
            [f"web (192.0.2.11:443): 2 {COUNTED} 1 of them, so it is not known what answered"],
        ),
        ((answers(GW, SERVICE),), 0, [f"gw (192.0.2.10:443): 1 {COUNTED.replace('requests', 'request')} 0 of them, so"]),
        ((answers(GW, SERVICE),), BUSY, [f"the hit counters cannot be read: {BUSY}"]),
    ],
)  # fmt: skip
def test_what_does_not_show_it(
    monkeypatch: pytest.MonkeyPatch, proofs: tuple[VipProof, ...], rose: Any, problems: list[str]
) -> None:
    found = list(proof(monkeypatch, *proofs, rose=rose)._problems())
    assert [text.startswith(start) for text, start in zip(found, problems, strict=True)] == [True] * len(problems), (
        found
    )
    harm = proof(monkeypatch, *proofs, rose=rose).after_stage()
    assert harm == Harm(NOT_SHOWN, found[0])


def test_without_a_policy_of_ours_no_counter_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert proof(monkeypatch, answers(GW, SERVICE), rose=BUSY, before=BUSY, observing=()).after_stage() is None


def test_counters_that_cannot_be_read_before_show_nothing_and_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    one = proof(monkeypatch, answers(GW, SERVICE), before=BUSY)
    assert list(one._problems()) == [f"the hit counters cannot be read: {BUSY}"]
    assert one._attacks == ()


@pytest.mark.parametrize(("taken_over", "facts"), [((), {}), (("theirs",), {"taken_over": ["theirs"]})])
def test_the_record_names_what_of_others_goes(
    monkeypatch: pytest.MonkeyPatch, taken_over: tuple[str, ...], facts: dict[str, Any]
) -> None:
    monkeypatch.setattr(rollback_proof, "found_beside_others", lambda *_given: {})
    one = proof(monkeypatch)
    one.plan.taken_over = taken_over  # type: ignore[misc]
    assert one.record_facts() == {"why": "retire", "undoes": [], **facts}


def test_an_attack_that_another_measure_of_ours_stops_shows_nothing_and_the_way_out_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    attack: Any = SimpleNamespace(attack=True)
    stopped = VipProof(GW, (), SERVED, not_judged=((attack, "not judged here, stopped by our url_whitelist (tq_w)"),))
    first = next(iter(proof(monkeypatch, stopped)._problems()))
    assert first == (
        "gw (192.0.2.10:443): each attack is not judged here, stopped by our url_whitelist (tq_w); "
        "rollback.yml -e why=after_fix takes it off without this proof"
    )
