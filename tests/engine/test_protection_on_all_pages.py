# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A change of protection is one event: after each cause status, catalogue, plan, ledger and letter say it, and none of them where nothing was lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts import FactKind
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.loss import LossCause
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.apply.run import Apply
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import Task
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.end_page import PageRun, end_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.run import CatalogueStatus, Status

from tests.engine import control_nodes
from tests.engine.test_protection_lost import BOX, allow_in_front, by_hand, reboot, unbind
from tests.engine.test_retire import retire
from tests.engine.told import read
from tests.engine.views import options_of
from tests.stage.memory import Stage

OpenStage = Callable[..., Stage]
FIXED, OLDER, DEAF = "13.0 47.24", "13.0 47.22", "12.1 50.28"
DECIDED: dict[str, Any] = {"who": "J. Jansen", "reason": "it stops a customer"}
OURS, THEIRS = "decided by J. Jansen (it stops a customer)", "by nobody's decision"
HOW_FAR: dict[str, Any] = {
    "stop_gap": False,
    **dict.fromkeys(("adopt", "force"), False),
    **dict.fromkeys(("who", "plan"), ""),
    "found": "keep",
    "accept_sleeping_policies": [],
    "unsaved": "refuse",
    "on_unproven": "keep",
    "save": "proven",
    "settings": {},
}
"""What a plan is told besides."""
ENDED = {"en": "The protection of box ended ", "nl": "De bescherming van box stopte "}
assert BOX is control_nodes.BOX


@dataclass(frozen=True)
class Cause:
    """What ends the protection.

    :ivar cause: of the event; None where nothing is lost
    :ivar decided: as the pages say it
    :ivar is_on_pages: False where the verdict says it, and the ledger and the letter alone have it as an event
    """

    act: Callable[[Stage], object]
    cause: LossCause | None = None
    decided: str = THEIRS
    first: Mapping[str, Any] | None = None
    is_on_pages: bool = True


def older_unproven(stage: Stage) -> None:
    stage.variables["probe"] = False
    stage.apply(version=1, save="always")


def switched_off(stage: Stage) -> None:
    by_hand(stage, ("POST", "nsfeature?action=disable", {"nsfeature": {"feature": ["RESPONDER"]}}))


def upgrade(build: str) -> Callable[[Stage], object]:
    return lambda stage: stage.simulator.appliance("box").upgrade(build)


def back_to_an_older_build(stage: Stage) -> None:
    """The fix was recorded, then somebody boots the build before it."""
    upgrade(FIXED)(stage)
    retire(stage)
    time.sleep(1.1)
    upgrade(OLDER)(stage)


def opened(stage: Stage) -> None:
    for run in (stage.lockdown, stage.rollback, stage.reopen):
        run()
        time.sleep(1.1)  # records have whole seconds


def closed_and_overdue(stage: Stage) -> None:
    """Nothing opens by itself when a decision expires."""
    stage.lockdown()


def retired(stage: Stage) -> None:
    upgrade(FIXED)(stage)
    retire(stage)


CAUSES = {
    "an apply that only observes": Cause(lambda s: s.apply(mode=Mode.OBSERVE, **DECIDED), LossCause.OBSERVING, OURS),
    "an apply of an older version that nothing proves": Cause(older_unproven, LossCause.NOT_PROVEN, "by a run of ours"),
    "a rollback": Cause(lambda s: s.rollback_all(**DECIDED), LossCause.TAKEN_OFF, OURS),
    "a reopening": Cause(opened, LossCause.OPENED, "decided by P. de Vries (a test)"),
    "unbound by hand": Cause(unbind, LossCause.CHANGED),
    "its feature off": Cause(switched_off, LossCause.CHANGED),
    "a policy in front": Cause(allow_in_front, LossCause.PARTLY),
    "a reboot without a save": Cause(reboot, LossCause.CHANGED, first={"save": "never"}),
    "a build without effect": Cause(upgrade(DEAF), LossCause.INEFFECTIVE),
    "a build before the fix": Cause(back_to_an_older_build, LossCause.OLDER_BUILD),
    "another build that no run has proven it on": Cause(upgrade("13.0 47.23"), LossCause.OUTDATED, is_on_pages=False),
    "an apply of an older version that is proven": Cause(lambda s: s.apply(version=1)),
    "a retirement": Cause(retired),
    "a closing": Cause(closed_and_overdue),
}


def lost_lines(task: type[Task], stage: Stage, **more: Any) -> list[str]:
    """Return what the page of a task says of losses, without the name of the appliance."""
    options = {**options_of(stage), **HOW_FAR, "mitigation": stage.mitigation.id, **more}
    values = task(stage.appliance, options, check_mode=True, is_preview=True).values()
    action = "apply" if task is Apply else "status"
    lines = end_page(PageRun({"box": {**values, "action": action}}, {}, planned=task is Apply))
    return [line.text for line in lines if line.text.startswith("PROTECTION LOST")]


@pytest.mark.parametrize("name", CAUSES)
def test_all_pages_the_ledger_and_the_letter_say_it(open_stage: OpenStage, name: str) -> None:
    one = CAUSES[name]
    stage = open_stage()
    stage.apply(**(one.first or {}))
    time.sleep(1.1)
    stage.status()
    time.sleep(1.1)
    one.act(stage)
    found = read(stage)
    lost = [line for line in found.ledger["lines"] if line.startswith("PROTECTION LOST")]
    in_ledger = [line for line in lost if stage.mitigation.id in line]  # 12.1 50.28 lacks the fix of CVE-2019-6485 too
    pages = {
        "status": lost_lines(Status, stage),
        "catalogue": lost_lines(CatalogueStatus, stage, mitigation=""),
        "plan": lost_lines(Apply, stage),
    }
    facts = found.facts.of(FactKind.PROTECTION_ENDED)
    said = [words in found.letter(language) for language, words in ENDED.items()]
    assert said == [one.cause is not None] * 2
    if one.cause is None:
        assert (in_ledger, facts, *pages.values()) == ([], (), [], [], [])
        return
    (line,), (fact,) = in_ledger, facts
    assert fact.cause is one.cause
    assert f", {one.decided}: " in line
    begins = line.partition(f", {one.decided}: ")[0]
    for page, lines in pages.items():
        starts = [text.partition(f", {one.decided}: ")[0] for text in lines]
        assert starts == ([begins] if one.is_on_pages else []), page
    if one.decided is not THEIRS:
        assert set(map(tuple, pages.values())) == {(line,)}, "what a record says is said in the same words"
