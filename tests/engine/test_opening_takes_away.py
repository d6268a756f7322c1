# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An opening takes protection away where a weakness has none then, whoever accepted it: run, status and ledger say the same of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from ansible_collections.tourniquet.netscaler.plugins.action import close, reopen
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.close_off import CloseOff
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.run import CloseByMeasure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import Task
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.ledger.page import ledger_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.ledger.run import ReadLedger
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.end_page import PageRun, end_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.fleet_page import FleetRun
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.reopen.reopen_off import ReopenAccess
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.reopen.run import OpenByMeasure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.run import CatalogueStatus

from tests.engine import control_nodes
from tests.engine.test_closing import task_options
from tests.engine.test_reduced_protection import OWN, TODAY, applied
from tests.engine.views import options_of
from tests.stage.memory import CATALOGUE, Stage

BOX = control_nodes.BOX
OTHER = "cve_2025_5777"
"""An entry without a measure, which the build has and a client reaches through a Gateway."""
WHO = "decided by J. Jansen (they need it)"
STEPS: dict[str, tuple[type[Task], type[Task]]] = {
    "off": (CloseOff, ReopenAccess),
    "notice": (CloseByMeasure, OpenByMeasure),
}


@dataclass(frozen=True)
class Opening:
    """What is there once it is open.

    :ivar before: what is done before the closing; likewise closed, while it is closed
    :ivar lost: the weaknesses that have no protection then; likewise reduced: that have it in part
    """

    before: Callable[[Stage], object] = lambda _stage: None
    closed: Callable[[Stage], object] = lambda _stage: None
    entries: tuple[str, ...] = (OWN,)
    lost: tuple[str, ...] = ()
    reduced: tuple[str, ...] = ()


def fixed(stage: Stage) -> None:
    stage.simulator.appliance("box").upgrade("13.0 47.24")


OPENINGS = {
    "all fixed": Opening(fixed),
    "a rule that reduces exposure": Opening(applied, reduced=(OWN,)),
    "a weakness without a measure": Opening(applied, entries=(OWN, OTHER), lost=(OTHER,), reduced=(OWN,)),
    "a rule that was applied while it was closed": Opening(closed=applied, lost=(OWN,)),
}


def lines_of(lines: list[str]) -> dict[str, tuple[str, ...]]:
    """Return by word the weaknesses of the lines about changes of protection."""
    own = [line for line in lines if line.startswith("PROTECTION ")]
    assert all(f", {WHO}: " in line for line in own)
    return {line.partition("  ")[0]: tuple(line.partition(": ")[2].partition(" on ")[0].split(", ")) for line in own}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("name", OPENINGS)
def test_run_status_and_ledger_say_the_same(open_stage: Callable[..., Stage], name: str, step: str) -> None:
    """Seen: with `second` alone it ended with 0 beside "1 exposed", and PROTECTION LOST in status and ledger; and of a notice no word there."""
    case, stage, (closer, opener) = OPENINGS[name], open_stage(), STEPS[step]
    stage.variables["customer"] = "Brouwer"
    catalogue = stage.records / "catalogue"
    catalogue.mkdir()
    for entry in case.entries:
        (catalogue / entry).symlink_to(CATALOGUE.parent / entry)
    options = {**options_of(stage), "as_of": str(TODAY), "mitigation": "", "catalogue": str(catalogue)}
    case.before(stage)
    given = {"step": step, "catalogue": str(catalogue), "desired": options["desired"], "reason": "they need it"}
    closing = task_options(stage, close.ActionModule, **given, expires="8", without_consent="it burns")
    assert not closer(stage.appliance, closing, False, False).values().get("failed")
    time.sleep(1.1)  # records have whole seconds
    case.closed(stage)
    opening = task_options(stage, reopen.ActionModule, **given, second="S. Bakker")
    done = opener(stage.appliance, opening, False, False).values()
    assert (done["changed"], done["takes_away"]) == (True, ["vpn vserver gw"] if case.lost else [])
    word = "LOST" if case.lost else "REDUCED" if case.reduced and step == "off" else ""
    said = [text for text in done["msg"].split("; ") if text.startswith("PROTECTION ")]
    assert said == ([f"PROTECTION {word} at vpn vserver gw, {WHO}"] if word else [])
    time.sleep(1.1)
    values = CatalogueStatus(stage.appliance, options, check_mode=True, is_preview=True).values()
    page = [line.text for line in end_page(PageRun({"box": {**values, "action": "status"}}, {}))]
    rows = ReadLedger(stage.appliance, options, check_mode=True, is_preview=True).values()
    ledger = ledger_page(FleetRun({"box": rows}, {"fail_at": 2})).values()
    words = {"PROTECTION LOST": case.lost, "PROTECTION REDUCED": case.reduced if step == "off" else ()}
    expected = {word: entries for word, entries in words.items() if entries}
    assert lines_of(ledger["lines"]) == lines_of(page) == expected
