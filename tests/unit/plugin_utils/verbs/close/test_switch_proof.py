# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What shows that virtual servers are switched, what is harm, and what may be saved: tests/engine/test_lockdown.py plays it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.virtual_servers import Vserver
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Save, Unsaved
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.change import Harm
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.probes import Answer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close import switch_proof
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.reachability import FRONT_DOOR
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_proof import (
    LOGIN_ATTEMPTS,
    LOGIN_PAUSE,
    SwitchProof,
    compare_secondary_switches,
    may_save,
)

from tests.played_together import played_together

GW = Vserver("vpnvserver", "gw", "192.0.2.10", 443, "SSL", True)
BUSY = NitroError("gw", "POST", 503, 0, "busy")
YES, NO, TLS = (
    Answer(FRONT_DOOR, 200),
    Answer(FRONT_DOOR, None, error="refused"),
    Answer(FRONT_DOOR, None, certificate="ab"),
)


def proof(
    answer: Answer = NO,
    *,
    did: bool | None = True,
    targets_answer: bool = False,
    steps: tuple[str, ...] = ("a step",),
    logins: tuple[Any, ...] = (None,),
    harmed: tuple[str, ...] = (),
    save: Save = Save.PROVEN,
    foreign: tuple[str, ...] = (),
    unsaved: Unsaved = Unsaved.REFUSE,
) -> Any:
    given = iter(logins)

    def log_in() -> None:
        found = next(given)
        if found is not None:
            raise found

    made: Any = SwitchProof.__new__(SwitchProof)
    made.connection = SimpleNamespace(log_in_again=log_in)
    made.parameters = SimpleNamespace(save=save, unsaved=unsaved)
    made.plan = SimpleNamespace(steps=steps, foreign_lines=foreign)
    made.targets_answer = targets_answer
    made.contradiction = lambda vserver, text: f"{vserver.name} is not as switched ({text})"
    made.contradicted, made.unproven, made.not_covered, made._logged_in = [], [], [], False
    made.watch = SimpleNamespace(
        probe_after=lambda targets_answer: None,
        harmed=lambda: list(harmed),
        targets=lambda: [(SimpleNamespace(vserver=GW), answer)],
        did_answer=lambda _id: did,
        summary=lambda: {"after": 1},
    )
    return made


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr(switch_proof.time, "sleep", slept.append)
    return slept


NOTHING_KNOWN = "before the lockdown, so its answer now proves nothing"


@played_together(
    ("one", "contradicted", "unproven"),
    [
        (proof(NO), [], []),
        (proof(YES), ["gw is not as switched (200)"], []),
        (proof(TLS), ["gw is not as switched (TLS)"], []),
        (proof(YES, did=False), ["gw is not as switched (200)"], []),
        (proof(YES, did=None), ["gw is not as switched (200)"], []),
        (proof(NO, did=False), [], [f"gw (vpn 192.0.2.10:443) did not answer {NOTHING_KNOWN}"]),
        (proof(NO, did=None), [], [f"gw (vpn 192.0.2.10:443) was not asked {NOTHING_KNOWN}"]),
        (proof(YES, targets_answer=True), [], []),
        (proof(NO, targets_answer=True), ["gw is not as switched (refused)"], []),
        (proof(NO, targets_answer=True, did=False), [], [f"gw (vpn 192.0.2.10:443) did not answer {NOTHING_KNOWN}"]),
        (proof(NO, targets_answer=True, did=None), [], [f"gw (vpn 192.0.2.10:443) was not asked {NOTHING_KNOWN}"]),
        (proof(YES, targets_answer=True, did=False), [], [f"gw (vpn 192.0.2.10:443) did not answer {NOTHING_KNOWN}"]),
    ],
)
def test_what_the_answers_show(one: Any, contradicted: list[str], unproven: list[str]) -> None:
    assert one._look_for_harm() is None
    assert (one.contradicted, one.unproven) == (contradicted, unproven)
    assert one._facts()["management"] == "logged in afresh"


@pytest.mark.parametrize(
    ("logins", "slept", "works"),
    [
        ((None,), 0, True),
        ((BUSY, None), 1, True),
        ((BUSY,) * (LOGIN_ATTEMPTS - 1) + (None,), LOGIN_ATTEMPTS - 1, True),
        ((BUSY,) * LOGIN_ATTEMPTS, LOGIN_ATTEMPTS - 1, False),
    ],
)
def test_a_log_on_that_fails_is_tried_again(
    pauses: list[float], logins: tuple[Any, ...], slept: int, works: bool
) -> None:
    harm = proof(logins=logins)._look_for_harm()
    assert pauses == [LOGIN_PAUSE] * slept
    assert harm == (None if works else Harm("the management could no longer be reached", str(BUSY)))


def test_of_a_run_without_steps_nothing_is_undone() -> None:
    one = proof(steps=(), logins=(BUSY,) * LOGIN_ATTEMPTS, harmed=("shop is harmed",))
    assert one._look_for_harm() is None
    assert one.unproven[0] == f"the management could not be reached by a new login: {BUSY}"
    assert one._facts()["management"] == ""


def test_another_virtual_server_that_is_harmed_ends_the_run() -> None:
    assert proof(harmed=("shop", "web"))._look_for_harm() == Harm("other virtual servers were harmed", "shop; web")


@played_together("save", list(Save))
@played_together("unsaved", list(Unsaved))
@played_together("foreign", [(), ("+ x",)])
@played_together("contradicted", [[], ["x"]])
def test_what_may_be_saved(save: Save, unsaved: Unsaved, foreign: tuple[str, ...], contradicted: list[str]) -> None:
    one = proof(save=save, unsaved=unsaved, foreign=foreign)
    one.contradicted = contradicted
    may = save is not Save.NEVER and not (unsaved is Unsaved.APPLY_WITHOUT_SAVE and foreign)
    assert may_save(one.parameters, one.plan) is may
    assert one._may_save() is (may and (not contradicted or save is Save.ALWAYS))


SHOP, OTHER = ("lbvserver", ("shop",)), ("csvserver", ("other",))


@pytest.mark.parametrize(
    ("there", "expected", "problems"),
    [
        ({}, {}, []),
        ({GW.object_id: False, SHOP: False}, {GW.object_id: False, SHOP: False}, []),
        ({GW.object_id: True}, {GW.object_id: False}, ["on the secondary n2 gw is not switched off: a failover would reverse it"]),
        ({}, {GW.object_id: False}, ["on the secondary n2 gw is not switched off: a failover would reverse it"]),
        (
            {GW.object_id: True, SHOP: True, OTHER: False},
            {GW.object_id: False, SHOP: False, OTHER: True},
            [
                "on the secondary n2 gw, shop is not switched off: a failover would reverse it",
                "on the secondary n2 other is not switched on: a failover would reverse it",
            ],
        ),
        (BUSY, {GW.object_id: False}, [f"the virtual servers of the secondary n2 cannot be read: {BUSY}"]),
    ],
)  # fmt: skip
def test_what_differs_on_the_secondary(
    monkeypatch: pytest.MonkeyPatch, there: Any, expected: dict[Any, bool], problems: list[str]
) -> None:
    def read(_session: Any, type_name: str) -> Any:
        if isinstance(there, Exception):
            raise there
        return {id_: {"enabled": on} for id_, on in there.items() if id_[0] == type_name}

    monkeypatch.setattr(switch_proof, "read_switches", read)
    pair: Any = SimpleNamespace(secondary=SimpleNamespace(node=SimpleNamespace(host="n2")), secondary_problem="")
    assert compare_secondary_switches(pair, expected) == problems
    if expected:
        pair.secondary_problem = "the secondary n2 cannot be switched to the partition: no"
        assert compare_secondary_switches(pair, expected) == [pair.secondary_problem]
    alone: Any = SimpleNamespace(secondary=None)
    assert compare_secondary_switches(alone, expected) == []


def test_the_record_of_a_closing_keeps_what_is_bound_beside_a_mitigation(monkeypatch: pytest.MonkeyPatch) -> None:
    beside: dict[str, str] = {}
    monkeypatch.setattr(switch_proof, "found_beside_others", lambda *_given: beside)
    one = proof()
    one.connection, one.parameters = SimpleNamespace(primary="session"), SimpleNamespace(decision=None)
    one.plan = SimpleNamespace(
        switches=SimpleNamespace(covers=(), completes=(), released=()),
        sessions=None,
        partitions={},
        exposure=(),
        unread=(),
        overruled=(),
        chosen=SimpleNamespace(choices=()),
    )
    assert "found_beside" not in one.record_facts()
    beside["cve_of_another"] = "a"
    assert one.record_facts()["found_beside"] == beside
