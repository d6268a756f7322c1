# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a build knows of data sets."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.appliance_facts import (
    ApplianceFacts,
)


@pytest.mark.parametrize(
    ("build", "ranges", "in_acls"),
    [
        ("12.1 65.39", False, False),
        ("13.0 36.27", True, False),
        ("13.0 82.40", True, False),
        ("13.0 82.41", True, True),
        ("13.1 4.43", True, True),
        ("14.1 73.46", True, True),
    ],
)
def test_ranges_are_known_from_13_0_on_and_sets_in_acls_from_82_41(build: str, ranges: bool, in_acls: bool) -> None:
    facts = ApplianceFacts(Build.parse(build), (), ())
    assert (facts.knows_ranges_in_datasets, facts.knows_datasets_in_acls) == (ranges, in_acls)
