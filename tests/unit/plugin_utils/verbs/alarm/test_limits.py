# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The limits, time spans and NITRO codes of this package: a changed one is a decision, and shows here."""

from __future__ import annotations

from datetime import timedelta

from tests.limits import require_limits

LIMITS: dict[str, dict[str, object]] = {
    "verbs.alarm.tested_forwarding": {"LONGEST_BREAK": 2.0, "LONGEST_TIME": 64},
    "traces.alarm_state.attempts": {
        "LONGEST_PAUSE": timedelta(hours=26),
        "MOST_TESTS": 400,
        "CORRECTED": timedelta(minutes=2),
        "_FORWARD": timedelta(minutes=5),
    },
    "verbs.alarm.receiver": {
        "MOST_FILES": 2000,
        "DEEPEST": 4,
        "LONGEST_TAIL": 4_194_304,
        "MOST_BYTES": 67_108_864,
        "SLACK": 60.0,
    },
}


def test_the_limits() -> None:
    require_limits(LIMITS)
