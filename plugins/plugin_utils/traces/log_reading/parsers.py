# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
r"""Parse the lines of the logs of an appliance, each as bytes, one character for each byte. Pure.

Every pattern is anchored at the beginning of the line and takes time in proportion to its length. A client writes into most lines (his user name, the path
that he asks for, his User-Agent), so a field ends where the *writer* ends it: the address and the status of a command are the last ones of the line, and a
line that holds the words of another one within a field says so (``imitates``).

Forms: vendor pages on syslog; CTX550269; samples in the tests of the Elastic integration, of dissect.target and of the public scanners of 2020 and 2023.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from ...appliance.nitro.rotated_logs import log_name
from ...foundation.unpacked import RawLine, lines_of
from ...recorded_traffic.formats import httpaccess_line
from ...recorded_traffic.logged_request import Unparsable, address
from .log_line import LogKind, LogLine
from .node_clock import NodeClock

_LEVEL = r"<[A-Za-z0-9]{1,16}\.[A-Za-z]{1,16}>"
_PREFIX = re.compile(  # of the local file, of a syslog server, or of both
    r"(?:<\d{1,3}>(?:1 )?)?(?P<iso>\d{4}-\d\d-\d\dT[\d:.]{8,20}(?:Z|[+-]\d\d:?\d\d)? (?:\S{1,255} )?)?"
    rf"(?P<local>[A-Z][a-z]{{2}} [ \d]\d \d\d:\d\d:\d\d)? ?(?P<level>{_LEVEL})? ?",
    re.ASCII,
)
_ENGINE = re.compile(
    r"(?:\S{1,255} {1,2})?(?P<date>\d{1,4}/\d\d/\d{2,4}:\d\d:\d\d:\d\d) (?:GMT ?)? ?(?:(?P<host>\S{1,255}) )? ?\d{1,3}-PPE-\d{1,3} : "
    r"(?P<partition>\S{1,64}) (?P<event>[A-Za-z_]{1,32} [A-Za-z0-9_]{1,64}) (?P<number>\d{1,20}) \d{1,10} : {1,2}(?P<text>.*)",
    re.ASCII | re.DOTALL,
)
_SHORT_ENGINE = re.compile(  # of 14.1: without date, host and feature
    r"(?:\S{1,255} {1,2})?default (?P<event>(?:[A-Z]{2,16} )?[A-Za-z0-9_]{1,64}) (?P<number>\d{1,20}) \d{1,10} : {1,2}(?P<text>.*)",
    re.ASCII | re.DOTALL,
)
_DAEMON = re.compile(
    r"(?:(?P<host>[^\s\[:]{1,255}) )?(?P<process>[A-Za-z0-9_./-]{1,64})(?:\[(?P<pid>\d{1,10})\])?: ?(?P<text>.*)",
    re.ASCII | re.DOTALL,
)
_SHELL = re.compile(r'(?P<user>.{1,64}?) on (?P<terminal>\S{1,64}|\(null\)) shell_command="(?P<command>.*)"', re.DOTALL)
_CRON = re.compile(r"\((?P<user>[^)]{1,64})\) CMD \((?P<command>.*)\)", re.DOTALL)
_ERROR = re.compile(
    r"\[(?P<date>[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]?\d \d\d:\d\d:\d\d(?:\.\d{1,6})? \d{4})\] (?:\[(?P<level>[a-z0-9_]{0,32}:[a-z0-9]{1,16})\] )?"
    r"(?:\[pid (?P<pid>\d{1,10})(?::tid \d{1,20})?\] )?(?P<text>.*)",
    re.ASCII | re.DOTALL,
)
_CEF = re.compile(  # of the application firewall, with CEFLogging: a shorter head
    r"(?:\S{1,255} {1,2})?CEF:0\|Citrix\|NetScaler\|[^|]{1,64}\|APPFW\|(?P<check>APPFW_[A-Z_]{1,64})\|\d{1,2}\|src=(?P<client>\S{1,64})(?P<text> .*)",
    re.ASCII | re.DOTALL,
)
_DENY_URL, _DENIED = "APPFW_DENYURL", " Disallow Deny URL: "
_ROTATED = re.compile(r"newsyslog\[\d{1,10}\]: logfile turned over")
_SHELLS = ("bash", "sh", "csh", "tcsh", "-sh", "-bash")
_FIELD = re.compile(
    r"(?:^| - )(User|ADM_User|Remote_ip|Client_ip|Source|Destination|Vserver|SessionId|Context|Failure_reason|Browser|Browser_type) ?:? "
)
_FIELDS_OF_SESSIONS = ("SSLVPN", "AAA", "AAATM")
_SOURCE, _COMMAND, _STATUS, _ADM = " - Remote_ip ", ' - Command "', '" - Status "', " - ADM_User "


@dataclass(frozen=True)
class LineReader:
    """Parses the lines of one node.

    :ivar node: its address
    """

    node: str
    clock: NodeClock

    def lines(self, file: str, content: bytes, start: int = 0) -> Iterator[LogLine]:
        """Yield the lines of an unpacked file from an offset on."""
        parse = self.parser_of(file)
        for raw in lines_of(content, start):
            yield self._line(file, raw, parse)

    def parser_of(self, file: str) -> _Parser:
        """Return the parser for a file, by the name of its log; for other names, one that goes by the form of each line."""
        name = log_name(file)
        if name.startswith("httpaccess"):
            return self._access
        if name.startswith("httperr"):
            return self._error
        return self._syslog

    def _line(self, file: str, raw: RawLine, parse: _Parser) -> LogLine:
        text = raw.content.decode("latin-1")
        if raw.is_cut:
            time = parse(text)[1]  # its head is whole
            return LogLine(self.node, file, raw.offset, time, LogKind.CUT, {"text": text}, raw.content)
        kind, time, fields = parse(text)
        return LogLine(self.node, file, raw.offset, time, kind, fields, raw.content)

    # httpd

    def _access(self, text: str) -> _Parsed:
        if _ROTATED.search(text[:400]):
            return self._syslog(text)
        try:
            request = httpaccess_line(text)
        except Unparsable:
            request = None
        if request is None:
            return LogKind.UNKNOWN, None, {"text": text}
        moment = None if request.at is None else self.clock.at(request.at)
        fields = {
            "client": request.client or "",
            "method": request.method or "",
            "url": request.url,
            "status": "" if request.status is None else str(request.status),
            "agent": request.agent or "",
            "vip": request.vip or "",
            "size": _size_of(text),
            "text": text,
        }
        return LogKind.ACCESS, moment, fields

    def _error(self, text: str) -> _Parsed:
        match = _ERROR.fullmatch(text)
        if match is None:
            if _ROTATED.search(text[:400]):
                return self._syslog(text)
            return LogKind.ERROR, None, {"text": text}  # what a program that httpd started wrote to its standard error
        return LogKind.ERROR, self.clock.error(match["date"]), {"level": match["level"] or "", "text": match["text"]}

    # syslog

    def _syslog(self, text: str) -> _Parsed:
        prefix = _PREFIX.match(text)
        head = prefix[0] if prefix else ""
        rest = text[len(head) :]
        time = None
        if prefix and prefix["iso"]:
            time = self.clock.iso(prefix["iso"].split(" ")[0])
        elif prefix and prefix["local"]:
            time = self.clock.local(prefix["local"])
        engine = _ENGINE.fullmatch(rest)
        if engine is not None:
            own = self.clock.vendor(engine["date"], head)
            return LogKind.PACKET_ENGINE, own or time, _engine_fields(engine["event"], engine["text"])
        short = _SHORT_ENGINE.fullmatch(rest)
        if short is not None:
            return LogKind.PACKET_ENGINE, time, _engine_fields(short["event"], short["text"])
        firewall = _CEF.fullmatch(rest)
        if firewall is not None:
            event = f"APPFW {firewall['check']}"
            return LogKind.PACKET_ENGINE, time, _violation_fields(event, firewall["client"], firewall["text"])
        daemon = _DAEMON.fullmatch(rest)
        if daemon is None:
            return LogKind.UNKNOWN, time, {"text": rest}
        process = daemon["process"].rpartition("/")[2]
        fields = {"process": process, "pid": daemon["pid"] or "", "text": daemon["text"]}
        if process == "newsyslog" and daemon["text"].startswith("logfile turned over"):
            return LogKind.ROTATION, time, fields
        if process == "cron":
            job = _CRON.fullmatch(daemon["text"])
            return LogKind.CRON, time, fields | (job.groupdict() if job else {})
        if process in _SHELLS:
            command = _SHELL.fullmatch(daemon["text"])
            return LogKind.SHELL, time, fields | (command.groupdict() if command else {})
        return LogKind.DAEMON, time, fields


_Parsed = tuple[LogKind, datetime | None, dict[str, str]]
_Parser = Callable[[str], _Parsed]


def _size_of(text: str) -> str:
    """Return the number of bytes of an answer, the number behind its status; "" where there is none."""
    match = re.search(r'" (?:\d{3}|-) (\d{1,15})(?: "|\Z)', text[-4096:], re.ASCII)
    return match[1] if match else ""


def _engine_fields(event: str, text: str) -> dict[str, str]:
    fields = {"event": event, "text": text}
    if event.endswith("CMD_EXECUTED"):
        return fields | _command_fields(text)
    feature = event.split(" ", maxsplit=1)[0]
    if feature in _FIELDS_OF_SESSIONS:
        return fields | _session_fields(text)
    if feature == "APPFW":
        return _violation_fields(event, text.split(" ", maxsplit=1)[0], text)
    return fields


def _command_fields(text: str) -> dict[str, str]:
    """Return the fields of a command.

    A failed log-on has the user's name as he typed it in ``User`` and in the command (public notes on CVE-2026-88771). Where a word of the writer is there
    twice, nobody can tell which one is his: then the line has no fields but ``imitates``.
    """
    if any(text.count(word) > 1 for word in (_SOURCE, _COMMAND, _STATUS)):
        return {"imitates": "a command"}
    head, _found, status = text.strip().partition(_STATUS)
    before, found, command = head.partition(_COMMAND)
    if not found:
        return {}
    who, _found, source = before.partition(_SOURCE)
    user = who.partition(_ADM)[0].removeprefix("User ").strip()
    return {"user": user, "source": source.strip(), "command": command, "status": status.removesuffix('"')}


def _session_fields(text: str) -> dict[str, str]:
    """Return the fields of a line about a session. The first one of each name counts, except where a client could have written it before."""
    found: dict[str, str] = {}
    twice = False
    marks = list(_FIELD.finditer(text))[:64]
    for number, mark in enumerate(marks):
        end = marks[number + 1].start() if number + 1 < len(marks) else len(text)
        name, value = mark[1].lower(), text[mark.end() : end].partition(" - ")[0].strip()
        twice = twice or name in found
        found.setdefault(name, value)
    if twice:
        found["imitates"] = "a session"
    return found


def _violation_fields(event: str, client: str, text: str) -> dict[str, str]:
    """Return the fields of a violation that the application firewall saw: the client, and of a deny URL the profile, the URL, and whether it blocked.

    A URL has no blank, and the writer says at the end what he did. Forms: public parsers of these logs, and samples of 2012 to 2025, read on 28 November 2026.
    """
    fields = {"event": event, "text": text, "client_ip": client}
    if not event.endswith(_DENY_URL):
        return fields
    before, found, after = text.partition(_DENIED)
    if found:
        profile, url = before.rstrip().rpartition(" ")[2], after.partition(" ")[0]
    else:
        profile = text.rpartition(" cs1=")[2].partition(" ")[0]
        url = text.partition(" request=")[2].partition(" ")[0].replace("\\=", "=")
    done = "blocked" if text.endswith(("<blocked>", "act=blocked")) else "not blocked"
    return fields | {"profile": profile, "denied_url": url, "done": done}


def address_in(text: str) -> str:
    """Return the IP address at the beginning of a field, without its port; "" where there is none."""
    return address(text.split(" ", maxsplit=1)[0]) or ""
