# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The URL whitelist on a simulated appliance: modes, exceptions, lock-out, order of evaluation, and how many requests it takes."""

from __future__ import annotations

import re
import threading
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.acknowledgement import Acknowledgement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import TrafficCase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.probes import Prober

from simulator import Simulator
from tests.engine.whitelist_stage import NAME, TODAY, Lists, WhitelistStage
from tests.stage.fleet import fleet_file

BOX: dict[str, Any] = {
    "build": "14.1 43.50",
    "nodes": ["127.0.0.1:0"],
    "features": ["LB", "SSL", "SSLVPN", "RESPONDER"],
    "user_defined_audit_log": "YES",
    "vservers": [
        {"type": "vpn", "name": "gw", "address": "127.0.0.1:0", "protocol": "SSL"},
        {"type": "lb", "name": "shop", "address": "127.0.0.1:0", "protocol": "SSL"},
    ],
    "configuration": {
        "responderpolicy": [
            {"name": "rp_maintenance", "rule": 'HTTP.REQ.URL.PATH.STARTSWITH("/old/")', "action": "RESET"},
            {"name": "rp_first", "rule": 'HTTP.REQ.HEADER("X-Monitor").EXISTS', "action": "NOOP"},
        ],
        "lbvserver_responderpolicy_binding": [
            {"name": "shop", "policyname": "rp_first", "priority": 50, "gotopriorityexpression": "END"},
            {"name": "shop", "policyname": "rp_maintenance", "priority": 200, "gotopriorityexpression": "END"},
        ],
    },
}
GATEWAY = {"vserver": "gw", "kind": "vpn", "mode": "enforce", "base": ["gateway"]}
SHOP = {"vserver": "shop", "kind": "lb", "mode": "observe", "allow": [{"exact": "/"}, {"prefix": "/shop/"}]}


@pytest.fixture
def stage(simulator: Simulator, tmp_path: Path) -> WhitelistStage:
    simulator.reset()
    stage = WhitelistStage(simulator, tmp_path)
    stage.acknowledgements = (Acknowledgement("J. Jansen", "our monitoring", date(2099, 12, 31), policy="rp_first"),)
    return stage


def shop(mode: str = "observe", *allow: dict[str, Any], **more: Any) -> Lists:
    return [{**SHOP, "mode": mode, "allow": [*SHOP["allow"], *allow], **more}]  # type: ignore[misc]


def ask(stage: WhitelistStage, url: str, vserver: str = "shop") -> int | None:
    vip = next(vip for vip in stage.appliance.vips or () if vip.name == vserver)
    return Prober("a-user", None).ask(vip, TrafficCase("user", False, "GET", url)).status


# -- modes -------------------------------------------------------------------------------------------------------------


def test_the_story_observe_enforce_exception_expiry_rollback(stage: WhitelistStage) -> None:
    before = stage.configuration()
    first = stage.play("apply", shop())
    assert (first.result.failed, first.verdict) == ("", "observing")
    assert ask(stage, "/unheard-of") == 404, "nothing is blocked"

    seen = stage.play("status", shop())
    assert [(part["mode"], part["in_force"]) for part in seen.values["parts"]] == [("observe", "observe")]
    assert seen.values["parts"][0]["hits"]["observe"] >= 3, "two probes and the user"

    enforced = stage.play("apply", shop("enforce"))
    assert (enforced.result.failed, enforced.verdict) == ("", "enforcing")
    assert (ask(stage, "/unheard-of"), ask(stage, "/"), ask(stage, "/shop/cart")) == (403, 200, 404)

    until = (TODAY + timedelta(days=2)).isoformat()
    exception = {"exact": "/new", "owner": "J. Jansen", "comment": "spring sale", "until": until}
    allowed = stage.play("apply", shop("enforce", exception))
    assert (allowed.verdict, ask(stage, "/new")) == ("enforcing", 404)
    assert "is allowed until" in allowed.preview
    assert "J. Jansen" in allowed.preview
    assert allowed.writes == ["POST policypatset_pattern_binding", "POST nsconfig"]

    stage.today = TODAY + timedelta(days=3)
    late = stage.play("status", shop("enforce", exception))
    assert late.verdict == "superseded"
    assert f"exact /new was allowed until {until} for J. Jansen; it has expired" in late.preview
    expired = stage.play("apply", shop("enforce", exception))
    assert expired.writes == ["DELETE policypatset_pattern_binding", "POST nsconfig"]
    assert ask(stage, "/new") == 403

    off = stage.take_off(shop("enforce"))
    assert off.values["saved"]
    assert stage.configuration() == stage.configuration("saved") == before
    assert ask(stage, "/unheard-of") == 404


def test_what_is_bound_decides_the_mode_and_not_what_was_asked_for(stage: WhitelistStage) -> None:
    stage.play("apply", shop())
    seen = stage.play("status", shop("enforce"))
    assert seen.verdict == "superseded"
    assert (
        "shop at lb vserver shop REQUEST: observe, enforce is wanted, 0 hits by others, 2 by our probes (observe)"
        in seen.preview
    )


def test_observe_and_enforce_have_the_same_rule(stage: WhitelistStage) -> None:
    rules = []
    for mode in ("observe", "enforce"):
        stage.play("apply", shop(mode))
        with Connection(stage.appliance) as connection:
            rows = connection.primary.read("responderpolicy")
        (own,) = [row for row in rows if str(row["name"]).startswith(NAME)]
        rules.append(own["rule"])
        assert (own["action"] == "NOOP") is (mode == "observe")
        assert own["undefaction"] == ("NOOP" if mode == "observe" else "RESET")
    assert rules[0] == rules[1]


@pytest.mark.parametrize("modes", [("observe", "enforce"), ("enforce", "observe")])
def test_there_is_no_moment_without_a_policy_while_the_mode_changes(
    stage: WhitelistStage, modes: tuple[str, str]
) -> None:
    old, new = modes
    stage.play("apply", shop(old))
    changed = stage.play("apply", shop(new))
    assert changed.result.failed == ""
    bind = changed.writes.index("POST lbvserver_responderpolicy_binding")
    assert bind < changed.writes.index("DELETE lbvserver_responderpolicy_binding")


def test_observing_never_ends_the_evaluation_of_others(stage: WhitelistStage) -> None:
    stage.play("apply", shop())
    assert ask(stage, "/old/page") is None, "their policy behind ours still resets"


def test_observed_hits_are_logged_as_an_appliance_logs(stage: WhitelistStage) -> None:
    stage.play("apply", shop())
    ask(stage, "/private?password=secret")
    log = stage.simulator.fleet.appliances["box"].primary.files["/var/log/ns.log"].content.decode()
    (line,) = [line for line in log.splitlines() if "/private" in line]
    shape = r'\w{3} [ \d]\d [\d:]{8} <local0\.warn\w*> \S+  [\d/]+:[\d:]+ GMT \S* ?0-PPE-0 : default RESPONDER Message \d+ 0 :  "(.*)"'
    found = re.fullmatch(shape, line)
    assert found, line
    told = r"vip=127\.0\.0\.1 port=\d+ client=127\.0\.0\.1 method=GET url=/private"
    assert re.fullmatch(f"{NAME}__shop__observe would block {told}", found[1])


def test_a_watcher_sees_no_listed_page_blocked_while_entries_change(stage: WhitelistStage) -> None:
    stage.play("apply", shop("enforce"))
    answers: list[int | None] = []
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            answers.append(ask(stage, "/shop/cart"))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        # The same page, allowed by another entry: the new one goes in before the old one goes.
        stage.play("apply", [{**SHOP, "mode": "enforce", "allow": [{"exact": "/"}, {"exact": "/shop/cart"}]}])
        stage.play("apply", [{**SHOP, "mode": "enforce", "allow": [{"exact": "/"}, {"suffix": "/cart"}]}])
    finally:
        stop.set()
        thread.join(timeout=15)
    assert len(answers) > 5
    assert set(answers) == {404}


def test_a_list_that_is_no_longer_asked_for_is_taken_off(stage: WhitelistStage) -> None:
    before = stage.configuration()
    stage.play("apply", shop("enforce"))
    left = stage.play("status", [])
    assert left.verdict == "applied, unproven"
    gone = stage.play("apply", [])
    assert (gone.result.failed, gone.verdict) == ("", "not asked for")
    assert stage.configuration() == stage.configuration("saved") == before
    assert stage.play("apply", []).writes == []


def test_somebody_elses_change_is_drift(stage: WhitelistStage) -> None:
    stage.play("apply", shop("enforce"))
    with Connection(stage.appliance) as connection:
        connection.primary.write(
            "POST",
            "policypatset_pattern_binding",
            {"policypatset_pattern_binding": {"name": f"{NAME}__shop__exact", "String": "/backdoor"}},
        )
    assert stage.play("status", shop("enforce")).verdict == "drifted"


# -- a Gateway ---------------------------------------------------------------------------------------------------------


def test_a_gateway_is_bound_at_both_points_and_each_says_whether_it_was_hit(stage: WhitelistStage) -> None:
    done = stage.play("apply", [GATEWAY])
    assert (done.result.failed, done.verdict) == ("", "enforcing")
    hits = done.values["proof"]["hits_rose_by"]
    assert hits == {f"{NAME}__gw": 0, f"{NAME}__gw__aaa": 2}
    assert (
        "gw (vpn vserver gw REQUEST) has no hit yet, so nothing proves that the appliance evaluates it there"
        in done.preview
    )
    assert ask(stage, "/logon/LogonPoint/index.html", "gw") == 200
    assert ask(stage, "/vpn/../vpns/cfg/smb.conf", "gw") == 403


def test_a_status_without_probes_says_too_which_bind_point_was_never_hit(stage: WhitelistStage) -> None:
    """Seen: "proven ..., unchanged since" for both bind points, and no word of the one that nothing has reached."""
    never = "gw (vpn vserver gw {}) has no hit yet, so nothing proves that the appliance evaluates it there"
    stage.play("apply", [GATEWAY])
    for verb, probes in (("status", "none"), ("status", "few"), ("plan", "none")):
        played = stage.play(verb, [GATEWAY], probes=probes)
        assert played.values["verdict"]["missing"].count(never.format("REQUEST")) == 1, (verb, probes)
        assert f"  not covered: {never.format('REQUEST')}" in played.preview
        assert never.format("AAA_REQUEST") not in played.preview
    # The counters begin at zero after a restart. What a record has of a hit was one.
    stage.simulator.appliance("box").reboot(seconds=0)
    played = stage.play("status", [GATEWAY], probes="none")
    assert played.values["verdict"]["missing"] == [never.format("REQUEST")]


@pytest.mark.parametrize(("position", "hit"), [("request", f"{NAME}__gw"), ("both", f"{NAME}__gw__aaa")])
def test_whichever_bind_point_counts_the_hits_prove_it(tmp_path: Path, position: str, hit: str) -> None:
    with Simulator(fleet_file({"box": BOX}, gateway_bind_points=position)) as running:
        done = WhitelistStage(running, tmp_path).play("apply", [GATEWAY])
    assert (done.result.failed, done.verdict) == ("", "enforcing")
    assert done.values["proof"]["hits_rose_by"][hit] == 2


def test_a_point_that_sees_nothing_leaves_it_unproven(stage: WhitelistStage) -> None:
    done = stage.play("apply", [{**GATEWAY, "bind": ["REQUEST"]}])
    assert done.verdict == "applied, unproven"
    assert "the probes do not prove it" in done.result.failed


def test_a_list_that_would_lock_out_the_log_on_is_refused_and_names_the_entry(stage: WhitelistStage) -> None:
    entries = [{"prefix": "/logon/LogonPoint/"}, {"exact": "/vpn/index.html"}]
    lists = [{"vserver": "gw", "kind": "vpn", "mode": "enforce", "allow": entries}]
    refused = stage.play("apply", lists)
    assert refused.writes == []
    (conflict,) = refused.values["conflicts"]
    assert conflict["kind"] == "lockout"
    assert "gw (vpn vserver gw) would lock out the log-on: POST /cgi/login is not listed" in conflict["message"]
    assert "base: [gateway]" in conflict["fix"]
    assert "exact /cgi/login" in conflict["fix"]
    observed = stage.play("plan", [{**lists[0], "mode": "observe"}])
    assert observed.result.failed == ""
    assert "Once it blocks, that is an error." in observed.preview
    classic = ["gateway-classic-login", "gateway-classic-client"]
    nfactor = [{**lists[0], "allow": [*entries, {"prefix": "/p/u/"}], "may_block": classic}]
    assert stage.play("plan", nfactor).result.failed == ""


# -- order of evaluation -----------------------------------------------------------------------------------------------


def test_the_plan_says_who_is_asked_before_and_whom_it_keeps_requests_from(stage: WhitelistStage) -> None:
    planned = stage.play("plan", shop("enforce"))
    parameters = planned.values["proof"]["order"]
    assert parameters["certain"] == [
        "after ours, and no longer evaluated for requests that ours answers: rp_maintenance"
    ]
    assert parameters["possible"] == [
        "before ours, and may answer or end requests that the traffic does not contain: rp_first"
    ]
    assert planned.values["neighbours"] == ["shop 50 rp_first (END)", "shop 200 rp_maintenance (END)"]


def test_a_policy_in_front_that_ends_everything_is_a_conflict_with_a_way_out(stage: WhitelistStage) -> None:
    with Connection(stage.appliance) as connection:
        connection.primary.write(
            "POST", "responderpolicy", {"responderpolicy": {"name": "rp_all", "rule": "TRUE", "action": "NOOP"}}
        )
        binding = {"name": "shop", "policyname": "rp_all", "priority": 60, "gotopriorityexpression": "END"}
        connection.primary.write(
            "POST", "lbvserver_responderpolicy_binding", {"lbvserver_responderpolicy_binding": binding}
        )
    planned = stage.play("plan", shop("enforce"), unsaved="apply_without_save")
    (conflict,) = [one for one in planned.values["conflicts"] if one["kind"] == "shadowed"]
    assert conflict["message"].startswith("rp_all is evaluated before ours and ends the evaluation: ")
    assert conflict["fix"].endswith("In host_vars of box: `netscaler_whitelists: [{..., priority: 59}]`.")


def test_a_taken_priority_is_a_conflict_with_a_free_one(stage: WhitelistStage) -> None:
    planned = stage.play("plan", shop("enforce", priority=200))
    (conflict,) = planned.values["conflicts"]
    assert conflict["kind"] == "priority_taken"
    assert "In host_vars of box: `netscaler_whitelists: [{..., priority: 199}]`." in conflict["fix"]


# -- how many requests it takes ----------------------------------------------------------------------------------------

WRITES = {20: 7, 500: 7, 2000: 8}
"""By number of entries, the writes of the first run: one for each type, of patterns one for each 1,000, and the save."""


@pytest.mark.parametrize("count", WRITES)
def test_the_requests_that_a_list_takes(stage: WhitelistStage, count: int) -> None:
    """All NITRO requests count: log-on, inspection, lock, records, proof and save."""
    entries = [{"exact": f"/page/{number}"} for number in range(count)]
    lists = [{"vserver": "shop", "kind": "lb", "mode": "enforce", "allow": entries}]
    changed = [{**lists[0], "allow": [*entries[1:], {"exact": "/page/new"}]}]
    first = stage.play("apply", lists)
    second = stage.play("apply", lists)
    small = stage.play("apply", changed)
    off = stage.take_off(changed)
    assert [played.verdict for played in (first, second, small)] == ["enforcing"] * 3
    # The lease is read before each write, and that it is gone at the end (docs/decisions/0029).
    assert [played.nitro for played in (first, second, small, off)] == [
        41 + 2 * WRITES[count],
        20,
        43,
        53,
    ]  # with when the node was started, for whose hits there are
    assert len(first.writes) == WRITES[count]
    assert second.writes == []
    assert small.writes == ["POST policypatset_pattern_binding", "DELETE policypatset_pattern_binding", "POST nsconfig"]
    assert off.writes == [
        "DELETE lbvserver_responderpolicy_binding",
        "DELETE responderpolicy",
        "DELETE responderaction",
        "DELETE auditmessageaction",
        "DELETE policypatset",
        "POST nsconfig",
    ]


def test_thousands_of_entries_in_the_preview_are_told_in_a_few_lines(stage: WhitelistStage) -> None:
    entries = [{"exact": f"/page/{number}"} for number in range(2000)]
    planned = stage.play("plan", [{"vserver": "shop", "kind": "lb", "allow": entries}])
    assert f"+ bind policy patset {NAME}__shop__exact ... and 1995 more" in planned.preview
    assert len(planned.preview.splitlines()) < 60
    assert len(planned.values["steps"]) > 2000
