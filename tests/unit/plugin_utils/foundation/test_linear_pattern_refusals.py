# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a pattern of an indicator may not have."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.linear_pattern import LinearPattern


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a(?!.*b+)", r"only a literal may stand in a \(\?!\.\*\.\.\.\) at the end"),
        ("a{x}", r"a \{ that is no repetition"),
    ],
)
def test_it_is_refused(text: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        LinearPattern(text)
