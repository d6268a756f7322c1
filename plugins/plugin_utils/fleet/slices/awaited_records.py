# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The jobs whose change records have not come home yet, each a file in the directory of the records of the controller.

The file is written before the job is sent, and removed when its records are here: what stays was lost with its node, or with the controller, and is
asked for by the next run in which the node answers.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...change.records.appliance_lock import LIFETIME
from ...foundation.errors import InvalidInput
from ...foundation.private_files import read_privately, write_privately

FOLDER = ".awaited"
"""No appliance has a directory of this name: those begin with no dot."""


@dataclass(frozen=True)
class Awaited:
    """A job whose records are awaited.

    :ivar ident: of the job
    :ivar node: the name of its execution node
    :ivar deadline: it begins no write later than this
    """

    ident: str
    node: str
    hosts: tuple[str, ...]
    deadline: datetime

    def is_over(self, now: datetime) -> bool:
        """Return True if it can write no record any more: what was begun by the deadline has ended before its lease ran out."""
        return now > self.deadline + LIFETIME


@dataclass(frozen=True)
class AwaitedRecords:
    """The files.

    :ivar records: the directory of the change records of the controller
    """

    records: Path

    def expect(self, job: Awaited) -> None:
        """Write down that the records of a job are to come.

        :raises InvalidInput: where it cannot be written: then its records could not be kept either
        """
        values = {"node": job.node, "hosts": job.hosts, "deadline": job.deadline.astimezone(UTC).isoformat()}
        try:
            write_privately(self._path(job.ident), json.dumps(values))
        except OSError as error:
            raise InvalidInput(
                f"the change records of the execution nodes cannot be kept in {self.records} ({error.strerror}), so nothing was sent. Make room there or "
                "make it writable, or name another one: -e records=..."
            ) from error

    def forget(self, ident: str) -> None:
        """Note that the records of a job are here."""
        with contextlib.suppress(OSError):  # they are asked for once more
            self._path(ident).unlink(missing_ok=True)

    def keep(self, job: Awaited, hosts: Iterable[str]) -> None:
        """Note of which appliances of a job the records are still to come."""
        left = tuple(hosts)
        if left:
            self.expect(replace(job, hosts=left))
        else:
            self.forget(job.ident)

    def all(self) -> tuple[list[Awaited], list[str]]:
        """Return the jobs, and the files that are none of ours."""
        found, strange = [], []
        for path in sorted((self.records / FOLDER).glob("*.json")):
            try:
                found.append(_awaited(path.stem, json.loads(read_privately(path))))
            except FileNotFoundError:  # another run has just got them
                continue
            except (InvalidInput, OSError, ValueError, TypeError, KeyError, AttributeError):
                strange.append(str(path))
        return found, strange

    def missing(self) -> dict[str, str]:
        """Return by appliance of which jobs the records and notes of probes are not here, as half a sentence."""
        found: dict[str, list[str]] = {}
        for job in self.all()[0]:
            for host in job.hosts:
                found.setdefault(host, []).append(f"{job.ident} at {job.node}")
        return {
            host: f"the change records and notes of probes of the job {', '.join(names)} have not come"
            for host, names in found.items()
        }

    def missing_of(self, host: str) -> str:
        """Return of which jobs those of an appliance are not here; "" where none is missing. A file that cannot be read could name it."""
        return self.missing_among([host]).get(host, "")

    def missing_among(self, hosts: Iterable[str]) -> dict[str, str]:
        """Return the same by appliance, for those of which one is missing, or could be."""
        strange = self.all()[1]
        unknown = (
            f"{', '.join(strange)} cannot be read, so it is not known whether all change records are here"
            if strange
            else ""
        )
        missing = self.missing()
        said = {host: "; ".join(filter(None, [missing.get(host, ""), unknown])) for host in hosts}
        return {host: text for host, text in said.items() if text}

    def _path(self, ident: str) -> Path:
        return self.records / FOLDER / f"{ident}.json"


def _awaited(ident: str, values: Any) -> Awaited:
    """:raises ValueError, TypeError, KeyError: where it is none that was written here"""
    node, hosts, deadline = values["node"], values["hosts"], datetime.fromisoformat(values["deadline"])
    if deadline.tzinfo is None or not all(isinstance(one, str) for one in (node, *hosts)):
        raise ValueError(ident)
    return Awaited(ident, node, tuple(hosts), deadline)
