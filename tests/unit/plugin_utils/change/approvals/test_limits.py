# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The limits, time spans and NITRO codes of this package: a changed one is a decision, and shows here."""

from __future__ import annotations

from datetime import timedelta

from tests.limits import require_limits

LIMITS: dict[str, dict[str, object]] = {
    "change.approvals.approval": {"MOST_SIGNATURES": 20},
    "change.approvals.demand": {"MOST": 2},
    "change.approvals.request": {"LIFETIME": timedelta(hours=24), "LONGEST": 4_000_000},
}


def test_the_limits() -> None:
    require_limits(LIMITS)
