# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hit counter of a policy: what is no number counts as none."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.object_reads.hit_counter import read_hits


class FakeSession:
    """Answers each read with the same rows, and notes it."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows
        self.reads: list[tuple[Any, ...]] = []

    def read(self, *asked: str, **options: str) -> list[dict[str, Any]]:
        self.reads.append((*asked, options))
        return self.rows


@pytest.mark.parametrize(
    ("rows", "number"),
    [
        ([{"pipolicyhits": "7"}], 7),
        ([{"pipolicyhits": 7}], 7),
        ([{}], 0),
        ([], 0),
        ([{"pipolicyhits": "seven"}], 0),
        ([{"pipolicyhits": {"a": 1}}], 0),
        ([{"pipolicyhits": "9" * 5000}], 0),
    ],
)
def test_the_hit_counter(rows: list[dict[str, Any]], number: int) -> None:
    session = FakeSession(rows)
    assert read_hits(session, "p") == number  # type: ignore[arg-type]
    assert session.reads == [("responderpolicy", "p", {"area": "stat"})]
