# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``on_box``; see there for its options and results."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.base import TourniquetAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.ssh.account import SshAccount
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import RunParameters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.settings import Wanted
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.on_box.run import OnBoxRun
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.on_box.script import (
    checked_tag,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.on_box.settings import (
    MEASURE,
    OnBoxSettings,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.approval_option import approval_facts
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.noted_shell import noted_shell
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import (
    RUN,
    Task,
    prepare_signatures,
    record_trust,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.verb import Verb
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.on_box.page import (
    failure_of,
    message_of,
    on_box_values,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.failed_result import short_failure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.result_parts import lock_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import declared


class OnBox(Task):
    """Look at the script of the nodes; unless in check mode, also put it there or take it out."""

    def run(self) -> dict[str, Any]:
        options, host = self.options, self.appliance.name
        wanted = Wanted(options["on_box"])
        settings = OnBoxSettings(
            wanted=wanted, force=tuple(options["on_box_force"]), tag=checked_tag(host, options["on_box_tag"])
        )
        account = SshAccount.from_options(host, options, shares_an_address=self.appliance.shares_an_address)
        parameters = RunParameters(
            appliance=self.appliance,
            owner=Owner(MEASURE, 1, options["ticket"]),
            records=Path(options["records"]),
            trust=record_trust(options),
            run=RUN,
            reason=options["reason"],
            lock=options["lock"],
            break_lock=options["break_lock"],
            approval=approval_facts(options),
        )
        if not self.check_mode and wanted is not Wanted.STATUS:
            prepare_signatures(host, parameters.records, parameters.trust)
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
                    problem, refused = str(error), error.is_refusal and not run.result.record
            values = on_box_values(run.result, connection, planned=self.check_mode)
            values |= lock_values(run.locks, connection)
        result = run.result
        problem = problem or failure_of(result, wanted, options["fail_at"], planned=self.check_mode)
        values["notes"] = [*values["lines"], *values["notes"], *result.notes, *filter(None, [asked])]
        values["msg"] = problem or message_of(result, wanted, planned=self.check_mode)
        return short_failure(values, problem, refused=refused) | {"changed": result.changed} if problem else values


class ActionModule(TourniquetAction):
    """See the module of the same name."""

    TASK: ClassVar[type[Task]] = OnBox
    VERB: ClassVar[Verb] = declared("on_box")
    OPTIONS: ClassVar[Options] = options_of("on_box", "on_box")
