# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run would do on the operating system of each node: computed from what was read and from the records. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ...appliance.nitro.appliance import Address
from ...change.planning.planner import fingerprint
from .history import FILE, KNOB, NodeHistory
from .knobs import Knob
from .settings import First, NodeLocalSettings, Wanted
from .start_up_file import PATH, StartUpFile


@dataclass(frozen=True)
class ReadNode:
    """One node as it was read.

    :ivar role: primary, secondary or standalone
    """

    address: Address
    role: str
    file: StartUpFile
    history: NodeHistory = field(default_factory=NodeHistory)


@dataclass(frozen=True)
class NodePlan:
    """What is to be done on one node.

    :ivar before: the file as it was read; after: the file as it shall be
    :ivar sets_knob: the knob is to be set, or, of a removal, set back
    :ivar reboots: the node is to be rebooted
    """

    address: Address
    role: str
    before: StartUpFile
    after: StartUpFile
    sets_knob: bool
    reboots: bool = False

    @property
    def writes_file(self) -> bool:
        return self.before.content != self.after.content

    @property
    def changes(self) -> bool:
        return self.writes_file or self.sets_knob

    def commands(self, knob: Knob, *, present: bool) -> dict[str, str]:
        """Return by step (:data:`KNOB`, :data:`FILE`) what a person would type, in their order.

        A removal takes the line out first: a reboot in between would set the knob by it.
        """
        commands = {}
        if self.sets_knob:
            commands[KNOB] = knob.line if present else knob.unset
        if self.writes_file:
            commands[FILE] = f"{'+' if present else '-'} {PATH}: {knob.line}"
        in_order = commands if present else dict(reversed(commands.items()))
        return {name: f"{self.address.host} ({self.role}): {command}" for name, command in in_order.items()}


@dataclass(frozen=True)
class NodeLocalPlan:
    """The plan for all nodes of an appliance, in the order in which they are changed.

    :ivar conflicts: why nothing may be changed, as sentences
    :ivar remarks: what a person should know, as sentences
    :ivar rule_missing: the appliance has no rule yet that the knob could put before the management
    :ivar skipped: why nothing is to be done although it was asked for, or ""
    """

    knob: Knob
    wanted: Wanted
    nodes: tuple[NodePlan, ...]
    conflicts: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    skipped: str = ""
    rule_missing: bool = False

    @property
    def present(self) -> bool:
        return self.wanted is Wanted.PRESENT

    @property
    def writes(self) -> bool:
        """True if the file of a node is to be written or its knob to be set."""
        return any(node.changes for node in self.nodes)

    @property
    def lines(self) -> list[str]:
        """The plan as lines, node by node, and then the reboots in their order."""
        done = [line for node in self.nodes for line in node.commands(self.knob, present=self.present).values()]
        return done + reboot_lines(self.nodes)

    @property
    def seal(self) -> str:
        """The fingerprint of what the plan depends on: the files of all nodes, their roles, and what is done."""
        nodes = [
            [str(node.address), node.role, node.before.sha256, node.after.sha256, node.reboots] for node in self.nodes
        ]
        return fingerprint([str(self.wanted), self.knob.line, sorted(nodes)])

    @property
    def files(self) -> list[tuple[str, bytes]]:
        """The start-up files that are replaced, as they were, each with the end of the name of its copy."""
        return [
            (f"{number}.rc.netscaler", node.before.content)
            for number, node in enumerate(self.nodes, 1)
            if node.writes_file and node.before.content is not None
        ]

    def with_knobs(self, stopped: Mapping[Address, bool | None]) -> NodeLocalPlan:
        """Return the plan with the knob set exactly where the management address shows that it is not; as planned where it shows nothing.

        :param stopped: by node, whether attacks are stopped there; None where that is not known
        """
        needs = {True: False, False: True}
        nodes = [
            replace(node, sets_knob=needs.get(stopped.get(node.address), node.sets_knob))  # type: ignore[arg-type]
            for node in self.nodes
        ]
        return replace(self, nodes=tuple(nodes))

    def with_conflicts(self, conflicts: Sequence[str], remarks: Sequence[str]) -> NodeLocalPlan:
        """Return the plan with further conflicts and remarks."""
        return replace(
            self, conflicts=(*self.conflicts, *conflicts), remarks=tuple(dict.fromkeys((*self.remarks, *remarks)))
        )

    def to_json(self) -> dict[str, Any]:
        """Return the values for the change record: what was there before, and what shall be there."""
        return {
            "wanted": str(self.wanted),
            "line": self.knob.line,
            "nodes": [
                {
                    "node": str(node.address),
                    "role": node.role,
                    "sha256": node.before.sha256,
                    "mode": node.before.mode,
                    "count": node.before.count(self.knob.line),
                    "after": node.after.sha256,
                    "knob": node.sets_knob,
                    "reboot": node.reboots,
                }
                for node in self.nodes
            ],
        }


def reboot_order(nodes: Sequence[NodePlan]) -> list[NodePlan]:
    """Return the nodes in the order of their reboots: the secondary first, so that a node with the users is never rebooted."""
    return sorted(nodes, key=lambda node: node.role == "primary")


def reboot_lines(nodes: Sequence[NodePlan]) -> list[str]:
    """Return the reboots in their order, with the failover before that of the primary."""
    lines = []
    for node in reboot_order([node for node in nodes if node.reboots]):
        host = node.address.host
        if node.role == "primary":
            other = next((one.address.host for one in nodes if one is not node), "the other node")
            lines.append(f"failover: {other} becomes primary, and sessions of users break")
        away = ", and the appliance is away until it is up again" if node.role == "standalone" else ""
        lines.append(f"{host} ({node.role}): reboot, once{away}")
    return lines


def make_plan(
    knob: Knob, settings: NodeLocalSettings, nodes: Sequence[ReadNode], *, needed: bool, why: str, upgrade: str
) -> NodeLocalPlan:
    """Return the plan for the nodes of an appliance.

    :param needed: the build needs the measure
    :param why: the build does not need it, as a clause
    :param upgrade: the build to upgrade to, in words
    """
    last = {First.PRIMARY: "secondary", First.SECONDARY: "primary"}[settings.first]
    ordered = sorted(nodes, key=lambda node: node.role == last)
    if settings.wanted is Wanted.PRESENT and not needed:
        return NodeLocalPlan(knob, settings.wanted, (), skipped=why)
    plan = _present if settings.wanted is Wanted.PRESENT else _absent
    plans, conflicts, remarks = [], [], []
    for node in ordered:
        made, of_node = plan(knob, settings, node)
        plans.append(made)
        others = knob.other_lines(node.file.text)
        if settings.wanted is Wanted.PRESENT and others:
            conflicts.append(
                f"{PATH} of {node.address.host} has another line on {knob.name}: {others[0][:200]}. Look at it and remove it"
            )
        remarks += of_node
    if (
        settings.wanted is Wanted.ABSENT
        and needed
        and not settings.accept_exposure
        and any(one.changes for one in plans)
    ):
        conflicts.append(
            f"a node runs a build that needs it. First upgrade to {upgrade}, or accept the exposure: -e accept_exposure=true"
        )
    if settings.reboot and len(plans) == 1 and plans[0].role == "primary":
        conflicts.append("the other node of the pair is not there, so no reboot is possible without an outage")
    return NodeLocalPlan(knob, settings.wanted, tuple(plans), tuple(conflicts), tuple(remarks))


def _reboots(settings: NodeLocalSettings, node: ReadNode, *, changes: bool) -> bool:
    """True where a reboot is asked for and the node was not rebooted since its last change; no node is rebooted for nothing."""
    return settings.reboot and (changes or (node.history.is_known and not node.history.rebooted))


def _present(knob: Knob, settings: NodeLocalSettings, node: ReadNode) -> tuple[NodePlan, list[str]]:
    count = node.file.count(knob.line)
    remarks = []
    if count and not node.history.is_ours:
        remarks.append(
            f"{PATH} of {node.address.host} has the line already, and no run of ours wrote it: a removal leaves it there"
        )
    if count > 1:
        remarks.append(
            f"{PATH} of {node.address.host} has the line {count} times. It works; take the others out by hand"
        )
    sets = not node.history.knob or not count
    after, reboots = node.file.with_line(knob.line), _reboots(settings, node, changes=sets)
    return NodePlan(node.address, node.role, node.file, after, sets, reboots), remarks


def _absent(knob: Knob, settings: NodeLocalSettings, node: ReadNode) -> tuple[NodePlan, list[str]]:
    count, history, host = node.file.count(knob.line), node.history, node.address.host
    remarks = []
    after = node.file
    if count and not (settings.adopt or (history.is_ours and count == 1)):
        whose = f"{count} times, and one run wrote it once" if history.is_ours else "and no run of ours wrote it"
        remarks.append(f"{PATH} of {host} keeps the line: it is there {whose}. -e node_local_adopt=true takes it out")
    elif count:
        after = node.file.without_line(knob.line, history.before)
    sets = settings.reset_knob and (bool(count) or history.knob)
    if (count or history.knob) and not sets and not settings.reboot:
        remarks.append(
            f"the running {knob.name} of {host} stays as it is until the next reboot, as in the vendor's article"
        )
    reboots = _reboots(settings, node, changes=after is not node.file)
    return NodePlan(node.address, node.role, node.file, after, sets, reboots), remarks
