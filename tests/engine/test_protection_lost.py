# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A loss of protection is one event, wherever it comes from: the course has it, the page of the ledger is loud, and the letter says it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.corrections import Previous
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts import (
    FactKind,
    as_time,
    told,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import Decision
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.switch_off import Lockdown
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.end_page import PageRun, end_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.run import CatalogueStatus, Status

from tests.engine import control_nodes
from tests.engine.test_retire import retire
from tests.engine.told import Told, read
from tests.engine.views import options_of
from tests.stage.memory import Stage, carried_out

BOX = control_nodes.BOX
NAME = "tq_cve_2019_19781"
OpenStage = Callable[..., Stage]
OVER = ("Wij hebben geen bewijs dat dit voorbij is.", "We have no proof that this is over.")


def by_hand(stage: Stage, *requests: tuple[str, str, dict[str, Any] | None], saves: bool = True) -> None:
    """Somebody else changes the appliance."""
    with Session(stage.appliance, stage.appliance.nodes[0]) as session:
        for method, path, body in requests:
            session.write(method, path, body)
        if saves:
            session.write("POST", "nsconfig?action=save", {"nsconfig": {}})


def observe(stage: Stage) -> None:
    result = stage.apply(mode=Mode.OBSERVE, who="J. Jansen", reason="it stops a customer")
    assert (result.observed, result.lost) == (None, ()), "this run decided it"


def unbind(stage: Stage) -> None:
    place = f"policyname:{NAME},type:REQ_OVERRIDE,priority:10"
    by_hand(stage, ("DELETE", f"responderglobal_responderpolicy_binding?args={place}", None))


def allow_in_front(stage: Stage) -> None:
    rule = 'HTTP.REQ.HEADER("User-Agent").CONTAINS("Nagios")'
    bound = {"policyname": "rp_allow", "priority": 5, "gotopriorityexpression": "END", "type": "REQ_OVERRIDE"}
    by_hand(
        stage,
        ("POST", "responderpolicy", {"responderpolicy": {"name": "rp_allow", "rule": rule, "action": "NOOP"}}),
        ("PUT", "responderglobal_responderpolicy_binding", {"responderglobal_responderpolicy_binding": bound}),
    )


def reboot(stage: Stage) -> None:
    """Start it again with the configuration that was saved."""
    stage.simulator.appliance("box").reboot(seconds=0)


def proven(open_stage: OpenStage, **options: Any) -> Stage:
    """Return an appliance with a mitigation that was proven, and again a second later: records have whole seconds."""
    stage = open_stage()
    stage.apply(**options)
    time.sleep(1.1)
    stage.status()
    return stage


EVENTS = {
    "observe": (observe, "observing", "J. Jansen (it stops a customer)", "Since then we let the emergency measure only watch."),
    "rollback": (Stage.rollback, "taken_off", "J. Jansen (a test)", "We took the emergency measure off."),
    "unbound by hand": (unbind, "changed", "", "The emergency measure is not as we left it. We did not change it."),
    "a policy in front": (allow_in_front, "partly", "", "The emergency measure does not hold for everything on the device."),
}  # fmt: skip


@pytest.mark.parametrize("event", EVENTS)
def test_the_course_has_it_the_ledger_is_loud_and_the_letter_says_it(open_stage: OpenStage, event: str) -> None:
    act, cause, by, sentence = EVENTS[event]
    stage = proven(open_stage)
    before = read(stage)
    assert not before.row()["losses"]
    assert "PROTECTION LOST" not in before.screen
    act(stage)
    found = read(stage)
    require_loss(found, cause, by)
    assert sentence in found.letter("en")
    require_second_exposure(before, found)


def test_a_reboot_without_a_save_is_one(open_stage: OpenStage) -> None:
    """The rule was proven and not saved; nobody took it off."""
    stage = proven(open_stage, save="never")
    before = read(stage)
    stage.simulator.appliance("box").reboot(seconds=0)
    found = read(stage)
    require_loss(found, "changed", "")
    assert "by nobody's decision: the feature RESPONDER is off" in found.screen
    require_second_exposure(before, found)


@pytest.mark.parametrize("event", ["unbound by hand", "a reboot"])
def test_a_verify_that_sees_the_attack_pass_leaves_the_event(open_stage: OpenStage, event: str) -> None:
    """Seen: "never proven" of what two runs had proven, and no loss in ledger and letter, once a third one looked."""
    stage = proven(open_stage, **({"save": "never"} if event == "a reboot" else {}))
    before = read(stage)
    if event == "a reboot":
        stage.simulator.appliance("box").reboot(seconds=0)
    else:
        unbind(stage)
    time.sleep(1.1)
    assert stage.status().verdict.word == "exposed"
    found = read(stage)
    require_loss(found, "passed", "")
    assert "and not proven any more (record " in found.screen
    require_second_exposure(before, found)


@pytest.mark.parametrize("seen", ["nobody", "a verify", "a repair"])
def test_one_proof_is_enough_for_a_loss(open_stage: OpenStage, seen: str) -> None:
    """Seen: applied once and proven, and then unbound by a colleague: no page said PROTECTION LOST, and the letter that it had never been protected."""
    stage = open_stage()
    stage.apply()
    before = read(stage)
    time.sleep(1.1)
    unbind(stage)
    assert len(status_page(stage)[1]) == 1
    if seen == "a verify":
        assert stage.status().verdict.word == "exposed"
    elif seen == "a repair":
        time.sleep(1.1)
        stage.apply()
    found = read(stage)
    if seen == "a repair":
        (lost,) = found.row()["losses"]
        assert (lost["cause"], lost["is_ours"], bool(lost["until"])) == ("not_known", False, True)
    else:
        require_loss(found, "changed" if seen == "nobody" else "passed", "")
    ((first,), (then,)) = (one.facts.of(FactKind.EXPOSED) for one in (before, found))
    assert first.until == then.until, "the first time without protection keeps its end"


def test_a_closing_that_a_colleague_opens_is_a_loss(open_stage: OpenStage) -> None:
    """Seen: closed and proven once, and then switched on by a colleague: no loss, and a letter by which the attack could succeed while all was closed."""
    stage = open_stage()
    stage.lockdown()
    before = read(stage)
    assert before.row()["course"][-1]["state"] == "closed"
    time.sleep(1.1)
    by_hand(stage, ("POST", "vpnvserver?action=enable", {"vpnvserver": {"name": "gw"}}))
    found = read(stage)
    require_loss(found, "opened_by_others", "")
    assert "Somebody else opened access." in found.letter("en")
    ((first,), (then,)) = (one.facts.of(FactKind.EXPOSED) for one in (before, found))
    assert first.until == then.until, "the first time without protection keeps its end"


def require_loss(found: Told, cause: str, by: str) -> None:
    (lost,) = found.row()["losses"]
    assert (lost["cause"], lost["by"], lost["until"], lost["is_ours"]) == (cause, by, None, bool(by))
    (line,) = [line for line in found.ledger["lines"] if line.startswith("PROTECTION LOST  box: cve_2019_19781 ")]
    assert (f"decided by {by}: " if by else "by nobody's decision: ") in line
    assert found.ledger["exit_code"] == 2
    assert all(words in found.letters() for words in OVER)
    assert f"The protection of box ended {'on' if by else 'some time after'} " in found.letter("en")
    assert f"De bescherming van box stopte {'op' if by else 'ergens na'} " in found.letter("nl")


def require_second_exposure(before: Told, found: Told) -> None:
    """The first exposure keeps its end, and the second one begins when it was last proven or when it was decided."""
    ((first,), (then,)) = (one.facts.of(FactKind.EXPOSED) for one in (before, found))
    assert first.until == then.until
    (lost,) = found.facts.of(FactKind.PROTECTION_ENDED)
    assert as_time(lost.when) > as_time(then.until)
    assert "nothing open" not in found.calls


def test_a_letter_that_said_protected_when_it_was_not_is_corrected(open_stage: OpenStage) -> None:
    stage = proven(open_stage)
    last = read(stage)
    unbind(stage)
    found = read(stage)
    (lost,) = found.facts.of(FactKind.PROTECTION_ENDED)
    wrote = Previous(1, as_time(lost.when) + timedelta(seconds=1), told(last.facts))
    corrected = found.letter("en", wrote).partition("1. What is the matter?")[0]
    assert "it was proven: the emergency measure works on box" in corrected
    assert "The protection of box ended some time after" in corrected
    again = Previous(2, found.now, told(found.facts))
    assert "we wrote" not in found.letter("en", again), "it is corrected once"


def test_what_protects_again_ends_it_and_is_no_correction(open_stage: OpenStage) -> None:
    stage = proven(open_stage)
    observe(stage)
    lost = read(stage)
    time.sleep(1.1)
    stage.apply()
    found = read(stage)
    assert "PROTECTION LOST" not in found.screen
    ((one,),) = (found.facts.of(FactKind.PROTECTION_ENDED),)
    assert one.until is not None
    text = found.letter("en", lost.previous)
    assert "We let the emergency measure only watch then. The attack could succeed" in text
    assert "we wrote" not in text
    assert not [words for words in OVER if words in found.letters()]


def test_an_opening_of_what_nothing_else_protects_is_one(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.lockdown()
    before = read(stage)
    assert before.row()["course"][-1]["state"] == "closed"
    time.sleep(1.1)
    stage.reopen()
    found = read(stage)
    require_loss(found, "opened", "P. de Vries (a test)")
    assert "Access was opened again." in found.letter("en")
    require_second_exposure(before, found)


def test_a_closing_whose_time_is_over_stays_closed_and_is_none(open_stage: OpenStage) -> None:
    """Nothing opens by itself: the page says that the decision is overdue, and course and letter that it is closed."""
    stage = open_stage()
    decision = Decision("a test", "CHG0044", "J. Jansen", datetime.now(UTC) + timedelta(seconds=1))
    parameters = replace(stage.switch_parameters("lockdown"), decision=decision)
    with Connection(stage.appliance) as connection:
        carried_out(Lockdown(connection, parameters))
    time.sleep(1.1)
    assert stage.status(probes="none").verdict.word == "closed, decision overdue"
    found = read(stage)
    assert not found.row()["losses"]
    assert "De toegang via box is dicht sinds" in found.letter("nl")


def test_a_rule_is_not_retired_from_a_build_without_the_fix(open_stage: OpenStage) -> None:
    stage = proven(open_stage)
    with pytest.raises(Refused):
        retire(stage)
    assert not read(stage).row()["losses"]


BY_OTHERS = {**{name: EVENTS[name][0] for name in ("unbound by hand", "a policy in front")}, "a reboot": reboot}
OF_OURS = {name: EVENTS[name] for name in ("observe", "rollback")}


def status_page(stage: Stage, probes: str = "none", *, whole: bool = False) -> tuple[dict[str, Any], list[str]]:
    """Return the values of status.yml, and the lines of its page about losses.

    :param whole: of the whole catalogue
    """
    options = {**options_of(stage), "probes": probes, "mitigation": "" if whole else stage.mitigation.id}
    task = CatalogueStatus if whole else Status
    values = task(stage.appliance, options, check_mode=True, is_preview=True).values()
    page = end_page(PageRun({"box": {**values, "action": "status"}}, {}))
    return values, [line.text for line in page if line.text.startswith("PROTECTION LOST")]


@pytest.mark.parametrize("event", BY_OTHERS)
def test_status_is_loud_about_what_nobody_decided(open_stage: OpenStage, event: str) -> None:
    """The pages of status and of the whole catalogue name it in a line of its own, after a verify that saw an attack pass too."""
    stage = proven(open_stage, save="never" if event == "a reboot" else "proven")
    assert status_page(stage)[1] == []
    BY_OTHERS[event](stage)
    for probes, whole in (("none", False), ("none", True), ("all", False)):
        values, lines = status_page(stage, probes, whole=whole)
        assert values["verdict"]["exit_code"] == 2
        (line,) = lines
        assert line.startswith("PROTECTION LOST  box: cve_2019_19781 after ")
        assert "by nobody's decision: " in line


@pytest.mark.parametrize("event", OF_OURS)
def test_status_says_who_decided_a_loss(open_stage: OpenStage, event: str) -> None:
    act, _cause, by, _sentence = EVENTS[event]
    stage = proven(open_stage)
    act(stage)
    ledger = [line for line in read(stage).ledger["lines"] if line.startswith("PROTECTION LOST")]
    assert f", decided by {by}: " in ledger[0]
    for whole in (False, True):
        assert status_page(stage, whole=whole)[1] == ledger, "the course has it, and all views say it"
