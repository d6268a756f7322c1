# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The union of spans has a time if one of the spans has it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.covered_times import CoveredTimes
from hypothesis import given
from hypothesis import strategies as st

SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 8)), max_size=8)


def at(minute: int) -> datetime:
    return datetime(2026, 11, 28, tzinfo=UTC) + timedelta(minutes=minute)


@given(SPANS, st.integers(-1, 40))
def test_it_has_what_one_of_the_spans_has(spans: list[tuple[int, int]], minute: int) -> None:
    expected = any(begin <= minute <= begin + length for begin, length in spans)
    assert (at(minute) in CoveredTimes((at(begin), at(begin + length)) for begin, length in spans)) is expected
