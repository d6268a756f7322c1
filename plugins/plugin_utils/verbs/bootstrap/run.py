# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Makes the user of the playbooks on one appliance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from ...appliance.nitro.connection import Connection
from ...appliance.objects.ownership import Owner
from ...catalogue.run_parameters import Unsaved
from ..common.approval_option import approval_facts
from ..common.noted_shell import noted_commands
from ..common.result import Result
from ..common.task import RUN, Task
from .bootstrap import Bootstrap, BootstrapParameters
from .page import bootstrap_result


@dataclass(frozen=True)
class MakeUser(Task):
    """Make, change or remove the user of the playbooks; in check mode, and without ``write``, show how."""

    def run(self) -> Result:
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
        writes = options["write"] and not self.check_mode
        with noted_commands(self, administrator.user if writes else ""), Connection(administrator) as connection:
            run = Bootstrap(connection, parameters)
            plan = run.plan()
            result = run.carry_out(plan) if writes else None
            found = bootstrap_result(plan, result, connection)
        if self.check_mode:
            found = replace(found, changed=plan.writes)
        not_covered = found.own["not_covered"]
        if not_covered and result is not None and plan.writes:
            return found.ended(f"{found.msg}; not covered: {'; '.join(not_covered)}", failed=True)
        return found


TASK = MakeUser
