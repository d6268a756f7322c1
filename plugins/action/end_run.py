# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``end_run``; see there for its options and results."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.base import RoleTask
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import ExitCode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options


class ActionModule(RoleTask):
    """End a run with a failure, or as Ansible does where a host is unreachable."""

    OPTIONS: ClassVar[Options] = options_of("rollout", "end_run")

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        self.hide_origin()
        options = self.checked_options(str(variables.get("inventory_hostname", "localhost")), variables)
        kind = "unreachable" if options["exit_code"] == ExitCode.UNREACHABLE else "failed"
        return {**result, "changed": False, kind: True, "msg": options["msg"]}
