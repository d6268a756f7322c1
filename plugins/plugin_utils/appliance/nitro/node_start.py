# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When a node was started, as it says itself: its counters began anew then.

Source: ``starttime`` in the statistics of ``ns`` (NITRO reference).
"""

from __future__ import annotations

from ...foundation.foreign_text import printable
from .session import Session

START = "stat/ns"
"""The path of that read, behind that of NITRO."""
LONGEST_TIME = 64


def read_start(session: Session) -> str:
    """Return when a node was started, as it says itself; "" where it does not say it.

    :raises NitroError: where that cannot be read
    """
    rows = session.read("ns", area="stat")
    return printable(str((rows or [{}])[0].get("starttime", "")))[:LONGEST_TIME]
