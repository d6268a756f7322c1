# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""String maps (product documentation, string maps; NetScaler ingress controller, MAP_STRING_DEFAULT_TO_KEY)."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import UNDETERMINED, Names

from tests.unit.plugin_utils.policy_language.evaluation import header, likelier, value

NAMES = Names(stringmaps={"Moved": {"/old": "/new", "/Big": "/small"}})


@pytest.mark.parametrize(
    ("text", "url", "expected"),
    [
        ('PATH.MAP_STRING("moved")', "/old?a=1", "/new"),
        ('PATH.MAP_STRING("moved").EQ("/new")', "/old", True),
        ('MAP_STRING("moved")', "/old/more", UNDETERMINED),  # the whole text is compared, and what a miss gives is open
        ('PATH.MAP_STRING_DEFAULT_TO_KEY("moved")', "/other", "/other"),
        ('PATH.MAP_STRING_DEFAULT_TO_KEY("moved")', "/old", "/new"),
        ('PATH.IS_STRINGMAP_KEY("moved")', "/old", True),
        ('PATH.IS_STRINGMAP_KEY("moved")', "/big", False),
        ('PATH.SET_TEXT_MODE(IGNORECASE).IS_STRINGMAP_KEY("moved")', "/bIG", True),
    ],
)
def test_string_maps(text: str, url: str, expected: object) -> None:
    assert value(f"HTTP.REQ.URL.{text}", NAMES, url=url) == expected


def test_a_text_that_is_no_key_gives_empty_text_in_the_likelier_reading() -> None:
    assert likelier('HTTP.REQ.HEADER("X").MAP_STRING("moved")', NAMES, **header("nothing")) == ""
