# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the plan of a rollout has read, kept for its wave (docs/decisions/0079)."""

from __future__ import annotations

from ...judgement.inspection.earlier_reads import EarlierReads
from ..common.job_gate import JOB
from ..common.task import Task, rollout_of


def earlier_reads(task: Task) -> EarlierReads | None:
    """Return what the plan of this run has read; None in a plan, and where nothing was kept."""
    rollout = rollout_of(task.options)
    return EarlierReads.read(rollout.directory, task.appliance.name) if rollout and not task.check_mode else None


def keep_reads(task: Task, reads: EarlierReads | None, *, changes: bool) -> None:
    """Keep what the plan of a rollout has read, if it changes something. A sliced job plans again on its node, so what its plan has read stays there."""
    rollout = rollout_of(task.options)
    keeps = task.check_mode and not task.is_preview and task.options.get(JOB) is None
    if rollout and keeps and reads and changes:
        reads.write(rollout.directory, task.appliance.name)
