# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Refuses values for variables that Ansible sets itself: given with ``-e`` they choose nothing, and they change what a run takes for its hosts and results.

The lookup ``appliances`` calls this module when a playbook begins, and each task of a role where a playbook of somebody else has no such lookup.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ..foundation.errors import InvalidInput

_HOSTS = "to choose appliances, write --limit NAME or -e target=NAME"
OF_ANSIBLE: Mapping[str, str] = {
    **dict.fromkeys(
        (
            *("inventory_hostname", "inventory_hostname_short", "ansible_limit", "groups", "group_names", "hostvars"),
            *("play_hosts", "ansible_play_hosts", "ansible_play_hosts_all", "ansible_play_batch"),
        ),
        _HOSTS,
    ),
    "ansible_check_mode": "to change nothing, write --check",
    "ansible_diff_mode": "to see the differences, write --diff",
    "ansible_facts": "leave it out",
}
"""By variable, what to write instead."""


def require_no_names_of_ansible(extra: Collection[str]) -> None:
    """:param extra: the names that were given with ``-e``
    :raises InvalidInput: naming the first that Ansible sets itself, and what to write instead
    """
    for name, instead in OF_ANSIBLE.items():
        if name in extra:
            raise InvalidInput(f"-e {name}: Ansible sets this variable itself; {instead}. Nothing was sent.")
