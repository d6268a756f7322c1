# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``alarm``; see there for its options and results."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.base import TourniquetAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    InvalidInput,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.alarm_state.attempts import (
    last_reading,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.alarm_state.state_file import (
    read_state,
    write_state,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.appliance_line import appliance_line
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import (
    Examination,
    NotSeen,
    not_examined,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding_json import (
    examination_values,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.examination import (
    AlarmReading,
    examine,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.forwarding_test import AlarmTest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.receiver import Receiver
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.removals import removed_by_us
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import RUN, Task
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.verb import Verb
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.what_is_ours import (
    trust_of,
    what_is_ours,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import declared

NONE = "none"
LONGEST = 600


class TestAlarm(Task):
    """Test the alarm of one appliance. An appliance that does not answer is incomplete, and no failure of the task."""

    def run(self) -> dict[str, Any]:
        name, directory = self.appliance.name, Path(self.options["alarms"]).expanduser()
        receiver, within = self._receiver(), self._within()
        before, ours = read_state(directory, name), what_is_ours(self.appliance, self.options)
        requests, sent = 0, 0
        try:
            with Connection(self.appliance) as connection:
                if self.check_mode:
                    why = "in check mode no request is sent"
                    reading = AlarmReading(Examination(name, not_seen=(NotSeen("the alarm", why),)))
                else:
                    result = AlarmTest(
                        connection,
                        Path(self.options["catalogue"]),
                        receiver,
                        is_named=bool(self.options["receiver"]),
                        run=RUN,
                        within=within,
                    ).run()
                    last = last_reading(before, result.node)
                    since = (last.at, last.hits) if last else ()
                    probes = ours.hits(result.node, result.hits, *since)
                    at = datetime.now(UTC).replace(microsecond=0)
                    removed = removed_by_us(all_records(Path(self.options["records"]), name, trust_of(self.options)))
                    reading = examine(name, result, before, probes, at=at, run=RUN, removed=removed)
                    sent = len(result.answers)
            requests = len(connection.exchanges)
        except InvalidInput:
            raise
        except TourniquetError as error:
            reading = AlarmReading(not_examined(name, error, "the alarm"))
        if reading.state is not None:
            write_state(directory, reading.state)
        return {
            "changed": False,
            **examination_values(reading.examination),
            "statement": reading.statement,
            "quiet_since": reading.quiet_since,
            "alarms": reading.alarms,
            "needless": reading.needless,
            "requests": requests,
            "sent": sent,
            "msg": appliance_line(reading.examination),
        }

    def _receiver(self) -> Receiver | None:
        given = str(self.options["receiver"]).strip()
        return None if given in ("", NONE) else Receiver.of(given, self.appliance.name)

    def _within(self) -> float:
        within = int(self.options["within"])
        if not 1 <= within <= LONGEST:
            raise InvalidInput(
                f"{self.appliance.name}: alarm_within is {within}: write the seconds to wait, from 1 to {LONGEST}. Nothing was sent."
            )
        return float(within)


class ActionModule(TourniquetAction):
    """See the module of the same name."""

    TASK: ClassVar[type[Task]] = TestAlarm
    VERB: ClassVar[Verb] = declared("alarm")
    OPTIONS: ClassVar[Options] = options_of("alarm", "alarm")
