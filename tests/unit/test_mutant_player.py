# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What kills a mutant: a test that fails with it by itself, and passes without it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.mutants import player
from tests.mutants.player import (
    KILLED,
    NOT_PLANTED,
    PASSED,
    STUCK,
    SURVIVED,
    UNREACHED,
    Mutant,
    Player,
    in_a_child,
    read,
)

PLANTED: list[str] = []
RAN: list[str] = []
Test = Callable[[], bool]


def sleeps() -> bool:
    time.sleep(60)
    return True


def ends_its_process() -> bool:
    os.kill(os.getpid(), signal.SIGKILL)
    return True


TESTS: dict[str, Test] = {
    "good": lambda: True,
    "notices": lambda: not PLANTED,
    "broken": lambda: False,
    "only alone": lambda: not RAN[:-1],
    "sleeps": lambda: not PLANTED or sleeps(),
    "ends": lambda: not PLANTED or ends_its_process(),
}


def play_one(test: str, _following: str | None) -> bool:
    RAN.append(test)
    return TESTS[test]()


def plant(module: str, _source: str) -> None:
    if module == "cannot.py":
        raise ValueError(module)
    PLANTED.append(module)


@pytest.mark.parametrize(
    ("tests", "outcome"),
    [
        pytest.param(["good", "notices", "good"], (KILLED, "notices", 2), id="the first test that fails ends it"),
        pytest.param(["good", "good"], (SURVIVED, "", 2), id="no test fails"),
        pytest.param(["broken", "good"], (SURVIVED, "", 2), id="a test that fails without the mutant kills none"),
        pytest.param(["broken", "notices"], (KILLED, "notices", 2), id="and does not end the play"),
        pytest.param(["good", "only alone"], (SURVIVED, "", 2), id="a test that fails only after another kills none"),
        pytest.param(["ends", "good"], (KILLED, "ends", 1), id="a process that ends has not passed"),
        pytest.param([], (UNREACHED, "", 0), id="no test reaches it"),
    ],
)
def test_a_mutant_is_killed_by_a_test_that_fails_because_of_it(
    tests: Sequence[str], outcome: tuple[str, str, int]
) -> None:
    told = Player(play_one, plant, seconds=20).play(Mutant(1, "some.py", "", tests))
    assert told[:3] == outcome
    assert not PLANTED
    assert not RAN


def test_a_mutant_that_cannot_be_planted_says_so() -> None:
    assert Player(play_one, plant, seconds=20).play(Mutant(1, "cannot.py", "", ["notices"]))[0] == NOT_PLANTED


def test_a_test_that_waits_long_kills_none_and_the_next_ones_are_played(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(player, "IDLE", 0.3)
    a_player = Player(play_one, plant, seconds=20)
    assert a_player.play(Mutant(1, "some.py", "", ["sleeps", "good"]))[:3] == (SURVIVED, "", 2)
    assert a_player.play(Mutant(1, "some.py", "", ["sleeps", "notices"]))[:3] == (KILLED, "notices", 2)


def test_a_child_that_waits_and_does_not_work_is_not_waited_for_as_long_as_one_that_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def works(tell: Callable[[], None]) -> int:
        end = time.process_time() + 0.6
        while time.process_time() < end:
            pass
        tell()
        return 0

    def waits(_tell: Callable[[], None]) -> int:
        time.sleep(60)
        return 0

    monkeypatch.setattr(player, "IDLE", 0.4)
    begin = time.monotonic()
    assert in_a_child(works)[:2] == (1, PASSED)
    assert in_a_child(waits)[:2] == (0, STUCK)
    assert time.monotonic() - begin < 30


def test_a_mutant_with_which_tests_wait_again_and_again_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(player, "IDLE", 0.2)
    told = Player(play_one, plant, seconds=20).play(Mutant(1, "some.py", "", ["sleeps"] * 9 + ["notices"]))
    assert told[:3] == (SURVIVED, "", player.MOST_STUCK)


def test_no_more_time_is_spent_than_a_mutant_may_cost() -> None:
    def works(_test: str, _following: str | None) -> bool:
        end = time.process_time() + 0.2
        while time.process_time() < end:
            pass
        return True

    outcome, _test, played, spent = Player(works, plant, seconds=0.3).play(Mutant(1, "some.py", "", ["good"] * 9))
    assert outcome == SURVIVED
    assert played < 9
    assert spent >= 0.3


def test_what_a_test_has_started_does_not_keep_the_player_waiting() -> None:
    def starts(tell: Callable[[], None]) -> int:
        subprocess.Popen(["sleep", "60"], close_fds=False)
        tell()
        return 0

    begin = time.monotonic()
    assert in_a_child(starts)[:2] == (1, PASSED)
    assert time.monotonic() - begin < 30


def test_what_has_an_outcome_is_not_played_again(tmp_path: Path) -> None:
    rows = [{"number": number, "module": "some.py", "source": "", "tests": ["good"]} for number in (0, 1, 2)]
    (tmp_path / "mutants.json").write_text(json.dumps(rows), encoding="utf-8")
    outcomes = tmp_path / "outcomes.jsonl"
    assert [one.number for one in read(tmp_path / "mutants.json", outcomes)] == [0, 1, 2]
    outcomes.write_text('[1, "killed", "good", 1, 0.1]\n', encoding="utf-8")
    assert [one.number for one in read(tmp_path / "mutants.json", outcomes)] == [0, 2]
