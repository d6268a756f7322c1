# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The logs of a node under /var/log (ns.log, httpaccess.log, httperror.log) and their rotation by newsyslog.

Formats: vendor pages on syslog (ns.log), the two LogFormats that github.com/fox-it/dissect.target knows and test data of the
scanner for CVE-2019-19781 (httpaccess.log), samples in public code (httperror.log). Every hour newsyslog rotates logs larger than
100 KB; 25 old files are kept, of httpaccess.log 5 (product page on log file rotation; forensic notes of 2020). A new log begins with a
note, old files are NAME.N.gz.
"""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol

from simulator.configuration.environment import Tables
from simulator.fleet_file.faults import Fault, Faults
from simulator.fleet_file.switches import SwitchPositions
from simulator.network.requests import HttpRequest
from simulator.node.disk import File
from simulator.node.state import Listener

NS_LOG = "/var/log/ns.log"
ACCESS_LOG = "/var/log/httpaccess.log"
ERROR_LOG = "/var/log/httperror.log"
_KEPT = {NS_LOG: 25, ACCESS_LOG: 5, ERROR_LOG: 25}
_SIZE = 100 * 1024
_EARLY_ROTATION = 1024 * 1024  # a log is rotated early beyond this size, since the disk is in memory
_DATES = {"MMDDYYYY": "%m/%d/%Y", "DDMMYYYY": "%d/%m/%Y", "YYYYMMDD": "%Y/%m/%d"}
_BATCH = 200  # lines are written in batches, which halves the cost
_PAIRED_SINCE = (13, 1)  # the first samples of the newer format are of 2022


class LoggedAppliance(Protocol):
    """The appliance of a node, as its logs need it."""

    switches: SwitchPositions
    faults: Faults
    branch: tuple[int, ...]


class Logged(Protocol):
    """A node as its logs need it."""

    index: int
    listener: Listener
    pending_log_lines: list[tuple[Any, ...]]
    log_number: int
    rotated_in_hour: int | None

    @property
    def appliance(self) -> LoggedAppliance: ...

    @property
    def whole(self) -> Logged: ...

    @property
    def running(self) -> Tables: ...

    @property
    def files(self) -> dict[str, File]: ...

    def today(self) -> datetime: ...

    def clock(self) -> float: ...

    def active_fault(self, kind: str, /) -> Fault | None: ...

    def write_file(self, path: str, content: bytes, /) -> None: ...

    def append(self, path: str, line: str, now: float, /) -> int: ...


def ns_log(node: Logged, level: str, event: str, text: str) -> None:
    """Write a line of the packet engine. `event` is feature and message, such as `AAA LOGIN_FAILED`."""
    moment = node.today()
    parameters = node.running.table("auditsyslogparams").get((), {})
    form = _DATES[parameters.get("dateformat", "MMDDYYYY")]
    node.log_number += 1
    line = (
        f"{moment:%b} {moment.day:2d} {moment:%H:%M:%S} <local0.{level}> {node.listener.address}  "
        f"{moment:{form}:%H:%M:%S} GMT {_host(node)} 0-PPE-0 : default {event} {node.log_number} 0 :  {text}"
    )
    append(node, NS_LOG, line, node.clock())


def access(
    node: Logged,
    request: HttpRequest,
    status: int,
    size: int,
    now: float,
    *,
    vip: bool,
    server: tuple[str, int] | None = None,
) -> None:
    """Log a request that httpd answered; `now` is the time of the node's clock.

    The newer format has client and address for requests that the packet engine forwards. Lines are written when the files of the node are
    read, or in batches.
    """
    form, process = node.appliance.switches["access_log_format"], ""
    if form == "by_release":
        form = "paired" if node.appliance.branch >= _PAIRED_SINCE else "plain"
    client = request.client[0] if request.client and not (form == "loopback" and vip) else "127.0.0.1"
    if form == "paired":
        client = f"{client} -> {(server or request.server or ('127.0.0.1',))[0]}" if vip else client
        process = f" [{4000 + node.index}]"
    get, waiting = request.headers.get, node.whole.pending_log_lines
    request_line = request.method, request.raw_path, request.version
    waiting.append((now, client, process, request_line, status, size, get("referer", "-"), get("user-agent", "-")))
    if len(waiting) >= _BATCH or node.appliance.faults.installed:  # with faults: the disk may be full, the clock wrong
        flush(node.whole)


def flush(node: Logged) -> None:
    """Write the pending lines of the access log."""
    waiting, node.pending_log_lines = node.pending_log_lines, []
    for now, client, process, (method, target, version), status, size, referer, agent in waiting:
        request_line = _escaped(f"{method} {target} HTTP/{version}")
        line = f'{client} - - [{_second(int(now))}]{process} "{request_line}" {status} {size or "-"}'
        line += f' "{_escaped(referer)}" "{_escaped(agent)}" "Time: 412 microsecs"'
        append(node, ACCESS_LOG, line, now)


@lru_cache(maxsize=64)
def _second(clock: int) -> str:
    return f"{datetime.fromtimestamp(clock, UTC):%d/%b/%Y:%H:%M:%S +0000}"


def log_httpd_start(node: Logged) -> None:
    """Write the line that httpd logs at its start."""
    moment = node.today()
    text = f"{moment:%a %b} {moment.day:2d} {moment:%H:%M:%S.%f %Y}"
    append(
        node,
        ERROR_LOG,
        f"[{text}] [core:notice] [pid {4000 + node.index}] AH00094: Command line: '/bin/httpd -f /etc/httpd.conf'",
        node.clock(),
    )


def append(node: Logged, path: str, line: str, now: float) -> None:
    """Append a line to a log; `now` is the time of the node's clock."""
    if node.whole.pending_log_lines:
        flush(node.whole)
    _rotate_due(node, now)
    if node.append(path, line, now) > _EARLY_ROTATION:
        _rotate(node, path)


def rotate(node: Logged) -> None:
    """Do what the hourly job of newsyslog has done by now."""
    flush(node.whole)
    _rotate_due(node, node.clock())


def _rotate_due(node: Logged, now: float) -> None:
    hour = int(now // 3600)
    if hour == node.rotated_in_hour:
        return
    first, node.rotated_in_hour = node.rotated_in_hour is None, hour
    if first or node.active_fault("disk_full"):
        return
    for path in _KEPT:
        if path in node.files and len(node.files[path].content) >= _SIZE:
            _rotate(node, path)


def _rotate(node: Logged, path: str) -> None:
    for number in range(_KEPT[path] - 1, 0, -1):
        if (older := node.files.pop(f"{path}.{number - 1}.gz", None)) is not None:
            node.files[f"{path}.{number}.gz"] = older
    node.write_file(f"{path}.0.gz", gzip.compress(bytes(node.files.pop(path).content), 1, mtime=0))
    moment = node.today()
    note = f"{moment:%b} {moment.day:2d} {moment:%H:%M:%S} {_host(node) or 'ns'} newsyslog[{4400 + node.index}]"
    node.append(path, f"{note}: logfile turned over due to size>100K", node.clock())


def _host(node: Logged) -> str:
    return str(node.running.table("nshostname").get((), {}).get("hostname", ""))


def _escaped(text: str) -> str:
    """Escape quotes, backslashes and unprintable characters like Apache's mod_log_config."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return text
    bytewise = text.encode("utf-8", "surrogateescape").decode("latin-1")
    return "".join(_ESCAPES.get(character) or _plain(character) for character in bytewise)


def _plain(character: str) -> str:
    return character if " " <= character <= "~" else f"\\x{ord(character) & 0xFF:02x}"


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}
