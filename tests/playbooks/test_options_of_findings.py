# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of the verbs that look for traces: when a run fails, what counts as ours, and what is read again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.alarm_state.attempts import AlarmState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.alarm_state.state_file import write_state
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.own_runs import OwnTest

from tests.stage.control_node import ROOT
from tests.stage.fleet import box
from tests.stage.played import Laboratory

THEN = "2019-12-01T00:00:00Z"
PAGE = "/var/netscaler/logon/LogonPoint/index.html"
SHELL = "/var/vpn/theme/x.php"


@pytest.fixture(scope="module")
def laboratory(open_laboratory: Callable[..., Laboratory]) -> Laboratory:
    return open_laboratory(
        {
            "gw": box(),
            "silent": box(features=["LB", "SSL", "SSLVPN", "RESPONDER"], configuration=ALARMED),
            "full": box(),
            "logs": box(),
        }
    )


def files_of(laboratory: Laboratory) -> Callable[[str, str], None]:
    def write(path: str, text: str) -> None:
        laboratory.simulator.appliance("gw").write_file(path, text, mtime=THEN)

    return write


def test_a_watch_accepts_by_number_reads_again_and_fails_where_it_is_told_to(laboratory: Laboratory) -> None:
    given = {"limit": ["gw"], "baselines": str(laboratory.directory / "baselines")}
    write = files_of(laboratory)
    write(PAGE, "good\n")
    write(SHELL, "<?php\n")
    assert laboratory.play("watch", **given, fail_at=3).rc == 0
    shown = laboratory.play("watch", **given)
    (found,) = shown["gw"]["findings"]
    assert shown.rc == 2
    refused = laboratory.play("watch", **given, accept="J. Jansen")
    assert f"-e accept_findings={found['id']}" in refused.output
    accepted = laboratory.play("watch", **given, accept="J. Jansen", accept_findings=[found["id"]])
    assert accepted.rc == 0, accepted.output
    write(PAGE, "evil\n")
    assert laboratory.play("watch", **given)["gw"]["findings"] == []
    again = laboratory.play("watch", **given, hash_all=True)
    assert [one["where"] for one in again["gw"]["findings"]] == [PAGE]


ALARMED = {
    "responderpolicy": [{"name": "tq_cve_2019_19781", "rule": 'HTTP.REQ.URL.CONTAINS("/vpns/")', "action": "NOOP"}],
    "responderglobal_responderpolicy_binding": [
        {"policyname": "tq_cve_2019_19781", "priority": 10, "gotopriorityexpression": "NEXT", "type": "REQ_OVERRIDE"}
    ],
}


@pytest.mark.only_in_all  # bundles of evidence
def test_a_run_fails_where_it_is_told_to(laboratory: Laboratory) -> None:
    """Of alarm.yml and evidence.yml; the alarm isn't heard, and a full disk leaves a gap."""
    silent = {"limit": ["silent"], "receiver": "none", "within": "1", "alarms": str(laboratory.directory / "alarms")}
    assert [laboratory.play("alarm", **silent, fail_at=code).rc for code in (2, 3)] == [2, 0]
    laboratory.simulator.appliance("full").fault("disk_full", times=0)
    full = {"limit": ["full"], "bundles": str(laboratory.directory / "bundles")}
    assert [laboratory.play("evidence", **full, fail_at=code).rc for code in (2, 3)] == [2, 0]


def test_a_test_of_the_alarm_is_ours_by_its_state(laboratory: Laboratory) -> None:
    """No record of it is here: read_logs.yml knows its line, and hunt.yml names its tag among our own changes."""
    alarms, now, tag = (
        laboratory.directory / "alarm states",
        datetime.now(UTC).replace(microsecond=0),
        f"tq-alarm-{'ab' * 8}",
    )
    write_state(alarms, AlarmState("logs", now, True, now, "", {}, (OwnTest("run", now, "127.0.0.1", tag),)))
    there = datetime.fromtimestamp(float(laboratory.simulator.fleet.appliances["logs"].nodes[0].clock()), UTC)
    line = (
        f"{there:%b %d %H:%M:%S} <local0.warn> ns  {there:%m/%d/%Y:%H:%M:%S} GMT  0-PPE-0 : default RESPONDER Message 1 0 :  "
        f'"tq_cve_2019_19781 blocked 127.0.0.1 /vpn/../vpns/?{tag}-0-"\n'
    )
    laboratory.simulator.appliance("logs").write_file("/var/log/ns.log", line)
    own = laboratory.directory / "own"
    given = {"limit": ["logs"], "records": str(laboratory.directory / "none")}
    reads = {**given, "bookmarks": str(laboratory.directory / "marks"), "from_start": True}

    def logged(**more: str) -> bool:
        return "attack that a policy logged" in str(laboratory.play("read_logs", **reads, **more)["logs"]["findings"])

    def listed(**more: str) -> bool:
        laboratory.play("hunt", **given, own_changes=str(own), **more)
        return tag in (own / "logs.json").read_text(encoding="utf-8")

    assert (logged(), listed()) == (True, False)
    assert (logged(alarms=str(alarms)), listed(alarms=str(alarms))) == (False, True)


def test_further_addresses_of_ours_and_another_catalogue_count_for_a_reading_of_logs(laboratory: Laboratory) -> None:
    """A test of the alarm from behind a gateway is ours only with its address, and an indicator is known only with its entry."""
    translated, alarms = "203.0.113.7", laboratory.directory / "other alarm states"
    now, tag = datetime.now(UTC).replace(microsecond=0), f"tq-alarm-{'cd' * 8}"
    write_state(alarms, AlarmState("logs", now, True, now, "", {}, (OwnTest("run", now, "127.0.0.1", tag),)))
    there = datetime.fromtimestamp(float(laboratory.simulator.fleet.appliances["logs"].nodes[0].clock()), UTC)
    blocked = (
        f"{there:%b %d %H:%M:%S} <local0.warn> ns  {there:%m/%d/%Y:%H:%M:%S} GMT  0-PPE-0 : default RESPONDER Message 1 0 :  "
        f'"tq_cve_2019_19781 blocked {translated} /vpn/../vpns/?{tag}-0-"\n'
    )
    answered = (
        f'127.0.0.8 - - [{there:%d/%b/%Y:%H:%M:%S} +0000] "GET /vpn/../vpns/cfg/smb.conf HTTP/1.1" 200 10 "-" "curl"\n'
    )
    laboratory.simulator.appliance("logs").write_file("/var/log/ns.log", blocked)
    laboratory.simulator.appliance("logs").write_file("/var/log/httpaccess.log", answered)
    catalogue = laboratory.directory / "few entries"
    shutil.copytree(ROOT / "templates" / "mitigations" / "cve_2021_44228", catalogue / "cve_2021_44228")
    given = {
        "limit": ["logs"],
        "records": str(laboratory.directory / "none"),
        "bookmarks": str(laboratory.directory / "other marks"),
        "from_start": True,
        "alarms": str(alarms),
    }

    def found(**more: Any) -> list[str]:
        return [one["what"] for one in laboratory.play("read_logs", **given, **more)["logs"]["findings"]]

    everything = found()
    assert f"attack that a policy logged: {translated}" in everything
    assert "indicator of cve_2019_19781" in everything
    assert f"attack that a policy logged: {translated}" not in found(sources=[translated])
    assert "indicator of cve_2019_19781" not in found(catalogue_directory=str(catalogue))
