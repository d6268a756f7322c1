# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``rollout``; see there for its options and results."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from ansible import context
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.actions.base import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.actions.task import RUN, rollout_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.foreign_text import printable
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.folder import current_operator
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.rollout.journal import Settlement, earlier_rollout
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.rollout.options import PROFILES, RolloutOptions
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.rollout.summary import names_text, refusal, summary

FACT = "tourniquet_rollout"


class ActionModule(ActionBase):  # type: ignore[misc,unused-ignore]
    """Runs once for all appliances, after their plans."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    OPTIONS: ClassVar[Options] = {
        "plans": {"type": "str", "required": True},
        "verb": {"type": "str", "required": True, "choices": ["plan", "apply", "rollback", "lockdown", "reopen"]},
        "measure": {"type": "str", "required": True},
        "profile": {"type": "str", "default": "normal", "choices": list(PROFILES)},
        "canary": {"type": "raw", "default": 1},
        "waves": {"type": "raw"},
        "bake_seconds": {"type": "raw"},
        "max_failed": {"type": "raw", "default": 0},
        "accept_unreachable": {"type": "raw", "default": 0},
        "accept_refused": {"type": "raw", "default": 0},
        "ticket": {"type": "str", "default": ""},
        "reason": {"type": "str", "default": ""},
    }

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        # Values are tagged since ansible-core 2.19; the core gets plain ones.
        self._task.args = json.loads(json.dumps(dict(self._task.args), default=str))
        _validation, options = self.validate_argument_spec(self.OPTIONS)
        variables = task_vars or {}
        hosts = [str(host) for host in variables.get("ansible_play_hosts_all", [])]
        inventory = [str(host) for host in variables.get("groups", {}).get("all", [])]
        try:
            result.update(self._decide(options, hosts, inventory))
        except TourniquetError as error:
            raise AnsibleActionFail(printable(str(error))) from None
        return result

    def _decide(self, options: dict[str, Any], hosts: list[str], inventory: list[str]) -> dict[str, Any]:
        rollout = rollout_of(options)
        if rollout is None:
            raise AnsibleActionFail("plans is empty: name the directory in which the plans are kept")
        chosen = RolloutOptions.from_variables(options)
        facts = {name: options[name] for name in ("verb", "measure", "ticket", "reason")}
        carries_out = options["verb"] != "plan" and not context.CLIARGS.get("check")
        plans_directory = rollout.directory.parent
        earlier, unreadable = earlier_rollout(
            plans_directory, rollout.directory, options["verb"], options["measure"], hosts
        )
        settlement = rollout.settle(hosts, chosen, earlier, inventory)
        plans = [plan for host in hosts if (plan := rollout.plan_of(host)) is not None]
        lines = summary(facts, plans, settlement, chosen.bake_seconds)
        if unreadable and carries_out:
            lines.insert(1, f"  note: what became of {names_text(unreadable)} in {plans_directory} cannot be read")
        text = "".join(line + "\n" for line in lines)
        rollout.write("summary.txt", text)
        values = {
            "verb": options["verb"] if carries_out else "plan",
            "directory": str(rollout.directory),
            "summary": lines,
            "diff": {"prepared": text},
        }
        if not carries_out:
            return {**values, "msg": f"planned, in {rollout.directory}", "ansible_facts": {FACT: _fact(Settlement())}}
        rollout.begin(settlement, chosen, {**facts, "run": RUN, "who": current_operator()})
        if settlement.in_the_way:
            return {"failed": True, "msg": refusal(settlement), "held": settlement.hosts}
        return {**values, "msg": lines[-1].strip(), "ansible_facts": {FACT: _fact(settlement)}}


def _fact(settlement: Settlement) -> dict[str, Any]:
    """What the play of the waves takes as its hosts and its serial."""
    return {"hosts": settlement.hosts, "serial": [len(wave) for wave in settlement.waves]}
