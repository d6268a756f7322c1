# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What has changed on one node since a person accepted its state, and what of it is an alarm. Pure.

A change alone is for review: administrators, upgrades and HA file synchronisation make some. An alarm is what a clean appliance never has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from ...catalogue.entry import Level
from ...foundation.counted import agreed, counted
from ...foundation.foreign_text import one_line
from ...foundation.next_action import ACCEPT, AGAIN, Command, advice
from ..findings.finding import AFTER_A_COMPROMISE, Finding
from ..findings.ourselves import NOBODY, Ourselves
from ..trace_rules.integrity_messages import IntegrityMessage
from ..trace_rules.watched_directories import FOLLOWED, Holds, Place, place_of
from .watched_state import NodeState, SeenFile, WatchedState, line_digests

SHOWN = 5
"""The most files of one finding that it names."""
START_UP_FILES = ("/nsconfig/rc.netscaler", "/var/cron/tabs/root")
"""The files of a node in which runs of ours have a line."""
BURST = 20
"""So many files of one minute are a theme that was written anew, an upgrade or HA file synchronisation (README of netscaler-ctx697096-checker)."""
ACCEPT_IT = replace(AGAIN, asks=ACCEPT)
REVIEW_STEP = advice(
    "ask who looks after this appliance whether it is expected; then accept the state (-e accept=NAME)",
    ACCEPT_IT,
)
REVIEW_MEANING = "it is no proof of an intrusion: administrators, upgrades and HA file synchronisation change files too"
ALARM_MEANING = "it does not show who placed it, or on which node first: HA file synchronisation copies files"
_WHY = {
    Holds.PAGES: "web servers deliver this directory, and code in it is a web shell (scanners of CVE-2023-3519 and CTX697096)",
    Holds.USER_DATA: "a bookmark with code is what CVE-2019-19781 leaves",
    Holds.FIRMWARE: "this directory changes with the build only",
    Holds.START_UP: "it is used at boot or by cron, so what is in it survives",
    Holds.OTHER: "it is new, changed or gone",
    Holds.TEMPORARY: "payloads of earlier waves were in this directory",
}


@dataclass(frozen=True)
class FileChange:
    """A file that is new, changed or gone."""

    path: str
    place: Place
    what: str
    level: Level
    file: SeenFile


@dataclass
class Comparison:
    """The comparison of one node.

    :ivar before: the accepted state of the node; None where nobody has accepted one: then only alarms are found
    :ivar others: the accepted and the present states of the other nodes of the appliance
    :ivar added_lines: returns the new lines of a start-up file
    :ivar ours: what on the appliance is of a control node of ours
    """

    appliance: str
    node: str
    before: NodeState | None
    after: NodeState
    others: Sequence[NodeState] = ()
    added_lines: Callable[[str, tuple[str, ...]], Sequence[bytes]] = lambda _path, _before: ()
    expected: int = field(default=0)
    ours: Ourselves = NOBODY

    @property
    def is_other_build(self) -> bool:
        """Return True if the node runs another build than that of the accepted state."""
        return self.before is not None and self.before.build != self.after.build

    def findings(self) -> list[Finding]:
        """Return one finding for each kind of change in each directory."""
        groups: dict[tuple[str, str, Level], list[FileChange]] = {}
        for change in self.changes():
            groups.setdefault((change.path.rpartition("/")[0], change.what, change.level), []).append(change)
        found = [self._finding(changes) for changes in groups.values()]
        if self.is_other_build and self.before is not None:
            found.insert(0, self._of_build(self.before.build))
        return found

    def changes(self) -> Iterator[FileChange]:
        """Yield what is new, changed or gone. What an accepted state of another node has is expected, and counted."""
        before = self.before.files if self.before else {}
        for path, file in self.after.files.items():
            place, known = place_of(path, FOLLOWED), before.get(path)
            if known is not None and known.is_same(file):
                continue
            if file.sha256 and any(_has(other, path, file) for other in self.others):
                self.expected += 1
                continue
            if self._is_ours(path, known, file):
                self.expected += 1
                continue
            level = self._level(place, path, file)
            if level is not None:
                yield FileChange(path, place, _what(known, file), level, file)
        for path, file in before.items():
            place = place_of(path, FOLLOWED)
            if path not in self.after.files and place.holds not in (Holds.TEMPORARY, Holds.USER_DATA, Holds.OTHER):
                yield FileChange(path, place, "is gone", Level.REVIEW, file)

    def _is_ours(self, path: str, known: SeenFile | None, file: SeenFile) -> bool:
        """Return True for a file of ours, and for a crontab or start-up file that differs from the accepted one by lines of ours alone."""
        own = {digest for line in self.ours.lines_of(path) for digest in line_digests(line)}
        if not own:
            return self.ours.file(path, sha256=file.sha256).is_ours
        before = known.lines if known is not None else ()
        added = {*file.lines} - {*before}
        return bool(added) and added <= own and {*before} <= {*file.lines}

    def _level(self, place: Place, path: str, file: SeenFile) -> Level | None:
        """Return the level of a new or changed file: that of the rules, or review for a change where none is expected; None where it is."""
        if file.level is Level.COMPROMISE or (file.is_code and place.holds in (Holds.PAGES, Holds.USER_DATA)):
            return Level.COMPROMISE
        if self.before is None or place.holds is Holds.USER_DATA:
            return None
        if place.holds is Holds.FIRMWARE and file.is_code and not self.is_other_build:
            return Level.COMPROMISE
        if place.holds in (Holds.TEMPORARY, Holds.OTHER):
            return file.level or (Level.REVIEW if file.is_code else None)
        return Level.REVIEW

    def _cannot_mean(self, changes: Sequence[FileChange], *, is_alarm: bool) -> str:
        """Return what must not be concluded, with who else of ours may have left such a file."""
        meaning = ALARM_MEANING if is_alarm else REVIEW_MEANING
        doubts = (self.ours.file(one.path, sha256=one.file.sha256).why for one in changes)
        if any(one.path in START_UP_FILES for one in changes):
            return f"{meaning}. Runs of another control node, whose records are not here, change it too"
        return next((f"{meaning}. {why}" for why in doubts if why), meaning)

    def _finding(self, changes: Sequence[FileChange]) -> Finding:
        first, times = changes[0], [_time(change.file.modified) for change in changes]
        known = [time for time in times if time is not None]
        count = f"{len(changes)} files: each" if len(changes) > 1 else "the file"
        is_alarm = first.level is Level.COMPROMISE
        return Finding(
            appliance=self.appliance,
            node=self.node,
            level=first.level,
            what=f"{count} {first.what}{_of_burst(known) if not is_alarm else ''}",
            where=", ".join(one_line(change.path) for change in changes[:SHOWN]),
            why=_why(changes),
            evidence=self._evidence(changes),
            time=max(known, default=None),
            cannot_mean=self._cannot_mean(changes, is_alarm=is_alarm),
            next_step=AFTER_A_COMPROMISE if is_alarm else REVIEW_STEP,
            identity=_identity(changes),
        )

    def _evidence(self, changes: Sequence[FileChange]) -> str:
        parts = []
        for change in changes[:SHOWN]:
            file = change.file
            hashed = f", SHA-256 {file.sha256}" if file.sha256 else ""
            parts.append(f"{file.size} {agreed(file.size, 'byte', 'bytes')}, {file.modified or 'no time'}{hashed}")
            if file.lines and change.what != "is gone":
                before = self.before.files.get(change.path, SeenFile()) if self.before else SeenFile()
                added = self.added_lines(change.path, before.lines)
                parts += [f"added: {one_line(line, 120)}" for line in added[:SHOWN]]
        more = f" and {len(changes) - SHOWN} more" if len(changes) > SHOWN else ""
        return "; ".join(parts) + more

    def _of_build(self, before: str) -> Finding:
        return Finding(
            appliance=self.appliance,
            node=self.node,
            level=Level.REVIEW,
            what=f"the node runs {one_line(self.after.build) or 'an unknown build'}, and the accepted state is of {one_line(before)}",
            where="the build",
            why="an upgrade writes the files of the firmware anew, so changes there are for review until the state is accepted again",
            cannot_mean=REVIEW_MEANING,
            next_step=REVIEW_STEP,
        )


def _why(changes: Sequence[FileChange]) -> str:
    """Return why files of one directory are of their level: what the rules name, where that decides, else what the directory is."""
    named = dict.fromkeys(one.file.why for one in changes if one.file.why and one.file.level is one.level)
    return "; ".join([*named][:SHOWN]) or _WHY[changes[0].place.holds]


def earlier_build_finding(appliance: str, node: str, accepted: WatchedState) -> Finding:
    """Return the finding of an appliance that has gone back to another build than that of the last accepted state."""
    return Finding(
        appliance=appliance,
        node=node,
        level=Level.REVIEW,
        what=f"it runs {one_line(accepted.builds)} again, so it is compared with what was accepted for this build",
        where="the build",
        why="the state that was accepted last is of another build",
        evidence=f"accepted by {one_line(accepted.accepted_by)}, seen {one_line(accepted.at)}",
        cannot_mean=REVIEW_MEANING,
        next_step=REVIEW_STEP,
    )


def configuration_findings(
    appliance: str, node: str, before: Mapping[str, str], after: Mapping[str, str]
) -> Iterator[Finding]:
    """Yield a finding for each object of the configuration that is new, changed or gone."""
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        what = "the object is new" if old is None else "the object is gone" if new is None else "the object has changed"
        yield Finding(
            appliance=appliance,
            node=node,
            level=Level.REVIEW,
            what=what,
            where=name,
            why="users, rights and EPA actions stay when every file of an attacker is gone (README of netscaler-ctx697096-checker)",
            evidence=" -> ".join(one_line(text, 100) for text in (old, new) if text is not None),
            cannot_mean="it is no proof of an intrusion: administrators change users and policies too, and so does bootstrap.yml of any control node",
            next_step=REVIEW_STEP,
        )


def message_findings(appliance: str, node: str, messages: Sequence[IntegrityMessage]) -> Iterator[Finding]:
    """Yield a finding for each kind of integrity message."""
    for is_changed, level, what in (
        (True, Level.COMPROMISE, "the kernel says that a signed executable was changed"),
        (False, Level.REVIEW, "the kernel says that a file without a signature was run"),
    ):
        counts = Counter(message.path for message in messages if message.is_changed is is_changed)
        if counts:
            shown = counts.most_common(SHOWN)
            more = f" and {counted(len(counts) - SHOWN, 'more file')}" if len(counts) > SHOWN else ""
            yield Finding(
                appliance=appliance,
                node=node,
                level=level,
                what=what,
                where=", ".join(one_line(path) for path, _count in shown) + more,
                why="MAC/veriexec in /var/log/messages: the vendor's own check of executables (page BSV for enhanced security)",
                evidence="; ".join(f"{one_line(path, 80)}: {counted(count, 'time')}" for path, count in shown),
                identity="\n".join([what, *sorted(path.decode("latin-1") for path in counts)]),
                seen_by="log",
                cannot_mean=ALARM_MEANING if is_changed else "scripts of administrators have no signature either",
                next_step=AFTER_A_COMPROMISE
                if is_changed
                else advice(
                    "ask who looks after this appliance what this file is, and read it with hunt.yml", Command("hunt")
                ),
            )


def _identity(changes: Sequence[FileChange]) -> str:
    """Return what the same changes have in each run. A file without a hash is told by size and time; a file that is only touched is the same."""
    parts = (
        "\0".join((one.path, one.what.partition(",")[0], one.file.sha256 or f"{one.file.size} {one.file.modified}"))
        for one in changes
    )
    return "\n".join(sorted(parts))


def _has(other: NodeState, path: str, file: SeenFile) -> bool:
    there = other.files.get(path)
    return there is not None and bool(there.sha256) and there.sha256 == file.sha256


def _what(known: SeenFile | None, file: SeenFile) -> str:
    if known is None:
        return "is a new directory" if file.is_directory else "is new"
    if (known.size, known.modified) == (file.size, file.modified):
        return "has other content, with the same size and time as before"
    return "has changed"


def _of_burst(times: Sequence[datetime]) -> str:
    minutes = Counter(time.replace(second=0) for time in times)
    is_burst = any(count >= BURST for count in minutes.values())
    return ", in one burst as an edited theme, an upgrade or HA file synchronisation makes it" if is_burst else ""


def _time(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
