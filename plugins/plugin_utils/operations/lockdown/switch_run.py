# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Switching virtual servers off and on: what a lockdown and a reopening have in common.

Inspect, record, switch, read back, prove, save. The proof has three parts: the management still lets us in on a fresh
connection, the virtual servers that are not meant answer as before, and those that are meant do what they shall. If one of
the first two is lost, the inverse is played at once.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import RunParameters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import Refused, TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.execution.change_transaction import (
    carry_out,
    confirm,
    require_as_planned,
    save_first,
    save_own_work,
    take_back,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.execution.secondary import (
    follow_with_save,
    is_unsaved,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.execution.step_executor import StepFailed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.resource_types import ObjectId
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.virtual_servers import (
    VSERVER_TYPES,
    Usage,
    Vserver,
    read_sessions,
    read_switches,
    read_usage,
    read_vservers,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.partitions import read_partitions
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.operations.lockdown.decision import (
    ClosureScope,
    Decision,
    VserverChoice,
    unmatched,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.operations.lockdown.reachability import (
    Watch,
    answers,
    watch_list,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.planner import fingerprint
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.unsaved_changes import (
    last_change,
    unsaved_work,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.conflicts import unsaved_changes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.probes import Prober
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.verdict_table import Verdict
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records import closures
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.appliance_lock import (
    ApplianceLock,
    check_lock,
    release_left_lock,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.change_record import APPLIED, ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.closures import ClosedVserver
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.control_node_lock import ControlNodeLock
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.new_record import start_record
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.record_copies import (
    RecordCopies,
    fetch_records,
    keep_records,
    merge_records,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.record_list import all_records

LOGIN_ATTEMPTS = 3
LOGIN_PAUSE = 2.0  # seconds


@dataclass(frozen=True, kw_only=True)
class SwitchParameters(RunParameters):
    """What is asked for.

    :ivar decision: None in a preview of which nobody has said yet who decides it, and why
    :ivar unsaved: refuse, apply_without_save or save_first
    :ivar save: proven, always or never
    :ivar extend: a lockdown that is in force gets this decision in place of its own
    :ivar force: reopen although a virtual server has another address by now
    """

    wanted: ClosureScope = field(default_factory=ClosureScope)
    decision: Decision | None = None
    unsaved: str = "refuse"
    save: str = "proven"
    extend: bool = False
    force: bool = False


@dataclass
class SwitchPlan:
    """What was found, what would be done, and then what was done.

    :ivar choices: every virtual server of the appliance, and why it is left alone
    :ivar held: those in scope that an earlier lockdown of ours closed, and that are still closed
    :ivar covers: what this run's decision is in force for
    :ivar completes: what an earlier run switched without coming to its end
    :ivar released: what was ours, and has been opened or removed by somebody else
    :ivar peer_unsaved: the secondary would bring back in a reboot what we switched
    :ivar contradicted: what was switched, and does not behave so, in words
    :ivar unproven: of what it is not known whether it behaves so, in words
    """

    choices: list[VserverChoice] = field(default_factory=list)
    usage: dict[ObjectId, Usage] = field(default_factory=dict)
    sessions: int | None = None
    held: dict[ObjectId, ClosedVserver] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    covers: list[ObjectId] = field(default_factory=list)
    completes: list[ObjectId] = field(default_factory=list)
    released: list[ObjectId] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    not_covered: list[str] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    foreign_lines: list[str] = field(default_factory=list)
    basis: Mapping[str, Any] = field(default_factory=dict)
    must_save: bool = False
    peer_unsaved: bool = False
    saved: bool | None = None
    contradicted: list[str] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)
    watch: Watch | None = None
    changed: bool = False
    record: str = ""
    failed: str = ""
    verdict: Verdict | None = None

    @property
    def writes(self) -> bool:
        """Whether anything is to be written to the appliance."""
        return bool(self.steps) or self.must_save or self.peer_unsaved

    @property
    def seal(self) -> str:
        return fingerprint(self.basis)

    @property
    def vservers(self) -> list[Vserver]:
        return [choice.vserver for choice in self.choices]

    @property
    def in_scope(self) -> list[Vserver]:
        return [choice.vserver for choice in self.choices if not choice.reason]

    def by_id(self, object_id: ObjectId) -> Vserver | None:
        return next((vserver for vserver in self.vservers if vserver.object_id == object_id), None)


class Switching(ABC):
    """One run on one open connection: :meth:`plan` finds out what to do, :meth:`carry_out` does it."""

    kind: ClassVar[str]
    playbook: ClassVar[str]
    targets_answer: ClassVar[bool]

    def __init__(self, connection: Connection, parameters: SwitchParameters) -> None:
        self.connection = connection
        self.parameters = parameters
        self.where = parameters.appliance.name
        self.prober = Prober(parameters.run, parameters.appliance.probe_from)
        self.records: list[ChangeRecord] = []
        self.locks: list[ApplianceLock] = []
        self._fetched: list[ChangeRecord] = []

    @abstractmethod
    def _choose(self, vservers: list[Vserver]) -> list[VserverChoice]:
        """Which virtual servers are meant."""

    @abstractmethod
    def _decide(self, plan: SwitchPlan, ours: dict[ObjectId, ClosedVserver]) -> None:
        """Work out the steps, from the choices and from what our records say."""

    @abstractmethod
    def _contradiction(self, vserver: Vserver, answer: str) -> str:
        """What to say of a target that does not behave as it was switched."""

    def _verdict(self, plan: SwitchPlan) -> Verdict | None:
        return None

    def plan(self) -> SwitchPlan:
        """Work out the steps. Reads only, and no probe is sent.

        :raises Refused: where the appliance cannot be judged, or others have unsaved work
        """
        parameters, session = self.parameters, self.connection.primary
        self._require_one_configuration()
        vservers = read_vservers(session)
        self._fetched, problems = fetch_records(self.connection, parameters.records, self.where)
        self.records = merge_records(all_records(parameters.records, self.where), self._fetched, closures.MEASURE)
        plan = SwitchPlan(self._choose(vservers))
        plan.unmatched = unmatched(vservers, parameters.wanted, parameters.appliance)
        plan.not_covered += self.connection.missing_nodes
        plan.remarks += problems
        self._decide(plan, closures.closed_by_us(self.records))
        plan.basis = {  # nothing that counts
            "features": {},
            "objects": [[[v.name], v.type, {"place": str(v.place), "enabled": v.enabled}] for v in vservers],
            "steps": [step.to_json() for step in plan.steps],
        }
        self._look_at_saved(plan)
        plan.remarks += check_lock(self.connection, parameters, writes=plan.writes)
        self._compare_secondary(
            plan, {v.object_id: bool(v.enabled) for v in map(plan.by_id, [*plan.held, *plan.released]) if v}
        )
        plan.verdict = self._verdict(plan)
        return plan

    def carry_out(self, plan: SwitchPlan) -> None:
        """Do it.

        :raises TourniquetError: where a step failed, the management or others were harmed (it was undone then), or it is not saved
        """
        parameters = self.parameters
        if not plan.writes:
            release_left_lock(self.connection, parameters)
        if self.is_idle(plan):
            return
        keep_records(self._fetched, parameters.records, self.where)
        if not plan.writes:  # the appliance is only looked at
            with ControlNodeLock(parameters.records, self.where):
                self._record_and_prove(plan)
            return
        with ApplianceLock(self.connection, parameters) as lock:
            self.locks.append(lock)
            watch = self._watch(plan)
            watch.look_before()
            require_as_planned(self.connection, self.connection.changed_at, lambda: self._is_same(plan))
            self._switch(plan, watch, lock)

    def _is_same(self, plan: SwitchPlan) -> bool:
        now = self.plan()
        return (now.seal, now.foreign_lines) == (plan.seal, plan.foreign_lines)

    def _record_and_prove(self, plan: SwitchPlan) -> None:
        """A decision that is put on record where nothing is to be switched."""
        watch = self._watch(plan)
        watch.look_before()
        record = self._start_record(plan, watch)
        plan.record = str(record.path)
        if plan.completes:
            self._prove(plan, watch, record)
        self._finish(plan, watch, record)

    def _switch(self, plan: SwitchPlan, watch: Watch, lock: ApplianceLock) -> None:
        record = lock.record = self._start_record(plan, watch, lock=lock.facts())
        plan.record = str(record.path)
        with RecordCopies(self.connection, record, lock.notes):
            confirm(lock, record)
            self._write(plan, watch, record)

    def _write(self, plan: SwitchPlan, watch: Watch, record: ChangeRecord) -> None:
        parameters, session = self.parameters, self.connection.primary
        if parameters.unsaved == "save_first" and plan.foreign_lines and plan.steps:
            save_first(self.connection, record)
        if plan.steps:
            plan.saved = None  # what the plan read holds no longer, however this ends
            carry_out(self.connection, plan.steps, record, f"the {self.kind}")
            plan.saved, plan.must_save, plan.changed = False, True, True
            self._compare_secondary(plan, {step.object_id: self.targets_answer for step in plan.steps})
        changed_at = last_change(session) if plan.steps else ""
        if plan.steps or plan.completes:
            self._prove(plan, watch, record)
        if self._may_save(plan, plan.must_save) and (not plan.contradicted or parameters.save == "always"):
            save_own_work(
                self.connection,
                record,
                [*self.records, record],
                parameters.owner,
                changed_at=None if parameters.unsaved == "save_first" else changed_at,
                again=self.playbook,
            )
            plan.saved = plan.changed = True
        peer = self.connection.secondary
        if peer is not None and plan.saved and self._may_save(plan, plan.steps or plan.peer_unsaved):
            problem = follow_with_save(peer, parameters, [*self.records, record])
            plan.not_covered += [problem] if problem else []
        self._finish(plan, watch, record)

    def _finish(self, plan: SwitchPlan, watch: Watch, record: ChangeRecord) -> None:
        record.finish(APPLIED, saved=plan.saved is True, proof=self._proof(plan, watch))
        self.records.append(record)
        plan.verdict = self._verdict(plan)
        if plan.contradicted:
            kept = "" if plan.saved else "; it stays so, and is not saved (-e save=always saves it all the same)"
            plan.failed = f"{self.where}: {'; '.join(plan.contradicted)}{kept}"

    def is_idle(self, plan: SwitchPlan) -> bool:
        """Whether nothing is to be done, and nothing to be recorded."""
        pending = plan.steps or plan.covers or plan.completes or plan.released
        return not pending and not self._may_save(plan, plan.must_save or plan.peer_unsaved)

    # -- the parts ----------------------------------------------------------------------------------------------------

    def _require_one_configuration(self) -> None:
        if self.connection.is_cluster:
            raise Refused(f"{self.where}: this is a cluster, whose virtual servers Tourniquet cannot switch yet")
        partitions = read_partitions(self.connection.primary)
        if partitions is None:
            raise Refused(f"{self.where}: whether there are admin partitions cannot be read (allow: show ns partition)")
        if partitions:
            raise Refused(
                f"{self.where}: there are admin partitions ({', '.join(partitions)}), whose virtual servers Tourniquet cannot see yet"
            )

    def _look_at_saved(self, plan: SwitchPlan) -> None:
        plan.peer_unsaved = self._is_peer_unsaved(plan)
        unsaved = unsaved_work(self.connection, self.parameters.owner, self.records)
        plan.must_save, plan.saved, plan.foreign_lines = unsaved.ours, not unsaved.ours, unsaved.foreign
        if unsaved.foreign and (plan.steps or unsaved.ours) and self.parameters.unsaved == "refuse":
            raise Refused(f"{self.where}: {unsaved_changes(unsaved.foreign)[0]} Nothing was changed.")

    def _is_peer_unsaved(self, plan: SwitchPlan) -> bool:
        """Whether the secondary has something of ours to save; only who has had something of ours is asked."""
        peer = self.connection.secondary
        ours = [
            record
            for record in self.records
            if record.content["kind"] in (closures.LOCKDOWN, closures.REOPEN) and record.touched
        ]
        if peer is None or not ours:
            return False
        try:
            return is_unsaved(peer, self.parameters, ours)
        except TourniquetError as error:
            plan.not_covered.append(f"whether the secondary {peer.node.host} has saved it cannot be read: {error}")
            return False

    def _may_save(self, plan: SwitchPlan, must_save: object) -> bool:
        without = self.parameters.unsaved == "apply_without_save" and bool(plan.foreign_lines)
        return bool(must_save) and self.parameters.save != "never" and not without

    def _compare_secondary(self, plan: SwitchPlan, expected: dict[ObjectId, bool]) -> None:
        """What is switched on the primary must be so on the secondary, or a failover reverses it."""
        session = self.connection.secondary
        if session is None or not expected:
            return
        try:
            there = {}
            for type_name in sorted({type_name for type_name, _key in expected} & VSERVER_TYPES.keys()):
                there.update(read_switches(session, type_name))
        except TourniquetError as error:
            plan.not_covered.append(f"the virtual servers of the secondary {session.node.host} cannot be read: {error}")
            return
        for state, wanted in (("off", False), ("on", True)):
            differing = [
                id_[1][0] for id_, on in expected.items() if on is wanted and there.get(id_) != {"enabled": on}
            ]
            if differing:
                plan.not_covered.append(
                    f"on the secondary {session.node.host} {', '.join(differing)} is not switched {state}: a failover would reverse it"
                )

    def _watch(self, plan: SwitchPlan) -> Watch:
        targets = [*(step.object_id for step in plan.steps), *plan.completes]
        if not targets:
            return Watch(self.prober, [], {})
        watched, not_probed = watch_list(plan.vservers, targets, self.parameters.appliance)
        plan.unproven += not_probed
        return Watch(self.prober, watched, {id_: plan.held[id_].answered for id_ in targets if id_ in plan.held})

    def _prove(self, plan: SwitchPlan, watch: Watch, record: ChangeRecord) -> None:
        problem = self._management_problem()
        if problem and plan.steps:
            self._take_back(plan, record, f"the management could no longer be reached: {problem}")
        watch.look_after(targets_answer=self.targets_answer)
        plan.watch = watch
        harm = watch.harmed()
        if harm and plan.steps:
            self._take_back(plan, record, "; ".join(harm))
        for one, answer in watch.targets():
            did = watch.did_answer(one.vserver.object_id)
            if answers(answer) is not self.targets_answer and (did or not self.targets_answer):
                plan.contradicted.append(self._contradiction(one.vserver, str(answer.status or answer.error or "TLS")))
            elif not did:
                known = "did not answer" if did is False else "was not asked"
                plan.unproven.append(f"{one.vserver} {known} before the lockdown, so its answer now proves nothing")

    def _management_problem(self) -> str:
        """Why a fresh login fails, or ""."""
        problem = ""
        for attempt in range(LOGIN_ATTEMPTS):
            if attempt:
                time.sleep(LOGIN_PAUSE)
            try:
                self.connection.log_in_afresh()
            except TourniquetError as error:
                problem = str(error)
            else:
                return ""
        return problem

    def _take_back(self, plan: SwitchPlan, record: ChangeRecord, why: str) -> None:
        """:raises StepFailed: always; it says whether undoing it worked"""
        take_back(self.connection, plan.steps, record, why, f"the {self.kind}")
        plan.saved, plan.changed = None, False
        raise StepFailed(f"{self.where}: {why}. So the {self.kind} was undone at once.", undone=True)

    def _proof(self, plan: SwitchPlan, watch: Watch) -> dict[str, Any]:
        return {
            "state": "read back",
            "management": "logged in afresh" if plan.watch is not None else "",
            "contradicted": plan.contradicted,
            "unproven": plan.unproven,
            **watch.summary(),
        }

    def _start_record(self, plan: SwitchPlan, watch: Watch, **more: Any) -> ChangeRecord:
        parameters = self.parameters
        facts = parameters.facts(self.connection, self.kind, plan.seal) | more
        facts |= parameters.decision.facts() if parameters.decision is not None else {}
        facts |= {
            "covers": _names(plan.covers),
            "completes": _names(plan.completes),
            "released": _names(plan.released),
            "sessions": plan.sessions,
            "vservers": [self._row(plan, choice, watch) for choice in plan.choices],
        }
        return start_record(parameters.records, self.where, plan.steps, facts)

    def _row(self, plan: SwitchPlan, choice: VserverChoice, watch: Watch) -> dict[str, Any]:
        """One virtual server as it was found, for the record."""
        vserver = choice.vserver
        usage = plan.usage.get(vserver.object_id, Usage())
        return {
            "type": vserver.type,
            "name": vserver.name,
            "place": str(vserver.place),
            "protocol": vserver.protocol,
            "enabled": vserver.enabled,
            "left_alone": choice.reason,
            "users": usage.users,
            "connections": usage.connections,
            "answered": watch.did_answer(vserver.object_id),
        }

    def _read_usage(self, plan: SwitchPlan, object_ids: Iterable[ObjectId]) -> None:
        chosen = [vserver for id_ in object_ids if (vserver := plan.by_id(id_)) is not None]
        plan.usage = read_usage(self.connection.primary, chosen)
        plan.sessions = read_sessions(self.connection.primary)


def _names(object_ids: Iterable[ObjectId]) -> list[list[str]]:
    return [[type_, key[0]] for type_, key in object_ids]


def now() -> datetime:
    return datetime.now(UTC)
