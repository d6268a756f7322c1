# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which log lines are sent to which syslog servers: auditsyslogaction, bound by an auditsyslogpolicy at auditsyslogglobal.

Product page on audit logging, NITRO reference of auditsyslogaction (levels, userdefinedauditlog, managementlog), and samples of received lines in
github.com/elastic/integrations. Only rules that are constantly true are sent for, only over UDP, and only to loopback.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice

from simulator.configuration.rows import Rows
from simulator.network.syslog_sender import send
from simulator.node.log_lines import LEVELS, packet_engine_message, syslog_time
from simulator.types import Row

BINDINGS = "auditsyslogglobal_auditsyslogpolicy_binding"
_NAMES = ("EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFORMATIONAL", "DEBUG")
_DEFAULT = _NAMES[:-1]  # all levels except DEBUG (product page on audit logging)
_MOST = 32  # servers that get a message
_TRUE = ("true", "ns_true")
_FACILITIES = {"auth": 4, "cron": 9, **{f"local{number}": 16 + number for number in range(8)}}


def wanted(levels: Collection[str] | None, level: str) -> bool:
    """True if these log levels, as NITRO names them, include a level of syslog."""
    names = _DEFAULT if levels is None else levels
    return "ALL" in names or _NAMES[LEVELS.index(level)] in names


def send_message(
    running: Rows, now: float, level: str, host: str, event: str, number: int, text: str, *, user_defined: bool
) -> None:
    """Send a message of the packet engine to the servers that want it."""
    for action in _receivers(running):
        if not wanted(action.get("loglevel"), level) or (user_defined and action.get("userdefinedauditlog") != "YES"):
            continue
        shown = packet_engine_message(
            now,
            host,
            event,
            number,
            text,
            action.get("dateformat", "MMDDYYYY"),
            action.get("timezone", "GMT_TIME"),
        )
        facility = str(action.get("logfacility", "LOCAL0")).lower()
        _send(action, f"<{_priority(facility, level)}> {shown}")


def send_cef(running: Rows, level: str, text: str) -> None:
    """Send a message in the Common Event Format, which has no head of the packet engine, to the servers that want its level."""
    for action in _receivers(running):
        if wanted(action.get("loglevel"), level):
            _send(action, f"<{_priority(str(action.get('logfacility', 'LOCAL0')).lower(), level)}> {text}")


def send_management(running: Rows, now: float, category: str, facility: str, level: str, host: str, text: str) -> None:
    """Send a line of a management log to the servers that want its category (SHELL, ACCESS or NSMGMT); its form is that of RFC 3164."""
    for action in _receivers(running):
        categories = action.get("managementlog", ())
        if ("ALL" in categories or category in categories) and wanted(action.get("mgmtloglevel", ("ALL",)), level):
            _send(action, f"<{_priority(facility, level)}>{syslog_time(int(now))} {host} {text}")


def _receivers(running: Rows) -> Iterator[Row]:
    policies, actions = running.table("auditsyslogpolicy"), running.table("auditsyslogaction")
    for bound in islice(running.table(BINDINGS).values(), _MOST):
        policy = policies.get((bound["policyname"],))
        if policy is not None and str(policy["rule"]).strip().lower() in _TRUE:
            action = actions.get((policy["action"],))
            if action is not None and action.get("transport", "UDP") == "UDP":
                yield action


def _send(action: Row, text: str) -> None:
    send(str(action["serverip"]), int(action.get("serverport", 514)), text)


def _priority(facility: str, level: str) -> int:
    return _FACILITIES[facility] * 8 + LEVELS.index(level)
