# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gate of a sliced job on its execution node: it is begun once, and begins no appliance after its deadline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...catalogue.sliced_job import VARIABLE, SlicedJob
from ...change.records.job_guard import JobOver, over_on_this_node
from ...fleet.slices.accepted_jobs import begin_once
from ...foundation.errors import InvalidInput, Refused
from ...foundation.state_directory import state_directory
from .default_paths import existing_state_directory

IN_SLICE = "tourniquet_in_slice"
"""The variable by which a job says that its controller has checked what only the whole fleet shows, such as the names of customers."""
JOB = "job"
"""The name of the option of a task. It is there where the task is one of a job, and only the gate sets it."""


@dataclass(frozen=True)
class JobGate:
    """What the job of a task lets it do.

    :ivar job: None where the task belongs to none
    :ivar late: why no appliance is begun any more, as a sentence; "" where one may be
    """

    job: SlicedJob | None = None
    late: str = ""

    @property
    def options(self) -> dict[str, Any]:
        """The options that the task gets by it, as plain values."""
        return {} if self.job is None else {JOB: self.job.as_variable()}


def pass_gate(variables: Mapping[str, Any], host: str, run: str, *, reads_only: bool, plans: bool) -> JobGate:
    """Note that the job of a task has begun, and return what it lets the task do.

    :param variables: of the host
    :param run: the id of the run on this node
    :param reads_only: the task changes nothing on the appliance, and nothing that does so follows it
    :param plans: the task makes the plan of what follows
    :raises JobOver: where the plan would not be carried out any more; nothing was sent
    :raises TourniquetError: where the job is not one that a controller wrote, or was begun before
    """
    try:
        job = admitted_job(variables, run)
    except Refused as error:
        raise Refused(f"{host}: {error}") from error
    late = "" if job is None or reads_only else over_on_this_node(job)
    if late and plans:
        raise JobOver(f"{host}: {late}")
    return JobGate(job, late)


def admitted_job(variables: Mapping[str, Any], run: str) -> SlicedJob | None:
    """Return the job that a run of this node carries out, noted as begun; None where it is none of a controller.

    :raises TourniquetError: where the job is not one that a controller wrote, or was begun before, or where only a part of one is there
    """
    value = variables.get(VARIABLE)
    if value is None:
        if variables.get(IN_SLICE) is not None:
            raise InvalidInput(
                f"{IN_SLICE} leaves checks to a controller, and this run has none. sliced.yml writes it into each job of a closing: leave it out of "
                "-e and of the inventory. Nothing was sent."
            )
        return None
    job = SlicedJob.from_variable(value)
    begin_once(existing_state_directory() or state_directory(), job, run)
    return job


def job_of(options: Mapping[str, Any]) -> SlicedJob | None:
    """Return the job that a task belongs to; None where it belongs to none."""
    value = options.get(JOB)
    return None if value is None else SlicedJob.from_variable(value)
