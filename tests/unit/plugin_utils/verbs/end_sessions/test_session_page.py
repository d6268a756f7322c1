# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is told of sessions that are ended: the preview, the message, the values and the plan file."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import (
    Address,
    Appliance,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.user_sessions import SessionCount
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.end_sessions import page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.end_sessions.session_plan import (
    SessionPlan,
    SessionResult,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.preview_parts import SHOWN_SEAL

GW = Appliance("gw", (Address("10.1.0.11", 443),), "u", "p", customer="Brouwer", site="ams1")
HEAD = "gw   customer Brouwer   site ams1   NS13.0 47.22   standalone"
AAA, ICA, LB = "aaasession", "vpnicaconnection", "lbpersistentsessions"
PLAN = SessionPlan(
    entries=("cve_x", "cve_y"),
    done={"cve_d": "ended yesterday"},
    waiting={"cve_w": "node n1 is old"},
    counts={ICA: SessionCount(1), AAA: SessionCount(3), LB: SessionCount(None, "no right")},
    elsewhere={"t1": {AAA: SessionCount(2)}},
    exposure=("cve_w: node n1 is old",),
    not_covered=("sessions of t2",),
    remarks=("a remark",),
)
COUNTED = "1 ICA connection, 3 AAA sessions, persistence sessions not known"
IDLE = SessionPlan()


def connection(clock_skew: float | None = None) -> Any:
    node = SimpleNamespace(role="standalone", address=GW.nodes[0])
    return SimpleNamespace(
        appliance=GW, build="13.0 47.22", nodes=(node,), exchanges=(), connections=1, clock_skew=clock_skew
    )


def test_the_preview_has_a_line_for_each_thing_that_a_person_decides_on() -> None:
    assert page.preview(PLAN, connection()) == [
        HEAD,
        "  done: cve_d: ended yesterday",
        "  not yet: cve_w: node n1 is old",
        "  ACCEPTED EXPOSURE: cve_w: node n1 is old",
        f"  after the fix of cve_x, cve_y, seal {PLAN.seal[:SHOWN_SEAL]}",
        f"  ends now: {COUNTED}",
        "    in the partition t1: 2 AAA sessions",
        "  ! kill vpn icaConnection -all",
        "  ! kill aaa session -all",
        "  ! clear lb persistentSessions",
        "  ! switch ns partition t1",
        "  ! kill aaa session -all",
        "    undo: none; the users log on again",
        "  count not known: lbpersistentsessions: no right",
        "  not covered: sessions of t2",
        "  note: a remark",
    ]
    assert page.preview(IDLE, connection()) == [HEAD]
    assert page.preview(replace(IDLE, remarks=("a remark",)), connection()) == [HEAD, "  note: a remark"]


RESULT = SessionResult(
    plan=PLAN,
    ended=(AAA,),
    counts={ICA: SessionCount(1), AAA: SessionCount(4)},
    after={ICA: SessionCount(1), AAA: SessionCount(0)},
    after_elsewhere={"t1": {AAA: SessionCount(1)}},
    record="0007.json",
)


@pytest.mark.parametrize(
    ("result", "check_mode", "text"),
    [
        (RESULT, True, f"would end {COUNTED} (after the fix of cve_x, cve_y)"),
        (
            RESULT,
            False,
            ("ended 1 ICA connection, 4 AAA sessions; 2 AAA sessions in t1 (after the fix of cve_x, cve_y); "
            "1 ICA connection; 1 AAA session in t1 now"),
        ),
        (SessionResult(plan=SessionPlan(done={"cve_d": "ended", "cve_e": "too"})), False, "cve_d: ended; cve_e: too"),
        (SessionResult(plan=IDLE), False, "nothing to end: no entry of the catalogue that asks for it concerns this build"),
        (SessionResult(plan=IDLE), True, "nothing to end: no entry of the catalogue that asks for it concerns this build"),
    ],
)  # fmt: skip
def test_the_message_says_what_was_ended_and_what_is_left(result: SessionResult, check_mode: bool, text: str) -> None:
    assert page.message(result, check_mode=check_mode) == text


def test_the_values_have_each_kind_before_and_after() -> None:
    made = page.session_result(RESULT, connection())
    assert (made.changed, made.record, made.seal, made.measure) == (True, "0007.json", PLAN.seal, "end_sessions")
    own = made.own
    assert own["sessions"] == [
        {"type": ICA, "line": "kill vpn icaConnection -all", "before": 1, "ended": False, "after": 1},
        {"type": AAA, "line": "kill aaa session -all", "before": 4, "ended": True, "after": 0},
        {"type": LB, "line": "clear lb persistentSessions", "before": None, "ended": False, "after": None},
    ]
    assert own["elsewhere"] == [{"partition": "t1", "type": AAA, "before": 2, "after": 1}]
    assert own["remarks"] == ["a remark", "sessions of t2"]
    assert made.requests is not None
    assert made.requests["probes"] == 0
    planned = page.session_result(SessionResult(plan=PLAN), connection())
    assert not planned.changed
    assert [one["before"] for one in planned.own["sessions"]] == [1, 3, None], "those of the plan"
    assert [one["after"] for one in planned.own["sessions"]] == [None, None, None]
    assert planned.own["elsewhere"][0]["after"] is None


@pytest.mark.parametrize(
    ("plan", "left_lock", "nothing_to_do"),
    [(PLAN, False, False), (PLAN, True, False), (IDLE, False, True), (IDLE, True, False)],
)
def test_a_plan_file_has_nothing_to_do_where_nothing_is_ended_and_no_lock_is_left(
    monkeypatch: pytest.MonkeyPatch, plan: SessionPlan, left_lock: bool, nothing_to_do: bool
) -> None:
    monkeypatch.setattr(page, "may_have_left_lock", lambda _connection, _parameters: left_lock)
    owner = SimpleNamespace(measure="end_sessions", version=3)
    parameters: Any = SimpleNamespace(appliance=GW, owner=owner, run="run-1")
    values = page.session_plan_file(plan, parameters, connection()).values
    assert values["nothing_to_do"] is nothing_to_do
    assert (values["host"], values["verb"], values["measure"], values["version"], values["run"]) == (
        *("gw", "end_sessions", "end_sessions", 3, "run-1"),
    )
    assert values["verdict"] == (f"ends {COUNTED}" if plan is PLAN else "")
    assert values["lines"] == plan.lines
    assert values["clock_skew"] is None


@pytest.mark.parametrize(("skew", "told"), [(0.0, 0), (2.6, 3), (-2.6, -3)])
def test_a_plan_file_has_the_clock_in_whole_seconds(monkeypatch: pytest.MonkeyPatch, skew: float, told: int) -> None:
    monkeypatch.setattr(page, "may_have_left_lock", lambda _connection, _parameters: False)
    parameters: Any = SimpleNamespace(appliance=GW, owner=SimpleNamespace(measure="m", version=1), run="run-1")
    found = page.session_plan_file(PLAN, parameters, connection(skew)).values["clock_skew"]
    assert (found, type(found)) == (told, int)
