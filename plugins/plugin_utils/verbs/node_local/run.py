# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sets the knob and the start-up line on the nodes of one appliance."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...appliance.nitro.connection import Connection
from ...appliance.ssh.account import SshAccount
from ...catalogue.run_parameters import Probes, RunParameters
from ...foundation.errors import TourniquetError
from ...foundation.next_action import COMMANDS, command_values
from ...judgement.proof.acknowledgements import read_acknowledgements
from ...judgement.proof.catalogue_verdict import RECOMMENDED
from ...node_system.node_local.knobs import entry_with_knob, knob_of
from ...node_system.node_local.run import NodeLocalParameters, NodeLocalRun
from ...node_system.node_local.settings import First, NodeLocalSettings, Wanted
from ...traces.evidence.evidence_bundles import HeldEvidence, evidence_of
from ..common.noted_shell import noted_shell
from ..common.result import Result
from ..common.task import Task, run_parameters
from ..pages.result_parts import locks_of
from .page import evidence_notes, failure_of, message_of, next_of, node_local_result


@dataclass(frozen=True)
class NodeLocal(Task):
    """Plan; unless in check mode, also set or take out the node-local half. For a status, only look."""

    def run(self) -> Result:
        parameters, held = self.parameters()
        wanted = parameters.settings.wanted
        if wanted is not Wanted.STATUS:
            self.prepare_signatures(parameters.run.records, parameters.run.trust)
        problem, asked, refused = "", "", False
        with noted_shell(self, parameters.account), Connection(self.appliance) as connection:
            run = NodeLocalRun(connection, parameters)
            if wanted is Wanted.STATUS:
                run.status()
            else:
                plan = run.plan()
                said = self.keep_seal("node_local", plan.seal)
                asked, problem = (said, "") if self.check_mode else ("", said)
                refused = bool(problem or plan.conflicts)
                if not self.check_mode and not problem:
                    try:
                        run.carry_out(plan)
                    except TourniquetError as error:
                        problem, refused = error.told, error.is_refusal and not run.result.record
            found, locks = (
                node_local_result(run.result, connection, planned=self.check_mode),
                locks_of(run.locks, connection),
            )
        result = run.result
        problem = problem or failure_of(result, wanted, self.options["fail_at"], planned=self.check_mode)
        return found.ended(
            problem or message_of(result, wanted, planned=self.check_mode),
            problem,
            refused=refused,
            left_changes=result.changed,
            lock=locks["lock"],
            **{COMMANDS: command_values(next_of(result, wanted, planned=self.check_mode))},
            notes=[*found.own["lines"], *locks["notes"], *evidence_notes(held), *filter(None, [asked])],
        )

    def parameters(self) -> tuple[NodeLocalParameters, HeldEvidence]:
        """Return the parameters, and the evidence that was looked for.

        :raises InvalidInput: where an option is not valid; nothing was sent
        """
        options, host = self.options, self.appliance.name
        # Version 0 is the current one, which run_parameters takes where none is given.
        named = {name: value for name, value in options.items() if name != "version" or value}
        if named["mitigation"] in ("", RECOMMENDED):
            named["mitigation"] = entry_with_knob(Path(options["catalogue"]), host)
        given = run_parameters(self.appliance, named)
        measure = given.pop("measure")
        settings = NodeLocalSettings(
            wanted=Wanted(options["state"]),
            first=First(options["first"]),
            adopt=options["adopt"],
            accept_exposure=options["accept_exposure"],
            reset_knob=options["reset_knob"],
            reboot=options["reboot"],
            evidence=options["evidence"],
            evidence_waived_by=options["evidence_waived_by"],
            reboot_timeout=float(options["reboot_timeout"]),
        )
        held = HeldEvidence()
        if settings.asks_for_evidence:
            held = evidence_of(Path(options["bundles"]).expanduser(), host, self.appliance.nodes, given["trust"])
            settings = settings.with_evidence(held)
        settings.check(host)
        looks_only = settings.wanted is Wanted.STATUS
        parameters = NodeLocalParameters(
            run=RunParameters(**given),
            measure=measure,
            knob=knob_of(measure.start_up_line, host),
            settings=settings,
            account=None
            if looks_only
            else SshAccount.from_options(host, options, shares_an_address=self.appliance.shares_an_address),
            probes=Probes(options["probes"]),
            expected=options["seal"],
            acknowledgements=read_acknowledgements(host, options["acknowledgements"]),
        )
        return parameters, held


TASK = NodeLocal
