# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Is a single thing told in the singular, in all that is kept of what the verbs, the demonstration and the diary print?"""

from __future__ import annotations

import pytest

from tests.kept.files import kept
from tests.plurals import told_in_plural


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("read 1 files", ["1 files"]),
        ("1 of 1 attacks match", ["1 attacks"]),
        ("0 of 1 legitimate requests pass", ["1 legitimate requests"]),
        ("1 change records are left", ["1 change records"]),
        ("11 files, 2.1 days, 1 file, 1,001 requests, 1 of 3 attacks", []),
    ],
)
def test_one_in_the_plural_is_found(text: str, found: list[str]) -> None:
    assert told_in_plural(text) == found


def test_nothing_that_is_kept_tells_one_in_the_plural() -> None:
    assert {name: found for name, text in kept().items() if (found := told_in_plural(text))} == {}
