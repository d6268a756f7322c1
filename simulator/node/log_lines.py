# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lines of the logs under /var/log.

Formats: vendor pages on syslog, CTX464125 and CTX550269 (ns.log); the two LogFormats that github.com/fox-it/dissect.target knows and test
data of the scanner for CVE-2019-19781 (httpaccess.log, bash.log, sh.log, notice.log, cron); samples in public code (httperror.log). The local
lines go through FreeBSD's syslogd, which writes control characters as `^X` and a line feed as a blank (its source, printline).
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from simulator.configuration.environment import Tables

LEVELS = (
    "emerg",
    "alert",
    "crit",
    "err",
    "warn",
    "notice",
    "info",
    "debug",
)  # as syslogd prints them; the index is the severity
_DATES = {"MMDDYYYY": "%m/%d/%Y", "DDMMYYYY": "%d/%m/%Y", "YYYYMMDD": "%Y/%m/%d"}
_CONTROLS = {code: f"^{chr(code ^ 0x40)}" for code in (*range(32), 127)} | {9: "\t", 10: " "}
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}


def host_name(running: Tables) -> str:
    """Return the name that syslogd and newsyslog write: `ns` where the appliance has none."""
    return str(running.table("nshostname").get((), {}).get("hostname", "")) or "ns"


@lru_cache(maxsize=256)
def syslog_time(second: int) -> str:
    """Return a time as syslog writes it: `Jan  5 03:00:00`."""
    moment = datetime.fromtimestamp(second, UTC)
    return f"{moment:%b} {moment.day:2d} {moment:%H:%M:%S}"


@lru_cache(maxsize=256)
def _own_time(second: int, date_format: str, zone: str) -> str:
    """Return a time as the packet engine writes it; the clock of a simulated appliance is in UTC, so local time differs in the missing zone only."""
    shown = f"{datetime.fromtimestamp(second, UTC):{_DATES[date_format]}:%H:%M:%S} "
    return shown if zone == "LOCAL_TIME" else f"{shown}GMT"


def packet_engine_message(
    now: float, host: str, event: str, number: int, text: str, date_format: str, zone: str
) -> str:
    """Return a message of the packet engine without syslog's own head."""
    return f"{_own_time(int(now), date_format, zone)} {host} 0-PPE-0 : default {event} {number} 0 :  {text}"


def syslog_line(now: float, facility: str, level: str, host: str, text: str) -> str:
    """Return a line that syslogd writes into a local file."""
    if not text.isprintable():
        text = text.translate(_CONTROLS)
    return f"{syslog_time(int(now))} <{facility}.{level}> {host} {text}"


def turned_over(now: float, host: str, process: int, reason: str) -> str:
    """Return the first line of a log that newsyslog has rotated."""
    return f"{syslog_time(int(now))} {host} newsyslog[{process}]: logfile turned over{reason}"


def shell_text(process: str, number: int, user: str, terminal: str, what: str, value: str) -> str:
    """Return the text of bash and sh for syslog; quotes inside are not escaped. what: `shell_command` or `return_code`."""
    return f'{process}[{number}]: {user} on {terminal} {what}="{value}"'


def access_line(
    now: float,
    client: str,
    process: str,
    request: tuple[str, str, str],
    status: int,
    size: int,
    referer: str,
    agent: str,
) -> str:
    """Return a line of httpd's access log. request: method, target and version."""
    method, target, version = request
    request_line = escaped(f"{method} {target} HTTP/{version}")
    line = f'{client} - - [{_access_time(int(now))}]{process} "{request_line}" {status} {size or "-"}'
    return f'{line} "{escaped(referer)}" "{escaped(agent)}" "Time: 412 microsecs"'


@lru_cache(maxsize=64)
def _access_time(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%d/%b/%Y:%H:%M:%S +0000}"


def error_line(now: float, level: str, process: int, text: str) -> str:
    """Return a line of httpd's error log."""
    moment = datetime.fromtimestamp(now, UTC)
    return f"[{moment:%a %b} {moment.day:2d} {moment:%H:%M:%S.%f %Y}] [{level}] [pid {process}] {text}"


def escaped(text: str) -> str:
    """Escape quotes, backslashes and unprintable characters like Apache's mod_log_config."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return text
    bytewise = text.encode("utf-8", "surrogateescape").decode("latin-1")
    return "".join(_ESCAPES.get(character) or _plain(character) for character in bytewise)


def _plain(character: str) -> str:
    return character if " " <= character <= "~" else f"\\x{ord(character) & 0xFF:02x}"
