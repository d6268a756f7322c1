# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sequence of a change, with a proof that notes when it is called: what is on disk and on the appliance at each point."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.change import (
    Change,
    Harm,
    Proof,
    ProofFindings,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.change_transaction import (
    ChangeTransaction,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.read_back import Objects
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.step_executor import StepFailed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.write_permission import ConfirmLease
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    CannotConnect,
    TourniquetError,
)

from tests.engine.control_nodes import lock_on
from tests.stage.memory import Stage

NAMES = ("tq_one", "tq_two")
STEPS = tuple(
    Step("responderpolicy", (name,), None, {"name": name, "rule": "TRUE", "action": "NOOP"}) for name in NAMES
)


class NotedProof(Proof):
    """Notes at each point: the locked nodes, the policies that run, those that are saved, and the outcome in the record."""

    def __init__(self, stage: Stage, findings: ProofFindings, stage_harm: Harm | None = None) -> None:
        self.stage = stage
        self.findings = findings
        self.stage_harm = stage_harm
        self.notes: list[tuple[str, bool, int, int, str]] = []

    def note(self, point: str) -> None:
        records = all_records(self.stage.records, "box")
        self.notes.append(
            (
                point,
                lock_on(self.stage) is not None,
                *(sum(name in row for row in self.stage.configuration(kind) for name in NAMES) for kind in KINDS),
                str(records[-1].outcome) if records else "no record",
            )
        )

    def before(self) -> None:
        self.note("before")

    def record_facts(self) -> Mapping[str, Any]:
        return {"why": "a test"}

    def after_stage(self) -> Harm | None:
        self.note("after stage")
        return self.stage_harm

    def after(self, objects: Objects) -> ProofFindings:
        assert {key for _type, (key,) in objects} == set(NAMES)
        self.note("after")
        return self.findings

    def problem_after_save(self) -> str:
        self.note("after save")
        return ""

    def save_secondary(self, record: ChangeRecord, confirm_lease: ConfirmLease) -> None:
        self.note("secondary")

    def finished(self, record: ChangeRecord) -> None:
        self.note("finished")


KINDS = ("running", "saved")


def carry_out(stage: Stage, proof: NotedProof, **changes: Any) -> ChangeTransaction:
    with Connection(stage.appliance) as connection:
        change = Change(
            kind="apply",
            noun="the change",
            playbook="apply.yml",
            seal="seal",
            planned_at=connection.changed_at,
            writes=True,
            steps=STEPS,
            **changes,
        )
        transaction = ChangeTransaction(connection, stage.parameters(), change, proof, lambda: False)
        try:
            transaction.run()
        finally:
            proof.note("end")
        return transaction


def test_the_proof_is_asked_at_each_point_of_the_sequence(ours: Stage) -> None:
    proof = NotedProof(ours, ProofFindings(facts={"proven": True}))
    transaction = carry_out(ours, proof, stages=(1,))
    assert proof.notes == [
        ("before", True, 0, 0, "no record"),
        ("after stage", True, 1, 0, "open"),
        ("after", True, 2, 0, "open"),
        ("after save", True, 2, 2, "open"),
        ("secondary", True, 2, 2, "open"),
        ("finished", True, 2, 2, "applied"),
        ("end", False, 2, 2, "applied"),
    ]
    assert (transaction.written, transaction.saved, transaction.saved_now) == (True, True, True)
    assert transaction.record is not None
    assert (transaction.record.saved, transaction.record.content.values["why"]) == (True, "a test")


def test_what_may_not_be_saved_stays_and_is_not_saved(ours: Stage) -> None:
    proof = NotedProof(ours, ProofFindings(facts={}, may_save=False))
    transaction = carry_out(ours, proof)
    assert [note[0] for note in proof.notes] == ["before", "after", "finished", "end"]
    assert proof.notes[-1] == ("end", False, 2, 0, "applied")
    assert (transaction.written, transaction.saved) == (True, False)


@pytest.mark.parametrize("stages", [(), (1,)], ids=["at the end", "after a stage"])
def test_harm_undoes_the_steps_and_releases_the_lock(ours: Stage, stages: tuple[int, ...]) -> None:
    harm = Harm("legitimate traffic was harmed", "gw answers 403")
    proof = NotedProof(ours, ProofFindings(facts={}, harm=harm), harm)
    with pytest.raises(StepFailed, match="harmed, so the change was undone at once: gw answers 403") as caught:
        carry_out(ours, proof, stages=stages)
    assert caught.value.undone
    assert [note[0] for note in proof.notes] == ["before", "after stage" if stages else "after", "end"]
    assert proof.notes[-1] == ("end", False, 0, 0, "reverted")


def test_a_change_that_is_undone_for_lack_of_proof_is_no_error(ours: Stage) -> None:
    proof = NotedProof(ours, ProofFindings(facts={}, undo_because="it could not be proven"))
    transaction = carry_out(ours, proof)
    assert transaction.undone_because == "it could not be proven"
    assert (transaction.written, transaction.saved) == (False, None)
    assert proof.notes[-1] == ("end", False, 0, 0, "reverted")


def test_an_appliance_that_is_lost_after_the_steps_is_a_failure_and_not_unreachable(
    ours: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(_proof: NotedProof, _objects: Objects) -> ProofFindings:
        raise CannotConnect("box: cannot be reached")

    monkeypatch.setattr(NotedProof, "after", lost)
    proof = NotedProof(ours, ProofFindings(facts={}))
    with pytest.raises(
        TourniquetError, match=r"cannot be reached\. What was written is in the record .*: run apply\.yml"
    ) as caught:
        carry_out(ours, proof)
    assert not isinstance(caught.value, CannotConnect)
    assert proof.notes[-1][2:] == (2, 0, "open")
