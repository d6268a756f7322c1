# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The limits, time spans and NITRO codes of this package: a changed one is a decision, and shows here."""

from __future__ import annotations

from tests.limits import require_limits

LIMITS: dict[str, dict[str, object]] = {
    "verbs.bootstrap.account": {"FIRST_PRIORITY": 100, "LONGEST_PASSWORD": 127, "API_ONLY_SINCE": (13, 0)},
    "verbs.bootstrap.bootstrap": {
        "UNKNOWN_ATTRIBUTE_CODES": (278, 1090),
        "SYNC_PATIENCE": 10.0,
        "SAVE_PATIENCE": 3.0,
        "PAUSE": 0.25,
    },
}


def test_the_limits() -> None:
    require_limits(LIMITS)
