# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The time of a line in a log, in the zone of the node. A line is text of an attacker, of any length."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.line_times import (
    LONGEST_HEAD,
    line_time,
    zoned_request,
)
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2020, 1, 20, 12)  # noqa: DTZ001 -- by the clock of the node
REQUEST = '198.51.100.7 - - [18/Jan/2020:00:15:29 +0100] "GET / HTTP/1.1" 200 1 "-" "{}"'


@pytest.mark.parametrize(
    ("line", "time"),
    [
        (REQUEST.format("curl"), "2020-01-18T00:15:29"),
        ("[Sat Jan 18 00:15:29 2020] [error] x", "2020-01-18T00:15:29"),
        ("[Sat Jan 18 00:15:29.123456 2020] [error] x", "2020-01-18T00:15:29"),
        ("Jan 18 00:15:29 <local7.notice> ns bash[1]: x", "2020-01-18T00:15:29"),
        ("Jan  8 00:15:29 <local7.notice> ns bash[1]: x", "2020-01-08T00:15:29"),
        # a sample of the vendor has the hour 24
        ("Jan 18 24:15:29 ns x", "2020-01-18T00:15:29"),
    ],
)  # fmt: skip
def test_the_time_of_each_kind_of_log(line: str, time: str) -> None:
    assert line_time(line.encode(), NOW) == datetime.fromisoformat(time)


@pytest.mark.parametrize(
    ("line", "year"),
    [
        ("Jan 20 12:00:01 ns x", 2020),
        ("Jan 21 12:00:00 ns x", 2020),
        ("Jan 21 12:00:01 ns x", 2019),
        ("Dec 31 23:59:59 ns x", 2019),
    ],
)
def test_syslog_has_no_year_so_it_is_the_one_nearest_before_the_clock(line: str, year: int) -> None:
    found = line_time(line.encode(), NOW)
    assert found is not None
    assert found.year == year


@pytest.mark.parametrize(
    "line",
    [
        "",
        "no time",
        "Foo 18 00:15:29 ns x",
        "Feb 30 00:15:29 ns x",
        "Jan 18 00:61:29 ns x",
        "[99/Jan/2020:00:15:29 +0000]",
        "[18/Foo/2020:00:15:29 +0000]",
        " Jan 18 00:15:29 ns x",
        "x" * LONGEST_HEAD + "[18/Jan/2020:00:15:29 +0000]",
    ],
)
def test_a_line_without_a_time_has_none(line: str) -> None:
    assert line_time(line.encode(), NOW) is None


def test_a_clock_at_the_end_of_time_stops_nothing() -> None:
    assert line_time(b"Jan 18 00:15:29 ns x", datetime.fromisoformat("9999-12-31T23:59:59")) is None


@given(st.binary(max_size=600))
def test_no_line_stops_the_reader(line: bytes) -> None:
    assert line_time(line, NOW) is None or isinstance(line_time(line, NOW), datetime)
    agent, source, _when = zoned_request(line)
    assert agent.isprintable()
    assert source.isprintable()


def test_a_probe_is_known_by_its_agent_with_its_source_and_zone() -> None:
    agent, source, when = zoned_request(REQUEST.format("tourniquet-probe/a1b2c3").encode())
    assert (agent, source) == ("tourniquet-probe/a1b2c3", "198.51.100.7")
    assert when is not None
    assert when.astimezone(UTC) == datetime(2020, 1, 17, 23, 15, 29, tzinfo=UTC)
    assert when.utcoffset() == timedelta(hours=1)


@pytest.mark.parametrize(
    "agent",
    ["curl", "tourniquet-probe/", "tourniquet-probe/a b", f"tourniquet-probe/{'a' * 65}", "x tourniquet-probe/a"],
)
def test_another_agent_is_no_probe(agent: str) -> None:
    assert zoned_request(REQUEST.format(agent).encode()) == ("", "", None)


def test_a_probe_with_a_broken_time_has_none() -> None:
    line = b'x - - [99/Jan/2020:00:15:29 +0000] "GET / HTTP/1.1" 200 1 "-" "tourniquet-probe/a1"'
    assert zoned_request(line) == ("tourniquet-probe/a1", "", None)
