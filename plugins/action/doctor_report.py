# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``doctor_report``; see there for its options and results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.base import RoleTask
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.failures import action_failure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.finding import (
    code_of_run,
    exit_code,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.page import (
    CONTROL_NODE,
    doctor_lines,
    doctor_values,
)

REGISTERED = "doctor_result"
"""The variable in which the role registers the result of each appliance."""

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.machine import findings_of_machine
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.page import findings_of_appliances


class ActionModule(RoleTask):
    """See the module of the same name."""

    OPTIONS: ClassVar[Options] = {
        "variables_of": {"type": "str"},
        "records": {"type": "path", "required": True},
        "record_key": {"type": "path"},
        "allowed_signers": {"type": "path", "required": True},
        "receptor_configuration": {"type": "path"},
        "execution_nodes": {"type": "raw"},
        "fail_at": {"type": "int", "choices": [1, 2, 3, 4], "default": 2},
    }

    def names_to_check(self, variables: Mapping[str, Any]) -> tuple[str, ...]:
        """Misspelt names in the inventory are findings of the module doctor."""
        return ()

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        host = str(variables.get("inventory_hostname", "localhost"))
        try:
            arguments = self.role_arguments(host, variables)
            given = dict(self._task.args)
            self.take_arguments(given if arguments is None else arguments.arguments(given, ""))
            options = self.checked_options(host, variables)
        except TourniquetError as error:
            raise action_failure(error) from None
        findings = {CONTROL_NODE: findings_of_machine(options), **findings_of_appliances(_results(variables))}
        lines = doctor_lines(findings, options["fail_at"])
        every = [finding for own in findings.values() for finding in own]
        return {
            **result,
            "changed": False,
            "must_fail": exit_code(every) >= options["fail_at"],
            "exit_code": code_of_run(every),
            "appliances": doctor_values(findings),
            "lines": lines,
            "msg": lines[-1],
        }


def _results(variables: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the registered results of all appliances of the play; an empty one where there is none."""
    hostvars: Mapping[str, Any] = variables.get("hostvars") or {}
    hosts = [str(host) for host in variables.get("ansible_play_hosts_all") or ()]
    found: dict[str, Mapping[str, Any]] = {}
    for host in hosts:
        registered = hostvars[host].get(REGISTERED) if host in hostvars else None
        found[host] = registered if isinstance(registered, Mapping) else {}
    return found
