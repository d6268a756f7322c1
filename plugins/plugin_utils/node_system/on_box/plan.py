# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan of a run: what is to be done on each node, from what was read and from the records. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...appliance.nitro.appliance import Address
from ...change.planning.planner import fingerprint
from ..node_local.settings import Wanted
from ..node_local.start_up_file import StartUpFile
from .history import LINE as CRONTAB_LINE
from .history import LIST, SCRIPT
from .node_state import ReadNode
from .script import CRONTAB, DEFAULT_TAG, LINE, PATH, STATE
from .settings import OnBoxSettings


@dataclass(frozen=True)
class NodePlan:
    """What is to be done on one node.

    :ivar script: the script as it was read, and as it shall be; likewise crontab
    :ivar cleans: the list and the last report of the script are to be deleted
    """

    address: Address
    role: str
    script: tuple[StartUpFile, StartUpFile]
    crontab: tuple[StartUpFile, StartUpFile]
    cleans: bool = False

    @property
    def writes_script(self) -> bool:
        return self.script[0].content != self.script[1].content

    @property
    def writes_line(self) -> bool:
        return self.crontab[0].content != self.crontab[1].content

    @property
    def names(self) -> list[str]:
        """Return the names of the steps, in the order of their lines."""
        steps = ((SCRIPT, self.writes_script), (CRONTAB_LINE, self.writes_line), (LIST, self.cleans))
        return [name for name, is_done in steps if is_done]

    @property
    def lines(self) -> list[str]:
        """Return what is done, as lines for people."""
        done = []
        if self.writes_script:
            sign, digest = "-", ""
            if self.script[1].content is not None:
                sign, digest = "+" if self.script[0].content is None else "~", f" (SHA-256 {self.script[1].sha256})"
            done.append(f"{sign} {PATH}{digest}")
        if self.writes_line:
            done.append(f"{'+' if self.crontab[1].count(LINE) else '-'} {CRONTAB}: {LINE}")
        if self.cleans:
            done.append(f"- {STATE}")
        return [f"{self.address.host} ({self.role}): {one}" for one in done]


@dataclass(frozen=True)
class OnBoxPlan:
    """The plan for all nodes of an appliance, the primary first: HA file synchronisation copies /nsconfig from there.

    :ivar tag: of the messages of the script
    :ivar conflicts: why nothing may be changed, as sentences without their end
    :ivar remarks: what a person should know, likewise
    """

    wanted: Wanted
    nodes: tuple[NodePlan, ...]
    tag: str = DEFAULT_TAG
    conflicts: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def lines(self) -> list[str]:
        """The plan as lines, node by node."""
        return [line for node in self.nodes for line in node.lines]

    @property
    def seal(self) -> str:
        """The fingerprint of what the plan depends on."""
        nodes = [
            [str(node.address), node.role, *(file.sha256 for file in (*node.script, *node.crontab)), node.cleans]
            for node in self.nodes
        ]
        return fingerprint([str(self.wanted), LINE, sorted(nodes)])

    @property
    def files(self) -> list[tuple[str, bytes]]:
        """The files that are replaced, as they were, each with the end of the name of its copy."""
        return [
            (f"{number}.{name}", before.content)
            for number, node in enumerate(self.nodes, 1)
            for name, (before, after) in (("on_box.sh", node.script), ("crontab", node.crontab))
            if before.content is not None and before.content != after.content
        ]

    def to_json(self) -> dict[str, Any]:
        """Return the values for the change record: sha256 and count are of the crontab, script is what shall be there."""
        return {
            "wanted": str(self.wanted),
            "line": LINE,
            "tag": self.tag,
            "nodes": [
                {
                    "node": str(node.address),
                    "role": node.role,
                    "sha256": node.crontab[0].sha256,
                    "mode": node.crontab[0].mode,
                    "count": node.crontab[0].count(LINE),
                    "after": node.crontab[1].sha256,
                    "script": node.script[1].sha256,
                    "script_before": node.script[0].sha256,
                }
                for node in self.nodes
            ],
        }


def make_plan(
    settings: OnBoxSettings, script: bytes, nodes: Sequence[ReadNode], objections: Sequence[str]
) -> OnBoxPlan:
    """Return the plan for the nodes of an appliance.

    :param script: the script that shall be there
    :param objections: why a node must not have it
    """
    present = settings.wanted is Wanted.PRESENT
    ordered = sorted(nodes, key=lambda node: node.role == "secondary")
    plans = tuple(_with(node, script) if present else _without(node) for node in ordered)
    foreign = [f"{node.foreign}. Look at it, take evidence, and remove it by hand" for node in ordered if node.foreign]
    missing = [node.missing for node in ordered if node.missing]
    return OnBoxPlan(settings.wanted, plans, settings.tag, (*(objections if present else ()), *foreign), tuple(missing))


def _with(node: ReadNode, script: bytes) -> NodePlan:
    crontab = node.crontab
    if crontab.count(LINE) > 1:
        crontab = crontab.without_line(LINE, "")
    after = StartUpFile(script, node.script.mode)
    return NodePlan(node.address, node.role, (node.script, after), (node.crontab, crontab.with_line(LINE)))


def _without(node: ReadNode) -> NodePlan:
    crontab = node.crontab.without_line(LINE, node.history.before)
    cleans = node.report.directory == "directory"
    return NodePlan(node.address, node.role, (node.script, StartUpFile(None)), (node.crontab, crontab), cleans)
