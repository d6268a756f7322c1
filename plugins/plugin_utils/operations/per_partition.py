# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One appliance with all of its admin partitions: the engine is run in each, and the results become one.

A :class:`Deployment` or :class:`Retirement` knows one configuration, that of the partition which the sessions are in. Here it
is decided which partitions are meant, the sessions are brought there, and what was found is merged: the worst wins. A
conflict in one partition stops the run before anything is written; a failure in one stops those behind it.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import (
    ApplyParameters,
    RunParameters,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import Refused, TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.partitions import (
    UNREADABLE,
    PartitionChoice,
    choose_partitions,
    read_partitions,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.session import DEFAULT
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.operations.apply import Deployment, Result, today
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.operations.rollback import (
    Rollback,
    RollbackParameters,
    RollbackPlan,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.evidence import Presence
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.probes import Sign
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.verdict_table import (
    PRECEDENCE,
    VERDICTS,
    Verdict,
    VerdictWord,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.appliance_lock import ApplianceLock
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.record_list import records_of

AnyParameters = TypeVar("AnyParameters", bound=RunParameters)


@dataclass
class PartitionedResult:
    """What was found and done, partition by partition.

    :ivar problems: by partition, why it could not be looked at
    :ivar failed: the reason why the run failed, or ""
    :ivar records: the change records of this run
    """

    parts: dict[str, Result]
    problems: dict[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    failed: str = ""
    records: list[str] = field(default_factory=list)

    @property
    def is_plain(self) -> bool:
        return list(self.parts) == [DEFAULT] and not self.problems and not self.left_out

    @property
    def changed(self) -> bool:
        return any(result.changed for result in self.parts.values())

    @property
    def verdict(self) -> Verdict:
        return self._merged({name: result.verdict for name, result in self.parts.items()})

    @property
    def verdict_today(self) -> Verdict:
        return self._merged({name: result.verdict_today for name, result in self.parts.items()})

    @property
    def seal(self) -> str:
        """The fingerprint of all partitions together; that of the only one where there is but one."""
        seals = {name: result.plan.seal for name, result in self.parts.items()}
        if self.is_plain:
            return seals[DEFAULT]
        return hashlib.sha256(repr(sorted(seals.items())).encode()).hexdigest()

    def _merged(self, verdicts: Mapping[str, Verdict]) -> Verdict:
        if self.is_plain:
            return verdicts[DEFAULT]
        worst = min((self._seen_from_outside(n, v) for n, v in verdicts.items()), key=lambda v: PRECEDENCE[v.word])
        if self.problems and PRECEDENCE[worst.word] > PRECEDENCE[VerdictWord.PARTLY]:
            name, problem = next(iter(self.problems.items()))
            worst = _partly(f"partition {name} could not be looked at: {problem}")
        missing = [f"partition {name} could not be looked at: {problem}" for name, problem in self.problems.items()]
        missing += [f"partition {name} is not among netscaler_partitions" for name in self.left_out]
        return replace(
            worst,
            rests_on=tuple(by_partition({n: v.rests_on for n, v in verdicts.items()})),
            missing=(*by_partition({n: v.missing for n, v in verdicts.items()}), *missing),
        )

    def _seen_from_outside(self, name: str, verdict: Verdict) -> Verdict:
        """A partition that lacks what others have makes the appliance partly covered; a proven hole stays one."""
        elsewhere = any(r.state.presence != Presence.ABSENT for n, r in self.parts.items() if n != name)
        vulnerable = any(proof.sign is Sign.VULNERABLE for proof in self.parts[name].proof.after)
        if verdict.word == VerdictWord.EXPOSED and elsewhere and not vulnerable:
            return _partly(f"partition {name} does not have it: {verdict.reason}", "apply.yml")
        same = all(verdict.reason == result.verdict.reason for result in self.parts.values())
        return verdict if same else replace(verdict, reason=f"partition {name}: {verdict.reason}")


def _partly(reason: str, next_action: str = "") -> Verdict:
    meaning = VERDICTS[VerdictWord.PARTLY]
    return Verdict(meaning.word, reason, next_action or meaning.next_action, meaning.exit_code)


def by_partition(texts: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Texts with the name of their partition; what is said of all of them, or of the whole appliance, once and bare."""
    first = next(iter(texts.values()), ())
    common = [text for text in first if all(text in own for own in texts.values())]
    return common + [f"partition {name}: {text}" for name, own in texts.items() for text in own if text not in common]


@contextlib.contextmanager
def _back_to_default(connection: Connection) -> Iterator[None]:
    """Whatever follows on this connection finds it in the default partition, or is refused by the session."""
    try:
        yield
    finally:
        with contextlib.suppress(TourniquetError):
            connection.enter(DEFAULT)


def _inside(parameters: AnyParameters, partition: str) -> AnyParameters:
    """The order for one partition."""
    return parameters.inside(partition)


class PartitionedDeployment:
    """One order on one open connection, in every partition that is meant. The verbs are those of :class:`Deployment`.

    :raises Refused: where a partition is named that does not exist
    """

    def __init__(
        self, connection: Connection, parameters: ApplyParameters, *, today: Callable[[], date] = today
    ) -> None:
        self.connection = connection
        self.parameters = parameters
        self.today = today
        self.choice = self._choose()
        self.deployments: dict[str, Deployment] = {}
        self.problems: dict[str, str] = {}
        self._changed_at: dict[str, str] = {}
        self._planned: PartitionedResult | None = None

    def plan(self) -> PartitionedResult:
        """What apply would do, in all partitions. Reads only."""
        parts = {}
        with _back_to_default(self.connection):
            for name in self.choice.names:
                self._look(name)
                if name in self.deployments:
                    parts[name] = self.deployments[name].plan()
        failed = [f"partition {name} cannot be looked at: {problem}" for name, problem in self.problems.items()]
        failed += self._not_there()
        conflicts = {name: (result.failed,) for name, result in parts.items() if result.failed}
        if conflicts:
            failed += (
                [text for texts in conflicts.values() for text in texts]
                if len(parts) == 1
                else ([f"partition {name}: {text}" for name, (text,) in conflicts.items()])
            )
        self._planned = self._result(parts, " ".join(failed))
        return self._planned

    def status(self) -> PartitionedResult:
        """What is there, in all partitions."""
        parts = {}
        with _back_to_default(self.connection):
            for name in self.choice.names:
                self._look(name)
                if name in self.deployments:
                    parts[name] = self.deployments[name].status()
        return self._result(parts)

    def apply(self) -> PartitionedResult:
        """Apply, prove and save in one partition after the other; what fails in one stops those behind it.

        :returns: what it came to, with its failures; for a partition that failed or was not reached, what its plan was
        """
        planned = self._planned or self.plan()
        if planned.failed:
            return replace(planned, failed=f"{planned.failed} Nothing was changed.")
        failures: list[str] = []
        with _back_to_default(self.connection):
            for position, name in enumerate(self.choice.names):
                planned_by = self.deployments[name]
                try:
                    self.connection.enter(name)
                    self._look_again_if_changed(name)
                    planned.parts[name] = result = self.deployments[name].apply()
                except TourniquetError as error:
                    planned.parts[name] = replace(planned.parts[name], state=planned_by.state)
                    failures.append(self._told(name, str(error)))
                    rest = self.choice.names[position + 1 :]
                    if rest:
                        failures.append(f"Not begun, because of that: partition {', '.join(rest)}.")
                    break
                if result.failed:  # it stays, and is told; the other partitions get their protection all the same
                    failures.append(self._told(name, result.failed))
        return self._result(planned.parts, " ".join(failures))

    @property
    def locks(self) -> list[ApplianceLock]:
        """The locks of this run, as they were when it ended."""
        return [deployment.lock for deployment in self.deployments.values() if deployment.lock is not None]

    def _choose(self) -> PartitionChoice:
        if self.connection.is_cluster:
            return PartitionChoice()
        found = read_partitions(self.connection.primary)
        return choose_partitions(self.parameters.appliance.name, found, self.parameters.appliance.partitions)

    def _look(self, name: str) -> None:
        parameters = replace(_inside(self.parameters, name), partitions_unreadable=self._unreadable)
        try:
            self.connection.enter(name)
            self.deployments[name] = Deployment(self.connection, parameters, today=self.today)
        except TourniquetError as error:
            if name == self.choice.names[0]:
                raise  # what cannot be read there is wrong with the whole appliance
            self.problems[name] = str(error)
        self._changed_at[name] = self.connection.changed_at

    @property
    def _unreadable(self) -> str:
        return "" if self.parameters.appliance.partitions == (DEFAULT,) else self.choice.unreadable

    def _look_again_if_changed(self, name: str) -> None:
        """Much may have happened in a partition while others were worked on.

        :raises Refused: where something stands in the way by now
        """
        if self.connection.changed_at == self._changed_at[name]:
            return
        self._look(name)
        failed = self.problems.get(name) or self.deployments[name].plan().failed
        if failed:
            raise Refused(f"it was changed meanwhile: {failed}")

    def _not_there(self) -> list[str]:
        """The partitions that are asked for and not among those that are looked at, in words."""
        measure, looked_at = self.parameters.measure, {*self.choice.names, *self.problems}
        return [
            f"{measure.id} is asked for in the partition {name}, which is not on the appliance or not among "
            "netscaler_partitions. Correct its name."
            for name in sorted(measure.partitions - looked_at)
            if looked_at
        ]

    def _told(self, name: str, text: str) -> str:
        return text if self.choice.is_plain else f"partition {name}: {text}."

    def _result(self, parts: dict[str, Result], failed: str = "") -> PartitionedResult:
        records = [str(d.record.path) for d in self.deployments.values() if d.record is not None]
        records += [result.record for result in parts.values() if result.record and result.record not in records]
        return PartitionedResult(parts, dict(self.problems), self.choice.left_out, failed, records)


@dataclass
class PartitionedRollbackPlan:
    """A rollback in every partition in which something of ours is, or was.

    :ivar remarks: what is to be said of the whole appliance
    """

    parts: dict[str, RollbackPlan]
    remarks: list[str] = field(default_factory=list)

    @property
    def is_plain(self) -> bool:
        return list(self.parts) == [DEFAULT] and not self.remarks

    @property
    def has_steps(self) -> bool:
        return any(rollback.steps for rollback in self.parts.values())


class PartitionedRollback:
    """One rollback on one open connection, in all partitions; see :class:`Retirement`."""

    def __init__(self, connection: Connection, parameters: RollbackParameters) -> None:
        self.connection = connection
        self.parameters = parameters
        self.where = parameters.appliance.name
        self.retirements: dict[str, Rollback] = {}

    @property
    def locks(self) -> list[ApplianceLock]:
        """The locks of this run, as they were when it ended."""
        return [retirement.lock for retirement in self.retirements.values() if retirement.lock is not None]

    def plan(self) -> PartitionedRollbackPlan:
        """Work out the steps in all partitions. Reads only.

        :raises Refused: where one of them cannot be rolled back
        """
        connection, parameters = self.connection, self.parameters
        found = None if connection.is_cluster else read_partitions(connection.primary)
        if found is None and not connection.is_cluster:
            raise Refused(f"{self.where}: {UNREADABLE}. Nothing was changed.")
        present = [DEFAULT, *(found or ())]
        records = records_of(parameters.records, self.where, parameters.owner.measure)
        meant = present if parameters.why == "after_fix" else _last_run(records, present)
        rollback = PartitionedRollbackPlan({})
        with _back_to_default(connection):
            for name in meant:
                connection.enter(name)
                retirement = self.retirements[name] = Rollback(connection, _inside(parameters, name))
                rollback.parts[name] = retirement.plan()
        lost = {r.partition for r in records if r.touched and not r.content.get("undone_by")} - set(present)
        rollback.remarks += [f"partition {name} is gone, and ours with it" for name in sorted(lost)]
        return rollback

    def carry_out(self, rollback: PartitionedRollbackPlan) -> None:
        """Do it, in one partition after the other.

        :raises TourniquetError: where one failed; those behind it were not begun
        """
        names = list(rollback.parts)
        with _back_to_default(self.connection):
            for position, name in enumerate(names):
                self.connection.enter(name)
                try:
                    self.retirements[name].carry_out(rollback.parts[name])
                except TourniquetError as error:
                    if rollback.is_plain:
                        raise
                    rest = names[position + 1 :]
                    told = f" Not begun, because of that: partition {', '.join(rest)}." if rest else ""
                    raise TourniquetError(f"partition {name}: {error}.{told}") from error


def _last_run(records: list[ChangeRecord], present: list[str]) -> list[str]:
    """The partitions that the last run changed; only the default one where no run changed any."""
    runs = [record for record in records if record.content["kind"] == "apply" and record.touched]
    last = [record.partition for record in runs if record.content["run"] == runs[-1].content["run"]]
    return [name for name in present if name in last] or [DEFAULT]
