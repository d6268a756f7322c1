# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a job is that gave no results: what a person must know of it is whether it may still write."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum


class Standing(Enum):
    """Where a job is when its answer was read, or given up.

    The first that holds: nothing of it was sent; its node refused it before its first task;
    it was cancelled, and the transport confirmed that it begins nothing; it has come to its
    end; or none of that is known, so that it may be at work, or begin, until its deadline.
    """

    NOT_SENT = "not sent"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    ENDED = "ended"
    OPEN = "open"


NOTHING_DONE = (Standing.NOT_SENT, Standing.REFUSED)
"""Where nothing was sent to an appliance."""


@dataclass(frozen=True)
class Loss:
    """Why an appliance has no result.

    :ivar node: the name of its execution node
    :ivar standing: where the job is
    :ivar deadline: of a job that can write; None for one that changes nothing
    """

    node: str
    standing: Standing
    deadline: datetime | None


def time_text(time: datetime) -> str:
    """Return a time as messages show it."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
