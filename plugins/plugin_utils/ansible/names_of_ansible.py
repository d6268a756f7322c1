# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Refuses values for variables that Ansible or a task of ours sets itself.

Given with ``-e`` they choose nothing, and they change what a run takes for its hosts and results.

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
OF_ROLES = frozenset(
    {
        "alarm_findings",
        "alarm_result",
        "audit_result",
        "bootstrap_result",
        "catalogue_update_change",
        "catalogue_update_result",
        "close_result",
        "consent_result",
        "doctor_findings",
        "doctor_result",
        "end_sessions_result",
        "evidence_bundles_taken",
        "evidence_result",
        "hunt_findings",
        "hunt_result",
        "impact_result",
        "integrity_watch_findings",
        "integrity_watch_result",
        "learn_result",
        "leave_result",
        "ledger_of_fleet",
        "ledger_result",
        "letters_result",
        "lockdown_result",
        "measure_result",
        "new_entry_result",
        "node_local_on_box_result",
        "node_local_result",
        "prove_result",
        "read_logs_findings",
        "read_logs_result",
        "retire_result",
        "rollback_result",
        "rollout_bake",
        "signer_result",
        "verify_result",
    }
)
"""The variables in which our roles and playbooks register results. Ansible would take a value given with ``-e`` in place of it, and the exit code too."""


def require_no_names_of_ansible(extra: Collection[str]) -> None:
    """:param extra: the names that were given with ``-e``
    :raises InvalidInput: naming the first that a run sets itself, and what to write instead
    """
    for name, instead in OF_ANSIBLE.items():
        if name in extra:
            raise InvalidInput(f"-e {name}: Ansible sets this variable itself; {instead}. Nothing was sent.")
    for name in sorted(OF_ROLES & {*extra}):
        raise InvalidInput(f"-e {name}: a run keeps its own result in this variable; leave it out. Nothing was sent.")
