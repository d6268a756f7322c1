# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The limits, time spans and NITRO codes of this package: a changed one is a decision, and shows here."""

from __future__ import annotations

from tests.limits import require_limits

LIMITS: dict[str, dict[str, object]] = {
    "measures.geoblock.methods.acls.acl": {
        "CONSENT_ABOVE": 2000,
        "MEASURE_LIMIT": 30,
        "PRIORITIES": {"nsacl": 100_000, "nsacl6": 81_920},
    },
    "measures.geoblock.methods.acls.acl_forms": {"_PRIORITY": 77_777, "_TTL": 77_776},
}


def test_the_limits() -> None:
    require_limits(LIMITS)
