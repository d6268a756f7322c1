# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A rule that reduces exposure protects in part: to lose it is a loss, to be left with it is less protection, and all pages say it in one word."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts import FactKind
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.apply.run import Apply
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import Task
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.deployment import Deployment
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.end_page import PageRun, end_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.run import CatalogueStatus, Status

from tests.engine import control_nodes
from tests.engine.test_protection_lost import allow_in_front, reboot, unbind
from tests.engine.test_protection_on_all_pages import DECIDED, HOW_FAR, OURS, THEIRS
from tests.engine.told import read
from tests.engine.views import options_of
from tests.stage.memory import Stage

BOX = control_nodes.BOX
OWN = "cve_2019_19781"
TODAY = date(2026, 12, 2)
"""After the bulletin of 27 September 2026: a rule that looks at a URL can be bypassed on builds without its fix."""
LOST, REDUCED = "PROTECTION LOST", "PROTECTION REDUCED"
OPENER = "decided by P. de Vries (a test)"


def applied(stage: Stage, **options: Any) -> None:
    with Connection(stage.appliance) as connection:
        Deployment(connection, replace(stage.parameters(**options), as_of=TODAY)).apply()
    time.sleep(1.1)  # records have whole seconds


def observed(stage: Stage) -> None:
    applied(stage, mode=Mode.OBSERVE, **DECIDED)


def opened(stage: Stage) -> None:
    for run in (stage.lockdown, stage.reopen):
        run()
        time.sleep(1.1)


def opened_and_observed(stage: Stage) -> None:
    opened(stage)
    observed(stage)


def off_and_back(stage: Stage) -> None:
    stage.rollback_all(**DECIDED)
    time.sleep(1.1)
    applied(stage)


@dataclass(frozen=True)
class Event:
    """What changes the protection of a rule that reduces exposure.

    :ivar lines: the word of each line on all pages, and by whose decision
    :ivar ended: the letter says that the protection ended: an exposure has begun that there was not before
    """

    act: Callable[[Stage], object]
    lines: tuple[tuple[str, str], ...] = ()
    ended: int = 0


EVENTS = {
    "nothing": Event(lambda _stage: None),
    "observe": Event(observed, ((LOST, OURS),)),
    "rollback": Event(lambda stage: stage.rollback_all(**DECIDED), ((LOST, OURS),)),
    "observe, and back": Event(lambda stage: (observed(stage), applied(stage))),
    "unbound by hand": Event(unbind, ((LOST, THEIRS),)),
    "a policy in front": Event(allow_in_front, ((LOST, THEIRS),)),
    "a reboot without a save": Event(reboot, ((LOST, THEIRS),)),
    "a reopening": Event(opened, ((REDUCED, OPENER),), ended=1),
    "a reopening, then observe": Event(opened_and_observed, ((LOST, OURS), (REDUCED, OPENER)), ended=1),
    "away, and back": Event(off_and_back),
}  # fmt: skip


def said(lines: list[str]) -> list[tuple[str, str]]:
    """Return the word of each line about our entry, and by whose decision."""
    own = [line for line in lines if line.startswith("PROTECTION ") and OWN in line]
    return [
        (line.partition("  ")[0], next(who for who in (OURS, THEIRS, OPENER) if f", {who}: " in line)) for line in own
    ]


def page_of(task: type[Task], stage: Stage, **more: Any) -> list[str]:
    """Return the lines of the page of a task on changes of protection."""
    options = {**options_of(stage), **HOW_FAR, "mitigation": OWN, "as_of": str(TODAY), **more}
    values = task(stage.appliance, options, check_mode=True, is_preview=True).values()
    action = "apply" if task is Apply else "status"
    lines = end_page(PageRun({"box": {**values, "action": action}}, {}, planned=task is Apply))
    return [line.text for line in lines if line.text.startswith("PROTECTION ")]


@pytest.mark.parametrize("name", EVENTS)
def test_all_pages_have_one_word_for_it(open_stage: Callable[..., Stage], name: str) -> None:
    """Seen: PROTECTION LOST beside "33 of 33 attacks blocked" after a reopening, and nothing after an apply that let the rule only watch."""
    event = EVENTS[name]
    stage = open_stage()
    saves = {"save": "never"} if "reboot" in name else {}
    for _time in range(2):
        with Connection(stage.appliance) as connection:
            run = Deployment(connection, replace(stage.parameters(**saves), as_of=TODAY))
            assert (run.status() if _time else run.apply()).verdict.word in ("reduces exposure", "applied, not saved")
        time.sleep(1.1)
    event.act(stage)
    found = read(stage, as_of=TODAY)
    pages = {
        "status": page_of(Status, stage),
        "catalogue": page_of(CatalogueStatus, stage, mitigation=""),
        "plan": page_of(Apply, stage),
    }
    assert said(found.ledger["lines"]) == [*event.lines]
    for page, lines in pages.items():
        assert said(lines) == [*event.lines], page
    assert len(found.facts.of(FactKind.PROTECTION_ENDED)) == event.ended
    assert any(fact.until is None for fact in found.facts.of(FactKind.EXPOSED, FactKind.PROTECTION_ENDED))
