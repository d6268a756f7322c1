# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The change record of a run on the node-local half: what was there, what is about to be sent, and what was done, on disk before each write."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ...appliance.nitro.appliance import Address
from ...appliance.nitro.connection import Connection
from ...catalogue.run_parameters import RunParameters
from ...change.records.change_record import ChangeRecord
from ...change.records.new_record import start_record
from ...change.records.record_list import all_records
from ...change.records.record_states import Outcome, RecordKind, StepState
from ...foundation.errors import InvalidInput, TourniquetError
from ...foundation.private_files import create_privately
from .coverage import NodeCoverage, answers_of
from .history import ADDRESSES, node_local_records


class RecordedPlan(Protocol):
    """A plan for the operating system of the nodes, as its record needs it."""

    @property
    def seal(self) -> str: ...

    @property
    def files(self) -> Sequence[tuple[str, bytes]]:
        """The files as they were, each with the end of the name of its copy beside the record."""

    def to_json(self) -> dict[str, Any]: ...


@dataclass
class Progress:
    """The record of one run.

    :ivar continued: the records of our own runs that died, which this one continues
    """

    record: ChangeRecord
    continued: Sequence[ChangeRecord] = ()
    _nodes: dict[str, dict[str, str]] = field(default_factory=dict)
    _proof: dict[str, Any] = field(default_factory=dict)

    def states(self, node: Address) -> Mapping[str, str]:
        """Return what was noted of a node."""
        return dict(self._nodes.get(str(node), {}))

    def note(self, node: Address, what: str, state: str) -> None:
        """Note the state of one thing that is done on a node; it is on disk when this returns."""
        self._nodes.setdefault(str(node), {})[what] = str(state)
        self._write()

    def prove(self, nodes: Sequence[NodeCoverage]) -> None:
        """Note the answers of the management addresses."""
        self._proof[ADDRESSES] = answers_of(nodes)
        self._write()

    def add_proof(self, facts: Mapping[str, Any]) -> None:
        """Note further facts of the proof; they are written with the end of the record."""
        self._proof |= facts
        self._write()

    def finish(self, outcome: Outcome, *, saved: bool = False, problem: str | None = None) -> None:
        """End the record."""
        self.record.finish(outcome, saved=saved, problem=problem)

    @contextlib.contextmanager
    def failure_noted(self) -> Iterator[None]:
        """End the record with the failure of the run; a record that is over stays as it is."""
        try:
            yield
        except TourniquetError as error:
            if self.record.outcome is Outcome.OPEN:
                self.finish(Outcome.FAILED, problem=str(error))
            raise

    def _write(self) -> None:
        self.record.note(proof={**self._proof, "nodes": {node: dict(states) for node, states in self._nodes.items()}})


def start_progress(
    connection: Connection, run: RunParameters, plan: RecordedPlan, facts: Mapping[str, Any]
) -> Progress:
    """Write the record and the files as they were; close the records of our runs that died, which this run continues.

    :param facts: further JSON values for the record
    :raises InvalidInput: where they cannot be written; nothing was changed then
    """
    where = run.appliance.name
    known = node_local_records(all_records(run.records, where, run.trust), run.owner.measure)
    continued = [record for record in known if record.outcome is Outcome.OPEN and not record.is_fetched]
    states = _carried_over(known)
    for record in continued:
        record.finish(Outcome.CONTINUED)
    values = {**run.facts(connection, RecordKind.NODE_LOCAL, plan.seal), "node_local": plan.to_json(), **facts}
    record = start_record(run.records, where, (), values, trust=run.trust)
    for ending, content in plan.files:
        path = record.path.with_suffix(f".{ending}")
        try:
            create_privately(path, content)
        except OSError as error:
            record.finish(Outcome.FAILED, problem=str(error))
            raise InvalidInput(
                f"{where}: {path} cannot be written ({error.strerror}), so nothing was changed"
            ) from error
    return Progress(record, continued, states)


def _carried_over(records: Sequence[ChangeRecord]) -> dict[str, dict[str, str]]:
    """Return the reboots of runs that did not come to their end: what was sent once is never sent again."""
    found: dict[str, dict[str, str]] = {}
    for record in records:
        if record.outcome in (Outcome.APPLIED, Outcome.REVERTED):
            found.clear()
            continue
        proof = record.content.values.get("proof") or {}
        for node, states in (proof.get("nodes") or {}).items():
            kept = {what: state for what, state in states.items() if what in ("reboot", "booted", "failover")}
            if kept.get("reboot") not in (None, StepState.PLANNED) or "failover" in kept:
                found.setdefault(node, {}).update(kept)
    return found
