# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The limits, time spans and NITRO codes of this package: a changed one is a decision, and shows here."""

from __future__ import annotations

from tests.limits import require_limits

LIMITS: dict[str, dict[str, object]] = {
    "change.planning.plan_file": {"FORMAT": 1, "MOST_CLOCK_SKEW": 300.0},
    "change.planning.state_reader": {"UNKNOWN_BIND_POINT_CODES": (1074, 278, 1097, 3910), "MOST_SETS_AT_ONCE": 8},
}


def test_the_limits() -> None:
    require_limits(LIMITS)
