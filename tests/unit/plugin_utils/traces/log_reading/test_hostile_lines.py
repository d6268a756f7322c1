# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines that an attacker wrote to stop or to mislead the reading: each ends, stays one line of text, and is never a command or a path."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.json_values import json_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.known_of_appliance import (
    KnownOfAppliance,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.read_logs.page import (
    read_logs_lines,
)

from tests.played_together import played_together
from tests.unit.plugin_utils.traces.log_reading.stage import (
    HOST,
    OURS,
    access,
    command,
    engine,
    examine,
    lines,
    session,
    shell,
    traces,
)

N = 8000
BLOWS_UP = {
    "pitboss": "pitboss PPE " * (N // 12),
    "status": '" - Status "' * (N // 12),
    "command": ' - Command "' * (N // 12),
    "fields": " - Client_ip " * (N // 13),
    "quotes": '"' * N,
    "backslashes": "\\" * N,
    "path": "/vpns/" * (N // 6) + ".xm",
    "percent": "%25" * (N // 3),
    "dots": "/.." * (N // 3),
    "digits": "1" * N,
    "brackets": "[" * N,
    "blanks": " " * N,
    "shell": 'x on y shell_command="' * (N // 22),
    "veriexec": "MAC/veriexec: (file=" * (N // 20),
    "php": "PHP  in  on line " * (N // 17),
    "colons": "a:" * (N // 2),
    "regexes": "GET /vpn" * (N // 8),
}


@played_together("text", BLOWS_UP.values(), ids=BLOWS_UP)
def test_a_line_that_makes_patterns_try_every_way_is_read(text: str) -> None:
    files = {
        "ns.log": lines(
            command(text), session("LOGIN", text, text), engine("04:30:00", "AAA Message", text), text, f"<134> {text}"
        ),
        "nsvpn.log": lines(f"Nov 28 04:10:00 <local1.info> gw nsaaad[2100]: call to authenticate user :{text}"),
        "httpaccess.log": lines(access(text, 200), access("/x", 200, agent=text), text),
        "httperror.log": lines(f"[Sat Nov 28 04:05:00 2026] [:error] [pid 9] {text}", text),
        "messages": lines(f"Nov 28 04:00:00 gw kernel: {text}", text),
        "bash.log": lines(shell(text), text),
        "cron": lines(f"Nov 28 04:30:00 <cron.info> gw /usr/sbin/cron[1]: (root) CMD ({text})"),
    }
    found = examine(files)
    assert found.lines == 16
    assert all(len(text) < 900 for one in found.examination.findings for text in map(str, json_values(one).values()))


@pytest.mark.parametrize(
    "text",
    [
        "{{ lookup('pipe', 'id') }}",
        "\x1b]0;x\x07\x1b[2J",
        "<script>alert(1)</script>",
        "a\r\x85\u2028b".encode().decode("latin-1"),
        "\x00\xff\xfe",
        "$(reboot)`id`",
    ],
)
def test_what_a_client_wrote_stays_data_in_every_output(text: str) -> None:
    reading = examine(
        {
            "httpaccess.log": lines(
                access("/vpn/../vpns/cfg/smb.conf", 403, client=f"{text}"), access(f"/vpn/../vpns/{text}", 200)
            ),
            "ns.log": lines(command("rm x", text, text)),
        },
        what=KnownOfAppliance(HOST, OURS),
    )
    values: dict[str, Any] = json_values(reading.examination)
    shown = read_logs_lines(
        [reading.examination], {HOST: {**values, "armed": [], "rotations": {text: 1}, "notes": [text]}}
    )
    assert all(line.isprintable() and line.isascii() for line in shown)
    assert all(str(value).isprintable() for one in values["findings"] for value in one.values())


def test_a_log_line_within_a_name_accuses_nobody() -> None:
    """The words of a command in the name of a failed log-on, in a path and in a User-Agent."""
    words = command("add system user evil x", source="127.0.0.1")
    files = {
        "ns.log": lines(
            engine("04:30:00", "AAA LOGIN_FAILED", f'User {words} - Client_ip 203.0.113.9 - Failure_reason "x"')
        ),
        "nsvpn.log": lines(f"Nov 28 04:10:00 <local1.info> gw nsaaad[2100]: call to authenticate user :{words}"),
        "httpaccess.log": lines(access("/vpn/index.html", 200, agent=words.replace('"', '\\"'))),
    }
    assert [level for level, _what in traces(examine(files)) if level == "compromise"] == []


def test_a_name_of_ours_in_a_line_of_somebody_else_explains_nothing() -> None:
    stranger = command("rm lb vserver v", "tourniquet", "203.0.113.9", time="03:30:00")
    assert traces(examine({"ns.log": lines(stranger)})) == [
        ("review", "changing commands with an account of the playbooks, of unknown origin: tourniquet from 203.0.113.9")
    ]


def test_files_with_odd_names_are_no_logs() -> None:
    found = examine({"ns.log.x": b"a\n", "ns.log.99999": b"a\n", "../ns.log": b"a\n", "ns.log.1.gz.sh": b"a\n"})
    assert found.lines == 1
