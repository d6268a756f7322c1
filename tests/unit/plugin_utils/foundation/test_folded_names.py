# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names of many hosts in few words."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.folded_names import folded


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], ""),
        (["gw-a"], "gw-a"),
        (["gw-1", "gw-2"], "gw-1, gw-2"),
        (["gw-01", "gw-02", "x", "gw-03", "gw-07"], "gw-[01-03,07], x"),
        ([f"gw-{number}" for number in range(8, 13)], "gw-[8-12]"),
        ([f"gw-{number:02}" for number in range(8, 13)], "gw-[08-12]"),
        (["gw-7", "gw-07", "gw-8", "gw-9"], "gw-[7-9], gw-07"),
        (["rack1-a", "rack2-a", "rack3-a", "rack4-b"], "rack[1-3]-a, rack4-b"),
        (["gw-3", "gw-1", "gw-2", "gw-1"], "gw-[1-3]"),
    ],
)
def test_numbered_names_are_ranges(names: list[str], text: str) -> None:
    assert folded(names) == text


def test_no_two_fleets_read_the_same() -> None:
    """Each name can be had back from the ranges."""
    assert folded(["gw-01", "gw-2", "gw-3", "gw-04", "gw-5"]) == "gw-01, gw-04, gw-[2-3,5]"


def test_of_many_pieces_the_first_are_shown_and_the_others_counted() -> None:
    assert folded(list("abcdefg"), 5) == "a, b, c, d, e and 2 more"
    assert folded(["a", *(f"gw-{number}" for number in range(100))], 1) == "a and 100 more"
    assert folded(["a", *(f"gw-{number}" for number in range(100))], 2) == "a, gw-[0-99]"
    assert folded([f"gw-{number:03}" for number in range(1, 200, 3)], 3) == "gw-[001,004,007] and 64 more"
    assert folded(list("ab"), 2) == "a, b"
