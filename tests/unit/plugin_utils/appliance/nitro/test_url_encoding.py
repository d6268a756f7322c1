# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names and arguments in the URL of a request."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.names import usable
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.url_encoding import (
    encode_args,
    encode_name,
    quoted,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused


def test_a_name_is_encoded_twice_and_an_argument_once() -> None:
    assert encode_name("a b/c") == "a%2520b%252Fc"
    assert encode_args({"filelocation": "/nsconfig", "x": "1,2"}) == "filelocation:%2Fnsconfig,x:1%2C2"


@pytest.mark.parametrize("text", ["../../x", "a?b=c&d", "a#b", "a\r\nHost: x", "é"])
def test_no_character_of_a_name_ends_the_path(text: str) -> None:
    for shown in (quoted(text), encode_name(text)):
        assert not {*"/?#&\r\n "} & {*shown}


def test_nothing_is_sent_for_a_name_that_nitro_does_not_allow() -> None:
    stand_in = usable("lbvserver", "a\nb", set())
    with pytest.raises(
        Refused, match=r"nothing is sent for the \(unusable name [0-9a-f]{12}\)\. Look at it on the appliance itself"
    ):
        encode_name(stand_in)
