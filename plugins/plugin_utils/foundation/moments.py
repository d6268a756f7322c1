# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How people read a time of a record. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

CLOCK_WRONG = "at a time that is not known, as the clock of its run was wrong"
EARLIEST = datetime(2019, 1, 1, tzinfo=UTC)
"""No weakness that we know is as old, so no run of ours is: a clock that says so has lost its time, and shows 1970, say."""
CLOCK_SKEW = timedelta(hours=1)
"""By how much the clocks of two control nodes may differ."""


def since(text: str, now: datetime) -> str:
    """Return since when something has been so, by a time of a record; that nobody knows it where its clock was wrong.

    :raises ValueError: where it is no time
    """
    return f"{CLOCK_WRONG}," if is_wrong(datetime.fromisoformat(text), now) else f"since {moment(text)}"


def is_wrong(time: datetime, now: datetime) -> bool:
    """Return True for a time that is still to come, or before all runs: nobody knows when it was."""
    return time < EARLIEST or time > now + CLOCK_SKEW


def moment(text: str) -> str:
    """Return a time of a record in the form 2020-01-18 08:00 UTC.

    :raises ValueError: where it is no time
    """
    return f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def why_no_day(text: str, example: str) -> str:
    """Return why a text is no day, as the rest of a sentence: one that is written as a day is not in its month."""
    has_month = re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])-[0-9]{2}", text) is not None
    return "that month has no such day" if has_month else f"write a date as {example}"
