# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action of letters.yml: what it says where nobody is named whom customers can call."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.action import letters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput


@pytest.mark.parametrize("arguments", [{}, {"sender": None}, {"sender": {}}])
def test_a_missing_sender_is_named_with_its_place_in_the_inventory(arguments: dict[str, object]) -> None:
    with pytest.raises(
        InvalidInput, match=r"^localhost: letters_sender is missing, .* group_vars/all of the inventory"
    ):
        letters._require_sender("localhost", arguments)


def test_a_sender_is_taken() -> None:
    letters._require_sender("localhost", {"sender": {"name": "S. Bakker"}})
