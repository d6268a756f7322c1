# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Plan a rollback: what removes a measure from one appliance, from its records or, without any, from the objects with our prefix.

There are two reasons. *undo* restores what was there before the last run; *after_fix*, the default, removes the measure if every
node of the appliance runs a fixed build. Both refuse if somebody else has changed the objects since.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain

from ...appliance.nitro.appliance import Vip
from ...appliance.nitro.connection import CLUSTER, Connection
from ...appliance.nitro.names import texts_of
from ...appliance.nitro.partitions import partitions_not_covered
from ...appliance.object_reads.vserver_reads import vips_of
from ...appliance.objects.resource_types import GLOBAL_TYPES, TYPES, Attributes, ObjectId
from ...appliance.objects.steps import FEATURE, Step
from ...catalogue.mitigation import Mitigation
from ...catalogue.observing import (
    POLICY,
    is_binding,
    is_passing,
    observing_objects,
    observing_policies,
    observing_stages,
)
from ...catalogue.run_parameters import Found
from ...change.execution.secondary import secondary_save_state
from ...change.planning.missing_files import named_files
from ...change.planning.planner import State, Target, basis_of, plan_in_stages, plan_steps
from ...change.planning.proof_seal import places_of, seal_beside
from ...change.planning.state_reader import Observation, Scope, observe, read_everywhere, read_members
from ...change.planning.unsaved_changes import ConfigurationTexts, unsaved_work
from ...change.records.appliance_lock import check_lock, may_have_left_lock
from ...change.records.authority import names_taken_over
from ...change.records.change_record import ChangeRecord, proven_places
from ...change.records.closed_time import still_closed
from ...change.records.continued_runs import applies, unfinished_removals, with_continued
from ...change.records.hash_chain import FOUND_UNDONE, unordered
from ...change.records.pending_edits import unapplied
from ...change.records.record_states import Outcome, RecordKind
from ...change.records.unshown_attributes import last_written, whole_steps
from ...change.records.usable_records import UsableRecords, known_records, other_runs, runs_of_other_measures
from ...foundation.errors import NitroError, Refused, TourniquetError
from ...foundation.host_setting import option_for
from ...foundation.next_action import MITIGATION, advice, carrying
from ...judgement.course.run import NOT_SAID
from ...judgement.exposure_reads.measure_in_place import scope_of
from ...judgement.inspection.other_measures import read_others_as_they_are
from ...judgement.inspection.ownership_state import target_of_records
from ...judgement.proof.next_action import APPLY
from ...judgement.verdicts.removal_conditions import (
    FIXED_ON_ALL_NODES,
    LINES_GONE,
    NOT_NEEDED,
    PROBES_NEGATIVE,
    Unmet,
    builds_without_fix,
    entries_that_rely_on_it,
    is_good_on_every_node,
    kept_from_build,
    not_probed,
    servers_behind,
    start_up_lines,
)
from ...judgement.verdicts.run_history import RunHistory, States
from ...measures.closing_measures import closing_only
from ...policies.conflicts import waiting_edits
from ...policies.hand_made import hand_made, parts_of, removable
from ...policies.protection import EVERY, taken_away
from ...policies.relied_upon import newly_passing
from ...policies.request_paths import Objects
from ..deployment.change_plan import require_all_usable, require_no_foreign_changes
from .rollback_plan import RetireParameters, RollbackParameters, RollbackPlan, RollbackReason


class RollbackPlanner:
    """Plans one rollback in the partition of the sessions. It only reads."""

    def __init__(self, connection: Connection, parameters: RollbackParameters) -> None:
        self.connection = connection
        self.parameters = parameters
        self.where = parameters.appliance.name
        self.owner = parameters.owner
        self.session = connection.primary

    def plan(self) -> RollbackPlan:
        """Compute the steps.

        :raises Refused: if a node needs the mitigation, somebody else has changed what would be removed, or a record is not trusted
        """
        parameters = self.parameters
        self._require_one_known_configuration()
        usable = known_records(self.connection, parameters, parameters.measure.reach).inside(parameters.scope)
        require_all_usable(self.where, usable)
        records, undoes = usable.records, self._in_force(usable)
        is_undone = parameters.why == RollbackReason.UNDO and not undoes
        plan = self._nothing_to_undo(records) if is_undone else self._plan(records, undoes)
        remarks = (*usable.remarks(self.where), *plan.remarks, *texts_of(self.session.unusable_names))
        return replace(plan, remarks=remarks, fetched=usable.fetched)

    def _plan(self, records: Sequence[ChangeRecord], undoes: Sequence[ChangeRecord]) -> RollbackPlan:
        parameters = self.parameters
        earlier = records[: records.index(undoes[0])] if undoes else ()
        history = RunHistory.of(undoes, earlier)
        observation = observe(self.session, Scope.of(history.objects, parameters.measure.traits.writing.set_types))
        state = self._state(observation, history, records)
        wanted, gone = _without_gone(self._wanted(state, history), state)
        wanted, kept = self._without_used_settings(wanted, state)
        found = self._hand_made_parts(state)
        wanted |= dict.fromkeys(found)
        self._require_unchanged(state, history, records)
        features, remarks = self._features_to_disable(history, state, wanted)
        target = Target(wanted, features)
        try:
            steps, checkpoints, observing = self._steps(state, target, found)
        except Refused as error:
            raise Refused(f"{self.where}: what was there before cannot be restored: {error}") from error
        steps = list(whole_steps(steps, last_written(records)))
        waiting = waiting_edits(steps, observation.edits, self.owner)
        if waiting:
            raise Refused(f"{self.where}: {' '.join(map(str, waiting))} Nothing was changed.")
        self._require_no_condition_unmet(state, target, steps)
        unsaved = unsaved_work(self.connection, self.owner, records, other_runs(self.parameters))
        if parameters.measure.traits.saving.is_saved:
            require_no_foreign_changes(
                self.where,
                parameters.unsaved,
                unsaved,
                steps,
                are_ours=partial(self._is_ours, records),
            )
        secondary_unsaved, unreadable = secondary_save_state(self.connection, self.parameters, records)
        locked = check_lock(self.connection, parameters, writes=bool(steps) or unsaved.ours or secondary_unsaved)
        return RollbackPlan(
            steps=tuple(steps),
            checkpoints=checkpoints,
            observing=observing,
            taken_over=names_taken_over(found),
            remarks=(*_not_shown(observation), *gone, *remarks, *kept, *unreadable, *locked),
            features_left=(*remarks, *kept),
            takes_away=self._takes_away(state, wanted, records) if steps or unsaved.ours else (),
            undoes=tuple(undoes),
            found_off=_found_off(state, wanted),
            found_beside=self._found_beside(records) if steps else "",
            basis=basis_of(state, target, steps),
            must_save=unsaved.ours,
            secondary_unsaved=secondary_unsaved,
            foreign_lines=tuple(unsaved.foreign),
            planned_at=self.connection.changed_at,
            keep_files=frozenset(named_files({**state.objects, **wanted}.values())),
            wanted=wanted,
            sources=history.sources,
            records=tuple(records),
        )

    def _takes_away(self, state: State, wanted: States, records: Sequence[ChangeRecord]) -> tuple[str, ...]:
        """Return the services from which protection goes that a node needs: after the fix, and of what protects nobody, none.

        What a rollback that died has removed goes by this run too: nobody has been told of it.

        What is closed by decision, with a geoblock or lists, protects from what nobody knows yet, so no attack of the catalogue shows it. An opening has its
        own decision, of a person with a reason; a retirement rests on the fix, or on requests that the build withstands.
        """
        measure = self.parameters.measure
        is_over = measure.traits.course.depends_on_build and not any(builds_without_fix(self.connection, measure))
        is_decided = self.owner.measure in closing_only() or bool(self.parameters.closing)
        if is_over or is_decided or self._is_retired_by_proof or not measure.traits.course.protects:
            return ()
        now, removed = (
            self._with_bindings(state),
            [step for one in unfinished_removals(records) for step in one.touched],
        )
        answers = state.features.get("RESPONDER", False) or any(step.type == FEATURE for step in removed)
        # Of what several of them changed, the first one knows what was there.
        gone = {one.object_id: one.before for one in reversed(removed) if one.before and one.type in TYPES}
        before = {**now, **gone}
        after = {id_: a for id_, a in {**now, **wanted}.items() if a is not None}
        found = taken_away(before, after, self.owner, (), policies_answer=answers)
        if found == (EVERY,):
            found = taken_away(before, after, self.owner, self._vservers(), policies_answer=answers)
        if not found or measure.traits.course.depends_on_build or still_closed(records):
            return found
        return found if self._lets_attacks_pass(before, after) else ()

    def _found_beside(self, records: Sequence[ChangeRecord]) -> str:
        """Return the fingerprint of what is bound where ours is bound: once ours is changed, no run can tell what it was beside."""
        proven = proven_places(records)
        if not self.parameters.measure.traits.course.depends_on_build or not proven:
            return ""
        left = {id_: one for id_, one in target_of_records(records, {}).objects.items() if one is not None}
        try:
            present = observe(self.session, scope_of(left)).state
        except TourniquetError:
            return NOT_SAID
        own = places_of(present.objects, self.owner)
        return seal_beside(present, own, self.owner, proven, {}) if own.objects else ""

    @property
    def _is_retired_by_proof(self) -> bool:
        parameters, proofs = self.parameters, {FIXED_ON_ALL_NODES, PROBES_NEGATIVE}
        return isinstance(parameters, RetireParameters) and bool(parameters.conditions & proofs)

    def _vservers(self) -> list[tuple[str, str]]:
        return [(vip.kind, vip.name) for vip in vips_of(self.parameters.appliance, self.session)]

    def _lets_attacks_pass(self, before: Objects, after: Objects) -> bool:
        """Return True if nothing but a measure that is for every build stops an attack of the catalogue that a node has no fix against."""
        needed = [one for one in self.parameters.others if not is_good_on_every_node(self.connection, one)]
        if not needed:
            return False
        others = {id_: a for id_, a in read_everywhere(self.session).items() if id_ not in before}
        before, after = {**others, **before}, {**others, **after}
        vservers = self._vservers()
        return any(newly_passing(before, after, one.traffic, one.current_version, vservers).attacks for one in needed)

    def _with_bindings(self, state: State) -> dict[ObjectId, Attributes]:
        """Return the objects with the bindings of our policies: a run that only changed a policy has no step for any."""
        own = {
            key[0]
            for (type_, key), attributes in state.objects.items()
            if type_ == POLICY and self.owner.owns_name(key[0]) and not is_passing(attributes)
        }
        bound = {str(a[TYPES[id_[0]].policy_attribute]) for id_, a in state.objects.items() if is_binding(id_)}
        return {**state.objects, **({} if own <= bound else read_everywhere(self.session))}

    def _steps(
        self, state: State, target: Target, found: Collection[ObjectId]
    ) -> tuple[list[Step], tuple[int, ...], tuple[str, ...]]:
        """Return the steps, the numbers of steps after which requests must show that nothing is exposed, and the policies that observe then.

        A retirement lets our policies observe first: what they no longer block is then still counted. Policies of others are unbound for
        these requests: they are not changed, and what is bound behind them goes on to judge each request.

        :param found: the objects of others that go
        """
        parameters = self.parameters
        if not isinstance(parameters, RetireParameters) or PROBES_NEGATIVE not in parameters.conditions:
            return plan_steps(state, target), (), ()
        own = {id_: a for id_, a in state.objects.items() if self.owner.owns(id_, a)}
        observing = observing_policies(observing_objects(own), self.owner)
        stages = [Target(changes) for changes in observing_stages(own)] if observing else []
        unbound = [id_ for id_ in found if is_binding(id_)]
        stages += [Target(dict.fromkeys(unbound))] if unbound else []
        steps, reached = plan_in_stages(state, stages, target)
        return steps, (reached[-1],) if stages else (), observing

    def _hand_made_parts(self, state: State) -> tuple[ObjectId, ...]:
        """Return all objects of the same mitigation that others made by hand, if they are to go.

        :raises Refused: if a policy of theirs does something else too
        """
        measure = self.parameters.measure
        if not self._removes_found or not isinstance(measure, Mitigation):
            return ()
        found = hand_made(state.objects, measure.traffic, measure.versions, measure.references)
        policies = removable(found, where=self.where, option="found=remove", measure=measure.id)
        return parts_of(state.objects, policies)

    @property
    def _removes_found(self) -> bool:
        return isinstance(self.parameters, RetireParameters) and self.parameters.found == Found.REMOVE

    def _nothing_to_undo(self, records: Sequence[ChangeRecord]) -> RollbackPlan:
        """The last run is already undone, or there was none; only the save of that may be missing on a node."""
        last = applies(records)[-1:]
        if last and last[0].undone_by != FOUND_UNDONE:  # and those that it had continued
            last = [record for record in applies(records) if record.undone_by == last[0].undone_by]
        unsaved = unsaved_work(self.connection, self.owner, records, other_runs(self.parameters))
        undone_by = {record.undone_by for record in last}
        was_saved = all(record.saved for record in records if record.name in undone_by)
        must_save = bool(last) and was_saved and unsaved.ours
        secondary_unsaved, unreadable = (
            (False, []) if unsaved.ours else secondary_save_state(self.connection, self.parameters, records)
        )
        locked = check_lock(self.connection, self.parameters, writes=must_save or secondary_unsaved)
        return RollbackPlan(
            remarks=(*unreadable, *locked, "there is no run of ours to undo"),
            must_save=must_save,
            secondary_unsaved=secondary_unsaved,
            foreign_lines=tuple(unsaved.foreign),
            planned_at=self.connection.changed_at,
            keep_files=self._files_in_use(),
            wanted=RunHistory.of(last).objects,
            records=tuple(records),
        )

    def _is_ours(self, records: Sequence[ChangeRecord]) -> bool:
        """Return True if our runs of all measures explain what is unsaved."""
        others = runs_of_other_measures(self.parameters)
        return not unsaved_work(self.connection, self.owner, records, others).foreign

    # -- what is there, and what is wanted ----------------------------------------------------------------------------

    def _state(self, observation: Observation, history: RunHistory, records: Sequence[ChangeRecord]) -> State:
        """Return what is there of the measure, with the members of its sets and with the edits that are not applied."""
        parameters, objects = self.parameters, dict(observation.state.objects)
        sets = [
            id_
            for id_, a in objects.items()
            if id_[0] in parameters.measure.traits.writing.set_types and self.owner.owns(id_, a)
        ]
        objects.update(read_members(self.session, [id_ for id_ in sets if id_ not in history.first]))
        has_policies = any(type_ == "responderpolicy" and self.owner.owns_name(key[0]) for type_, key in objects)
        if (parameters.removes_all and has_policies) or self._removes_found:
            # Another control node may have bound our policies elsewhere: every bind point is read.
            objects.update(read_everywhere(self.session))
        for commit in unapplied(records):
            objects[commit] = {"applied": False}
        return State(objects, observation.state.features)

    def _wanted(self, state: State, history: RunHistory) -> States:
        """Return the state of each object afterwards; None if it is removed."""
        wanted = history.objects
        if not self.parameters.removes_all:
            return wanted
        # What was ours before the first run that we know of is removed too.
        wanted = {
            id_: None if a and self._was_ours(id_, a, history) else a
            for id_, a in wanted.items()
            if not self._was_replaced(id_, history)
        }
        for object_id, attributes in state.objects.items():
            if self.owner.owns(object_id, attributes):
                wanted.setdefault(object_id, None)
        return wanted

    def _without_used_settings(self, wanted: States, state: State) -> tuple[States, list[str]]:
        """A setting that a mitigation changed keeps its value where others rely on it by now, or where that is not known.

        :returns: the states to restore, and in words which settings stay and how to restore them
        """
        measure, remarks, left = self.parameters.measure, [], dict(wanted)
        changed = [
            id_
            for id_, attributes in wanted.items()
            if TYPES[id_[0]].only_set and not TYPES[id_[0]].same(state.objects.get(id_), attributes)
        ]
        if not measure.traits.course.depends_on_build or not changed:
            return wanted, []
        text = ConfigurationTexts(self.session).running
        for object_id in changed:
            why = (
                "the configuration cannot be read"
                if text is None
                else measure.users_of_setting(object_id, text, self.owner)
            )
            if why:
                step = Step(*object_id, state.objects.get(object_id), left.pop(object_id))
                remarks.append(
                    f"{TYPES[object_id[0]].noun} stays as we set it: {why}. To restore it: {'; '.join(step.lines())}, then save ns config"
                )
        return left, remarks

    @staticmethod
    def _was_replaced(object_id: ObjectId, history: RunHistory) -> bool:
        """True if an object of others went because ours took its place: once the fix runs, nothing needs it back."""
        source = history.sources.get(object_id)
        if source is None or not source.taken_over:
            return False
        type_ = TYPES[object_id[0]]
        position = type_.key.index(type_.policy_attribute) if type_.policy_attribute else 0
        return bool(object_id[1]) and object_id[1][position] in source.taken_over

    def _was_ours(self, object_id: ObjectId, attributes: Attributes, history: RunHistory) -> bool:
        """True if an object was ours before the first run that we know of; an object that this run adopted was not.

        An object without a comment is known by its name only; if a run adopted anything, the name proves nothing.
        """
        adopted = any(
            before and TYPES[id_[0]].has_comment and not self.owner.owns(id_, before)
            for id_, before in history.objects.items()
        )
        return self.owner.owns(object_id, attributes) and (TYPES[object_id[0]].has_comment or not adopted)

    def _in_force(self, usable: UsableRecords) -> list[ChangeRecord]:
        """Return the runs that are not undone yet, oldest first; for an undo only the last run, if it is not undone, and those it continues.

        :raises Refused: if the records do not show which run is the last one
        """
        runs = applies(usable.records)
        if self.parameters.why == RollbackReason.UNDO:
            self._require_last(runs, usable)
            return with_continued([record for record in runs[-1:] if not record.undone_by], runs)
        return [record for record in runs if not record.undone_by]

    def _require_last(self, runs: Sequence[ChangeRecord], usable: UsableRecords) -> None:
        """:raises Refused: if two runs changed the same objects, and neither of their records follows the other"""
        open_runs = [record for record in runs if not record.undone_by]
        for one, last in unordered([record.name for record in open_runs], usable.chain)[-1:]:
            by_name = {record.name: record for record in open_runs[-2:]}
            if len(by_name) == 2 and {one, last} == by_name.keys() and _share_objects(*by_name.values()):
                raise Refused(
                    f"{self.where}: which of the runs {one} and {last} is the last one is not known, because neither record follows the "
                    f"other. Remove the measure as a whole with {option_for(self.where, '-e why=after_fix')}, and apply the version "
                    "that you want. Nothing was changed."
                )

    def _files_in_use(self) -> frozenset[str]:
        """Read which files are loaded, if a run that died may have left some that are not."""
        measure = self.parameters.measure
        if not measure.traits.writing.file_directory or not may_have_left_lock(self.connection, self.parameters):
            return frozenset()
        state = observe(self.session, Scope.of([], measure.traits.writing.set_types)).state
        return frozenset(named_files(state.objects.values()))

    # -- features -----------------------------------------------------------------------------------------------------

    def _features_to_disable(
        self, history: RunHistory, state: State, wanted: States
    ) -> tuple[dict[str, bool], list[str]]:
        """A feature that we enabled is disabled again only if nothing else can be using it.

        :returns: the features to disable, and why others stay enabled, in words
        """
        features, remarks = {}, []
        for feature in history.features_enabled:
            if not state.features.get(feature, False):
                continue
            user = self._user_of(feature, state, wanted)
            if user:
                remarks.append(
                    f"the feature {feature}, which was off before us, stays on: {user}. To switch it off, and with it what uses it: "
                    f"disable ns feature {feature}, then save ns config"
                )
            else:
                features[feature] = False
        return features, remarks

    def _user_of(self, feature: str, state: State, wanted: States) -> str:
        """Say what uses a feature apart from what is removed, or why that is not known; "" if nothing does."""
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
            bound = read_everywhere(self.session, GLOBAL_TYPES)
        except NitroError as error:
            return f"not every place where it may be used can be read ({error})"
        users = {
            str(attributes[TYPES[id_[0]].policy_attribute])
            for id_, attributes in bound.items()
            if wanted.get(id_, attributes) is not None
        }
        return f"it is used by {', '.join(sorted(users))}" if users else ""

    # -- refusals -----------------------------------------------------------------------------------------------------

    def _require_one_known_configuration(self) -> None:
        """:raises Refused: for a cluster, for a build that needs the mitigation, and if the partitions are unknown"""
        parameters = self.parameters
        if self.connection.is_cluster:
            raise Refused(f"{self.where}: {CLUSTER}. Nothing was changed.")
        if parameters.why == RollbackReason.RETIRE and not parameters.measure.traits.course.depends_on_build:
            text = f"{self.where}: {parameters.measure.id} is for every build, so no firmware replaces it. Take it out of the inventory, then apply.yml. "
            raise Refused(advice(f"{text}Nothing was changed.", APPLY.with_first(MITIGATION, parameters.measure.id)))
        if parameters.why == RollbackReason.AFTER_FIX and not parameters.accept_exposure:
            self._require_fixed_builds()
        unknown = "" if parameters.partition else partitions_not_covered(self.session)
        if unknown:
            raise Refused(f"{self.where}: {unknown}. Nothing was changed.")

    def _require_fixed_builds(self) -> None:
        if not self.parameters.measure.traits.course.depends_on_build:
            return
        accepted = f"accept the exposure with {option_for(self.where, '-e accept_exposure=true')}"
        ways = f"undo only the last run with -e why=undo, or {accepted}"
        if self.parameters.leaves:
            ways = f"""or {accepted} -e "who='the name of the person'" -e "reason='we leave'\""""
        for unmet in builds_without_fix(self.connection, self.parameters.measure):
            raise Refused(f"{self.where}: {unmet.text}. {unmet.fix}, {ways}. Nothing was changed.")

    def _require_no_condition_unmet(self, state: State, target: Target, steps: Sequence[Step]) -> None:
        """:raises Refused: naming all conditions of a retirement that are not met, if there is something to remove"""
        parameters, connection = self.parameters, self.connection
        if not isinstance(parameters, RetireParameters) or not steps:
            return
        vips = vips_of(parameters.appliance, self.session)
        after = {id_: a for id_, a in state.objects.items() if target.objects.get(id_, a) is not None}
        unmet_by_condition = {
            FIXED_ON_ALL_NODES: builds_without_fix(connection, parameters.measure),
            LINES_GONE: start_up_lines(connection, parameters.measure),
            NOT_NEEDED: entries_that_rely_on_it(connection, parameters.others, state.objects, after, vips),
            PROBES_NEGATIVE: chain(not_probed(parameters.appliance, vips), self._kept_from_build(state, vips)),
        }
        unmet = [one for name, found in unmet_by_condition.items() if name in parameters.conditions for one in found]
        unmet = [*servers_behind(parameters.measure)] or unmet
        if unmet:
            text = f"{self.where}: {parameters.measure.id} stays. {'. '.join(map(str, unmet))}. Nothing was changed."
            raise Refused(carrying(text, *(one.fix for one in unmet)))

    def _kept_from_build(self, state: State, vips: Sequence[Vip]) -> Iterator[Unmet]:
        """Yield the VIPs at which nothing would show that the build withstands the attack, once our policies only count."""
        parameters, session = self.parameters, self.session
        own = observing_objects({id_: a for id_, a in state.objects.items() if self.owner.owns(id_, a)})
        client = parameters.appliance.probe_from or session.local_address
        others = read_others_as_they_are(session, self.owner, vips, client, own)
        yield from kept_from_build(parameters.measure, vips, others)

    def _require_unchanged(self, state: State, history: RunHistory, records: Sequence[ChangeRecord]) -> None:
        """:raises Refused: if somebody else has changed an object since our runs, unless this is accepted"""
        if self.parameters.force:
            return
        left = RunHistory.of(_unfinished_removals(records)).known
        for object_id, applied in history.known.items():
            if object_id[0] == FEATURE:
                continue
            states = [*applied, *left.get(object_id, ())]
            now, type_ = state.objects.get(object_id), TYPES[object_id[0]]
            if type_.of and now is None:
                continue  # the object is gone, and its settings with it
            if type_.commits or type_.is_between(now, states):
                continue  # pending edits and halves of sets are as a run left them
            if not any(type_.same(now, then) for then in states):
                raise Refused(
                    f"{self.where}: the {type_.noun} {' '.join(object_id[1])} was changed since by somebody else: it is now {now}, and our "
                    f"record has other values. Look at it, then go on with {option_for(self.where, '-e force=true')}. Nothing was changed."
                )


def _found_off(state: State, wanted: States) -> tuple[str, ...]:
    """Return the features of what is there and is to be changed that are off: what was in place had no effect, and no step says so."""
    needed = {TYPES[type_].feature for type_, _key in wanted.keys() & state.objects.keys()} - {""}
    return tuple(sorted(name for name in needed if not state.features.get(name, False)))


def _unfinished_removals(records: Sequence[ChangeRecord]) -> list[ChangeRecord]:
    """Return the removals that did not come to their end, of those after the last apply: what they left is no change by others."""
    last = max((place for place, one in enumerate(records) if one.kind is RecordKind.APPLY), default=-1)
    ended = (Outcome.APPLIED, Outcome.REVERTED)
    return [one for one in records[last + 1 :] if one.kind is RecordKind.ROLLBACK and one.outcome not in ended]


def _without_gone(wanted: States, state: State) -> tuple[States, list[str]]:
    """Leave out the settings of objects of others that are gone: nothing is to be restored.

    :returns: the others, and in words which are gone
    """
    gone = [id_ for id_ in wanted if TYPES[id_[0]].of and id_ not in state.objects] if wanted else []
    texts = [f"the {TYPES[id_[0]].noun} {id_[1][0]} is gone, so nothing is to be restored on it" for id_ in gone]
    return {id_: attributes for id_, attributes in wanted.items() if id_ not in gone}, texts


def _share_objects(one: ChangeRecord, other: ChangeRecord) -> bool:
    """True if two runs changed an object in common."""
    return not {step.object_id for step in one.touched}.isdisjoint(step.object_id for step in other.touched)


def _not_shown(observation: Observation) -> list[str]:
    """Say which objects an appliance does not show while their feature is disabled."""
    return [
        f"while its feature is off the appliance does not show its {noun}, so its absence was not read"
        for noun in observation.not_shown
    ]
