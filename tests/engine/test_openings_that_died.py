# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An opening of each step whose control node dies at a write: all views say whether it is closed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import ClosureScope

from simulator import Simulator
from tests.engine.closing_stage import ClosingStage
from tests.engine.control_nodes import BOX, DiedError, dying
from tests.engine.test_closing import apply_as_the_inventory_says, geoblock
from tests.engine.views import views
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
    if step is OFF:
        stage.lockdown()
        return
    if step in (PATHS, COUNTRIES):
        apply_as_the_inventory_says(stage, step)
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
def test_all_views_say_whether_it_is_closed(
    step: LadderStep, write: int, is_sent: bool, is_closed: bool, stage: ClosingStage
) -> None:
    """Seen: open, where the policy that counts was not bound yet and the one that blocks still was."""
    close(stage, step)
    open_and_die(stage, step, write, is_sent=is_sent)
    found = views(stage)
    assert {*found.closed.values()} == {is_closed}, found.closed
