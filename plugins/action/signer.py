# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``signer``; see there for its options and results."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.base import RoleTask
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.failures import action_failure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import key_file
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.own_signer import (
    add_own_line,
    plan_own_line,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options


class ActionModule(RoleTask):
    """Put the public key of this control node into the list of allowed signers."""

    OPTIONS: ClassVar[Options] = options_of("signer", "signer")

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        host = str(variables.get("inventory_hostname", "localhost"))
        try:
            arguments = self.role_arguments(host, variables)
            given = dict(self._task.args)
            self.take_arguments(given if arguments is None else arguments.arguments(given, ""))
            options = self.checked_options(host, variables)
            key = key_file(options["record_key"])
            signers = Path(options["allowed_signers"]).expanduser()
            plan = plan_own_line(key, signers, options["principal"])
            line = plan.line
            if plan.is_missing and not self._task.check_mode:
                line = add_own_line(key, signers, options["principal"])
        except TourniquetError as error:
            raise action_failure(error) from None
        return {
            **result,
            "changed": plan.is_missing,
            "allowed_signers": str(signers),
            "key": str(key),
            "line": line,
            "msg": _message(signers, changed=plan.is_missing, check_mode=bool(self._task.check_mode)),
            "diff": {
                "before_header": str(signers),
                "after_header": str(signers),
                "before": "",
                "after": f"{line or 'the line of a key that is made'}\n" if plan.is_missing else "",
            },
        }


def _message(signers: Path, *, changed: bool, check_mode: bool) -> str:
    if not changed:
        return f"{signers} has the key of this control node"
    verb = "would be" if check_mode else "was"
    return f"the key of this control node {verb} added to {signers}. Copy that list to the other control nodes"
