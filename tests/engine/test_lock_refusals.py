# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A lock that cannot be had: the run never goes on as if it had it."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import Refused

from tests.engine.control_nodes import files, lock_on
from tests.engine.stage import Stage


def test_a_lock_that_others_take_each_time_is_not_ours(ours: Stage) -> None:
    """The appliance refuses to create the file, and shows none: each time somebody was faster, and has gone."""
    state = ours.configuration(), ours.configuration("saved")
    exists = {"type": "systemfile", "method": "POST", "code": 1642, "times": 0}
    ours.simulator.appliance("box").fault("nitro_error", **exists)
    with pytest.raises(
        Refused, match=r"^box: other runs take the lock again and again\. Try again later\. Nothing was changed\.$"
    ):
        ours.apply()
    assert (ours.configuration(), ours.configuration("saved")) == state
    assert files(ours) == {}
    assert list(ours.records.glob("box/*.json")) == [], "no run has begun"
    ours.simulator.appliance("box").clear_faults()
    assert ours.apply().verdict.word == "mitigated"


def test_on_a_pair_the_lock_of_the_other_node_is_given_back(pair_ours: Stage) -> None:
    exists = {"type": "systemfile", "method": "POST", "code": 1642, "times": 0}
    pair_ours.simulator.appliance("box").fault("nitro_error", node=1, **exists)
    state = [pair_ours.configuration(node=node) for node in (0, 1)]
    with pytest.raises(
        Refused, match=r"other runs take the lock again and again\. Try again later\. Nothing was changed\.$"
    ):
        pair_ours.apply()
    assert (lock_on(pair_ours, 0), lock_on(pair_ours, 1)) == (None, None)
    assert [pair_ours.configuration(node=node) for node in (0, 1)] == state
