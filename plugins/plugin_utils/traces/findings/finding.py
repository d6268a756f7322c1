# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A finding: one trace, what it means and what it can't mean; and what could not be looked at. Pure.

Everything that an appliance says is escaped and cut here, so that no report has to: see :func:`.foreign_text.one_line`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from ...catalogue.entry import Level
from ...foundation.errors import CannotConnect, TourniquetError
from ...foundation.foreign_text import one_line
from ...foundation.json_values import Part, given, written, written_whole
from ...foundation.next_action import COMMANDS, Command, advice, command_values

AFTER_A_COMPROMISE = advice(
    "take evidence before anything is rebooted, upgraded or cleaned; then decide whether to isolate the appliance, each node of it",
    Command("evidence"),
)
"""The next step after a trace that no clean appliance has, of a standalone appliance and of a pair."""
LEVELS = (Level.COMPROMISE, Level.ATTEMPT, Level.REVIEW)
"""The most urgent first."""
_LOOKED_AT = Part(lambda examined: dict(examined.looked_at), "looked_at")
FINDING_ID = re.compile(r"[0-9a-f]{16}")


class Fixed(StrEnum):
    """Whether a trace is older than the fixed build, as far as is known."""

    BEFORE = "before the fix"
    AFTER = "after the fix"
    NOT_FIXED = "no fixed build runs"
    UNKNOWN = "not known whether before or after the fix"


class ExitCode(IntEnum):
    """The exit code of a run that looks for traces; the higher one decides, but for the last."""

    NOTHING_FOUND = 0
    REVIEW_OR_ATTEMPT = 1
    COMPROMISE_OR_INCOMPLETE = 2
    UNREACHABLE = 4
    """Of a run: all that is incomplete are appliances that could not be reached."""


def must_fail(code: int, fail_at: int) -> bool:
    """Return True if a run with this exit code fails: an appliance that was not reached is as bad as what is incomplete."""
    return (ExitCode.COMPROMISE_OR_INCOMPLETE if code == ExitCode.UNREACHABLE else code) >= fail_at


def exit_code_words(code: int, of_playbook: int) -> str:
    """Return the exit code of what was found, and that of ansible-playbook where it is another one."""
    words = f"exit code {int(code)}"
    return words if code == of_playbook else f"{words} for monitoring, {of_playbook} of the playbook"


def code_of_playbook(code: int, fail_at: int) -> int:
    """Return the exit code of ansible-playbook for a run with this one."""
    if not must_fail(code, fail_at):
        return 0
    return int(ExitCode.UNREACHABLE if code == ExitCode.UNREACHABLE else ExitCode.COMPROMISE_OR_INCOMPLETE)


@written_whole(
    "id",
    Part("moment", "time"),
    given(lambda one: command_values(one.next_step) or None, COMMANDS),
    escaped_by=one_line,
)
@dataclass(frozen=True, kw_only=True)
class Finding:
    """One trace on one node.

    :ivar node: the address of the node
    :ivar what: the trace, as a clause
    :ivar where: the path of the file, or the NITRO type and name
    :ivar why: why it matters, with the source
    :ivar evidence: what was seen, escaped and cut by :func:`.foreign_text.one_line`
    :ivar time: by the clock of the node, corrected by its difference to ours; None where the trace has no time
    :ivar seen_by: nitro, ssh, outside or log
    :ivar cannot_mean: what must not be concluded
    :ivar next_step: the one thing to do; a NextAction where that has commands
    :ivar entries: the entries of the catalogue that name the trace
    :ivar identity: what the same finding has in each run; "" for what, where and evidence. It is in no report
    :ivar known_id: the id of a finding that was read from JSON; "" where it is still to be made
    :ivar acknowledged: by whom, until when and why; "" where nobody has acknowledged it
    """

    appliance: str
    node: str
    level: Level
    what: str
    where: str
    why: str
    evidence: str = ""
    time: datetime | None = None
    before_or_after_fix: Fixed = Fixed.UNKNOWN
    seen_by: str = "nitro"
    cannot_mean: str = ""
    next_step: str = ""
    entries: tuple[str, ...] = ()
    identity: str = field(default="", repr=False)
    known_id: str = field(default="", repr=False)
    acknowledged: str = ""

    @property
    def id(self) -> str:
        """Return what tells it from every other finding: a person acknowledges it by this, and another content of a file is another finding."""
        if self.known_id:
            return self.known_id
        parts = self.identity or f"{self.what}\0{self.where}\0{self.evidence}"
        text = f"{self.appliance}\0{self.node}\0{self.level}\0{parts}"
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    @property
    def decides(self) -> bool:
        """Return True if it counts for the exit code: a compromise does whatever a person has acknowledged."""
        return self.level is Level.COMPROMISE or not self.acknowledged

    @property
    def moment(self) -> str:
        """Return its time as text; "" where it has none."""
        return self.time.isoformat(" ", "seconds") if self.time else ""


@written_whole(given(lambda one: command_values(one.why) or None, COMMANDS), escaped_by=one_line)
@dataclass(frozen=True)
class NotSeen:
    """What could not be looked at, and why, with its commands where a run of ours mends it.

    :ivar node: the address of the node; "" for all nodes
    :ivar is_gap: it was asked for, so the result is incomplete; False where it was left out on purpose, such as the SSH half
    """

    what: str
    why: str
    node: str = ""
    is_gap: bool = True

    def __str__(self) -> str:
        is_named = self.node in {word.rstrip(":,;.") for word in self.why.split()}
        node = f"{self.node}: " if self.node and not is_named else ""
        return f"{one_line(node)}{one_line(self.what)}: {one_line(self.why)}"  # cut as in the report, which has each by itself


@written_whole(escaped_by=one_line, oldest=lambda one: one.oldest or "")
@dataclass(frozen=True)
class LogReach:
    """How far back a log of a node reaches: nothing that is older can be seen.

    :ivar oldest: None where the log is empty, or its lines have no time that can be read
    """

    node: str
    log: str
    oldest: datetime | None

    def __str__(self) -> str:
        back = self.oldest.isoformat(" ", "seconds") if self.oldest else "no line with a time"
        return one_line(f"{self.node} {self.log}: {back}")


@written("findings", "not_seen", "reach", _LOOKED_AT, Part("is_unreachable", "not_reached"), "exit_code")
@dataclass(frozen=True)
class Examination:
    """What a run has found on one appliance.

    :ivar looked_at: how many of what was looked at, such as ``{"directories": 31}``, in the order in which people read it
    :ivar is_unreachable: no node could be reached, so nothing was looked at
    """

    appliance: str
    findings: tuple[Finding, ...] = ()
    not_seen: tuple[NotSeen, ...] = ()
    reach: tuple[LogReach, ...] = ()
    looked_at: tuple[tuple[str, int], ...] = ()
    is_unreachable: bool = False

    @property
    def is_incomplete(self) -> bool:
        """Return True if something that was asked for could not be looked at, or nothing was."""
        return any(one.is_gap for one in self.not_seen) or not any(count for _what, count in self.looked_at)

    @property
    def exit_code(self) -> ExitCode:
        levels = {finding.level for finding in self.findings if finding.decides}
        if Level.COMPROMISE in levels or self.is_incomplete:
            return ExitCode.COMPROMISE_OR_INCOMPLETE
        return ExitCode.REVIEW_OR_ATTEMPT if levels else ExitCode.NOTHING_FOUND


def not_examined(appliance: str, error: TourniquetError, what: str = "the appliance") -> Examination:
    """Return the examination of an appliance that did not answer, or answered what cannot be read."""
    gap = NotSeen(what, str(error).removeprefix(f"{appliance}: "))
    return Examination(appliance, not_seen=(gap,), is_unreachable=isinstance(error, CannotConnect))


def exit_code(examinations: Iterable[Examination]) -> ExitCode:
    """Return the exit code of a run. No appliance at all is incomplete."""
    return max((one.exit_code for one in examinations), default=ExitCode.COMPROMISE_OR_INCOMPLETE)
