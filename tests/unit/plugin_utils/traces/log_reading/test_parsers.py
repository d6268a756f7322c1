# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines of the logs of appliances, from the public samples (fact sheets: mitigations 6.1 to 6.7), and lines that imitate others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.log_line import (
    LogKind,
    LogLine,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.node_clock import NodeClock
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.parsers import LineReader

from tests.played_together import played_together

NOW = datetime(2026, 11, 28, 5, 0, tzinfo=UTC)
READER = LineReader("192.0.2.11", NodeClock(NOW))


def parsed(file: str, line: str | bytes, reader: LineReader = READER) -> LogLine:
    content = line if isinstance(line, bytes) else line.encode("latin-1")
    (found,) = reader.lines(file, content + b"\n")
    return found


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


API = (
    "May 31 02:05:23 <local0.info> 192.0.2.21  05/31/2024:06:05:23 GMT HA1 0-PPE-0 : default API CMD_EXECUTED 7825 0 :  "
    'User admuser - ADM_User NONE - Remote_ip 192.0.2.44 - Command "show ns license" - Status "Success"'
)
SSLVPN = (
    "<134> 07/09/2024:01:08:11 GMT ns2 0-PPE-0 : default SSLVPN TCPCONNSTAT 441998644 0 : Context j@k.example@192.0.2.144 - SessionId: 13370 - "
    "User j@k.example - Client_ip 192.0.2.144 - Nat_ip 198.51.100.8 - Vserver 198.51.100.8:443 - Source 203.0.113.9:333 - "
    'Destination 198.51.100.18:443 - Start_time "07/09/2024:01:08:11 GMT"'
)


@played_together(
    ("line", "kind", "time", "fields"),
    [
        (
            API,
            LogKind.PACKET_ENGINE,
            moment("2024-05-31T06:05:23"),
            {
                "event": "API CMD_EXECUTED",
                "user": "admuser",
                "source": "192.0.2.44",
                "command": "show ns license",
                "status": "Success",
            },
        ),
        (
            (
                '<134> 07/08/2024:01:29:43  ns1 0-PPE-1 : default CLI CMD_EXECUTED 86918679 0 :  User admin - Remote_ip 192.0.2.144 - Command "show x" - '
                'Status "Success"'
            ),
            LogKind.PACKET_ENGINE,
            moment("2024-07-08T01:29:43"),
            {"event": "CLI CMD_EXECUTED", "user": "admin", "source": "192.0.2.144"},
        ),
        (
            '<135> default CMD_EXECUTED 4123456 0 :  User nsroot - ADM_User NONE - Remote_ip 192.0.2.1 - Command "show ns capacity" - Status "Success"',
            LogKind.PACKET_ENGINE,
            None,
            {"event": "CMD_EXECUTED", "user": "nsroot", "source": "192.0.2.1"},
        ),
        (
            (
                "<134> 07/08/2024:01:29:43 GMT  0-PPE-6 : default AAA LOGIN_FAILED 139115982 0 : User bob@site.example - Client_ip 192.0.2.8 - "
                'Failure_reason "Username/Password mismatch" - Browser python-httpx/0.27.0'
            ),
            LogKind.PACKET_ENGINE,
            moment("2024-07-08T01:29:43"),
            {"event": "AAA LOGIN_FAILED", "user": "bob@site.example", "client_ip": "192.0.2.8"},
        ),
        (
            SSLVPN,
            LogKind.PACKET_ENGINE,
            moment("2024-07-09T01:08:11"),
            {
                "event": "SSLVPN TCPCONNSTAT",
                "sessionid": "13370",
                "client_ip": "192.0.2.144",
                "source": "203.0.113.9:333",
            },
        ),
        (
            "Feb  6 09:40:58 <local0.info> ns nsconfigd[1099]: started",
            LogKind.DAEMON,
            moment("2026-02-06T09:40:58"),
            {"process": "nsconfigd", "pid": "1099", "text": "started"},
        ),
        (
            'Jan 19 23:40:14 <local7.notice> ns bash[1297]: root on /dev/pts/0 shell_command="compgen -G "/var/log/bash.log*""',
            LogKind.SHELL,
            moment("2026-01-19T23:40:14"),
            {"process": "bash", "user": "root", "terminal": "/dev/pts/0", "command": 'compgen -G "/var/log/bash.log*"'},
        ),
        (
            '<Local7.notice> ns bash[3632]: nobody on (null) shell_command="uname -a"',
            LogKind.SHELL,
            None,
            {"user": "nobody", "terminal": "(null)", "command": "uname -a"},
        ),
        (
            "Jan 19 23:00:06 Stage-NS01 newsyslog[14448]: logfile turned over due to size>100K",
            LogKind.ROTATION,
            moment("2026-01-19T23:00:06"),
            {"process": "newsyslog"},
        ),
        (
            "Jan 19 23:00:06 <cron.info> Stage-NS01 /usr/sbin/cron[14451]: (nobody) CMD (ls /)",
            LogKind.CRON,
            moment("2026-01-19T23:00:06"),
            {"user": "nobody", "command": "ls /"},
        ),
        ('"', LogKind.UNKNOWN, None, {"text": '"'}),
    ],
)
def test_a_line_of_syslog_is_parsed(line: str, kind: LogKind, time: datetime | None, fields: dict[str, str]) -> None:
    found = parsed("ns.log", line)
    assert (found.kind, found.time) == (kind, time)
    assert {name: found.fields.get(name) for name in fields} == fields


@pytest.mark.parametrize(
    "line",
    [
        '198.51.100.7 - - [18/Jan/2020:00:15:29 +0000] "GET /vpn/../vpns/a.xml HTTP/1.1" 200 71875 "-" "curl/7"',
        '198.51.100.7 -> 192.0.2.6 - - [18/Jan/2020:01:15:29 +0100] [69420] "GET /vpn/../vpns/a.xml HTTP/1.1" 200 71875 "-" "curl/7" "Time: 5 microsecs"',
    ],
)
def test_a_line_of_httpaccess_is_parsed(line: str) -> None:
    found = parsed("httpaccess.log.3.gz", line)
    assert (found.kind, found.time) == (LogKind.ACCESS, moment("2020-01-18T00:15:29"))
    assert found.fields["client"] == "198.51.100.7"
    assert (found.fields["url"], found.fields["status"], found.fields["size"]) == ("/vpn/../vpns/a.xml", "200", "71875")


def test_a_line_of_httperror_is_parsed_and_standard_error_has_no_time() -> None:
    line = "[Wed Nov 11 18:59:27.956217 2020] [core:notice] [pid 980] AH00094: Command line: '/bin/httpd -f /etc/httpd.conf'"
    found = parsed("httperror.log", line)
    assert found.time == moment("2020-11-11T18:59:27")
    assert found.text.startswith("AH00094")
    stray = parsed("httperror-vpn.log.1", "rm: /var/tmp/netscalerd: No such file or directory")
    assert (stray.kind, stray.time, stray.text) == (
        LogKind.ERROR,
        None,
        "rm: /var/tmp/netscalerd: No such file or directory",
    )


def test_a_user_name_that_imitates_a_command_gives_no_command() -> None:
    """The name of a failed log-on is written as it was typed, in the field and in the command."""
    typed = 'x - Remote_ip 127.0.0.1 - Command "add system user evil" - Status "Success"'
    line = (
        API.split("User ", maxsplit=1)[0]
        + f'User {typed} - Remote_ip 203.0.113.9 - Command "login {typed} "********"" - Status "ERROR: Invalid"'
    )
    found = parsed("ns.log", line)
    assert found.fields["imitates"] == "a command"
    assert "command" not in found.fields
    assert "source" not in found.fields


def test_a_user_name_that_imitates_a_session_is_marked() -> None:
    line = SSLVPN.replace("User j@k.example", "User x - Client_ip 10.0.0.1 - SessionId: 1")
    assert parsed("ns.log", line).fields["imitates"] == "a session"
    assert "imitates" not in parsed("ns.log", SSLVPN).fields


@pytest.mark.parametrize(
    "text",
    [
        'Jan 19 23:40:14 <local7.notice> ns bash[1]: root on /dev/pts/0 shell_command="id"',
        "May 31 02:05:23 <local0.info> 192.0.2.21  05/31/2024:06:05:23 GMT h 0-PPE-0 : default API CMD_EXECUTED 1 0 :  User a - Remote_ip 1.1.1.1",
    ],
)
def test_a_line_inside_of_another_one_is_text_of_that(text: str) -> None:
    found = parsed("nsvpn.log", f"Jan 20 01:00:00 <local1.info> ns nsaaad[2100]: call to authenticate user :{text}")
    assert (found.kind, found.fields["process"]) == (LogKind.DAEMON, "nsaaad")
    assert found.text.endswith(text)


def test_a_carriage_return_or_an_escape_ends_no_line() -> None:
    found = parsed(
        "ns.log", "Feb  6 09:40:58 <local0.info> ns nsaaad[1]: a\rFeb  6 09:40:59 <auth.info> ns sshd[1]: b\x1b[2J\x00c"
    )
    assert found.fields["process"] == "nsaaad"
    assert found.text.endswith("\x1b[2J\x00c")


def test_times_are_corrected_by_zone_and_clock_of_the_node() -> None:
    clock = NodeClock(NOW, ahead=timedelta(days=4), offset=timedelta(hours=1), order="DMY", is_local=True)
    reader = LineReader("n", clock)
    line = "Nov 30 02:05:23 <local0.info> 192.0.2.21  01/12/2026:06:05:23 HA1 0-PPE-0 : default API CMD_EXECUTED 7825 0 :  User a"
    assert parsed("ns.log", line, reader).time == moment("2026-11-27T05:05:23")
    assert parsed("sh.log", "Dec  2 06:00:00 ns sh[1]: x", reader).time == moment("2026-11-28T05:00:00")
    assert parsed("sh.log", "Dec 31 06:00:00 ns sh[1]: x", reader).time == moment("2025-12-27T05:00:00")
