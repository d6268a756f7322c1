# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The versions of the closing: a changed day is a decision, and shows here."""

from __future__ import annotations

from datetime import date

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.closing.measure import VERSIONS


def test_the_version_and_its_day() -> None:
    assert {number: version.advised for number, version in VERSIONS.items()} == {1: date(2026, 11, 28)}
