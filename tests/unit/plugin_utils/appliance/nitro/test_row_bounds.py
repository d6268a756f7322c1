# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The largest and the smallest numbers of an answer."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.rows import whole, wrong_type

from tests.played_together import played_together

LARGEST, SMALLEST = 2**64 - 1, -(2**63)


@pytest.mark.parametrize("value", [LARGEST, SMALLEST, 0, 1, -1, True])
def test_a_number_of_64_bits_is_a_counter(value: Any) -> None:
    assert wrong_type([{"hits": value}]) == ""


@pytest.mark.parametrize("value", [LARGEST + 1, SMALLEST - 1, 10**30])
def test_a_larger_number_is_refused(value: int) -> None:
    assert wrong_type([{"hits": value}]) == "the attribute hits is a number that is too large"


@pytest.mark.parametrize("value", [0, 1, LARGEST, str(LARGEST), "0", "", None])
def test_a_setting_is_a_whole_number_from_0_on(value: Any) -> None:
    assert wrong_type([{"priority": value}]) == ""


@played_together("value", [-1, "-1", LARGEST + 1, str(LARGEST + 1), "1" * 21, "ten", "1.5", 1.5, True, "\u0661"])
def test_a_setting_is_no_other_value(value: Any) -> None:
    told = "the attribute priority is no number, or one that is too large"
    assert wrong_type([{"name": "p"}, {"priority": value}]) == told


def test_digits_are_read_up_to_twenty() -> None:
    assert [whole(text) for text in ("9" * 20, "9" * 21, "", "-1", True, 7)] == [
        int("9" * 20),
        None,
        None,
        None,
        None,
        7,
    ]
