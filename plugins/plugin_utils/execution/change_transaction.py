# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What runs other than an apply share: carry out steps and read them back, take them back, save. Each outcome is recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import Refused, TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.execution.saving import save_on_primary
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.execution.step_executor import (
    StepFailed,
    execute,
    read_back,
    switches_off,
    undo,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.unsaved_changes import (
    changes_by_others,
    last_change,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.appliance_lock import ApplianceLock
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.change_record import (
    APPLIED,
    FAILED,
    PARTLY_REVERTED,
    REVERTED,
    ChangeRecord,
)


def require_as_planned(connection: Connection, since: str, is_same: Callable[[], bool]) -> None:
    """With the lock held: somebody may have been at work between our look and our lock.

    :param since: when the configuration had been changed last, as we looked (:func:`last_change`)
    :param is_same: looks again; asked only where it was changed since
    :raises Refused: where what the plan depends on is not the same any more
    """
    if last_change(connection.primary) == since:
        return
    connection.refresh()
    if not is_same():
        raise Refused(
            f"{connection.appliance.name}: the configuration that the plan depends on was changed between the look and the lock. "
            "Run the same playbook again. Nothing was changed."
        )


def confirm(lock: ApplianceLock, record: ChangeRecord) -> None:
    """Directly before the first write: we are in charge, and the lock is ours.

    :raises TourniquetError: where not; nothing was written
    """
    try:
        lock.confirm()
    except TourniquetError as error:
        record.finish(FAILED, problem=str(error))
        raise


def carry_out(connection: Connection, steps: Sequence[Step], record: ChangeRecord, what: str) -> None:
    """Carry out steps, and read every attribute back.

    :param what: what the run is, for messages: "the rollback"
    :raises StepFailed: where a step failed; what was done before it has been undone, or the message says what was not
    :raises TourniquetError: where it does not read back as done, or cannot be read
    """
    try:
        execute(connection.primary, steps, record, confirm=connection.confirm_primary)
        # What was written to a node that is no longer in charge is lost, and reads back all the same.
        connection.confirm_primary()
        read = next(
            (place for place, step in enumerate(steps) if switches_off(step)), 0
        )  # before that it was read then
        differences = read_back(connection.primary, steps[read:])
    except StepFailed as error:
        record.finish(REVERTED if error.undone else PARTLY_REVERTED, problem=str(error))
        raise
    except TourniquetError as error:
        record.finish(FAILED, problem=str(error))
        raise
    if differences:
        text = f"{connection.appliance.name}: {what} does not read back as done: {'; '.join(differences)}"
        record.finish(FAILED, problem=text)
        raise TourniquetError(f"{text}. The record is {record.path}")


def take_back(connection: Connection, steps: Sequence[Step], record: ChangeRecord, why: str, what: str) -> None:
    """Play the inverses of all that was done.

    :raises StepFailed: where that failed too
    """
    try:
        undo(connection.primary, steps, record, connection.confirm_primary)
    except TourniquetError as error:
        record.finish(PARTLY_REVERTED, problem=f"{why}; undoing it failed: {error}")
        where = connection.appliance.name
        raise StepFailed(
            f"{where}: {why}. Undoing {what} failed as well: {error}. The record is {record.path}", undone=False
        ) from error
    record.finish(REVERTED, problem=why)


def save_first(connection: Connection, record: ChangeRecord) -> None:
    """Save the work of others before ours.

    :raises TourniquetError: where it is not saved; nothing of ours was changed
    """
    problem = save_on_primary(connection)
    if problem:
        record.finish(FAILED, problem=problem)
        raise TourniquetError(f"{problem}. Nothing of ours was changed (unsaved: save_first).")


def lost_meanwhile(session: Session, steps: Sequence[Step]) -> str:
    """Whether a restart took away what was not saved, so that the save saved something else; why, or "".

    A restart ends all sessions. So only where ours had to be renewed the steps are read once more.
    """
    if session.logins <= 1:
        return ""
    wrong = read_back(session, steps) if steps else ["the session had to be renewed, so what was saved is not known"]
    if not wrong:
        return ""
    return f"{session.where}: the appliance was restarted meanwhile, and has lost what was not saved: {'; '.join(wrong[:3])}"


def save_own_work(
    connection: Connection,
    record: ChangeRecord,
    records: Iterable[ChangeRecord],
    owner: Owner,
    *,
    changed_at: str | None,
    again: str,
) -> None:
    """Save what was done, if nobody else has changed anything since, and read that it is saved.

    :param changed_at: the moment of our last change; None where the work of others is saved with ours
    :param again: the playbook to run again, for the message
    :raises TourniquetError: where it is not saved
    """
    problem = "" if changed_at is None else changes_by_others(connection.primary, changed_at, owner, records)
    if not problem:
        problem = save_on_primary(connection) or lost_meanwhile(connection.primary, record.touched)
    if problem:
        record.finish(APPLIED, saved=False, problem=problem)
        raise TourniquetError(f"{problem}. What was done is in {record.path}, and not saved: run {again} again.")
