# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ends the sessions of one appliance that could have been stolen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ...appliance.nitro.connection import Connection
from ...appliance.objects.ownership import Owner
from ...change.records.ended_sessions import MEASURE
from ...foundation.errors import TourniquetError
from ..common.result import Result
from ..common.task import Task, parameters_of_owner
from ..pages.result_parts import locks_of
from .catalogue_actions import session_actions
from .page import message, session_plan_file, session_result
from .session_plan import EndSessionsParameters
from .session_run import SessionRun


class EndSessions(Task):
    """End the sessions of users after a fix; in check mode, count them."""

    def run(self) -> Result:
        parameters = self._parameters()
        self.prepare_signatures(parameters.records, parameters.trust)
        with Connection(self.appliance) as connection:
            run = SessionRun(connection, parameters)
            plan = run.plan()
            problem = self.keep_plan(session_plan_file(plan, parameters, connection))
            refused = bool(problem)
            if not self.check_mode and not problem:
                try:
                    run.carry_out(plan)
                except TourniquetError as error:
                    problem, refused = error.told, error.is_refusal and not connection.has_written
        result = run.result(plan)
        found = session_result(result, connection)
        problem = problem or result.failed
        return replace(found, changed=bool(plan.entries) if self.check_mode else found.changed).ended(
            problem or message(result, check_mode=self.check_mode),
            problem,
            refused=refused,
            left_changes=result.changed and not self.check_mode,
            **locks_of(run.locks, connection),
        )

    def _parameters(self) -> EndSessionsParameters:
        options = self.options
        named = "" if options["all_entries"] else options["mitigation"]
        return EndSessionsParameters(
            **parameters_of_owner(self.appliance, options, Owner(MEASURE, 1, options["ticket"])),
            actions=session_actions(Path(options["catalogue"]), named),
            named=bool(named),
            accept_exposure=options["accept_exposure"],
            who=options["who"],
            again=options["again"],
        )


TASK = EndSessions
