# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What earlier runs did on the operating system of each node, from their records. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...change.records.change_record import ChangeRecord
from ...change.records.record_states import Outcome, RecordKind, StepState
from ...judgement.course.coverage import ADDRESSES, Coverage
from .settings import Wanted

KNOB, FILE = "knob", "file"
"""The names of the steps on a node in its record."""
MAY_BE_DONE = (StepState.SENT, StepState.DONE)


@dataclass(frozen=True)
class NodeHistory:
    """What our runs left on one node.

    :ivar is_ours: the line in the start-up file is of a run of ours
    :ivar before: the SHA-256 of the file before that run, or ABSENT; "" where no run is known
    :ivar knob: a run of ours set the knob, and none has set it back
    :ivar is_known: a run of ours worked on the node
    :ivar rebooted: a run has rebooted the node since the last change of its file
    :ivar reboot: the state of the reboot in a run that did not come to its end; likewise booted, the start time of the node before it
    """

    is_ours: bool = False
    before: str = ""
    knob: bool = False
    is_known: bool = False
    rebooted: bool = False
    reboot: str = ""
    booted: str = ""


def node_local_records(records: Iterable[ChangeRecord], measure: str) -> list[ChangeRecord]:
    """Return the trusted records of runs on the node-local half of a measure, in the given order."""
    return [
        record
        for record in records
        if record.kind is RecordKind.NODE_LOCAL and record.measure == measure and record.provenance.is_trusted
    ]


def histories(records: Iterable[ChangeRecord]) -> dict[str, NodeHistory]:
    """Return by node (address:port) what the runs left, the records in the order of their chain."""
    found: dict[str, NodeHistory] = {}
    for record in records:
        planned: Mapping[str, Any] = record.content.values["node_local"]
        states = states_of(record, (KNOB, FILE))
        wrote = any(state.get("file") in MAY_BE_DONE for state in states.values())
        for entry in planned["nodes"]:
            node, before = str(entry["node"]), found.get(str(entry["node"]), NodeHistory())
            found[node] = _after(before, entry, states.get(node, {}), Wanted(planned["wanted"]), wrote=wrote)
            open_run = record.outcome in (Outcome.OPEN, Outcome.CONTINUED, Outcome.FAILED)
            state = states.get(node, {}) if open_run else {}
            found[node] = replace(
                found[node],
                is_known=True,
                rebooted=found[node].rebooted or states.get(node, {}).get("reboot") == StepState.DONE,
                reboot=state.get("reboot", ""),
                booted=state.get("booted", ""),
            )
    return found


def _after(
    before: NodeHistory, entry: Mapping[str, Any], state: Mapping[str, str], wanted: Wanted, *, wrote: bool
) -> NodeHistory:
    """Return the history of a node after one more run.

    :param wrote: the run may have written the file of a node; HA file synchronisation may then have brought the line to the other one
    """
    if wanted is Wanted.PRESENT:
        added = wrote and not entry["count"] and state.get("file") != StepState.UNDONE
        knob = before.knob or state.get("knob") in MAY_BE_DONE
        knob = knob and state.get("knob") != StepState.UNDONE
        if not added:
            return replace(before, knob=knob)
        return NodeHistory(is_ours=True, before=entry["sha256"], knob=knob)
    if state.get("file") == StepState.DONE:
        # A knob that the run had still to set back when it ended is left, also where no run of ours had set it.
        return NodeHistory(knob=(before.knob or bool(entry.get("knob"))) and state.get("knob") != StepState.DONE)
    return before


def last_covered(records: Iterable[ChangeRecord], measure: str, node: str) -> str:
    """Return the end of the run that last saw the management address of a node, if it saw it covered and the line has not gone since; else "".

    A signed copy of another control node proves it too; one that a person accepts by name proves nothing, and only makes it worse.

    :param records: in the order of their chain
    """
    found = ""
    for record in records:
        if record.measure != measure or not record.provenance.is_trusted:
            continue
        word = _seen(record, node)
        if word == Coverage.COVERED:
            found = (record.finished or "") if record.may_prove else found
        elif word or _takes_out(record, node):
            found = ""
    return found


def _seen(record: ChangeRecord, node: str) -> str:
    """Return the word for a management address in a run; "" where the run asked nothing."""
    seen = (record.content.values.get("proof") or {}).get(ADDRESSES) or ()
    return next((str(one["state"]) for one in seen if one["node"] == node), "")


def _takes_out(record: ChangeRecord, node: str) -> bool:
    """Return True if a run may have taken the line out of the start-up file of a node."""
    if record.kind is not RecordKind.NODE_LOCAL or record.content.values["node_local"]["wanted"] != Wanted.ABSENT:
        return False
    return states_of(record, (KNOB, FILE)).get(node, {}).get(FILE) in MAY_BE_DONE


def states_of(record: ChangeRecord, steps: Sequence[str] = ()) -> dict[str, dict[str, str]]:
    """Return by node the states of what the run does there: file, knob, reboot, failover; ``booted`` is the start time before a reboot.

    :param steps: what may be in doubt on each node of a run of another control node, of which only the copy from before its first write is there
    """
    proof = record.content.values.get("proof") or {}
    known = {node: dict(states) for node, states in (proof.get("nodes") or {}).items()}
    if known or not steps or not (record.is_fetched and record.outcome is Outcome.OPEN):
        return known
    planned: Mapping[str, Any] = record.content.values["node_local"]
    return {str(entry["node"]): dict.fromkeys(steps, str(StepState.SENT)) for entry in planned["nodes"]}
