# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The change records and notes of probes of the execution nodes at the controller: each job brings its own, and what was lost is asked for by a job of
its own, once its node answers again."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...catalogue.record_trust import RecordTrust
from ...foundation.counted import counted
from ...foundation.errors import InvalidInput
from .awaited_records import Awaited, AwaitedRecords
from .execution_nodes import Slice
from .job import PROBES_FILE, RECORDS_FILE, VERIFY, Job
from .job_standing import Standing
from .pipe import explained
from .sent_probe_notes import keep_sent_probes, known_probes
from .sent_records import keep_sent_records, known_records, newest_names
from .worker_stream import WorkerAnswer


@dataclass
class RecordsHome:
    """The records of one run of the controller; used by several threads.

    :ivar directory: of its change records
    :ivar notes: what a person should know of them, as sentences
    :ivar number: how many came
    """

    directory: Path
    trust: RecordTrust
    notes: list[str] = field(default_factory=list)
    number: int = 0
    _ended: set[str] = field(default_factory=set)
    _brought: dict[str, set[str]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def _awaited(self) -> AwaitedRecords:
        return AwaitedRecords(self.directory)

    def asked(self, one: Slice) -> dict[str, Any]:
        """Return what a job is told of the records that are here: a bounded number of names, and a time."""
        return {
            "known": newest_names(self.directory, one.hosts),
            "probes": known_probes(self.directory, one.node.name, one.hosts),
        }

    def expect(self, job: Job) -> None:
        """Note, before a job is sent, that it will bring records or notes of probes.

        :raises InvalidInput: where that cannot be written
        """
        if job.can_write or job.verb == VERIFY:
            self._awaited.expect(Awaited(job.ident, job.slice.node.name, tuple(job.slice.hosts), job.deadline))

    def take(self, job: Job, answer: WorkerAnswer) -> None:
        """Keep what a job brought; what did not come, or cannot be kept, stays awaited."""
        if answer.standing is Standing.NOT_SENT:
            self._awaited.forget(job.ident)
            return
        if answer.is_whole:
            self._ended.add(job.ident)
            with self.going_on(job.slice.node.name):
                if self._kept(job.slice, answer) == 0:
                    self._awaited.forget(job.ident)

    @contextlib.contextmanager
    def going_on(self, name: str) -> Iterator[None]:
        """Note why the records of a node cannot be kept, or ours cannot be read: the results of a run that has changed appliances are shown all the same.

        :param name: of the node
        """
        try:
            yield
        except InvalidInput as error:
            self._note_unkept(name, str(error))
        except OSError as error:
            self._note_unkept(name, f"{error.filename}: {error.strerror}")

    def _note_unkept(self, name: str, why: str) -> None:
        note = f"the change records of {name} are not kept here: {why.removesuffix('.')}. The next run gets them"
        if note not in self.notes:  # the same for each job
            self.notes.append(note)

    def lost(self, nodes: Collection[str], hosts: Collection[str]) -> dict[str, list[str]]:
        """Return by node the appliances of which records or notes have not come home.

        :param nodes: that are asked
        :param hosts: the appliances of the run
        """
        jobs, strange = self._awaited.all()
        self.notes += [f"{path} is no file of this collection: look at it, and remove it" for path in strange]
        ours, found = set(hosts), dict[str, dict[str, None]]()
        for job in jobs:
            if job.node in nodes:
                found.setdefault(job.node, {}).update(dict.fromkeys(host for host in job.hosts if host in ours))
        return {node: list(own) for node, own in found.items() if own}

    def missing(self) -> dict[str, str]:
        """Return by appliance of which jobs the records and notes of probes are not here; see :meth:`AwaitedRecords.missing`."""
        return self._awaited.missing()

    def asked_again(self, one: Slice) -> dict[str, Any]:
        """Return what the job of the records of lost jobs is told: all that is here of these appliances.

        :raises InvalidInput: where a record cannot be read
        """
        return {
            "tourniquet_known_records": known_records(self.directory, one.hosts, self.trust),
            "tourniquet_known_probes": known_probes(self.directory, one.node.name, one.hosts),
        }

    def take_lost(self, one: Slice, answer: WorkerAnswer) -> None:
        """Keep what the job of the records of lost jobs brought.

        :raises InvalidInput: where a record of ours cannot be read, or one cannot be written
        """
        name = one.node.name
        left = self._kept(one, answer) if answer.is_whole else None
        if left is None:
            self.notes.append(f"the change records of {name} did not come: {explained(answer)}. The next run gets them")
        elif left:
            self.notes.append(f"{counted(left, 'change record')} of {name} had no room. The next run gets them")
        else:
            with self._lock:
                self._brought.setdefault(name, set()).update(one.hosts)

    def settle(self) -> None:
        """Forget what was awaited and came, unless its job may still write."""
        now = datetime.now(UTC)
        jobs, _strange = self._awaited.all() if self._brought else ([], [])
        for job in jobs:
            brought = self._brought.get(job.node)
            if brought and (job.ident in self._ended or job.is_over(now)):
                with self.going_on(job.node):
                    self._awaited.keep(job, (host for host in job.hosts if host not in brought))

    def _kept(self, one: Slice, answer: WorkerAnswer) -> int | None:
        """Keep the records and notes of an answer, and return how many had no room; None where they are not in it."""
        content, probes = _sent(answer.files)
        if content is None or probes is None:
            return None
        with self._lock:
            found = keep_sent_records(content, one.node.name, one.hosts, self.directory, self.trust)
            problem = keep_sent_probes(probes, one.node.name, one.hosts, self.directory)
            self.number += found.number
            said = [*found.problems, *filter(None, [problem])]
            self.notes += [text for text in said if text not in self.notes]  # the same of each job of a node
        return found.left


def _sent(files: Mapping[str, bytes]) -> tuple[bytes | None, bytes | None]:
    return files.get(RECORDS_FILE), files.get(PROBES_FILE)
