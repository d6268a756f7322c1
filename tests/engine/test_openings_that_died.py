# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An opening of each step whose control node dies at a write: all views say whether it is closed, and name the run where it may have opened it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import ClosureScope
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.end_page import PageRun, end_page

from simulator import Simulator
from tests.engine.closing_stage import ClosingStage
from tests.engine.control_nodes import BOX, DiedError, dying
from tests.engine.test_closing import apply_as_the_inventory_says, geoblock
from tests.engine.test_told_of_words import by_hand
from tests.engine.views import Views, views
from tests.stage.fleet import fleet_file

SERVICE = ClosureScope(vips=("gw",))
LISTS = [{"vserver": "gw", "kind": "vpn", "mode": "observe", "base": ["gateway"]}]
OPENED: dict[str, Any] = {"accept_exposure": True, "accept_unread": True, "second": "M. Vis"}
OFF, NOTICE, PARTNERS, PATHS, COUNTRIES = (
    LadderStep.OFF,
    LadderStep.NOTICE,
    LadderStep.PARTNERS,
    LadderStep.PATHS,
    LadderStep.COUNTRIES,
)


@pytest.fixture
def stage(start: Callable[[dict[str, Any]], Simulator], tmp_path: Path) -> ClosingStage:
    records = tmp_path / "records"
    records.mkdir()
    found = ClosingStage(start(fleet_file({"box": BOX})), records)
    found.settings = {PATHS: LISTS, COUNTRIES: geoblock(tmp_path, vservers=["gw"])}
    return found


def close(stage: ClosingStage, step: LadderStep) -> None:
    if step in (PATHS, COUNTRIES):
        apply_as_the_inventory_says(stage, step)
    close_again(stage, step)


def close_again(stage: ClosingStage, step: LadderStep) -> None:
    if step is OFF:
        stage.lockdown()
        return
    networks = (ip_network("198.51.100.0/24"),) if step is PARTNERS else ()
    _plan, result = stage.close(step, SERVICE, networks=networks)
    assert result is not None
    assert not result.failed


def open_and_die(stage: ClosingStage, step: LadderStep, write: int, *, is_sent: bool) -> None:
    """:param is_sent: the write is carried out, and its answer is not read any more"""
    stage.run = "died"
    with pytest.MonkeyPatch.context() as patch, dying(patch, write, sends_the_last=is_sent), suppress(DiedError):
        if step is OFF:
            stage.reopen()
        else:
            stage.open(step, SERVICE, **OPENED)
    stage.run = "next"


def screen(found: Views) -> str:
    return "\n".join(line.text for line in end_page(PageRun({"box": found.status}, {})))


def opening_in_ledger(found: Views) -> str:
    (one,) = (*found.row["switched_off"], *found.row["closings"])
    return str(one["reopened"]["source"])


@pytest.mark.parametrize(
    ("step", "write", "is_sent", "is_closed"),
    [
        (OFF, 2, True, False),
        (OFF, 2, False, True),
        (NOTICE, 2, True, False),
        (NOTICE, 2, False, True),
        (NOTICE, 4, False, False),
        (PARTNERS, 2, True, False),
        (PARTNERS, 2, False, True),
        (PARTNERS, 3, True, False),
        # These bind a policy that counts, and unbind the one that blocks then.
        *(
            (step, *one)
            for step in (PATHS, COUNTRIES)
            for one in ((4, True, True), (4, False, True), (5, False, True), (5, True, False), (7, True, False))
        ),
    ],
)
def test_all_views_say_whether_it_is_closed_and_name_the_run(
    step: LadderStep, write: int, is_sent: bool, is_closed: bool, stage: ClosingStage
) -> None:
    """Seen: open by no run of ours; and open, where the policy that counts was not bound yet and the one that blocks still was."""
    close(stage, step)
    open_and_die(stage, step, write, is_sent=is_sent)
    found = views(stage)
    assert {*found.closed.values()} == {is_closed}, found.closed
    (died,) = (path.stem for path in stage.records.rglob("*.json") if "died" in path.name)
    shown, told = screen(found), opening_in_ledger(found)
    if is_closed:
        assert "NOT CLOSED" not in shown
        assert told == "no record of a run of ours"
        return
    assert f"by record {died} or by no run of ours: that run did not come to its end: " in shown
    assert told.endswith(f"; record {died} may have opened it: that run did not come to its end")
    assert found.row["reopened"]["source"] == (told if step is OFF else "no record of a run of ours")


def test_what_somebody_opens_after_a_later_closing_was_not_opened_by_it(stage: ClosingStage) -> None:
    """The closing after the run that died had proved that it was closed."""
    close(stage, OFF)
    open_and_die(stage, OFF, 2, is_sent=True)
    close(stage, OFF)
    by_hand(stage, "POST", "vpnvserver?action=enable", {"vpnvserver": {"name": "gw"}})
    found = views(stage)
    assert {*found.closed.values()} == {False}, found.closed
    assert "and OPEN on the appliance, by no run of ours: it is switched on. " in screen(found)
    assert found.row["switched_off"][-1]["reopened"]["source"].endswith("and no run of ours has opened it")


def unbound_by_hand(stage: ClosingStage) -> None:
    """A colleague unbinds what closes it."""
    with Session(stage.appliance, stage.appliance.nodes[0]) as colleague:
        for row in colleague.read("vpnvserver_responderpolicy_binding", "gw"):
            place = f"policy:{row['policy']},bindpoint:{row['bindpoint']}"
            colleague.write("DELETE", f"vpnvserver_responderpolicy_binding/gw?args={place}")


def dead_opening(step: LadderStep) -> Callable[[ClosingStage], None]:
    """Return an opening that dies once it has unbound the first policy, or switched it on."""
    return lambda stage: open_and_die(stage, step, 5 if step is PATHS else 2, is_sent=True)


@pytest.mark.parametrize("is_died", [True, False])
@pytest.mark.parametrize("step", [OFF, NOTICE, PARTNERS, PATHS])
def test_a_closing_ends_where_a_later_run_found_it_open(step: LadderStep, is_died: bool, stage: ClosingStage) -> None:
    """Seen: its minutes ran on from the first closing; and no run of ours had opened it, where one that died had."""
    close(stage, step)
    if is_died:
        dead_opening(step)(stage)
    elif step is OFF:
        by_hand(stage, "POST", "vpnvserver?action=enable", {"vpnvserver": {"name": "gw"}})
    else:
        unbound_by_hand(stage)
    stage.run = "again"
    close_again(stage, step)
    found = views(stage)
    assert {*found.closed.values()} == {True}, found.closed
    first, second = (*found.row["switched_off"], *found.row["closings"])
    (died,) = [path.stem for path in stage.records.rglob("*.json") if "died" in path.name] if is_died else [""]
    by = (
        f"record {died} may have opened it: that run did not come to its end"
        if is_died
        else "no run of ours had opened it"
    )
    was = "switched on" if step is OFF else "open"
    assert first["reopened"]["source"].endswith(
        f"-again: it was {was} when that began, and {by}; since when is not known"
    )
    assert "no run of ours had opened it" not in str(found.row) or not is_died
    assert second["closed"]["source"].endswith(f"-again, step {step}")
    assert not second["reopened"]["time"]
    rows = [(row["until"] != "", row["vserver"]) for row in found.status["closures"]]
    assert rows == [(True, "gw"), (False, "gw")]


def test_a_closing_that_finds_all_as_it_was_goes_on(stage: ClosingStage) -> None:
    close(stage, NOTICE)
    stage.run = "again"
    close_again(stage, NOTICE)
    (one,) = views(stage).row["closings"]
    assert not one["reopened"]["time"]
