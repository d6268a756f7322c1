# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When a node was started, as it says itself: its counters began anew then.

Source: ``starttime`` in the statistics of ``ns`` (NITRO reference).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ...foundation.foreign_text import printable
from .session import Session

START = "stat/ns"
"""The path of that read, behind that of NITRO."""
LONGEST_TIME = 64
CLOCK = "%a %b %d %H:%M:%S %Y"
"""The form of the times that a node says: starttime, and currentsytemtime [sic], such as "Mon May  8 14:59:07 2017"."""
CORRECTED = timedelta(minutes=2)
"""How far two times of one start may be apart: a node may work it out from its clock, which is corrected now and then."""
NO_CLOCK = datetime(2014, 1, 1)  # noqa: DTZ001 -- of a node, without a zone
"""No build that is known here is older: a node that says so has lost its clock, and says the same at each start."""


def read_start(session: Session) -> str:
    """Return when a node was started, as it says itself; "" where it does not say it.

    :raises NitroError: where that cannot be read
    """
    rows = session.read("ns", area="stat")
    return printable(str((rows or [{}])[0].get("starttime", "")))[:LONGEST_TIME]


def is_same_start(before: str, now: str) -> bool:
    """Return True if what a node said at two times is certainly one start of it, whatever its clock and that of the control node were."""
    try:
        first, second = (datetime.strptime(text, CLOCK) for text in (before, now))  # noqa: DTZ007 -- of one node, without a zone
    except ValueError:
        return False
    return min(first, second) >= NO_CLOCK and abs(second - first) <= CORRECTED
