# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Puts the script that watches files on the nodes of one appliance."""

from __future__ import annotations

from ...appliance.nitro.connection import Connection
from ...appliance.objects.ownership import Owner
from ...appliance.ssh.account import SshAccount
from ...catalogue.run_parameters import RunParameters
from ...foundation.errors import TourniquetError
from ...foundation.next_action import COMMANDS, command_values
from ...node_system.node_local.settings import Wanted
from ...node_system.on_box.run import OnBoxRun
from ...node_system.on_box.script import checked_tag
from ...node_system.on_box.settings import MEASURE, OnBoxSettings
from ..common.noted_shell import noted_shell
from ..common.result import Result
from ..common.task import Task, parameters_of_owner
from ..pages.result_parts import locks_of
from .page import failure_of, message_of, next_of, on_box_result


class OnBox(Task):
    """Look at the script of the nodes; unless in check mode, also put it there or take it out."""

    def run(self) -> Result:
        options, host = self.options, self.appliance.name
        wanted = Wanted(options["on_box"])
        settings = OnBoxSettings(
            wanted=wanted, force=tuple(options["on_box_force"]), tag=checked_tag(host, options["on_box_tag"])
        )
        account = SshAccount.from_options(host, options, shares_an_address=self.appliance.shares_an_address)
        owner = Owner(MEASURE, 1, options["ticket"])
        parameters = RunParameters(**parameters_of_owner(self.appliance, options, owner))
        if wanted is not Wanted.STATUS:
            self.prepare_signatures(parameters.records, parameters.trust)
        problem = asked = ""
        with noted_shell(self, account), Connection(self.appliance) as connection:
            run = OnBoxRun(connection, parameters, settings, account)
            plan = run.plan()
            said = "" if wanted is Wanted.STATUS else self.keep_seal("on_box", plan.seal)
            asked, problem = (said, "") if self.check_mode else ("", said)
            refused = bool(problem)
            if not self.check_mode and not problem:
                try:
                    run.carry_out(plan)
                except TourniquetError as error:
                    problem, refused = error.told, error.is_refusal and not run.result.record
            found, locks = (
                on_box_result(run.result, connection, planned=self.check_mode),
                locks_of(run.locks, connection),
            )
        result = run.result
        problem = problem or failure_of(result, wanted, options["fail_at"], planned=self.check_mode)
        return found.ended(
            problem or message_of(result, wanted, planned=self.check_mode),
            problem,
            refused=refused,
            left_changes=result.changed,
            lock=locks["lock"],
            **{COMMANDS: command_values(next_of(result, wanted, planned=self.check_mode))},
            notes=[*found.own["lines"], *locks["notes"], *result.notes, *filter(None, [asked])],
        )


TASK = OnBox
