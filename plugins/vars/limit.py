# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Says in our words that ``--limit`` names nothing, which Ansible otherwise says in its own before anything else of ours is loaded."""

from __future__ import annotations

DOCUMENTATION = r"""
name: limit
version_added: 0.4.0
short_description: Refuse a limit that matches nothing in words that help
description:
  - Gives no variables. Where C(ansible-playbook) runs a playbook of this collection with a C(--limit) that names no host or group of the inventory, the
    run is refused with the name that may be meant, and ends with 4. Without this plugin Ansible refuses it too, in words of its own.
  - Enable it with C(vars_plugins_enabled = host_group_vars, tourniquet.netscaler.limit) in C(ansible.cfg).
options:
  stage:
    description: The inventory alone; nothing is done where a task asks for variables.
    type: str
    choices: [inventory]
    default: inventory
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible import context
from ansible.inventory.group import Group
from ansible.plugins.vars import BaseVarsPlugin
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.chosen_appliances import (
    require_limit_matches,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.refused_run import refused_run
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.collection_version import PROJECT
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

OURS = "tourniquet.netscaler."


class VarsModule(BaseVarsPlugin):  # type: ignore[misc,unused-ignore]
    """See DOCUMENTATION."""

    def get_vars(self, loader: Any, path: str, entities: Any, cache: bool = True) -> dict[str, Any]:
        """Return nothing; the first of all entities is the group of all hosts."""
        first = entities[0] if isinstance(entities, list) and entities else entities
        limit = str(context.CLIARGS.get("subset") or "")
        if limit and isinstance(first, Group) and first.name == "all" and _is_ours(context.CLIARGS.get("args") or ()):
            groups = {group.name: [host.name for host in group.get_hosts()] for group in _groups(first)}
            sources = [str(source) for source in context.CLIARGS.get("inventory") or ()]
            try:
                require_limit_matches(loader, groups, sources, limit)
            except InvalidInput as error:
                raise refused_run(str(error)) from None
        return {}


def _groups(group: Group) -> Iterator[Group]:
    yield group
    for child in group.child_groups:
        yield from _groups(child)


def _is_ours(playbooks: Any) -> bool:
    """Return True if a playbook of the command line is one of this collection."""
    folder = PROJECT / "playbooks"
    return any(str(one).startswith(OURS) or Path(str(one)).resolve().parent == folder for one in playbooks)
