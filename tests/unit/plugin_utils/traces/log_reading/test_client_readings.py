# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What one line of a client is called, line by line: requests, messages of policies, names, sessions; and what explains it, so that nobody else looks at it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry import Level
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.lost_clients import LostClients
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.bookmarks import Bookmarks
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.client_readings import (
    Names,
    Requests,
    Sessions,
    is_injected,
    is_waiting,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.grouped_traces import Traces
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.log_line import LogKind, LogLine

from tests.played_together import played_together
from tests.unit.plugin_utils.traces.log_reading.stage import NODE, NOW, known

ATTACK, ELSEWHERE, CLIENT = "/vpn/../vpns/cfg/smb.conf", "198.51.100.9", "203.0.113.9"
OUR_TIME = NOW - timedelta(minutes=90)
"""Within the run that the stage knows."""
AGENT = "tourniquet-probe/0123456789"
OF_ACCESS = {"status": "404", "size": "196", "method": "GET", "client": CLIENT, "agent": "curl", "url": "/x"}
LOGGED_ON = {"event": "SSLVPN LOGIN", "sessionid": "17", "client_ip": "203.0.113.5", "user": "j"}
USED = {"event": "SSLVPN TCPCONNSTAT", "sessionid": "17", "client_ip": "203.0.113.5"}


def line(kind: LogKind, file: str = "ns.log", *, raw: bytes = b"", time: Any = NOW, **fields: str) -> LogLine:
    return LogLine(NODE, file, 0, time, kind, {"text": "", **fields}, raw)


def told(traces: Traces) -> list[tuple[str, str]]:
    return [(rule.what, key) for rule, _log, key in traces.groups]


# -- requests ---------------------------------------------------------------------------------------------------------


@played_together(
    ("fields", "is_explained", "found"),
    [
        ({}, False, []),
        ({"url": ATTACK}, False, [("attack that httpd refused", f"{CLIENT} status 404")]),
        ({"url": ATTACK, "client": ""}, False, [("attack that httpd refused", "client not logged status 404")]),
        ({"url": ATTACK, "status": ""}, False, [("attack that httpd refused", f"{CLIENT} status 0")]),
        *(
            ({"url": ATTACK, "status": str(status)}, False, [(f"attack {what}", f"{CLIENT} status {status}")])
            for what, numbers in (
                ("answered by httpd with success", (200, 204, 299, 304)),
                ("that httpd refused", (199, 300, 303, 305, 500)),
            )
            for status in numbers
        ),
        ({"url": "/vpn/media/a.png", "size": "5120"}, False, []),
        (
            {"url": "/vpn/media/a.png", "size": "5121"},
            True,
            [("large answer with status 404 from a directory for static files", "/vpn/media/a.png")],
        ),
        ({"url": "/vpn/media/a.png", "size": "5121", "status": "500"}, False, []),
        ({"url": "/vpn/media/a.png", "size": "5121", "status": "200"}, False, []),
        ({"url": "/vpn/a.png", "size": "5121"}, False, []),
        ({"url": "/vpn/media/a.png", "size": ""}, False, []),
    ],
)
def test_a_request_is_called_by_its_form_and_its_answer(
    fields: dict[str, str], found: list[tuple[str, str]], *, is_explained: bool
) -> None:
    traces = Traces()
    requests = Requests(known(), traces, LostClients())
    assert requests.take(line(LogKind.ACCESS, "httpaccess.log", **{**OF_ACCESS, **fields})) is is_explained
    assert (told(traces), requests.own) == (found, 0)


def test_requests_of_ours_are_counted_and_explained() -> None:
    traces = Traces()
    requests = Requests(known(), traces, LostClients())
    own = {**OF_ACCESS, "url": ATTACK, "client": "192.0.2.200", "agent": AGENT}
    for number in (1, 2):
        assert requests.take(line(LogKind.ACCESS, "httpaccess.log", time=OUR_TIME, **own))
        assert (told(traces), requests.own) == ([], number)
    message = f"client=192.0.2.200 url={ATTACK}"
    assert requests.take(line(LogKind.PACKET_ENGINE, time=OUR_TIME, event="RESPONDER Message", text=message))
    firewall = {"client_ip": "192.0.2.200", "denied_url": f"https://gw{ATTACK}", "profile": "theirs", "done": "blocked"}
    assert requests.take(line(LogKind.PACKET_ENGINE, time=OUR_TIME, **firewall))
    assert (told(traces), requests.own) == ([], 4)


@played_together(
    ("changes", "key"),
    [
        ({"time": NOW + timedelta(days=1)}, ("requests that name a run of ours from our address, at another time", "from 192.0.2.200")),
        ({"client": "127.0.0.1"}, ("request that names a run of ours at its time, and the log has no client", "status 404")),
    ],
)  # fmt: skip
def test_a_request_in_doubt_is_explained_so_that_nothing_else_is_said_of_it(
    changes: dict[str, Any], key: tuple[str, str]
) -> None:
    traces = Traces()
    requests = Requests(known(), traces, LostClients())
    given = {**OF_ACCESS, "time": OUR_TIME, "url": ATTACK, "client": "192.0.2.200", "agent": AGENT, **changes}
    assert requests.take(line(LogKind.ACCESS, "httpaccess.log", **given))
    ((what, found),) = told(traces)
    assert (what.startswith(key[0]), found, requests.own) == (True, key[1], 0)


@played_together(
    ("kind", "fields"),
    [
        (LogKind.DAEMON, {"event": "RESPONDER Message", "text": f"client={CLIENT} url={ATTACK}"}),
        (LogKind.PACKET_ENGINE, {"event": "RESPONDER MessageX", "text": f"client={CLIENT} url={ATTACK}"}),
        (LogKind.PACKET_ENGINE, {"event": "RESPONDER Message", "text": f"client={CLIENT} url=/favicon.ico"}),
        (LogKind.PACKET_ENGINE, {"event": "RESPONDER Message", "text": f"client={CLIENT} {ATTACK}"}),
        (LogKind.PACKET_ENGINE, {"event": "RESPONDER Message", "text": f"tq_no_entry blocked {CLIENT} /a"}),
        (LogKind.PACKET_ENGINE, {}),
        (LogKind.UNKNOWN, {**OF_ACCESS, "url": ATTACK}),
        (LogKind.SHELL, {**OF_ACCESS, "url": ATTACK, "denied_url": ATTACK}),
    ],
)
def test_other_lines_are_no_requests(kind: LogKind, fields: dict[str, str]) -> None:
    traces = Traces()
    requests = Requests(known(), traces, LostClients())
    assert requests.take(line(kind, **fields)) is False
    assert (told(traces), requests.own) == ([], 0)


def test_without_signatures_no_request_is_an_attack_but_what_a_rule_of_an_entry_has_matched_is_one() -> None:
    traces = Traces()
    requests = Requests(known(signatures=None), traces, LostClients())
    message = {"event": "RESPONDER Message"}
    assert not requests.take(line(LogKind.ACCESS, "httpaccess.log", **{**OF_ACCESS, "url": ATTACK}))
    assert not requests.take(line(LogKind.PACKET_ENGINE, text=f"client={CLIENT} url={ATTACK}", **message))
    firewall = {"client_ip": CLIENT, "denied_url": f"https://gw{ATTACK}", "profile": "theirs", "done": "blocked"}
    assert not requests.take(line(LogKind.PACKET_ENGINE, **firewall))
    assert told(traces) == []
    assert requests.take(line(LogKind.PACKET_ENGINE, text=f'"tq_cve_2019_19781 blocked {CLIENT} /a', **message))
    assert requests.take(line(LogKind.PACKET_ENGINE, **{**firewall, "profile": "tq_appfw_log", "client_ip": ""}))
    assert told(traces) == [
        ("attack that a policy logged", CLIENT),
        ("attack that the application firewall logged", "client not logged blocked"),
    ]


@played_together(
    ("text", "client"),
    [
        (f"client={CLIENT} url={ATTACK}", CLIENT),
        (f'"client={CLIENT} more of it url={ATTACK}"', CLIENT),
        (f"url={ATTACK}", "client not logged"),
        (f"tq_cve_2019_19781 would block {CLIENT} /a", CLIENT),
    ],
)
def test_the_client_of_a_message_is_what_stands_behind_its_name(text: str, client: str) -> None:
    traces = Traces()
    assert Requests(known(), traces, LostClients()).take(
        line(LogKind.PACKET_ENGINE, event="RESPONDER Message", text=text)
    )
    assert told(traces) == [("attack that a policy logged", client)]


# -- names ------------------------------------------------------------------------------------------------------------


NAMED = {"bytes of memory in a rejected log-on": Level.COMPROMISE, "shell syntax in a user name": Level.ATTEMPT}


def rejected(name: str) -> dict[str, str]:
    return {"event": "AAA Message", "text": f"Authentication is rejected for {name}"}


@played_together(
    ("kind", "fields", "found"),
    [
        (LogKind.PACKET_ENGINE, rejected("jansen"), []),
        (LogKind.PACKET_ENGINE, rejected("\x7f"), []),
        (LogKind.PACKET_ENGINE, rejected("\x80"), ["bytes of memory in a rejected log-on"]),
        (LogKind.PACKET_ENGINE, {"text": "\xff\xfe\xff and nothing that is rejected"}, []),
        (LogKind.PACKET_ENGINE, {"user": "a;id"}, ["shell syntax in a user name"]),
        (LogKind.DAEMON, {"user": "a;id", "process": "sshd"}, []),
        (LogKind.DAEMON, {"process": "nsaaad", "text": "call to authenticate user :a`id`"}, ["shell syntax in a user name"]),
        (LogKind.DAEMON, {"process": "sshd", "text": "call to authenticate user :a`id`"}, []),
        (LogKind.DAEMON, {"process": "nsaaad", "text": "`"}, []),
        (LogKind.CRON, {"process": "nsaaad", "text": "call to authenticate user :a`id`"}, []),
        (LogKind.ACCESS, {"user": "a;id", "process": "nsaaad"}, []),
    ],
)  # fmt: skip
def test_a_name_is_looked_at_where_a_client_gives_one(kind: LogKind, fields: dict[str, str], found: list[str]) -> None:
    traces = Traces()
    level = Names(known(), traces).take(line(kind, **fields))
    assert level == next((one for what, one in NAMED.items() if what in found), None)
    assert [what for what, _key in told(traces)] == found


WORDS = (b"pitboss", b"NSPPE", b"unexpectedly died")


@played_together(
    ("raw", "kind", "fields", "is_armed"),
    [
        (b" ".join(WORDS), LogKind.PACKET_ENGINE, {}, True),
        (b"PITBOSS ppe Missed too many heartbeats", LogKind.DAEMON, {"process": "nsaaad"}, True),
        *((b" ".join(one for one in WORDS if one != left_out), LogKind.PACKET_ENGINE, {}, False) for left_out in WORDS),
        (b" ".join(WORDS), LogKind.DAEMON, {"process": "pitboss"}, False),
        (b" ".join(WORDS), LogKind.DAEMON, {"process": "pitboss", "text": "a;b"}, True),
        (b" ".join(WORDS), LogKind.DAEMON, {"process": "zebra"}, True),
        (b" ".join(WORDS), LogKind.CRON, {"process": "pitboss"}, True),
    ],
)
def test_armed_text_has_all_its_words_and_is_no_crash(
    raw: bytes, kind: LogKind, fields: dict[str, str], *, is_armed: bool
) -> None:
    assert is_injected(line(kind, raw=raw, **fields)) is is_armed


@played_together(
    ("file", "waits"),
    [
        *((name, True) for name in ("ns.log", "ns.log.0", "ns.log.0.gz", "ns.log.0.bz2", "messages")),
        *((name, False) for name in ("ns.log.1", "messages.0", "nsvpn.log")),
    ],
)
def test_a_job_looks_into_three_logs(file: str, *, waits: bool) -> None:
    assert is_waiting(line(LogKind.DAEMON, file)) is waits


# -- sessions ---------------------------------------------------------------------------------------------------------


def sessions(*fields: dict[str, Any], is_first: bool = False, kind: LogKind = LogKind.PACKET_ENGINE) -> tuple[Any, ...]:
    """Return what is found, how many lines are undecided, and the sessions that are remembered."""
    traces, bookmarks = Traces(), Bookmarks()
    reading = Sessions(traces, bookmarks, is_first=is_first)
    for one in fields:
        assert reading.take(line(kind, **one)) is ("imitates" in one)
    return told(traces), reading.undecided, bookmarks.sessions


FROM_ELSEWHERE = "session used from another network than its log-on"


@played_together(
    ("fields", "found"),
    [
        ([LOGGED_ON, USED], []),
        ([LOGGED_ON, {**USED, "client_ip": "203.0.113.77"}], []),
        ([LOGGED_ON, {**USED, "client_ip": ELSEWHERE}], [(FROM_ELSEWHERE, ELSEWHERE)]),
        ([LOGGED_ON, {**USED, "client_ip": "203.0.200.1"}], [(FROM_ELSEWHERE, "203.0.200.1")]),
        ([LOGGED_ON, {**USED, "source": "203.0.113.200:99"}], []),
        *(
            ([LOGGED_ON, {**USED, "source": f"{source}:99"}], [(FROM_ELSEWHERE, source)])
            for source in (ELSEWHERE, "203.0.200.1")
        ),
        ([LOGGED_ON, {**USED, "sessionid": "18"}], []),
        ([{**USED, "client_ip": ELSEWHERE}], [("session without a log-on", ELSEWHERE)]),
        ([{**USED, "event": "SSLVPN LOGOUT"}], []),
        ([{**USED, "sessionid": ""}], []),
        ([{**USED, "client_ip": ""}], []),
        ([{**USED, "event": "AAA TCPCONNSTAT"}], []),
        ([{**USED, "event": "TCP CONN"}], []),
    ],
)
def test_a_session_is_used_where_it_logged_on(fields: list[dict[str, str]], found: list[tuple[str, str]]) -> None:
    traces, undecided, _remembered = sessions(*fields)
    assert ([(what.removesuffix(" in this log"), key) for what, key in traces], undecided) == (found, 0)


def test_lines_of_others_are_no_sessions() -> None:
    for kind in (LogKind.DAEMON, LogKind.UNKNOWN, LogKind.ACCESS):
        assert sessions(LOGGED_ON, {**USED, "client_ip": ELSEWHERE}, kind=kind) == ([], 0, {})
    (found, *_rest) = sessions({**USED, "client_ip": ELSEWHERE, "imitates": "1"})
    assert [key for _what, key in found] == [""]


def test_a_first_reading_decides_twelve_hours_after_the_beginning_of_the_log() -> None:
    traces = Traces()
    reading = Sessions(traces, Bookmarks(), is_first=True)
    for hours, undecided in ((0.0, 1), (11.9, 2), (12.0, 2)):
        moved = line(LogKind.PACKET_ENGINE, time=NOW + timedelta(hours=hours), **USED)
        reading.take(moved)
        assert reading.undecided == undecided
    reading.take(line(LogKind.PACKET_ENGINE, time=None, **USED))
    assert (reading.undecided, len(told(traces))) == (3, 1)
    timeless = Sessions(Traces(), Bookmarks(), is_first=True)
    timeless.take(line(LogKind.PACKET_ENGINE, time=None, **USED))
    assert timeless.undecided == 1


def test_ten_users_of_one_client_are_many_and_told_once() -> None:
    names = [{**LOGGED_ON, "event": "AAA LOGIN_FAILED", "user": f"u{number}"} for number in range(12)]
    assert sessions(*names[:9], names[0])[0] == []
    traces = Traces()
    reading = Sessions(traces, Bookmarks(), is_first=False)
    for one in names:
        reading.take(line(LogKind.PACKET_ENGINE, **one))
    ((_rule, group),) = traces.groups.items()
    assert group.count == 1
    assert sessions(*({**one, "client_ip": ""} for one in names))[0] == []
    assert sessions(*names)[2] == {}, "a rejected log-on begins no session"
