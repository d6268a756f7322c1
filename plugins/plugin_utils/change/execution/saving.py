# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Save the configuration (save ns config), and read that it is saved.

What is not saved is lost in a restart, and a save saves the changes of all users.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.session import Session
from ...appliance.objects.steps import Step
from ...foundation.errors import NitroError, OutcomeUnknown, Refused
from ..planning.unsaved_changes import is_changed
from ..records.job_guard import JobOver
from .read_back import read_back
from .write_permission import ConfirmLease


def save_and_confirm(session: Session, confirm_lease: ConfirmLease) -> str:
    """Save, and read that it is saved.

    :param confirm_lease: called before a save is sent again, because another one was in progress
    :returns: why it is not known to be saved, or ""
    :raises TourniquetError: if nothing can be read afterwards
    """
    problem = ""
    try:
        session.save(lambda: confirm_lease(session))
    except (NitroError, OutcomeUnknown) as error:
        problem = str(error)
    rows = session.read("nsconfig")
    changed = is_changed(rows[0]) if rows else None
    if changed is False:
        return ""  # even if the answer to the save was lost
    if changed is None:
        return problem or f"{session.where}: the appliance does not report whether its configuration is saved"
    return problem or f"{session.where}: the appliance says that its configuration is still not saved"


def save_on_primary(connection: Connection, confirm_lease: ConfirmLease) -> str:
    """Save on the primary, and read before and after that it still is the primary.

    :param confirm_lease: called directly before the save; what it raises is the reason why nothing was saved
    :returns: why it is not known to be saved, or ""
    :raises JobOver: if the run has written nothing yet, and may not begin any more
    """
    connection.primary.budget.open_reserve()
    try:
        connection.confirm_primary()
        try:
            confirm_lease(connection.primary)
        except NitroError as error:
            return str(error)
        problem = save_and_confirm(connection.primary, confirm_lease)
        if not problem:
            connection.confirm_primary()
    except JobOver:
        raise
    except Refused as error:
        return str(error)
    return problem


def lost_in_restart(session: Session, steps: Sequence[Step]) -> str:
    """Find out if a restart dropped what was not saved, so that the save did not save it.

    A restart ends all sessions. So the steps are read again only if the session had to log in again.

    :returns: what was lost, or ""
    """
    if session.logins <= 1:
        return ""
    if not steps:
        wrong = ["the session had to be renewed, so what was saved is not known"]
    elif not (wrong := read_back(session, steps)):
        return ""
    return f"{session.where}: the appliance was restarted meanwhile, and has lost what was not saved: {'; '.join(wrong[:3])}"
