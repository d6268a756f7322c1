# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The limits, time spans and NITRO codes of this package: a changed one is a decision, and shows here."""

from __future__ import annotations

from tests.limits import require_limits

LIMITS: dict[str, dict[str, object]] = {
    "measures.url_whitelist.entry": {"LONGEST_PATTERN": 255},
    "measures.url_whitelist.measure": {"PLAYED_ENTRIES": 40, "TRAVERSED": 2, "SOON": 3},
    "measures.url_whitelist.whitelist_variables": {
        "MOST_PATTERNS": 5000,
        "LONGEST_SLUG": 60,
        "DEFAULT_PRIORITY": 100,
        "HIGHEST_PRIORITY": 2_147_483_646,
    },
}


def test_the_limits() -> None:
    require_limits(LIMITS)
