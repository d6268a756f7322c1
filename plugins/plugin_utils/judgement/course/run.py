# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What one run left, by its record alone. Pure."""

from __future__ import annotations

from ...change.records.record_content import RecordContent, RecordedProof
from ...change.records.record_states import READ_BACK, Outcome, RecordKind
from ...change.records.recorded_mode import only_counts
from .state import State, meaning_of

NOT_SAID = "not said"
"""In place of a fingerprint: a record does not say what was bound beside ours."""
NOT_AS_LEFT = "not as left"
"""Likewise: ours was changed or gone, or the feature off."""
_BY_PROOF = (State.UNPROVEN, State.NOT_SAVED)
"""The states of which the proof of the same run says more."""


def left_by(record: RecordContent) -> State:
    """Return the state that a run left behind of its measure, by its own verdict and proof; MITIGATED only where it is proven."""
    state = meaning_of(word_of_run(record)).state
    if state in _BY_PROOF and is_proven_by(record):
        return State.MITIGATED
    return state


def works_by(record: RecordContent) -> bool:
    """Return True if the run proved that our measure works on the builds that it ran on, also where what it stops is not enough.

    A run whose probes nobody answered gives a stop-gap the word of the proof before it, and proves nothing itself.
    """
    state, proof = left_by(record), record.proof or RecordedProof()
    return state is State.REDUCES or state is State.MITIGATED or (state is State.STOP_GAP and proof.proven)


def disproves(record: RecordContent) -> bool:
    """Return True if a run found that what was proven before it does not hold any more, or not for all."""
    proof = record.proof
    if record.outcome is not Outcome.APPLIED or proof is None:
        return False
    return bool(proof.contradicted) or (proof.is_judged and left_by(record).ends_proof)


def unproven_beside(record: RecordContent) -> str:
    """Return the fingerprint of what was bound beside ours when a run looked at it and did not prove it; "" where it did, or that is not known.

    An undo proves nothing that it leaves. One of an earlier version does not say what it left it beside: NOT_SAID.
    """
    proof = record.proof
    if record.outcome is not Outcome.APPLIED or proof is None:
        return ""
    if record.kind is RecordKind.ROLLBACK:
        return (proof.places or NOT_SAID) if record.answering else ""
    if not proof.is_judged:
        return ""
    return "" if proof.proven or proof.unharmed or works_by(record) else proof.places


def leaves_out(record: RecordContent) -> bool:
    """Return True if a run found something for which what is in place does not hold, or that it could not ask."""
    return disproves(record) and left_by(record) is State.PARTLY


def word_of_run(record: RecordContent) -> str:
    """Return the verdict on what a run left; of a record of an earlier version, that its policies only count, or ""."""
    word = (record.proof or RecordedProof()).verdict
    return word or (State.OBSERVING.value if only_counts(record) else "")


def is_proven_by(record: RecordContent) -> bool:
    """Return True if the run proved what it left: attacks are stopped or, of what was read back, that it is there."""
    proof, meaning = record.proof or RecordedProof(), meaning_of(word_of_run(record))
    return meaning.state is State.MITIGATED or (proof.proven and meaning.holds_proof)


def proves_closing(record: RecordContent) -> bool:
    """Return True if a run of lockdown.yml proved that what it switched off answers no longer."""
    proof = record.proof or RecordedProof()
    # A new decision alone asks nothing.
    asked = record.kind is RecordKind.LOCKDOWN and bool(record.values.get("steps") or record.completes)
    return asked and proof.state == READ_BACK and not proof.contradicted and not proof.unproven
