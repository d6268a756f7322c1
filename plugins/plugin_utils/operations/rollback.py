# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rollback: taking a measure off one appliance, from its records or, without any, from what carries our prefix.

Two reasons: *undo* takes back what the last run did; *after the fix*, the default, removes the measure where every node of
the appliance runs a fixed build. Both restore what was there, refuse where somebody else changed the objects since, and
prove the absence by reading it: an appliance that is down is a failure, not "already gone".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import BuildStatus, Measure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import RunParameters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import (
    NitroError,
    Refused,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.execution.change_transaction import (
    carry_out,
    confirm,
    require_as_planned,
    save_first,
    save_own_work,
    take_back,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.execution.file_delivery import named_files, tidy
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.execution.secondary import (
    follow_with_save,
    is_unsaved,
    lagging,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.execution.step_executor import StepFailed
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.resource_types import (
    COMMITS,
    GLOBAL_TYPES,
    TYPES,
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.steps import FEATURE, Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.virtual_servers import read_vips
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.appliance import Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.connection import CLUSTER, Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.partitions import partitions_not_covered
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.planner import (
    State,
    Target,
    basis_of,
    fingerprint,
    nothing,
    plan_steps,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.state_reader import (
    Scope,
    observe,
    read_everywhere,
    read_members,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.unsaved_changes import (
    last_change,
    unsaved_work,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.conflicts import (
    Conflict,
    unsaved_changes,
    waiting_edits,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.probes import (
    Prober,
    VipProof,
    harmed,
    probe_vip,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.appliance_lock import (
    ApplianceLock,
    check_lock,
    may_have_left_lock,
    release_left_lock,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.change_record import APPLIED, ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.hash_chain import FOUND_UNDONE
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.new_record import start_record
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.pending_edits import unapplied
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.record_copies import (
    RecordCopies,
    fetch_records,
    keep_records,
    merge_records,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.record_list import all_records


@dataclass(frozen=True, kw_only=True)
class RollbackParameters(RunParameters):
    """What is asked for.

    :ivar why: after_fix or undo
    :ivar accept_exposure: go on although a node runs a build that needs the mitigation
    :ivar force: go on although somebody else changed the objects since
    """

    measure: Measure
    why: str = "after_fix"
    accept_exposure: bool = False
    force: bool = False
    unsaved: str = "refuse"
    probe: bool = True

    def inside(self, partition: str) -> Self:
        return replace(super().inside(partition), measure=self.measure.inside(partition))


@dataclass
class RollbackPlan:
    """A planned, and then a done, rollback.

    :ivar remarks: what was left as it is, and why
    :ivar saved: whether what is ours is saved; None where a run stopped before that was known
    :ivar planned_at: when the configuration had been changed last, as it was planned
    :ivar keep_files: the files that are named by what is left
    :ivar peer_unsaved: the secondary would bring back in a reboot what is ours there
    :ivar wanted: how each object shall be afterwards; None where it shall not be there
    """

    steps: list[Step]
    remarks: list[str]
    undoes: list[ChangeRecord]
    basis: Mapping[str, Any]
    must_save: bool
    changed: bool = False
    record: str = ""
    saved: bool | None = None
    proofs: tuple[VipProof, ...] = ()
    probes_sent: int = 0
    foreign_lines: list[str] = field(default_factory=list)
    planned_at: str = ""
    keep_files: set[str] = field(default_factory=set)
    peer_unsaved: bool = False
    wanted: Mapping[ObjectId, Attributes | None] = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        """Whether anything is to be written to the appliance."""
        return bool(self.steps) or self.must_save or self.peer_unsaved

    @property
    def seal(self) -> str:
        return fingerprint(self.basis)


class Rollback:
    """One rollback on one open connection: :meth:`plan` finds out what to do, :meth:`carry_out` does it."""

    def __init__(self, connection: Connection, parameters: RollbackParameters) -> None:
        self.connection = connection
        self.parameters = parameters
        self.where = parameters.appliance.name
        self.lock: ApplianceLock | None = None
        self._fetched: list[ChangeRecord] = []
        self._records: list[ChangeRecord] = []

    def plan(self) -> RollbackPlan:
        """Work out the steps. Reads only.

        :raises Refused: where a node needs the mitigation, or somebody else changed what we would remove
        """
        parameters, session = self.parameters, self.connection.primary
        if self.connection.is_cluster:
            raise Refused(f"{self.where}: {CLUSTER}. Nothing was changed.")
        if parameters.why == "after_fix" and not parameters.accept_exposure:
            self._require_fixed_builds()
        unknown = "" if parameters.partition else partitions_not_covered(session)
        if unknown:
            raise Refused(f"{self.where}: {unknown}. Nothing was changed.")
        self._fetched, problems = fetch_records(self.connection, parameters.records, parameters.appliance.name)
        everything = merge_records(
            all_records(parameters.records, parameters.appliance.name), self._fetched, parameters.owner.measure
        )
        records = self._records = [record for record in everything if record.partition == parameters.scope]
        undoes = self._in_force(records)
        first, known = _history(undoes)
        if parameters.why == "undo" and not undoes:
            return self._nothing_to_undo(records, problems)
        observation = observe(
            session, Scope.of([id_ for id_ in first if id_[0] != FEATURE], parameters.measure.set_types)
        )
        objects = dict(observation.state.objects)
        sets = [
            id_
            for id_, a in objects.items()
            if id_[0] in parameters.measure.set_types and parameters.owner.owns(id_, a)
        ]
        objects.update(read_members(session, [id_ for id_ in sets if id_ not in first]))
        own_policies = any(type_ == "responderpolicy" and parameters.owner.owns_name(key[0]) for type_, key in objects)
        if parameters.why == "after_fix" and own_policies:
            # Another control node may have bound ours elsewhere: every place where it could be is read.
            objects.update(read_everywhere(session))
        for commit in unapplied(records):
            objects[commit] = {"applied": False}
        state = State(objects, observation.state.features)
        wanted: dict[ObjectId, Attributes | None] = {id_: before for id_, before in first.items() if id_[0] != FEATURE}
        if parameters.why == "after_fix":
            # What was ours already before the first run that we know of goes as well.
            wanted = {id_: None if a and self._was_ours(id_, a, first) else a for id_, a in wanted.items()}
            for object_id, attributes in objects.items():
                if parameters.owner.owns(object_id, attributes):
                    wanted.setdefault(object_id, None)
        self._require_unchanged(state, known)
        remarks = [*problems]
        remarks += [
            f"while its feature is off the appliance does not show its {noun}, so its absence was not read"
            for noun in observation.not_shown
        ]
        target = Target(wanted, self._features_to_restore(first, state, wanted, remarks))
        try:
            steps = plan_steps(state, target)
        except Refused as error:
            raise Refused(f"{self.where}: what was there before cannot be restored: {error}") from error
        self._require_no_edits(waiting_edits(steps, observation.edits, parameters.owner))
        unsaved = unsaved_work(self.connection, parameters.owner, records)
        if unsaved.foreign and (steps or unsaved.ours) and parameters.unsaved == "refuse":
            raise Refused(f"{self.where}: {unsaved_changes(unsaved.foreign)[0]} Nothing was changed.")
        peer_unsaved = self._is_peer_unsaved(records, remarks)
        remarks += check_lock(self.connection, parameters, writes=bool(steps) or unsaved.ours or peer_unsaved)
        return RollbackPlan(
            steps,
            remarks,
            undoes,
            basis_of(state, target, steps),
            must_save=unsaved.ours,
            saved=not unsaved.ours,
            foreign_lines=unsaved.foreign,
            planned_at=self.connection.changed_at,
            keep_files=named_files({**state.objects, **wanted}.values()),
            peer_unsaved=peer_unsaved,
            wanted=wanted,
        )

    def _nothing_to_undo(self, records: list[ChangeRecord], remarks: list[str]) -> RollbackPlan:
        """The last run was taken back before, or there was none; only a node may have missed the save of that."""
        last = self._applies(records)[-1:]
        first, _known = _history(last)
        unsaved = unsaved_work(self.connection, self.parameters.owner, records)
        undone_by = {record.content["undone_by"] for record in last}
        was_saved = all(record.content["saved"] for record in records if record.path.name in undone_by)
        must_save = bool(last) and was_saved and unsaved.ours
        peer_unsaved = not unsaved.ours and self._is_peer_unsaved(records, remarks)
        remarks += check_lock(self.connection, self.parameters, writes=must_save or peer_unsaved)
        return RollbackPlan(
            [],
            [*remarks, "there is no run of ours to undo"],
            [],
            nothing(),
            must_save=must_save,
            saved=not unsaved.ours,
            foreign_lines=unsaved.foreign,
            planned_at=self.connection.changed_at,
            peer_unsaved=peer_unsaved,
            wanted={id_: before for id_, before in first.items() if id_[0] != FEATURE},
        )

    def carry_out(self, rollback: RollbackPlan) -> None:
        """Do it: record, steps, read back, probes for harm, save, read that it is saved.

        :raises TourniquetError: where a step failed or legitimate traffic was harmed; what was done was undone, or it says what
        """
        keep_records(self._fetched, self.parameters.records, self.where)
        if not rollback.writes:
            died = may_have_left_lock(self.connection, self.parameters)
            release_left_lock(self.connection, self.parameters)
            self._look_at_peer(rollback)
            for undone in rollback.undoes:  # a rollback that died at its very end
                undone.note(undone_by=FOUND_UNDONE)
            if died:  # before its first write: what it left beside the configuration goes too
                self._tidy(rollback)
            return
        with ApplianceLock(self.connection, self.parameters) as self.lock:
            self._change(rollback, self.lock)

    def _change(self, rollback: RollbackPlan, lock: ApplianceLock) -> None:
        """With the lock held: look whether the plan still holds, then record, write, look for harm and save."""
        parameters, session = self.parameters, self.connection.primary
        prober = Prober(parameters.run, parameters.appliance.probe_from)
        vips = (
            (parameters.appliance.vips if parameters.appliance.vips is not None else read_vips(session))
            if self._probes()
            else ()
        )
        before = self._probe_controls(prober, vips) if rollback.steps else ()
        require_as_planned(self.connection, rollback.planned_at, lambda: self._is_same(rollback))
        record = lock.record = self._start_record(rollback, lock=lock.facts())
        rollback.record = str(record.path)
        with RecordCopies(self.connection, record, lock.notes):
            self._write(rollback, lock, record, prober, vips, before)

    def _is_same(self, rollback: RollbackPlan) -> bool:
        now = self.plan()
        return (now.seal, now.foreign_lines) == (rollback.seal, rollback.foreign_lines)

    def _write(
        self,
        rollback: RollbackPlan,
        lock: ApplianceLock,
        record: ChangeRecord,
        prober: Prober,
        vips: Iterable[Vip],
        before: tuple[VipProof, ...],
    ) -> None:
        parameters, session = self.parameters, self.connection.primary
        confirm(lock, record)
        if parameters.unsaved == "save_first" and rollback.foreign_lines:
            save_first(self.connection, record)
        if rollback.steps:
            rollback.saved = None  # what the plan read holds no longer, however this ends
        carry_out(self.connection, rollback.steps, record, "the rollback")
        changed_at = last_change(session) if rollback.steps else ""
        peer_followed = self._look_at_peer(rollback)
        if rollback.steps:
            rollback.proofs = self._probe_controls(prober, vips)
            harm = harmed(before, rollback.proofs)
            if harm:
                take_back(self.connection, rollback.steps, record, "; ".join(harm), "the rollback")
                raise StepFailed(
                    f"{self.where}: legitimate traffic was harmed, so the rollback was undone: {'; '.join(harm)}", True
                )
            rollback.saved = False
        rollback.probes_sent = prober.sent
        if parameters.unsaved == "apply_without_save" and rollback.foreign_lines:
            rollback.saved = False
        elif rollback.steps or rollback.must_save:
            save_own_work(
                self.connection,
                record,
                [*rollback.undoes, record],
                parameters.owner,
                changed_at=None if parameters.unsaved == "save_first" else changed_at,
                again="rollback.yml",
            )
            rollback.saved = True
        if self.connection.secondary is not None and peer_followed and rollback.saved:
            problem = follow_with_save(self.connection.secondary, parameters, [*self._records, record])
            rollback.remarks += [problem] if problem else []
        rollback.changed = True
        self._tidy(rollback)
        record.finish(
            APPLIED,
            saved=rollback.saved,
            proof={"state": "read back", "controls": [p.summary() for p in rollback.proofs]},
        )
        for undone in rollback.undoes:
            undone.note(undone_by=record.path.name)

    def _tidy(self, rollback: RollbackPlan) -> None:
        """Take away the files of ours that nothing needs any more."""
        directory = self.parameters.measure.file_directory
        if directory:
            rollback.remarks += tidy(self.connection, self.parameters.owner, directory, rollback.keep_files)

    # -- what to do ---------------------------------------------------------------------------------------------------

    def _require_fixed_builds(self) -> None:
        measure = self.parameters.measure
        if not measure.depends_on_build():
            return
        if self.connection.peers and len(self.connection.nodes) == 1:
            raise Refused(
                f"{self.where}: {self.connection.missing_nodes[0]}, so its build is not known. Name both nodes, or accept the "
                "exposure with -e accept_exposure=true. Nothing was changed."
            )
        for node in self.connection.nodes:
            if node.build is None:
                raise Refused(
                    f"{self.where}: node {node.address.host} cannot be asked for its build ({node.problem}), so it is not known to have the "
                    "fix. Bring it back first, or accept the exposure with -e accept_exposure=true. Nothing was changed."
                )
            if measure.build_status(node.build) not in (BuildStatus.FIXED, BuildStatus.NOT_AFFECTED):
                raise Refused(
                    f"{self.where}: node {node.address.host} runs {node.build}, which needs {measure.id}; the fix is in "
                    f"{measure.fix_for(node.build)}. Upgrade first, or accept the exposure with -e accept_exposure=true. Nothing was changed."
                )

    def _was_ours(self, object_id: ObjectId, attributes: Attributes, first: dict[ObjectId, Attributes | None]) -> bool:
        """Whether an object was ours before the first run that we know of; what was adopted then was not.

        A type without a comment tells it by its name only; where anything was adopted, the name proves nothing.
        """
        owner = self.parameters.owner
        adopted = any(
            before and id_[0] != FEATURE and TYPES[id_[0]].has_comment and not owner.owns(id_, before)
            for id_, before in first.items()
        )
        return owner.owns(object_id, attributes) and (TYPES[object_id[0]].has_comment or not adopted)

    def _in_force(self, records: Iterable[ChangeRecord]) -> list[ChangeRecord]:
        """The runs that were not taken back yet, oldest first; for an undo only the last run, if it was not."""
        runs = self._applies(records)
        if self.parameters.why == "undo":
            runs = runs[-1:]
        return [record for record in runs if not record.content.get("undone_by")]

    @staticmethod
    def _applies(records: Iterable[ChangeRecord]) -> list[ChangeRecord]:
        """The runs that put anything in, oldest first."""
        return [
            record
            for record in records
            # One that only applied what a run before it had edited has nothing of its own to be taken back.
            if record.content["kind"] == "apply" and any(step.type not in COMMITS.values() for step in record.touched)
        ]

    def _require_unchanged(self, state: State, known: dict[ObjectId, list[Attributes | None]]) -> None:
        if self.parameters.force:
            return
        for object_id, states in known.items():
            if object_id[0] == FEATURE:
                continue
            now = state.objects.get(object_id)
            type_ = TYPES[object_id[0]]
            if type_.commits or type_.is_between(
                now, states
            ):  # pending edits, and halves of sets, are as a run left them
                continue
            if not any(type_.same(now, then) for then in states):
                raise Refused(
                    f"{self.where}: the {type_.noun} {' '.join(object_id[1])} was changed since by somebody else: it is now {now}, and our "
                    "record knows other values. Look at it, then go on with -e force=true. Nothing was changed."
                )

    def _require_no_edits(self, waiting: Sequence[Conflict]) -> None:
        if waiting:
            raise Refused(f"{self.where}: {' '.join(map(str, waiting))} Nothing was changed.")

    def _features_to_restore(
        self,
        first: dict[ObjectId, Attributes | None],
        state: State,
        wanted: dict[ObjectId, Attributes | None],
        remarks: list[str],
    ) -> dict[str, bool]:
        """A feature that we switched on goes off again only where nothing else can be using it."""
        features = {}
        for object_id, before in first.items():
            feature = object_id[1][0] if object_id[0] == FEATURE else ""
            if not feature or (before or {}).get("enabled") or not state.features.get(feature, False):
                continue
            user = self._user_of(feature, state, wanted)
            if user:
                remarks.append(f"the feature {feature}, which was off before us, stays on: {user}")
            else:
                features[feature] = False
        return features

    def _user_of(self, feature: str, state: State, wanted: dict[ObjectId, Attributes | None]) -> str:
        others = [
            key[0]
            for type_, key in state.objects
            if type_ == "responderpolicy" and wanted.get((type_, key), {"name": key[0]}) is not None
        ]
        if feature != "RESPONDER":
            return "Tourniquet cannot read every place where it may be used"
        if not others:
            return ""
        try:
            bound = read_everywhere(self.connection.primary, GLOBAL_TYPES)
        except NitroError as error:
            return f"not every place where it may be used can be read ({error})"
        users = {
            str(attributes[TYPES[id_[0]].policy_attribute])
            for id_, attributes in bound.items()
            if wanted.get(id_, attributes) is not None
        }
        return f"it is used by {', '.join(sorted(users))}" if users else ""

    # -- doing it -----------------------------------------------------------------------------------------------------

    def _is_peer_unsaved(self, records: list[ChangeRecord], remarks: list[str]) -> bool:
        """Whether the secondary has something of ours to save; only who has had something of ours is asked."""
        peer = self.connection.secondary
        if peer is None or self.connection.peer_problem or not any(record.touched for record in records):
            return False
        try:
            return is_unsaved(peer, self.parameters, records)
        except TourniquetError as error:
            remarks.append(f"whether the secondary {peer.node.host} has saved it cannot be read: {error}")
            return False

    def _look_at_peer(self, rollback: RollbackPlan) -> bool:
        """What is taken off must be gone on the secondary too, or a failover brings it back; says whether it is."""
        peer = self.connection.secondary
        if self.connection.peer_problem:
            rollback.remarks.append(self.connection.peer_problem)
            return False
        looks = rollback.undoes or rollback.writes
        # What never reached the primary, or is gone there already, may still be on the secondary.
        idle = [Step(*id_, None, after) for id_, after in rollback.wanted.items()] if looks else []
        steps = [*idle, *rollback.steps]
        if peer is None or not steps:
            return True
        try:
            wrong = lagging(peer, steps)
        except TourniquetError as error:
            wrong = [str(error)]
        rollback.remarks += [f"the secondary {peer.node.host} did not follow: {text}" for text in wrong]
        return not wrong

    def _probes(self) -> bool:
        return self.parameters.probe and self.parameters.appliance.probe

    def _probe_controls(self, prober: Prober, vips: Iterable[Vip]) -> tuple[VipProof, ...]:
        parameters = self.parameters
        controls = [case for case in parameters.measure.traffic.legitimate if case.probe and case.session != "with"]
        by_vip = {vip: [case for case in controls if case.is_at(f"{vip.kind} vserver {vip.name}")][:1] for vip in vips}
        return tuple(
            probe_vip(prober, vip, own, parameters.measure, parameters.appliance.marker)
            for vip, own in by_vip.items()
            if vip.probe and own
        )

    def _start_record(self, rollback: RollbackPlan, **more: Any) -> ChangeRecord:
        parameters = self.parameters
        facts = parameters.facts(self.connection, "rollback", rollback.seal)
        facts |= {"why": parameters.why, "undoes": [record.path.name for record in rollback.undoes], **more}
        return start_record(parameters.records, parameters.appliance.name, rollback.steps, facts)


def _history(
    records: Iterable[ChangeRecord],
) -> tuple[dict[ObjectId, Attributes | None], dict[ObjectId, list[Attributes | None]]]:
    """From some runs, oldest first: what each touched object was at the beginning, and every state that we know of it."""
    first: dict[ObjectId, Attributes | None] = {}
    known: dict[ObjectId, list[Attributes | None]] = {}
    for record in records:
        for step in record.touched:
            first.setdefault(step.object_id, step.before)
            known.setdefault(step.object_id, []).extend((step.before, step.after))
    return first, known
