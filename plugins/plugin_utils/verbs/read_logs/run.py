# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads what is new in the logs of one appliance."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...appliance.nitro.builds import Build
from ...appliance.nitro.connection import Connection
from ...catalogue.entry import Entry
from ...catalogue.entry_file import load_catalogue
from ...catalogue.mitigation import entries_of_the_appliance, load_mitigation
from ...catalogue.trains import BuildState
from ...change.records.records_folder import unique_name
from ...foundation.errors import InvalidInput, TourniquetError
from ...foundation.json_values import json_values
from ...foundation.private_files import write_privately
from ...recorded_traffic.attack_signatures import AttackSignatures
from ...traces.findings.appliance_line import appliance_line
from ...traces.findings.finding import Fixed, not_examined
from ...traces.log_reading.bookmarks import Bookmarks, read_bookmarks, write_bookmarks
from ...traces.log_reading.examination import LogReading, read_logs
from ...traces.log_reading.known_of_appliance import KnownOfAppliance, administrators
from ...traces.log_reading.log_sources import NodeLogs, logs_in_folder, logs_of_nodes
from ..common.result import Result
from ..common.task import Task
from ..common.what_is_ours import what_is_ours

ARMABLE = "cve_2026_88771"
"""The entry of the weakness that runs text in logs."""
GOOD = (BuildState.FIXED, BuildState.NOT_AFFECTED)


class ReadLogs(Task):
    """Read the logs of one appliance. One that does not answer is incomplete, and no failure of the task."""

    def run(self) -> Result:
        name, options = self.appliance.name, self.options
        known = self._known()
        directory = Path(options["bookmarks"]).expanduser()
        bookmarks, problem = (Bookmarks(), "") if options["from_start"] else read_bookmarks(directory, name)
        requests = 0
        try:
            if options["source"]:
                hosts = [node.host for node in self.appliance.nodes]
                nodes = logs_in_folder(name, Path(options["source"]).expanduser(), hosts, datetime.now(UTC))
                reading = read_logs(known, nodes, bookmarks)
            else:
                with Connection(self.appliance) as connection:
                    build = connection.build
                    reading = read_logs(
                        replace(known, is_armable=_is_armable(known.entries, build)),
                        self._nodes(connection, known),
                        bookmarks,
                    )
                requests = len(connection.exchanges)
        except InvalidInput:
            raise
        except TourniquetError as error:
            reading = LogReading(not_examined(name, error))
        reading.notes += [problem] if problem else []
        reading.notes += [": ".join(known.own.not_recognised)] if known.own.not_recognised else []
        values = {**json_values(reading), "requests": requests}
        if not self.check_mode and reading.examination.looked_at:
            self._keep(directory, values, bookmarks)
        return Result(changed=False, msg=appliance_line(reading.examination), own=values)

    def _known(self) -> KnownOfAppliance:
        name, options = self.appliance.name, self.options
        catalogue = Path(options["catalogue"])
        return KnownOfAppliance(
            appliance=name,
            own=what_is_ours(self.appliance, options),
            administrators=administrators(name, options["admins"]),
            entries=load_catalogue(catalogue),
            signatures=AttackSignatures(
                load_mitigation(catalogue / one).traffic for one in entries_of_the_appliance(catalogue)
            ),
        )

    def _nodes(self, connection: Connection, known: KnownOfAppliance) -> list[NodeLogs]:
        """Return the logs of the nodes, each with what is known of its build."""
        builds = {str(node.address): node.build for node in connection.nodes}
        return [
            replace(logs, fixed=_FixedOf(known.entries, builds.get(logs.node))) for logs in logs_of_nodes(connection)
        ]

    def _keep(self, directory: Path, values: Mapping[str, Any], bookmarks: Bookmarks) -> None:
        """Write the findings, then the bookmarks: a run that ends between both reads the same lines again, and loses none."""
        name = self.appliance.name
        path = directory / f"{unique_name(name)}.findings.json"
        try:
            write_privately(path, json.dumps({"host": name, **values}, indent=1) + "\n")
        except OSError as error:
            raise InvalidInput(
                f"{name}: the findings {path} cannot be written ({error.strerror}). Name another directory with -e bookmarks=DIRECTORY"
            ) from error
        write_bookmarks(directory, name, bookmarks)


class _FixedOf:
    """Says whether the running build has the fix of some entries. When it was installed is not known here: hunt.yml looks for it."""

    def __init__(self, entries: Iterable[Entry], build: Build | None) -> None:
        self._entries, self._build = {entry.id: entry for entry in entries}, build

    def __call__(self, names: tuple[str, ...], _time: datetime | None) -> Fixed:
        if self._build is None:
            return Fixed.UNKNOWN
        named = [self._entries[name] for name in names if name in self._entries]
        return Fixed.NOT_FIXED if any(entry.build_state(self._build) not in GOOD for entry in named) else Fixed.UNKNOWN


def _is_armable(entries: Iterable[Entry], build: Build) -> bool | None:
    entry = next((entry for entry in entries if entry.id == ARMABLE), None)
    return None if entry is None else entry.build_state(build) not in GOOD


TASK = ReadLogs
