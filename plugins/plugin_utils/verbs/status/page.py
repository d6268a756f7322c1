# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verdicts of status.yml on the page of a run: of files, each as an appliance of its own, and of appliances that were changed before. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ..pages.run_results import Lines, RunResults, TaskResult, Values, newest

KEPT = ("action", "changed", "steps", "inverse", "record", "saved_now", "corrected", "closures")
OF_THE_FLEET = ("closures", "last_drill")
"""What is closed is told by status.yml and by what closed or opened: the proof of a wave reads that wave only, and none comes behind the last."""


def take(run: RunResults, task: TaskResult) -> Lines:
    """Take the result of a task."""
    if task.name == "exported_status" and "files" in task.whole:
        _take_files(run, task.whole["files"])
    else:
        run.take(task, proven_again)
    return ()


def _take_files(run: RunResults, files: Mapping[str, Values]) -> None:
    """Take each exported configuration as an appliance of its own. Nothing was connected to, and nothing could be changed."""
    run.only_checked = False
    run.plans = [line for one in files.values() for line in one.get("report", ())]
    for name, one in files.items():
        run.results[name] = {**one, "action": "status"}
        if one.get("problem"):
            run.problems[name] = str(one["problem"])


def proven_again(before: Values, task: TaskResult) -> Values:
    """Return the result of an appliance after it has been proven: the changes before stay part of it."""
    if not before.get("changed") or "steps" not in before:
        return newest(before, task)
    proven = {name: value for name, value in task.whole.items() if name not in OF_THE_FLEET}
    return {**proven, **{name: before[name] for name in KEPT if name in before}}
