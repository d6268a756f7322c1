# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A journal that is followed says at each moment what a reading of the whole says, and reads each line once."""

from __future__ import annotations

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves import rollout_course
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.journal import JOURNAL, Rollout
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.options import RolloutOptions
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.rollout_course import (
    Event,
    RolloutCourse,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.settlement import Settlement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from hypothesis import given, settings
from hypothesis import strategies as st

WAVES = [["gw-1"], ["gw-2", "gw-3"], ["gw-4"]]
HOSTS = [host for wave in WAVES for host in wave]


def begun(directory: Path, waves: list[list[str]] = WAVES) -> Rollout:
    rollout = Rollout(directory)
    rollout.begin(Settlement(waves), RolloutOptions.from_variables({}), {"verb": "apply", "measure": "cve_x"})
    return rollout


def said(one: RolloutCourse) -> tuple[object, ...]:
    asked = [(one.reason_to_hold(wave), one.bake_until(wave), one.lost(wave)) for wave in range(len(one.waves))]
    return (
        asked,
        one.lost(),
        one.not_begun(),
        one.unfinished(),
        one.done,
        one.failed,
        one.began,
        one.last,
        one.journal,
    )


EVENTS = st.tuples(st.sampled_from(HOSTS), st.sampled_from([*Event]), st.sampled_from(["", "changed"]))


def crash(journal: Path, *, cut: bool) -> None:
    """Write a line as a full disk leaves it: without its line feed, or with a part of it."""
    line = json.dumps({"time": "2020-01-15T02:00:00+00:00", "host": "gw-1", "event": "done", "text": ""})
    before = journal.read_bytes() if journal.exists() else b""
    begin = "\n" if before and not before.endswith(b"\n") else ""
    with journal.open("a", encoding="utf-8") as file:
        file.write(begin + (line[:20] if cut else line))


@settings(max_examples=40)
@given(st.lists(st.one_of(EVENTS, st.sampled_from(["cut", "unended", "again"])), max_size=15))
def test_at_each_moment_it_says_what_the_whole_says(steps: list[tuple[str, Event, str] | str]) -> None:
    with pytest.MonkeyPatch.context() as patched, TemporaryDirectory() as place:
        patched.setattr(os, "fsync", lambda _descriptor: None)
        rollout = begun(Path(place) / "r")
        for step in steps:
            if isinstance(step, tuple):
                rollout.note(*step)
            elif step == "again":
                begun(rollout.directory)
            else:
                crash(rollout.directory / JOURNAL, cut=step == "cut")
            assert said(rollout.followed()) == said(rollout.course())


def test_each_line_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    parsed = rollout_course.parsed_line
    monkeypatch.setattr(rollout_course, "parsed_line", lambda text: read.append(text) or parsed(text))
    rollout = begun(tmp_path / "r", [[f"gw-{number}" for number in range(50)]])
    for number in range(50):
        assert Rollout(rollout.directory).reason_to_hold(f"gw-{number}") == ""
        rollout.note(f"gw-{number}", Event.STARTED)
        rollout.note(f"gw-{number}", Event.DONE)
    assert len(rollout.followed().done) == 50
    assert len(read) == 100


def test_a_journal_in_the_place_of_another_one_is_read_from_its_beginning(tmp_path: Path) -> None:
    rollout = begun(tmp_path / "r")
    rollout.note("gw-1", Event.FAILED, "harmed")
    assert rollout.followed().failed
    (rollout.directory / JOURNAL).unlink()
    assert not rollout.followed().failed
    rollout.note("gw-1", Event.DONE)
    assert rollout.followed().done == {"gw-1"}


def test_a_journal_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    rollout = begun(tmp_path / "r")
    (rollout.directory / JOURNAL).mkdir()
    for ask in (rollout.course, rollout.followed):
        with pytest.raises(
            InvalidInput, match=rf"the journal {rollout.directory / JOURNAL} cannot be read \(Is a directory\)"
        ):
            ask()
