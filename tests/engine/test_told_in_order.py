# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each time that a measure was put in place, let only count, taken off and put back is told in its order: by letters, ledger, course and audit."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.corrections import Previous
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts import FactKind
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.repeated import MOST_TIMES
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.ledger.course_text import course_text

from simulator import Simulator
from tests.engine import control_nodes
from tests.engine.control_nodes import DiedError, control_node, dying
from tests.engine.told import IN_2020, Told, read
from tests.stage.memory import Stage

BOX, PAIR = control_nodes.BOX, control_nodes.PAIR
OBSERVE: dict[str, Any] = {"mode": Mode.OBSERVE, "who": "J. Jansen", "reason": "it stops a customer"}
REDUCES = date(2026, 12, 1)
"""Since the bulletin of September 2026 the rule of 2020 reduces exposure, and protects nobody."""
DONE = (FactKind.MITIGATED, FactKind.PUT_BACK, FactKind.OBSERVING, FactKind.TAKEN_OFF)
ORDER = (
    r"gezet op box.*keek de noodmaatregel alleen mee.*weer aangezet op box",
    r"put an emergency measure on box.*only watched.*put the emergency measure back on box",
)


def done(found: Told) -> list[tuple[FactKind, bool]]:
    """Return what was done with the measure, and whether it is over."""
    return [(fact.kind, fact.until is not None) for fact in found.facts.facts if fact.kind in DONE]


PUT, BACK = (FactKind.MITIGATED, False), (FactKind.PUT_BACK, False)
WATCHED, WATCHES = (FactKind.OBSERVING, True), (FactKind.OBSERVING, False)
OFF, IS_OFF = (FactKind.TAKEN_OFF, True), (FactKind.TAKEN_OFF, False)


@pytest.mark.parametrize("as_of", [IN_2020, REDUCES], ids=["protects", "reduces"])
@pytest.mark.parametrize("box", [BOX, PAIR], ids=["standalone", "pair"])
def test_a_withdrawal_that_did_not_last_is_told(
    open_stage: Callable[..., Stage], box: dict[str, object], as_of: date
) -> None:
    """Seen: put at 23:44, let only count by a person at 23:50, put back at 23:50. The letter told that it was put at 23:50, and nothing of the rest."""
    stage = open_stage(box)
    stage.apply()
    stage.apply(**OBSERVE)
    stage.apply()
    found = read(stage, as_of=as_of)
    assert done(found) == [PUT, WATCHED, BACK]
    for language, order in zip(("nl", "en"), ORDER, strict=True):
        assert re.search(order, found.letter(language), re.DOTALL)
    assert "measure only watches" not in found.calls
    assert [one["doing"] for one in found.row()["stages"]] == ["blocks", "observes", "blocks"]
    table = course_text({"box": found.ledger["appliances"]["box"]})
    assert re.search(r"our measure: put in place .*only counted .*decided by J\. Jansen.*put back ", table, re.DOTALL)
    runs = [line for line in found.audit if " apply " in line]
    assert [line.rpartition("saved, ")[2] for line in runs] == ["proven", "observe, not blocking", "proven"]


def test_whoever_was_exposed_between_two_proofs_reads_from_when_to_when(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.apply()
    time.sleep(1.1)
    stage.apply(**OBSERVE)
    time.sleep(1.1)
    stage.apply()
    found = read(stage)
    (lost,) = found.facts.of(FactKind.PROTECTION_ENDED)
    (watched,) = found.facts.of(FactKind.OBSERVING)
    assert (lost.when, lost.until) == (watched.when, watched.until)
    first, last = found.facts.of(FactKind.PROVEN)
    assert (first.until, last.when, last.until) == (watched.when, watched.until, None)


def test_a_letter_between_two_changes_is_no_error_and_one_that_left_them_out_is(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage()
    stage.apply()
    before = read(stage, as_of=REDUCES)
    time.sleep(1.1)
    stage.apply(**OBSERVE)
    stage.rollback(why="undo")
    found = read(stage, as_of=REDUCES)
    assert done(found) == [PUT, WATCHED, BACK]
    assert "schreven wij" not in found.letter("nl", before.previous)
    time.sleep(1.1)
    late = Previous(1, datetime.now(UTC), before.previous.told)
    text = found.letter("nl", late).partition("1. Wat is er")[0]
    assert re.search(
        r"stond dit nog niet\.\s+Sinds [^:]* weten wij:.*keek de noodmaatregel alleen mee", text, re.DOTALL
    )


def test_ten_flips_are_told_in_a_bounded_way(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.apply()
    for _number in range(10):
        stage.apply(**OBSERVE)
        stage.apply()
        time.sleep(0.3)
    found = read(stage, as_of=REDUCES)
    assert done(found) == [PUT, *[WATCHED, BACK] * 10]
    dutch = found.letter("nl")
    watched, back = ({fact.claim for fact in found.facts.of(kind)} for kind in (FactKind.OBSERVING, FactKind.PUT_BACK))
    assert 3 < len(watched) <= 10, "those of one second are one claim"
    assert f"De noodmaatregel keek {len(watched)} keer alleen mee." in dutch
    assert len(back) <= 4 or f"Wij hebben de noodmaatregel {len(back) - 1} keer weer aangezet op box." in dutch
    is_longest = len(back) == MOST_TIMES + 1  # the longest form: each of them is a line of its own
    assert len([line for line in dutch.splitlines() if "noodmaatregel" in line]) <= 6 + is_longest


def test_a_newer_version_without_a_gap_is_no_withdrawal(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.apply(version=1)
    stage.apply(version=2)
    found = read(stage)
    assert done(found) == [PUT]
    assert not found.facts.of(FactKind.PROTECTION_ENDED)


def test_what_was_taken_off_and_put_back_is_told(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.apply()
    stage.rollback(why="undo")
    assert done(read(stage)) == [PUT, IS_OFF]
    stage.apply()
    found = read(stage)
    assert done(found) == [PUT, OFF, BACK]
    assert "measure taken off" not in found.calls
    assert "hebben wij de noodmaatregel weggehaald van box." in found.letter("nl")


def test_a_switch_that_died_and_its_retry_are_one_change(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = open_stage()
    stage.apply()
    with pytest.raises(DiedError), dying(monkeypatch, 7, sends_the_last=True):
        stage.apply(**OBSERVE)
    stage.apply(**OBSERVE)
    stage.apply()
    assert done(read(stage)) == [PUT, WATCHED, BACK]


def test_what_another_control_node_did_is_told(box: Simulator, tmp_path: Path) -> None:
    box.reset()
    ours, theirs = control_node(box, tmp_path, "ours"), control_node(box, tmp_path, "theirs")
    ours.apply()
    theirs.apply(**OBSERVE)
    theirs.apply()
    assert done(read(ours)) == done(read(theirs)) == [PUT, WATCHED, BACK]


@pytest.mark.parametrize("number", [2, 4])
def test_a_withdrawal_that_died_and_its_retry_are_one(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    stage = open_stage()
    stage.apply()
    time.sleep(1.1)
    with pytest.raises(DiedError), dying(monkeypatch, number, sends_the_last=True):
        stage.rollback(why="undo")
    half = read(stage)
    assert half.row()["measure"]["word"] == "drifted"
    assert "Wij hebben dat niet gedaan" not in half.letter("nl")
    assert "decided by J. Jansen" in half.screen
    stage.rollback(why="undo")
    found = read(stage)
    assert found.row()["measure"]["word"] == "taken off"
    assert "measure taken off" in found.duties["impact"]
    assert done(found) == [PUT, IS_OFF]
    stage.apply()
    assert done(read(stage)) == [PUT, OFF, BACK]
