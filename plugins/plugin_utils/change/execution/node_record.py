# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The change record of a run outside the configuration: what was there, what is about to be sent, and what was done, on disk before each write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ...appliance.nitro.appliance import Address
from ...foundation.errors import InvalidInput
from ...foundation.private_files import create_privately
from ..records.change_record import ChangeRecord
from ..records.record_states import Outcome, StepState


class NodePlan(Protocol):
    """A plan for the operating system of the nodes, as its record needs it."""

    @property
    def seal(self) -> str: ...

    @property
    def files(self) -> Sequence[tuple[str, bytes]]:
        """The files as they were, each with the end of the name of its copy beside the record."""

    def to_json(self) -> dict[str, Any]: ...


@dataclass
class NodeRecord:
    """The record of one run, by node and name of a step."""

    record: ChangeRecord
    _nodes: dict[str, dict[str, str]] = field(default_factory=dict)
    _proof: dict[str, Any] = field(default_factory=dict)

    def states(self, node: Address) -> Mapping[str, str]:
        """Return what was noted of a node."""
        return dict(self._nodes.get(str(node), {}))

    def note(self, node: Address, **states: str) -> None:
        """Note states of steps on a node; they are on disk when this returns."""
        self._nodes.setdefault(str(node), {}).update({what: str(state) for what, state in states.items()})
        self._write()

    def prove(self, facts: Mapping[str, Any]) -> None:
        """Note facts of the proof."""
        self._proof |= facts
        self._write()

    def _write(self) -> None:
        self.record.note(proof={**self._proof, "nodes": {node: dict(states) for node, states in self._nodes.items()}})


def keep_files(record: ChangeRecord, where: str, files: Sequence[tuple[str, bytes]]) -> None:
    """Write files as they were beside the record.

    :raises InvalidInput: where one cannot be written; nothing was changed then
    """
    for ending, content in files:
        path = record.path.with_suffix(f".{ending}")
        try:
            create_privately(path, content)
        except OSError as error:
            record.finish(Outcome.FAILED, problem=str(error))
            raise InvalidInput(
                f"{where}: {path} cannot be written ({error.strerror}), so nothing was changed"
            ) from error


def unfinished(records: Sequence[ChangeRecord]) -> list[ChangeRecord]:
    """Return our own runs that died since the last one that came to its end, in the order of the chain."""
    found: list[ChangeRecord] = []
    for record in records:
        if record.outcome in (Outcome.APPLIED, Outcome.REVERTED):
            found.clear()
        elif record.outcome is Outcome.OPEN and not record.is_fetched:
            found.append(record)
    return found


def carried_over(records: Sequence[ChangeRecord], names: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return the states of steps that runs have sent which did not come to their end: what is sent once is never sent again.

    :param names: of these steps and of what is kept beside them
    """
    found: dict[str, dict[str, str]] = {}
    for record in records:
        if record.outcome in (Outcome.APPLIED, Outcome.REVERTED):
            found.clear()
            continue
        proof = record.content.values.get("proof") or {}
        for node, states in (proof.get("nodes") or {}).items():
            kept = {what: state for what, state in states.items() if what in names}
            if any(state in (StepState.SENT, StepState.DONE) for state in kept.values()):
                found.setdefault(node, {}).update(kept)
    return found
