# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The results of all slices, on the page of a run as if one control node had worked on each appliance."""

from __future__ import annotations

from pathlib import Path

from ...fleet.waves.journal import Rollout
from ..pages.run_results import Lines, RunResults, TaskResult

ONLY_SHOWN = ("plan", "drill")


def take(run: RunResults, task: TaskResult) -> Lines:
    """Take the result of a task. The results of the slices were checked."""
    whole = task.whole
    if task.name != "sliced" or "results" not in whole:
        run.take(task)
        return ()
    run.results, run.problems = dict(whole["results"]), dict(whole["problems"])
    run.planned = set(whole["planned"])
    run.next_action = "\n".join([*whole["notes"], whole["next_action"]]).strip()
    run.only_checked = "directory" in whole and whole["verb"] in ONLY_SHOWN
    if run.only_checked:
        run.rollout = Rollout(Path(whole["directory"]))
        run.fleet, run.page = whole["summary"], whole["page"]
    return ()
