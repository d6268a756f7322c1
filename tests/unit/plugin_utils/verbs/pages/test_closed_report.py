# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is closed, for how many minutes and by whose decision, by customer; and the alarm of a decision that is overdue."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import (
    Address,
    Appliance,
    Vip,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.closed_time import closed_times
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.provenance import (
    Provenance,
    ProvenanceKind,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import (
    in_chain_order,
    told_order,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.sibling_openings import (
    NOT_TOLD,
    MaybeOurs,
    may_have_opened,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.closure_verdict import with_closings
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.closures import (
    closed_values,
    with_closures,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.result import Result
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages import closed_report
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.closed_report import (
    closed_text,
    minutes_of,
    not_read,
    open_all_the_same,
    overdue_decisions,
)

from tests.unit.plugin_utils.change.records.test_closed_time import GW, NOW, SHOP, closing, opening, switching

SHARED = Appliance(
    "gw-a",
    (Address("10.1.0.11", 443),),
    "u",
    "p",
    customer="Brouwer",
    vserver_customers=(("192.0.2.11", "De Wit"),),
    vips=(Vip("shop", Address("192.0.2.11", 443), "lb"),),
)
OK = {"word": "mitigated", "reason": "proven", "next_action": "none", "exit_code": 0, "rests_on": [], "missing": []}


def rows(*records: Any) -> dict[str, dict[str, Any]]:
    return {"gw-a": {"closures": closed_values(SHARED, records, NOW)}}


def siblings(opened: int, name: str) -> list[ChangeRecord]:
    """Return a closing at ten and an opening by another control node that did not know of it, in the order of their chain."""
    previous = [{"name": "root.json", "sha256": "0" * 64}]
    root = closing(1, GW, kind="verify", closing={"step": "notice", "closes": [], "opens": []})
    found = [replace(root, path=Path("root.json")), closing(10, GW, previous=previous)]
    return in_chain_order([*found, replace(opening(opened, GW, previous=previous), path=Path(f"{name}.json"))])


@pytest.mark.parametrize("name", "abcdefgh")
def test_what_another_control_node_opened_later_is_open_whatever_the_names_of_the_records_are(name: str) -> None:
    """Seen: closed by our records, where the digest of the name of the opening was less than that of the closing."""
    (row,) = rows(*siblings(12, name))["gw-a"]["closures"]
    assert (row["since"][11:16], row["until"][11:16]) == ("10:00", "12:05")


@pytest.mark.parametrize(("opened", "may_be"), [(9, True), (8, False)])
def test_what_a_run_may_have_opened_is_not_called_opened_by_no_run_of_ours(opened: int, may_be: bool) -> None:
    records = siblings(opened, "a")
    closed = [one for one in closed_times(told_order(records)) if not one.until]
    found = may_have_opened(records, closed)
    assert list(found.values()) == ([MaybeOurs("a", NOT_TOLD)] if may_be else [])
    (row,) = rows(*records)["gw-a"]["closures"]
    more = {"may_be_ours": "a", "why_ours": NOT_TOLD} if may_be else {}
    shown = {"gw-a": {"closures": [{**row, "is_open": True, **more}]}}
    by = (
        "by record a or by no run of ours: no record says whether that ran before the closing"
        if may_be
        else "by no run of ours"
    )
    (line,) = open_all_the_same(shown)
    assert f"and OPEN on the appliance, {by}: it is switched on. " in line


def test_each_time_has_its_customer_its_minutes_and_its_decision() -> None:
    gw, shop = rows(closing(8, GW, SHOP), opening(10, GW))["gw-a"]["closures"]
    assert [(one["vserver"], one["customer"], one["minutes"], one["overdue"]) for one in (gw, shop)] == [
        ("gw", "Brouwer", 125, False),
        ("shop", "De Wit", 961, True),
    ]
    assert "by J. Jansen for the NCSC (CHG0044)" in shop["decision"]
    assert shop["decided_by"] == "J. Jansen"


def test_a_name_in_two_admin_partitions_is_that_of_the_customer_of_each() -> None:
    """Each customer has a gateway of the same name; the inventory says by its address whose it is."""
    places = (("default", "192.0.2.11", "Brouwer"), ("tenant", "192.0.2.12", "De Wit"))
    appliance = replace(
        SHARED,
        customer="",
        vserver_customers=tuple((address, customer) for _partition, address, customer in places),
        vips=tuple(Vip("gw", Address(address, 443), "vpn", partition=name) for name, address, _customer in places),
    )
    records = [closing(8, GW, partition=name) for name, _address, _customer in places]
    found = [(one["partition"], one["customer"]) for one in closed_values(appliance, records, NOW)]
    assert found == [(name, customer) for name, _address, customer in places]


def test_record_that_is_not_trusted_closes_nothing() -> None:
    record = closing(8, GW)
    record.provenance = Provenance(ProvenanceKind.UNSIGNED)
    assert closed_values(SHARED, [record], NOW) == []


def test_lines_of_a_fleet_by_customer_and_in_all() -> None:
    assert closed_text(rows(closing(8, GW, SHOP), opening(10, GW))) == [
        "minutes closed in all: 961, in which something was closed to everybody",
        "minutes closed at Brouwer: 125",
        "closed at De Wit: shop on 1 appliance (notice) since 2020-01-17 08:00 UTC, decision due at 2020-01-18 00:00 UTC; 961 minutes closed",
    ]
    assert closed_text({"gw-a": {}}) == []


@pytest.mark.parametrize(("minutes", "text"), [(1, "; 1 minute closed"), (2, "; 2 minutes closed"), (0, " UTC")])
def test_one_minute_is_one(monkeypatch: pytest.MonkeyPatch, minutes: int, text: str) -> None:
    monkeypatch.setattr(closed_report, "minutes_of", lambda _rows, **_sure: minutes)
    assert closed_text(rows(closing(8, SHOP)))[0].endswith(text)


def test_a_minute_counts_once_whatever_is_closed_in_it() -> None:
    both = rows(closing(8, SHOP), switching("lockdown", 9), opening(10, SHOP), switching("reopen", 11))
    assert minutes_of(both["gw-a"]["closures"]) == 185
    apart = rows(closing(8, GW), opening(9, GW), closing(12, GW), opening(13, GW))
    assert minutes_of(apart["gw-a"]["closures"]) == 130


def test_minutes_up_to_a_run_that_found_it_open_are_at_most_so_many() -> None:
    """Somebody else had opened it, nobody knows when; the letter and the ledger say so too."""
    ended, lasts = rows(switching("lockdown", 8), switching("lockdown", 10))["gw-a"]["closures"]
    assert (ended["at_the_latest"], lasts.get("at_the_latest")) == (True, None)
    assert closed_text({"gw-a": {"closures": [ended]}}) == ["minutes closed at De Wit: at most 120"]
    both = {"gw-a": {"closures": [ended, lasts]}}
    assert closed_text(both)[0].endswith("; at most 961 minutes closed")
    shut = closing(8, SHOP)
    alike = {"gw-a": {"closures": [ended, *rows(shut)["gw-a"]["closures"]]}}
    assert closed_text(alike)[0].endswith("; 961 minutes closed"), "a notice was there all the time"


@pytest.mark.parametrize("doubt", ["is_open", "unread", "elsewhere"])
def test_minutes_of_what_is_not_known_to_be_closed_are_at_most_so_many(doubt: str) -> None:
    (row,) = rows(closing(8, SHOP))["gw-a"]["closures"]
    (line,) = closed_text({"gw-a": {"closures": [{**row, doubt: True}]}})
    assert ("at most 961" in line, "961 minutes closed" in line) == (True, doubt != "is_open")


def test_step_that_lets_some_in_is_no_minute_without_access() -> None:
    limited = rows(closing(8, GW, step="countries"))
    assert minutes_of(limited["gw-a"]["closures"]) == 0
    assert closed_text(limited) == [
        "closed at Brouwer: gw on 1 appliance (countries) since 2020-01-17 08:00 UTC, decision due at 2020-01-18 00:00 UTC"
    ]


def test_overdue_decision_is_told_and_is_critical() -> None:
    found = rows(closing(8, GW))
    assert overdue_decisions(found) == [
        "DECISION OVERDUE at Brouwer: gw on 1 appliance (notice), due at 2020-01-18 00:00 UTC. Nothing opens by itself"
    ]
    verdict = with_closings(OK, found["gw-a"]["closures"])
    assert (verdict["word"], verdict["exit_code"]) == ("closed, decision overdue", 2)
    assert verdict["next_action"].startswith("close.yml -e step=notice -e extend=true")
    unknown = {**OK, "word": "unknown", "exit_code": 3}
    assert with_closings(unknown, found["gw-a"]["closures"]) == unknown
    later = {"expires": "2020-01-19T00:00:00+00:00"}
    assert with_closings(OK, rows(closing(8, GW, **later))["gw-a"]["closures"]) == OK
    assert overdue_decisions(rows(closing(8, GW), opening(9, GW))) == []


def test_an_overdue_decision_calls_nothing_closed_that_is_not_proven() -> None:
    """Seen: "closed, decision overdue" beside a rule that a policy in front let an attack past, as only the clients of some countries are stopped."""
    found = rows(closing(8, GW))["gw-a"]["closures"]
    unproven = {**OK, "word": "applied, unproven", "reason": "no request proved it", "exit_code": 1}
    verdict = with_closings(unproven, found)
    assert (verdict["word"], verdict["exit_code"]) == ("applied, unproven", 2)
    assert verdict["reason"] == f"no request proved it; {found[0]['decision']}"
    assert verdict["next_action"].startswith("close.yml -e step=notice -e extend=true")
    closed = with_closings({**OK, "word": "closed", "exit_code": 1}, found)
    assert (closed["word"], closed["exit_code"]) == ("closed, decision overdue", 2)
    fixed = with_closings({**OK, "word": "fixed, mitigation left behind", "exit_code": 1}, found)
    assert (fixed["word"], fixed["exit_code"]) == ("closed, decision overdue", 2)
    given = with_closings({**unproven, "exit_code": 0}, found)
    assert (given["word"], given["exit_code"]) == ("applied, unproven", 2), (
        "what a person has acknowledged keeps its word too"
    )


def test_what_is_not_closed_decides_before_an_overdue_decision() -> None:
    found = [{**row, "is_open": True} for row in rows(closing(8, GW))["gw-a"]["closures"]]
    verdict = with_closings(OK, found)
    assert (verdict["word"], verdict["exit_code"]) == ("drifted", 2)
    assert [one["playbook"] for one in verdict["next_commands"]] == ["close.yml", "reopen.yml"]
    exposed = {**OK, "word": "exposed", "exit_code": 2}
    assert with_closings(exposed, found) == exposed


def test_what_was_not_read_of_a_closing_is_not_ok() -> None:
    why = "whether what was closed (notice) still is was not read: HTTP 403"
    found = [{**row, "unread": why, "overdue": False} for row in rows(closing(8, GW))["gw-a"]["closures"]]
    verdict = with_closings(OK, found)
    assert (verdict["word"], verdict["reason"], verdict["exit_code"]) == ("unknown", why, 3)
    assert with_closings({**OK, "exit_code": 2}, found)["word"] == "mitigated"
    assert not_read({"gw-a": {"closures": found}}) == [f"NOT READ of gw on 1 appliance: {why}"]


def test_a_closing_by_a_run_whose_clock_was_ahead_is_due_now() -> None:
    """Seen: closed since a day of next year, and its decision due then."""
    ahead = {"started": "2021-01-17T08:00:00+00:00", "finished": "2021-01-17T08:05:00+00:00"}
    found = rows(closing(8, GW, **ahead, expires="2021-01-17T16:00:00+00:00"))
    assert [(row["overdue"], row["clock_wrong"]) for row in found["gw-a"]["closures"]] == [(True, True)]
    when = "at a time that is not known, as the clock of its run was wrong"
    assert closed_text(found) == [f"closed at Brouwer: gw on 1 appliance (notice) {when}, decision due now"]
    (told,) = overdue_decisions(found)
    assert told == f"DECISION OVERDUE at Brouwer: gw on 1 appliance (notice), {when}. Nothing opens by itself"


def test_what_a_failover_opens_is_partly_closed() -> None:
    why = "a failover opens gw: on the secondary 10.1.0.12 it is switched on"
    found = [{**row, "failover": why, "overdue": False} for row in rows(closing(8, GW))["gw-a"]["closures"]]
    verdict = with_closings(OK, found)
    assert (verdict["word"], verdict["reason"], verdict["exit_code"]) == ("partly", why, 2)
    assert verdict["next_action"] == "force HA sync on the appliance, then status.yml"
    assert not_read({"gw-a": {"closures": found}}) == [f"NOT CLOSED EVERYWHERE gw on 1 appliance: {why}"]


@pytest.mark.parametrize(("plans", "code"), [("", 2), ("/srv/plans", 0)])
def test_what_is_not_closed_holds_up_no_wave(plans: str, code: int) -> None:
    found = [{**row, "is_open": True, "overdue": False} for row in rows(closing(8, GW))["gw-a"]["closures"]]
    task: Any = SimpleNamespace(options={"plans": plans})
    told = with_closures(task, Result(changed=False, own={"verdict": OK, "verdict_today": OK}), found)
    assert told.own["verdict"]["exit_code"] == code
    assert told.own["closures"] == found


@pytest.mark.parametrize(
    ("closed_by", "told"),
    [
        ("", "NOT CLOSED at Brouwer: ..., and OPEN on the appliance"),
        ("off", "STEP NOT IN FORCE at Brouwer: ..., and not in force on the appliance"),
    ],
)
def test_what_another_step_keeps_closed_is_not_called_open(closed_by: str, told: str) -> None:
    found = rows(closing(10, GW))
    for row in found["gw-a"]["closures"]:
        row |= {"is_open": True, "closed_by": closed_by, "why_open": "it answers"}
    (line,) = open_all_the_same(found)
    head, stands = told.split("...")
    assert line.startswith(head)
    assert stands in line
    assert ("It stays closed to everybody (off)" in line) == bool(closed_by)
    assert "It stays closed to everybody ()" not in line
