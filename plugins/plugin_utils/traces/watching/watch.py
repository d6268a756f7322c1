# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The watch of one appliance: every node that the inventory names, and its users, rights and EPA actions. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from ...appliance.nitro.connection import Connection, Member
from ...appliance.nitro.session import Session
from ...catalogue.entry import Entry
from ...catalogue.predicates import Unknown
from ...change.planning.configuration_rows import read_types
from ...foundation.counted import agreed, counted
from ...foundation.digest import digest_of
from ...foundation.errors import CannotConnect, OutcomeUnknown, TourniquetError
from ...foundation.next_action import advice
from ..findings.finding import Examination, Finding, NotSeen
from ..findings.ourselves import NOBODY, Ourselves
from ..node_reading.node_reader import NodeReader
from ..trace_rules.compiled_indicators import clues_of, general_clues
from ..trace_rules.installed import installed
from ..trace_rules.judged_files import FILE_KINDS, FileJudge
from .comparison import ACCEPT_IT, Comparison, configuration_findings, earlier_build_finding, message_findings
from .node_look import LIMITS, NodeLook
from .watched_state import NodeState, SeenFile, WatchedState

OBJECTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "systemuser": ("username", ("externalauth", "allowedmanagementinterface")),
    "systemgroup": ("groupname", ("allowedmanagementinterface",)),
    "systemcmdpolicy": ("policyname", ("action", "cmdspec")),
    "authenticationepaaction": (
        "name",
        ("csecexpr", "defaultepagroup", "quarantinegroup", "killprocess", "deletefiles"),
    ),
}
"""By NITRO type that stays when every file of an attacker is gone: its key, and the attributes that are watched."""
BINDINGS = {
    "systemuser_binding": ("username", "systemuser_systemcmdpolicy_binding"),
    "systemgroup_binding": ("groupname", "systemgroup_systemcmdpolicy_binding"),
}
"""By NITRO type that is read for all objects at once: the key, and the bindings of command policies in a row."""
CHANGES = "changes"
"""What is not seen where nobody has accepted a state."""
MOST_OBJECTS = 2000
LONGEST = 300
"""Characters of the attributes of an object that are kept; of a longer text its hash is kept too."""


@dataclass
class Watch:
    """The watch of one appliance.

    :ivar accepted: the state that a person accepted; None where there is none that counts
    :ivar unusable: why a file of an accepted state does not count; "" where all do
    :ivar not_shown: why the file of the run before does not count; "" where it does
    :ivar is_earlier: the accepted state is of the build that runs, and not the last one that a person accepted
    :ivar ours: what on the appliance is of a control node of ours
    :ivar entries: whose indicators of files count too
    :ivar shown: the state that the run before has seen; None where there is none
    """

    appliance: str
    accepted: WatchedState | None = None
    shown: WatchedState | None = None
    hash_all: bool = False
    unusable: str = ""
    not_shown: str = ""
    is_earlier: bool = False
    ours: Ourselves = NOBODY
    entries: tuple[Entry, ...] = ()
    findings: list[Finding] = field(default_factory=list)
    not_seen: list[NotSeen] = field(default_factory=list)
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("nodes", "directories", "files", "bytes read"), 0)
    )
    expected: int = 0

    def look(self, connection: Connection, at: str) -> tuple[WatchedState, Examination]:
        """Return the state of the nodes of an open connection, and what has changed in it.

        :param at: the time of this run, as ISO 8601
        """
        self.not_seen += [NotSeen("a node", problem) for problem in connection.missing_nodes]
        builds = {str(node.address): node.build for node in connection.nodes}
        looks, states = list[NodeLook](), dict[str, NodeState]()
        for member in connection.members:
            look = self._look_of(member)
            build = builds.get(look.node)
            try:
                now = member.now() or datetime.now(UTC).replace(tzinfo=None)
                since = installed(look.reader.tree, build, now, member.start_by_its_clock)
                look.judge = replace(look.judge, installed=since)
                states[look.node] = look.state("" if build is None else str(build))
                looks.append(look)
                self.counts["nodes"] += 1
            except (CannotConnect, OutcomeUnknown) as error:
                self.not_seen.append(NotSeen("the rest of the node", str(error), look.node))
        configuration = self._configuration(connection.primary)
        for look in looks:
            self._compare(look, states)
        node = str(connection.primary.node)
        if self.accepted is not None and self.is_earlier:
            self.findings.append(earlier_build_finding(self.appliance, node, self.accepted))
        if self.accepted is not None:
            self.findings += configuration_findings(self.appliance, node, self.accepted.configuration, configuration)
            if self.unusable:
                self.not_seen.append(
                    NotSeen(CHANGES, advice(f"{self.unusable}. Look at it, then -e accept=NAME", ACCEPT_IT))
                )
        else:
            reason = self.unusable or "nobody has accepted a state yet"
            why = f"{reason}, so only what no clean appliance has is found: look at it, then -e accept=NAME"
            self.not_seen.append(NotSeen(CHANGES, advice(why, ACCEPT_IT)))
        if self.not_shown:
            self.not_seen.append(NotSeen("the run before", f"{self.not_shown}, so every file was read again"))
        return WatchedState(self.appliance, states, configuration, at=at), self._examination()

    def _look_of(self, member: Member) -> NodeLook:
        address = str(member.session.node)
        known: dict[str, SeenFile] = {}
        for state in (self.accepted, self.shown):
            known |= state.nodes[address].files if state is not None and address in state.nodes else {}
        clues = tuple(clue for clue in (*clues_of(self.entries), *general_clues()) if clue.kind in FILE_KINDS)
        reader = NodeReader(member.session, LIMITS)
        return NodeLook(reader, known, self.hash_all, FileJudge(clues, ours=self.ours))

    def _compare(self, look: NodeLook, states: Mapping[str, NodeState]) -> None:
        accepted = self.accepted.nodes if self.accepted else {}
        comparison = Comparison(
            self.appliance,
            look.node,
            accepted.get(look.node),
            states[look.node],
            [node for address, node in accepted.items() if address != look.node],
            look.added_lines,
            ours=self.ours,
        )
        self._note_lost_files(look, accepted.get(look.node), states[look.node])
        self.findings += comparison.findings()
        self.findings += message_findings(self.appliance, look.node, look.messages)
        self.not_seen += look.reader.not_seen.values()
        self.expected += comparison.expected
        self.counts["directories"] += look.reader.directories
        self.counts["files"] += len(states[look.node].files)
        self.counts["bytes read"] += look.reader.reads.size

    def _note_lost_files(self, look: NodeLook, before: NodeState | None, after: NodeState) -> None:
        """A listing that lacks most of what was accepted is no listing: rights were taken away, or the appliance lies."""
        if self.accepted is not None and before is None:
            look.reader.gap(CHANGES, "the accepted state does not have this node: look at it, then -e accept=NAME")
        lost = sum(path not in after.files for path in before.files) if before else 0
        if before and lost * 2 > len(before.files):
            look.reader.gap(
                "most files",
                f"{lost} of {counted(len(before.files), 'file')} of the accepted state {agreed(lost, 'is', 'are')} not listed, so the listings prove nothing",
            )

    def _configuration(self, session: Session) -> dict[str, str]:
        """Return the watched objects of the default partition, which has the administrators; what cannot be read is noted."""
        found: dict[str, str] = {}
        for name, rows in read_types(session, OBJECTS).items():
            if isinstance(rows, Unknown):
                self.not_seen.append(NotSeen(name, str(rows.reason), str(session.node)))
                continue
            key, attributes = OBJECTS[name]
            if len(rows) > MOST_OBJECTS:
                self.not_seen.append(NotSeen(name, f"at most {MOST_OBJECTS} objects are looked at", str(session.node)))
            for row in rows[:MOST_OBJECTS]:
                words = [f"{attribute} {row[attribute]}" for attribute in attributes if row.get(attribute)]
                found[f"{name} {row.get(key, '')}"] = _cut(", ".join(words))
        for name, (key, binding) in BINDINGS.items():
            try:
                for row in session.read(name, query={"bulkbindings": "yes"})[:MOST_OBJECTS]:
                    bound = row.get(binding)
                    policies = (
                        sorted(str(one.get("policyname")) for one in bound if isinstance(one, dict))
                        if isinstance(bound, list)
                        else []
                    )
                    found[f"{binding} {row.get(key, '')}"] = _cut(", ".join(policies))
            except (CannotConnect, OutcomeUnknown):
                raise
            except TourniquetError as error:
                self.not_seen.append(NotSeen(name, str(error), str(session.node)))
        return found

    def _examination(self) -> Examination:
        why = "only a shell on the node shows them"
        self.not_seen.append(NotSeen("owner, permission bits, processes, ports", why, is_gap=False))
        return Examination(
            self.appliance, tuple(self.findings), tuple(self.not_seen), looked_at=tuple(self.counts.items())
        )


def with_known(state: WatchedState, before: WatchedState | None) -> WatchedState:
    """Return a state with the nodes that only an earlier one has, since a node that is away for a while is not read anew."""
    return state if before is None else replace(state, nodes={**before.nodes, **state.nodes})


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}... ({digest_of(text.encode())[:16]})"
