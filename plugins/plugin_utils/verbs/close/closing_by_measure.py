# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Close virtual servers by a measure: what is in scope joins what is closed already, and nothing else changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import DEFAULT
from ...appliance.objects.resource_types import ObjectId
from ...appliance.objects.steps import Step
from ...appliance.objects.virtual_servers import Vserver
from ...catalogue.closing_steps import LadderStep
from ...catalogue.run_parameters import ApplyParameters
from ...change.partition_runner import OnFailure
from ...change.records.change_record import ChangeRecord
from ...change.records.closed_time import ClosedTime, made_again, still_closed
from ...change.records.fetched_records import keep_records
from ...change.records.new_record import start_record
from ...change.records.record_states import Outcome, RecordKind
from ...change.records.usable_records import known_records
from ...foundation.errors import Refused
from ...foundation.host_setting import option_for
from ...foundation.next_action import MITIGATION, advice
from ...judgement.proof.next_action import APPLY
from ...measures.closing_measures import Closed, closing_only
from ..deployment.kept_findings import facts_beside, keep_found_beside
from ..deployment.per_partition import PartitionedDeployment, PartitionedResult
from .decision import STAYS_OPEN, ClosureScope, Decision, unusable
from .scope import Scope, named, read_scope
from .step_measure import StepInputs

_BINDING = "vserver_responderpolicy_binding"
Ids = Mapping[str, Sequence[ObjectId]]
"""By admin partition, virtual servers by type and name."""


@dataclass(frozen=True, kw_only=True)
class ClosingRequest:
    """What a run is to close.

    :ivar decision: None in a preview for which nobody has given the decision yet
    :ivar extend: give the decision of this run to what is closed already, too
    """

    inputs: StepInputs
    wanted: ClosureScope
    decision: Decision | None
    extend: bool = False

    @property
    def step(self) -> LadderStep:
        return self.inputs.step


@dataclass(frozen=True, kw_only=True)
class ClosingPlan:
    """The plan of a closing.

    :ivar before: what was closed by this step before the run, by our records
    :ivar closes: by admin partition, what the run closes, and what its decision is in force for
    :ivar stays_open: what is in scope and stays open, with the reason, in words
    :ivar measure: the plan of the measure; None where nothing is in scope
    :ivar extend: the decision of the run is for what is closed already, too
    """

    scope: Scope
    before: tuple[ClosedTime, ...]
    closes: Ids
    stays_open: tuple[str, ...] = ()
    measure: PartitionedResult | None = None
    extend: bool = False

    @property
    def not_agreed(self) -> list[str]:
        """List what stays open, or is not extended, because its customer has not agreed, as sentences."""
        closed = {(one.partition, one.object_id) for one in self.before}
        return [*self.scope.not_agreed(closed), *(self.scope.not_extended(closed) if self.extend else ())]

    @property
    def leaves_open(self) -> bool:
        """True if something that the command asks for stays open, whatever becomes of the rest."""
        closed = {(one.partition, one.object_id) for one in self.before}
        return bool(self.stays_open or self.scope.not_agreed(closed))

    @property
    def without_effect(self) -> bool:
        """True if the build does not evaluate the measure in an admin partition, so that what is in scope there stays open."""
        return self.measure is not None and any(part.plan.skipped for part in self.measure.partitions.values())

    @property
    def steps(self) -> list[Step]:
        """The steps in all admin partitions."""
        parts = {} if self.measure is None else self.measure.partitions
        return [step for part in parts.values() for step in part.plan.steps]

    @property
    def has_effect(self) -> bool:
        """True if the run closes something, or decides anew about what is closed."""
        return any(self.closes.values())

    def closed_vservers(self) -> Iterator[tuple[str, Vserver]]:
        """Return admin partition and virtual server of all that the run closes."""
        for partition, ids in self.closes.items():
            yield from ((partition, one) for one in self.scope.in_scope(partition) if one.object_id in ids)

    def hit_vservers(self) -> Iterator[tuple[str, Vserver]]:
        """Return admin partition and virtual server of all that the run closes, or closes again: the records call it closed, and it is open."""
        closed = list(self.closed_vservers())
        yield from closed
        parts = {} if self.measure is None else self.measure.partitions
        for partition, part in parts.items():
            bound = set(_bound_by([step for step in part.plan.steps if step.after is not None]))
            again = (one for one in self.scope.in_scope(partition) if (one.kind, one.name) in bound)
            yield from ((partition, one) for one in again if (partition, one) not in closed)


class MeasureClosing:
    """One run on one open connection: :meth:`plan` finds out what to do, :meth:`carry_out` does it.

    :ivar deployment: the measure in all admin partitions, once it is planned
    :ivar fetched: the records that only the nodes have, once it is planned
    """

    def __init__(self, connection: Connection, parameters: ApplyParameters, request: ClosingRequest) -> None:
        self.connection = connection
        self.parameters = parameters
        self.request = request
        self.where = parameters.appliance.name
        self.deployment: PartitionedDeployment | None = None
        self.fetched: tuple[ChangeRecord, ...] = ()
        self._partitions: tuple[str, ...] = (DEFAULT,)

    def plan(self, *, with_rights: bool = False) -> ClosingPlan:
        """Compute the steps. Reads only.

        :param with_rights: read the command policies of our user too
        :raises Refused: where the scope is not known, or something out of scope would change
        """
        scope = read_scope(self.connection, self.request.wanted)
        self._partitions = tuple(scope.partitions)
        usable = known_records(self.connection, self.parameters, self.parameters.measure.reach)
        self.fetched = usable.fetched
        before = tuple(one for one in still_closed(usable.records) if one.step is self.request.step)
        closable = {name: [one for one in scope.in_scope(name) if not why_not(one)] for name in scope.partitions}
        closed = {name: list(_kept(scope, name, before, own)) for name, own in closable.items()}
        stays_open = tuple(
            f"{one} STAYS OPEN: {why}"
            for name in scope.partitions
            for one in scope.in_scope(name)
            if (why := why_not(one)) and one.enabled is not False
        )
        stays_open += tuple(f"{one} {STAYS_OPEN}" for own in scope.partitions.values() for one in unusable(own))
        if not any(closable.values()):
            return ClosingPlan(scope=scope, before=before, closes={}, stays_open=stays_open, extend=self.request.extend)
        measure = self.request.inputs.measure(scope, closed)
        left = self.request.inputs.left_open(closable)
        closable = {name: [one for one in own if one not in left.get(name, ())] for name, own in closable.items()}
        stays_open += tuple(
            f"{named(own)} STAYS OPEN: {self.request.inputs.why_left_open}" for own in left.values() if own
        )
        closes = {name: self._covered(name, own, before) for name, own in closable.items()}
        self.parameters = replace(self.parameters, measure=measure, closing=closing_facts(self.request, scope, closes))
        self.deployment = PartitionedDeployment(self.connection, self.parameters, on_failure=OnFailure.GO_ON)
        result = self.deployment.plan(with_rights=with_rights)
        if decided := self._closes_again(usable.records, result, scope, closes):
            # What somebody has opened is closed by the decision of this run: it is planned with that in its record.
            self.parameters = replace(self.parameters, closing=closing_facts(self.request, scope, decided))
            self.deployment = PartitionedDeployment(self.connection, self.parameters, on_failure=OnFailure.GO_ON)
            result = self.deployment.plan(with_rights=with_rights)
        plan = ClosingPlan(
            scope=scope,
            before=before,
            closes=closes,
            stays_open=stays_open,
            measure=result,
            extend=self.request.extend,
        )
        require_only_in_scope(self.where, scope, result, measure.id)
        closes = {name: ids for name, ids in closes.items() if not _is_skipped(result, name)}
        return replace(plan, closes=closes, stays_open=(*stays_open, *_without_effect(result, closable)))

    def keep_found(self) -> None:
        """Where its plan is refused, write a record of what is bound beside ours if no run has found it so: once it is gone nothing shows it."""
        keep_found_beside(self.connection, self.parameters, self._partitions, self.fetched)

    def carry_out(self) -> PartitionedResult:
        """Carry out the plan.

        :returns: the result, with the failures
        """
        deployment = cast(PartitionedDeployment, self.deployment)  # only what has a plan is carried out
        result = deployment.apply()
        if not result.failed:
            self._extend()
        return result

    def _covered(self, partition: str, own: Iterable[Vserver], before: Iterable[ClosedTime]) -> list[ObjectId]:
        known = {one.object_id for one in before if one.partition == partition and not one.half_closed_by}
        return [one.object_id for one in own if self.request.extend or one.object_id not in known]

    def _closes_again(
        self, records: Sequence[ChangeRecord], result: PartitionedResult, scope: Scope, closes: Ids
    ) -> Ids:
        """Return what the decision of the run is in force for, where it closes something again, too; nothing where it does not."""
        found = dict(closes)
        for name, part in result.partitions.items():
            again = made_again(records, self.parameters.measure.id, name, part.plan.steps)
            more = [one.object_id for one in scope.in_scope(name) if one.object_id in again]
            found[name] = list(dict.fromkeys([*found.get(name, ()), *more]))
        return found if any(len(ids) > len(closes.get(name, ())) for name, ids in found.items()) else {}

    def _extend(self) -> None:
        """Write a record of the decision where the run had nothing to write, so that none carries it."""
        deployments = {} if self.deployment is None else self.deployment.runs
        for name, one in deployments.items():
            if one.planned.skipped:
                continue
            if one.record is None and self.parameters.closing.get(name, {}).get("closing", {}).get("closes"):
                keep_records(self.fetched, self.parameters.records, self.where)
                facts = one.parameters.facts(self.connection, RecordKind.VERIFY, one.planned.seal)
                facts |= facts_beside(self.connection, name, one.parameters)
                ending = {"outcome": Outcome.APPLIED, "saved": bool(one.state.saved)}
                start_record(self.parameters.records, self.where, (), facts, ending=ending, trust=self.parameters.trust)


def why_not(vserver: Vserver) -> str:
    """Return why no policy can close a virtual server; "" where one can."""
    if vserver.enabled is False:
        return "it is switched off already"
    return "" if vserver.is_http else f"no policy answers {vserver.protocol or 'its protocol'}. Choose -e step=off"


def closing_facts(request: ClosingRequest, scope: Scope, closes: Ids) -> dict[str, dict[str, Any]]:
    """Return by admin partition what the change record says of a closing; nothing in a preview without a decision."""
    decision = request.decision
    return (
        {}
        if decision is None
        else {name: _facts(request, decision, scope, name, ids) for name, ids in closes.items() if ids}
    )


def _facts(
    request: ClosingRequest, decision: Decision, scope: Scope, partition: str, closes: Sequence[ObjectId]
) -> dict[str, Any]:
    overruled = [*scope.without_consent_of(partition, closes).values()]
    return {
        **decision.facts(),
        **({"overruled": overruled} if overruled else {}),
        "closing": {"step": str(request.step), "closes": [[type_, key[0]] for type_, key in closes], "opens": []},
    }


def require_only_in_scope(where: str, scope: Scope, result: PartitionedResult, measure: str = "") -> None:
    """:raises Refused: where a step changes what is bound at a virtual server that is out of scope: it would be opened, or closed without a decision"""
    for partition, part in result.partitions.items():
        wanted = {(one.kind, one.name) for one in scope.in_scope(partition)}
        touched = dict.fromkeys(_bound_by(part.plan.steps))
        others = [f"{kind} vserver {name}" for kind, name in touched if (kind, name) not in wanted]
        if others:
            text = (
                f"{where}: this would also change what is bound at {', '.join(others)}, which is out of scope: the records or the inventory do not "
                f"explain what is there. Widen the scope ({option_for(where, '-e vips=...')}), or bring what the inventory asks for in with apply.yml "
                "first. Nothing was changed."
            )
            is_asked = measure and measure not in closing_only()
            raise Refused(advice(text, *([APPLY.with_first(MITIGATION, measure)] if is_asked else [])))


def _bound_by(steps: Iterable[Step]) -> Iterator[tuple[str, str]]:
    """Yield the kind and the name of each virtual server at which steps change what is bound."""
    yield from ((step.type.removesuffix(_BINDING), step.key[0]) for step in steps if step.type.endswith(_BINDING))


def _kept(scope: Scope, partition: str, before: Iterable[ClosedTime], own: Sequence[Vserver]) -> Iterator[Vserver]:
    """Return what is closed in an admin partition afterwards: what was closed before and is still there, and what the run closes."""
    known = {one.object_id for one in before if one.partition == partition} | {one.object_id for one in own}
    yield from (choice.vserver for choice in scope.partitions[partition] if choice.vserver.object_id in known)


def _is_skipped(result: PartitionedResult, partition: str) -> bool:
    part = result.partitions.get(partition)
    return part is not None and bool(part.plan.skipped)


def _without_effect(result: PartitionedResult, closable: Closed) -> list[str]:
    """Return what stays open because the measure does not work there, in words."""
    return [
        f"{named(own)} STAYS OPEN: {result.partitions[name].plan.skipped}. Choose -e step=off"
        for name, own in closable.items()
        if own and _is_skipped(result, name)
    ]
