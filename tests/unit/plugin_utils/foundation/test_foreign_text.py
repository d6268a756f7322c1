# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Text of others: what can be no value at all."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.foreign_text import has_nul


@pytest.mark.parametrize("value", ["a\0b", ["a", "b\0"], ("\0",), {"a\0": 1}, {"a": [{"b": "\0"}]}])
def test_a_nul_character_is_found_wherever_it_is(value: Any) -> None:
    assert has_nul(value)


@pytest.mark.parametrize("value", ["a", "", None, 7, [], {}, ["a", {"b": "c"}], {"a": 1}])
def test_a_value_without_one_is_told_as_that(value: Any) -> None:
    assert not has_nul(value)
