# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read the command policies of our own user, where the user may read them. Reads only.

NITRO shows them as bindings of the user and of the user's groups (NITRO reference, systemuser_systemcmdpolicy_binding and systemgroup_binding).
The groups are read with one request. A user of an external server has no entry on the appliance, so the rights of such a user are not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...appliance.nitro.rows import whole
from ...appliance.nitro.session import Row, Session
from ...foundation.errors import TourniquetError
from ...policies.command_policies import CommandPolicy, Rights

SUPERUSER = "nsroot"
"""The user that the appliance refuses no command."""
USER_BINDING, GROUP_BINDING = "systemuser_systemcmdpolicy_binding", "systemgroup_systemcmdpolicy_binding"
MEMBER_BINDING = "systemgroup_systemuser_binding"
MOST_POLICIES = 64
"""The number of bound command policies up to which they are evaluated."""


def read_rights(session: Session) -> Rights:
    """Return the rights of the user of a session in the default partition; an error makes them unknown."""
    user = session.appliance.user
    if user == SUPERUSER:
        return Rights(user, (CommandPolicy("superuser", True, ".*", 0),))
    try:
        bound = [*session.read(USER_BINDING, user), *_of_groups(session, user)]
        if not bound:
            return Rights(user, unknown="no command policy is bound to it on the appliance")
        rows = {str(row.get("policyname")): row for row in session.read("systemcmdpolicy")}
    except TourniquetError as error:
        return Rights(user, unknown=str(error).removeprefix(f"{session.where}: "))
    return _rights(user, bound, rows)


def _of_groups(session: Session, user: str) -> Iterator[Row]:
    """Return the bindings of the command policies of the groups of a user."""
    for group in session.read("systemgroup_binding", query={"bulkbindings": "yes"}):
        if any(row.get("username") == user for row in _rows(group, MEMBER_BINDING)):
            yield from _rows(group, GROUP_BINDING)


def _rows(row: Row, name: str) -> list[Row]:
    """Return the bindings in a row; rows of a wrong type are none of NITRO."""
    found = row.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _rights(user: str, bound: list[Row], rows: dict[str, Row]) -> Rights:
    """:param rows: by name, the command policies"""
    policies = []
    for binding in bound[: MOST_POLICIES + 1]:
        name, priority = str(binding.get("policyname")), whole(binding.get("priority"))
        row = rows.get(name, {})
        action, pattern = str(row.get("action", "")).upper(), row.get("cmdspec")
        if priority is None or action not in ("ALLOW", "DENY") or not isinstance(pattern, str):
            return Rights(user, unknown=f"the appliance does not show the command policy {name}")
        policies.append(CommandPolicy(name, action == "ALLOW", pattern, priority))
    if len(policies) > MOST_POLICIES:
        return Rights(user, unknown=f"more than {MOST_POLICIES} command policies are bound to it")
    return Rights(user, tuple(sorted(policies, key=lambda policy: policy.priority)))
