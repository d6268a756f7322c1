# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The comparison of a secondary in words, how long it is waited for, and what is saved there: tests/engine/test_ha.py has the pairs."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution import secondary
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.secondary import (
    ensure_secondary_saved,
    save_secondary,
    secondary_save_state,
    wait_for_secondary,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.drift import SecondaryComparison
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.planner import State
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.unsaved_changes import UnsavedChanges
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError

BUSY = NitroError("gw", "GET", 503, 0, "busy")
PARAMETERS: Any = SimpleNamespace(owner=None, knows_other_runs=False)
TOUCHED: Any = SimpleNamespace(touched=("a step",))
UNTOUCHED: Any = SimpleNamespace(touched=())


def session(noted: list[str] | None = None) -> Any:
    calls = [] if noted is None else noted

    def save(confirm: Any) -> None:
        confirm()
        calls.append("saved")

    return SimpleNamespace(node=SimpleNamespace(host="n2"), save=save)


@pytest.mark.parametrize(
    ("comparison", "texts"),
    [
        (SecondaryComparison("n2"), []),
        (SecondaryComparison("n2", unsaved=["x"], problem="y"), []),
        (SecondaryComparison("n2", ["node n2: a: b"]), ["the secondary n2 differs: a: b"]),
        (SecondaryComparison("n2", ["node n2: a", "node n2: b", "x"]), ["the secondary n2 differs: a (and 2 more)"]),
        (SecondaryComparison("n2", ["node n2: a"], unreadable="busy"), ["the secondary n2 cannot be read: busy"]),
    ],
)
def test_what_of_a_secondary_is_not_covered(comparison: SecondaryComparison, texts: list[str]) -> None:
    assert comparison.not_covered == texts


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr(secondary.time, "sleep", slept.append)
    return slept


@pytest.mark.parametrize(
    ("enough_at", "patience", "slept"),
    [
        (1, 10.0, []),
        (3, 10.0, [0.25, 0.5]),
        (99, 3.0, [0.25, 0.5, 1.0, 2.0]),
        (99, 10.0, [0.25, 0.5, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0]),
        (99, 0.25, [0.25]),
        (99, 0.0, []),
    ],
)
def test_a_secondary_is_waited_for_with_growing_pauses(
    pauses: list[float], enough_at: int, patience: float, slept: list[float]
) -> None:
    reads: list[int] = []

    def read() -> int:
        reads.append(1)
        return len(reads)

    assert secondary._repeat(read, lambda seen: seen >= enough_at, patience) == len(slept) + 1
    assert pauses == slept


@pytest.mark.parametrize("is_running", [False, True])
@pytest.mark.parametrize(("saved", "patience"), [(True, 3.0), (False, 10.0)])
def test_a_save_is_waited_for_less_long_than_a_synchronisation(
    monkeypatch: pytest.MonkeyPatch, saved: bool, patience: float, is_running: bool
) -> None:
    monkeypatch.setattr(secondary, "_repeat", lambda read, _is_enough, seconds: (read(), seconds))
    monkeypatch.setattr(secondary, "compare_secondary", lambda *_, saved, is_running: (saved, is_running))
    found: Any = wait_for_secondary(session(), PARAMETERS, State(), bool, saved=saved, is_running=is_running)
    assert found == ((saved, is_running), patience)


def unsaved(monkeypatch: pytest.MonkeyPatch, *answers: Any) -> list[Any]:
    """Let the secondary have these unsaved changes, one answer for each read; the last one is repeated."""
    left, reads = list(answers), []

    def read(_session: Any, _owner: Any, records: Any, *, of_secondary: bool, other_runs: Any) -> UnsavedChanges:
        assert (of_secondary, other_runs) == (True, ())
        reads.append(list(records))
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        found: UnsavedChanges = answer
        return found

    monkeypatch.setattr(secondary, "unsaved_lines", read)
    return reads


OURS, NOTHING, THEIRS = UnsavedChanges(True, []), UnsavedChanges(False, []), UnsavedChanges(True, ["a", "b", "c", "d"])
UNREADABLE = f"whether the secondary n2 has saved it cannot be read: {BUSY}"


@pytest.mark.parametrize(
    ("has_one", "problem", "records", "answer", "state", "is_read"),
    [
        (True, "", [TOUCHED, UNTOUCHED], OURS, (True, []), True),
        (True, "", [TOUCHED], NOTHING, (False, []), True),
        (True, "", [TOUCHED], BUSY, (False, [UNREADABLE]), True),
        (True, "", [UNTOUCHED], OURS, (False, []), False),
        (True, "", [], OURS, (False, []), False),
        (True, "out of sync", [TOUCHED], OURS, (False, []), False),
        (False, "", [TOUCHED], OURS, (False, []), False),
    ],
)
def test_whether_a_secondary_has_something_to_save(
    monkeypatch: pytest.MonkeyPatch,
    has_one: bool,
    problem: str,
    records: list[Any],
    answer: Any,
    state: Any,
    is_read: bool,
) -> None:
    reads = unsaved(monkeypatch, answer)
    connection: Any = SimpleNamespace(secondary=session() if has_one else None, secondary_problem=problem)
    assert secondary_save_state(connection, PARAMETERS, records) == state
    assert reads == ([[TOUCHED]] if is_read else [])


@pytest.mark.parametrize(
    ("answer", "lease", "problem", "calls"),
    [
        (OURS, None, "", ["lease", "lease", "saved"]),
        (THEIRS, None, "the secondary n2 has unsaved changes of others, so nothing was saved there: a; b; c", []),
        (BUSY, None, f"the secondary n2 was not saved: {BUSY}", []),
        (OURS, BUSY, f"the secondary n2 was not saved: {BUSY}", []),
    ],
)
def test_a_secondary_is_saved_with_the_lease_and_without_changes_of_others(
    monkeypatch: pytest.MonkeyPatch, answer: Any, lease: Any, problem: str, calls: list[str]
) -> None:
    noted: list[str] = []

    def confirm(_session: Any) -> None:
        if lease is not None:
            raise lease
        noted.append("lease")

    unsaved(monkeypatch, answer)
    assert save_secondary(session(noted), PARAMETERS, [], confirm) == problem
    assert noted == calls


@pytest.mark.parametrize(
    ("answers", "problem", "calls"),
    [
        ((NOTHING,), "", []),
        ((OURS, OURS, NOTHING), "", []),
        ((OURS,), "", ["saved"]),
        ((BUSY,), UNREADABLE, []),
    ],
)
def test_it_is_saved_there_where_the_save_on_the_primary_does_not_reach_it(
    monkeypatch: pytest.MonkeyPatch, pauses: list[float], answers: tuple[Any, ...], problem: str, calls: list[str]
) -> None:
    noted: list[str] = []
    unsaved(monkeypatch, *answers)
    assert ensure_secondary_saved(session(noted), PARAMETERS, [], lambda _session: None) == problem
    assert noted == calls
    assert sum(pauses) <= 3.75, "a pause may begin just before the three seconds are over"


def test_a_secondary_that_stays_different_is_read_until_the_patience_ends(
    pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def differ(_session: Any, steps: Any) -> list[str]:
        return [f"{len([*steps])} steps differ"]

    monkeypatch.setattr(secondary, "read_differences", differ)
    assert secondary.differences_on_secondary(session(), ()) == ["0 steps differ"]
    assert pauses == [0.25, 0.5, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0]
    assert sum(pauses[:-1]) < secondary.SYNC_PATIENCE <= sum(pauses)


def test_a_secondary_that_is_alike_is_read_once(pauses: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secondary, "read_differences", lambda _session, _steps: [])
    assert (secondary.differences_on_secondary(session(), ()), pauses) == ([], [])
