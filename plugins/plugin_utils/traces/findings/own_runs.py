# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a control node of ours has done on an appliance, one by one: runs, their probes and commands, tests of the alarm, and the script on the nodes. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ...foundation.json_values import Part, written

MARGIN = timedelta(minutes=5)
"""How far a time on a node may be outside of a run."""
LONGEST_TEST = timedelta(minutes=10)
"""How long a test of the alarm may wait."""
UNFINISHED = timedelta(hours=1)
"""How long a run may have lasted that has no end in its record."""
_REPORT = rb"[A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} (?:<[a-z0-9.]+> )?\S+ (?:%b)(?:\[\d+\])?: (?:checked \d+ files: |(?:new|changed|gone) /)"
"""A report as syslogd writes it; templates/on_box/watch.j2 has its forms."""


@written(Part("id", "run"), "record", "measure", "began", ended=lambda run: run.ended or "")
@dataclass(frozen=True)
class OwnRun:
    """One run on one appliance.

    :ivar record: the name of its change record; "" where it has none
    :ivar began: and ended, with their zone; ended is None where its end is not known
    :ivar objects: what the run created, changed or removed, as NITRO's type and name
    :ivar copies: the nodes that have a copy of its record
    :ivar sent: by request, how often it has sent a probe that no policy of ours has answered; see :func:`.request_key`
    :ivar control_node: another one, by the directory of its notes or the signer of its record; "" for this one
    """

    id: str
    record: str
    began: datetime
    ended: datetime | None = None
    measure: str = ""
    objects: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    sent: Mapping[str, int] = field(default_factory=dict)
    control_node: str = ""

    @property
    def span(self) -> tuple[datetime, datetime]:
        """The first and the last time, by the clock of a node, that can be within the run."""
        return self.began - MARGIN, (self.ended or self.began + UNFINISHED) + MARGIN

    def covers(self, time: datetime) -> bool:
        """Return True if a time, with its zone, is within the run."""
        first, last = self.span
        return first <= time <= last


@dataclass(frozen=True)
class OwnProbes:
    """The probes of one run, by its note: that of a run which writes is there before its change record.

    :ivar run: as :class:`OwnRun`
    :ivar sources: the addresses that they can have. What another control node says of its runs never says from where they came: a person does
    :ivar writes: it is one of this control node that takes the lease and writes
    """

    run: OwnRun
    sources: frozenset[str]
    writes: bool = False


@dataclass(frozen=True)
class OwnShell:
    """The commands of one run that no change record of it shows, such as those over SSH.

    :ivar user: the account
    """

    run: OwnRun
    user: str


@dataclass(frozen=True)
class OwnTest:
    """One test of the alarm by this control node.

    :ivar run: the id of the run, as in the User-Agent; source: the address of the control node; tag: the word in the URL, which is of this test alone
    :ivar at: its end, with its zone
    """

    run: str
    at: datetime
    source: str
    tag: str


@dataclass(frozen=True)
class OwnScript:
    """The script of ours that watches the files of each node (on_box.yml), by the change records.

    :ivar digests: the SHA-256 of each script that a run has written
    :ivar line: the line of the crontab that starts it
    :ivar tags: of its messages in the log
    """

    path: str
    digests: frozenset[str]
    crontab: str
    line: str
    tags: frozenset[str]

    def is_it(self, path: str, digest: str) -> bool:
        """Return True if a file is the script: by its content, since anyone who is root can write to its path."""
        return path == self.path and digest in self.digests

    def is_line(self, path: str, line: bytes) -> bool:
        """Return True if a line of a crontab is ours."""
        return path == self.crontab and line.strip() == self.line.encode("ascii")

    def is_report(self, line: bytes) -> bool:
        """Return True if a line of the log is one that the script writes: one of its tags, and one of its forms."""
        tags = b"|".join(re.escape(tag.encode()) for tag in sorted(self.tags))
        return re.match(_REPORT % tags, line) is not None


@dataclass(frozen=True)
class OwnLine:
    """A line that runs of ours have written into a start-up file.

    :ivar path: of the file
    """

    path: str
    line: str
