# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The limits, time spans and NITRO codes of this package: a changed one is a decision, and shows here."""

from __future__ import annotations

from tests.limits import require_limits

LIMITS: dict[str, dict[str, object]] = {
    "measures.geoblock.geoblock_variables": {"LAST_BAND": 99_990},
    "measures.geoblock.templates": {"LARGEST": 4_000_000},
}


def test_the_limits() -> None:
    require_limits(LIMITS)
