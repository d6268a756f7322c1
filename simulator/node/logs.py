# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The logs of a node under /var/log: who writes which line into which file.

Which log has what: product page on logs (observability), crisis notes of public collectors (bash.log, sh.log and notice.log have the commands
of shells), NITRO reference of auditsyslogaction (managementlog). A log begins with a note after each rotation (node.log_rotation). Lines are
kept and written in batches, or when the files of the node are read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from simulator.configuration.rows import Rows
from simulator.fleet_file.faults import Fault, Faults
from simulator.fleet_file.switches import SwitchPositions
from simulator.network.requests import HttpRequest
from simulator.node import log_rotation, syslog_export
from simulator.node.disk import Disk
from simulator.node.file_tree import FileTree
from simulator.node.log_lines import (
    access_line,
    error_line,
    host_name,
    packet_engine_message,
    shell_text,
    syslog_line,
)
from simulator.node.state import Listener

NS_LOG = "/var/log/ns.log"
GATEWAY_LOG = "/var/log/nsvpn.log"
ACCESS_LOG = "/var/log/httpaccess.log"
GATEWAY_ACCESS_LOG = "/var/log/httpaccess-vpn.log"
ERROR_LOG = "/var/log/httperror.log"
MESSAGES = "/var/log/messages"
NOTICE_LOG = "/var/log/notice.log"
AUTH_LOG = "/var/log/auth.log"
CRON_LOG = "/var/log/cron"
_EARLY_ROTATION = 1024 * 1024  # a log is rotated early beyond this size, since the disk is in memory
_BATCH = 200  # lines are written in batches, which halves the cost
_NEWER = (13, 1)  # the first samples of the newer formats are of 2022


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
    job_minute: int | None

    @property
    def appliance(self) -> LoggedAppliance: ...

    @property
    def running(self) -> Rows: ...

    @property
    def parent(self) -> Logged | None: ...

    @property
    def files(self) -> Disk: ...

    def tree(self) -> FileTree: ...

    def clock(self) -> float: ...

    def active_fault(self, kind: str, /) -> Fault | None: ...

    def append(self, path: str, line: str, now: float, /) -> int: ...

    def catch_up(self, now: float, /) -> None: ...


# The packet engine


def ns_log(node: Logged, level: str, event: str, text: str | Callable[[], str], *, user_defined: bool = False) -> None:
    """Write a line of the packet engine.

    :param event: feature and message, such as `AAA LOGIN_FAILED`
    :param text: the rest, or a function that returns it when the line is written
    :param user_defined: of a log action: written only where userdefinedauditlog is YES
    """
    rows, whole, now = node.running.rows, node.parent or node, node.clock()
    parameters = rows["auditsyslogparams"][()] if "auditsyslogparams" in rows else {}
    host = rows["nshostname"][()].get("hostname", "") if "nshostname" in rows else ""
    written = not user_defined or parameters.get("userdefinedauditlog", "NO") == "YES"
    if level == "debug" or "loglevel" in parameters:
        written = written and syslog_export.wanted(parameters.get("loglevel"), level)
    exported = syslog_export.BINDINGS in rows
    if not written and not exported:
        return
    whole.log_number += 1
    if exported:
        text = text() if callable(text) else text
        syslog_export.send_message(
            node.running, now, level, host, event, whole.log_number, text, user_defined=user_defined
        )
    if written:
        values = level, node.listener.address, host, event, whole.log_number, text, parameters
        _keep(whole, NS_LOG, now, _packet_engine_line, values)


def _packet_engine_line(
    now: float, level: str, address: str, host: str, event: str, number: int, text: Any, parameters: Any
) -> str:
    date_format, zone = parameters.get("dateformat", "MMDDYYYY"), parameters.get("timezone", "GMT_TIME")
    shown = text() if callable(text) else text
    message = packet_engine_message(now, host, event, number, shown, date_format, zone)
    return syslog_line(now, str(parameters.get("logfacility", "local0")).lower(), level, address, f" {message}")


def cef(node: Logged, text: str) -> None:
    """Write a line of the packet engine in the Common Event Format, which has a shorter head (samples of the application firewall)."""
    rows, whole, now = node.running.rows, node.parent or node, node.clock()
    parameters = rows["auditsyslogparams"][()] if "auditsyslogparams" in rows else {}
    whole.log_number += 1
    syslog_export.send_cef(node.running, "info", text)
    if syslog_export.wanted(parameters.get("loglevel"), "info"):
        facility = str(parameters.get("logfacility", "local0")).lower()
        _keep(whole, NS_LOG, now, syslog_line, (facility, "info", node.listener.address, text))


def command(node: Logged, interface: str, user: str, client: str, text: str | Callable[[], str], status: str) -> None:
    """Write the line of a command that was executed. interface: API, CLI or GUI. status: `Success`, or the error."""
    own = node.appliance.switches["adm_user_in_log"]
    if own == "by_release":
        own = "always" if node.appliance.branch >= _NEWER else "never"
    head = f"User {user} - ADM_User NONE" if own == "always" else f"User {user}"

    def line() -> str:
        shown = text() if callable(text) else text
        return f'{head} - Remote_ip {client} - Command "{shown}" - Status "{status}"'

    ns_log(node, "info", f"{interface} CMD_EXECUTED", line)


def gateway_log_on(node: Logged, user: str) -> None:
    """Write what the authentication daemon writes about a log-on: the name as it was typed."""
    text = f"nsaaad[{_process(node, 2100)}]: call to authenticate user :{user}"
    _syslog(node, GATEWAY_LOG, "ACCESS", "local1", "info", text)


# Shells, jobs and log-ons of the operating system


def shell_command(node: Logged, user: str, terminal: str, text: str, *, shell: str = "bash", status: int = 0) -> None:
    """Write a command of a shell, and its status if that is not 0. terminal: such as `/dev/pts/0`, or `(null)`. shell: bash or sh."""
    for what, value in (("shell_command", text), *((("return_code", str(status)),) if status else ())):
        line = shell_text(shell, _process(node, 1100), user, terminal, what, value)
        _syslog(node, f"/var/log/{shell}.log", "SHELL", "local7", "notice", line)
        _syslog(node, NOTICE_LOG, "NSMGMT", "local7", "notice", line)


def job(node: Logged, user: str, text: str, now: float) -> None:
    """Write that cron starts a job."""
    line = f"/usr/sbin/cron[{_process(node, 14000)}]: ({user}) CMD ({text})"
    _syslog(node, CRON_LOG, "", "cron", "info", line, now)


def system_log_on(node: Logged, text: str) -> None:
    """Write a line of sshd, such as `Accepted password for nsroot from 192.0.2.1 port 50000 ssh2`."""
    _syslog(node, AUTH_LOG, "ACCESS", "auth", "info", f"sshd[{_process(node, 3100)}]: {text}")


def message(node: Logged, facility: str, level: str, text: str) -> None:
    """Write a line into /var/log/messages, such as one of the kernel."""
    _syslog(node, MESSAGES, "", facility, level, text)


def log_kernel(node: Logged) -> None:
    """Write what syslogd says at its start: the file that the kernel was booted from."""
    release, build = ".".join(map(str, node.appliance.branch[:2])), ".".join(map(str, node.appliance.branch[2:]))
    message(node, "syslog", "info", f"syslogd: kernel boot file is /ns-{release}-{build}")


def _syslog(
    node: Logged, path: str, category: str, facility: str, level: str, text: str, moment: float | None = None
) -> None:
    node = node.parent or node
    host = host_name(node.running)
    now = node.clock() if moment is None else moment
    if category and syslog_export.BINDINGS in node.running.rows:
        syslog_export.send_management(node.running, now, category, facility, level, host, text)
    _keep(node, path, now, syslog_line, (facility, level, host, text))


def _process(node: Logged, first: int) -> int:
    return first + node.index


# The web server


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

    The newer format has client and address for requests that the packet engine forwards.
    """
    appliance = node.appliance
    form, place, process = appliance.switches["access_log_format"], appliance.switches["gateway_access_log"], ""
    newer = appliance.branch >= _NEWER
    if form == "by_release":
        form = "paired" if newer else "plain"
    own = vip and (newer if place == "by_release" else place == "own")
    client = request.client[0] if request.client and not (form == "loopback" and vip) else "127.0.0.1"
    if form == "paired":
        client = f"{client} -> {(server or request.server or ('127.0.0.1',))[0]}" if vip else client
        process = f" [{4000 + node.index}]"
    get = request.headers.get
    asked = request.method, request.raw_path, request.version
    line = client, process, asked, status, size, get("referer", "-"), get("user-agent", "-")
    whole = node.parent or node
    _keep(whole, GATEWAY_ACCESS_LOG if own else ACCESS_LOG, now, access_line, line)
    if syslog_export.BINDINGS in whole.running.rows:
        running, text = whole.running, f"httpd: {access_line(now, *line)}"
        syslog_export.send_management(running, now, "ACCESS", "local0", "info", host_name(running), text)


def log_httpd_start(node: Logged) -> None:
    """Write the line that httpd logs at its start."""
    process = 4000 + node.index
    text = "AH00094: Command line: '/bin/httpd -f /etc/httpd.conf'"
    _keep(node, ERROR_LOG, node.clock(), error_line, ("core:notice", process, text))


# Files


def _keep(node: Logged, path: str, now: float, make: Callable[..., str], values: tuple[Any, ...]) -> None:
    """Keep a line of a whole node until it is written: with faults at once, since the disk may be full and the clock wrong."""
    waiting = node.pending_log_lines
    waiting.append((path, now, make, values))
    if len(waiting) >= _BATCH or node.appliance.faults.installed:
        flush(node)


def flush(node: Logged) -> None:
    """Write the pending lines."""
    waiting, node.pending_log_lines = node.pending_log_lines, []
    lines: dict[str, list[str]] = {}
    moment = 0.0
    for path, moment, make, values in waiting:
        if int(moment // 3600) * 60 > (node.job_minute or 0):  # newsyslog runs before the first line of an hour
            _write(node, lines, moment)
            node.catch_up(moment)
        lines.setdefault(path, []).append(make(moment, *values))
    _write(node, lines, moment)


def _write(node: Logged, lines: dict[str, list[str]], now: float) -> None:
    """Write lines into their logs, and forget them."""
    for path, texts in lines.items():
        if node.append(path, "\n".join(texts), now) > _EARLY_ROTATION:
            log_rotation.rotate_early(node, path)
    lines.clear()


def add_line(node: Logged, path: str, line: str) -> None:
    """Append a line to a log as it is."""
    _keep(node.parent or node, path, node.clock(), lambda _, text: text, (line,))
