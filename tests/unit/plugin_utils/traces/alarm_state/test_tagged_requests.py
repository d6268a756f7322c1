# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which hits are requests of a test of the alarm."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.alarm import Alarm
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.alarm_state.tagged_requests import (
    TaggedRequest,
    hits_without_line,
    holds_message,
    own_hits,
    risen,
    with_hits_behind,
)

TAG = "tq-alarm-0123456789abcdef"
LINE = f"tq_x blocked /?{TAG}".encode()


def test_as_many_hits_are_ours_as_lines_have_the_tag() -> None:
    two = Alarm("cve", "global", ("tq_a", "tq_b"), {"tq_log": "word"})
    other = Alarm("cve2", "global", ("tq_c",), {"tq_other": "other"})
    lines = [b"word tag-0-", b"word tag-1-", b"other tag-2-", b"strange tag-3-"]
    for rise, expected in (
        ({"tq_a": 1, "tq_b": 1, "tq_c": 1}, {"tq_a": 1, "tq_b": 1, "tq_c": 1}),
        ({"tq_a": 2, "tq_c": 5}, {"tq_a": 2, "tq_c": 1}),
        ({"tq_a": 9, "tq_b": 9}, {"tq_a": 2}),
        ({}, {}),
    ):
        assert own_hits([two, other], lines, rise) == expected, rise
    # A line counts once, whoever else has the same words.
    assert own_hits([two, two], lines, {"tq_a": 3}) == {"tq_a": 2}


def test_a_request_without_its_line_is_one_hit_of_ours() -> None:
    def under(rise: dict[str, int], *, was_sent: bool = True) -> TaggedRequest:
        return TaggedRequest("tag-0-", ("word",), rise, was_sent)

    for one, lines, expected in (
        (under({"tq_a": 3}), [], {"tq_a": 1}),
        (under({"tq_x": 0, "tq_a": 3}), [], {"tq_a": 1}),
        (under({"tq_a": 0}), [], {}),
        (under({"tq_a": 3}, was_sent=False), [], {}),
        (under({"tq_a": 3}), [b"word tag-0-"], {}),
        (under({"tq_a": 3}), [b"word tag-1-"], {"tq_a": 1}),
    ):
        assert hits_without_line([one], lines) == expected


@pytest.mark.parametrize(
    ("own", "came", "rise", "expected"),
    [
        ({"tq_a": 1}, 1, {"tq_a": 2}, {"tq_a": 2}),
        ({"tq_a": 1}, 1, {"tq_a": 4}, {"tq_a": 2}),
        ({"tq_a": 1}, 0, {"tq_a": 2}, {"tq_a": 1}),
        ({"tq_a": 1}, 2, {"tq_a": 1}, {"tq_a": 1}),
        ({"tq_b": 1}, 2, {"tq_a": 1, "tq_b": 9}, {"tq_a": 1, "tq_b": 2}),
        ({}, 1, {"tq_a": 0, "tq_b": 1}, {"tq_b": 1}),
        ({}, 3, {}, {}),
        ({"tq_a": 3}, 1, {"tq_a": 2}, {"tq_a": 3}),
    ],
)
def test_what_went_on_to_a_list_is_ours_and_never_more_than_that(
    own: dict[str, int], came: int, rise: dict[str, int], expected: dict[str, int]
) -> None:
    assert with_hits_behind(own, [(("tq_a", "tq_b"), came)], rise) == expected


@pytest.mark.parametrize(
    ("before", "now", "rise"),
    [
        ({}, {}, 0),
        ({}, {"a": 3}, 3),
        ({"a": 3}, {"a": 3}, 0),
        ({"a": 3}, {"a": 5}, 2),
        ({"a": 3}, {"a": 2}, 2),
        ({"a": 3}, {}, 0),
        ({"b": 3}, {"a": 1, "b": 9}, 1),
    ],
)
def test_a_counter_that_is_lower_than_before_counts_from_zero(
    before: dict[str, int], now: dict[str, int], rise: int
) -> None:
    assert risen(["a"], before, now) == {"a": rise}


@pytest.mark.parametrize(
    ("line", "is_ours"),
    [
        (LINE, True),
        (LINE.replace(b"tq_x blocked", b"theirs"), False),
        (LINE.replace(TAG.encode(), b"tq-alarm-0"), False),
        (f"theirs /?{TAG} tq_x blocked".encode(), False),  # the client writes what is behind the tag
    ],
)
def test_a_message_is_ours_by_its_first_words_and_the_tag(line: bytes, is_ours: bool) -> None:
    assert holds_message([line], TAG, ["tq_x blocked"]) is is_ours
