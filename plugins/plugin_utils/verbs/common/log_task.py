# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The base class of the tasks of ``impact`` and ``learn``, which read logs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.log_download import fetch_logs
from ...catalogue.mitigation import entries_of_the_appliance, load_mitigation
from ...catalogue.traffic import Traffic
from ...foundation.collection_version import PROJECT
from ...foundation.errors import InvalidInput
from ...foundation.moments import why_no_day
from ...recorded_traffic.attack_signatures import AttackSignatures, load_scanned
from ...recorded_traffic.process_pool import Progress
from ...recorded_traffic.sources import LogFile, LogSource, parse_sources
from .task import Task

SCANNED = PROJECT / "templates" / "scanners" / "scanned.yml"
_STEPS = 4  # progress is shown at each quarter


@dataclass(frozen=True)
class LogTask(Task):
    """A task that reads logs.

    :ivar say: shows a line of progress
    """

    say: Callable[[str], None]

    @contextmanager
    def files(self, connection: Connection | None) -> Iterator[tuple[list[LogFile], list[str]]]:
        """Yield the log files, and the problems of logs that could not be fetched. Fetched files are deleted afterwards.

        :raises InvalidInput: where no source is named, or a file does not exist
        """
        host, options = self.appliance.name, self.options
        if not options["logs"] and not options["fetch"]:
            raise InvalidInput(
                f"{host}: no logs are named. Set netscaler_logs in the inventory, such as [{{path: logs/ns.log*}}], "
                'or fetch them with -e \'{"fetch": ["ns.log"]}\'.'
            )
        below = Path(options["logs_below"]).expanduser().resolve()
        sources = parse_sources(options["logs"], host) if options["logs"] else ()
        files = [file for source in sources for file in source.files(below)]
        with tempfile.TemporaryDirectory(prefix="tourniquet-logs-") as name:
            problems: list[str] = []
            if options["fetch"] and connection is not None:
                fetched, problems = fetch_logs(connection, options["fetch"], Path(name))
                for path in fetched:
                    format_ = "httpaccess" if path.name.startswith("httpaccess") else "observe"
                    files.append(LogFile(LogSource(str(path), format_), path, format_))
            if not files:
                raise InvalidInput(f"{host}: no log could be fetched: {'; '.join(problems) or 'the nodes have none'}")
            yield files, problems

    def progress(self, what: str) -> Progress:
        """Return a function that shows at each quarter how much was read."""
        shown = 0

        def show(done: int, total: int) -> None:
            nonlocal shown
            quarter = _STEPS * done // total if total else _STEPS
            if quarter > shown and total > 1_000_000:
                shown = quarter
                self.say(f"{self.appliance.name}: {what}: {100 * done // total} % of {total / 1e6:,.0f} MB")

        return show

    def day_of(self, name: str) -> date | None:
        """Return the value of an option as a date; None where it is empty.

        :raises InvalidInput: where it is not a date
        """
        text = self.options[name]
        try:
            return date.fromisoformat(text) if text else None
        except ValueError as error:
            raise InvalidInput(f"{name} is {text!r}: {why_no_day(text, '2020-01-09')}") from error

    @staticmethod
    def signatures(catalogue: Path, *more: Traffic) -> AttackSignatures:
        """Return the attacks on appliances of the whole catalogue, and the paths that only scanners request.

        Attacks on back ends are in headers and bodies of requests to any path, which would leave ordinary requests undecided.

        :param more: further traffic, such as that of a measure, whose probes are in the logs too
        """
        traffics = [*(load_mitigation(catalogue / name).traffic for name in entries_of_the_appliance(catalogue)), *more]
        return AttackSignatures(traffics, load_scanned(SCANNED))
