# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The NITRO half of the hunt on one node: files, their content, cron and logs. Matching is done here, in linear time; nothing runs on the appliance."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from ...appliance.nitro.directory_listing import ListedFile
from ...appliance.nitro.directory_tree import path_matches
from ...appliance.nitro.file_limits import DIRECTORY
from ...appliance.nitro.rotated_logs import log_name
from ...catalogue.entry import Level
from ...foundation.counted import agreed, counted
from ...foundation.foreign_text import one_line
from ...foundation.next_action import STATUS, advice
from ..findings.finding import AFTER_A_COMPROMISE, LEVELS, Finding, LogReach
from ..findings.ourselves import Ourselves
from ..findings.whose import NOT_OURS, Answer, Doubt, SeenRequest
from ..node_reading.node_reader import NodeReader
from ..trace_rules.compiled_indicators import Clue
from ..trace_rules.file_rules import (
    SETTINGS,
    FileFacts,
    FileRule,
    deserves_reading,
    endings_run_as_php,
    is_large,
    is_package,
    is_run_as_php,
    most_urgent,
    rule_of,
)
from ..trace_rules.general_rules import HISTORIES, HTTPD_CONF, SHELL_LOGS
from ..trace_rules.judged_files import CRON_PLACES, level_of_content, usual_times
from ..trace_rules.line_levels import level_of_line
from ..trace_rules.plain_requests import dressed_requests, is_of_requests
from ..trace_rules.watched_directories import FOLLOWED, Holds, Place
from .fix_date import FixDate
from .line_times import line_time, zoned_request

NITRO = "nitro"
NITRO_KINDS = ("files", "content", "cron", "log")
"""The kinds of indicators that are looked for in files of a node over NITRO."""
SHOWN = 5
"""The most files or lines of one clue that its finding names."""
SCRIPTS = re.compile(r"(?is).*\.(php[0-9]?|phtml|xhtml|pl|py|sh|cgi|xml|ttc2|conf|js|html?)|\..*|[^.]*|.*\.netscaler")
"""The names of files that a web server or a shell may run: scripts, hidden files and files without a suffix."""
CRON_LOGS = "/var/log/cron*"
OWN_NAMES = (f"{DIRECTORY}/tourniquet_*", "/nsconfig/tourniquet_*")
"""The files with a name that we give."""
NEXT_STEPS = {
    Level.COMPROMISE: AFTER_A_COMPROMISE,
    Level.ATTEMPT: advice(
        "look for traces from that time on, with the SSH half too; an attempt on a build without the fix may have had success",
        STATUS,
    ),
    Level.REVIEW: "ask who looks after this appliance whether it is expected",
}
_REQUEST = re.compile(rb'"([A-Z]{1,20} [^"]{1,8190}) HTTP/\d')
_STATUS = re.compile(rb' HTTP/\d\.\d" (\d{3}) ')
_MOST_SOURCES = 20


@dataclass
class _Seen:
    """What one clue has found on the node.

    :ivar kind: of the clue
    """

    kind: str = ""
    places: list[str] = field(default_factory=list)
    evidence: list[str] = field(default_factory=list)
    count: int = 0
    newest: datetime | None = None

    def only_names(self, paths: AbstractSet[str]) -> bool:
        """Return True if it is the names of some of these files, and of no other one."""
        return self.kind == "files" and len(self.places) < SHOWN and paths >= set(self.places)

    def add(self, place: str, evidence: str, time: datetime | None) -> None:
        self.count += 1
        if place not in self.places and len(self.places) < SHOWN:
            self.places.append(place)
        if len(self.evidence) < SHOWN:
            self.evidence.append(evidence)
        if time is not None and (self.newest is None or time > self.newest):
            self.newest = time


@dataclass
class _AtOtherTimes:
    """The probes that name a run of ours at another time.

    :ivar lines: each once, whichever clues it matches
    :ivar off: how far each is from the time of its run
    """

    seen: _Seen = field(default_factory=_Seen)
    lines: set[bytes] = field(default_factory=set)
    off: set[timedelta] = field(default_factory=set)

    def add(self, place: str, line: bytes, off: timedelta, time: datetime | None) -> None:
        if line not in self.lines:
            self.lines.add(line)
            self.off.add(off)
            self.seen.add(place, one_line(line, 160), time)


@dataclass
class NodeHunt:
    """The hunt on one node.

    :ivar now: the time of the node's clock, in its own zone
    :ivar ahead: by how much the node's clock is ahead of the control node's
    :ivar own_files: how many files of ours were recognised
    :ivar own_requests: how many lines of our own probes were left out
    """

    appliance: str
    view: NodeReader
    clues: tuple[Clue, ...]
    ours: Ourselves
    fixed: FixDate
    now: datetime
    ahead: timedelta = timedelta(0)
    own_files: int = 0
    own_requests: int = 0
    lines: int = 0
    oldest: dict[str, datetime | None] = field(default_factory=dict)
    _log_directories: set[str] = field(default_factory=set)
    _seen: dict[str, _Seen] = field(default_factory=dict)
    _dressed: dict[str, list[tuple[bytes, bytes]]] = field(default_factory=dict)
    """By the path of an access log, the lines whose request has another form, with their plain ones."""
    _levels: dict[str, Level] = field(default_factory=dict)
    """By the path of a file, the most urgent level that it has so far."""
    _unknown: dict[str, _AtOtherTimes] = field(default_factory=dict)
    _packages: list[str] = field(default_factory=list)
    _lost: Counter[tuple[str, str]] = field(default_factory=Counter)
    _at_other_times: _AtOtherTimes = field(default_factory=_AtOtherTimes)

    def findings(self) -> list[Finding]:
        """Return what the clues find.

        :raises CannotConnect: where the node does not answer any more
        """
        by_kind: dict[str, Callable[[Clue], Iterator[Finding]]] = {
            "files": self._files,
            "content": self._content,
            "cron": self._cron,
        }
        found: list[Finding] = []
        for clue in self.clues:
            if NITRO in clue.indicator.seen_by and clue.kind in by_kind:
                found += by_kind[clue.kind](clue)
        found += self._by_property()
        found = self._without_weaker(found)
        found += self._logs([clue for clue in self.clues if clue.kind == "log" and NITRO in clue.indicator.seen_by])
        self._note_rotations()
        found += self._names_of_ours()
        found += self._probes_at_other_times()
        found += self._probes_of_unknown_origin()
        return found

    def _without_weaker(self, found: Sequence[Finding]) -> list[Finding]:
        """Return the findings without those for review that are only about files of the level compromise: two levels for one file confuse."""
        urgent = {path for one in found if one.level is Level.COMPROMISE for path in self._seen[one.id].places}
        return [one for one in found if one.level is not Level.REVIEW or not self._seen[one.id].only_names(urgent)]

    def reach(self) -> tuple[LogReach, ...]:
        """Return how far back each log reaches."""
        return tuple(LogReach(self.view.node, log, oldest) for log, oldest in sorted(self.oldest.items()))

    # -- files ----------------------------------------------------------------------------------------------------------

    def _files(self, clue: Clue) -> Iterator[Finding]:
        seen = _Seen(clue.kind)
        for pattern in clue.indicator.values:
            for file in self._named(pattern):
                if not clue.excepts(file.path):
                    self._add_file(seen, file, clue.level)
        if seen.count:
            yield self._finding(clue, seen, "a file that such an indicator names", clue.level)

    def _named(self, pattern: str) -> Iterator[ListedFile]:
        """Yield the files that a pattern names, and the directory where it is the name of one."""
        for file in self.view.tree.entries(pattern):
            if not file.is_directory or "*" not in pattern.rpartition("/")[2]:
                yield file

    def _add_file(self, seen: _Seen, file: ListedFile, level: Level) -> None:
        size = (
            "a directory" if file.is_directory else f"{file.size} {agreed(file.size, 'byte', 'bytes')}, {file.modified}"
        )
        seen.add(file.path, f"{file.path} ({size})", file.modified)
        self._note_level(file.path, level)

    def _note_level(self, path: str, level: Level) -> None:
        self._levels[path] = most_urgent([level, self._levels.get(path)]) or level

    def _by_property(self) -> Iterator[Finding]:
        """Yield a finding for each rule by property that says more of a file than the indicators have."""
        seen: dict[str, tuple[FileRule, _Seen]] = {}
        looked: set[str] = set()
        for place in sorted(FOLLOWED, key=lambda one: len(one.directory), reverse=True):
            files = [file for file in self._in_place(place) if file.path not in looked]
            looked.update(file.path for file in files)
            usual, as_php = usual_times(files), self._endings_of_directories(place, files)
            for file in files:
                if place.is_of_pages and not file.is_directory and self._is_run_as_php(file, as_php):
                    self.view.content(file)
                rule = self._rule_of(place, file, is_usual=file.modified in usual)
                if rule is not None:
                    _rule, found = seen.setdefault(rule.what, (rule, _Seen("files")))
                    self._add_file(found, file, rule.level)
        if self._packages:
            what = f"the content of {counted(len(self._packages), 'package')} of clients, such as {one_line(self._packages[0])}"
            self.view.gap(what, "of a package of more than 1 MiB, name, size and time are looked at", is_gap=False)
        for rule, found in seen.values():
            yield self._of_rule(rule, found)

    def _is_run_as_php(self, file: ListedFile, of_directories: Mapping[str, frozenset[str]]) -> bool:
        """Return True where settings of the web server run a file as PHP whose name is another one: then its age says nothing."""
        above = (endings for place, endings in of_directories.items() if f"{file.directory}/".startswith(f"{place}/"))
        return file.name not in SETTINGS and any(
            is_run_as_php(file.name, endings) for endings in (self._as_php, *above)
        )

    def _endings_of_directories(self, place: Place, files: Iterable[ListedFile]) -> dict[str, frozenset[str]]:
        """Return by directory the endings that its own settings run as PHP."""
        if not place.is_of_pages:
            return {}
        settings = [file for file in files if file.name in SETTINGS and not file.is_directory]
        return {one.directory: endings_run_as_php(self.view.content(one) or b"", of_directory=True) for one in settings}

    @cached_property
    def _as_php(self) -> frozenset[str]:
        """Return the endings that the settings of the web server run as PHP."""
        contents = (self.view.content(file) or b"" for path in HTTPD_CONF for file in self.view.files(path))
        return frozenset[str]().union(*map(endings_run_as_php, contents))

    def _in_place(self, place: Place) -> Iterator[ListedFile]:
        for directory in self.view.tree.below(place.directory) if place.levels else [place.directory]:
            yield from (file for file in self.view.listing(directory) if file.name not in ("", ".", ".."))

    def _rule_of(self, place: Place, file: ListedFile, *, is_usual: bool) -> FileRule | None:
        """Return the rule that says what a file is; None where none does, where an indicator has said as much, or it is ours."""
        known = self._levels.get(file.path)
        if known is Level.COMPROMISE or (file.is_directory and self._has_urgent(file.path)):
            return None
        if any(path_matches(file.path, pattern) for pattern in OWN_NAMES):
            return None
        content = self.view.known(file)
        if place.holds is not Holds.START_UP and deserves_reading(file, place, is_usual=is_usual):
            content = self.view.content(file) or b""
        elif place.holds is not Holds.START_UP and is_large(file) and is_package(file):
            self._packages.append(file.path)
        rule = rule_of(FileFacts(file, content, self.fixed.since, is_usual))
        return rule if rule is not None and (known is None or rule.level is Level.COMPROMISE) else None

    def _has_urgent(self, directory: str) -> bool:
        """Return True where a file below a directory is a compromise already."""
        below = (level for path, level in self._levels.items() if path.startswith(f"{directory}/"))
        return any(level is Level.COMPROMISE for level in below)

    def _of_rule(self, rule: FileRule, seen: _Seen) -> Finding:
        more = f" and {seen.count - len(seen.evidence)} more" if seen.count > len(seen.evidence) else ""
        finding = Finding(
            appliance=self.appliance,
            node=self.view.node,
            level=rule.level,
            what=rule.what,
            where=", ".join(seen.places),
            why=f"{rule.why} ({rule.source})",
            evidence="; ".join(seen.evidence) + more,
            time=seen.newest,
            before_or_after_fix=self.fixed.of((), seen.newest),
            seen_by=NITRO,
            cannot_mean=cannot_mean("files", rule.level),
            next_step=NEXT_STEPS[rule.level],
        )
        self._seen[finding.id] = seen
        return finding

    def _content(self, clue: Clue) -> Iterator[Finding]:
        seen, of_firmware = _Seen(), _Seen("files")
        for place in clue.indicator.places:
            files = list(self.view.below(place))
            usual = usual_times(files)
            is_named = len(files) == 1 and files[0].path == place
            for file in files:
                if clue.excepts(file.path) or not (is_named or _is_worth_reading(file, usual)):
                    continue
                data = self.view.content(file)
                line, pattern = _first_match(clue, data or b"")
                if pattern:
                    level = level_of_content(clue, file, place, is_usual=file.modified in usual)
                    into = seen if level is clue.level else of_firmware
                    into.add(file.path, f"{pattern}: {one_line(line, 80)}", file.modified)
                    self._note_level(file.path, level)
        if seen.count:
            yield self._finding(clue, seen, "text that such an indicator names", clue.level)
        if of_firmware.count:
            what = "text that such an indicator names, in files of the same age as most around them"
            yield self._finding(clue, of_firmware, what, Level.REVIEW)

    def _names_of_ours(self) -> Iterator[Finding]:
        """Yield a finding for files with a name like ours that no run of ours explains; those that are ours are counted."""
        seen = _Seen()
        for file in (file for place in OWN_NAMES for file in self.view.files(place)):
            if self.ours.file(f"{file.directory.rstrip('/')}/{file.name}", self.view.content(file)).is_ours:
                self.own_files += 1
            else:
                seen.add(
                    file.path,
                    f"{file.path} ({file.size} {agreed(file.size, 'byte', 'bytes')}, {file.modified})",
                    file.modified,
                )
        if seen.count:
            yield Finding(
                appliance=self.appliance,
                node=self.view.node,
                level=Level.REVIEW,
                what=f"{_files_text(seen.count)} with a name that Tourniquet gives, which no run of this control node explains",
                where=", ".join(seen.places),
                why=f"an attacker can give his files such a name. {self.ours.maybe}",
                evidence="; ".join(seen.evidence),
                time=seen.newest,
                cannot_mean="that anybody got in",
                next_step="run it on the control node that wrote them, or trust its key (allowed_signers)",
            )

    # -- cron -----------------------------------------------------------------------------------------------------------

    def _cron(self, clue: Clue) -> Iterator[Finding]:
        seen = _Seen()
        for pattern in (*CRON_PLACES, CRON_LOGS):
            for file in self.view.files(pattern):
                for line in self._matching_lines(clue, self.view.content(file)):
                    if self.ours.crontab_line(file.path, line).is_ours:
                        continue
                    time = line_time(line, self.now) or (None if pattern == CRON_LOGS else file.modified)
                    seen.add(file.path, f"{clue.match(line)}: {one_line(line, 120)}", time)
                    self._note_level(file.path, clue.level)
        if seen.count:
            yield self._finding(clue, seen, "a cron job that such an indicator names", clue.level)

    # -- logs -----------------------------------------------------------------------------------------------------------

    def _logs(self, clues: Sequence[Clue]) -> Iterator[Finding]:
        patterns = dict.fromkeys(pattern for clue in clues for pattern in clue.indicator.places)
        if clues and not any(True for pattern in patterns for _file in self.view.files(pattern)):
            self.view.gap("the logs", "the node shows none of the log files that each NetScaler has")
        self._count_without_client(file for pattern in patterns for file in self.view.files(pattern))
        for clue in clues:
            by_level = {level: _Seen() for level in LEVELS}
            for file in self._histories(clue):
                for line in self._matching_lines(clue, self.view.content(file)):
                    by_level[Level.REVIEW].add(file.path, f"{clue.match(line)}: {one_line(line, 160)}", file.modified)
            for pattern in clue.indicator.places:
                for file in self.view.files(pattern):
                    data = self.view.content(file)
                    if data is None:
                        continue
                    self._log_directories.add(file.directory)
                    self._note_reach(file, data)
                    for line in self._matching_requests(clue, file, data):
                        answer = self._whose(line)
                        if self._is_explained(file, line, answer) or self.ours.report(line).is_ours:
                            continue
                        level = Level.REVIEW if answer.doubt is Doubt.LOST_CLIENT else level_of_line(clue.level, line)
                        text = f"{clue.is_in(line)}: {one_line(line, 160)}"
                        by_level[level].add(file.path, text, line_time(line, self.now))
            for level, seen in by_level.items():
                if seen.count:
                    yield self._finding(clue, seen, f"{_lines_text(seen.count)} that such an indicator names", level)

    def _histories(self, clue: Clue) -> Iterator[ListedFile]:
        """Yield the histories of shells where a clue is for their commands: what is in them was typed at a terminal."""
        if set(SHELL_LOGS) & set(clue.indicator.places):
            for pattern in HISTORIES:
                yield from self.view.files(pattern)

    def _note_rotations(self) -> None:
        """Note each log that was rotated after the files were listed: its lines are in a file that was not read, or that had another name."""
        for directory in sorted(self._log_directories):
            changed = self.view.changed_since_listed(directory)
            stems = {log_name(name) for name in changed if log_name(name) != name}
            for stem in sorted(stems & self.oldest.keys()):
                where = one_line(f"{directory}/{stem}")
                self.view.gap(where, "it was rotated while it was read, so lines of it were not seen: run it again")

    def _matching_lines(self, clue: Clue, data: bytes | None) -> Iterator[bytes]:
        if data and clue.may_be_in(data):
            for line in data.split(b"\n"):
                self.lines += 1
                if clue.match(line):
                    yield line

    def _matching_requests(self, clue: Clue, file: ListedFile, data: bytes) -> Iterator[bytes]:
        """Yield the lines of a log that match, and those whose request has another form, and matches with its plain path."""
        yield from self._matching_lines(clue, data)
        if is_of_requests(clue.indicator.places):
            if file.path not in self._dressed:
                self._dressed[file.path] = dressed_requests(data)
            yield from (line for line, plain in self._dressed[file.path] if not clue.match(line) and clue.match(plain))

    def _whose(self, line: bytes) -> Answer:
        """Tell whose the request of a line is; a line without a User-Agent of ours is nobody's of us."""
        agent, source, time = zoned_request(line)
        if not agent:
            return NOT_OURS
        method, url = _asked(line)
        return self.ours.request(
            SeenRequest(agent, method, url, source, self._by_our_clock(time) if time else None, _status(line))
        )

    def _is_explained(self, file: ListedFile, line: bytes, answer: Answer) -> bool:
        """Return True if a line is a probe of ours, or one that cannot be told and has a finding of its own: it is no attack of somebody else."""
        if answer.is_ours or self._is_own_without_client(file, answer):
            self.own_requests += 1
            return True
        time = line_time(line, self.now)
        if answer.off is not None:
            self._at_other_times.add(file.path, line, answer.off, time)
            return True
        if answer.doubt is not Doubt.UNKNOWN_ORIGIN:
            return False
        source = zoned_request(line)[1]
        seen = self._unknown.setdefault(
            source if len(self._unknown) < _MOST_SOURCES else "other addresses", _AtOtherTimes()
        )
        seen.add(file.path, line, timedelta(0), time)
        return True

    def _by_our_clock(self, time: datetime) -> datetime | None:
        try:
            return time - self.ahead
        except OverflowError:  # a line may say the year 1
            return None

    def _count_without_client(self, files: Iterable[ListedFile]) -> None:
        """Count by run and log the lines that are ours but for their client: as many as were sent are ours."""
        for file in {file.path: file for file in files}.values():
            for line in (self.view.content(file) or b"").split(b"\n"):
                found = self._whose(line).lost if b"tourniquet-probe/" in line else None
                if found is not None:
                    self._lost[found[0], log_name(file.name)] += 1

    def _probes_of_unknown_origin(self) -> Iterator[Finding]:
        """Yield a finding for each address from which such probes came."""
        for source, found in self._unknown.items():
            yield Finding(
                appliance=self.appliance,
                node=self.view.node,
                level=Level.REVIEW,
                what=f"{_lines_text(len(found.lines))} in the form of our probes, of unknown origin, from {source or 'a client that the log does not name'}",
                where=", ".join(found.seen.places),
                why=self.ours.maybe,
                evidence="; ".join(found.seen.evidence),
                time=found.seen.newest,
                cannot_mean="that somebody attacked: the requests are those of the catalogue, which read only",
                next_step="ask who runs verify.yml there; bring the notes of that control node, and name its address in sources",
            )

    def _is_own_without_client(self, file: ListedFile, answer: Answer) -> bool:
        """Return True if a line is one of as many as we have sent, and the log has lost its client."""
        found = answer.lost
        return found is not None and self._lost[found[0], log_name(file.name)] <= found[1]

    def _probes_at_other_times(self) -> Iterator[Finding]:
        """Yield a finding for probes that name a run of ours at another time than that of the run."""
        found = self._at_other_times
        if not found.lines:
            return
        furthest = max(found.off, key=abs)
        yield Finding(
            appliance=self.appliance,
            node=self.view.node,
            level=Level.REVIEW,
            what=f"{_lines_text(len(found.lines))} of probes that name a run of this control node, {in_words(furthest)} its time",
            where=", ".join(found.seen.places),
            why=f"run and address are ours: the clock of the node was off then (now it is {in_words(self.ahead)} ours), or somebody sends the same text",
            evidence="; ".join(found.seen.evidence),
            time=found.seen.newest,
            cannot_mean="that somebody attacked: our own probes have the form of an attack",
            next_step="see whether the clock of the node was set between that run and now (NTP)",
        )

    def _note_reach(self, file: ListedFile, data: bytes) -> None:
        name = log_name(file.name)
        first = next((time for line in data.split(b"\n", 3)[:3] if (time := line_time(line, self.now))), None)
        known = self.oldest.get(name)
        self.oldest[name] = first if known is None or (first is not None and first < known) else known

    # -- findings -------------------------------------------------------------------------------------------------------

    def _finding(self, clue: Clue, seen: _Seen, what: str, level: Level) -> Finding:
        more = f" and {seen.count - len(seen.evidence)} more" if seen.count > len(seen.evidence) else ""
        finding = Finding(
            appliance=self.appliance,
            node=self.view.node,
            level=level,
            what=what,
            where=", ".join(seen.places),
            why=clue.why,
            evidence="; ".join(seen.evidence) + more,
            time=seen.newest,
            before_or_after_fix=self.fixed.of(clue.entries, seen.newest),
            seen_by=NITRO,
            cannot_mean=cannot_mean(clue.kind, level),
            next_step=NEXT_STEPS[level],
            entries=tuple(entry.id for entry in clue.entries),
        )
        self._seen[finding.id] = seen
        return finding


def cannot_mean(kind: str, level: Level) -> str:
    """Return what must not be concluded from a finding."""
    if level is Level.REVIEW:
        return "it is no proof of an intrusion: administrators, scanners and upgrades leave the same"
    if level is Level.ATTEMPT:
        return "it does not show that the attempt had success, nor that there were no others: logs turn over"
    if kind in ("files", "content"):
        return "it does not show who placed it, when it was used, or on which node first: HA file synchronisation copies files"
    return "it does not show what else was done: logs turn over, and traces can be removed"


def _asked(line: bytes) -> tuple[str, str]:
    """Return the method and the URL of a line of httpd; "" and the line where it shows none."""
    asked = _REQUEST.search(line)
    method, _blank, url = asked[1].decode("latin-1").partition(" ") if asked else ("", "", line.decode("latin-1"))
    return method, url


def _status(line: bytes) -> int:
    """Return the status of a line of httpd; 0 where it shows none."""
    found = _STATUS.search(line)
    return int(found[1]) if found else 0


def _first_match(clue: Clue, data: bytes) -> tuple[bytes, str]:
    if data and clue.may_be_in(data):
        for line in data.split(b"\n"):
            pattern = clue.match(line)
            if pattern:
                return line, pattern
    return b"", ""


def _is_worth_reading(file: ListedFile, usual: frozenset[datetime]) -> bool:
    """Return True if a file is a script, hidden, without a suffix, or of another age than most around it; where it is large, a script of another age."""
    is_script, is_of_firmware = SCRIPTS.fullmatch(file.name) is not None, file.modified in usual
    if is_large(file):
        return is_script and not is_of_firmware
    return is_script or not is_of_firmware


def in_words(difference: timedelta) -> str:
    """Return a difference of two times, such as "2:30:00 ahead of"."""
    return f"{abs(difference - timedelta(microseconds=difference.microseconds))} {'behind' if difference < timedelta(0) else 'ahead of'}"


def _lines_text(count: int) -> str:
    return f"{count} line{'' if count == 1 else 's'}"


def _files_text(count: int) -> str:
    return f"{count} file{'' if count == 1 else 's'}"
