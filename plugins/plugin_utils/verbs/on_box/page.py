# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What people and programs see of a run on the script that watches the files of the nodes."""

from __future__ import annotations

from ...appliance.nitro.connection import Connection
from ...foundation.next_action import Command, advice, carrying
from ...node_system.node_local.settings import Wanted
from ...node_system.on_box.node_state import EXIT_CODES, OnBoxState
from ...node_system.on_box.run import OnBoxResult
from ..pages.change_result import ChangeResult
from ..pages.preview_parts import headline

PREFIX = "on-box: "
_LOOK = Command("on_box")
_NEXT = {
    OnBoxState.CHANGED: advice(
        "nobody but root can change it: take evidence (evidence.yml) and hunt (hunt.yml) before you repair it",
        *(Command("evidence"), Command("hunt")),
    ),
    OnBoxState.SILENT: advice("monitoring is unproven: look at cron, the clock and syslog on the node", check=_LOOK),
    OnBoxState.UNKNOWN: advice("find out why the node was not reached", check=_LOOK),
    OnBoxState.OUTDATED: advice("run on_box.yml with -e on_box=present", Command("on_box", (("on_box", "present"),))),
    OnBoxState.STARTING: advice("run on_box.yml again in 15 minutes", _LOOK),
    OnBoxState.ABSENT: "none; watch.yml watches from the control node",
    OnBoxState.REPORTING: "none",
}


def on_box_result(result: OnBoxResult, connection: Connection, *, planned: bool) -> ChangeResult:
    """Return the result of a run.

    :param planned: nothing was carried out
    """
    plan, lines = result.plan, _lines(result, planned=planned)
    would_change = plan is not None and not plan.conflicts and bool(plan.lines)
    nodes = [{"node": node.address, "state": node.state(), "text": node.text()} for node in result.nodes]
    return ChangeResult(
        connection=connection,
        changed=would_change if planned else result.changed,
        own={"on_box": result.state, "nodes": nodes, "lines": lines},
        record=result.record,
        preview=[headline(connection), *(f"  {line}" for line in lines)],
        kept=None,
    )


def failure_of(result: OnBoxResult, wanted: Wanted, fail_at: int, *, planned: bool) -> str:
    """Return why a run without an error is a failure, or "".

    :param fail_at: the exit code from which on a state is one
    """
    plan = result.plan
    if plan is not None and plan.conflicts:
        return carrying(
            f"the script is not possible: {'; '.join(plan.conflicts)}. Nothing was changed", *plan.conflicts
        )
    if planned and wanted is not Wanted.STATUS:
        return ""
    return message_of(result, wanted, planned=False) if EXIT_CODES[result.state] >= fail_at else ""


def next_of(result: OnBoxResult, wanted: Wanted, *, planned: bool) -> str:
    """Return the next action after a run; "" where it was to be carried out."""
    return "" if planned and result.plan is not None and wanted is not Wanted.STATUS else _NEXT[result.state]


def message_of(result: OnBoxResult, wanted: Wanted, *, planned: bool) -> str:
    """Return the message of a run."""
    plan = result.plan
    if planned and plan is not None and wanted is not Wanted.STATUS:
        number = len(plan.lines)
        return f"on-box script: {number} {'step' if number == 1 else 'steps'} would be done"
    return f"on-box script: {result.state}. Next action: {_NEXT[result.state]}"


def _lines(result: OnBoxResult, *, planned: bool) -> list[str]:
    plan = result.plan
    lines = [node.text() for node in result.nodes]
    if plan is not None:
        lines = [
            *(plan.lines if planned else ()),
            *lines,
            *(f"CONFLICT: {one}" for one in plan.conflicts),
            *plan.remarks,
        ]
    return [PREFIX + line for line in (*lines, *(f"not covered: {one}" for one in result.missing))]
