# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One run on the node-local half of a measure: plan, then carry out, node by node.

Lease, record, files as they were, and for each node: knob, start-up file, read back over SSH and by systemfile. Then requests to the management
addresses; where they show harm, everything is taken back at once. Last, if asked for, the reboots (:mod:`.reboot`). What is about to be sent is in the
record before it is sent, so a run that died is continued by the same playbook.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import Any

from ...appliance.nitro.appliance import Address
from ...appliance.nitro.connection import Connection, Member
from ...appliance.nitro.names import DEFAULT
from ...appliance.nitro.node_files import read_file
from ...appliance.ssh.account import SshAccount
from ...appliance.ssh.framed_script import RunCommand
from ...appliance.ssh.openssh import run_command
from ...catalogue.acknowledgement import Acknowledgement
from ...catalogue.measure import BuildStatus, Measure
from ...catalogue.run_parameters import Probes, RunParameters
from ...change.execution.node_record import unfinished
from ...change.execution.node_step import NodeStep
from ...change.execution.node_transaction import NodeChange, NodeProof, NodeTransaction
from ...change.records.appliance_lock import ApplianceLock, release_left_lock
from ...change.records.change_record import ChangeRecord
from ...change.records.fetched_records import fetch_records, with_fetched
from ...change.records.new_record import start_record
from ...change.records.record_list import all_records
from ...change.records.record_states import Outcome, RecordKind
from ...change.records.sent_probes import note_counted, noted_probes
from ...foundation.counted import counted
from ...foundation.errors import Refused, TourniquetError
from ...judgement.course.coverage import ADDRESSES, Coverage
from ...judgement.proof.probes import Prober, VipProof, sent_in
from ...judgement.verdicts.policies_in_front import FrontReader
from .coverage import NodeCoverage, answers_of, probe_node, worst
from .file_step import FileStep
from .history import FILE, KNOB, NodeHistory, histories, last_covered, node_local_records
from .in_front import read_in_front
from .knob_step import KnobStep
from .knobs import Knob
from .lockout import management_lockout, read_bound_policies
from .own_hits import OwnHits
from .plan import NodeLocalPlan, NodePlan, ReadNode, make_plan
from .reboot import SENT_ONCE, reboot_steps
from .scripts import NodeShell
from .settings import NodeLocalSettings, Wanted
from .start_up_file import PATH, StartUpFile

_NEEDED = (BuildStatus.AFFECTED, BuildStatus.WANTED)
"""Not INEFFECTIVE: apply brings in no rule there, so there is none that could judge the management."""
_IN_THE_FILE = (Coverage.COVERED, Coverage.AFTER_REBOOT, Coverage.ONLY_COUNTS, Coverage.IN_FRONT, Coverage.PARTLY)
"""The states that a restart does not take away, where the start-up file has the line."""
PLAYBOOK = "the same playbook"
RULE_MISSING = (
    "no policy of the measure is bound globally, so none would judge the management: apply.yml binds it first"
)


@dataclass(frozen=True, kw_only=True)
class NodeLocalParameters:
    """The parameters of a run.

    :ivar account: None for a run that only looks (STATUS)
    :ivar expected: the seal of the plan that was shown; "" where none was
    """

    run: RunParameters
    measure: Measure
    knob: Knob
    settings: NodeLocalSettings
    account: SshAccount | None
    probes: Probes = Probes.FEW
    expected: str = ""
    acknowledgements: Sequence[Acknowledgement] = ()


@dataclass
class NodeLocalResult:
    """The end of a run.

    :ivar nodes: the management addresses at the end; empty for a plan
    :ivar missing: the nodes that were not looked at, as sentences
    :ivar told: the policies of others in front of ours that count for nothing, in words
    """

    plan: NodeLocalPlan | None = None
    nodes: Sequence[NodeCoverage] = ()
    missing: Sequence[str] = ()
    told: Sequence[str] = ()
    changed: bool = False
    record: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def state(self) -> Coverage:
        """The worst state; a node that was not looked at is unknown."""
        state = worst(self.nodes)
        order = list(Coverage)
        return min(state, Coverage.UNKNOWN, key=order.index) if self.missing else state


class NodeLocalRun:
    """One run on one open connection: :meth:`plan`, then :meth:`carry_out`; or :meth:`status`.

    :param run: how a command is sent over SSH; tests replace it
    """

    def __init__(self, connection: Connection, parameters: NodeLocalParameters, run: RunCommand = run_command) -> None:
        self.connection = connection
        self.parameters = parameters
        self.where = parameters.run.appliance.name
        self.locks: list[ApplianceLock] = []
        self.result = NodeLocalResult(missing=connection.missing_nodes)
        self._run = run
        given = (parameters.measure.traffic, parameters.acknowledgements, datetime.now(UTC).date())
        self._front = FrontReader(parameters.run, *given)
        owner = parameters.run.owner
        self._hits = OwnHits(connection.member(connection.primary), owner)
        others = (member for member in connection.members if member.session is not connection.primary)
        self._hits_of_others = [OwnHits(member, owner) for member in others]
        appliance = parameters.run.appliance
        self.prober = Prober(
            parameters.run.run,
            appliance.probe_from,
            timeout=appliance.connect_timeout,
            budget=connection.budget,
            before_request=connection.keep_lease,
        )

    # -- verbs --------------------------------------------------------------------------------------------------------

    def plan(self) -> NodeLocalPlan:
        """Return what is to be done. Reads over SSH and NITRO, and sends no probe.

        :raises Refused: where the plan is not the one that was shown
        :raises TourniquetError: where a node cannot be read
        """
        parameters, measure = self.parameters, self.parameters.measure
        status = [measure.build_status(node.build or self.connection.build) for node in self.connection.nodes]
        removed = parameters.settings.wanted is Wanted.ABSENT
        needed = any(one in (*_NEEDED, *([BuildStatus.INEFFECTIVE] if removed else [])) for one in status)
        reads = needed or parameters.settings.wanted is Wanted.ABSENT
        nodes = self._read_nodes() if reads else []
        upgrade = measure.upgrade_text([node.build or self.connection.build for node in self.connection.nodes], ())
        why = self._not_needed(status)
        plan = make_plan(parameters.knob, parameters.settings, nodes, needed=needed, why=why, upgrade=upgrade)
        plan = self._with_lockout(plan)
        if parameters.expected and parameters.expected != plan.seal:
            raise Refused(
                f"{self.where}: {PATH} or the role of a node was changed since the plan was shown. Look at the change, and plan again. "
                "Nothing was changed."
            )
        self.result.plan = plan
        return plan

    def _not_needed(self, status: Sequence[BuildStatus]) -> str:
        if BuildStatus.INEFFECTIVE in status:
            return f"{self.connection.build} does not evaluate the rule everywhere, so apply.yml brings none in"
        return f"{self.connection.build} does not need it"

    def status(self) -> NodeLocalResult:
        """Report the management address of each node, by its own answers and by systemfile; no SSH."""
        self.result.nodes = self._coverage()
        self._record_what_was_seen()
        return self.result

    def carry_out(self, plan: NodeLocalPlan) -> NodeLocalResult:
        """Carry out the plan.

        :raises Refused: where the plan has conflicts, somebody else has the lease or has changed a file; what was done before is in the record
        :raises TourniquetError: where a node cannot be changed, read back, rebooted, or where the management was harmed and all was taken back
        """
        self._require_possible(plan)
        if plan.skipped:
            return self.result
        before = self._coverage() if plan.present else ()
        if not plan.writes:  # a knob that somebody has set back since shows only now
            plan = self._with_lockout(plan.with_knobs({node.address: node.is_stopped for node in before}))
            self._require_possible(plan)
        else:
            plan = plan.with_knobs({node.address: node.is_stopped for node in before})
        self.result.nodes = before
        if plan.writes or any(node.reboots for node in plan.nodes) or self._left_open():
            self._change(plan, before)
        else:
            release_left_lock(self.connection, self.parameters.run)
            self._record_what_was_seen()
        return self.result

    def _require_possible(self, plan: NodeLocalPlan) -> None:
        """:raises Refused: where the plan has conflicts, or no rule is there that could judge the management"""
        if plan.conflicts:
            raise Refused(f"{self.where}: {' '.join(f'{one}.' for one in plan.conflicts)} Nothing was changed.")
        if plan.rule_missing:
            raise Refused(f"{self.where}: {RULE_MISSING}. Nothing was changed.")

    # -- reading ------------------------------------------------------------------------------------------------------

    def shell(self, address: Address) -> NodeShell:
        """Return the shell of a node."""
        account = self.parameters.account
        if account is None:
            raise Refused(f"{self.where}: this run has no SSH account")
        return NodeShell(account, address.host, self.where, self.connection.budget, self._run)

    def _read_nodes(self) -> list[ReadNode]:
        known = histories(self._records())
        roles = {node.address: node.role for node in self.connection.nodes}
        return [
            ReadNode(
                member.session.node,
                roles[member.session.node],
                self._read_file(member),
                known.get(str(member.session.node), NodeHistory()),
            )
            for member in self.connection.members
        ]

    def _read_file(self, member: Member) -> StartUpFile:
        """Return the start-up file of a node by SSH, if systemfile has the same content.

        :raises TourniquetError: where the two differ: one of them lies, and nothing is written by what it says
        """
        file = self.shell(member.session.node).read_start_up_file()
        content = read_file(self.connection.in_default(member.session), "rc.netscaler", "/nsconfig")
        if content != file.content:
            raise TourniquetError(
                f"{self.where}: {PATH} of {member.session.node.host} is another one over SSH than by systemfile. Read it on the "
                "console of the node: somebody may have changed it at this moment, or the node hides something"
            )
        return file

    def _with_lockout(self, plan: NodeLocalPlan) -> NodeLocalPlan:
        """Return the plan with the requests of the management that a global policy would stop as conflicts, and whether our rule is there at all."""
        if not plan.present or not plan.writes:
            return plan
        primary = self.connection.primary
        clients = (primary.local_address, *self.parameters.run.appliance.protected_addresses)
        with self.connection.inside(DEFAULT):
            bound = read_bound_policies(primary)
        conflicts, remarks = management_lockout(bound, clients)
        owner = self.parameters.run.owner
        if any(owner.owns_name(policy) for policy in bound.policies):
            return plan.with_conflicts(conflicts, remarks)
        return replace(plan.with_conflicts(conflicts, [*remarks, RULE_MISSING]), rule_missing=True)

    def _coverage(self) -> tuple[NodeCoverage, ...]:
        """Return the state of the management address of each reachable node, by its answers and its start-up file as it is now."""
        run = self.parameters.run
        if self.parameters.probes is Probes.NONE or not run.appliance.probe:
            return self._coverage_of_members()
        self._hits.begin()
        for one in self._hits_of_others:
            with contextlib.suppress(TourniquetError):  # then its hits count as those of others
                one.begin()
        return self._coverage_of_members()

    def _coverage_of_members(self) -> tuple[NodeCoverage, ...]:
        nodes = tuple(map(self._coverage_of, self.connection.members))
        if not any(node.depends_on_the_front for node in nodes):
            return nodes
        try:
            found = read_in_front(self.connection, self._front)
        except TourniquetError as error:  # nothing is proven by what was not read
            return tuple(
                replace(node, in_front=f"the policies in front of ours were not read: {error}") for node in nodes
            )
        self.result.told = found.told
        reason, sure = found.reason or next(iter(found.invoking), ""), bool(found.reason)
        return tuple(
            replace(node, in_front=reason, lets_past=sure, may_let_past=bool(reason) and not sure) for node in nodes
        )

    def _record_what_was_seen(self) -> None:
        """Write a record of a run without a change whose requests a rule stopped, as they are in its hit counter, or that saw an attack pass where the
        runs before it had seen none, or found a policy that leads attacks past ours everywhere, or may. It has what they showed too.
        """
        facts, run = self.counted(), self.parameters.run
        is_past = any((node.lets_past or node.may_let_past) and node.reason for node in self.result.nodes)
        if facts or is_past or any(map(self._is_covered_no_longer, self.result.nodes)):
            proof = {ADDRESSES: answers_of(self.result.nodes), **facts}
            stays = self.result.state in _IN_THE_FILE and all(node.count for node in self.result.nodes)
            ending = {"outcome": Outcome.APPLIED, "saved": stays, "proof": proof}
            about = run.facts(self.connection, RecordKind.VERIFY, "")
            start_record(run.records, self.where, (), about, ending=ending, trust=run.trust)

    def _is_covered_no_longer(self, node: NodeCoverage) -> bool:
        """Return True if an attack passed at an address that was covered when a run saw it last."""
        measure, address = self.parameters.measure.id, str(node.address)
        return node.is_stopped is False and bool(last_covered(self._all_records(), measure, address))

    def counted(self) -> Mapping[str, Any]:
        """Return the requests of this run in the counters of the primary, for its record; those of the other node are noted: it may be primary later."""
        run = self.parameters.run
        for one in self._hits_of_others:
            with contextlib.suppress(TourniquetError):  # then they count as those of others
                began, counted = datetime.now(UTC), one.counted()
                if counted is not None:
                    note_counted(run.records, self.where, run.run, began, counted)
        return self._hits.facts()

    def _coverage_of(self, member: Member) -> NodeCoverage:
        parameters, address = self.parameters, member.session.node
        try:
            content = read_file(self.connection.in_default(member.session), "rc.netscaler", "/nsconfig")
            count: int | None = StartUpFile(content).count(parameters.knob.line)
        except TourniquetError:
            count = None
        proof = self._probe(address, has_line=bool(count))
        why = "" if proof else self._why_not_probed(address)
        return NodeCoverage(address, count, proof, why, only_counts=self._hits.only_counts)

    def _why_not_probed(self, address: Address) -> str:
        """Return why no request was sent, and when a run last saw the address covered."""
        why = "probes is none" if self.parameters.run.appliance.probe else "netscaler_probe is false"
        covered = last_covered(self._all_records(), self.parameters.measure.id, str(address))
        return f"not probed: {why}" + (f"; covered when it was last probed, {covered}" if covered else "")

    def _probe(self, address: Address, *, has_line: bool) -> VipProof | None:
        parameters = self.parameters
        run = parameters.run
        if parameters.probes is Probes.NONE or not run.appliance.probe:
            return None
        hits = (self._hits, *self._hits_of_others)
        most = len(parameters.measure.traffic.cases)
        begun = next(filter(None, (one.uncounted(address, most) for one in hits)), None)
        with noted_probes(run.records, self.where, run.run, begun=begun) as note:
            proof = probe_node(
                self.prober, run.appliance, address, parameters.measure, run.owner.version, parameters.probes
            )
            note.sent = sent_in([proof] if proof else [])
            for one in hits:
                one.add(address, proof, has_line=has_line)
            # The record or the note of the whole run counts them; until then they are of unknown origin.
            note.counted = next(filter(None, (one.uncounted(address) for one in hits)), None)
        return proof

    # -- changing -----------------------------------------------------------------------------------------------------

    def _left_open(self) -> bool:
        """True if a run of ours died: its record is closed and its lease released, even if all that it wanted is done."""
        return bool(unfinished(self._records()))

    @cached_property
    def _fetched(self) -> list[ChangeRecord]:
        """The records of other control nodes, read once: one of them may have put there what is there."""
        run = self.parameters.run
        fetched, problems = fetch_records(self.connection, run.records, self.where, run.trust)
        self.result.notes += problems
        return fetched

    def _records(self) -> list[ChangeRecord]:
        return node_local_records(self._all_records(), self.parameters.measure.id)

    def _all_records(self) -> list[ChangeRecord]:
        run = self.parameters.run
        return with_fetched(all_records(run.records, self.where, run.trust), self._fetched)

    def _change(self, plan: NodeLocalPlan, before: Sequence[NodeCoverage]) -> None:
        """:param before: the management addresses before the change"""
        settings = self.parameters.settings
        facts = {"evidence": settings.evidence, "evidence_waived_by": settings.evidence_waived_by}
        change = NodeChange(
            plan=plan,
            noun="the node-local half",
            playbook=PLAYBOOK,
            steps=[step for node in plan.nodes for step in self._steps(plan, node)],
            last=reboot_steps(self.connection, plan.nodes, settings.reboot_timeout),
            records=self._records(),
            facts=facts if settings.reboot else {},
            sent_once=SENT_ONCE,
        )
        served = {one.address for one in before if one.proof is not None and one.proof.controls_served}
        proof = NodeLocalProof(self, plan, served)
        transaction = NodeTransaction(self.connection, self.parameters.run, change, proof)
        try:
            transaction.run()
        finally:
            self.locks += [transaction.lock] if transaction.lock is not None else []
            self.result.notes += [text for text in transaction.remarks if text not in self.result.notes]
            self.result.record = "" if transaction.record is None else str(transaction.record.path)
            self.result.changed = transaction.changed
            if transaction.reverted:
                self.result.nodes = ()

    def _steps(self, plan: NodeLocalPlan, node: NodePlan) -> list[NodeStep]:
        """Return the steps on one node, in their order."""
        member = next(one for one in self.connection.members if one.session.node == node.address)
        make = {KNOB: self._knob_step, FILE: self._file_step}
        lines = node.commands(plan.knob, present=plan.present)
        return [make[name](plan, node, member, line) for name, line in lines.items()]

    def _knob_step(self, plan: NodeLocalPlan, node: NodePlan, member: Member, line: str) -> NodeStep:
        return KnobStep(
            node=node.address,
            line=line,
            nitro=member.session,
            shell=self.shell(node.address),
            knob=plan.knob,
            is_set=plan.present,
        )

    def _file_step(self, plan: NodeLocalPlan, node: NodePlan, member: Member, line: str) -> NodeStep:
        return FileStep(
            node=node.address,
            name=FILE,
            line=line,
            nitro=member.session,
            shell=self.shell(node.address),
            path=PATH,
            before=node.before,
            after=node.after,
            synchronised=tuple(one.after.content for one in plan.nodes),
            read=partial(self._read_file, member),
        )

    def require_line_everywhere(self, plan: NodeLocalPlan) -> None:
        """After all nodes were changed: HA file synchronisation may have copied a file meanwhile.

        :raises TourniquetError: where a node has the line in another number than planned
        """
        wanted = {node.address: node.after.count(plan.knob.line) for node in plan.nodes}
        for member in self.connection.members:
            count = self._read_file(member).count(plan.knob.line)
            expected = wanted.get(member.session.node)
            if expected is not None and count != expected:
                raise TourniquetError(
                    f"{self.where}: {PATH} of {member.session.node.host} has the line {counted(count, 'time')} at the end, and not {expected}: HA file "
                    f"synchronisation may have copied the file of the other node. Run {PLAYBOOK} again"
                )

    # -- proof --------------------------------------------------------------------------------------------------------

    def proven(self) -> dict[str, Any]:
        """Look at the management addresses again, and return their answers for the record."""
        self.result.nodes = self._coverage()
        return {ADDRESSES: answers_of(self.result.nodes)}

    def harm_at(self, address: Address, *, was_served: bool) -> str:
        """Log in to a node whose knob was just set, and ask for its page; return why the management does not answer any more, or "".

        :param was_served: the page answered before
        """
        try:
            with self.connection.fresh_session(address) as session:
                session.read("nsversion")
            proof = self._probe(address, has_line=True)
        except TourniquetError as error:
            return str(error)
        if was_served and proof is not None and not proof.controls_served:
            return f"the page of {address.host} does not answer any more"
        return ""


@dataclass(frozen=True)
class NodeLocalProof(NodeProof):
    """The management address is the proof: attacks are stopped there, and its page answers.

    :ivar served: the addresses whose page answered before
    """

    run: NodeLocalRun
    plan: NodeLocalPlan
    served: Collection[Address]

    def still_holds(self) -> bool:
        again = self.run.plan()
        return again.seal == self.plan.seal and not again.conflicts and not again.rule_missing

    def harm_of(self, step: NodeStep) -> str:
        if step.name != KNOB or not self.plan.present:
            return ""
        harm = self.run.harm_at(step.node, was_served=step.node in self.served)
        return f"the management was harmed ({harm})" if harm else ""

    def after_steps(self) -> Mapping[str, Any]:
        # The hits before a reboot, with which the counters begin anew.
        return {**(self.run.proven() if self.plan.present else {}), **self.run.counted()}

    def after_last(self) -> Mapping[str, Any]:
        return self.run.proven() if self.plan.present else {}

    def require_kept(self) -> None:
        self.run.require_line_everywhere(self.plan)
