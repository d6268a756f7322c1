# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Logs of a node as bytes, and what a run says of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.directory_listing import ListedFile
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import load_catalogue
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import load_mitigation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.attack_signatures import (
    AttackSignatures,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.ourselves import Ourselves
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.own_runs import OwnRun
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.bookmarks import Bookmarks
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.examination import (
    LogReading,
    read_logs,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.known_of_appliance import (
    KnownOfAppliance,
    administrators,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.log_pieces import Read
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.log_sources import (
    LIMITS,
    NodeLogs,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.log_reading.node_clock import NodeClock
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.node_reading.file_reads import FileReads

CATALOGUE = Path(__file__).resolve().parents[5] / "templates" / "mitigations"
NODE, HOST = "192.0.2.11", "gw"
NOW = datetime(2026, 11, 28, 5, 0, tzinfo=UTC)
ENTRIES = load_catalogue(CATALOGUE)
SIGNATURES = AttackSignatures([load_mitigation(CATALOGUE / "cve_2019_19781").traffic])
OURS = Ourselves(
    HOST,
    runs=(OwnRun("0123456789", "r.json", NOW - timedelta(hours=2), NOW - timedelta(hours=1)),),
    users=frozenset({"tourniquet"}),
    sources=frozenset({"192.0.2.200"}),
)
ALL_QUIET = (
    "Nov 28 04:00:00 <local0.info> 192.0.2.11  11/28/2026:04:00:00 GMT gw 0-PPE-0 : default API CMD_EXECUTED 1 0 :  User tourniquet - "
    'Remote_ip 192.0.2.200 - Command "login tourniquet "********"" - Status "Success"'
)


def known(**changes: Any) -> KnownOfAppliance:
    values = {
        "own": OURS,
        "administrators": administrators(HOST, ["nsroot@192.0.2.0/25"]),
        "entries": ENTRIES,
        "signatures": SIGNATURES,
    }
    return KnownOfAppliance(HOST, **{**values, **changes})


def reader(files: Mapping[str, bytes | Exception]) -> Read:
    """Return what reads these files; one that is none of them has gone."""

    def fetch(file: ListedFile) -> bytes | None:
        content = files.get(file.name)
        if isinstance(content, Exception):
            raise content
        return content

    reads = FileReads(fetch, LIMITS)
    return lambda name: reads.read(ListedFile("", name))


def node_logs(files: Mapping[str, bytes], **changes: Any) -> NodeLogs:
    listed = {name: f"{len(content)} x" for name, content in files.items()}
    given = {"clock": NodeClock(NOW), "listed": listed, "read": reader(files), "list_again": lambda: listed}
    return NodeLogs(NODE, **{**given, **changes})


def examine(
    files: Mapping[str, bytes], bookmarks: Bookmarks | None = None, what: KnownOfAppliance | None = None, **changes: Any
) -> LogReading:
    """Read the logs; ns.log has a line of the packet engine where a test names none."""
    given = {"ns.log": f"{ALL_QUIET}\n".encode(), **files}
    marks = Bookmarks() if bookmarks is None else bookmarks
    return read_logs(known() if what is None else what, [node_logs(given, **changes)], marks)


def lines(*texts: str) -> bytes:
    return "".join(f"{text}\n" for text in texts).encode("latin-1")


def traces(reading: LogReading) -> list[tuple[str, str]]:
    """Return level and trace of each finding."""
    return [(str(one.level), one.what) for one in reading.examination.findings]


def engine(time: str, event: str, text: str) -> str:
    return f"Nov 28 {time} <local0.info> {NODE}  11/28/2026:{time} GMT gw 0-PPE-0 : default {event} 7 0 :  {text}"


def command(
    text: str, user: str = "nsroot", source: str = "192.0.2.44", status: str = "Success", time: str = "04:30:00"
) -> str:
    return engine(
        time,
        "CLI CMD_EXECUTED",
        f'User {user} - ADM_User NONE - Remote_ip {source} - Command "{text}" - Status "{status}"',
    )


def denied(client: str, path: str, profile: str, done: str = "not blocked", time: str = "04:30:00") -> str:
    """Return a violation of a deny URL, as the application firewall writes it."""
    return engine(
        time,
        "APPFW APPFW_DENYURL",
        f"{client} 12-PPE0 - {profile} Disallow Deny URL: https://gw.example.net{path} for rule pattern=^[!-~]*/x$ <{done}>",
    )


def cef(client: str, path: str, profile: str, done: str = "not blocked", time: str = "04:30:00") -> str:
    """Return such a violation in the Common Event Format."""
    return (
        f"Nov 28 {time} <local0.info> {NODE} CEF:0|Citrix|NetScaler|NS13.0|APPFW|APPFW_DENYURL|6|src={client} geolocation=Unknown spt=54711 method=GET "
        f"request=https://gw.example.net{path} msg=Disallow Deny URL. cn1=465 cn2=535 cs1={profile} cs2=PPE0 cs4=ALERT cs5=2026 act={done}"
    )


def session(event: str, number: str, client: str, source: str = "", user: str = "j", time: str = "04:30:00") -> str:
    more = f" - Source {source}:4711" if source else ""
    return engine(
        time,
        f"SSLVPN {event}",
        f'Context {user}@{client} - SessionId: {number} - User {user} - Client_ip {client} - Nat_ip "Mapped Ip"{more}',
    )


def access(
    url: str,
    status: int = 404,
    *,
    client: str = "203.0.113.9",
    size: int = 196,
    version: str = "1.1",
    agent: str = "curl/7",
    time: str = "04:30:00",
) -> str:
    return f'{client} -> 192.0.2.6 - - [28/Nov/2026:{time} +0000] [4000] "GET {url} HTTP/{version}" {status} {size} "-" "{agent}" "Time: 412 microsecs"'


def shell(text: str, user: str = "root", name: str = "bash", terminal: str = "/dev/pts/0") -> str:
    return f'Nov 28 04:30:00 <local7.notice> gw {name}[1297]: {user} on {terminal} shell_command="{text}"'
