# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one runner of the admin partitions of an appliance, whatever the verb.

A run of a verb sees one configuration, that of the partition of the sessions, and writes a record of its own. The runner switches the sessions to
one partition after the other, and back at the end. The verb gives the run in each partition and what is done with it. What a failure does to the
partitions behind it is a value.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Generic, Protocol, TypeVar

from ..appliance.nitro.appliance import Appliance
from ..appliance.nitro.connection import Connection
from ..appliance.nitro.names import DEFAULT
from ..appliance.nitro.partitions import PartitionChoice, choose_partitions, read_partitions
from ..foundation.errors import Refused, TourniquetError
from ..foundation.next_action import carrying
from .records.appliance_lock import ApplianceLock


class OnFailure(Enum):
    """What a failure in one partition does to those behind it."""

    STOP = auto()
    """They are not begun: what brings a measure in or takes protection away stops at the first failure."""
    GO_ON = auto()
    """They are worked on: access has to be closed wherever that is possible."""


class PartitionRun(Protocol):
    """The run of a verb in one partition."""

    @property
    def lock(self) -> ApplianceLock | None:
        """The lock of the run, once it is taken."""

    @property
    def leaves_changes(self) -> bool:
        """True if something that the run wrote is on the appliance now, or may be."""


RunT = TypeVar("RunT", bound=PartitionRun)
T = TypeVar("T")


@dataclass(frozen=True)
class PartitionOutcome(Generic[T]):
    """How far a run came.

    :ivar results: by partition, of those that came to their end
    :ivar failures: by partition, of those that did not
    :ivar not_started: the partitions that were not begun because of a failure
    :ivar refused: the run failed, and nothing was written
    """

    results: Mapping[str, T]
    failures: Mapping[str, TourniquetError]
    not_started: tuple[str, ...] = ()
    refused: bool = False

    @property
    def not_started_text(self) -> str:
        """Which partitions were not begun, as a sentence without its full stop; "" for none."""
        return (
            f"Not started because of this failure: partition {', '.join(self.not_started)}" if self.not_started else ""
        )

    def error(self, text: str) -> TourniquetError:
        """Return the error of the whole run: a refusal where each failure is one and nothing was written."""
        return Refused(text) if self.refused else TourniquetError(text)


class PartitionRunner(Generic[RunT]):
    """The runs of one verb in the admin partitions of one appliance, on one open connection and in the time of one task.

    :ivar runs: by partition, in the order in which they were planned
    :ivar refused: what was carried out was refused, and nothing was written
    """

    def __init__(self, connection: Connection, on_failure: OnFailure = OnFailure.STOP) -> None:
        self.connection = connection
        self.on_failure = on_failure
        self.runs: dict[str, RunT] = {}
        self.refused = False

    @property
    def leaves_changes(self) -> bool:
        """True if something that a run wrote is on the appliance now, or may be."""
        return any(run.leaves_changes for run in self.runs.values())

    @property
    def locks(self) -> list[ApplianceLock]:
        """The locks of the runs, as they were when these ended."""
        return [run.lock for run in self.runs.values() if run.lock is not None]

    def work_on(self, names: Sequence[str], work: Callable[[str], T]) -> PartitionOutcome[T]:
        """Work on one partition after the other.

        :param work: carries out the run of a partition, in which the sessions are
        :returns: what came of it; a failure is in it, and is not raised
        """
        results: dict[str, T] = {}
        failures: dict[str, TourniquetError] = {}
        with back_to_default(self.connection):
            for name in names:
                try:
                    self.connection.enter(name)
                    results[name] = work(name)
                except TourniquetError as error:
                    failures[name] = error
                    if self.on_failure is OnFailure.STOP:
                        break
        not_started = tuple(name for name in names if name not in results and name not in failures)
        is_refusal = bool(failures) and all(error.is_refusal for error in failures.values())
        self.refused = is_refusal and not self.connection.has_written
        return PartitionOutcome(results, failures, not_started, self.refused)


def chosen_partitions(connection: Connection, appliance: Appliance) -> PartitionChoice:
    """Return the partitions that the inventory chooses; a cluster has the default one only.

    :raises Refused: where a named partition does not exist
    """
    if connection.is_cluster:
        return PartitionChoice()
    return choose_partitions(appliance.name, read_partitions(connection.primary), appliance.partitions)


@contextlib.contextmanager
def back_to_default(connection: Connection) -> Iterator[None]:
    """Switch back to the default partition at the end. If that fails, the session refuses further requests."""
    try:
        yield
    finally:
        with contextlib.suppress(TourniquetError):
            connection.enter(DEFAULT)


def in_partition(name: str, text: str) -> str:
    """Return a text as a sentence on a partition."""
    return carrying(f"partition {name}: {text.removesuffix('.')}.", text)


def joined_seal(seals: Mapping[str, str], *, is_plain: bool) -> str:
    """Return the fingerprint of all partitions together; with the default partition only, its own."""
    if is_plain:
        return seals[DEFAULT]
    return hashlib.sha256(repr(sorted(seals.items())).encode()).hexdigest()
