# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Logs of the appliance: which line is in which file, and its form."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from simulator.node import logs

STAMP = r"\[15/Jan/2020:03:00:\d\d \+0000\]"
ENTRY = r'"GET /vpn/index\.html HTTP/1\.1" 200 \d+ "-" "probe" "Time: \d+ microsecs"'


def read(box: Any, name: str) -> bytes:
    row = box.rows(f"systemfile/{name}?args=filelocation:%2Fvar%2Flog")[0]
    return base64.b64decode(row["filecontent"])


def lines(box: Any, part: str) -> list[str]:
    """Return the lines of ns.log with a text."""
    return [line for line in read(box, "ns.log").decode().splitlines() if part in line]


def log_urls(box: Any, level: str = "NOTICE", priority: int = 1) -> None:
    """Bind a policy whose log action writes the URL of each request."""
    name, expression = f"l{priority}", f'"{level} " + HTTP.REQ.URL'
    box.post("auditmessageaction", {"name": name, "loglevel": level, "stringbuilderexpr": expression})
    box.post("responderpolicy", {"name": name, "rule": "TRUE", "action": "NOOP", "logaction": name})
    bound = {"policyname": name, "priority": priority, "type": "REQ_OVERRIDE", "gotopriorityexpression": "NEXT"}
    assert box.post("responderglobal_responderpolicy_binding", bound).status == 201


@pytest.mark.fact("access-log-form")
@pytest.mark.parametrize(
    ("position", "build", "at_vserver", "at_management"),
    [
        ("by_release", "13.0 47.22", "127.0.0.1 - - {}", "127.0.0.1 - - {}"),
        ("by_release", "13.1 53.24", r"127.0.0.1 -> 127.21.0.13 - - {} \[\d+\]", r"127.0.0.1 - - {} \[\d+\]"),
        ("plain", "13.1 53.24", "127.0.0.5 - - {}", "127.0.0.5 - - {}"),
        ("loopback", "13.0 47.22", "127.0.0.1 - - {}", "127.0.0.5 - - {}"),
        ("paired", "13.0 47.22", r"127.0.0.5 -> 127.21.0.13 - - {} \[\d+\]", r"127.0.0.5 - - {} \[\d+\]"),
    ],
)
def test_the_access_log(
    with_switches: Callable[..., Any], position: str, build: str, at_vserver: str, at_management: str
) -> None:
    """The formats of the releases in public samples."""
    lab = with_switches(access_log_format=position, gateway_access_log="shared")
    lab.simulator.appliance("gw").upgrade(build)
    source = None if position == "by_release" else "127.0.0.5"
    assert lab.vserver("gateway", source=source, User_Agent="probe").ask("GET", "/vpn/index.html").status == 200
    assert lab.client(source=source, User_Agent="probe").ask("GET", "/vpn/index.html").status == 200
    lines = read(lab.box(), "httpaccess.log").decode().splitlines()
    for line, form in zip(lines, (at_vserver, at_management), strict=False):
        assert re.fullmatch(f"{form.format(STAMP)} {ENTRY}", line), line


@pytest.mark.fact("access-log-nitro", "access-log-escapes")
def test_what_the_access_log_has(lab: Any) -> None:
    """NITRO's requests are logged, those of back ends are not; client data cannot make a line of its own or show a password."""
    client = lab.client(User_Agent='a"b\\c\xe9\t')
    assert client.log_in().status == 201
    lab.vserver("web").ask("GET", "/from-the-back-end")
    client.get("nsversion?args=x")
    text = read(client, "httpaccess.log").decode("ascii")
    assert '"POST /nitro/v1/config/login HTTP/1.1" 201 328 "-" "a\\"b\\\\c\\xe9" "Time' in text
    assert "from-the-back-end" not in text
    assert "nsroot" not in text
    assert len(text.splitlines()) == 2


@pytest.mark.fact("gateway-access-log")
@pytest.mark.parametrize(
    ("position", "build", "log"),
    [
        ("by_release", "13.0 47.22", "httpaccess.log"),
        ("by_release", "13.1 53.24", "httpaccess-vpn.log"),
        ("own", "13.0 47.22", "httpaccess-vpn.log"),
        ("shared", "13.1 53.24", "httpaccess.log"),
    ],
)
def test_the_access_log_of_gateways(with_switches: Callable[..., Any], position: str, build: str, log: str) -> None:
    """Pages of a Gateway are in the one or in the other; requests at the management address always in httpaccess.log."""
    lab = with_switches(gateway_access_log=position)
    lab.simulator.appliance("gw").upgrade(build)
    assert lab.vserver("gateway").ask("GET", "/vpn/index.html").status == 200
    files = lab.simulator.appliance("gw").state()["nodes"][0]["files"]
    assert [path for path, text in files.items() if '"GET /vpn/index.html ' in text] == [f"/var/log/{log}"]
    assert lab.client().ask("GET", "/vpn/index.html").status == 200
    assert '"GET /vpn/index.html ' in read(lab.box(), "httpaccess.log").decode()


@pytest.mark.fact("error-log")
def test_httpd_logs_its_start(lab: Any) -> None:
    """One line for each boot; it stays on the disk."""
    appliance = lab.simulator.appliance("gw")
    form = r"\[Wed Jan 15 03:00:\d\d\.\d{6} 2020\] \[core:notice\] \[pid \d+\] AH00094: Command line: '/bin/httpd -f /etc/httpd.conf'"
    assert re.fullmatch(form, read(lab.box(), "httperror.log").decode().strip())
    appliance.reboot()
    assert len(read(lab.box(), "httperror.log").splitlines()) == 2


@pytest.mark.fact("log-line", "log-clock")
@pytest.mark.parametrize(
    ("form", "date"), [("MMDDYYYY", "01/15/2020"), ("DDMMYYYY", "15/01/2020"), ("YYYYMMDD", "2020/01/15")]
)
def test_a_line_of_ns_log(lab: Any, form: str, date: str) -> None:
    """Syslog's time and address, two blanks, the appliance's time, host, engine, feature and message; both times by the node's clock."""
    appliance = lab.simulator.appliance("gw")
    appliance.fault("clock_skew", seconds=-3600)
    box = lab.box()
    assert box.put("auditsyslogparams", {"dateformat": form}).status == 200
    log_urls(box)
    lab.vserver("web").ask("GET", "/x")
    line = (
        r"Jan 15 02:00:\d\d <local0\.notice> 127\.21\.0\.11  {}:02:00:\d\d GMT gw1 0-PPE-0 : default RESPONDER Message \d+ 0 :  "
        '"NOTICE /x"'
    )
    assert re.fullmatch(line.format(date), lines(box, "RESPONDER")[0])


@pytest.mark.fact("log-levels", "log-local-time")
def test_levels_and_local_time(lab: Any) -> None:
    """By default everything but DEBUG; a list of levels; ALL; NONE. Local time has no zone."""
    box = lab.box()
    for number, (parameters, seen) in enumerate(
        [
            ({"userdefinedauditlog": "YES"}, ["NOTICE"]),
            ({"loglevel": ["ALL"], "timezone": "LOCAL_TIME"}, ["NOTICE", "DEBUG"]),
            ({"loglevel": ["DEBUG"]}, ["DEBUG"]),
            ({"loglevel": ["NONE"]}, []),
        ]
    ):
        assert box.put("auditsyslogparams", parameters).status == 200
        if not number:
            log_urls(box, "NOTICE", priority=1)
            log_urls(box, "DEBUG", priority=2)
        lab.vserver("web").ask("GET", f"/{number}")
        found = [line for line in lines(box, "RESPONDER") if line.endswith(f'/{number}"')]
        assert [re.findall(r'"(\w+) ', line)[0] for line in found] == seen
    assert " GMT gw1 0-PPE-0" in lines(box, '/0"')[0]
    assert re.search(r"01/15/2020:03:00:\d\d  gw1 0-PPE-0", lines(box, '/1"')[0])
    assert not lines(box, "loglevel NONE"), "the command that switches it off"


@pytest.mark.fact("command-log", "command-log-error", "command-log-secret", "command-log-refused")
def test_commands_are_logged(lab: Any) -> None:
    """Each command with its user and its client, failed ones with the error; no line has a password."""
    lab.client().log_in("mallory; reboot", "x")
    box = lab.client(source="127.0.0.7")
    box.log_in()
    box.get("lbvserver/web")
    box.post("systemuser", {"username": "ann", "password": "Geheim-1"})
    box.post(
        "server",
        [{"name": "s", "ipaddress": "10.0.0.1"}, {"name": "s", "ipaddress": "10.0.0.2"}],
        **{"X-NITRO-ONERROR": "continue"},
    )
    box.delete("server/none")
    box.post("logout", {})
    lab.client().get("nsversion", X_NITRO_USER="nsroot", X_NITRO_PASS="nsroot")
    shape = (
        r"<local0\.info> 127\.21\.0\.11  [\d/:]+ GMT gw1 0-PPE-0 : default API CMD_EXECUTED (\d+) 0 :  "
        r'User (.*) - Remote_ip (\S+) - Command "(.*)" - Status "(.*)"'
    )
    found = [re.search(shape, line) for line in lines(lab.box(), "CMD_EXECUTED")]
    rows = [match.groups() for match in found if match]
    assert len(rows) == len(found)
    assert [int(row[0]) for row in rows] == list(range(1, len(rows) + 1))
    assert [row[1:] for row in rows[:-1]] == [
        ("mallory; reboot", "127.0.0.1", 'login mallory; reboot "********"', "ERROR: Invalid username or password"),
        ("nsroot", "127.0.0.7", 'login nsroot "********"', "Success"),
        ("nsroot", "127.0.0.7", "show lb vserver web", "Success"),
        ("nsroot", "127.0.0.7", 'add system user ann "********"', "Success"),
        ("nsroot", "127.0.0.7", "add server s 10.0.0.1", "Success"),
        ("nsroot", "127.0.0.7", "add server s 10.0.0.2", "ERROR: Resource already exists [name, s]"),
        ("nsroot", "127.0.0.7", "rm server none", "ERROR: No such resource [name, none]"),
        ("nsroot", "127.0.0.7", "logout", "Success"),
        ("nsroot", "127.0.0.1", 'login nsroot "********"', "Success"),
        ("nsroot", "127.0.0.1", "show ns version", "Success"),
        ("nsroot", "127.0.0.1", "logout", "Success"),
    ]


@pytest.mark.fact("command-log-secret")
@pytest.mark.parametrize(
    "row",
    [
        {"username": "ann", "PassWord": "Geheim-1"},
        {"username": "ann", "password": {"x": "Geheim-1"}},
        {"username": "ann", "timeout": {"password": "Geheim-1"}},
        {"username": "ann", "timeout": [{"password": "Geheim-1"}]},
        {"username": "ann", "password": ["Geheim-1"], "newpassword": "Geheim-1"},
    ],
)
def test_no_form_of_a_password_is_logged(box: Any, row: dict[str, Any]) -> None:
    """Refused commands too."""
    box.post("systemuser", row)
    box.post("login", row)
    assert lines(box, "add system user ann")
    assert not lines(box, "Geheim-1")


@pytest.mark.fact("command-log")
def test_a_large_command_is_cut(box: Any) -> None:
    """A file that is uploaded is not in the log as a whole."""
    content = base64.b64encode(b"x" * 1_000_000).decode()
    row = {"filename": "big", "filelocation": "/var/tmp", "filecontent": content}
    assert box.post("systemfile", row).status == 201
    assert [len(line) < 1300 for line in lines(box, "add system file")] == [True]


@pytest.mark.fact("command-log-adm-user")
@pytest.mark.parametrize(
    ("position", "build", "shown"),
    [
        ("by_release", "13.0 47.22", False),
        ("by_release", "13.1 53.24", True),
        ("always", "13.0 47.22", True),
        ("never", "13.1 53.24", False),
    ],
)
def test_adm_user(with_switches: Callable[..., Any], position: str, build: str, shown: bool) -> None:
    lab = with_switches(adm_user_in_log=position)
    lab.simulator.appliance("gw").upgrade(build)
    (line,) = lines(lab.box(), "login nsroot")
    assert ("User nsroot - ADM_User NONE - Remote_ip" in line) is shown


@pytest.mark.fact("nsaaad-log")
def test_the_authentication_daemon_logs_names_as_typed(lab: Any) -> None:
    """The name is in nsvpn.log also where the password is wrong; it cannot make a line of its own."""
    name = "pitboss PPE unexpectedly died NSPPE;${IFS}\r\nx"
    lab.vserver("gateway").ask("POST", "/cgi/login", urlencode({"login": name, "passwd": "y"}))
    text = read(lab.box(), "nsvpn.log").decode()
    shape = r"Jan 15 03:00:\d\d <local1\.info> gw1 nsaaad\[\d+\]: call to authenticate user :(.*)\n"
    found = re.fullmatch(shape, text)
    assert found, text
    assert found[1] == "pitboss PPE unexpectedly died NSPPE;${IFS}^M x"


@pytest.mark.fact("logon-rejected-line", "logon-request-line")
def test_a_refused_log_on_with_odd_bytes(lab: Any) -> None:
    """As in CTX464125; bytes of the name are in the line as they came, so a hunt can look for them."""
    box = lab.box()
    vserver = lab.vserver("gateway", Content_Type="application/x-www-form-urlencoded")
    assert vserver.ask("POST", "/cgi/login", b"login=a%80%FFb&passwd=%FE").status == 302
    (line,) = [line for line in read(box, "ns.log").splitlines() if b"AAA Message" in line]
    shape = (
        rb"Jan 15 03:00:\d\d <local0\.info> 127\.21\.0\.11  01/15/2020:03:00:\d\d GMT gw1 0-PPE-0 : default AAA Message \d+ 0 :  "
        rb'"Authentication is rejected for a\x80\xffb \(client ip : 127\.0\.0\.1 , vserver ip: 127\.21\.0\.13 \), extended error, if any : "'
    )
    assert re.fullmatch(shape, line), line
    box.put("auditsyslogparams", {"loglevel": ["ALL"]})
    vserver.ask("POST", "/cgi/login", b"login=a%80&passwd=x")
    asked = [line for line in read(box, "ns.log").splitlines() if b"LOGIN REQ" in line]
    assert [
        b"<local0.debug>" in line and b'"AAA LOGIN REQ: parsed data; username: <a\x80>' in line for line in asked
    ] == [True]


@pytest.mark.fact("shell-log", "log-control-characters")
def test_commands_of_a_shell(lab: Any) -> None:
    """As in the test data of the scanner for CVE-2019-19781."""
    node = lab.simulator.fleet.appliances["gw"].primary
    logs.shell_command(node, "root", "/dev/pts/0", 'compgen -G "/var/log/bash.log*"')
    logs.shell_command(node, "nobody", "(null)", "uname -a\nid\x1b", shell="sh", status=1)
    box = lab.box()
    first = 'Jan 15 03:00:00 <local7.notice> gw1 bash[1100]: root on /dev/pts/0 shell_command="compgen -G "/var/log/bash.log*""\n'
    second = (
        'Jan 15 03:00:00 <local7.notice> gw1 sh[1100]: nobody on (null) shell_command="uname -a id^["\n'
        'Jan 15 03:00:00 <local7.notice> gw1 sh[1100]: nobody on (null) return_code="1"\n'
    )
    found = [read(box, name).decode() for name in ("bash.log", "sh.log", "notice.log")]
    assert [re.sub("03:00:0[0-9]", "03:00:00", text) for text in found] == [first, second, first + second]
