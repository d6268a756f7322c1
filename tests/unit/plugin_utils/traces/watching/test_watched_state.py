# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The same content, as far as a listing and a hash tell: a file without a hash is not "the same" for that."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.watching.watched_state import SeenFile

TIME, LATER = "2026-09-28T06:15:02", "2026-09-28T06:15:03"
HASHED = SeenFile(9, TIME, sha256="aa")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (HASHED, HASHED, True),
        (HASHED, SeenFile(9, TIME, sha256="bb"), False),  # touch -r
        (HASHED, SeenFile(8, LATER, sha256="aa"), True),
        # without a hash of both, size and time decide
        (HASHED, SeenFile(9, TIME), True),
        (HASHED, SeenFile(9, LATER), False),
        (HASHED, SeenFile(8, TIME), False),
        (SeenFile(9, TIME), SeenFile(9, TIME), True),
        (SeenFile(9, TIME), SeenFile(8, TIME), False),
        (SeenFile(9, TIME), SeenFile(9, LATER), False),
        (SeenFile(None, ""), SeenFile(9, TIME), False),
        (SeenFile(is_directory=True), SeenFile(is_directory=True), True),
        (SeenFile(None, TIME, is_directory=True), SeenFile(None, LATER, is_directory=True), True),
        (SeenFile(is_directory=True), SeenFile(), False),
    ],
)
def test_a_file_is_the_same(one: SeenFile, other: SeenFile, same: bool) -> None:
    assert (one.is_same(other), other.is_same(one)) == (same, same)
