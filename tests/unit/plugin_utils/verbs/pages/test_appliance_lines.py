# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a person reads of the result of one appliance."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.appliance_lines import (
    changes_text,
    customers_text,
    drift_text,
    hits_text,
    last_runs_text,
    next_text,
    plan_text,
    sessions_text,
    today_text,
    unmatched_text,
)

MITIGATED = {"word": "mitigated", "reason": "blocked", "next_action": "none"}


@pytest.mark.parametrize(
    ("action", "steps", "text"),
    [
        ("apply", 0, "no changes"),
        ("apply", 1, "1 change"),
        ("apply", 2, "2 changes"),
        ("status", 0, "no changes"),
        ("status", 1, "needs 1 change"),
    ],
)
def test_changes_in_words(action: str, steps: int, text: str) -> None:
    assert changes_text({"action": action, "steps": [{}] * steps}) == text


def test_the_customers_of_a_shared_appliance() -> None:
    brouwer, de_wit = {"customer": "Brouwer", "vservers": []}, {"customer": "De Wit", "vservers": ["gw-dewit", "shop"]}
    assert customers_text({"customers": [brouwer, de_wit]}) == ["customers: Brouwer, De Wit (gw-dewit, shop)"]
    assert customers_text({"customers": [de_wit]}) == customers_text({}) == []


def test_a_heartbeat_needs_no_change() -> None:
    assert changes_text({"action": "status", "measure": "heartbeat", "steps": [{}]}) == ""
    assert changes_text({"action": "apply", "measure": "heartbeat", "steps": [{}]}) == "1 change"


@pytest.mark.parametrize(
    ("lists", "lines"),
    [
        ([["gww"], ["gww", "shop"]], ["no appliance has the virtual server gww"]),
        (
            [["gww", "admin partition tenant_x"]] * 2,
            ["no appliance has the virtual server gww", "no appliance has the admin partition tenant_x"],
        ),
        ([["gw"], []], []),
        ([], []),
    ],
)
def test_a_vip_that_no_appliance_has_is_told(lists: list[list[str]], lines: list[str]) -> None:
    assert unmatched_text([{"action": "lockdown", "unmatched": one} for one in lists] + [{"action": "status"}]) == lines


def test_only_a_run_with_a_record_has_corrected_anything() -> None:
    found = ["a rule differs"]
    planned = {"drift": found, "corrected": found, "record": "", "steps": [{}]}
    done = {**planned, "record": "records/gw/x.json"}
    assert drift_text(planned) == ["drift: a rule differs"]
    assert drift_text(done) == ["corrected: a rule differs"]
    proven_again = {**done, "drift": ["it differs again"]}
    assert drift_text(proven_again) == ["corrected: a rule differs", "drift: it differs again"]


def test_what_is_only_in_the_running_configuration_is_one_line() -> None:
    drift = [
        "saved: responderaction tq_x: expected {name: tq_x, type: respondwith, target: a: b}, found nothing",
        "responderpolicy tq_x: expected {rule: true}, found {rule: false}",
        'saved: responderpolicy tq_x: expected {rule: HTTP.REQ.URL.CONTAINS(": expected ")}, found nothing',
        "saved: auditmessageaction tq_x: expected {loglevel: WARNING}, found {loglevel: DEBUG}",
    ]
    assert drift_text({"drift": drift}) == [
        "drift: not in the saved configuration: responderaction tq_x, responderpolicy tq_x",
        f"drift: {drift[1]}",
        f"drift: {drift[3]}",
    ]


def test_what_is_missing_is_one_line_of_names() -> None:
    drift = [
        "feature RESPONDER: expected on, found off",
        'responderaction tq_x: expected {name: tq_x, target: "a: expected {b}"}, found nothing',
        "node 10.1.0.12: responderpolicy tq_x: expected {name: tq_x}, found nothing",
        "responderpolicy tq_x logaction: expected tq_x, found nothing",
    ]
    missing = "missing: responderaction tq_x, node 10.1.0.12: responderpolicy tq_x"
    assert drift_text({"drift": drift}) == [f"drift: {missing}", f"drift: {drift[0]}", f"drift: {drift[3]}"]
    done = {"drift": drift, "corrected": drift, "record": "records/gw/x.json"}
    assert drift_text(done) == [f"corrected: {missing}", f"corrected: {drift[0]}", f"corrected: {drift[3]}"]


def test_of_much_drift_the_first_lines_are_shown() -> None:
    lines = drift_text({"drift": [f"rule {number}" for number in range(20)]})
    assert lines[-2:] == ["drift: rule 7", "drift: and 12 more"]


def test_todays_verdict_is_shown_only_where_it_is_another_one() -> None:
    assert today_text({"verdict": MITIGATED, "verdict_today": MITIGATED}) == []
    today = {"word": "reduces exposure", "reason": "weak"}
    assert today_text({"verdict": MITIGATED, "verdict_today": today}) == ["today: reduces exposure: weak"]
    assert today_text({"msg": "m"}) == []


def test_an_action_of_none_is_no_action() -> None:
    assert next_text({"verdict": MITIGATED}) == []
    assert next_text({"verdict": {**MITIGATED, "next_action": "verify.yml"}}) == ["next: verify.yml"]


PREVIEW = """gw-a   NS13.0 47.22   standalone
  EXPOSED (exploit public)
  cve_x v2: 2 changes, seal 7f3a91c2
  + add responder action tq_x
  ~ set responder policy tq_x
    undo:
      unset responder policy tq_x
      rm responder action tq_x
    this takes: 30 requests
  proof before binding: 33 of 33 attacks match (offline)
  differential: 0 of 9 other requests are treated differently
  treated differently: GET /x
  neighbour: REQ_OVERRIDE 100 theirs (END)
  drift: a rule differs
  not covered: the log: off
  note: its clock is 9 days behind
  note: it expires
"""


def test_of_a_plan_what_the_page_has_nowhere_else_is_shown() -> None:
    plan = {
        "action": "apply",
        "steps": [{}],
        "verdict": {**MITIGATED, "word": "exposed"},
        "diff": {"prepared": PREVIEW},
    }
    assert plan_text(plan) == [
        "this takes: 30 requests",
        "proof before binding: 33 of 33 attacks match (offline)",
        "treated differently: GET /x",
        "neighbour: REQ_OVERRIDE 100 theirs (END)",
        "note: it expires",
    ]
    assert plan_text({**plan, "steps": []}) == [], "nothing is planned"
    assert plan_text({"steps": [{}]}) == []


def test_hits_of_many_appliances_are_one_sum() -> None:
    own = {"hits": {"tq_x": 5}, "probe_hits": {"tq_x": 2}}
    assert hits_text([own]) == ["tq_x: 3 hits by others, 2 by our probes"]
    other = {"hits": {"tq_x": 1}, "undefined_hits": {"tq_x": 1}}
    assert hits_text([own, other]) == ["tq_x: 4 hits by others, 2 by our probes, 1 undefined on 2 appliances"]


def test_a_measure_with_placements_shows_each() -> None:
    result = {"parts": [{"text": "list at gw: observe, 3 hits"}], "remarks": ["it expires"], "hits": {"tq_x": 9}}
    assert hits_text([result]) == ["list at gw: observe, 3 hits", "note: it expires"]


def test_a_closing_shows_only_the_placements_that_are_not_as_wanted() -> None:
    parts = [
        {"text": "gw at vpn vserver gw REQUEST: enforce", "mode": "enforce", "in_force": "enforce"},
        {"text": "gw at vpn vserver gw AAA_REQUEST: not bound, enforce is wanted", "mode": "enforce", "in_force": ""},
    ]
    assert hits_text([{"parts": parts, "remarks": [], "step": "notice"}]) == [parts[1]["text"]]
    assert len(hits_text([{"parts": parts, "remarks": []}])) == 2


def test_the_heartbeats_of_a_fleet() -> None:
    def one(at: str, text: str, *, late: bool) -> dict[str, Any]:
        return {"heartbeat": {"at": at, "text": text, "late": late}}

    results = {
        "gw1": one("2026-11-28T05:00:00+00:00", "heartbeat 3 h ago", late=False),
        "gw2": one("2026-11-28T07:00:00+00:00", "heartbeat 60 min ago", late=False),
        "gw3": one("2026-11-26T05:00:00+00:00", "no heartbeat for 2 days", late=True),
        "gw4": one("2026-11-25T05:00:00+00:00", "no heartbeat for 3 days", late=True),
        "gw5": {},
    }
    assert last_runs_text({"gw5": {}}) == []
    next_action = "apply.yml -e mitigation=heartbeat, then rollback.yml -e mitigation=heartbeat -e why=undo"
    assert last_runs_text(results) == [
        f"gw4: no heartbeat for 3 days; late too: gw3. Next: {next_action}",
        "heartbeat on time on 2 appliances; the oldest: gw1, heartbeat 3 h ago",
    ]


def session_row(type_: str, before: int | None) -> dict[str, Any]:
    return {"type": type_, "before": before}


def test_ended_sessions_are_summed_by_type_and_what_is_not_known_is_told() -> None:
    ended = {"action": "end_sessions", "sessions": [session_row("vpn", 3), session_row("aaa", 0)]}
    unknown = {"action": "end_sessions", "sessions": [session_row("vpn", None), session_row("ica", None)]}
    other = {"action": "status", "sessions": [session_row("vpn", 100)]}
    assert sessions_text([ended, other]) == ["sessions in all: 3 vpn"]
    assert sessions_text([ended, unknown]) == ["sessions in all: 3 vpn (not all are known), 0 ica (not all are known)"]
    assert sessions_text([{"action": "end_sessions", "sessions": [session_row("vpn", 0)] * 2}]) == [
        "sessions in all: none"
    ]
    assert sessions_text([{"action": "end_sessions", "sessions": [session_row("vpn", 3)]}]) == []
