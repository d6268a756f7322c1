# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What one run did, left and proved, by its record alone, in the words of an audit. Pure; the texts of a record are not escaped here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ...change.records.record_content import RecordContent
from ...change.records.record_states import Outcome, RecordKind, StepState
from ...foundation.counted import counted
from ..proof.verdict_table import VerdictWord
from .coverage import ADDRESSES
from .recorded_proof import addresses_of, coverage_of, proves_what_it_left, worst_address
from .run import NOT_AS_LEFT, NOT_SAID, word_of_run

UNDONE = "undone"
"""What a reader sees as the outcome of a rollback that was carried out; the record has the outcome of every kind of run, applied."""
_PLAIN = ("kind", "measure", "version", "run", "started", "finished", "outcome", "saved", "reason", "ticket", "build")
_MORE = (
    "appliance_user",
    "problem",
    "undone_by",
    "lock",
    "decided_by",
    "expires",
    "accepted_exposure",
    "accepted_unread",
    "overruled",
    "second",
)
_PROOF = ("offline", "vips", "hits", "state", "management", "contradicted", "unproven", ADDRESSES)
_OTHERS = "beside {}: other policies than its control node had recorded before"
_FOUND = {
    NOT_SAID: "no answer on what is bound beside {}",
    NOT_AS_LEFT: "{} otherwise than our runs left it",
}
"""By what stands in place of a fingerprint, what a run found of a mitigation."""


@dataclass(frozen=True)
class ToldRun:
    """A run as its record tells it.

    :ivar record: None of a run of which only the digest is known: its values are empty
    """

    record: RecordContent | None

    @cached_property
    def raw(self) -> Mapping[str, Any]:
        return {} if self.record is None else self.record.values

    @cached_property
    def values(self) -> dict[str, Any]:
        """Return what programs read of it."""
        who, proof, record = self.raw.get("who") or {}, self.raw.get("proof") or {}, self.record
        return {
            "partition": "" if record is None else record.partition,
            **{key: self.raw.get(key) for key in (*_PLAIN, *_MORE)},
            "user": who.get("user"),
            "control_node": who.get("control_node"),
            "proven": record is not None and proves_what_it_left(record),
            "management_address": "" if record is None else worst_address(record),
            "verdict": "" if record is None else word_of_run(record),
            "proof": {key: proof[key] for key in _PROOF if proof.get(key)},
            "found": self._found,
            "changes": [
                line for step in self.raw.get("steps", ()) if _was_done(step) for line in step.get("lines", ())
            ],
        }

    @property
    def outcome(self) -> str:
        is_undo = self.values["kind"] == RecordKind.ROLLBACK and self.values["outcome"] == Outcome.APPLIED
        return UNDONE if is_undo else str(self.values["outcome"])

    @property
    def proof(self) -> str:
        """Return what it proved: the verdict where what it left does not protect, whatever was proven of it."""
        values = self.values
        if values["proven"]:
            return "proven"
        if values["management_address"]:
            return str(values["management_address"])
        said = (
            values["verdict"] if values["verdict"] not in ("", VerdictWord.UNPROVEN) else values["proof"].get("state")
        )
        return str(said or "not proven")

    @property
    def overruled_word(self) -> str:
        """Return by whom its answers were overruled: a second person, or of a closing whoever decided; the one who decided an opening accepted them."""
        closes = (self.raw.get("closing") or {}).get("closes")
        is_closing = bool(closes) or self.values["kind"] == RecordKind.LOCKDOWN
        by = self.values["second"] or (self.values["decided_by"] if is_closing else "")
        return f"overruled by {by}" if by else "accepted answer"

    @property
    def done(self) -> str:
        """Return what it did to the configuration, or saw."""
        return self._seen_addresses or counted(len(self.values["changes"]), "change")

    @property
    def undoes(self) -> tuple[str, ...]:
        """Return the records of the runs that it undid."""
        return tuple(map(str, self.raw.get("undoes") or ()))

    @property
    def on_nodes(self) -> Mapping[str, Any]:
        """Return what it planned on the operating system of the nodes; nothing for a run of another kind."""
        is_on_nodes = self.record is not None and self.record.kind is RecordKind.NODE_LOCAL
        return self.raw["node_local"] if is_on_nodes else {}

    @property
    def _found(self) -> list[str]:
        """Return what a run that was refused kept of what is beside our mitigations, which is news; nothing of any other run, that keeps what it sees."""
        record = self.record
        if (
            record is None
            or record.kind is not RecordKind.VERIFY
            or self.raw.get("proof")
            or self.raw.get("decided_by")
        ):
            return []
        return [_FOUND.get(beside, _OTHERS).format(measure) for measure, beside in record.found_beside.items()]

    @property
    def _seen_addresses(self) -> str:
        """Return what a run that changed nothing saw at the management addresses; "" for any other run."""
        found = addresses_of(self.record) if self.record is not None and self.record.kind is RecordKind.VERIFY else {}
        texts = [f"{node.rpartition(':')[0]} {coverage_of(one)}{_stopped(one)}" for node, one in found.items()]
        return f"management addresses: {', '.join(texts)}" if texts else ""


def _stopped(address: Mapping[str, Any]) -> str:
    """Return how many of the attacks an address stopped, in brackets; "" where the record does not have it."""
    return f" ({address['stopped']})" if address.get("stopped") else ""


def _was_done(step: Mapping[str, Any]) -> bool:
    return step["state"] in (StepState.DONE, StepState.SENT)
