# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read what is new in the logs of an appliance, and say what it means. It writes nothing; the caller keeps the bookmarks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from ...appliance.nitro.rotated_logs import log_name, rotated
from ...catalogue.entry import Level
from ...foundation.counted import counted
from ...foundation.json_values import Part, beside, written
from ..findings.finding import Examination, Finding, LogReach, NotSeen
from ..findings.lost_clients import LostClients
from . import rules
from .bookmarks import Bookmarks
from .catalogue_indicators import CatalogueIndicators, Pattern, patterns_of
from .client_readings import Names, Requests, Sessions, is_injected, is_waiting
from .grouped_traces import Traces
from .known_of_appliance import KnownOfAppliance
from .log_line import LogKind, LogLine
from .log_pieces import LOGS, LogPieces, new_pieces
from .log_sources import NodeLogs
from .parsers import LineReader
from .system_readings import Commands, Continuity, Processes

ALWAYS_READ = ("ns.log", "messages")
"""Logs that are read whole each time for armed text, which stays armed until it is gone."""
_SYSLOG_FILES = 40  # other files of a folder that are read
_READINGS = 3  # of a log whose files are renamed meanwhile; newsyslog does it once in an hour or a minute


@written(
    *(beside("examination"), "armed", "rotations", "notes", "own", "files", Part("size", "bytes")),
)
@dataclass
class LogReading:
    """What was read of one appliance.

    :ivar armed: findings of armed text, which people see first
    :ivar lines: how many lines were new
    :ivar files: how many files were sent, and their size in bytes
    :ivar own: how many lines are explained by our own runs
    :ivar rotations: by node and log, how often it was rotated since the last run
    :ivar notes: what a person should know, as sentences
    """

    examination: Examination
    armed: tuple[Finding, ...] = ()
    lines: int = 0
    files: int = 0
    size: int = 0
    own: int = 0
    rotations: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read_logs(known: KnownOfAppliance, nodes: Iterable[NodeLogs], bookmarks: Bookmarks) -> LogReading:
    """Read the new lines of all nodes. The bookmarks are moved."""
    reading = LogReading(Examination(known.appliance))
    findings: list[Finding] = []
    not_seen: list[NotSeen] = []
    reach: list[LogReach] = []
    count = 0
    patterns = patterns_of(known.entries)
    for logs in nodes:
        node = _NodeReading(known, logs, bookmarks, reading, patterns)
        if logs.problem:
            not_seen.append(NotSeen("logs", logs.problem, logs.node))
            continue
        if logs.not_listed:
            not_seen.append(NotSeen("logs", logs.not_listed, logs.node))
        node.read()
        findings += node.traces.findings(known.appliance, logs.fixed)
        not_seen += node.not_seen
        reach += node.reach
        count += node.logs_read
    looked = (("logs", count), ("new lines", reading.lines))
    armed = [finding for finding in findings if finding.what.startswith(rules.ARMED.what)]
    ordered = (*armed, *(finding for finding in findings if finding not in armed))
    reading.armed = tuple(armed)
    reading.examination = Examination(known.appliance, ordered, tuple(not_seen), tuple(reach), looked)
    return reading


@dataclass
class _Lines:
    """What is kept of the lines of one log."""

    count: int = 0
    cut: int = 0
    first: bytes = b""
    oldest: datetime | None = None
    newest: datetime | None = None

    def take(self, line: LogLine) -> None:
        self.first = self.first if self.count else line.raw
        self.count += 1
        self.cut += line.kind is LogKind.CUT
        if line.time is not None:
            self.oldest = line.time if self.oldest is None else min(self.oldest, line.time)
            self.newest = line.time if self.newest is None else max(self.newest, line.time)


class _NodeReading:
    """The reading of one node."""

    def __init__(
        self,
        known: KnownOfAppliance,
        logs: NodeLogs,
        bookmarks: Bookmarks,
        reading: LogReading,
        patterns: tuple[Pattern, ...],
    ) -> None:
        self._known, self._logs, self._bookmarks, self._reading = known, logs, bookmarks, reading
        self._patterns = patterns
        self._reader = LineReader(logs.node, logs.clock)
        self.traces = Traces()
        self.not_seen: list[NotSeen] = []
        self.reach: list[LogReach] = []
        self.logs_read = 0
        self._first: dict[str, dict[str, str]] = {}
        self._lost = LostClients(bookmarks.probes)

    def read(self) -> None:
        commands, requests = Commands(self._known, self.traces), Requests(self._known, self.traces, self._lost)
        processes, continuity = Processes(self.traces), Continuity(self.traces)
        sessions = Sessions(
            self.traces, self._bookmarks, is_first=self._bookmarks.of(self._logs.node, "ns.log") is None
        )
        indicators = CatalogueIndicators(self._patterns, self.traces, self._known.own)
        names, readings = Names(self._known, self.traces), (commands, sessions, requests, processes)
        has_engine_log = self._logs.is_folder
        for log in self._log_names():
            found, lines = self._pieces(log), _Lines()
            for line in self._lines(found):
                lines.take(line)
                continuity.take(line)
                named = names.take(line)
                if named is not Level.COMPROMISE and not any(reading.take(line) for reading in readings):
                    indicators.take(line, above=named)
            self._keep(log, found, lines)
            if log in ALWAYS_READ:
                self._still_armed(log, found)
            if log == "ns.log" and rotated(log, self._logs.listed):
                has_engine_log = True
                if found.new_bytes and not continuity.engine_lines:
                    self._silent("")
        self._check_first_readings()
        processes.end()
        for text, work in indicators.work.items():
            if work.given_up:
                self._gap(f"{counted(work.given_up, 'line')} for {text}", "the search for it took too long")
        if not has_engine_log:
            self._silent("there is no ns.log")
        if "NONE" in str(self._logs.parameters.get("loglevel", "")):
            self._silent("loglevel of auditsyslogparams: NONE")
        self._tell(sessions)
        self._reading.own += commands.own + requests.own
        if self._logs.clock.problem:
            self._reading.notes.append(f"{self._logs.node}: {self._logs.clock.problem}")

    def _log_names(self) -> list[str]:
        """Return the logs that are there, or were. A syslog server may have other names: each other file of a folder is a log then."""
        names = list(self._logs.listed)
        found = [log for log in LOGS if rotated(log, names) or self._bookmarks.of(self._logs.node, log)]
        if self._logs.is_folder:
            used = {name for log in found for name in rotated(log, names)}
            stems = dict.fromkeys(log_name(name) for name in names if name not in used)
            found += [stem for stem in list(stems)[:_SYSLOG_FILES] if stem not in found]
            if len(stems) > _SYSLOG_FILES:
                self._gap(
                    counted(len(stems) - _SYSLOG_FILES, "more file"), f"at most {_SYSLOG_FILES} of a folder are read"
                )
        return found

    def _pieces(self, log: str) -> LogPieces:
        """Return what of a log is new. Where a rotation since its files were listed would explain what is found, they are listed once more."""
        self.logs_read += bool(rotated(log, self._logs.listed))
        if self._bookmarks.of(self._logs.node, log) is None:
            self._lost.forget(f"{self._logs.node} {log}")
        for _reading in range(_READINGS):
            found = self._read(log)
            if not found.is_in_doubt or self._is_as_listed(log):
                break
        else:
            found = LogPieces(
                problems=["its files were renamed while they were read: the next run reads its new lines"]
            )
        for problem in found.problems:
            self._gap(log, problem)
        if found.rotations:
            self._reading.rotations[f"{self._logs.node} {log}"] = found.rotations
        return found

    def _read(self, log: str) -> LogPieces:
        files = rotated(log, self._logs.listed)
        listed = self._logs.listed.get(files[0], "") if files and log not in ALWAYS_READ else ""
        found = new_pieces(files, self._logs.read, self._bookmarks.of(self._logs.node, log), listed)
        self._reading.files += found.files
        self._reading.size += found.size
        return found

    def _is_as_listed(self, log: str) -> bool:
        """List the files again, and return True if the rotated ones of a log are the same."""
        before, now = _rotated_files(log, self._logs.listed), self._logs.list_again()
        if now is None:
            return False
        self._logs = replace(self._logs, listed=now)
        return _rotated_files(log, now) == before

    def _check_first_readings(self) -> None:
        """Let the next run read whole what was rotated while a first run read it: nothing else would tell that its oldest file was not seen."""
        now = self._logs.list_again() if self._first else None
        for log, before in self._first.items():
            if now is None or _rotated_files(log, now) != before:
                self._bookmarks.remove(self._logs.node, log)
                self._gap(log, "it was rotated while a first run read it: the next run reads it whole")

    def _lines(self, found: LogPieces) -> Iterator[LogLine]:
        for piece in found.pieces:
            yield from self._reader.lines(piece.file, piece.content, piece.start)

    def _keep(self, log: str, found: LogPieces, lines: _Lines) -> None:
        """Tell gaps, how far back the log reaches, and move the bookmark."""
        self._reading.lines += lines.count
        if lines.cut:
            self._gap(log, f"{counted(lines.cut, 'line is', 'lines are')} longer than is read")
        last = self._bookmarks.of(self._logs.node, log)
        if last is None or found.lost or found.emptied:
            self.reach.append(LogReach(self._logs.node, log, lines.oldest))
        if found.lost:
            since = f"after {last.time}" if last is not None and last.time else "since the last run"
            self._gap(
                log,
                f"rotated too often: lines {since} are lost that no run has read. Run it more often, or keep more files",
            )
        if found.emptied:
            self.traces.add(rules.EMPTIED, LogLine(self._logs.node, log, 0, None, LogKind.UNKNOWN, {}, lines.first))
        if found.bookmark is not None:
            if last is None:
                self._first[log] = _rotated_files(log, self._logs.listed)
            newest = lines.newest.isoformat() if lines.newest else (last.time if last is not None else "")
            self._bookmarks.put(self._logs.node, log, replace(found.bookmark, time=newest))

    def _still_armed(self, log: str, found: LogPieces) -> None:
        """Look for armed text also in the lines that an earlier run has read: it stays armed until it is gone."""
        if self._known.is_armable is False:
            return
        starts, newest = {piece.file: piece.start for piece in found.pieces}, b""
        for name in rotated(log, self._logs.listed)[:2]:
            file = self._logs.read(name)
            if file.sent is None:
                continue  # told when its new lines were read
            content = file.content
            if newest and content.startswith(newest):
                continue  # the same log, renamed after its new lines were read
            newest = content
            for line in self._reader.lines(name, content[: starts.get(name, len(content))]):
                if is_waiting(line) and is_injected(line):
                    self.traces.add(rules.ARMED, line, line.fields.get("client_ip", ""))

    def _silent(self, seen: str) -> None:
        """Reading 10."""
        self.traces.add(
            rules.NOTHING_LOGGED, LogLine(self._logs.node, "ns.log", 0, None, LogKind.UNKNOWN, {}, seen.encode())
        )

    def _tell(self, sessions: Sessions) -> None:
        if sessions.undecided:
            self.not_seen.append(
                NotSeen(
                    f"log-ons of {counted(sessions.undecided, 'line')} about sessions",
                    "they may be older than the log",
                    self._logs.node,
                    is_gap=False,
                )
            )
        for rule, count in self.traces.left_out.items():
            self._reading.notes.append(f"{self._logs.node}: {counted(count, 'more line')} of: {rule.what}")

    def _gap(self, what: str, why: str) -> None:
        self.not_seen.append(NotSeen(what, why, self._logs.node))


def _rotated_files(log: str, listed: Mapping[str, str]) -> dict[str, str]:
    """Return the rotated files of a log with their size and modification time: each rotation changes them."""
    return {name: listed[name] for name in rotated(log, listed) if name != log}
