# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What happened to the appliance: commands (reading 2), crashes (6), unsigned executables (7), gaps (8), starts of httpd (9), silence (10). Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeVar

from ..trace_rules.integrity_messages import integrity_messages
from . import rules
from .grouped_traces import Rule, Traces
from .known_of_appliance import KnownOfAppliance, is_public
from .log_line import LogKind, LogLine

_T = TypeVar("_T")
_READS = (
    "show ",
    "stat ",
    "sh ",
    "get ",
    "login",
    "logout",
    "log in",
    "quit",
    "exit",
    "help",
    "man ",
    "whoami",
    "switch ns partition",
)
_USERS = ("system user", "system group", "system cmdpolicy")
_AUTHENTICATION = ("authentication ", "vpn vserver", "aaa ")
_CRASHES = (
    "unexpectedly died",
    "missed too many heartbeats",
    "exited",
    "monitored processes have exited",
    "not restarting",
)
_PROCESSES = ("ppe", "nsaaad")
_VERIEXEC = "MAC/veriexec:"
_HTTPD_START = "AH00094: Command line"
_BOOT = "kernel boot file is"
_AFTER_BOOT = timedelta(minutes=15)
_AFTER_DTLS = timedelta(minutes=10)
_BACK = timedelta(minutes=10)
_SILENT = timedelta(hours=12)
_MOST_KEPT = 1000


class Commands:
    """Reading 2: commands that changed the configuration, neither ours nor of a known administrator; failed log-ons from the Internet."""

    def __init__(self, known: KnownOfAppliance, traces: Traces) -> None:
        self._known, self._traces = known, traces
        self.own = 0

    def take(self, line: LogLine) -> bool:
        fields = line.fields
        if line.kind is not LogKind.PACKET_ENGINE or not fields["event"].endswith("CMD_EXECUTED"):
            return False
        if "imitates" in fields:
            self._traces.add(rules.IMITATION, line)
            return True
        command, user, source = (
            " ".join(fields.get("command", "").split()),
            fields.get("user", ""),
            fields.get("source", ""),
        )
        if command.lower().startswith("login"):
            is_ours = self._known.own.log_on(user, source, line.time).is_ours
            if "ERROR" in fields.get("status", "") and is_public(source) and not is_ours:
                self._traces.add(rules.MANAGEMENT_EXPOSED, line, source)
            return False
        if not command or command.lower().startswith(_READS):
            return False
        answer = self._known.own.command(user, source, line.time)
        if answer.is_ours:
            self.own += 1
            return True
        rule = _rule_of(command, source)
        if answer.is_unknown and rule is rules.COMMAND:
            rule = rules.COMMAND_OF_OUR_ACCOUNT
        if rule.level is not rules.LOCAL_USER_CHANGE.level and self._known.is_administrator(user, source):
            return False
        maybe = f", maybe the control node {answer.control_node}" if answer.control_node else ""
        self._traces.add(rule, line, f"{user} from {source}{maybe}")
        return True


def _rule_of(command: str, source: str) -> Rule:
    words = command.lower()
    if "-defaultepagroup no_auth" in words:
        return rules.NO_AUTHENTICATION
    object_ = words.partition(" ")[2]
    if object_.startswith(_USERS):
        return rules.LOCAL_USER_CHANGE if source in ("127.0.0.1", "::1") else rules.USER_CHANGE
    if "epaaction" in words or (words.startswith(("unbind ", "rm ", "unset ")) and object_.startswith(_AUTHENTICATION)):
        return rules.AUTHENTICATION_CHANGE
    return rules.COMMAND


class Processes:
    """Readings 6, 7 and 9: crashes, also after a DTLS error; executables without a signature; starts of httpd; PHP in files that are none."""

    def __init__(self, traces: Traces) -> None:
        self._traces = traces
        self._crashes: list[LogLine] = []
        self._dtls: list[datetime] = []
        self._starts: list[LogLine] = []
        self._boots: list[datetime] = []

    def take(self, line: LogLine) -> bool:
        text = line.text
        if line.kind is LogKind.ERROR:
            return self._httpd(line)
        if line.kind is LogKind.PACKET_ENGINE:
            if "DTLS" in text and "Internal Error" in text and line.time is not None:
                _keep(self._dtls, line.time)
            return False
        if line.kind not in (LogKind.DAEMON, LogKind.UNKNOWN):
            return False
        if _VERIEXEC in text or _VERIEXEC in line.raw.decode("latin-1"):
            self._integrity(line)
            return True
        if _BOOT in text and line.time is not None:
            _keep(self._boots, line.time)
        words = text.lower()
        if (
            line.fields.get("process") in ("pitboss", "kernel", "nsstart", "nsconfigd")
            and any(name in words for name in _PROCESSES)
            and any(word in words for word in _CRASHES)
        ):
            _keep(self._crashes, line)
            return True
        return False

    def _integrity(self, line: LogLine) -> None:
        """Take the words of the kernel about executables; those that it did not write imitate it."""
        messages = [*integrity_messages(line.raw)]
        for message in messages:
            rule = rules.CHANGED if message.is_changed else rules.UNSIGNED
            self._traces.add(rule, line, message.path.decode("latin-1")[:200] or "file not named")
        if not messages:
            self._traces.add(rules.IMITATION, line)

    def _httpd(self, line: LogLine) -> bool:
        if _HTTPD_START in line.text:
            _keep(self._starts, line)
            return True
        if "PHP " in line.text and " on line " in line.text:
            path = line.text.rpartition(" on line ")[0].rpartition(" in ")[2].split(" ", maxsplit=1)[0]
            if path.startswith("/") and not path.endswith((".php", ".inc")):
                self._traces.add(rules.NOT_PHP, line, path)
                return True
        return False

    def end(self) -> None:
        """Decide what needs more than one line."""
        for line in self._crashes:
            after = line.time is not None and any(
                timedelta(0) <= line.time - error <= _AFTER_DTLS for error in self._dtls
            )
            self._traces.add(rules.CRASH_AFTER_DTLS if after else rules.CRASH, line)
        for line in self._starts:
            if line.time is None or not any(abs(line.time - boot) <= _AFTER_BOOT for boot in self._boots):
                self._traces.add(rules.HTTPD_START, line)


def _keep(kept: list[_T], one: _T) -> None:
    if len(kept) < _MOST_KEPT:
        kept.append(one)


class Continuity:
    """Readings 8 and 10: times that go back, silence, and a log of the packet engine without a line of it."""

    def __init__(self, traces: Traces) -> None:
        self._traces = traces
        self._newest: datetime | None = None
        self._last: LogLine | None = None
        self.engine_lines = 0

    def take(self, line: LogLine) -> bool:
        if line.kind is not LogKind.PACKET_ENGINE:
            return False
        self.engine_lines += 1
        if line.log != "ns.log" or line.time is None:
            return False
        if self._newest is not None:
            if line.time < self._newest - _BACK:
                self._traces.add(rules.CLOCK_BACK, line)
                self._newest = line.time
            elif line.time > self._newest + _SILENT:
                self._traces.add(
                    rules.SILENCE,
                    line,
                    f"{self._newest.isoformat(' ', 'seconds')} to {line.time.isoformat(' ', 'seconds')}",
                )
        self._newest = line.time if self._newest is None else max(self._newest, line.time)
        return False
