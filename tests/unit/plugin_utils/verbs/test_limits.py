# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The limits, time spans and NITRO codes of this package: a changed one is a decision, and shows here."""

from __future__ import annotations

from tests.limits import require_limits

LIMITS: dict[str, dict[str, object]] = {
    "verbs.catalogue.cve_comparison": {"MOST_FILES": 1000, "DIFFERS": 1, "INCOMPLETE": 3},
    "judgement.verdicts.chosen_requests": {"MOST_PROBES_AT_APPLY": 3},
}


def test_the_limits() -> None:
    require_limits(LIMITS)
