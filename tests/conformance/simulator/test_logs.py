# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Logs of the appliance: formats, clock and rotation."""

from __future__ import annotations

import base64
import gzip
import re
from collections.abc import Callable
from typing import Any

import pytest

STAMP = r"\[15/Jan/2020:03:00:\d\d \+0000\]"
ENTRY = r'"GET /vpn/index\.html HTTP/1\.1" 200 \d+ "-" "probe" "Time: \d+ microsecs"'


def read(box: Any, name: str) -> bytes:
    row = box.rows(f"systemfile/{name}?args=filelocation:%2Fvar%2Flog")[0]
    return base64.b64decode(row["filecontent"])


def listed(box: Any) -> list[str]:
    return [row["filename"] for row in box.rows("systemfile?args=filelocation:%2Fvar%2Flog")]


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
    lab = with_switches(access_log_format=position)
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


@pytest.mark.fact("log-rotation")
def test_logs_are_rotated(lab: Any) -> None:
    """Hourly, above the size; five old files are kept; the new log begins with a note."""
    appliance = lab.simulator.appliance("gw")
    box = lab.box()
    for part in range(7):
        appliance.write_file("/var/log/httpaccess.log", f"part {part}\n" + "x" * 100 * 1024)
        appliance.write_file("/var/log/ns.log", "small")
        assert read(box, "httpaccess.log").startswith(f"part {part}".encode()), "not within the hour"
        appliance.advance(1700)
        box.get("nsversion")
        appliance.advance(1700)
        box.get("nsversion")
        appliance.advance(200)
        assert b"newsyslog[" in read(box, "httpaccess.log").splitlines()[0]
    found = listed(box)
    assert [name for name in found if name.endswith(".gz")] == [f"httpaccess.log.{part}.gz" for part in range(5)]
    assert gzip.decompress(read(box, "httpaccess.log.0.gz")).startswith(b"part 6")
    assert gzip.decompress(read(box, "httpaccess.log.4.gz")).startswith(b"part 2")
    note = read(box, "httpaccess.log").splitlines()[0].decode()
    assert re.fullmatch(r"Jan 15 10:\d\d:\d\d gw1 newsyslog\[\d+\]: logfile turned over due to size>100K", note)


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
    box.post("auditmessageaction", {"name": "l", "loglevel": "NOTICE", "stringbuilderexpr": '"url " + HTTP.REQ.URL'})
    box.post("responderpolicy", {"name": "p", "rule": "TRUE", "action": "NOOP", "logaction": "l"})
    bound = {"policyname": "p", "priority": 1, "type": "REQ_OVERRIDE", "gotopriorityexpression": "END"}
    box.post("responderglobal_responderpolicy_binding", bound)
    lab.vserver("web").ask("GET", "/x")
    line = (
        r"Jan 15 02:00:\d\d <local0\.notice> 127\.21\.0\.11  {}:02:00:\d\d GMT gw1 0-PPE-0 : default RESPONDER Message 1 0 :  "
        '"url /x"\n'
    )
    assert re.fullmatch(line.format(date), read(box, "ns.log").decode())
