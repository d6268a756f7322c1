# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The limits, time spans and NITRO codes of this package: a changed one is a decision, and shows here."""

from __future__ import annotations

from tests.limits import require_limits

LIMITS: dict[str, dict[str, object]] = {
    "change.execution.secondary": {
        "SYNC_PATIENCE": 10.0,
        "SAVE_PATIENCE": 3.0,
        "_FIRST_PAUSE": 0.25,
        "_LONGEST_PAUSE": 2.0,
    },
    "change.execution.what_is_left": {"_MOST_LINES": 10},
}


def test_the_limits() -> None:
    require_limits(LIMITS)
