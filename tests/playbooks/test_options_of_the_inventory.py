# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options that stand in an inventory for good: settings of measures, what is opted out of, where findings are told, and which requests are ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.network.certificate_authority import Authority
from tests.stage.fleet import box
from tests.stage.played import Laboratory
from tests.unit.plugin_utils.fleet.notifications.receivers import ADDRESS, web_server

SERVERS = {"auditsyslogaction": [{"name": "siem", "serverip": "192.0.2.9", "loglevel": ["ALL"]}]}
OUT = [{"entry": "cve_2019_19781", "why": "not ours", "who": "J. Jansen", "until": "2099-01-01"}]
WHY: dict[str, Any] = {"reason": "the NCSC advises it", "ticket": "CHG0044", "who": "J. Jansen", "scope": "fleet"}


@pytest.fixture(scope="module")
def laboratory(open_laboratory: Callable[..., Laboratory]) -> Laboratory:
    fleet = {
        "firewall": box("14.1 73.37", features=["LB", "SSL", "SSLVPN", "APPFW"]),
        "logs": box("14.1 73.37", configuration=SERVERS),
        "lists": box(),
        "out": box(),
        "ours": box(user_defined_audit_log="YES"),
        "moved": box(),
        "shared": box(partitions=["tenant_a"]),
        "fixed": box("14.1 73.46"),
    }
    variables: dict[str, dict[str, Any]] = {
        "firewall": {"netscaler_appfw_log": True},
        "logs": {"netscaler_management_log_servers": ["siem"]},
        "lists": {
            "catalogue_measures": {
                "url_whitelist": [{"vserver": "gw", "kind": "vpn", "mode": "observe", "base": ["gateway"]}]
            }
        },
        "out": {"tourniquet_opt_outs": OUT},
        "shared": {"netscaler_partitions": ["default"]},
        "moved": {"netscaler_site": "Utrecht"},
    }
    return open_laboratory(fleet, variables=variables)


def test_a_profile_that_logs(laboratory: Laboratory) -> None:
    run = laboratory.play("apply", limit=["firewall"], mitigation="appfw_log", as_of=None)
    assert run.verdict("firewall") == "enforcing"
    assert laboratory.row("firewall", "appfwprofile", "tq_appfw_log") is not None


def test_servers_of_the_management_log(laboratory: Laboratory) -> None:
    run = laboratory.play("apply", limit=["logs"], mitigation="management_log", as_of=None)
    row = laboratory.row("logs", "auditsyslogaction", "siem")
    assert (run.verdict("logs"), row and row["managementlog"]) == ("enforcing", ["ALL"])


def test_settings_of_a_measure(laboratory: Laboratory) -> None:
    run = laboratory.play("apply", limit=["lists"], mitigation="url_whitelist", as_of=None)
    assert (run.problem("lists"), run.verdict("lists")) == ("", "observing")


def test_an_entry_that_is_opted_out_of(laboratory: Laboratory) -> None:
    run = laboratory.play("status", limit=["out", "moved"], mitigation=None, as_of=None)
    assert "opted out of cve_2019_19781 by J. Jansen until 2099-01-01: not ours; out" in run.output
    assert run["moved"]["appliance"]["site"] == "Utrecht"


def test_the_test_of_the_alarm_is_no_hit_by_others(laboratory: Laboratory) -> None:
    alarms = laboratory.directory / "alarms"
    assert laboratory.play("apply", limit=["ours"], measure_audit_log=True).problem("ours") == ""
    laboratory.play("alarm", limit=["ours"], alarms=str(alarms), receiver="none", within="3")
    places = (alarms, laboratory.directory / "none")
    told = [laboratory.play("status", limit=["ours"], alarms=str(where)) for where in places]
    assert ["1 hit by others" in run.output for run in told] == [False, True]


def test_an_address_that_has_changed_is_opened_with_force(laboratory: Laboratory) -> None:
    given = {"limit": ["moved"], **WHY}
    assert laboratory.play("lockdown", **given, expires=24).problem("moved") == ""
    laboratory.colleague("moved", "PUT", "vpnvserver", {"vpnvserver": {"name": "gw", "ipv46": "192.0.2.99"}})
    laboratory.saved_by_colleague("moved")
    back = {**given, "accept_exposure": True, "second": "M. Vis"}
    refused = laboratory.play("reopen", **back)
    laboratory.play("reopen", **back, force=True)
    assert "go on with --limit moved -e force=true" in refused.problem("moved")
    assert laboratory.rows("moved", "vpnvserver")[0].get("state") != "DISABLED"


def test_a_partition_that_was_not_read_is_accepted_by_a_person(laboratory: Laboratory) -> None:
    given = {"limit": ["shared"], **WHY}
    assert laboratory.play("lockdown", **given, expires=24).problem("shared") == ""
    back = {**given, "accept_exposure": True, "second": "M. Vis"}
    refused = laboratory.play("reopen", **back)
    assert "partition tenant_a: unknown (it is not among netscaler_partitions)" in refused.problem("shared")
    opened = laboratory.play("reopen", **back, accept_unread=True)
    lost = "failed: PROTECTION LOST at partition default: vpn vserver gw, decided by J. Jansen (the NCSC advises it)"
    assert opened.problem("shared") == lost
    assert laboratory.record("shared")["accepted_unread"]


def test_sessions_for_all_entries(laboratory: Laboratory) -> None:
    laboratory.simulator.appliance("fixed").session("gw", "ann")
    one = laboratory.play("end_sessions", limit=["fixed"])
    every = laboratory.play("end_sessions", limit=["fixed"], all_entries=True)
    assert "cve_2019_19781 asks for no sessions to be ended" in one.problem("fixed")
    assert "ended 1 AAA session (after the fix of cve_2023_4966, " in every.message("fixed")


@pytest.mark.only_in_all  # bundles of evidence
def test_evidence_has_a_largest_size(laboratory: Laboratory) -> None:
    given = {"limit": ["fixed"], "parts": ["files"], "bundles": str(laboratory.directory / "bundles")}
    laboratory.simulator.appliance("fixed").write_file("/var/vpn/theme/big.html", "x" * 1_500_000)
    small, large = (laboratory.play("evidence", **given, largest=size) for size in (1, 1024))
    assert "allow more with -e largest=MIB" in small.output
    assert (small.rc, large.rc) == (2, 0)


@pytest.mark.only_in_all  # test_watch.py tells a receiver too
def test_who_was_told_is_kept_where_it_is_named(laboratory: Laboratory, tmp_path: Path) -> None:
    authority, told = Authority(tmp_path), tmp_path / "told.yml"
    with web_server(authority.context(ADDRESS, "signed", "1.3")[0]) as hook:
        receiver = {"type": "webhook", "url": f"https://{ADDRESS}:{hook.port}/x", "secret": "a-S3cret-of-the-hook"}
        receiver |= {"ca_file": str(authority.ca_file), "on": ["attempt", "review", "compromise", "heartbeat"]}
        told.write_text(json.dumps({"netscalers": {"vars": {"tourniquet_notify": [receiver]}}}), encoding="utf-8")
        places = {verb: tmp_path / verb for verb in ("alarm", "hunt", "read_logs")}
        extra: dict[str, dict[str, Any]] = {"alarm": {"receiver": "none", "within": "1"}, "hunt": {}, "read_logs": {}}
        names = {"alarm": "alerts", "hunt": "alerts", "read_logs": "alerts"}
        for verb, place in places.items():
            laboratory.play(
                verb, limit=["fixed"], options=("-i", str(told)), **extra[verb], **{names[verb]: str(place)}
            )
    assert all((place / f"{verb}.json").is_file() for verb, place in places.items())
