# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a reader counts, request by request: inside and outside a window, of the management, without a time; and what is said of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.json_values import json_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic import reader
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.logged_request import (
    RecordedRequest,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.reader import (
    ReadStatistics,
    Window,
    requests_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.sources import LogFile, LogSource

from tests.played_together import played_together

DAY = 86400
FIRST = 1_576_454_400
"""2019-12-16 00:00 UTC."""


@played_together(
    ("since", "until", "inside", "outside"),
    [
        (None, None, (None, 0, 9), ()),
        (5, None, (5, 6), (None, 4)),
        (None, 5, (0, 4), (None, 5, 6)),
        (5, 7, (5, 6), (None, 4, 7, 8)),
    ],
)
def test_a_window_begins_with_its_first_second_and_ends_before_its_last(
    since: int | None, until: int | None, inside: tuple[int | None, ...], outside: tuple[int | None, ...]
) -> None:
    window = Window(since, until)
    assert [window.has(at) for at in (*inside, *outside)] == [*(True for _ in inside), *(False for _ in outside)]


def counted(
    monkeypatch: pytest.MonkeyPatch, requests: list[RecordedRequest], window: Window, **source: Any
) -> tuple[ReadStatistics, list[RecordedRequest], list[RecordedRequest]]:
    """Return the statistics, the requests that are given on, and those outside."""
    statistics, outside = ReadStatistics(requests=len(requests)), list[RecordedRequest]()
    file_format = source.pop("format", "observe")
    file = LogFile(LogSource("x", **source), Path("x"), file_format)
    monkeypatch.setattr(reader, "_all_requests_of", lambda *_given: iter(requests))
    return statistics, [*requests_of(file, None, statistics, window, outside.append)], outside  # type: ignore[arg-type]


def whole(**values: Any) -> RecordedRequest:
    given = {"at": 5, "client": "192.0.2.1", "vip": "gw", "method": "GET", "session": True, **values}
    return RecordedRequest("/x", **given)


def test_requests_outside_are_counted_and_given_on_and_those_after_them_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    requests = [whole(at=4), whole(at=None), whole(at=1), whole(at=5), whole(at=9), whole(at=6, client=None)]
    statistics, inside, outside = counted(monkeypatch, requests, Window(5, 9))
    assert (inside, outside) == ([requests[3], requests[5]], [requests[0], requests[1], requests[2], requests[4]])
    assert (statistics.outside, statistics.timeless, statistics.in_window) == (4, 1, 2)
    assert statistics.missing() == ["1 of 2 requests lack the client address"]
    statistics, inside, outside = counted(monkeypatch, requests, Window())
    assert (inside, outside, statistics.outside, statistics.timeless) == (requests, [], 0, 0)


@played_together(
    ("request_", "vip", "format_", "is_of_the_management"),
    [
        (RecordedRequest("/nitro/v1/config/nsversion"), "", "httpaccess", True),
        (RecordedRequest("/nitro/v1/config/nsversion"), "gw", "httpaccess", True),
        (RecordedRequest("/nitro/v1/config/nsversion"), "", "web", False),
        (RecordedRequest("/nitro/v1/config/nsversion", vip="gw"), "", "httpaccess", False),
        (RecordedRequest("/x", direct=True), "", "httpaccess", True),
        (RecordedRequest("/x", direct=True), "gw", "httpaccess", False),
        (RecordedRequest("/x"), "", "httpaccess", False),
    ],
)
def test_what_only_the_management_gets_is_counted_and_left_out(
    monkeypatch: pytest.MonkeyPatch, request_: RecordedRequest, vip: str, format_: str, *, is_of_the_management: bool
) -> None:
    last = RecordedRequest("/last", vip="gw")
    statistics, inside, outside = counted(monkeypatch, [request_, last], Window(), vip=vip, format=format_)
    assert statistics.management == int(is_of_the_management)
    assert [one.url for one in inside] == [*([] if is_of_the_management else [request_.url]), "/last"]
    assert (outside, statistics.in_window) == ([], 2 - is_of_the_management)


def test_a_source_gives_its_virtual_server_to_the_requests_that_name_none(monkeypatch: pytest.MonkeyPatch) -> None:
    requests = [whole(vip=None), whole(vip="other")]
    assert [one.vip for one in counted(monkeypatch, requests, Window(), vip="gw")[1]] == ["gw", "other"]
    assert [one.vip for one in counted(monkeypatch, requests, Window())[1]] == [None, "other"]


def test_times_reach_from_the_first_to_the_last_whatever_their_order() -> None:
    statistics = ReadStatistics()
    assert statistics.reach() == "no request with a time"
    for at in (FIRST + DAY, FIRST, FIRST + 2 * DAY, FIRST + DAY):
        statistics.note_time(at)
    assert (statistics.first, statistics.last) == (FIRST, FIRST + 2 * DAY)
    assert statistics.reach() == "2019-12-16 00:00 to 2019-12-18 00:00 (2.0 days)"
    assert ReadStatistics(first=FIRST, last=FIRST + 9999 * DAY).reach().endswith("(9999.0 days)")


def test_merged_statistics_are_those_of_both() -> None:
    names = ("lines", "requests", "other", "outside", "timeless", "management")
    one = ReadStatistics(**{name: number for number, name in enumerate(names, 1)}, first=7, last=9, damaged=["a"])
    other = ReadStatistics(**{name: 10 * number for number, name in enumerate(names, 1)}, first=3, damaged=["b"])
    for line in "abcd":
        one.note_unparsable("no request", line)
    other.note_unparsable("no request", "e")
    other.note_unparsable("too long", "f" * 200)
    one.lacks["session"] = other.lacks["session"] = 2
    one.merge(other)
    assert [getattr(one, name) for name in names] == [11 * number for number in range(1, 7)]
    assert (one.first, one.last, one.damaged) == (3, 9, ["a", "b"])
    assert one.unparsable == {"no request": 5, "too long": 1}
    assert one.samples == {"no request": ["a", "b", "c"], "too long": ["f" * 160]}
    assert one.lacks["session"] == 4
    empty = ReadStatistics()
    empty.merge(ReadStatistics())
    assert (empty.first, empty.last) == (None, None)
    assert json_values(empty)["first"] is json_values(empty)["last"] is None
    assert json_values(one)["first"] == "1970-01-01 00:00"
