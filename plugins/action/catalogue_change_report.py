# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``catalogue_change_report``; see there for its options and results."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.base import RoleTask
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.failures import action_failure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import ExitCode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.catalogue.page import (
    PROBLEM,
    change_exit_code,
    change_page,
    only_unreachable,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.catalogue.update_options import (
    UPDATE_OPTIONS,
    catalogue_update,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options

REGISTERED = "catalogue_update_result"
"""The variable in which the role registers the result of each appliance."""
NO_RESULT = "failed: it has no result; its own message says why"


class ActionModule(RoleTask):
    """Put the results of all appliances together."""

    OPTIONS: ClassVar[Options] = {
        "variables_of": {"type": "str"},
        **UPDATE_OPTIONS,
        "fail_at": {"type": "int", "choices": [1, 2, 3, 4], "default": 4},
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
            head = catalogue_update(options, variables, write=False).compare(Path(options["bundle"]).expanduser()).lines
        except TourniquetError as error:
            raise action_failure(error) from None
        appliances = _results(variables)
        lines, code = change_page(head, appliances), change_exit_code(appliances)
        unreachable = only_unreachable(appliances)
        return {
            **result,
            "changed": False,
            "must_fail": code >= options["fail_at"] or any(one[PROBLEM] for one in appliances.values()),
            "exit_code": int(ExitCode.UNREACHABLE) if unreachable else code,
            "appliances": appliances,
            "lines": lines,
            "msg": lines[-1],
        }


def _results(variables: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the registered results of all appliances of the play."""
    hostvars: Mapping[str, Any] = variables.get("hostvars") or {}
    found = {}
    for host in map(str, variables.get("ansible_play_hosts_all") or ()):
        registered = hostvars[host].get(REGISTERED) if host in hostvars else None
        usable = isinstance(registered, Mapping) and PROBLEM in registered
        found[host] = dict(registered) if usable and registered is not None else {PROBLEM: NO_RESULT}
    return found
