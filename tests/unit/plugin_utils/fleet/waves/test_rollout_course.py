# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The course of a rollout, from the lines of its journal."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.rollout_course import (
    Event,
    RolloutCourse,
    parsed_line,
)

TIME = "2020-01-15T02:00:{:02}+00:00"


def course(*events: tuple[str, str, str], waves: str = "a bc d", begin: int = 0, max_failed: int = 0) -> RolloutCourse:
    """Return the course of waves of appliances with one letter each; a second passes between two events."""
    manifest: dict[str, Any] = {"waves": [list(wave) for wave in waves.split()], "journal_from": begin}
    manifest |= {"options": {"max_failed": max_failed, "bake_seconds": 30}}
    lines = [{"time": TIME.format(n), "host": h, "event": e, "text": t} for n, (h, e, t) in enumerate(events)]
    return RolloutCourse(manifest, [json.dumps(line) for line in lines])


def test_without_a_decision_nothing_is_known() -> None:
    empty = RolloutCourse(None, [])
    assert (empty.waves, empty.max_failed, empty.bake_seconds, empty.unfinished()) == ([], 0, 0.0, [])
    assert (course().max_failed, course(max_failed=2).max_failed, course().bake_seconds) == (0, 2, 30.0)
    assert [course().wave_of(host) for host in "abcdx"] == [0, 1, 1, 2, None]


def test_only_lines_behind_the_beginning_count() -> None:
    events = [("a", Event.FAILED, "old"), ("a", Event.DONE, "")]
    assert (course(*events, begin=1).failed, course(*events, begin=1).done) == ({}, {"a"})
    assert (course(*events).failed, course(*events).done) == ({"a": "old"}, set())


def test_an_appliance_without_an_end_is_lost_once_it_had_its_turn() -> None:
    events = [("a", Event.STARTED, ""), ("a", Event.DONE, ""), ("b", Event.STARTED, "")]
    began, silent = "it began and never ended", "it failed before its first request"
    assert course(*events).lost() == {"b": began}
    assert course(*events).lost(1) == {}
    assert course(*events).lost(2) == {"b": began, "c": silent}
    assert course(*events).lost(3) == {"b": began, "c": silent, "d": silent}


def test_a_wave_is_held_by_more_failures_than_may_be() -> None:
    events = [(host, Event.FAILED, f"bad {host}") for host in "abcd"]
    assert course(*events[:1]).reason_to_hold(1) == "1 failed: a: bad a"
    assert course(*events[:1], max_failed=1).reason_to_hold(1) == ""
    assert course(*events[:2], max_failed=1).reason_to_hold(1) == (
        "2 failed, 1 may (rollout_max_failed): a: bad a; b: bad b"
    )
    assert course(*events).reason_to_hold(1) == "4 failed: a: bad a; b: bad b; c: bad c; and 1 more"
    assert course(("a", Event.DONE, "")).reason_to_hold(1) == ""


def test_those_without_a_turn_have_the_reason_of_the_others_or_their_own() -> None:
    done = [("a", Event.DONE, "")]
    assert course(*done).not_begun() == dict.fromkeys("bcd", "not begun")
    held = [*done, ("b", Event.FAILED, "bad"), ("c", Event.HELD, "held")]
    assert course(*held).not_begun() == {"c": "held", "d": "1 failed: b: bad"}
    assert course(*done).unfinished() == ["b", "c", "d"]


@pytest.mark.parametrize(
    ("events", "wave", "second"),
    [
        ([("a", Event.DONE, "changed")], 0, 30),
        ([("a", Event.DONE, "")], 0, None),
        ([("a", Event.STARTED, "changed"), ("a", Event.DONE, "")], 0, None),
        ([("d", Event.DONE, "changed")], 0, None),
        ([("a", Event.DONE, "changed"), ("b", Event.DONE, "changed"), ("c", Event.DONE, "changed")], 1, 32),
        ([("a", Event.DONE, "changed"), ("b", Event.DONE, "changed")], 1, None),  # c is lost
        ([(host, Event.DONE, "changed") for host in "abcd"], 2, None),  # the last one
    ],
)
def test_the_next_wave_waits_from_the_last_change_of_this_one(
    events: list[tuple[str, str, str]], wave: int, second: int | None
) -> None:
    until = course(*events).bake_until(wave)
    assert (None if until is None else until.isoformat()) == (None if second is None else TIME.format(second))


def test_a_line_that_is_none() -> None:
    line = {"time": "t", "host": "h", "event": "e", "text": "x"}
    assert parsed_line(json.dumps(line)) == line
    for broken in ("", "{", "[]", "1", json.dumps({**line, "text": 1}), *(json.dumps({**line, n: None}) for n in line)):
        assert parsed_line(broken) is None, broken
