# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The order of runs is the chain of their records: clocks that are set back or differ change nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.file_limits import DIRECTORY
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records import new_record
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused

from tests.engine.control_nodes import files
from tests.stage.memory import Stage

SetClock = Callable[[timedelta], None]


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Sets the clock that new records take their time from, relative to the true time."""
    offset = timedelta(0)

    class Clock(datetime):
        @classmethod
        def now(cls, _zone: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(UTC) + offset

    def set_to(value: timedelta) -> None:
        nonlocal offset
        offset = value

    monkeypatch.setattr(new_record, "datetime", Clock)
    return set_to


def is_on(stage: Stage) -> bool:
    rows = stage.simulator.appliance("box").state()["nodes"][0]["running"]["vpnvserver"]
    return rows[0].get("state", "ENABLED") != "DISABLED"


def other(stage: Stage) -> Stage:
    return Stage(stage.simulator, stage.records.parent / "theirs")


@pytest.mark.parametrize("second", ["the same", "another"])
def test_reopen_finds_what_was_closed_after_the_clock_was_set_back(
    ours: Stage, set_clock: SetClock, second: str
) -> None:
    """Otherwise it would say "nothing to reopen" with the Gateway still off."""
    ours.lockdown()
    ours.reopen()
    control_node = ours if second == "the same" else other(ours)
    set_clock(-timedelta(days=1))
    control_node.lockdown()
    assert not is_on(ours)
    assert [step.key for step in control_node.reopen().plan.steps] == [("gw",)]
    assert is_on(ours)


@pytest.mark.parametrize("second", ["the same", "another"])
def test_undo_takes_the_last_run_back_after_the_clock_was_set_back(
    ours: Stage, set_clock: SetClock, second: str
) -> None:
    """Otherwise it would advise -e force=true, which removes the whole mitigation."""
    ours.apply(version=1)
    before = ours.configuration()
    control_node = ours if second == "the same" else other(ours)
    set_clock(-timedelta(days=1))
    control_node.apply(version=2)
    control_node.rollback(why="undo")
    assert ours.configuration() == before


def test_a_run_follows_those_of_another_control_node_that_it_did_not_need(ours: Stage) -> None:
    """The state is explained by its own records, so its plan fetches none; under the lock it does."""
    theirs = other(ours)
    ours.apply(version=1)
    theirs.apply(version=2)
    theirs.rollback(why="undo")
    before = ours.configuration()
    ours.apply(version=2)
    first, _apply, rollback, last = all_records(ours.records, "box")
    assert [link["name"] for link in last.content.values["previous"]] == [rollback.name]
    assert (first.is_fetched, rollback.is_fetched, last.is_fetched) == (False, True, False)
    theirs.rollback(why="undo")
    assert ours.configuration() == before


def test_a_clock_that_was_set_back_is_told_and_decides_nothing(ours: Stage, set_clock: SetClock) -> None:
    ours.apply(version=1)
    set_clock(-timedelta(days=1))
    ours.apply(version=2)
    set_clock(timedelta(0))
    first, second = all_records(ours.records, "box")
    remarks = ours.rollback(why="undo").remarks
    (remark,) = [remark for remark in remarks if "clock" in remark]
    assert remark.startswith(f"{second.name} follows {first.name} and says that it is older: a clock was set back, or")
    assert remark.endswith("The order of the runs is that of the chain")


def test_an_undo_is_refused_where_no_record_shows_which_run_is_the_last(ours: Stage) -> None:
    """Copies were lost, so the run of the second control node does not follow that of the first."""
    theirs = other(ours)
    ours.apply(version=1)
    node = ours.simulator.fleet.appliances["box"].nodes[0]
    for name in files(ours):
        del node.files[f"{DIRECTORY}/{name}"]
    theirs.apply(version=2)
    before = ours.configuration()
    with pytest.raises(
        Refused, match=r"which of the runs .* is the last one is not known.*-e why=after_fix.*Nothing was"
    ):
        ours.rollback(why="undo")
    assert ours.configuration() == before
    ours.rollback(why="after_fix")
    assert not any("tq_" in line for line in ours.configuration())
