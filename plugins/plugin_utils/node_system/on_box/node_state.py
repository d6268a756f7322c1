# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What of ours is on one node, and whether it works: judged by the script's hash, the line of the crontab and the age of the last report. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from ...appliance.nitro.appliance import Address
from ..node_local.start_up_file import StartUpFile
from .history import NodeHistory
from .script import CRONTAB, LINE, MINUTES, PATH, STATE

LONGEST_SILENCE = 3 * MINUTES * 60
"""Seconds after which a script that reports nothing counts as not running."""
LOOK = (
    f"date +%s; if [ -e /netscaler/.signedexe.manifest ]; then echo signed; else echo unsigned; fi; "
    f"if [ -L {STATE} ]; then echo link; elif [ -d {STATE} ]; then echo directory; else echo absent; fi; "
    f"if [ ! -L {STATE} ] && [ ! -L {STATE}/last ] && [ -f {STATE}/last ]; then head -n 1 {STATE}/last; fi"
)
"""The manifest: github.com/martclau/netscaler-ir-collector."""
_LOOKED = re.compile(r"(\d{1,12})\n(signed|unsigned)\n(link|directory|absent)\n(?:(\d{1,12}) ([^\n]{0,300})\n?)?")


_OF_ROOT_ALONE = re.compile(r"...[r-]-[x-][r-]-[x-] 0 \d+")
"""Mode, owner and group."""


class OnBoxState(StrEnum):
    """The state of a node, the worst first."""

    CHANGED = "CHANGED by somebody else"
    SILENT = "does NOT report"
    UNKNOWN = "unknown"
    OUTDATED = "not as planned"
    STARTING = "no report yet"
    ABSENT = "not installed"
    REPORTING = "reports"


EXIT_CODES = {
    OnBoxState.CHANGED: 2,
    OnBoxState.SILENT: 2,
    OnBoxState.UNKNOWN: 3,
    OnBoxState.OUTDATED: 1,
    OnBoxState.STARTING: 1,
    OnBoxState.ABSENT: 0,
    OnBoxState.REPORTING: 0,
}


@dataclass(frozen=True)
class LastReport:
    """What the script left of its last run.

    :ivar age: seconds since its last report, by the clock of the node; None where it left none
    :ivar text: its words, which anybody on the node could have written
    :ivar has_manifest: the node has the manifest of signed executables
    :ivar directory: link, directory or absent
    """

    age: int | None = None
    text: str = ""
    has_manifest: bool = False
    directory: str = "absent"


def last_report(printed: str) -> LastReport | None:
    """Return the last report, of the output of :data:`LOOK`; None where it is something else."""
    match = _LOOKED.fullmatch(printed)
    if match is None:
        return None
    now, signed, directory, then, text = match.groups()
    age = int(now) - int(then) if then else None
    return LastReport(age, text or "", signed == "signed", directory)


@dataclass(frozen=True)
class ReadNode:
    """One node as it was read.

    :ivar role: primary, secondary or standalone
    :ivar wanted: the SHA-256 of the script of this version with the settings of this run
    """

    address: Address
    role: str
    script: StartUpFile
    crontab: StartUpFile
    report: LastReport
    wanted: str
    history: NodeHistory = field(default_factory=NodeHistory)

    @property
    def foreign(self) -> str:
        """Why what is there is not ours, as a clause, or ""."""
        host, script = self.address.host, self.script
        if self.report.directory == "link":
            return f"{STATE} of {host} is a link"
        if others := other_lines(self.crontab):
            return f"{CRONTAB} of {host} has another line with {PATH}: {others[0][:200]}"
        if script.content is not None and script.sha256 not in {*self.history.scripts, self.wanted}:
            return f"{PATH} of {host} is not one that a run of ours wrote"
        if script.mode and not _OF_ROOT_ALONE.fullmatch(script.mode):
            return f"others than root may change {PATH} of {host} ({script.mode})"
        return ""

    @property
    def missing(self) -> str:
        """Name what of ours is not there as we left it, as a clause, or ""."""
        host, count = self.address.host, self.crontab.count(LINE)
        if self.history.has_script and self.script.content is None:
            return f"{PATH} of {host} is gone, and no run of ours took it out"
        if count > 1 or (self.history.has_line and not count):
            return f"{CRONTAB} of {host} has our line {count} times, and it belongs there once"
        return ""

    @property
    def problem(self) -> str:
        """Why the state is not one that a run of ours left, as a clause, or ""."""
        return self.foreign or self.missing

    def state(self) -> OnBoxState:
        """Return the state as of now, by the clock of the control node for a script that has not reported yet."""
        if self.problem:
            return OnBoxState.CHANGED
        if self.script.content is None and not self.crontab.count(LINE):
            return OnBoxState.ABSENT
        if self.script.sha256 != self.wanted or not self.crontab.count(LINE):
            return OnBoxState.OUTDATED
        if self.report.age is not None:
            return OnBoxState.REPORTING if 0 <= self.report.age <= LONGEST_SILENCE else OnBoxState.SILENT
        since = datetime.fromisoformat(self.history.since) if self.history.since else None
        waited = (datetime.now(UTC) - since).total_seconds() if since is not None else LONGEST_SILENCE + 1
        return OnBoxState.STARTING if waited <= LONGEST_SILENCE else OnBoxState.SILENT

    def text(self) -> str:
        """Return the state with what it rests on, in one line."""
        state, report = self.state(), self.report
        if state is OnBoxState.CHANGED:
            why = self.problem
        elif report.age is None:
            why = "no last report"
        else:
            why = f"last report {report.age} s ago by the clock of the node: {report.text}"
        return f"{self.address.host} ({self.role}): {state}" + ("" if state is OnBoxState.ABSENT else f" ({why})")


def other_lines(crontab: StartUpFile) -> list[str]:
    """Return the active lines of a crontab that name the script and are not ours."""
    lines = (line.strip() for line in crontab.text.splitlines())
    return [line for line in lines if PATH in line and not line.startswith("#") and line != LINE]


def worst(states: list[OnBoxState]) -> OnBoxState:
    """Return the worst of some states; UNKNOWN for none."""
    order = list(OnBoxState)
    return min(states, key=order.index, default=OnBoxState.UNKNOWN)
