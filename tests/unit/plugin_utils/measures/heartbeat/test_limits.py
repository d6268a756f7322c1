# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The limits of the heartbeat: a changed one is a decision, and shows here."""

from __future__ import annotations

from datetime import timedelta

from tests.limits import require_limits

LIMITS: dict[str, dict[str, object]] = {
    "measures.heartbeat.kind": {"LATE_AFTER": timedelta(hours=26)},
    "measures.last_run": {"_CLOCKS_DIFFER": timedelta(minutes=10)},
}


def test_the_limits() -> None:
    require_limits(LIMITS)
