# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What people and programs see of a run on the node-local half of a measure."""

from __future__ import annotations

from dataclasses import replace

from ...appliance.nitro.connection import Connection
from ...foundation.next_action import NextAction, advice
from ...judgement.course.coverage import MANAGEMENT, Coverage
from ...judgement.proof.next_action import APPLY, BLOCK_AGAIN, VERIFY
from ...node_system.node_local.coverage import EXIT_CODES
from ...node_system.node_local.plan import NodeLocalPlan
from ...node_system.node_local.run import NodeLocalResult
from ...node_system.node_local.settings import Wanted
from ...traces.evidence.evidence_bundles import HeldEvidence
from ..pages.change_result import ChangeResult
from ..pages.preview_parts import headline
from ..pages.run_results import Lines, RunResults, TaskResult, Values, newest

PREFIX = "node-local: "
_APPLY, _VERIFY, _BLOCK = (replace(one, options=(("node_local", "true"),)) for one in (APPLY, VERIFY, BLOCK_AGAIN))
_NEXT = {
    Coverage.NOT_COVERED: advice(
        "run apply.yml with -e node_local=true, or keep the management addresses from everybody else", _APPLY
    ),
    Coverage.AFTER_REBOOT: advice(
        "run apply.yml with -e node_local=true, which sets the knob without a reboot", _APPLY
    ),
    Coverage.ONLY_COUNTS: NextAction("look at what it would block, then ", _BLOCK),
    **dict.fromkeys(
        (Coverage.IN_FRONT, Coverage.PARTLY),
        advice(
            "look at the policies of others in front of ours: have them removed, or acknowledge them in tourniquet_acknowledgements, then "
            "run verify.yml with -e node_local=true",
            _VERIFY,
        ),
    ),
    Coverage.UNKNOWN: advice("find out why the address or the file was not read, and run verify.yml again", _VERIFY),
    Coverage.UNTIL_REBOOT: advice("run apply.yml with -e node_local=true, which writes the line", _APPLY),
    Coverage.COVERED: "none; rollback.yml with -e node_local=true takes it out after the fix",
}


def lines_of(result: NodeLocalResult, *, planned: bool) -> list[str]:
    """Return the lines for a person: the plan node by node, what the addresses answer, and what has to be known.

    :param planned: nothing was carried out
    """
    plan, lines = result.plan, [node.text for node in result.nodes]
    if plan is not None:
        lines = [
            *(plan.lines if planned else _done(result, plan)),
            *lines,
            *(f"CONFLICT: {one}" for one in plan.conflicts),
            *plan.remarks,
        ]
        lines += [f"nothing to do: {plan.skipped}"] if plan.skipped else []
    lines += [f"in front of ours: {text}" for text in result.told]
    return [PREFIX + line for line in (*lines, *(f"not covered: {one}" for one in result.missing))]


def _done(result: NodeLocalResult, plan: NodeLocalPlan) -> list[str]:
    """Return the line that says that the steps of the plan were carried out."""
    return [f"done, and read back: {_steps(plan)}"] if result.changed else []


def _steps(plan: NodeLocalPlan) -> str:
    return f"{len(plan.lines)} {'step' if len(plan.lines) == 1 else 'steps'}"


def evidence_notes(held: HeldEvidence) -> list[str]:
    """Return the lines on the evidence that was found on the control node; none where it was not looked for."""
    if not held.words:
        return []
    more = f" and {len(held.gaps) - 1} more" if len(held.gaps) > 1 else ""
    gaps = [f"the evidence lacks: {held.gaps[0]}{more}"] if held.gaps else []
    return [PREFIX + line for line in (f"evidence before the reboot: {held.words}", *gaps)]


def node_local_result(result: NodeLocalResult, connection: Connection, *, planned: bool) -> ChangeResult:
    """Return the result of a run."""
    lines, plan = lines_of(result, planned=planned), result.plan
    would_change = plan is not None and not plan.conflicts and bool(plan.lines)
    nodes = [
        {
            "node": node.address,
            "state": node.state,
            "asked": node.proof is not None,
            "lines": node.count,
            "text": node.text,
        }
        for node in result.nodes
    ]
    seal = plan.seal if plan is not None else ""
    return ChangeResult(
        connection=connection,
        changed=would_change if planned else result.changed,
        own={"management_address": result.state, "nodes": nodes, "lines": lines, "seal": seal},
        record=result.record,
        preview=[headline(connection), *(f"  {line}" for line in lines)],
        kept=None,
    )


def failure_of(result: NodeLocalResult, wanted: Wanted, fail_at: int, *, planned: bool) -> str:
    """Return why a run without an error is a failure, or "".

    :param fail_at: the exit code from which on a state of a management address is one
    """
    plan = result.plan
    if plan is not None and plan.conflicts:
        return f"the node-local half is not possible: {'; '.join(plan.conflicts)}. Nothing was changed"
    if planned or wanted is Wanted.ABSENT or (plan is not None and plan.skipped):
        return ""
    return message_of(result, wanted, planned=False) if EXIT_CODES[result.state] >= fail_at else ""


def next_of(result: NodeLocalResult, wanted: Wanted, *, planned: bool) -> str:
    """Return the next action after a run; "" where it took the half out, or was to be carried out."""
    plan = result.plan
    is_done = plan is not None and (plan.skipped or planned or wanted is Wanted.ABSENT)
    return "" if is_done else _NEXT[result.state]


def message_of(result: NodeLocalResult, wanted: Wanted, *, planned: bool) -> str:
    """Return the message of a run."""
    plan = result.plan
    if plan is not None and plan.skipped:
        return f"node-local half: nothing to do: {plan.skipped}"
    if plan is not None and (planned or wanted is Wanted.ABSENT):
        done = "would be done" if planned else "done, and read back"
        return f"node-local half: {_steps(plan)} {done}" if plan.lines else ("node-local half: nothing to do")
    return f"management addresses: {result.state}. Next action: {_NEXT[result.state]}"


def take(run: RunResults, task: TaskResult) -> Lines:
    """Take the result of a task."""
    run.take(task, with_node_local)
    return ()


def with_node_local(before: Values, task: TaskResult) -> Values:
    """Return the result of an appliance with that of its node-local half, which comes behind the task on the configuration.

    What an address answered replaces what was read before; one that was not asked is as the records say.
    """
    if not before:
        return newest(before, task)
    result = task.whole
    verdict = before.get("verdict")
    if verdict and result.get("nodes"):
        asked = {_not_covered(str(one["text"])): one["state"] for one in result["nodes"] if one.get("asked")}
        replaced = tuple(f"{text.partition(': ')[0]}: " for text in asked)
        missing = [text for text in verdict.get("missing", ()) if not str(text).startswith(replaced)]
        missing += [text for text, state in asked.items() if state != Coverage.COVERED]
        before = {**before, "verdict": {**verdict, "missing": missing}}
    notes = [*before.get("notes", ()), *result.get("notes", ())]
    changed = bool(before.get("changed") or result.get("changed"))
    return {**before, "notes": notes, "changed": changed, "node_local": result}


def _not_covered(text: str) -> str:
    """Return what an address showed as the text of a verdict."""
    return f"{MANAGEMENT}{text.removeprefix('management address ')}"
