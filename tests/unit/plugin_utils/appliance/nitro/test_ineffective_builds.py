# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The 12.1 builds that do not evaluate responder policies on VPN pages (vendor, 2020-01-16; checker j81blog/ADC-19781)."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import RESPONDER_AT_GATEWAYS

from tests.played_together import played_together

LISTED = RESPONDER_AT_GATEWAYS[12, 1]


@pytest.mark.parametrize("number", [(50, 31), (51, 16), (51, 19), (51, 20), (52, 15), (55, 18), (65, 1)])
def test_a_build_that_evaluates_them_is_not_covered(number: tuple[int, int]) -> None:
    assert not LISTED.covers(number)


@played_together(
    "number", [(48, 13), (50, 28), (50, 30), (50, 32), (51, 14), (51, 15), (51, 17), (51, 18), (31, 50), (16, 51)]
)
def test_a_build_that_does_not_or_is_unclear_is_covered(number: tuple[int, int]) -> None:
    assert LISTED.covers(number)


def test_no_other_branch_is_listed() -> None:
    assert set(RESPONDER_AT_GATEWAYS) == {(12, 1)}
    assert "do not evaluate responder policies on VPN pages" in LISTED.reason
