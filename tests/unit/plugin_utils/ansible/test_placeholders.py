# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A placeholder that was pasted is refused, with the name of its option."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.placeholders import (
    require_no_placeholders,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.accepted import accepted


@pytest.mark.parametrize(
    ("extra", "named"),
    [
        ({"ticket": "<ticket>"}, "-e ticket"),
        ({"ticket": " <what was agreed> ", "who": "<who>", "reason": "it leaks"}, "-e ticket and -e who"),
        ({"reason": "\u2039reason\u203a"}, "-e reason"),
        ({"customers": ["Smit", "<customer>"]}, "-e customers"),
        ({"settings": {"a": [{"b": "<...>"}]}}, "-e settings"),
    ],
)
def test_each_is_named(extra: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        require_no_placeholders(extra)
    assert str(refused.value) == (
        f"{named}: replace <...> by what only you know, in the line that you pasted. Nothing was sent."
    )


def test_a_value_with_such_a_sign_in_it_is_none() -> None:
    with accepted():
        require_no_placeholders(
            {"reason": "see <https://example.org> in the letter", "expires": 24, "text": "a < b > c"}
        )
