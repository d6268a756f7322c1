# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The results of all slices, on the page of a run as if one control node had worked on each appliance."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ...fleet.waves.journal import Rollout
from ...foundation.next_action import COMMANDS
from ..pages.run_results import CONTROL_NODE, Lines, RunResults, TaskResult

ONLY_SHOWN = ("plan", "drill")


def take(run: RunResults, task: TaskResult) -> Lines:
    """Take the result of a task. The results of the slices were checked."""
    whole = task.whole
    if task.name != "sliced":
        run.take(task)
        return ()
    if "results" not in whole:
        # It runs once, for the first appliance of the fleet: without results of appliances it speaks for the control node.
        run.take(replace(task, host=CONTROL_NODE))
        return ()
    run.results, run.problems = dict(whole["results"]), dict(whole["problems"])
    run.planned = set(whole["planned"])
    run.next_action = "\n".join([*whole["notes"], whole["next_action"]]).strip()
    run.next_commands = dict(whole.get(COMMANDS) or {})
    run.only_checked = "directory" in whole and whole["verb"] in ONLY_SHOWN
    if run.only_checked:
        run.rollout = Rollout(Path(whole["directory"]))
        run.fleet, run.page = whole["summary"], whole["page"]
    return ()
