# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an administrator has: groups, command policies, interfaces (command reference, system user and system group)."""

from __future__ import annotations

from simulator.configuration.environment import Tables
from simulator.types import Row
from simulator.types.system import ADMINISTRATOR_BINDING, GROUP_BINDING, INTERFACES, MEMBER_BINDING


def groups_of(configuration: Tables, user: str) -> list[str]:
    """Return the groups of an administrator."""
    return [row["groupname"] for row in configuration.table(MEMBER_BINDING).values() if row["username"] == user]


def bound_policies(configuration: Tables, user: str) -> list[Row]:
    """Return the bindings of command policies to a user and to the user's groups, by priority."""
    bound = [row for row in configuration.table(ADMINISTRATOR_BINDING).values() if row["username"] == user]
    if groups := groups_of(configuration, user):
        bound += [row for row in configuration.table(GROUP_BINDING).values() if row["groupname"] in groups]
    return sorted(bound, key=lambda row: int(row["priority"]))


def allowed_interfaces(configuration: Tables, user: str) -> list[str]:
    """Return the interfaces that an administrator and all of the administrator's groups may use: CLI, API, or both."""
    rows = [configuration.table("systemuser").get((user,), {})]
    rows += [configuration.table("systemgroup").get((group,), {}) for group in groups_of(configuration, user)]
    return [
        name for name in INTERFACES if all(name in row.get("allowedmanagementinterface", INTERFACES) for row in rows)
    ]
