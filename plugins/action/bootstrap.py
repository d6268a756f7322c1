# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``bootstrap``; see there for its options and results."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from ansible import context
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.base import TourniquetAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Unsaved
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.bootstrap.bootstrap import (
    Bootstrap,
    BootstrapParameters,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.bootstrap.page import (
    bootstrap_values,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.approval_option import approval_facts
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import RUN, Task
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.verb import Verb
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import declared
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rights import with_rights

PASSWORD = "bootstrap_admin_password"  # noqa: S105 -- the name of a variable
DECLARED = options_of("bootstrap", "bootstrap")


@dataclass(frozen=True)
class MakeUser(Task):
    """Make, change or remove the user of the playbooks; in check mode, and without ``write``, show how."""

    def run(self) -> dict[str, Any]:
        options = self.options
        administrator = replace(self.appliance, user=options["admin_user"], password=options["admin_password"])
        parameters = BootstrapParameters(
            appliance=administrator,
            owner=Owner("bootstrap", 1, options["ticket"]),
            records=Path(options["records"]),
            run=RUN,
            reason=options["reason"],
            lock=options["lock"],
            break_lock=options["break_lock"],
            approval=approval_facts(options),
            user=self.appliance.user,
            password=self.appliance.password,
            playbooks=tuple(options["playbooks"]),
            measures=tuple(options["measure_kinds"]),
            options=tuple(options["extras"]),
            api_only=options["api_only"],
            rotate_password=options["rotate_password"],
            adopt=options["adopt"],
            remove=options["remove"],
            unsaved=Unsaved(options["unsaved"]),
        )
        parameters.require_usable()
        with Connection(administrator) as connection:
            run = Bootstrap(connection, parameters)
            plan = run.plan()
            result = run.carry_out(plan) if options["write"] and not self.check_mode else None
            values = bootstrap_values(plan, result, connection)
        if self.check_mode:
            values["changed"] = plan.writes
        if values["not_covered"] and result is not None and plan.writes:
            return {
                **values,
                "failed": True,
                "msg": f"{values['msg']}; not covered: {'; '.join(values['not_covered'])}",
            }
        return values


class ActionModule(TourniquetAction):
    """See the module of the same name."""

    TASK: ClassVar[type[Task]] = MakeUser
    VERB: ClassVar[Verb] = declared("bootstrap")
    OPTIONS: ClassVar[Options] = {
        **DECLARED,
        "playbooks": {**DECLARED["playbooks"], "choices": [*with_rights()]},  # a verb that was added has rights too
    }

    def checked_options(self, host: str, variables: Any) -> dict[str, Any]:
        """See the base class; the password of the administrator is never taken from the command line, which all users of the control node can read."""
        given = context.CLIARGS.get("extra_vars") or ()
        if any(PASSWORD in str(text) and not str(text).startswith("@") for text in given):
            raise InvalidInput(f"{host}: {PASSWORD} is on the command line, where others can read it. {_ELSEWHERE}")
        if not self._task.args.get("admin_password"):
            raise InvalidInput(f"{host}: {PASSWORD} is missing. {_ELSEWHERE}")
        return super().checked_options(host, variables)


_ELSEWHERE = (
    "Keep it in a vault, or write into the inventory "
    f"{PASSWORD}: \"{{{{ lookup('ansible.builtin.env', 'NETSCALER_ADMIN_PASSWORD') }}}}\". Nothing was sent."
)
