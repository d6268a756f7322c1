# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The change record: who applied what, when and why, how each step is undone, and the proof.

One JSON file per run, appliance and admin partition on the control node, ``<directory>/<host>/<time>-<run>.json``. It is on disk before the
first write and after every step; each write goes to a temporary file that replaces the old one, so that a control node
that dies leaves a whole file. It never holds a password or a session token.
"""

from __future__ import annotations

import getpass
import json
import os
import re
import socket
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.partitions import DEFAULT
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.steps import Step

FORMAT = 1
# The states of a step: planned -> sent -> done, and undone where its inverse was played.
PLANNED, SENT, DONE, UNDONE = "planned", "sent", "done", "undone"
# The outcomes of a run. "open" means that it never came to its end.
OPEN, APPLIED, FAILED, REVERTED, PARTLY_REVERTED = "open", "applied", "failed", "reverted", "partly reverted"


@dataclass
class ChangeRecord:
    """One run on one appliance. ``content`` is what stands in the file."""

    path: Path
    content: dict[str, Any]

    @classmethod
    def start(cls, directory: Path, host: str, steps: Sequence[Step], facts: Mapping[str, Any]) -> ChangeRecord:
        """Write the record of a run that is about to begin.

        :param facts: JSON values: measure, version, kind, reason, ticket, run, build, seal ...
        :raises InvalidInput: where the directory cannot be written to
        """
        now = datetime.now(UTC)
        folder = directory / safe_name(host)
        record = cls(
            path=folder / f"{now:%Y%m%dT%H%M%S.%fZ}-{safe_name(str(facts.get('run', 'run')))}.json",
            content={
                "format": FORMAT,
                "host": host,
                **facts,
                "who": who(),
                "started": now.isoformat(timespec="seconds"),
                "finished": None,
                "outcome": OPEN,
                "saved": False,
                "steps": [
                    {**step.to_json(), "lines": step.lines(), "inverse": step.inverse.lines(), "state": PLANNED}
                    for step in steps
                ],
                "proof": None,
            },
        )
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            record.write()
        except OSError as error:
            raise InvalidInput(
                f"{host}: the change record cannot be written to {folder} ({error.strerror}), so nothing was sent. "
                "Make the directory writable, or name another one in tourniquet_records."
            ) from error
        return record

    @classmethod
    def read(cls, path: Path) -> ChangeRecord:
        """:raises InvalidInput: where the file is not a change record of this format"""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InvalidInput(f"the change record {path} cannot be read ({error})") from error
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise InvalidInput(f"{path} is not a change record of format {FORMAT}")
        return cls(path, content)

    def write(self) -> None:
        """Replace the file as a whole, and have it on the disk before this returns."""
        descriptor, temporary = tempfile.mkstemp(dir=self.path.parent, prefix=".", suffix=".tmp")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(self.content, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(self.path)
            self._sync_directory()
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def _sync_directory(self) -> None:
        """A renamed file outlives a crash of the machine only once its directory is on the disk too."""
        descriptor = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def mark(self, positions: Iterable[int], state: str) -> None:
        """Note the state of steps, by their position in the plan."""
        for position in positions:
            self.content["steps"][position]["state"] = state
        self.write()

    def finish(self, outcome: str, **facts: Any) -> None:
        self.content.update(facts, outcome=outcome, finished=datetime.now(UTC).isoformat(timespec="seconds"))
        self.write()

    def note(self, **facts: Any) -> None:
        self.content.update(facts)
        self.write()

    @property
    def partition(self) -> str:
        return str(self.content.get("partition", DEFAULT))

    @property
    def steps(self) -> list[Step]:
        return [Step.from_json(step) for step in self.content["steps"]]

    @property
    def touched(self) -> list[Step]:
        """The steps that were sent and not undone; each may have been carried out."""
        return [Step.from_json(step) for step in self.content["steps"] if step["state"] in (SENT, DONE)]


def records_of(directory: Path, host: str, measure: str, partition: str | None = None) -> list[ChangeRecord]:
    """The records of a measure on an appliance, oldest first.

    :param partition: only those of this admin partition; None for those of all
    :raises InvalidInput: where one cannot be read: a run that we cannot see is not "no run"
    """
    folder = directory / safe_name(host)
    records = [ChangeRecord.read(path) for path in sorted(folder.glob("*.json"))] if folder.is_dir() else []
    # Names that differ only in what a file name cannot hold share a directory.
    return [
        record
        for record in records
        if record.content.get("measure") == measure
        and record.content.get("host") == host
        and partition in (None, record.partition)
    ]


def safe_name(text: str) -> str:
    """A file name that cannot leave its directory."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", text).lstrip(".") or "_"


def who() -> dict[str, str]:
    """The user and the control node of this process."""
    return {"user": _user(), "control_node": socket.gethostname()}


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no entry in the user database, as in some containers
        return str(os.getuid())
