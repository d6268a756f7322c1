# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A change outside the configuration of the nodes, by node_local or on_box: steps in one order, each noted before it is sent and read back after it.

Inside of what surrounds every change (:mod:`.transaction`): steps, each judged for harm, proof, steps that come last (reboots), proof again, a
last look, end of the record. Harm takes back at once what was done. Any other failure leaves it, and the same playbook continues.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import DEFAULT
from ...catalogue.run_parameters import RunParameters
from ...foundation.errors import Refused, TourniquetError
from ..records.change_record import ChangeRecord
from ..records.new_record import start_record
from ..records.record_states import Outcome, RecordKind, StepState
from .node_record import NodePlan, NodeRecord, carried_over, keep_files, unfinished
from .node_step import NodeStep, NothingWritten
from .transaction import Transaction
from .what_is_left import nodes_left

_MAY_BE_DONE = (StepState.SENT, StepState.DONE)


@dataclass(frozen=True, kw_only=True)
class NodeChange:
    """The plan that one transaction carries out on the nodes of one appliance.

    :ivar noun: the change in messages, such as "the script"
    :ivar playbook: the playbook to run again after a failure
    :ivar steps: in their order; last: those that come when the others are proven
    :ivar records: of earlier runs on the same, in the order of their chain
    :ivar facts: further JSON values for the record
    :ivar sent_once: the names of steps that are never sent again, and of what the record keeps beside them
    """

    plan: NodePlan
    noun: str
    playbook: str
    steps: Sequence[NodeStep] = ()
    last: Sequence[NodeStep] = ()
    records: Sequence[ChangeRecord] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    sent_once: Sequence[str] = ()


class NodeProof:
    """The proof of an operation on nodes. Each method is called at its point of the sequence; the defaults prove nothing."""

    def still_holds(self) -> bool:
        """Return True if the plan, made again, is the same: asked where the lease was taken from another run, which may have written since."""
        return True

    def harm_of(self, _step: NodeStep) -> str:
        """Return the harm that a step did that was just sent, or "". It may not have been carried out."""
        return ""

    def after_steps(self) -> Mapping[str, Any]:
        """Prove the steps; return JSON values for the record."""
        return {}

    def after_last(self) -> Mapping[str, Any]:
        """Prove again, after the last steps."""
        return {}

    def require_kept(self) -> None:
        """:raises TourniquetError: where something is no longer as the steps have left it"""


class NodeTransaction(Transaction):
    """One change on the nodes of one appliance; :meth:`run` carries it out.

    :ivar reverted: everything was taken back, because it did harm
    """

    def __init__(self, connection: Connection, parameters: RunParameters, change: NodeChange, proof: NodeProof) -> None:
        super().__init__(connection, parameters, change.playbook)
        self.change = change
        self.proof = proof
        self.reverted = False
        self._notes: NodeRecord  # from the record on
        self._sent: list[NodeStep] = []

    def run(self) -> None:
        with self.connection.inside(DEFAULT):  # where the files are
            super().run()

    @property
    def changed(self) -> bool:
        """True if a step of this run is on a node now, or may be."""
        return any(self._state(step) in _MAY_BE_DONE for step in self._sent)

    def _state(self, step: NodeStep) -> str:
        return self._notes.states(step.node).get(step.name, StepState.PLANNED)

    def _prepare(self) -> None:
        if self.lock is not None and self.lock.replaced and not self.proof.still_holds():
            raise Refused(
                f"{self.where}: what the plan depends on was changed between the plan and the lock. Run {self.playbook} again. "
                "Nothing was changed."
            )

    @property
    def _continued(self) -> Sequence[ChangeRecord]:
        return unfinished(self.change.records)

    def _record(self, **more: Any) -> ChangeRecord:
        parameters, change = self.parameters, self.change
        states = carried_over(change.records, change.sent_once)
        facts = parameters.facts(self.connection, RecordKind.NODE_LOCAL, change.plan.seal)
        values = {**facts, "node_local": change.plan.to_json(), **more, **change.facts}
        record = start_record(parameters.records, self.where, (), values, trust=parameters.trust)
        self._notes = NodeRecord(record, states)
        keep_files(record, self.where, change.plan.files)
        return record

    def _left(self, record: ChangeRecord) -> str:
        states = [(step.line, self._state(step)) for step in (*self.change.steps, *self.change.last)]
        return nodes_left(states, str(record.path), self.playbook)

    # -- the steps ----------------------------------------------------------------------------------------------------

    def _carry_out(self, record: ChangeRecord) -> None:
        try:
            with self._no_longer_unreachable(record):
                for step in self.change.steps:
                    self._do(step)
                self._prove(self.proof.after_steps())
                for step in self.change.last:
                    self._do(step)
                if self.change.last:
                    self._prove(self.proof.after_last())
                self.proof.require_kept()
        except TourniquetError as error:
            if record.outcome is Outcome.OPEN:
                record.finish(Outcome.FAILED, problem=str(error))
            raise
        record.finish(Outcome.APPLIED, saved=True)

    def _prove(self, facts: Mapping[str, Any]) -> None:
        if facts:
            self._notes.prove(facts)

    def _do(self, step: NodeStep) -> None:
        states = self._notes.states(step.node)
        if not step.is_needed(states):
            return
        if step.is_sent_once and states.get(step.name) in _MAY_BE_DONE:
            self._read_back(step)
        else:
            self._send(step)

    def _send(self, step: NodeStep) -> None:
        facts = step.facts()
        with step.session() as session:
            self._confirm_lease(session)
            self._sent.append(step)
            self._notes.note(step.node, **facts, **{step.name: StepState.SENT})
            try:
                step.do(session)
            except NothingWritten:
                self._notes.note(step.node, **{step.name: StepState.PLANNED})
                raise
            finally:
                # Before anything else, and where the answer was lost too: a node that does not answer could not show the lease either.
                self._require_no_harm(step)
        self._read_back(step)

    def _read_back(self, step: NodeStep) -> None:
        step.read_back(self._notes.states(step.node))
        self._notes.note(step.node, **{step.name: StepState.DONE})

    # -- harm ---------------------------------------------------------------------------------------------------------

    def _require_no_harm(self, step: NodeStep) -> None:
        """:raises TourniquetError: where a step did harm; everything was taken back, or the message says what was not"""
        harm = self.proof.harm_of(step)
        if not harm:
            return
        left = self._take_back()
        problem = f"{self.where}: {harm}, so {self.change.noun} was taken back at once"
        if left:
            problem = f"{problem}, but not on {'; '.join(left)}"
            self._notes.record.finish(Outcome.PARTLY_REVERTED, problem=problem)
            raise TourniquetError(f"{problem}. The record is {self._notes.record.path}")
        self._notes.record.finish(Outcome.REVERTED, problem=problem)
        self.reverted = True
        raise TourniquetError(f"{problem}. Look at the global responder policies before you try again")

    def _take_back(self) -> list[str]:
        """Carry out the inverses of all steps that were sent, newest first, and return those that could not be, with their nodes.

        SSH does not pass what harms the management, but NITRO does: the lease may not be readable by now, so here it counts if it was not lost before.
        """
        self.connection.budget.open_reserve()
        left = []
        for step in reversed([step for step in self._sent if self._state(step) in _MAY_BE_DONE]):
            try:
                if self.lock is not None and self.lock.lost:
                    raise Refused(self.lock.lost)
                step.undo()
            except TourniquetError as error:
                left.append(f"{step.node.host}: {error}")
            else:
                self._notes.note(step.node, **{step.name: StepState.UNDONE})
        return left
