# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One run on the script of the nodes: plan, then carry out, node by node; or only look.

Lease, record, files as they were, and for each node: the script before the line that starts it, and the line before the script that it starts is taken
out. Each file is replaced as a whole, only while it is the one of the plan, and read back. What is about to be sent is in the record before it is sent,
so a run that died is continued by the same playbook.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

from ...appliance.nitro.appliance import Address
from ...appliance.nitro.connection import Connection
from ...appliance.ssh.account import SshAccount
from ...appliance.ssh.framed_script import RunCommand
from ...appliance.ssh.openssh import run_command
from ...catalogue.run_parameters import RunParameters
from ...change.execution.node_record import unfinished
from ...change.execution.node_step import NodeStep
from ...change.execution.node_transaction import NodeChange, NodeProof, NodeTransaction
from ...change.records.appliance_lock import ApplianceLock, release_left_lock
from ...change.records.change_record import ChangeRecord
from ...change.records.fetched_records import fetch_records, with_fetched
from ...change.records.record_list import all_records
from ...foundation.errors import Refused, TourniquetError
from ...foundation.next_action import carrying
from ..node_local.file_step import FileStep
from ..node_local.history import node_local_records
from ..node_local.scripts import NodeShell
from ..node_local.settings import Wanted
from .history import LINE, LIST, SCRIPT, histories
from .list_step import ListStep
from .node_state import LOOK, LastReport, OnBoxState, ReadNode, last_report, worst
from .plan import NodePlan, OnBoxPlan, make_plan
from .script import CRONTAB, PATH, STATE, ScriptSettings, digest, script_of
from .settings import MEASURE, OnBoxSettings, objection

PLAYBOOK = "the same playbook"


@dataclass
class OnBoxResult:
    """The end of a run.

    :ivar nodes: the nodes at the end; as they were read, of a plan
    :ivar missing: the nodes that were not looked at, as sentences
    """

    plan: OnBoxPlan | None = None
    nodes: Sequence[ReadNode] = ()
    missing: Sequence[str] = ()
    changed: bool = False
    record: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def state(self) -> OnBoxState:
        """The worst state; a node that was not looked at is unknown."""
        states = [node.state() for node in self.nodes]
        return worst([*states, OnBoxState.UNKNOWN] if self.missing else states)


class OnBoxRun:
    """One run on one open connection: :meth:`plan`, then :meth:`carry_out`.

    :param run: how a command is sent over SSH; tests replace it
    """

    def __init__(
        self,
        connection: Connection,
        parameters: RunParameters,
        settings: OnBoxSettings,
        account: SshAccount,
        run: RunCommand = run_command,
    ) -> None:
        self.connection = connection
        self.parameters = parameters
        self.settings = settings
        self.where = parameters.appliance.name
        self.locks: list[ApplianceLock] = []
        self.result = OnBoxResult(missing=connection.missing_nodes)
        self.script = script_of(ScriptSettings(tag=settings.tag))
        self._account = account
        self._run = run

    def plan(self) -> OnBoxPlan:
        """Return what is to be done; nothing for a run that only looks. Reads over SSH and NITRO.

        :raises TourniquetError: where a node cannot be read
        """
        nodes = self.result.nodes = self._read_nodes()
        looks_only = self.settings.wanted is Wanted.STATUS
        plan = (
            OnBoxPlan(Wanted.STATUS, ())
            if looks_only
            else make_plan(self.settings, self.script, nodes, self._objections(nodes))
        )
        self.result.plan = plan
        return plan

    def carry_out(self, plan: OnBoxPlan) -> OnBoxResult:
        """Carry out the plan.

        :raises Refused: where the plan has conflicts, somebody else has the lease or has changed a file; what was done before is in the record
        :raises TourniquetError: where a node cannot be changed or read back
        """
        if plan.conflicts:
            text = f"{self.where}: {' '.join(f'{one}.' for one in plan.conflicts)} Nothing was changed."
            raise Refused(carrying(text, *plan.conflicts))
        if plan.lines or self._left_open():
            self._change(plan)
            self.result.nodes = self._read_nodes()
        elif self.settings.wanted is not Wanted.STATUS:
            release_left_lock(self.connection, self.parameters)
        return self.result

    # -- reading ------------------------------------------------------------------------------------------------------

    def _shell(self, address: Address) -> NodeShell:
        return NodeShell(self._account, address.host, self.where, self.connection.budget, self._run)

    def _read_nodes(self) -> list[ReadNode]:
        known = histories(self._records())
        roles = {node.address: node.role for node in self.connection.nodes}
        nodes = []
        for member in self.connection.members:
            address = member.session.node
            shell = self._shell(address)
            nodes.append(
                ReadNode(
                    address,
                    roles[address],
                    shell.read_file(PATH),
                    shell.read_file(CRONTAB),
                    self._last_report(shell),
                    digest(self.script),
                    known.get(str(address), known[""]),
                )
            )
        return nodes

    def _last_report(self, shell: NodeShell) -> LastReport:
        report = last_report(shell.run_script(LOOK))
        if report is None:
            raise TourniquetError(
                f"{self.where}: {STATE}/last of {shell.host} is not what the script writes. Look at it on the console of the node"
            )
        return report

    def _objections(self, nodes: Sequence[ReadNode]) -> list[str]:
        builds = {node.address: node.build or self.connection.build for node in self.connection.nodes}
        objections = (
            objection(
                self.where,
                builds[node.address],
                has_manifest=node.report.has_manifest,
                force=self.settings.force,
            )
            for node in nodes
        )
        return list(dict.fromkeys(one for one in objections if one))

    @cached_property
    def _fetched(self) -> list[ChangeRecord]:
        """The records of other control nodes, read once: one of them may have put there what is there."""
        run = self.parameters
        fetched, problems = fetch_records(self.connection, run.records, self.where, run.trust)
        self.result.notes += problems
        return fetched

    def _records(self) -> list[ChangeRecord]:
        run = self.parameters
        own = all_records(run.records, self.where, run.trust)
        return node_local_records(with_fetched(own, self._fetched), MEASURE)

    def _left_open(self) -> bool:
        """True if a run of ours died: its record is closed and its lease released, even if all that it wanted is done."""
        return self.settings.wanted is not Wanted.STATUS and bool(unfinished(self._records()))

    # -- changing -----------------------------------------------------------------------------------------------------

    def _change(self, plan: OnBoxPlan) -> None:
        steps = [step for node in plan.nodes for step in self._steps(plan, node)]
        change = NodeChange(plan=plan, noun="the script", playbook=PLAYBOOK, steps=steps, records=self._records())
        transaction = NodeTransaction(self.connection, self.parameters, change, OnBoxProof(self, plan))
        try:
            transaction.run()
        finally:
            self.locks += [transaction.lock] if transaction.lock is not None else []
            self.result.notes += [text for text in transaction.remarks if text not in self.result.notes]
            self.result.record = "" if transaction.record is None else str(transaction.record.path)
            self.result.changed = transaction.changed

    def _steps(self, plan: OnBoxPlan, node: NodePlan) -> list[NodeStep]:
        """Return the steps on one node. The line stands only while its script does."""
        session = next(one.session for one in self.connection.members if one.session.node == node.address)
        shell, lines = self._shell(node.address), dict(zip(node.names, node.lines, strict=True))
        both = (SCRIPT, PATH, *node.script), (LINE, CRONTAB, *node.crontab)
        steps: list[NodeStep] = [
            FileStep(
                node=node.address,
                name=name,
                line=lines[name],
                nitro=session,
                shell=shell,
                path=path,
                before=before,
                after=after,
                read=partial(shell.read_file, path),
            )
            for name, path, before, after in (both if plan.wanted is Wanted.PRESENT else reversed(both))
            if name in lines
        ]
        if LIST in lines:
            steps.append(
                ListStep(node=node.address, line=lines[LIST], nitro=session, shell=shell, notes=self.result.notes)
            )
        return steps


@dataclass(frozen=True)
class OnBoxProof(NodeProof):
    """Nothing is proven: the script reports by itself."""

    run: OnBoxRun
    plan: OnBoxPlan

    def still_holds(self) -> bool:
        again = self.run.plan()
        return again.seal == self.plan.seal and not again.conflicts
