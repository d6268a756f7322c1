# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A change of the configuration, by apply, rollback, lockdown, reopen or end_sessions: objects and files of NITRO, in one order.

Inside of what surrounds every change (:mod:`.transaction`): check of the primary, save the changes of others (if asked for), files, steps, read
back, end sessions of users (if asked for), prove, undo on harm, save with proof, save on the secondary, finish the record, delete unused files.
The caller gives its plan as a :class:`.change.Change` and its proof as a :class:`.change.Proof`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any, NoReturn

from ...appliance.nitro.connection import Connection
from ...appliance.objects.user_sessions import SessionKind
from ...catalogue.run_parameters import RunParameters
from ...foundation.errors import NitroError, NotFound, Refused, TourniquetError
from ...foundation.next_action import AGAIN, advice
from ..planning.unsaved_changes import changes_by_others, last_change
from ..records.appliance_lock import ApplianceLock
from ..records.change_record import ChangeRecord
from ..records.control_node_lock import ControlNodeLock
from ..records.fetched_records import keep_records
from ..records.job_guard import JobOver
from ..records.new_record import start_record
from ..records.record_states import Outcome, StepState
from ..records.unshown_attributes import last_written, whole_steps
from ..records.usable_records import other_runs
from .change import Change, Harm, Proof
from .file_delivery import delete_unused_files, deliver_files
from .read_back import Objects, differences, last_states, read_objects, still_readable
from .saving import lost_in_restart, save_on_primary
from .step_executor import StepFailed, execute_steps
from .step_undo import undo_steps
from .transaction import Transaction
from .what_is_left import what_is_left
from .write_permission import WritePermission


class ChangeTransaction(Transaction):
    """One change of the configuration of one appliance; :meth:`run` carries it out.

    :param still_holds: plans again and compares; called only if the configuration was changed since the plan was made
    :ivar written: the steps are on the appliance
    :ivar saved: our part of the configuration is saved; None if a failure left that unknown
    :ivar saved_now: it was saved by this transaction
    :ivar is_as_saved: it was not, and has put back what is saved
    :ivar undone_because: why the change was undone without a failure, or ""
    """

    def __init__(
        self,
        connection: Connection,
        parameters: RunParameters,
        change: Change,
        proof: Proof,
        still_holds: Callable[[], bool],
        *,
        is_noted: bool = False,
    ) -> None:
        super().__init__(connection, parameters, change.playbook, is_noted=is_noted)
        self.change = replace(change, steps=whole_steps(change.steps, last_written(change.records)))
        self.proof = proof
        self.still_holds = still_holds
        self.written = False
        self.saved = change.saved
        self.saved_now = False
        self.is_as_saved = False
        self.undone_because = ""
        self._changed_at = ""

    def run_noted(self) -> None:
        """Carry out the whole sequence between the two notes of its proof. It raises what :meth:`run` does."""
        self.proof.note_begun()
        try:
            self.run()
        finally:
            self.proof.note_end()

    def run(self) -> None:
        """Carry out the whole sequence.

        :raises Refused: if somebody else holds the lock or has changed what the plan depends on; nothing was written
        :raises StepFailed: if a step failed or something was harmed; the steps have been undone, or the message says which were not
        :raises TourniquetError: if the result cannot be read back, or is not saved
        """
        if self.change.writes:
            super().run()
            return
        with ControlNodeLock(self.parameters.records, self.where):
            self.proof.before()
            keep_records(self.change.fetched, self.parameters.records, self.where)
            self._prove_and_save(self._start(), {})

    def _carry_out(self, record: ChangeRecord) -> None:
        self._confirm_primary(record)
        self._save_others_first(record)
        with self._no_longer_unreachable(record):
            objects = self._write(record)
            self._end_sessions(record)
            self._prove_and_save(record, objects)

    @property
    def leaves_changes(self) -> bool:
        """True if something of this run is on the appliance now, or may be: a failure does not undo all that was done."""
        states = () if self.record is None else self.record.states
        return self.saved_now or any(one in (StepState.SENT, StepState.DONE) for one in states)

    # -- before the first write ---------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        self.proof.before()
        self._require_as_planned()

    def _require_as_planned(self) -> None:
        """:raises Refused: if what the plan depends on was changed between the plan and the lock"""
        # A run whose lease was taken over may have written within the second that the time of the last change has.
        taken_over = self.lock is not None and self.lock.replaced
        if last_change(self.connection.primary) == self.change.planned_at and not taken_over:
            return
        self.connection.refresh()
        if not self.still_holds():
            raise Refused(
                f"{self.where}: the configuration that the plan depends on was changed between the plan and the lock. "
                "Run the same playbook again. Nothing was changed."
            )

    def _follow_other_runs(self, lock: ApplianceLock) -> None:
        keep_records(self.change.fetched, self.parameters.records, self.where)
        super()._follow_other_runs(lock)

    def _record(self, **more: Any) -> ChangeRecord:
        parameters, change = self.parameters, self.change
        facts = {**parameters.facts(self.connection, change.kind, change.seal), **more, **self.proof.record_facts()}
        if change.continues:
            facts["continues"] = [earlier.name for earlier in change.continues]
        return start_record(parameters.records, self.where, change.steps, facts, trust=parameters.trust)

    @property
    def _continued(self) -> Sequence[ChangeRecord]:
        return self.change.continues

    def _confirm_primary(self, record: ChangeRecord) -> None:
        """Directly before the first write: this node is primary.

        :raises TourniquetError: if not; nothing was written
        """
        try:
            self.connection.confirm_primary()
        except TourniquetError as error:
            record.finish(Outcome.FAILED, problem=str(error))
            raise

    def _save_others_first(self, record: ChangeRecord) -> None:
        """:raises TourniquetError: if it is not saved; nothing of ours was changed"""
        problem = save_on_primary(self.connection, self._confirm_lease) if self.change.save_first else ""
        if problem:
            record.finish(Outcome.FAILED, problem=problem)
            raise TourniquetError(f"{problem}. Nothing of ours was changed (unsaved: save_first).")

    # -- the lease ----------------------------------------------------------------------------------------------------

    @property
    def _permission(self) -> WritePermission:
        return WritePermission(self._confirm_lease, self.connection.confirm_primary)

    def _left(self, record: ChangeRecord) -> str:
        return what_is_left(record, saved=self.saved_now, playbook=self.playbook)

    # -- the steps ----------------------------------------------------------------------------------------------------

    def _write(self, record: ChangeRecord) -> Objects:
        """Create the files, carry out the steps and read them back.

        :returns: what was read back
        :raises StepFailed: if a step failed, or a stage did harm
        :raises TourniquetError: if the steps cannot be read back, or do not read back as planned
        """
        change, session = self.change, self.connection.primary
        if not change.steps and not change.files.missing:
            return {}
        self.saved = None  # what the plan read is no longer true
        with self._failure_in_record(record):
            deliver_files(self.connection, change.files.missing, self._confirm_lease)
        first = 0
        for end in change.stages:
            with self._failure_in_record(record):
                self._execute(record, first, end)
            self._require_no_harm_yet(record)
            first = end
        with self._failure_in_record(record):
            self._execute(record, first, len(change.steps))
            # What is written to a node that is no longer primary is lost, although it reads back.
            self.connection.confirm_primary()
            objects = read_objects(session, list(last_states(still_readable(change.steps))))
        self._require_same(objects, record)
        self.written, self.saved = True, False
        self._changed_at = last_change(session)
        return objects

    def _execute(self, record: ChangeRecord, first: int, end: int) -> None:
        execute_steps(
            self.connection.primary,
            self.change.steps[:end],
            record,
            first=first,
            checks=self.change.checks,
            permission=self._permission,
        )

    @contextlib.contextmanager
    def _failure_in_record(self, record: ChangeRecord) -> Iterator[None]:
        """End the record with the failure of a step, of a file or of the reading back."""
        try:
            yield
        except StepFailed as error:
            record.finish(Outcome.REVERTED if error.undone else Outcome.PARTLY_REVERTED, problem=str(error))
            if error.undone:
                self._delete_unused_files(self.change.files.keep_if_undone)
            raise
        except JobOver:
            raise
        except TourniquetError as error:
            record.finish(Outcome.FAILED, problem=str(error))
            what = str(error).removesuffix(".")
            text = f"{what}. What was written is in the record {record.path}: run {self.playbook} again."
            raise TourniquetError(advice(text, AGAIN)) from error

    def _require_no_harm_yet(self, record: ChangeRecord) -> None:
        """After a stage, before the next one.

        :raises StepFailed: if the stage did harm; it has been undone, or expires, or the message says what was not undone
        """
        harm = self.proof.after_stage()
        if harm is None:
            return
        try:
            self._undo_because_of(harm, record)
        except StepFailed as error:
            if error.undone or not self.change.stages_expire:
                raise
            raise StepFailed(f"{error}. What was put in so far expires by itself", undone=False) from error

    def _require_same(self, objects: Objects, record: ChangeRecord) -> None:
        """:raises TourniquetError: if the objects that were read back are not as planned"""
        wrong = differences(objects, still_readable(self.change.steps))
        if not wrong:
            return
        text = f"{self.where}: {self.change.noun} does not read back as done: {'; '.join(wrong)}"
        if self.change.undo_if_different:
            self._undo(record, text)
            raise StepFailed(f"{text}. It has been undone.", undone=True)
        record.finish(Outcome.FAILED, problem=text)
        raise TourniquetError(f"{text}. The record is {record.path}")

    # -- sessions of users --------------------------------------------------------------------------------------------

    def _end_sessions(self, record: ChangeRecord) -> None:
        """End all sessions of the wanted kinds, one kind after the other, and note each in the record.

        :raises TourniquetError: if a kind could not be ended; the others were, as the record says
        """
        failed: list[str] = []
        ended: list[str] = []
        for end in self.change.ends:
            problems = [problem for name in end.partitions if (problem := self._end_in(name, end.kind, record))]
            failed += problems
            if not problems:
                ended.append(end.kind.type)
                record.note(ended=ended)
        if failed:
            problem = "; ".join(failed)
            record.finish(Outcome.FAILED, problem=problem)
            text = f"{self.where}: not all sessions were ended: {problem}. Run {self.playbook} again. The record is {record.path}"
            raise TourniquetError(advice(text, AGAIN))

    def _end_in(self, partition: str, kind: SessionKind, record: ChangeRecord) -> str:
        """End all sessions of a kind in an admin partition.

        :returns: why the appliance refused it, or ""
        :raises TourniquetError: if the run may no longer write, or it is not known whether it was carried out
        """
        with self._failure_in_record(record), self.connection.inside(partition):
            session, request = self.connection.primary, kind.request
            self.connection.confirm_primary()
            self._confirm_lease(session)
            try:
                session.write(request.method, request.path, request.body)
            except NotFound:
                return ""  # there is none
            except NitroError as error:
                return f"{kind.line}: {error}"
            return ""

    # -- after the steps ----------------------------------------------------------------------------------------------

    def _prove_and_save(self, record: ChangeRecord, objects: Objects) -> None:
        result = self.proof.after(objects)
        if result.harm is not None and self.change.steps:
            self._undo_because_of(result.harm, record)
        record.note(proof=result.facts)
        if result.undo_because and self.change.steps:
            self._undo(record, result.undo_because)
            self.undone_because = result.undo_because
            return
        if result.may_save and (self.written or self.change.must_save):
            self._save(record)
        elif self.written:
            self.is_as_saved = self.proof.finds_as_saved(record)
        if result.may_save and self.saved:
            self.proof.save_secondary(record, self._confirm_lease)
        self._delete_unused_files(self.change.files.keep)
        record.finish(Outcome.APPLIED, saved=self.saved is True, saves=self.saved_now or None)
        self.proof.finished(record)

    def _undo_because_of(self, harm: Harm, record: ChangeRecord) -> NoReturn:
        """:raises StepFailed: always; it says if undoing it worked"""
        self._undo(record, str(harm))
        raise StepFailed(f"{self.where}: {harm.what}, so {self.change.noun} was undone at once: {harm.details}", True)

    def _undo(self, record: ChangeRecord, why: str) -> None:
        """Send the inverses of all steps that were done.

        :raises StepFailed: if that failed too
        """
        try:
            undo_steps(self.connection.primary, self.change.steps, record, self._permission)
        except TourniquetError as error:
            record.finish(Outcome.PARTLY_REVERTED, problem=f"{why}; undoing it failed: {error}")
            raise StepFailed(
                f"{self.where}: {why}. Undoing {self.change.noun} failed as well: {error}. The record is {record.path}",
                undone=False,
            ) from error
        record.finish(Outcome.REVERTED, problem=why)
        self.written, self.saved = False, None
        self._delete_unused_files(self.change.files.keep_if_undone)

    def _save(self, record: ChangeRecord) -> None:
        """Save, unless somebody else has changed something since the steps, and read that it is saved.

        :raises TourniquetError: if it is not saved; the change stays
        """
        self.connection.budget.open_reserve()
        session, change = self.connection.primary, self.change
        problem = ""
        if not change.saves_others:
            records = [*change.records, record]
            problem = changes_by_others(
                session, self._changed_at, self.parameters.owner, records, other_runs(self.parameters)
            )
        problem = (
            problem or save_on_primary(self.connection, self._confirm_lease) or lost_in_restart(session, record.touched)
        )
        problem = problem or self.proof.problem_after_save()
        if problem:
            self.is_as_saved = self.written and self.proof.finds_as_saved(record)
            left = "is not saved, and would be lost in a reboot"
            left = "has put back what is saved, and stays after a reboot" if self.is_as_saved else left
            record.finish(Outcome.APPLIED, saved=False, problem=problem)
            raise TourniquetError(
                f"{problem}. {change.noun[:1].upper()}{change.noun[1:]} {left}: run {change.playbook} again. The record is {record.path}"
            )
        self.saved = self.saved_now = True

    def _delete_unused_files(self, kept: Collection[str]) -> None:
        directory = self.change.files.directory
        if directory:
            self.remarks += delete_unused_files(
                self.connection, self.parameters.owner, directory, kept, self._confirm_lease
            )
