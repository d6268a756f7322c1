# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one runner of admin partitions in a scripted world: what is done where, in which order, and what a failure does to the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.time_budget import TimeBudget
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change import partition_runner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.partition_runner import (
    OnFailure,
    PartitionRunner,
    back_to_default,
    chosen_partitions,
    joined_seal,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    CannotConnect,
    Refused,
    TourniquetError,
)

NAMES = ("default", "a", "b", "c")
STOP, GO_ON = OnFailure.STOP, OnFailure.GO_ON


@dataclass
class World:
    """Stands for the connection: it notes which partitions are entered, and fails as the script says.

    :ivar fails: by partition, the error of its run; cannot_enter likewise, of the switch to it
    :ivar written: the partitions in which something was written
    :ivar lost_in: the partition in whose run the connection is lost, for good
    """

    fails: dict[str, TourniquetError] = field(default_factory=dict)
    cannot_enter: dict[str, TourniquetError] = field(default_factory=dict)
    lost_in: str = ""
    budget: TimeBudget = field(default_factory=lambda: TimeBudget(100))
    entered: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    is_lost: bool = False

    @property
    def has_written(self) -> bool:
        return bool(self.written)

    def enter(self, name: str) -> None:
        self.entered.append(name)
        if self.is_lost:
            raise CannotConnect("gw: connection refused")
        if self.budget.is_used_up:
            raise CannotConnect("gw: the time of the task is used up")
        if name in self.cannot_enter:
            raise self.cannot_enter[name]

    def work(self, name: str) -> str:
        if name == self.lost_in:
            self.is_lost = True
            raise CannotConnect("gw: connection reset")
        if name in self.fails:
            raise self.fails[name]
        self.budget.spend(4)
        self.written.append(name)
        return f"done in {name}"

    def run(self, on_failure: OnFailure) -> tuple[PartitionRunner[Any], partition_runner.PartitionOutcome[str]]:
        connection: Any = self
        runner: PartitionRunner[Any] = PartitionRunner(connection, on_failure)
        return runner, runner.work_on(NAMES, self.work)


def test_each_partition_is_worked_on_in_the_order_that_is_given_and_the_sessions_go_back() -> None:
    world = World()
    runner, outcome = world.run(STOP)
    assert world.entered == [*NAMES, "default"]
    assert dict(outcome.results) == {name: f"done in {name}" for name in NAMES}
    assert (outcome.failures, outcome.not_started, outcome.not_started_text) == ({}, (), "")
    assert (outcome.refused, runner.refused) == (False, False)


@pytest.mark.parametrize("verb", ["apply", "opening"])
def test_an_apply_and_an_opening_stop_at_a_failure(verb: str) -> None:
    error = TourniquetError(f"gw: the {verb} failed")
    world = World(fails={"a": error})
    _runner, outcome = world.run(STOP)
    assert world.written == ["default"]
    assert world.entered == ["default", "a", "default"]
    assert (dict(outcome.failures), outcome.not_started) == ({"a": error}, ("b", "c"))
    assert outcome.not_started_text == "Not started because of this failure: partition b, c"


def test_a_closing_goes_on_behind_a_failure() -> None:
    error = TourniquetError("gw: the closing failed")
    world = World(fails={"a": error})
    _runner, outcome = world.run(GO_ON)
    assert world.written == ["default", "b", "c"]
    assert (dict(outcome.failures), outcome.not_started, outcome.not_started_text) == ({"a": error}, (), "")
    assert world.entered[-1] == "default"


def test_a_failure_in_the_last_partition_leaves_nothing_that_was_not_started() -> None:
    _runner, outcome = World(fails={"c": TourniquetError("x")}).run(STOP)
    assert (list(outcome.results), list(outcome.failures), outcome.not_started_text) == (
        ["default", "a", "b"],
        ["c"],
        "",
    )


@pytest.mark.parametrize(("on_failure", "failed"), [(STOP, ["a"]), (GO_ON, ["a", "b", "c"])])
def test_a_lost_connection_is_a_failure_of_each_partition_that_is_tried(
    on_failure: OnFailure, failed: list[str]
) -> None:
    world = World(lost_in="a")
    _runner, outcome = world.run(on_failure)
    assert list(outcome.failures) == failed
    assert [*outcome.failures, *outcome.not_started] == ["a", "b", "c"], "each partition without a result is named"
    assert str(outcome.failures["a"]) == "gw: connection reset"
    assert outcome.refused is False
    assert world.entered[-1] == "default", "the switch back is tried, and its failure hides nothing"


@pytest.mark.parametrize(("on_failure", "failed"), [(STOP, ["b"]), (GO_ON, ["b", "c"])])
def test_the_time_of_the_task_is_that_of_all_partitions(on_failure: OnFailure, failed: list[str]) -> None:
    world = World(budget=TimeBudget(8))
    _runner, outcome = world.run(on_failure)
    assert world.written == ["default", "a"], "each takes four seconds"
    assert [*outcome.failures] == failed
    assert str(outcome.failures["b"]) == "gw: the time of the task is used up"


@pytest.mark.parametrize("on_failure", [STOP, GO_ON])
@pytest.mark.parametrize("refused", ["enter", "work"])
def test_a_refusal_before_anything_is_written_is_a_refusal_of_the_run(on_failure: OnFailure, refused: str) -> None:
    errors: dict[str, TourniquetError] = dict.fromkeys(NAMES, Refused("gw: not like this"))
    world = World(cannot_enter=errors) if refused == "enter" else World(fails=errors)
    runner, outcome = world.run(on_failure)
    assert (outcome.refused, runner.refused) == (True, True)
    assert len(outcome.failures) == (1 if on_failure is STOP else len(NAMES))


def test_a_refusal_behind_a_write_or_beside_a_failure_is_none_of_the_run() -> None:
    assert World(fails={"a": Refused("x")}).run(STOP)[0].refused is False
    world = World(fails={name: Refused("x") for name in NAMES} | {"b": TourniquetError("y")})
    assert world.run(GO_ON)[0].refused is False


def test_an_error_of_the_program_is_raised_and_the_sessions_go_back() -> None:
    world = World(fails={"a": ZeroDivisionError("a bug")})  # type: ignore[dict-item]
    with pytest.raises(ZeroDivisionError):
        world.run(GO_ON)
    assert world.entered == ["default", "a", "default"]


def test_locks_and_what_is_left_are_those_of_all_runs() -> None:
    runner: PartitionRunner[Any] = PartitionRunner(World())  # type: ignore[arg-type]
    assert (runner.locks, runner.leaves_changes) == ([], False)
    runner.runs["default"] = SimpleNamespace(lock=None, leaves_changes=False)
    runner.runs["a"] = SimpleNamespace(lock="its lock", leaves_changes=False)
    assert (runner.locks, runner.leaves_changes) == (["its lock"], False)
    runner.runs["b"] = SimpleNamespace(lock=None, leaves_changes=True)
    assert runner.leaves_changes is True


def test_a_switch_back_that_fails_is_no_failure_of_the_run() -> None:
    world = World(cannot_enter={"default": Refused("gw: not verified")})
    with back_to_default(world):  # type: ignore[arg-type]
        pass
    assert world.entered == ["default"]


@pytest.mark.parametrize(
    ("cluster", "found", "wanted", "names", "left_out"),
    [
        (True, ["a"], None, ("default",), ()),
        (False, ["a"], None, ("default", "a"), ()),
        (False, ["a", "b"], ("b",), ("b",), ("default", "a")),
        (False, None, None, ("default",), ()),
    ],
)
def test_the_inventory_chooses_the_partitions(
    monkeypatch: pytest.MonkeyPatch,
    cluster: bool,
    found: list[str] | None,
    wanted: tuple[str, ...] | None,
    names: tuple[str, ...],
    left_out: tuple[str, ...],
) -> None:
    monkeypatch.setattr(partition_runner, "read_partitions", lambda _session: found)
    connection: Any = SimpleNamespace(is_cluster=cluster, primary=None)
    choice = chosen_partitions(connection, SimpleNamespace(name="gw", partitions=wanted))  # type: ignore[arg-type]
    assert (choice.names, choice.left_out) == (names, left_out)


def test_the_seal_of_several_partitions_is_not_that_of_one() -> None:
    assert joined_seal({"default": "own"}, is_plain=True) == "own"
    both = joined_seal({"default": "own", "a": "other"}, is_plain=False)
    assert both == joined_seal({"a": "other", "default": "own"}, is_plain=False)
    assert both not in ("own", joined_seal({"default": "own", "a": "changed"}, is_plain=False))
