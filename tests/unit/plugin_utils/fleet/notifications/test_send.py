# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Messages to real receivers on loopback: what they get, what they never get, and what is said when they get nothing."""

from __future__ import annotations

import email.policy
import json
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.notifications import send
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.notifications.send import notify

from simulator.network.certificate_authority import Authority
from tests.run_reports import HOSTILE, report, result, verdict
from tests.unit.plugin_utils.fleet.notifications.receivers import ADDRESS, Hook, Mailbox, mail_server, web_server

ALL = ["failed", "held", "applied", "may_go"]
RESULTS = {
    "gw-failed": result(customer="Brouwer", steps=0),
    "gw-held": result(customer="Brouwer", steps=0),
    "gw-changed": result("mitigated", customer="De Wit"),
    "gw-may-go": result("fixed, mitigation left behind", customer="De Wit", steps=0),
    "gw-quiet": result("fixed", customer="De Wit", steps=0),
}
PROBLEMS = {"gw-failed": "failed: it broke, see http://evil.example/x", "gw-held": "held: others are in the way"}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, str]:
    directory = tmp_path_factory.mktemp("ca")
    made = Authority(directory)
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
    url = f"https://{ADDRESS}:{hook.port}/s3cret-Pa55?x=1"
    headers = {"Authorization": "Bearer s3cret-Pa55"}
    return {"type": "webhook", "url": url, "headers": headers, "on": ALL, "ca_file": authority[1], "timeout": 20}


@pytest.fixture
def mail(box: Mailbox, authority: tuple[ssl.SSLContext, str]) -> dict[str, Any]:
    place = {"server": ADDRESS, "port": box.port, "ca_file": authority[1], "timeout": 20}
    person = {"user": "u", "password": "s3cret-Pa55", "sender": "t@p.example", "to": ["a@b.example", "c@d.example"]}
    return {"type": "mail", "on": ALL, **place, **person}


def tell(*receivers: dict[str, Any], results: Any = None, hosts: Any = None, problems: Any = None) -> list[str]:
    values = RESULTS if results is None else results
    made = report(values, PROBLEMS if problems is None else problems, playbook="apply")
    return notify(made, {host: list(receivers) for host in hosts or values})


def test_every_receiver_is_told_that_a_person_went_on_without_approvals(hook: Hook, webhook: dict[str, Any]) -> None:
    loud = "BREAK GLASS: Bob goes on without the approvals: see http://evil.example/x"
    quiet = {"gw-quiet": {**result("fixed", steps=0), "notes": [loud]}}
    assert tell({**webhook, "on": ["failed"]}, results=quiet) == []
    ((_path, _headers, body),) = hook.requests
    content = json.loads(body)
    assert content["text"].startswith("Tourniquet apply: BREAK GLASS: Bob goes on without the approvals")
    assert "evil.example" not in body.decode()
    assert len(content["break_glass"]) == 1
    assert tell({**webhook, "on": ["failed"]}, results={"gw-quiet": result("fixed", steps=0)}) == []
    assert len(hook.requests) == 1


def test_a_webhook_gets_the_appliances_by_event(hook: Hook, webhook: dict[str, Any]) -> None:
    assert tell(webhook) == []
    ((path, headers, body),) = hook.requests
    content = json.loads(body)
    assert path == "/s3cret-Pa55?x=1"
    assert headers["Authorization"] == "Bearer s3cret-Pa55"
    assert headers["Content-Type"] == "application/json"
    assert {event: [one["host"] for one in own] for event, own in content["events"].items()} == {
        "failed": ["gw-failed"],
        "held": ["gw-held"],
        "applied": ["gw-changed"],
        "may_go": ["gw-may-go"],
    }
    assert content["text"].startswith("Tourniquet apply: 1 failed, 1 held, 1 applied, 1 may go\n")
    assert "hxxp://evil[.]example/x" in content["text"]
    assert "http://" not in body.decode()
    assert "add thing" not in body.decode(), "no command"


def test_text_of_an_appliance_calls_nobody_in_a_chat(hook: Hook, webhook: dict[str, Any]) -> None:
    evil = "<!channel> <@U1> @here @Everyone [log on](//evil.example) <mailto:a@b.example|log on> http://evil.example/x"
    assert tell(webhook, results={"gw": result()}, problems={"gw": f"failed: {evil}"}) == []
    content = json.loads(hook.requests[0][2])
    for sign in ("<", ">", "[log", "](", "@here", "@Everyone"):
        assert sign not in content["text"]
    assert "hxxp://evil[.]example/x" in content["text"]
    assert content["events"]["failed"][0]["problem"].startswith("failed: <!channel>"), (
        "values for programs are as they are"
    )


def test_a_mail_comes_over_tls_and_is_one_mail(box: Mailbox, mail: dict[str, Any]) -> None:
    assert tell(mail) == []
    (text,) = box.mails
    assert box.encrypted == [True]
    assert box.commands.index("STARTTLS") < box.commands.index("AUTH")
    letter = email.message_from_bytes(text, policy=email.policy.SMTP)
    assert letter["Subject"] == "Tourniquet apply: 1 failed, 1 held, 1 applied, 1 may go"
    assert (letter["From"], letter["To"]) == ("t@p.example", "a@b.example, c@d.example")
    assert "  gw-may-go (De Wit): fixed, mitigation left behind: a reason. Next: retire.yml" in letter.get_content()


def test_text_of_an_appliance_makes_no_header(box: Mailbox, mail: dict[str, Any]) -> None:
    evil = f"x\r\nBcc: evil@x.example\r\n\r\n{HOSTILE}\r\n.\r\nQUIT"
    results = {evil: result(customer=evil, verdict=verdict("exposed", reason=evil))}
    assert tell(mail, results=results, problems={evil: f"failed: {evil}"}) == []
    letter = email.message_from_bytes(box.mails[0], policy=email.policy.SMTP)
    assert len(box.mails) == 1
    assert letter["Bcc"] is None
    assert sorted(letter.keys()) == sorted(
        ["From", "To", "Subject", "Auto-Submitted", "Content-Type", "Content-Transfer-Encoding", "MIME-Version"]
    )


def test_a_receiver_is_told_of_its_own_appliances_and_events_only(hook: Hook, webhook: dict[str, Any]) -> None:
    assert tell({**webhook, "on": ["applied"]}, hosts=["gw-changed", "gw-quiet"]) == []
    assert tell({**webhook, "on": ["failed", "may_go"]}, hosts=["gw-changed", "gw-quiet"]) == []
    ((_path, _headers, body),) = hook.requests
    assert "Brouwer" not in body.decode()
    assert list(json.loads(body)["events"]) == ["applied"]


def test_a_certificate_that_is_not_trusted_ends_it_before_anything_is_sent(
    hook: Hook, webhook: dict[str, Any], box: Mailbox, mail: dict[str, Any]
) -> None:
    system = {"ca_file": ""}
    problems = tell({**webhook, **system}, {**mail, **system})
    assert [problem.partition(" (")[0] for problem in problems] == [
        f"the webhook at {ADDRESS} was not told: its certificate is not trusted",
        f"the mail server {ADDRESS} was not told: its certificate is not trusted",
    ]
    assert (hook.requests, box.mails) == ([], [])
    assert "AUTH" not in box.commands


def test_no_redirect_is_followed(hook: Hook, webhook: dict[str, Any]) -> None:
    hook.status = 302
    assert tell(webhook) == [f"the webhook at {ADDRESS} was not told: it answered 302"]
    assert len(hook.requests) == 1


def test_a_receiver_that_does_not_answer_holds_nobody_up(
    hook: Hook, webhook: dict[str, Any], box: Mailbox, mail: dict[str, Any]
) -> None:
    hook.silent = True
    problems = tell({**webhook, "timeout": 0.5}, mail)
    assert len(problems) == 1
    assert problems[0].startswith(f"the webhook at {ADDRESS} was not told: ")
    assert len(box.mails) == 1


def test_slow_receivers_are_waited_for_together(monkeypatch: pytest.MonkeyPatch) -> None:
    now, waited = [100.0], []

    class Thread:
        def __init__(self, **_arguments: Any) -> None: ...

        def start(self) -> None: ...

        def join(self, seconds: float) -> None:
            waited.append(seconds)
            now[0] += seconds

    monkeypatch.setattr(send.threading, "Thread", Thread)
    monkeypatch.setattr(send.time, "monotonic", lambda: now[0])
    receiver = {"type": "webhook", "on": ["failed"], "url": "https://192.0.2.1/x", "timeout": 10}
    assert len(tell(receiver, receiver, {**receiver, "timeout": 15})) == 3
    assert waited == [10, 0, 5]


def test_no_problem_shows_a_secret(hook: Hook, webhook: dict[str, Any], box: Mailbox, mail: dict[str, Any]) -> None:
    hook.status, box.refuses_log_on = 500, True
    with socket.create_server((ADDRESS, 0)) as closed:
        port = closed.getsockname()[1]
    gone = {**webhook, "url": f"https://{ADDRESS}:{port}/s3cret-Pa55"}
    unreadable = {**webhook, "ca_file": "/does/not/exist"}
    problems = tell(webhook, mail, gone, unreadable)
    assert problems == [
        f"the webhook at {ADDRESS} was not told: it answered 500",
        f"the mail server {ADDRESS} was not told: SMTPAuthenticationError, code 535",
        f"the webhook at {ADDRESS} was not told: Connection refused",
        f"the webhook at {ADDRESS} was not told: No such file or directory",
    ]


def test_wrong_settings_are_said_once_and_do_not_keep_others_from_being_told(
    hook: Hook, webhook: dict[str, Any]
) -> None:
    values = report(RESULTS, PROBLEMS)
    settings = {"gw-failed": [{"type": "fax"}], "gw-held": [webhook]}
    assert notify(values, settings) == [
        "nobody was notified about 1 appliance: tourniquet_notify[0] must have the type webhook, mail or syslog"
    ]
    assert len(hook.requests) == 1
