# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A lockdown or a reopening in all admin partitions of one appliance, with one result.

A :class:`.switch_run.SwitchRun` sees one configuration, that of the partition of the sessions, and writes a record of its own. A partition that cannot be
planned stops the run before anything is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import DEFAULT
from ...appliance.nitro.partitions import PartitionChoice, choose_partitions, read_partitions
from ...appliance.object_reads.vserver_reads import read_answering
from ...appliance.objects.virtual_servers import Vserver, customer_of
from ...change.partition_runner import OnFailure, PartitionRunner, back_to_default, joined_seal
from ...change.records.fetched_records import note_copies
from ...change.records.record_states import PartitionState
from ...foundation.errors import Refused
from ...foundation.next_action import NextAction
from ...judgement.proof.closure_verdict import NEXT_ACTIONS, with_overdue_parts
from ...judgement.proof.verdict_table import CLOSED_WORDS, PRECEDENCE, Verdict, VerdictWord, worst_verdict
from ..deployment.kept_findings import keep_found_beside
from .decision import VserverChoice, absent_partitions, left_open, way_to_close
from .opening_questions import StaysClosed
from .switch_plan import SwitchParameters, SwitchPlan, SwitchResult
from .switch_run import CLUSTER, SwitchRun

NewRun = Callable[[Connection, SwitchParameters], SwitchRun]


def _state(plan: SwitchPlan) -> PartitionState:
    """Return what a lockdown does with an admin partition, for the record."""
    if plan.steps:
        return PartitionState.SWITCHED
    is_open = any(one.enabled is not False and one.addressable for one in plan.chosen.vservers)
    return PartitionState.LEFT_OPEN if is_open else PartitionState.LEFT_CLOSED


@dataclass(frozen=True)
class PartitionedSwitchPlan:
    """A lockdown or a reopening in each admin partition that the run works on.

    :ivar partitions: the plans by partition
    :ivar left_out: the admin partitions in scope that the run does not read, as sentences, each with what to do about it
    """

    partitions: Mapping[str, SwitchPlan]
    left_out: Mapping[str, NextAction] = field(default_factory=dict)

    @property
    def is_plain(self) -> bool:
        """True if the appliance has the default partition only."""
        return list(self.partitions) == [DEFAULT] and not self.left_out

    @property
    def has_steps(self) -> bool:
        return any(plan.steps for plan in self.partitions.values())

    @property
    def choices(self) -> list[VserverChoice]:
        """All virtual servers, and why those out of scope are not changed."""
        return [choice for plan in self.partitions.values() for choice in plan.chosen.choices]

    def switched(self) -> Iterator[tuple[str, Vserver]]:
        """Yield admin partition and virtual server of each step."""
        for name, plan in self.partitions.items():
            yield from ((name, vserver) for vserver in plan.chosen.of(plan.steps))


@dataclass(frozen=True)
class PartitionedSwitchResult:
    """A lockdown or a reopening in every partition, as far as it came."""

    plan: PartitionedSwitchPlan
    partitions: Mapping[str, SwitchResult] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        return any(part.changed for part in self.partitions.values())

    @property
    def seal(self) -> str:
        """The fingerprint of all partitions together; with the default partition only, its own."""
        return joined_seal(
            {name: plan.seal for name, plan in self.plan.partitions.items()}, is_plain=self.plan.is_plain
        )

    @property
    def verdict(self) -> Verdict | None:
        """The worst verdict; a partition that was not closed, or not read, makes a good one partly. None where no partition has a verdict."""
        verdicts = {name: part.verdict for name, part in self.partitions.items() if part.verdict is not None}
        if not verdicts:
            return None
        name = min(verdicts, key=lambda one: _rank(verdicts[one].word))
        worst = verdicts[name]
        not_closed = (*self._not_closed, *self.plan.left_out)
        if not_closed and PRECEDENCE[worst.word] > PRECEDENCE[VerdictWord.PARTLY]:
            worst = worst_verdict([(VerdictWord.PARTLY, not_closed[0])], worst.rests_on, worst.missing)
            action = self.plan.left_out.get(not_closed[0], NEXT_ACTIONS[worst.word])
            worst = replace(worst, next_action=action)
        elif any(one.reason != worst.reason for one in verdicts.values()):
            worst = replace(worst, reason=f"partition {name}: {worst.reason}")
        return replace(with_overdue_parts(worst, verdicts), missing=(*worst.missing, *not_closed))

    @property
    def _not_closed(self) -> tuple[str, ...]:
        """Return what a closing was to switch off and is not known to be, in the admin partitions without a verdict, as clauses."""
        return tuple(
            f"partition {name}: {text}"
            for name, part in self.partitions.items()
            if part.verdict is None
            for text in filter(None, (part.still_open, *part.plan.not_agreed))
        )


def _rank(word: VerdictWord) -> tuple[bool, int]:
    """Return a sort key, the worst verdict first: a partition whose closing is not proven or not saved is worse than one that is closed."""
    return word in CLOSED_WORDS, PRECEDENCE[word]


class PartitionedSwitch(PartitionRunner[SwitchRun]):
    """One run on one open connection, in all chosen partitions; see :class:`.switch_run.SwitchRun`.

    :param new_run: returns the run in one partition
    """

    def __init__(
        self,
        connection: Connection,
        parameters: SwitchParameters,
        new_run: NewRun,
        on_failure: OnFailure = OnFailure.STOP,
    ) -> None:
        super().__init__(connection, on_failure)
        self.parameters = parameters
        self.where = parameters.appliance.name
        self._new_run = new_run

    @property
    def probes_sent(self) -> int:
        """The number of requests to virtual servers."""
        return sum(run.prober.sent for run in self.runs.values())

    def customers(self, plan: PartitionedSwitchPlan) -> tuple[str, ...]:
        """Return the customers whose virtual servers the plan switches, each once."""
        found = (customer_of(one, self.parameters.appliance, name) for name, one in plan.switched())
        return tuple(dict.fromkeys(customer for customer in found if customer))

    def plan(self) -> PartitionedSwitchPlan:
        """Compute the steps in all partitions. Reads only, and sends no probe.

        :raises Refused: for a cluster, where the partitions are not known, and where one of them cannot be planned
        """
        note_copies(self.connection, self.parameters)
        choice, wanted = self._choose(), self.parameters.wanted.partitions
        absent = absent_partitions(self.where, self.parameters.wanted, choice)
        plans: dict[str, SwitchPlan] = {}
        with back_to_default(self.connection):
            found = self._vservers(choice)
            for name in choice.names:
                elsewhere = tuple(one for other, own in found.items() if other != name for one in own)
                self.connection.enter(name)
                parameters = replace(self.parameters.inside(name), elsewhere=elsewhere)
                run = self.runs[name] = self._new_run(self.connection, parameters)
                try:
                    plans[name] = run.plan()
                except StaysClosed:
                    raise  # it names the partitions itself
                except Refused as error:
                    raise Refused(self._in_partition(name, choice, error)) from error
        if not choice.is_plain:
            states = {
                **{name: _state(own) for name, own in plans.items()},
                **dict.fromkeys(choice.left_out, PartitionState.LEFT_OPEN),
            }
            plans = {name: replace(own, partitions=states) for name, own in plans.items()}
        if absent:
            plans = {name: replace(own, unmatched=(*own.unmatched, *absent)) for name, own in plans.items()}
        left_out = [name for name in choice.left_out if not wanted or name in wanted]
        return PartitionedSwitchPlan(plans, {left_open(name): way_to_close(name) for name in left_out})

    def carry_out(self, plan: PartitionedSwitchPlan) -> None:
        """Carry out a plan, one partition after the other; :meth:`result` says how far it came.

        :raises TourniquetError: naming each partition that failed, and those that were not begun because of it
        """
        outcome = self.work_on([*plan.partitions], lambda name: self.runs[name].carry_out(plan.partitions[name]))
        if plan.is_plain:
            for error in outcome.failures.values():
                raise error
        failures = [
            f"partition {name}: {str(error).removeprefix(f'{self.where}: ')}"
            for name, error in outcome.failures.items()
        ]
        if failures:
            raise outcome.error(f"{self.where}: {'; '.join(filter(None, (*failures, outcome.not_started_text)))}")

    def keep_found(self) -> None:
        """Where it is refused, keep in a record what each partition shows that was looked at: once it is gone nothing shows it."""
        keep_found_beside(self.connection, self.parameters, self.runs or (DEFAULT,))

    def result(self, plan: PartitionedSwitchPlan) -> PartitionedSwitchResult:
        """Return how far the run came; valid before it and after a failure too."""
        return PartitionedSwitchResult(
            plan, {name: self.runs[name].result(own) for name, own in plan.partitions.items()}
        )

    def is_idle(self, plan: PartitionedSwitchPlan) -> bool:
        """True if there is nothing to do and nothing to record."""
        return all(self.runs[name].is_idle(own) for name, own in plan.partitions.items())

    def _choose(self) -> PartitionChoice:
        appliance = self.parameters.appliance
        if self.connection.is_cluster:
            raise Refused(f"{self.where}: {CLUSTER}")
        found = read_partitions(self.connection.primary)
        if found is None and appliance.partitions != (DEFAULT,):
            raise Refused(f"{self.where}: whether there are admin partitions cannot be read (allow: show ns partition)")
        return choose_partitions(self.where, found, appliance.partitions)

    def _vservers(self, choice: PartitionChoice) -> dict[str, list[Vserver]]:
        """Return the virtual servers by partition; none where there is only one partition, since a run reads its own."""
        found: dict[str, list[Vserver]] = {}
        for name in choice.names if len(choice.names) > 1 else ():
            self.connection.enter(name)
            found[name], _unread = read_answering(
                self.connection.primary
            )  # a run says itself what it cannot do without
        return found

    def _in_partition(self, name: str, choice: PartitionChoice, error: Refused) -> str:
        if choice.is_plain:
            return str(error)
        return f"{self.where}: partition {name}: {str(error).removeprefix(f'{self.where}: ')}"
