# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The decision about the waves of a fleet, on the page of a run: before its waves begin, or at the end where it was only planned."""

from __future__ import annotations

from pathlib import Path

from ...fleet.waves.journal import Rollout, begun_rollout
from ...fleet.waves.summary import WAITS, WHY_HELD
from ...foundation.next_action import COMMANDS
from ..common.failed_result import REFUSED
from ..common.verb import Shown
from ..pages.run_results import Lines, RunResults, TaskResult, message_of


def take(run: RunResults, task: TaskResult) -> Lines:
    """Take the result of a task, and return the lines of the fleet that are to be shown before its waves begin."""
    if task.shown is not Shown.WAVES:
        run.take(task)
        return ()
    for host, why in task.whole.get(WAITS, {}).items():
        run.hold(host, why, REFUSED)
    if task.problem:
        _take_refusal(run, task)
        return ()
    result = task.values
    run.rollout = Rollout(Path(result["directory"]))
    run.next_commands = dict(result.get(COMMANDS) or {})
    page: Lines = result["page"] if "page" in result else result["summary"]
    if begun_rollout(result) is None:
        run.fleet, run.page = result["summary"], page
        return ()
    run.only_checked &= result["verb"] == "drill"
    return page


def _take_refusal(run: RunResults, task: TaskResult) -> None:
    run.only_checked = False
    undecided = task.values.get(WHY_HELD, "the rollout could not be decided")
    why = "others are in the way" if "held" in task.values else undecided
    for host in task.values.get("held", run.results.keys() - run.problems.keys()):
        run.hold(host, f"{why}, so nothing was begun")
    run.next_action = task.whole.get("next_action", "") or message_of(task.values)
    run.next_commands = dict(task.whole.get(COMMANDS) or {})
