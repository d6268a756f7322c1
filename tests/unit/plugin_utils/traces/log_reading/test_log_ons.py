# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How many users logged on in the last day and week: what counts, how far the logs reach, and lines that a client imitates."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.log_ons import read_log_ons
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.log_sources import NodeLogs
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.node_clock import NodeClock
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.node_reading.file_reads import FileRead

from tests.unit.plugin_utils.traces.log_reading.stage import reader

NOW = datetime(2020, 1, 17, 12, 0, tzinfo=UTC)
GATEWAY = "192.0.2.10"


def head(hours_ago: float) -> str:
    time = NOW - timedelta(hours=hours_ago)
    return f"{time:%b %e %H:%M:%S} <local0.info> 10.1.0.11 {time:%m/%d/%Y:%H:%M:%S} GMT ns 0-PPE-0 : default"


def log_on(hours_ago: float, user: str, gateway: str = GATEWAY, event: str = "LOGIN") -> str:
    who = f"Context {user}@198.51.100.7 - SessionId: 7 - User {user} - Client_ip 198.51.100.7"
    return f'{head(hours_ago)} SSLVPN {event} 123 0 :  {who} - Nat_ip "Mapped Ip" - Vserver {gateway}:443 - Browser_type "x"'


def command(hours_ago: float) -> str:
    return f'{head(hours_ago)} CLI CMD_EXECUTED 1 0 :  User nsroot - Remote_ip 10.0.0.9 - Command "show ns info" - Status "Success"'


def node(**files: list[str]) -> NodeLogs:
    """:param files: by name, with a double underscore for each dot, the lines"""
    named = {name.replace("__", "."): "\n".join([*lines, ""]).encode() for name, lines in files.items()}
    packed = {name: gzip.compress(text) if name.endswith(".gz") else text for name, text in named.items()}
    return NodeLogs("10.1.0.11", NodeClock(NOW), dict.fromkeys(packed, "1"), reader(packed))


def test_users_are_counted_once_by_gateway_and_period() -> None:
    lines = [command(200), log_on(150, "anna"), log_on(30, "bert"), log_on(2, "anna"), log_on(1, "anna", "192.0.2.20")]
    found = read_log_ons([node(ns__log=lines)], NOW)
    assert found.day == {GATEWAY: 1, "192.0.2.20": 1}
    assert found.week == {GATEWAY: 2, "192.0.2.20": 1}


def test_logs_that_reach_less_far_say_so() -> None:
    found = read_log_ons([node(ns__log=[command(30), log_on(2, "anna")])], NOW)
    assert (found.day, found.week) == ({GATEWAY: 1}, None)
    assert found.reach == NOW - timedelta(hours=30)
    short = read_log_ons([node(ns__log=[command(3), log_on(2, "anna")])], NOW)
    assert (short.day, short.week) == (None, None)


def test_rotated_and_packed_logs_are_read_until_a_week_is_covered() -> None:
    asked: list[str] = []
    logs = node(
        ns__log=[command(5), log_on(2, "anna")],
        ns__log__0__gz=[command(200), log_on(100, "bert")],
        ns__log__1__gz=[command(400)],
    )

    def read(name: str) -> FileRead:
        asked.append(name)
        return logs.read(name)

    found = read_log_ons([NodeLogs(logs.node, logs.clock, logs.listed, read)], NOW)
    assert found.week == {GATEWAY: 2}
    assert asked == ["ns.log", "ns.log.0.gz"]


def test_other_lines_do_not_count() -> None:
    imitated = log_on(2, "x - Vserver 192.0.2.99:443 - User admin")
    lines = [command(200), log_on(2, "anna", event="LOGIN_FAILED"), log_on(2, "anna", event="LOGOUT"), imitated]
    assert read_log_ons([node(ns__log=lines)], NOW).week == {}


def test_node_that_cannot_be_read_leaves_everything_unknown() -> None:
    well = node(ns__log=[command(200), log_on(2, "anna")])
    assert read_log_ons([well, NodeLogs("10.1.0.12", NodeClock(NOW), problem="it is not reachable")], NOW).day is None
    refused = NodeLogs("10.1.0.12", NodeClock(NOW), {"ns.log": "1"}, reader({"ns.log": Refused("403")}))
    assert read_log_ons([refused], NOW).reach is None
    assert read_log_ons([replace(well, not_listed="it has 30000 files")], NOW).reach is None
    assert read_log_ons([], NOW).reach is None
