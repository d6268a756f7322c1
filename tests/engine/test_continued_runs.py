# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A run dies, the same command completes its work, and then it is undone: all of it is taken back, and saved."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.audit import audit
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.deployment import Deployment

from tests.engine.control_nodes import DiedError, dying, files, lock_on
from tests.engine.records import records_of
from tests.stage.memory import MITIGATION, Stage

NAME = f"tq_{MITIGATION.id}"


def died(stage: Stage, monkeypatch: pytest.MonkeyPatch, number: int, **options: Any) -> None:
    """A run of its own dies at the write after so many: the lock, a copy, and then the steps."""
    stage.run = f"died{number}"
    with dying(monkeypatch, number), pytest.raises(DiedError):
        stage.apply(**options)
    stage.run = "next"


def records(stage: Stage) -> list[ChangeRecord]:
    return records_of(stage.records, "box", MITIGATION.id)


def check_undone(stage: Stage, state: list[str]) -> None:
    assert stage.configuration() == stage.configuration("saved") == state
    assert lock_on(stage) is None
    with Connection(stage.appliance) as connection:
        found = audit(connection, stage.records, "box")
    assert (found.differences, found.missing) == ([], [])


@pytest.mark.parametrize("number", [3, 4, 5, 6])
def test_an_undo_takes_back_both_runs(ours: Stage, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    state = ours.configuration()
    died(ours, monkeypatch, number)
    assert ours.apply().verdict.word == "mitigated"
    first, second = records(ours)
    assert second.continues == (first.name,)
    assert (first.outcome, second.outcome) == ("continued", "applied")
    assert [name for name in files(ours) if name.endswith("_begun.txt")] == []
    ours.rollback()
    check_undone(ours, state)
    first, second, undo = records(ours)
    assert undo.undoes == (first.name, second.name)
    assert first.undone_by == second.undone_by == undo.name


def test_a_record_that_another_one_follows_is_not_changed(ours: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run dies, somebody closes access, and only then the same command completes the first run."""
    state = ours.configuration()
    died(ours, monkeypatch, 5)
    closing = ours.lockdown(unsaved="apply_without_save")
    assert closing.failed == ""
    ours.apply(unsaved="save_first", probes="none", save="always")
    (first, last) = records(ours)
    assert (first.outcome, last.continues) == ("open", (first.name,))
    with Connection(ours.appliance) as connection:
        assert audit(connection, ours.records, "box").differences == []
    ours.reopen(accept_exposure=True)
    ours.rollback()
    check_undone(ours, state)


def test_the_plan_says_that_it_continues_a_run(ours: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    died(ours, monkeypatch, 5)
    with Connection(ours.appliance) as connection:
        plan = Deployment(connection, ours.parameters()).plan().plan
    assert any(
        remark.startswith(f"this run continues {records(ours)[0].name} of ") and "which died" in remark
        for remark in plan.remarks
    )


def test_several_deaths_are_one_undo(ours: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    state = ours.configuration()
    for number in (3, 3, 4):
        died(ours, monkeypatch, number)
    assert ours.apply().verdict.word == "mitigated"
    *dead, last = records(ours)
    assert last.continues == tuple(record.name for record in dead)
    ours.rollback()
    check_undone(ours, state)


def test_a_run_that_had_only_to_save_is_not_continued_by_the_next_change(
    ours: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It came to its end, so the undo of a later change ends there."""
    with dying(monkeypatch, 6, sends_the_last=True), pytest.raises(DiedError):  # after the last step, before the save
        ours.apply(version=1)
    assert ours.apply(version=1).verdict.word in ("mitigated", "superseded")
    state = ours.configuration()
    ours.run = "change"
    ours.apply(version=2)
    assert records(ours)[-1].continues == ()
    ours.rollback()
    check_undone(ours, state)


def test_a_run_of_another_version_continues_it_too(ours: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    state = ours.configuration()
    died(ours, monkeypatch, 5, version=1)
    assert ours.apply(version=2).verdict.word == "mitigated"
    ours.rollback()
    check_undone(ours, state)


def test_an_upgrade_that_died_goes_back_to_the_older_version(ours: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    ours.apply(version=1)
    state = ours.configuration()
    died(ours, monkeypatch, 3)
    assert ours.apply().verdict.word == "mitigated"
    assert records(ours)[-1].continues == (records(ours)[1].name,)
    ours.rollback()
    check_undone(ours, state)


def test_a_run_that_failed_is_continued_too(ours: Stage) -> None:
    state, box = ours.configuration(), ours.simulator.appliance("box")
    box.fault(kind="nitro_error", method="POST", type="responderpolicy")
    box.fault(kind="nitro_error", method="DELETE", type="responderaction")
    with pytest.raises(TourniquetError):
        ours.apply()
    ours.run = "next"
    assert ours.apply().verdict.word == "mitigated"
    first, second = records(ours)
    assert (first.outcome, second.continues) == ("partly reverted", (first.name,))
    ours.rollback()
    check_undone(ours, state)


def test_a_run_that_was_undone_is_not_continued(ours: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    state = ours.configuration()
    died(ours, monkeypatch, 5)
    ours.rollback()
    assert ours.configuration() == state
    ours.run = "new"
    assert ours.apply().verdict.word == "mitigated"
    assert records(ours)[-1].continues == ()
    ours.rollback()
    check_undone(ours, state)


# -- another control node ----------------------------------------------------------------------------------------------


def theirs(stage: Stage) -> Stage:
    """Another control node at the same appliance, with the same key."""
    other = Stage(stage.simulator, stage.records.parent / "theirs")
    other.run = "theirs"
    return other


def test_another_control_node_continues_it_and_takes_back_both(ours: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    state = ours.configuration()
    died(ours, monkeypatch, 5)
    other = theirs(ours)
    assert other.apply(break_lock="that laptop is gone").verdict.word == "mitigated"
    first, second = records(other)
    assert (first.name, first.is_fetched, first.outcome) == (records(ours)[0].name, True, "open")
    assert second.continues == (first.name,)
    other.rollback()
    assert ours.configuration() == ours.configuration("saved") == state
    assert {record.undone_by for record in records(other)[:2]} == {records(other)[-1].name}


def test_a_third_one_undoes_both_from_the_copies(ours: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    state = ours.configuration()
    died(ours, monkeypatch, 5)
    assert ours.apply().verdict.word == "mitigated"
    theirs(ours).rollback()
    assert ours.configuration() == ours.configuration("saved") == state


def test_a_record_that_is_not_trusted_is_not_continued(ours: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its steps are on the appliance, and no step of ours rests on them."""
    died(ours, monkeypatch, 5)
    node = ours.simulator.fleet.appliances["box"].nodes[0]
    (path,) = [path for path in node.files if path.endswith("_begun.txt")]
    copied = json.loads(bytes(node.files[path].content))
    copied["record"].pop("signature")
    node.write_file(path, json.dumps(copied).encode())
    other = theirs(ours)
    with Connection(ours.appliance) as connection:
        deployment = Deployment(connection, other.parameters(break_lock="gone"))
        assert deployment.facts.records.known == ()
        assert any("is left alone" in text for text in deployment.plan().plan.remarks)
