# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Running and saved configuration: whose changes are not saved, and saving with proof.

Everything that is not saved is lost in a reboot, and a save saves the work of everybody.
"""

from __future__ import annotations

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import (
    NitroError,
    OutcomeUnknown,
    Refused,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.unsaved_changes import is_changed


def save_and_confirm(session: Session) -> str:
    """Save, and read that it is saved.

    :returns: why it is not known to be saved, or ""
    :raises TourniquetError: where nothing can be read afterwards
    """
    problem = ""
    try:
        session.save()
    except (NitroError, OutcomeUnknown) as error:
        problem = str(error)
    rows = session.read("nsconfig")
    changed = is_changed(rows[0]) if rows else None
    if changed is False:
        return ""  # even where the answer to the save got lost
    if changed is None:
        return problem or f"{session.where}: the appliance does not tell whether its configuration is saved"
    return problem or f"{session.where}: the appliance says that its configuration is still not saved"


def save_on_primary(connection: Connection) -> str:
    """Save on the node that is in charge, and see that it still is; why it is not known to be saved, or ""."""
    try:
        connection.confirm_primary()
        problem = save_and_confirm(connection.primary)
        if not problem:
            connection.confirm_primary()
    except Refused as error:
        return str(error)
    return problem
