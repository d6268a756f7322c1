# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A requested VIP that no appliance has is refused, unless an appliance that could not be read may have it."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.plan_file import PlanFile
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.rollout.settlement import (
    Absence,
    Settlement,
    require_somewhere,
)

GONE = Absence("gw-c", unreachable=True, problem="no route")


def plans(*unmatched: list[str] | None) -> list[PlanFile]:
    return [PlanFile({"host": "gw"} | ({} if names is None else {"unmatched": names})) for names in unmatched]


@pytest.mark.parametrize("others", [[["gwx", "shop"]], [["gwx"], None], [["gwx", "a"], ["gwx", "b"]]])
def test_a_vip_that_nobody_has_is_refused(others: list[list[str] | None]) -> None:
    with pytest.raises(
        InvalidInput, match=r"vips names gwx, and no appliance of this run has.*nothing was changed anywhere"
    ):
        require_somewhere(plans(["gwx"], *others), Settlement())


@pytest.mark.parametrize("names", [[], [[]], [None], [["gwx"], []], [["gwx"], ["shop"]]])
def test_a_vip_that_one_has_is_not(names: list[list[str] | None]) -> None:
    require_somewhere(plans(*names), Settlement())


@pytest.mark.parametrize(
    "settlement", [Settlement(left_out=[GONE]), Settlement(in_the_way=[GONE]), Settlement(left_open=[GONE])]
)
def test_an_appliance_that_was_not_read_may_have_it(settlement: Settlement) -> None:
    require_somewhere(plans(["gwx"]), settlement)
