# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tests the alarm of one appliance."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from ...appliance.nitro.connection import Connection
from ...catalogue.counted_requests import CountedRequests
from ...change.records.sent_probes import Note, noted_probes
from ...foundation.errors import InvalidInput, TourniquetError
from ...foundation.json_values import json_values
from ...traces.alarm_state.attempts import last_reading, was_restarted
from ...traces.alarm_state.state_file import read_state, write_state
from ...traces.findings.appliance_line import appliance_line
from ...traces.findings.finding import Examination, NotSeen, not_examined
from ..common.closures import closing_records
from ..common.result import Result
from ..common.task import RUN, Task
from ..common.what_is_ours import trust_of, what_is_ours
from .examination import AlarmReading, examine
from .receiver import Receiver
from .tested_forwarding import AlarmTest

NONE = "none"
LONGEST = 600


class RaiseAlarms(Task):
    """Test the alarm of one appliance. An appliance that does not answer is incomplete, and no failure of the task."""

    def run(self) -> Result:
        with contextlib.ExitStack() as notes:
            return self._run(notes)

    def _run(self, notes: contextlib.ExitStack) -> Result:
        """:param notes: holds the note of the requests, whose end is written when it closes"""
        name, directory = self.appliance.name, Path(self.options["alarms"]).expanduser()
        noted: list[Note] = []
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
                        closings=partial(closing_records, self, trust_of(self.options)),
                        begins=lambda begun, elsewhere: noted.append(
                            notes.enter_context(self._noted(begun, elsewhere))
                        ),
                    ).run()
                    last = last_reading(before, result.node)
                    is_anew = was_restarted(last, result.started) and result.started_at is not None
                    since = (last.at, last.hits) if last and not is_anew else ()
                    if not since:  # the counters are taken from their beginning
                        ours = ours.of_start(result.node, result.started_at, result.started)
                    probes = ours.hits(result.node, result.hits, *since)
                    at = datetime.now(UTC).replace(microsecond=0)
                    in_doubt = ours.hits_in_doubt(result.node, result.hits, *since)
                    reading = examine(
                        name, result, before, probes, at=at, run=RUN, ours=ours, in_doubt=in_doubt, of_start=is_anew
                    )
                    sent = len(result.answers)
                    for note in noted:
                        note.elsewhere = result.elsewhere
            requests = len(connection.exchanges)
        except InvalidInput:
            raise
        except TourniquetError as error:
            reading = AlarmReading(not_examined(name, error, "the alarm"))
        if reading.state is not None:
            write_state(directory, reading.state)
            for note in noted:
                note.counted = None  # the state has them
        own = {**json_values(reading), "requests": requests, "sent": sent}
        return Result(changed=False, msg=appliance_line(reading.examination), own=own)

    def _noted(self, begun: CountedRequests, elsewhere: Sequence[CountedRequests]) -> AbstractContextManager[Note]:
        """Note the requests until the state has them: where the test dies, nobody has counted them."""
        records = Path(self.options["records"]).expanduser()
        return noted_probes(records, self.appliance.name, RUN, begun=begun, elsewhere=elsewhere)

    def _receiver(self) -> Receiver | None:
        given = str(self.options["receiver"]).strip()
        return None if given in ("", NONE) else Receiver.of(given, self.appliance.name)

    def _within(self) -> float:
        within = int(self.options["within"])
        if not 1 <= within <= LONGEST:
            raise InvalidInput(
                f"{self.appliance.name}: within is {within}: write the seconds to wait, from 1 to {LONGEST}. Nothing was sent."
            )
        return float(within)


TASK = RaiseAlarms
