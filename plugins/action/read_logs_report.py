# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``read_logs_report``; see there for its options and results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible.errors import AnsibleActionFail
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.actions.alerting import (
    acknowledged_findings,
    tell_people,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.actions.base import RoleTask
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.actions.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.foreign_text import printable
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.findings.appliance_line import (
    appliance_line,
    code_of_run,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.findings.finding import Examination
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.findings.finding_json import (
    examination_of,
    examination_values,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.reports.read_logs_report import read_logs_lines

EXTRA = ("armed", "rotations", "notes", "own", "files", "bytes", "requests")
REGISTERED = "read_logs_result"
"""The variable in which the role registers the result of each appliance."""


class ActionModule(RoleTask):
    """See the module of the same name."""

    OPTIONS: ClassVar[Options] = {
        "variables_of": {"type": "str"},
        "alerts": {"type": "path"},
        "fail_at": {"type": "int", "choices": [1, 2, 3], "default": 2},
    }

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        host = str(variables.get("inventory_hostname", "localhost"))
        try:
            arguments = self.role_arguments(host, variables)
            given = dict(self._task.args)
            self.take_arguments(given if arguments is None else arguments.arguments(given, ""))
            options = self.checked_options(host, variables)
            found = _results(variables)
            examined = [examination_of(name, values) for name, values in found.items()]
        except TourniquetError as error:
            raise AnsibleActionFail(printable(str(error))) from None
        examined, not_told = acknowledged_findings(variables, examined)
        if not self._task.check_mode and options["alerts"]:
            not_told += tell_people(variables, "read_logs", examined, options["alerts"])
        lines, code = read_logs_lines(examined, found, not_told), code_of_run(examined, not_told)
        return {
            **result,
            "changed": False,
            "must_fail": code >= options["fail_at"],
            "exit_code": int(code),
            "appliances": {one.appliance: {**_extra(found[one.appliance]), **_values(one)} for one in examined},
            "not_told": not_told,
            "lines": lines,
            "msg": lines[-1],
        }


def _extra(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the reading has beside its examination."""
    return {name: values[name] for name in EXTRA if name in values}


def _values(examined: Examination) -> dict[str, Any]:
    """Return the values of one appliance, with the problem in the form in which the report of other playbooks has a failure."""
    gap = next((one for one in examined.not_seen if one.is_gap), None)
    return {
        **examination_values(examined),
        "msg": appliance_line(examined),
        "problem": f"failed: incomplete: {gap}" if gap else "",
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
