# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The limits, time spans and NITRO codes of this package: a changed one is a decision, and shows here."""

from __future__ import annotations

from tests.limits import require_limits

LIMITS: dict[str, dict[str, object]] = {
    "measures.geoblock.country_data.download": {"_CHUNK": 262_144},
    "measures.geoblock.country_data.file_reader": {"UNPACKED": 16, "_HEADER_LINES": 60},
    "measures.geoblock.country_data.preview": {"CONSENT_ABOVE": 0.1},
}


def test_the_limits() -> None:
    require_limits(LIMITS)
