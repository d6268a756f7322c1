# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Alerts to real receivers on loopback: once, again after a time, one for a fleet, and never a line or a header of an attacker."""

from __future__ import annotations

import email.policy
import hashlib
import hmac
import json
import re
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.acknowledgement import Acknowledgement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import Level
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.notifications.alert_message import (
    MOST_APPLIANCES,
    MOST_OF_AN_APPLIANCE,
    alerts_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.notifications.alerts import (
    FindingsRun,
    tell,
    with_acknowledgements,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.json_values import json_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.appliance_line import (
    code_of_run,
    lines_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import (
    Examination,
    Finding,
    NotSeen,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding_json import (
    examination_of,
)

from simulator.network.certificate_authority import Authority
from tests.run_reports import HOSTILE
from tests.unit.plugin_utils.fleet.notifications.receivers import (
    ADDRESS,
    Hook,
    Mailbox,
    mail_server,
    syslog_server,
    udp_syslog_server,
    wait_for_message,
    web_server,
)

NOW = datetime(2026, 11, 28, 6, 0, tzinfo=UTC)
SECRET = "s3cret-Pa55-of-the-webhook"
ALL = ["compromise", "attempt", "review", "incomplete"]
FOUND = Finding(
    appliance="gw-a",
    node="10.1.0.11",
    level=Level.COMPROMISE,
    what="the file is new",
    where="/var/vpn/themes/x.php",
    why="web servers deliver this directory",
    evidence="6 bytes",
    next_step="take evidence",
)
CLEAN = Examination("gw-a", looked_at=(("directories", 12),))
ALARM = replace(CLEAN, findings=(FOUND,))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, str]:
    made = Authority(tmp_path_factory.mktemp("ca"))
    context, _digest = made.context(ADDRESS, "signed", "1.3")
    return context, str(made.ca_file)


@pytest.fixture
def hook(authority: tuple[ssl.SSLContext, str]) -> Iterator[Hook]:
    with web_server(authority[0]) as server:
        yield server


@pytest.fixture
def box(authority: tuple[ssl.SSLContext, str]) -> Iterator[Mailbox]:
    with mail_server(authority[0]) as server:
        yield server


@pytest.fixture
def webhook(hook: Hook, authority: tuple[ssl.SSLContext, str]) -> dict[str, Any]:
    url = f"https://{ADDRESS}:{hook.port}/x"
    return {"type": "webhook", "url": url, "secret": SECRET, "on": ALL, "ca_file": authority[1], "timeout": 20}


def watch(
    directory: Path, *receivers: dict[str, Any], examined: list[Examination] | None = None, at: timedelta = timedelta(0)
) -> list[str]:
    """Return the problems of a run so long after the first one."""
    found = [ALARM] if examined is None else examined
    return tell(
        FindingsRun("watch", NOW + at, found), {one.appliance: list(receivers) for one in found}, directory / "alerts"
    )


def bodies(hook: Hook) -> list[Any]:
    return [json.loads(body) for _path, _headers, body in hook.requests]


def test_a_webhook_can_check_who_sent_the_alert(hook: Hook, webhook: dict[str, Any], tmp_path: Path) -> None:
    assert watch(tmp_path, webhook) == []
    ((_path, headers, body),) = hook.requests
    expected = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Tourniquet-Signature-256"] == f"sha256={expected}"
    content = json.loads(body)
    assert content["text"].startswith("Tourniquet watch: 1 compromise on 1 appliance\n")
    assert content["alerts"][0]["findings"][0]["id"] == FOUND.id
    assert SECRET not in (tmp_path / "alerts" / "watch.json").read_text()


def test_a_finding_is_told_once_and_again_after_a_time(hook: Hook, webhook: dict[str, Any], tmp_path: Path) -> None:
    for minutes, count in ((0, 1), (5, 1), (24 * 60 - 1, 1), (24 * 60, 2), (24 * 60 + 5, 2)):
        assert watch(tmp_path, webhook, at=timedelta(minutes=minutes)) == []
        assert len(hook.requests) == count
    other = replace(ALARM, findings=(FOUND, replace(FOUND, evidence="7 bytes")))
    assert watch(tmp_path, webhook, examined=[other], at=timedelta(minutes=24 * 60 + 10)) == []
    assert bodies(hook)[-1]["counts"] == {"compromise": 1}, "only the new one"


def test_what_comes_and_goes_is_told_once_an_hour(hook: Hook, webhook: dict[str, Any], tmp_path: Path) -> None:
    for minutes, examined, count in ((0, ALARM, 1), (5, CLEAN, 1), (10, ALARM, 1), (80, CLEAN, 1), (85, ALARM, 2)):
        watch(tmp_path, webhook, examined=[examined], at=timedelta(minutes=minutes))
        assert len(hook.requests) == count


def test_a_clock_that_was_wrong_silences_nobody(hook: Hook, webhook: dict[str, Any], tmp_path: Path) -> None:
    watch(tmp_path, webhook, at=timedelta(days=400))
    watch(tmp_path, webhook)
    assert len(hook.requests) == 2


def test_a_storm_is_one_message_with_counts(
    hook: Hook, webhook: dict[str, Any], box: Mailbox, authority: tuple[ssl.SSLContext, str], tmp_path: Path
) -> None:
    fleet = [replace(ALARM, appliance=f"gw-{number}") for number in range(200)]
    mail = {"type": "mail", "to": ["a@b.example"], "sender": "t@p.example", "server": ADDRESS, "port": box.port}
    assert watch(tmp_path, webhook, {**mail, "on": ALL, "ca_file": authority[1]}, examined=fleet) == []
    (content,) = bodies(hook)
    assert (content["appliances"], content["counts"], len(content["alerts"])) == (200, {"compromise": 200}, 50)
    (letter,) = (email.message_from_bytes(one, policy=email.policy.SMTP) for one in box.mails)
    assert letter["Subject"] == "Tourniquet watch: 200 compromise on 200 appliances"
    assert f"and {200 - MOST_APPLIANCES} more appliances" in letter.get_content()
    assert box.encrypted == [True]


def test_each_receiver_hears_of_its_own_appliances_and_events(
    hook: Hook, webhook: dict[str, Any], tmp_path: Path
) -> None:
    other = replace(CLEAN, appliance="gw-b", findings=(replace(FOUND, appliance="gw-b", level=Level.REVIEW),))
    run = FindingsRun("hunt", NOW, [ALARM, other])
    quiet = {**webhook, "on": ["incomplete"]}
    assert tell(run, {"gw-a": [quiet], "gw-b": [webhook]}, tmp_path) == []
    (content,) = bodies(hook)
    assert [one["host"] for one in content["alerts"]] == ["gw-b"]


def test_what_could_not_be_looked_at_is_an_alert_and_no_secret_of_the_run(
    hook: Hook, webhook: dict[str, Any], tmp_path: Path
) -> None:
    gone = Examination("gw-a", not_seen=(NotSeen("the appliance", "no answer"),))
    assert watch(tmp_path, webhook, examined=[gone]) == []
    (content,) = bodies(hook)
    assert content["alerts"][0]["incomplete"] == ["the appliance: no answer"]
    for minutes, why, count in ((5, "no answer", 1), (10, "3 files are missing", 2), (15, "4 files are missing", 2)):
        other = replace(gone, not_seen=(NotSeen("the appliance", why),))
        watch(tmp_path, webhook, examined=[other], at=timedelta(minutes=minutes))
        assert len(hook.requests) == count, "another reason is told"


@pytest.mark.parametrize("protocol", ["tcp", "tls"])
def test_a_syslog_server_gets_one_line(protocol: str, authority: tuple[ssl.SSLContext, str], tmp_path: Path) -> None:
    with syslog_server(authority[0] if protocol == "tls" else None) as log:
        receiver = {"type": "syslog", "server": ADDRESS, "port": log.port, "protocol": protocol, "on": ALL}
        assert watch(tmp_path, {**receiver, "ca_file": authority[1]}) == []
        wait_for_message(log)
    (line,) = log.messages
    # RFC 5424 6: facility local0 (16) and severity critical (2)
    head = rb"<130>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00 [!-~]+ tourniquet - - - "
    assert re.match(head + rb"Tourniquet watch: 1 compromise on 1 appliance; ", line)
    assert b"/var/vpn/themes/x.php" in line


def test_a_datagram_is_cut_to_what_every_receiver_takes(tmp_path: Path) -> None:
    fleet = [replace(ALARM, appliance=f"gw-{number}") for number in range(40)]
    with udp_syslog_server() as log:
        receiver = {"type": "syslog", "server": ADDRESS, "port": log.port, "protocol": "udp", "on": ALL}
        assert watch(tmp_path, receiver, examined=fleet) == []
        wait_for_message(log)
    (line,) = log.messages
    assert len(line) == 1180
    assert b"40 compromise on 40 appliances" in line


def test_a_syslog_server_with_a_strange_certificate_gets_nothing(
    authority: tuple[ssl.SSLContext, str], tmp_path: Path
) -> None:
    with syslog_server(authority[0]) as log:
        receiver = {"type": "syslog", "server": ADDRESS, "port": log.port, "on": ALL}
        (problem,) = watch(tmp_path, receiver)
    assert problem.startswith(f"the syslog server {ADDRESS} was not told: its certificate is not trusted (")
    assert log.messages == []


def test_text_of_an_attacker_makes_no_line_header_or_markup(
    hook: Hook, webhook: dict[str, Any], box: Mailbox, authority: tuple[ssl.SSLContext, str], tmp_path: Path
) -> None:
    evil = f"x\r\nBcc: evil@x.example\r\n\r\n.\r\n<0>1 - - - - - - @here <!channel> \u202e {HOSTILE}"
    texts = {"what": evil, "where": evil, "why": evil, "evidence": evil, "node": evil, "next_step": evil}
    examined = replace(CLEAN, appliance=evil, findings=(replace(FOUND, appliance=evil, **texts),))
    gap = replace(examined, appliance=f"{evil}2", findings=(), not_seen=(NotSeen(evil, evil, evil),))
    mail = {"type": "mail", "to": ["a@b.example"], "sender": "t@p.example", "server": ADDRESS, "port": box.port}
    with syslog_server() as log:
        syslog = {"type": "syslog", "server": ADDRESS, "port": log.port, "protocol": "tcp", "on": ALL}
        mail |= {"on": ALL, "ca_file": authority[1]}
        assert watch(tmp_path, webhook, mail, syslog, examined=[examined, gap]) == []
        wait_for_message(log)
    (line,) = log.messages
    assert all(32 <= byte < 127 for byte in line)
    (letter,) = (email.message_from_bytes(one, policy=email.policy.SMTP) for one in box.mails)
    assert letter["Bcc"] is None
    text = bodies(hook)[0]["text"]
    assert [sign for sign in ("<", ">", "@here", "http://", "\r", "\u202e") if sign in text] == []
    assert [sign for sign in ("http://", "\x1b", "\u202e") if sign in letter.get_content()] == []
    assert letter.get_content_type() == "text/plain"


def test_who_was_not_told_is_told_by_the_next_run_and_the_exit_code_says_so(
    hook: Hook, webhook: dict[str, Any], box: Mailbox, authority: tuple[ssl.SSLContext, str], tmp_path: Path
) -> None:
    mail = {"type": "mail", "to": ["a@b.example"], "sender": "t@p.example", "server": ADDRESS, "port": box.port}
    mail |= {"on": ALL, "ca_file": authority[1]}
    hook.status = 500
    problems = watch(tmp_path, webhook, mail)
    assert problems == [f"the webhook at {ADDRESS} was not told: it answered 500"]
    review = replace(CLEAN, findings=(replace(FOUND, level=Level.REVIEW),))
    assert (code_of_run([review], []), code_of_run([review], problems)) == (1, 2)
    lines = lines_of([review], problems)
    assert lines[-2] == f"ALERTS: {problems[0]}"
    assert lines[-1].endswith("exit code 2")
    hook.status = 204
    assert watch(tmp_path, webhook, mail, at=timedelta(minutes=5)) == []
    assert (len(hook.requests), len(box.mails)) == (2, 1)


def test_a_receiver_that_hangs_is_said_and_holds_nobody_up(hook: Hook, webhook: dict[str, Any], tmp_path: Path) -> None:
    hook.silent = True
    with syslog_server() as log:
        syslog = {"type": "syslog", "server": ADDRESS, "port": log.port, "protocol": "tcp", "on": ALL}
        (problem,) = watch(tmp_path, {**webhook, "timeout": 0.3}, syslog)
        wait_for_message(log)
    assert problem.startswith(f"the webhook at {ADDRESS} was not told: ")


def test_an_acknowledged_finding_is_silent_until_the_day_and_another_one_is_not(
    hook: Hook, webhook: dict[str, Any], tmp_path: Path
) -> None:
    given = [Acknowledgement("J. Jansen", "a test of ours", date(2026, 11, 30), finding=FOUND.id)]
    known = with_acknowledgements(ALARM, given, date(2026, 11, 30))
    assert watch(tmp_path, webhook, examined=[known]) == []
    assert hook.requests == []
    assert known.exit_code == 2, "a compromise stays one"
    assert with_acknowledgements(ALARM, given, date(2026, 12, 1)) == ALARM
    other = replace(ALARM, findings=(replace(FOUND, evidence="SHA-256 of other content"),))
    assert watch(tmp_path, webhook, examined=[with_acknowledgements(other, given, date(2026, 11, 30))]) == []
    assert len(hook.requests) == 1


def test_an_acknowledged_review_counts_no_more_and_is_counted_apart() -> None:
    review = replace(FOUND, level=Level.REVIEW)
    given = [Acknowledgement("J. Jansen", "a test of ours", date(2026, 11, 30), finding=review.id)]
    known = with_acknowledgements(replace(CLEAN, findings=(review,)), given, date(2026, 11, 28))
    assert known.exit_code == 0
    assert lines_of([known]) == ["1 appliance: 1 with acknowledged findings only; exit code 0"]
    both = replace(known, findings=(*known.findings, FOUND))
    assert any(line.endswith("acknowledged by J. Jansen until 2026-11-30: a test of ours") for line in lines_of([both]))


def test_the_id_of_a_finding_survives_json_and_rests_on_the_whole_evidence() -> None:
    long = replace(FOUND, evidence="x" * 500 + "a")
    assert replace(long, evidence="x" * 500 + "b").id != long.id
    read = examination_of("gw-a", json.loads(json.dumps(json_values(replace(CLEAN, findings=(long,))))))
    assert read.findings[0].id == long.id
    assert replace(FOUND, identity="same", evidence="1").id == replace(FOUND, identity="same", evidence="2").id


def test_one_appliance_with_endless_findings_hides_no_other(
    hook: Hook, webhook: dict[str, Any], tmp_path: Path
) -> None:
    many = tuple(replace(FOUND, where=f"/tmp/{number}", level=Level.REVIEW) for number in range(3000))
    assert len(list(alerts_of(replace(CLEAN, findings=many)))) == MOST_OF_AN_APPLIANCE
    other = replace(ALARM, appliance="gw-b")
    assert watch(tmp_path, webhook, examined=[replace(CLEAN, findings=many), other]) == []
    assert [one["host"] for one in bodies(hook)[0]["alerts"]] == ["gw-b", "gw-a"], "the most urgent first"
    assert len(hook.requests[0][2]) < 100_000


def test_a_heartbeat_says_that_the_watch_runs(hook: Hook, webhook: dict[str, Any], tmp_path: Path) -> None:
    receiver = {**webhook, "on": ["heartbeat"], "heartbeat_minutes": 5}
    for minutes, count in ((0, 1), (2, 1), (4.9, 2), (10, 3)):
        assert watch(tmp_path, receiver, examined=[CLEAN], at=timedelta(minutes=minutes)) == []
        assert len(hook.requests) == count
    content = bodies(hook)[0]
    assert content["heartbeat"] is True
    assert "1 appliance: 1 with nothing found in what was looked at; exit code 0" in content["text"]


@pytest.mark.parametrize(
    "text", ["", "[]", '{"schema": 2}', '{"schema": 1, "told": {"x": {"gw-a": {"y": "2026-01-01"}}}}', "[" * 100_000]
)
def test_a_history_that_cannot_be_used_is_said_and_everything_told_again(
    text: str, hook: Hook, webhook: dict[str, Any], tmp_path: Path
) -> None:
    watch(tmp_path, webhook)
    file = tmp_path / "alerts" / "watch.json"
    file.write_text(text)
    (problem,) = watch(tmp_path, webhook)
    assert problem.startswith(f"{file} cannot be used (")
    assert len(hook.requests) == 2
    assert watch(tmp_path, webhook) == []
    file.chmod(0o666)
    (problem,) = watch(tmp_path, webhook)
    assert "others may write to it" in problem


def test_a_history_that_cannot_be_written_is_said(webhook: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "alerts").write_text("a file is in the way")
    problems = watch(tmp_path, webhook)
    assert problems[-1].startswith(f"{tmp_path / 'alerts' / 'watch.json'} cannot be written (")


def test_without_receivers_nothing_is_written(tmp_path: Path) -> None:
    assert tell(FindingsRun("watch", NOW, [ALARM]), {}, tmp_path / "alerts") == []
    assert not (tmp_path / "alerts").exists()
