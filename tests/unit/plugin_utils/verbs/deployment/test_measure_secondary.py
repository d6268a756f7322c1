# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When the secondary is compared, what its comparison says, and when it is saved: tests/engine/test_ha.py has the pairs."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.drift import SecondaryComparison
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.grounds import Presence
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment import measure_secondary
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.measure_secondary import (
    MeasureOnSecondary,
)

from tests.traits import traits

SAVED = SecondaryComparison("n2")
UNSAVED = SecondaryComparison("n2", unsaved=["saved: x"])
DIFFERENT = SecondaryComparison("n2", drift=["running: x"], unsaved=["saved: x"])


def state(presence: Presence = Presence.CURRENT) -> Any:
    return SimpleNamespace(presence=presence, configuration="ours")


def parameters_of(*, is_saved: bool) -> Any:
    return SimpleNamespace(measure=SimpleNamespace(traits=traits(is_saved=is_saved)))


PARAMETERS = parameters_of(is_saved=True)


def secondary(has_one: bool = True, problem: str = "") -> MeasureOnSecondary:
    session = SimpleNamespace(node=SimpleNamespace(host="n2"), logins=1) if has_one else None
    connection: Any = SimpleNamespace(secondary=session, secondary_problem=problem)
    return MeasureOnSecondary(connection, PARAMETERS)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is called; the comparisons to return are taken from its front."""
    noted: list[Any] = []

    def compare(
        _session: Any, parameters: Any, ours: Any, *rest: Any, saved: bool = True, is_running: bool = False
    ) -> SecondaryComparison:
        assert (parameters, ours) == (PARAMETERS, "ours")
        noted.append(("saved only" if is_running else "waited" if rest else "compared", saved))
        result = noted[0].pop(0)
        if isinstance(result, Exception):
            raise result
        assert not rest or isinstance(rest[0](result), bool)
        return result

    def save(*_arguments: Any) -> str:
        noted.append("saved")
        return str(noted[1])

    monkeypatch.setattr(measure_secondary, "compare_secondary", compare)
    monkeypatch.setattr(measure_secondary, "wait_for_secondary", compare)
    monkeypatch.setattr(measure_secondary, "save_secondary", save)
    noted += [[], ""]
    return noted


@pytest.mark.parametrize(
    ("comparison", "needs_save", "differences"),
    [
        (None, False, ()),
        (SAVED, False, ()),
        (UNSAVED, True, ("saved: x",)),
        (DIFFERENT, False, ("running: x", "saved: x")),
        (SecondaryComparison("n2", drift=["running: x"]), False, ("running: x",)),
    ],
)
def test_a_secondary_that_has_it_and_has_not_saved_it_needs_a_save(
    comparison: SecondaryComparison | None, needs_save: bool, differences: tuple[str, ...]
) -> None:
    one = secondary()
    one.comparison = comparison
    assert (one.needs_save, one.differences) == (needs_save, differences)


@pytest.mark.parametrize(
    ("one", "presence"),
    [
        (secondary(has_one=False), Presence.CURRENT),
        (secondary(), Presence.ABSENT),
        (secondary(problem="it is out of sync"), Presence.CURRENT),
        (secondary(has_one=False, problem="x"), Presence.ABSENT),
    ],
)
def test_what_cannot_be_compared_is_not(calls: list[Any], one: MeasureOnSecondary, presence: Presence) -> None:
    one.comparison = UNSAVED
    one.compare(state(presence))
    assert (one.comparison, calls[2:]) == (None, [])


@pytest.mark.parametrize("saved", [False, True])
@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize("presence", [Presence.CURRENT, Presence.OLDER, Presence.DRIFTED])
def test_it_is_compared_once_or_until_it_is_enough(
    calls: list[Any], saved: bool, waits: bool, presence: Presence
) -> None:
    calls[0] += [UNSAVED]
    one = secondary()
    one.compare(state(presence), (lambda seen: not seen.drift) if waits else None, saved=saved)
    assert (one.comparison, calls[2:]) == (UNSAVED, [("waited" if waits else "compared", saved)])


def test_a_secondary_that_does_not_answer_is_unreadable(calls: list[Any]) -> None:
    calls[0] += [NitroError("gw", "GET", 503, 0, "busy")]
    one = secondary()
    one.compare(state())
    assert one.comparison is not None
    assert (one.comparison.host, "busy" in one.comparison.unreadable) == ("n2", True)


@pytest.mark.parametrize(
    ("seen", "problem", "noted"),
    [
        ([SAVED], "", [("waited", True)]),
        ([DIFFERENT], "", [("waited", True)]),
        ([UNSAVED, SAVED], "", [("waited", True), "saved", ("compared", True)]),
        ([UNSAVED, UNSAVED], "the disk is full", [("waited", True), "saved", ("compared", True)]),
    ],
)
def test_it_is_saved_where_the_save_on_the_primary_did_not_reach_it(
    calls: list[Any], seen: list[SecondaryComparison], problem: str, noted: list[Any]
) -> None:
    calls[0] += seen
    calls[1] = problem
    one = secondary()
    assert one.save(state(), [], lambda _session: None) == problem
    assert (one.comparison, calls[2:]) == (seen[-1], noted)


READ_BACK = ("waited", False)
ONLY, WHOLE = ("saved only", True), ("waited", True)


@pytest.mark.parametrize(
    ("seen", "noted"),
    [
        ([SAVED, SAVED], [READ_BACK, ONLY]),
        ([SAVED, UNSAVED, SAVED], [READ_BACK, ONLY, "saved", ("compared", True)]),
        ([DIFFERENT, SAVED], [READ_BACK, WHOLE]),  # a synchronisation may have come late
        ([NitroError("gw", "GET", 503, 0, "busy"), SAVED], [READ_BACK, WHOLE]),
    ],
)
def test_what_was_read_back_is_not_read_again_behind_the_save(
    calls: list[Any], seen: list[Any], noted: list[Any]
) -> None:
    calls[0] += seen
    one, written = secondary(), state()
    one.read_back(written)
    one.save(written, [], lambda _session: None)
    assert (one.comparison, calls[2:]) == (seen[-1], noted)


@pytest.mark.parametrize("when", ["before the save", "while the save is waited for", "another state"])
def test_what_was_read_back_of_a_secondary_that_was_restarted_since_is_read_again(
    calls: list[Any], monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    calls[0] += [SAVED, SAVED, SAVED]
    one, written = secondary(), state()
    one.read_back(written)
    session: Any = one.connection.secondary
    compare = measure_secondary.wait_for_secondary

    def restarting(*arguments: Any, **options: Any) -> SecondaryComparison:
        session.logins = 2  # the session has ended with the restart, and the first read begins a new one
        return compare(*arguments, **options)

    if when == "while the save is waited for":
        monkeypatch.setattr(measure_secondary, "wait_for_secondary", restarting)
    session.logins += when == "before the save"
    one.save(state() if when == "another state" else written, [], lambda _session: None)
    assert calls[2:] == ([READ_BACK, ONLY, WHOLE] if when == "while the save is waited for" else [READ_BACK, WHOLE])


def test_without_a_secondary_nothing_is_read_back(calls: list[Any]) -> None:
    one = secondary(has_one=False)
    one.read_back(state())
    assert (one.comparison, calls[2:]) == (None, [])


def test_without_a_secondary_nothing_is_saved(calls: list[Any]) -> None:
    assert secondary(has_one=False).save(state(), [], lambda _session: None) == ""
    assert calls[2:] == []


@pytest.mark.parametrize(("seen", "is_enough"), [(SAVED, True), (UNSAVED, False), (DIFFERENT, True)])
def test_a_save_is_waited_for_until_it_is_there_or_never_will_be(
    monkeypatch: pytest.MonkeyPatch, seen: SecondaryComparison, is_enough: bool
) -> None:
    asked: list[bool] = []

    def wait(
        _session: Any, _parameters: Any, _ours: Any, enough: Any, *, saved: bool, is_running: bool
    ) -> SecondaryComparison:
        assert (saved, is_running) == (True, False)
        asked.append(enough(seen))
        return SAVED

    monkeypatch.setattr(measure_secondary, "wait_for_secondary", wait)
    secondary().save(state(), [], lambda _session: None)
    assert asked == [is_enough]
