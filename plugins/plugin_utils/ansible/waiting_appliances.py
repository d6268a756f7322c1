# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The appliances that this machine does not change now: as a controller of ``sliced.yml`` it has given up a job that may still begin there."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from ..fleet.slices.left_jobs import AGAIN, refusals, settle_left_jobs
from ..fleet.slices.open_jobs import FOLDER, OpenJobs
from ..foundation.errors import InvalidInput, Refused
from ..foundation.state_directory import state_directory


def waiting(hosts: Collection[str]) -> dict[str, str]:
    """Return by appliance that is not changed now, which job may still begin there, and until when.

    :raises InvalidInput: where a job that was left cannot be read
    """
    left = refusals(settle_left_jobs(OpenJobs(state_directory() / FOLDER), datetime.now(UTC)))
    return {host: why for host, why in left.items() if host in hosts}


def require_no_wait(host: str) -> None:
    """Check that no job may still begin on an appliance.

    :raises Refused: naming the job and the time; nothing was sent
    :raises InvalidInput: where a job that was left cannot be read
    """
    why = waiting([host]).get(host)
    if why:
        raise Refused(f"{host}: {why}. Nothing was sent.")


def wait_notes(host: str) -> list[str]:
    """Return what a person should know beside what was read of an appliance: a job that may still change it, or that this cannot be known."""
    try:
        return [text.removesuffix(AGAIN) for text in waiting([host]).values()]
    except InvalidInput as error:
        return [str(error)]
