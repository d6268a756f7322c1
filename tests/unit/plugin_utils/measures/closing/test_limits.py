# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The limits, priorities and addresses of this package: a changed one is a decision, and shows here."""

from __future__ import annotations

from datetime import date

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.closing.measure import VERSIONS

from tests.limits import require_limits

LIMITS: dict[str, dict[str, object]] = {
    "measures.closing.measure": {
        "PRIORITIES": {"notice": 10, "partners": 20},
        "STRANGERS": {4: ("192.0.2.1", "198.51.100.1", "203.0.113.1"), 6: ("2001:db8::1", "3fff::1")},
        "_LONGEST_SLUG": 40,
    },
    "measures.closing.page": {"MOST_TEXT": 300, "MOST_LITERAL": 255},
    "measures.closing.partner_networks": {"LONGEST_RULE": 1499, "MOST_NETWORKS": 1000},
}


def test_the_limits() -> None:
    require_limits(LIMITS)


def test_the_version_and_its_day() -> None:
    assert {number: version.advised for number, version in VERSIONS.items()} == {1: date(2026, 11, 28)}
