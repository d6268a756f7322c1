# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compares one appliance with the state that a person accepted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ...appliance.nitro.connection import Connection
from ...catalogue.entry import Level
from ...catalogue.entry_file import load_catalogue
from ...foundation.errors import CannotConnect, InvalidInput, Refused, TourniquetError
from ...foundation.foreign_text import one_line
from ...foundation.json_values import json_values
from ...foundation.next_action import Command, advice
from ...traces.findings.appliance_line import appliance_line
from ...traces.findings.finding import Examination, Finding, not_examined
from ...traces.findings.ourselves import Ourselves
from ...traces.watching.baseline_files import BaselineFiles
from ...traces.watching.watch import CHANGES, Watch, with_known
from ...traces.watching.watched_state import WatchedState, builds_text
from ..common.counted_reads import counted_reads
from ..common.result import Result
from ..common.task import Task
from ..common.what_is_ours import trust_of, what_is_ours

LONGEST_NAME = 100


class WatchAppliance(Task):
    """Watch one appliance. An appliance that does not answer is incomplete, and no failure of the task."""

    def run(self) -> Result:
        name, who = self.appliance.name, self._who()
        files = BaselineFiles(Path(self.options["baselines"]).expanduser(), name, trust_of(self.options))
        shown = files.read(files.shown)
        ours = what_is_ours(self.appliance, self.options) if self.options["records"] else Ourselves(name)
        watch = Watch(
            name,
            shown=shown.state,
            hash_all=self.options["hash_all"],
            not_shown=shown.problem,
            ours=ours,
            entries=load_catalogue(Path(self.options["catalogue"])),
        )
        requests = 0
        try:
            with (
                Connection(self.appliance) as connection,
                counted_reads(connection, ours, self.options["records"]) as not_counted,
            ):
                builds = builds_text(str(node.build) for node in connection.nodes if node.build is not None)
                accepted = files.baseline(builds)
                watch.accepted, watch.unusable = accepted.state, accepted.problem
                watch.is_earlier = accepted.is_earlier
                state, examined = watch.look(connection, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
            examined = replace(examined, not_seen=(*examined.not_seen, *not_counted))
            requests = len(connection.exchanges)
        except TourniquetError as error:
            if who:
                kind = CannotConnect if isinstance(error, CannotConnect) else Refused
                raise kind(f"{name}: nothing was accepted: {str(error).removeprefix(f'{name}: ')}") from error
            examined = not_examined(name, error)
        else:
            if who:
                examined = self._accept(files, state, examined, who)
            elif not self.check_mode:
                files.write(files.shown, with_known(state, shown.state))
        own = {
            "requests": requests,
            "expected": watch.expected,
            "shown": "" if self.check_mode else files.shown,
        }
        return Result(changed=False, msg=appliance_line(examined), own={**json_values(examined), **own})

    def _who(self) -> str:
        """Return the person who accepts; "" where nobody does."""
        who = str(self.options["accept"]).strip()
        if who.startswith("<") or len(who) > LONGEST_NAME or not who.isprintable():
            raise InvalidInput(
                f"{self.appliance.name}: accept must be the name of the person who accepts. Nothing was sent."
            )
        return who

    def _accept(self, files: BaselineFiles, state: WatchedState, examined: Examination, who: str) -> Examination:
        """Accept the state, unless in check mode, and return what is left to be looked at: a log is not accepted."""
        gap = next((one for one in examined.not_seen if one.is_gap and one.what != CHANGES), None)
        if gap is not None:
            raise Refused(f"{self.appliance.name}: nothing was accepted, since it is incomplete: {gap}")
        named = self.options["accept_findings"]
        alarm = next((one for one in examined.findings if _is_accepted_as_alarm(one) and one.id not in named), None)
        if alarm is not None:
            # What to do first: the page cuts the line where the path is long.
            fix = f"take evidence and hunt, or if it is expected, -e accept_findings={alarm.id}"
            what = f"{one_line(alarm.where)}: {one_line(alarm.what)}, which no clean appliance has"
            text = f"{self.appliance.name}: nothing was accepted: {fix}, {what}"
            raise Refused(advice(text, Command("evidence"), Command("hunt")))
        files.accept(state, who, write=not self.check_mode)
        return replace(
            examined,
            findings=tuple(finding for finding in examined.findings if finding.seen_by == "log"),
            not_seen=tuple(one for one in examined.not_seen if not one.is_gap),
        )


def _is_accepted_as_alarm(finding: Finding) -> bool:
    """Return True for a compromise that would not be found any more; one in a log is found again."""
    return finding.level is Level.COMPROMISE and finding.seen_by != "log"


TASK = WatchAppliance
