# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The two things that an operation gives to a change transaction: a :class:`Change` (its plan) and a :class:`Proof`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...appliance.objects.resource_types import ObjectId
from ...appliance.objects.steps import Step
from ...appliance.objects.user_sessions import SessionEnd
from ..records.change_record import ChangeRecord
from ..records.record_states import RecordKind
from .file_delivery import FileChanges
from .read_back import Objects
from .step_check import Check
from .write_permission import ConfirmLease


@dataclass(frozen=True, kw_only=True)
class Change:
    """The plan that one transaction carries out on one appliance.

    :ivar kind: the kind of the record
    :ivar noun: the change in messages, such as "the rollback"
    :ivar playbook: the playbook to run again after a failure
    :ivar seal: the seal of the plan, for the record
    :ivar planned_at: when the configuration was last changed as the plan was made (:func:`last_change`)
    :ivar writes: something is written to the appliance; otherwise it is only read, proven and recorded
    :ivar stages: the numbers of steps after which the proof must find no harm before the next steps are sent
    :ivar stages_expire: what a stage brings in expires by itself, so that nothing is left where its undo fails
    :ivar checks: by object, what must hold after the step that brings it in
    :ivar undo_if_different: undo the steps if they do not read back as planned; otherwise they stay, and the run fails
    :ivar save_first: save the unsaved changes of others before the first step
    :ivar saves_others: a save may include the changes of others
    :ivar must_save: something of ours is not saved, even if there is no step
    :ivar saved: what the plan read: our part of the configuration is saved; None if unknown
    :ivar records: the records of earlier runs, which explain unsaved changes
    :ivar fetched: those of them that were read from the nodes, and are not in our directory yet
    :ivar ends: the kinds of sessions of users that are ended after the steps; that cannot be undone
    :ivar continues: those of them of runs that this one continues: they left steps in place and did not come to their end
    """

    kind: RecordKind
    noun: str
    playbook: str
    seal: str
    planned_at: str
    writes: bool
    steps: Sequence[Step] = ()
    stages: Sequence[int] = ()
    stages_expire: bool = False
    checks: Mapping[ObjectId, Check] = field(default_factory=dict)
    files: FileChanges = field(default_factory=FileChanges)
    undo_if_different: bool = False
    save_first: bool = False
    saves_others: bool = False
    must_save: bool = False
    saved: bool | None = None
    records: Sequence[ChangeRecord] = ()
    fetched: Sequence[ChangeRecord] = ()
    ends: Sequence[SessionEnd] = ()
    continues: Sequence[ChangeRecord] = ()


@dataclass(frozen=True)
class Harm:
    """Something that worked before the change and no longer does.

    :ivar what: the clause for the message, such as "legitimate traffic was harmed"
    :ivar details: where, and how it was found
    """

    what: str
    details: str

    def __str__(self) -> str:
        return f"{self.what}: {self.details}"


@dataclass(frozen=True, kw_only=True)
class ProofFindings:
    """The findings of a proof after the change.

    :ivar facts: JSON values for the record
    :ivar harm: why the change is undone at once, and the run fails; None if nothing was harmed
    :ivar undo_because: why the change is undone although nothing was harmed, or ""
    :ivar may_save: the result may be saved
    """

    facts: Mapping[str, Any]
    harm: Harm | None = None
    undo_because: str = ""
    may_save: bool = True


class Proof:
    """The proof of an operation. Each method is called at its point of the sequence; the defaults prove nothing."""

    def note_begun(self) -> None:
        """Note the beginning of the run, before its lease and its first request: where it dies, both are known by this note alone."""

    def note_end(self) -> None:
        """Note its end, however it has ended."""

    def before(self) -> None:
        """Find out what must still work afterwards. The lock is held, and nothing is recorded or written yet."""

    def record_facts(self) -> Mapping[str, Any]:
        """Return further JSON values for the record."""
        return {}

    def after_stage(self) -> Harm | None:
        """Return the harm that is found after a stage, or None."""
        return None

    def after(self, objects: Objects) -> ProofFindings:
        """Prove the whole change, on the secondary too.

        :param objects: what was read back after the steps; empty if there were none
        """
        return ProofFindings(facts={})

    def problem_after_save(self) -> str:
        """Return why the saved configuration is not as planned although the appliance says that it is saved, or ""."""
        return ""

    def finds_as_saved(self, record: ChangeRecord) -> bool:
        """Return True if what the run has written and not saved is as the appliance has saved it, so that a restart loses nothing of it."""
        return False

    def save_secondary(self, record: ChangeRecord, confirm_lease: ConfirmLease) -> None:
        """Make sure that the secondary has saved it too.

        :param confirm_lease: to be called directly before a save there
        """

    def finished(self, record: ChangeRecord) -> None:
        """Note in other records that this run succeeded. Its record is complete, and the lock is still held."""
