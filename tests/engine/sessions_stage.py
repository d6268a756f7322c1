# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One simulated appliance with users at its Gateway, whose sessions are ended."""

from __future__ import annotations

from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.user_sessions import SESSION_KINDS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.ended_sessions import MEASURE
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.end_sessions.page import preview
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.end_sessions.session_plan import (
    EndSessionsParameters,
    SessionAction,
    SessionPlan,
    SessionResult,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.end_sessions.session_run import SessionRun

from tests.stage.memory import Stage, carried_out


class Sessions(Stage):
    """A stage with users at its Gateway."""

    def log_on(self) -> None:
        box = self.simulator.appliance("box")
        box.session("gw", "ann", connections=["ica", "pcoip", "rdp", {"kind": "ica", "transport": "UDP"}])
        box.session("gw", "bob", connections=["ica"])

    def of(self, *actions: SessionAction, **options: Any) -> EndSessionsParameters:
        return EndSessionsParameters(**self.of_a_run(Owner(MEASURE, 1, "CHG0050")), actions=actions, **options)

    def planned(self, *actions: SessionAction, **options: Any) -> tuple[SessionPlan, str]:
        with Connection(self.appliance) as connection:
            plan = SessionRun(connection, self.of(*actions, **options)).plan()
            return plan, "\n".join(preview(plan, connection))

    def end(self, *actions: SessionAction, **options: Any) -> SessionResult:
        with Connection(self.appliance) as connection:
            return carried_out(SessionRun(connection, self.of(*actions, **options)))

    def left(self) -> list[int]:
        with Connection(self.appliance) as connection:
            rows = [connection.primary.read(type_) for type_ in SESSION_KINDS]
        return [len(found) for found in rows]

    def all(self) -> list[ChangeRecord]:
        return list(all_records(self.records, "box", self.trust))
