# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hunt on one appliance: every node that the inventory names, its configuration in every admin partition, and what could not be looked at. Reads only."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ...appliance.nitro.connection import Connection, Member, clock_skew
from ...appliance.ssh.account import SshAccount
from ...appliance.ssh.framed_script import RunCommand
from ...appliance.ssh.openssh import run_command
from ...catalogue.entry import Entry
from ...catalogue.predicates import Truth, holds
from ...change.planning.configuration_rows import read_configuration
from ...foundation.counted import counted
from ...foundation.errors import CannotConnect, OutcomeUnknown
from ..findings.finding import Examination, Finding, LogReach, NotSeen
from ..findings.ourselves import Ourselves
from ..node_reading.file_reads import Limits
from ..node_reading.node_reader import NodeReader
from ..trace_rules.compiled_indicators import Clue, clues_of, general_clues
from .fix_date import FixDate, fix_date
from .node_hunt import NEXT_STEPS, NITRO, NITRO_KINDS, NodeHunt, cannot_mean
from .rotation_list import RotationList, rotation_list
from .saved_state import saved_reach, saved_state_findings
from .shell_half import KINDS, SSH, ShellHalf

LIMITS = Limits()
"""What one run reads of a node."""
_LARGEST_SKEW = 30 * 365 * 86_400.0  # seconds


def nothing_of_ours() -> dict[str, int]:
    return {"files": 0, "requests": 0}


@dataclass(frozen=True)
class Hunted:
    """What a hunt has found on one appliance.

    :ivar own: how many files and requests of ours it left out
    :ivar rotation: the list of secrets; None where it was not asked for, or no node was reached
    """

    examined: Examination
    own: Mapping[str, int] = field(default_factory=nothing_of_ours)
    rotation: RotationList | None = None


@dataclass
class Hunt:
    """The hunt on one appliance.

    :ivar ours: what on it is of this control node
    :ivar account: for the SSH half; None where it is off
    :ivar saved_configurations: compare the saved configurations too
    :ivar lists_secrets: list the secrets too, by name
    :ivar run: how a command is sent over SSH; tests replace it
    """

    appliance: str
    entries: tuple[Entry, ...]
    ours: Ourselves
    account: SshAccount | None = None
    run: RunCommand = run_command
    saved_configurations: bool = False
    lists_secrets: bool = False
    findings: list[Finding] = field(default_factory=list)
    not_seen: list[NotSeen] = field(default_factory=list)
    reach: list[LogReach] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("nodes", "directories", "files", "bytes"), 0))
    own: dict[str, int] = field(default_factory=nothing_of_ours)

    def look(self, connection: Connection) -> Hunted:
        """Return what is found on the nodes of an open connection."""
        clues = (*clues_of(self.entries), *general_clues())
        self.not_seen += [NotSeen("a node", problem) for problem in connection.missing_nodes]
        builds = {str(node.address): node.build for node in connection.nodes}
        first, rotation = True, None
        for member in connection.members:
            view = NodeReader(member.session, LIMITS)
            fixed = FixDate(None)
            try:
                fixed = fix_date(view, builds.get(view.node), _now(member), member.start_by_its_clock)
                self._node(member, view, fixed, clues)
                if first:
                    self._configuration(connection, view, fixed, clues)
                    rotation = rotation_list(view) if self.lists_secrets else None
                first = False
                self._shell(view, fixed, clues)
            except (CannotConnect, OutcomeUnknown) as error:
                self.not_seen.append(NotSeen("the rest of the node", str(error), view.node))
            self.not_seen += view.not_seen.values()
        self.not_seen += not_looked_at(clues, with_shell=self.account is not None)
        self.not_seen += given_up(clues)
        examined = Examination(
            self.appliance,
            tuple(self.findings),
            tuple(self.not_seen),
            tuple(self.reach),
            tuple(self.counts.items()),
        )
        return Hunted(examined, dict(self.own), rotation)

    def _node(self, member: Member, view: NodeReader, fixed: FixDate, clues: tuple[Clue, ...]) -> None:
        hunt = NodeHunt(self.appliance, view, clues, self.ours, fixed, _now(member), _ahead(member))
        try:
            self.findings += hunt.findings()
            if self.saved_configurations:
                self.findings += saved_state_findings(self.appliance, view, self.ours, fixed)
                self.reach.append(saved_reach(view))
            self.counts["nodes"] += 1
        finally:
            self.reach += hunt.reach()
            self.own["files"] += hunt.own_files
            self.own["requests"] += hunt.own_requests
            self.counts["directories"] += view.directories
            self.counts["files"] += view.reads.files
            self.counts["bytes"] += view.reads.size

    def _configuration(self, connection: Connection, view: NodeReader, fixed: FixDate, clues: tuple[Clue, ...]) -> None:
        """Ask the configuration, which is the same on all nodes, in each admin partition that the inventory names."""
        asked = [(clue, predicate) for clue in clues if (predicate := clue.indicator.configuration) is not None]
        types = frozenset[str]().union(*(predicate.types() for _clue, predicate in asked))
        rows = read_configuration(connection, types)
        for partition, why in rows.unread.items():
            view.gap(f"the configuration of partition {partition}", why)
        for clue, predicate in asked:
            answer = holds(predicate, rows)
            if answer.truth is Truth.UNKNOWN:
                view.gap(f"the configuration ({predicate.in_words()[:80]})", "; ".join(answer.reasons[:2]))
            elif answer.truth is Truth.TRUE:
                self.findings.append(self._of_configuration(clue, view.node, fixed, "; ".join(answer.reasons)))

    def _of_configuration(self, clue: Clue, node: str, fixed: FixDate, evidence: str) -> Finding:
        return Finding(
            appliance=self.appliance,
            node=node,
            level=clue.level,
            what="configuration that such an indicator names",
            where="the running configuration",
            why=clue.why,
            evidence=evidence,
            before_or_after_fix=fixed.of(clue.entries, None),
            seen_by=NITRO,
            cannot_mean=cannot_mean(clue.kind, clue.level),
            next_step=NEXT_STEPS[clue.level],
            entries=tuple(entry.id for entry in clue.entries),
        )

    def _shell(self, view: NodeReader, fixed: FixDate, clues: tuple[Clue, ...]) -> None:
        if self.account is not None:
            half = ShellHalf(
                self.appliance, view.node, view.session.node.host, self.account, fixed, self.run, self.ours
            )
            self.findings += half.findings(clues)
            self.not_seen += half.not_seen


def _now(member: Member) -> datetime:
    """Return the time by the clock of a node, or else by ours."""
    return member.now() or datetime.now(UTC).replace(tzinfo=None)


def _ahead(member: Member) -> timedelta:
    """Return by how much the clock of a node is ahead of ours; nothing where it is not known, or nonsense."""
    skew = clock_skew(member.config, time.time() - (time.monotonic() - member.read_at)) or 0.0
    return timedelta(seconds=round(skew)) if abs(skew) < _LARGEST_SKEW else timedelta(0)


def not_looked_at(clues: Iterable[Clue], *, with_shell: bool) -> list[NotSeen]:
    """Return what no half of the hunt looks at: what only a shell shows where it is off, and what only others see."""
    kinds: dict[tuple[str, bool], dict[str, None]] = {}
    for clue in clues:
        seen_by = clue.indicator.seen_by
        if (clue.kind in NITRO_KINDS and NITRO in seen_by) or clue.indicator.configuration is not None:
            continue
        if SSH not in seen_by:
            words = f"{clue.kind} of {', '.join(entry.id for entry in clue.entries)}"
            why, is_gap = "only what is outside the appliance shows it, such as the log of a proxy or a firewall", False
        elif clue.kind not in KINDS:
            words, why, is_gap = clue.kind, "this version cannot look for such an indicator over SSH", True
        elif not with_shell:
            words, why, is_gap = clue.kind, "only a shell on the node shows them, and the SSH half is off", False
        else:
            continue
        kinds.setdefault((why, is_gap), {})[words] = None
    return [NotSeen(", ".join(words), why, is_gap=is_gap) for (why, is_gap), words in kinds.items()]


def given_up(clues: Iterable[Clue]) -> list[NotSeen]:
    """Return the lines that were not searched to their end, because somebody has made them so that the search would take too long."""
    return [
        NotSeen(
            f"{counted(clue.work.given_up, 'line')} for {', '.join(clue.indicator.values)}",
            "the search for it took too long",
        )
        for clue in clues
        if clue.work.given_up
    ]
