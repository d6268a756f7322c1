# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What each state ends a check with, as a monitoring system reads it: 0 as it should be, 1 a warning, 2 critical, 3 not known."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local import coverage
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.on_box import node_state
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor import check_result
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.ledger import page as ledger


@pytest.mark.parametrize(
    ("codes", "states"),
    [
        (
            coverage.EXIT_CODES,
            {
                0: {"covered"},
                1: {"covered until the next reboot"},
                2: {
                    "NOT covered",
                    "NOT covered until the next reboot",
                    "NOT covered: our rule only counts",
                    "NOT covered: look at the policies in front of ours",
                    "partly covered",
                },
                3: {"unknown"},
            },
        ),
        (
            node_state.EXIT_CODES,
            {
                0: {"not installed", "reports"},
                1: {"not as planned", "no report yet"},
                2: {"CHANGED by somebody else", "does NOT report"},
                3: {"unknown"},
            },
        ),
        (
            check_result.EXIT_CODES,
            {0: {"ok", "note"}, 1: {"warning"}, 2: {"unreachable", "error"}, 3: {"not checked"}},
        ),
        # What is not known of a customer is as urgent as what must be assumed: somebody has to look.
        (ledger.EXIT_CODES, {0: {"open"}, 1: {"patch_first"}, 2: {"unknown", "assume_compromised"}}),
    ],
    ids=["coverage", "report of a node", "doctor", "ledger"],
)
def test_each_state_ends_with_its_code(codes: Mapping[str, int], states: Mapping[int, set[str]]) -> None:
    assert {code: {str(one) for one in codes if codes[one] == code} for code in {*codes.values()}} == states
