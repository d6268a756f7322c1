# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``exported_status``; see there for its options and results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.base import RoleTask
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.failures import action_failure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.role_arguments import RoleArguments
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.counted import counted
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.folded_names import folded
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.failed_result import short_failure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.exported_check import MARKER
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.exported_run import judged_files
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.exposure import DesiredVersion

SEVERITY = (0, 1, 3, 2)
"""The exit codes of verdicts, the worst last."""
SHOWN = 8
"""The largest number of names in the message."""


class ActionModule(RoleTask):
    """Judge the exported configurations of a folder. No connection is made."""

    OPTIONS: ClassVar[Options] = options_of("status", "exported_status")

    def names_to_check(self, variables: Mapping[str, Any]) -> tuple[str, ...]:
        """No variable of an appliance counts for a file."""
        return ()

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        host = str(variables.get("inventory_hostname", "localhost"))
        self.hide_origin()
        try:
            arguments = self.role_arguments(host, variables)
            arguments = arguments or RoleArguments(host, "", variables, self._templar, self.OPTIONS)
            self.take_arguments(arguments.arguments(dict(self._task.args), ""))
            options = self.checked_options(host, variables)
            files = dict(judged_files(options, self._desired(arguments) if options["plan"] else None))
        except TourniquetError as error:
            raise action_failure(error) from None
        unread = [name for name, one in files.items() if "problem" in one]
        worst = max(
            (one["verdict"]["exit_code"] for one in files.values() if "verdict" in one), key=SEVERITY.index, default=3
        )
        message = f"{counted(len(files), 'configuration')} in {options['source']}: the worst exit code of a verdict is {worst}"
        message += f"; {len(unread)} could not be read: {folded(unread, SHOWN)}" if unread else ""
        values = {"changed": False, "files": files, "exit_code": worst, "diff": {"prepared": ""}}
        failed = unread or worst >= options["fail_at"]
        return {**result, **(short_failure(values, message) if failed else {**values, "msg": message})}

    def _desired(self, arguments: RoleArguments) -> dict[str, DesiredVersion]:
        """Return the rendered templates of the catalogue."""
        rendering = replace(arguments, options={"catalogue": {}, "desired": {}})
        given = {"catalogue": self._task.args["catalogue"], "appliance": {"marker": MARKER}}
        desired = rendering.arguments(given, "")["desired"]
        return {id_: DesiredVersion(**values) for id_, values in desired.items()}
