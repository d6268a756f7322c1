# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a rollback reports in check mode, and what it asks of the transaction: tests/engine plays the transaction."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Unsaved
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import RecordKind
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback import (
    Rollback,
    RollbackResult,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_plan import (
    RollbackPlan,
    RollbackReason,
)

from tests.played_together import played_together
from tests.traits import traits


@pytest.mark.parametrize(("steps", "must_save"), [((), False), ((), True), (("step",), False), (("step",), True)])
def test_a_plan_is_reported_as_what_would_be_done(steps: tuple[str, ...], must_save: bool) -> None:
    plan: Any = SimpleNamespace(steps=steps, must_save=must_save, remarks=("a remark",))
    result = RollbackResult.of_plan(plan)
    assert (result.changed, result.saved, result.remarks) == (bool(steps), not must_save, ("a remark",))
    assert (result.record, result.probes_sent) == ("", 0)


FILE = {"Locationfile": "/var/netscaler/locdb/tq_demo__v1_ab"}
LOADED = Step("locationfile", (), FILE, None)


def change(plan: RollbackPlan, why: RollbackReason = RollbackReason.UNDO, unsaved: Unsaved = Unsaved.REFUSE) -> Any:
    rollback = Rollback.__new__(Rollback)
    verb = "retire" if why == RollbackReason.RETIRE else "rollback"
    measure = SimpleNamespace(traits=traits(file_directory="/var/netscaler/locdb"))
    parameters: Any = SimpleNamespace(why=why, unsaved=unsaved, verb=verb, measure=measure, playbook=lambda own: own)
    rollback.parameters = parameters
    return rollback._change(plan)


def test_files_that_an_undo_may_need_again_are_kept_until_it_is_done() -> None:
    found = change(RollbackPlan(steps=(LOADED,), checkpoints=(1,), keep_files=frozenset({"/var/x"})))
    assert found.files.keep == {"/var/x"}
    assert found.files.keep_if_undone == {"/var/x", FILE["Locationfile"]}
    assert (found.kind, found.steps, found.stages) == (RecordKind.ROLLBACK, (LOADED,), (1,))


@pytest.mark.parametrize(
    ("why", "noun", "playbook"),
    [
        (RollbackReason.UNDO, "the rollback", "rollback.yml"),
        (RollbackReason.AFTER_FIX, "the rollback", "rollback.yml"),
        (RollbackReason.RETIRE, "the removal", "retire.yml"),
    ],
)
def test_a_change_is_called_what_its_playbook_does(why: RollbackReason, noun: str, playbook: str) -> None:
    found = change(RollbackPlan(), why)
    assert (found.noun, found.playbook) == (noun, playbook)


@played_together("unsaved", list(Unsaved))
@played_together("foreign", [(), ("+ x",)])
@played_together("must_save", [False, True])
def test_the_changes_of_others_are_saved_first_only_on_request(
    unsaved: Unsaved, foreign: tuple[str, ...], must_save: bool
) -> None:
    found = change(RollbackPlan(foreign_lines=foreign, must_save=must_save), unsaved=unsaved)
    asked = unsaved is Unsaved.SAVE_FIRST
    assert (found.save_first, found.saves_others) == (asked and bool(foreign), asked)
    assert (found.must_save, found.saved, found.writes) == (must_save, not must_save, must_save)


@pytest.mark.parametrize("must_save", [False, True])
def test_a_run_without_a_transaction_has_written_and_sent_nothing(must_save: bool) -> None:
    rollback: Any = Rollback.__new__(Rollback)
    rollback.transaction, rollback._proof, rollback._remarks, rollback._is_done = None, None, ["of the run"], False
    plan = RollbackPlan(remarks=("of the plan",), must_save=must_save)
    found = rollback.result(plan)
    assert found == RollbackResult(plan=plan, remarks=("of the plan", "of the run"), saved=not must_save)
    assert (found.probes_sent, found.record, rollback.lock) == (0, "", None)
