# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The owner of unsaved lines where a virtual server was switched."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.unsaved_changes import switched_lines

OFF = ["+ add lb vserver shop HTTP 192.0.2.11 80 -state DISABLED", "- add lb vserver shop HTTP 192.0.2.11 80"]


@pytest.mark.parametrize(
    ("lines", "vservers", "ours"),
    [
        (OFF, {"shop"}, OFF),
        (OFF, {"other"}, []),
        (OFF, set(), []),
        (OFF[:1], {"shop"}, []),
        (["+ add vpn vserver gw SSL -state DISABLED -comment x", "- add vpn vserver gw SSL"], {"gw"}, []),
        (['+ add lb vserver "my shop" HTTP -state DISABLED', '- add lb vserver "my shop" HTTP'], {"my shop"}, "all"),
        (["+ add lb vserver shop2 HTTP -state DISABLED", "- add lb vserver shop2 HTTP"], {"shop"}, []),
        (
            ["+ add lb vserver x HTTP -comment shop -state DISABLED", "- add lb vserver x HTTP -comment shop"],
            {"shop"},
            [],
        ),
    ],
)
def test_only_the_state_of_what_we_switched_is_ours(
    lines: list[str], vservers: set[str], ours: list[str] | str
) -> None:
    assert switched_lines(lines, vservers) == set(lines if ours == "all" else ours)
