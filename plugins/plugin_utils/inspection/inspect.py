# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Looking at an appliance with a measure in mind: what is there, what would change, and what is in the way.

Reads only. A plan, a status and the first half of an apply are all this; there is no second code path.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import Document
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import (
    OBSERVE,
    BuildStatus,
    Placement,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import ResolvedParameters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import NitroError, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.execution.file_delivery import Missing, look_for
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.ownership import version_in
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.resource_types import (
    GLOBAL_TYPES,
    TYPES,
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.steps import FEATURE, Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.virtual_servers import (
    VSERVER_TYPES,
    Vserver,
    read_vservers,
    vip_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.appliance import VIP_KINDS, Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.connection import CLUSTER, Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.partitions import why_not_the_default_only
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.session import Row, Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.drift import drift_of, saved_drift
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.planner import (
    State,
    Target,
    plan_in_stages,
    plan_steps,
    seal,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.restored_settings import (
    Former,
    former_settings,
    to_give_back,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.state_reader import (
    MEMBER_TYPES,
    Observation,
    Scope,
    is_licensed,
    observe,
    read_everywhere,
    read_members,
    read_names,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.stray_bindings import bindings_elsewhere
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.unsaved_changes import (
    Texts,
    is_changed,
    unsaved_lines,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.assessment import (
    AssessedRule,
    Assessment,
    Question,
    judged,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.conflicts import (
    Conflict,
    find_conflicts,
    sleeping_policies,
    unsaved_changes,
    waiting_edits,
    wrong_answers,
    wrong_expressions,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.evaluation_order import neighbours
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.expression_check import (
    Checked,
    check_expressions,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.policy_bank import CorpusCounts, Finding
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.rule_proof import RuleProof, disagreements
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.appliance_evaluation import (
    Evaluation,
    SharedEvaluation,
    evaluate_on_appliance,
    sample,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records import closures
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.appliance_lock import LockState, look
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.change_record import (
    APPLIED,
    OPEN,
    ChangeRecord,
    all_records,
    records_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.pending_edits import unapplied
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.record_copies import fetch, merge

SET_TYPES = frozenset(name for type_, members in MEMBER_TYPES.items() for name in (type_, *members))


@dataclass
class Inspection:
    """What was found.

    :ivar ours: absent, current, older or drifted
    :ivar steps: what would change; empty where nothing is to be done, or nothing may be
    :ivar skipped: why nothing is to be done here although the state differs, or ""
    :ivar blockers: the policies that answer the attacks now, by evaluation; blockers_after: once the steps are done
    :ivar disagreements: where the appliance's own evaluation and the offline one have different definite answers
    :ivar neighbours: the policies of others at our bind points, in words
    :ivar records: ours of this measure, with those that only the appliance had (fetched; not yet on our disk)
    :ivar foreign_lines: unsaved changes of others
    :ivar vservers: the virtual servers, by those of their types that were read
    :ivar standing: which of the VIPs are closed, and by whose decision
    :ivar drift: in what the running and the saved configuration differ from what was in place, in words
    :ivar stops: after how many of the steps it is proven that nobody was locked out, before the next ones are taken
    :ivar missing_files: what the nodes lack of the document's files
    :ivar modes: by part of the measure, the mode that is in force now, or ""
    :ivar unprovable: the parts that have no address at which they could be asked from outside
    :ivar notes: what the measure has to say of what is asked for
    :ivar shadowed_by: a policy of others that ends the evaluation before ours, in words; "" where there is none
    """

    parameters: ResolvedParameters
    observation: Observation
    target: Target
    build_status: BuildStatus
    ours: str = "absent"
    version: int | None = None
    steps: list[Step] = field(default_factory=list)
    skipped: str = ""
    seal: str = ""
    conflicts: list[Conflict] = field(default_factory=list)
    corpus: CorpusCounts = field(default_factory=CorpusCounts)
    evaluation: Evaluation = field(default_factory=Evaluation)
    rule_proof: RuleProof = field(default_factory=RuleProof)
    disagreements: list[str] = field(default_factory=list)
    covered_by: str = ""
    blockers: tuple[str, ...] = ()
    blockers_after: tuple[str, ...] = ()
    neighbours: list[str] = field(default_factory=list)
    foreign_lines: list[str] = field(default_factory=list)
    saved: bool | None = None
    drift: list[str] = field(default_factory=list)
    shadowed_by: str = ""
    proven_before: str = ""
    records: list[ChangeRecord] = field(default_factory=list)
    fetched: list[ChangeRecord] = field(default_factory=list)
    vips: tuple[Vip, ...] = ()
    vservers: dict[str, list[Vserver]] = field(default_factory=dict)
    standing: closures.ClosureState = field(default_factory=closures.ClosureState)
    not_covered: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    stops: list[int] = field(default_factory=list)
    missing_files: list[Missing] = field(default_factory=list)
    modes: dict[Placement, str] = field(default_factory=dict)
    unprovable: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def writes(self) -> bool:
        """Whether an apply would write anything to the appliance."""
        save_first = self.parameters.unsaved == "save_first" and bool(self.foreign_lines)
        return not self.skipped and (bool(self.steps or self.missing_files) or self.saved is False or save_first)

    @property
    def asked(self) -> bool:
        """Whether there is something to bring in: of a measure that no build needs, what the inventory asks for."""
        return self.parameters.resolved.is_asked_for()

    @property
    def feature_on(self) -> bool:
        return all(self.observation.state.features.get(feature, False) for feature in self.parameters.document.features)


def inspect(connection: Connection, parameters: ResolvedParameters) -> Inspection:
    """Look at one appliance.

    :raises TourniquetError: where it cannot be read
    """
    if connection.is_cluster:
        return _of_a_cluster(connection, parameters)
    session = connection.primary
    records = records_of(parameters.records, parameters.appliance.name, parameters.owner.measure, parameters.scope)
    former = former_settings(records)
    settings = {type_name for type_name, _key in former}
    observation = observe(session, Scope.of(parameters.document.objects, {*parameters.measure.set_types, *settings}))
    _look_into_own_sets(observation, parameters, session)
    texts = Texts(session)
    not_looked = _look_elsewhere(observation, parameters, texts, session, connection.config)
    _remember_edits(observation, records)
    target = _target(parameters, observation.state, records)
    inspection = Inspection(parameters, observation, target, parameters.resolved.build_status(connection.build))
    inspection.records = records
    inspection.skipped = _reason_to_skip(inspection)
    variable = parameters.measure.priority_variable
    conflicts = find_conflicts(observation.state, target, parameters.owner, adopt=parameters.adopt, variable=variable)
    steps: list[Step] | None = None
    try:
        given_back, kept = _given_back(former, parameters, observation.state, texts, connection.config)
        steps, inspection.stops = _plan(observation.state, parameters.document, target, given_back)
        inspection.remarks += kept
    except Refused as error:
        if not conflicts:
            conflicts = [Conflict("no_way", f"{error}.", "Look at the neighbours that the plan shows.")]
    if not inspection.skipped:
        inspection.conflicts += conflicts
    inspection.remarks += not_looked
    _describe_ours(inspection, steps)
    inspection.steps = [] if inspection.skipped or steps is None else steps
    inspection.conflicts += waiting_edits(inspection.steps, observation.edits, parameters.owner)
    inspection.seal = seal(observation.state, target, inspection.steps)
    _look_for_files(inspection, connection)
    _look_around(inspection, connection)
    standing = _look_at_lock(inspection, connection)
    _complete_records(inspection, connection, standing)
    if inspection.fetched:
        _describe_ours(inspection, steps)
    _look_at_saved(inspection, connection, texts)
    _heed_lock(inspection, standing)
    _look_at_access(inspection, session)
    _judge_rule(inspection, connection)
    _describe_drift(inspection, texts)
    faults = list(parameters.resolved.faults) if inspection.ours == "current" else []
    if faults:
        inspection.ours = "drifted"
        inspection.drift += faults
    inspection.proven_before = _proven_before(inspection, str(connection.build))
    return inspection


def _plan(
    state: State, document: Document, target: Target, given_back: Mapping[ObjectId, Attributes] | None = None
) -> tuple[list[Step], list[int]]:
    """The steps, and after how many of them it is to be proven that nobody was locked out.

    Where nothing would change, there is no way to go.

    :param given_back: the settings that go back to what they were, once nothing of ours rests on them
    """
    stages = [Target(way.objects) for way in document.stages] if plan_steps(state, target) else []
    passing = {id_: None for way in document.stages for id_ in way.objects if id_ not in target.objects}
    whole = Target({**passing, **target.objects}, target.features)
    stages = [*stages, whole, Target(given_back)] if given_back else [*stages, whole]
    steps, reached = plan_in_stages(state, stages[:-1], stages[-1])
    proven = zip(reached[: len(stages)], document.stages, strict=False)
    return steps, [place for place, way in proven if way.prove]


def _given_back(
    former: Mapping[ObjectId, Former], parameters: ResolvedParameters, state: State, texts: Texts, config: Row
) -> tuple[dict[ObjectId, Attributes], list[str]]:
    """The settings that go back to what they were, and in words those that stay because others rest on them."""
    back = to_give_back(former, parameters.document.objects, state.objects)
    kept = []
    for object_id in list(back):
        text = texts.saved if is_changed(config) is False else texts.running
        why = (
            "the configuration cannot be read"
            if text is None
            else parameters.measure.users_of_setting(object_id, text, parameters.owner)
        )
        if why:
            del back[object_id]
            kept.append(f"{object_id[0]} stays as we set it, although ours no longer needs it: {why}")
    return back, kept


def _remember_edits(observation: Observation, records: Iterable[ChangeRecord]) -> None:
    """What our runs edited and did not apply is not always to be seen."""
    state = observation.state
    pending: dict[ObjectId, Attributes] = {commit: {"applied": False} for commit in unapplied(records)}
    if pending:
        observation.state = State({**state.objects, **pending}, state.features)


def _look_for_files(inspection: Inspection, connection: Connection) -> None:
    inspection.missing_files, problems = look_for(connection, inspection.parameters.document.files)
    if not inspection.skipped:
        inspection.conflicts += [Conflict("file", *problem) for problem in problems]


def _target(parameters: ResolvedParameters, state: State, records: Iterable[ChangeRecord]) -> Target:
    """What shall be; what our runs edited is applied, even where nothing of that kind is wanted any more."""
    objects: dict[ObjectId, Attributes | None] = {commit: {"applied": True} for commit in unapplied(records)}
    objects.update(parameters.document.objects)
    for object_id, attributes in state.objects.items():
        if object_id not in objects and parameters.owner.owns(object_id, attributes):
            objects[object_id] = None
    return Target(objects, {feature.upper(): True for feature in parameters.document.features})


def _of_a_cluster(connection: Connection, parameters: ResolvedParameters) -> Inspection:
    """A cluster has more places in which a configuration can be than are looked at: nothing is judged, nothing is written."""
    status = parameters.resolved.build_status(connection.build)
    conflict = Conflict("cluster", f"{CLUSTER}.", "Mitigate it by hand.")
    return Inspection(parameters, Observation(), Target(), status, conflicts=[conflict], unreadable=[CLUSTER])


def _look_into_own_sets(observation: Observation, parameters: ResolvedParameters, session: Session) -> None:
    """Sets of ours that the document no longer has go with their members, so these are read too."""
    objects = observation.state.objects
    left = [
        object_id
        for object_id, attributes in objects.items()
        if object_id[0] in parameters.measure.set_types
        and object_id not in parameters.document.objects
        and parameters.owner.owns(object_id, attributes)
    ]
    if left:
        observation.state = State({**objects, **read_members(session, left)}, observation.state.features)


def _look_elsewhere(
    observation: Observation, parameters: ResolvedParameters, texts: Texts, session: Session, config: Row
) -> list[str]:
    """Take bindings of ours at places that the document does not name into what was observed.

    Where they may be stands in the text of the configuration; what is there is read. Nothing is bound where nothing of ours is.

    :returns: what could not be looked at, in words
    """
    objects = dict(observation.state.objects)
    if not any(parameters.owner.owns(object_id, attributes) for object_id, attributes in objects.items()):
        return []
    text = texts.saved if is_changed(config) is False else texts.running
    if text is None:
        return [
            "whether ours is bound elsewhere too cannot be read (allow the user: show ns savedConfig, ns runningConfig)"
        ]
    objects |= bindings_elsewhere(session, text, parameters.owner, Scope.of(parameters.document.objects))
    observation.state = State(objects, observation.state.features)
    return []


def _describe_drift(inspection: Inspection, texts: Texts) -> None:
    """In what running and saved configuration differ from what is wanted, where it was once in place."""
    parameters, state = inspection.parameters, inspection.observation.state
    if inspection.skipped or inspection.ours == "older":
        return
    if inspection.ours == "drifted" or (inspection.ours == "absent" and _was_applied(inspection.records)):
        inspection.drift += drift_of(state, inspection.target)
    if inspection.ours == "absent":
        return
    if texts.saved is not None:
        inspection.drift += saved_drift(texts.saved, inspection.target, parameters.owner)
    shadows = [conflict.message for conflict in inspection.conflicts if conflict.kind == "shadowed"]
    if inspection.ours == "current" and shadows:
        inspection.shadowed_by = shadows[0]
        inspection.drift += shadows


def _was_applied(records: Sequence[ChangeRecord]) -> bool:
    """Whether a run of ours brought it in, and none took it back."""
    return any(
        record.content["kind"] == "apply"
        and record.content["outcome"] == APPLIED
        and record.touched
        and not record.content.get("undone_by")
        for record in records
    )


def _describe_ours(inspection: Inspection, steps: list[Step] | None) -> None:
    """:param steps: what it would take; None where there is no way"""
    parameters, state = inspection.parameters, inspection.observation.state
    own = {
        object_id: attributes
        for object_id, attributes in state.objects.items()
        if parameters.owner.owns(object_id, attributes)
    }
    versions = {
        version
        for attributes in own.values()
        if (version := version_in(attributes, parameters.owner.measure)) is not None
    }
    inspection.version = min(versions, default=None)
    if not own:
        inspection.ours = "absent"
    elif steps == []:
        inspection.ours = "current"
    elif inspection.version is not None and inspection.version < parameters.owner.version:
        inspection.ours = "older"
    elif not parameters.measure.depends_on_build() and _left_by_us(inspection, steps or []):
        inspection.ours = "older"  # nobody touched it: the inventory asks for something else since
    else:
        inspection.ours = "drifted"


def _left_by_us(inspection: Inspection, steps: Sequence[Step]) -> bool:
    """Whether everything that would change is as the last of our runs left it."""
    left = {step.object_id: step.after for record in inspection.records for step in record.touched}
    return bool(steps) and all(
        step.before == left.get(step.object_id)
        if step.type == FEATURE
        else TYPES[step.type].same(step.before, left.get(step.object_id))
        for step in steps
    )


def _reason_to_skip(inspection: Inspection) -> str:
    parameters, status = inspection.parameters, inspection.build_status
    if not parameters.measure.depends_on_build() and not parameters.document.objects:
        objects = inspection.observation.state.objects.items()
        if not any(parameters.owner.owns(object_id, attributes) for object_id, attributes in objects):
            return f"the inventory asks for no {parameters.measure.id} here"
    if status in (BuildStatus.FIXED, BuildStatus.NOT_AFFECTED):
        return f"the build {'has the fix' if status is BuildStatus.FIXED else 'was never affected'}"
    if status is BuildStatus.INEFFECTIVE and not parameters.force:
        return "it does not work on this build (force=true applies it all the same)"
    return ""


def _look_around(inspection: Inspection, connection: Connection) -> None:
    """Conflicts, neighbours, and what the appliance lacks."""
    parameters, state, session = inspection.parameters, inspection.observation.state, connection.primary
    unknown = parameters.partitions_unreadable if parameters.partition else why_not_the_default_only(session)
    if unknown:
        inspection.unreadable.append(unknown)
    inspection.not_covered += connection.missing_nodes
    inspection.remarks += connection.pair_remarks
    _look_at_nodes(inspection, connection)
    inspection.neighbours = neighbours(state.objects, parameters.owner)
    if inspection.skipped:
        return
    conflicts = _not_shown(inspection)
    conflicts += [
        Conflict("unknown", f"{problem}.", "Mitigate it by hand for now.") for problem in inspection.unreadable
    ]
    conflicts += [
        Conflict(
            "missing_parent", f"there is no {missing} to bind to.", "Correct its name where the measure is asked for."
        )
        for missing in inspection.observation.missing
    ]
    for step in inspection.steps:
        if step.type == FEATURE:
            conflicts += _feature_conflicts(inspection, session, step.key[0])
    inspection.conflicts += conflicts


def _not_shown(inspection: Inspection) -> list[Conflict]:
    """With a feature off an appliance may warn instead of showing what is configured: that is not "nothing"."""
    hidden = inspection.observation.not_shown
    if not hidden or "*" in inspection.parameters.accept_sleeping_policies:
        return []
    return [
        Conflict(
            "not_shown",
            f"the appliance does not show its {', '.join(hidden)} while the feature is off, so policies of others may wake up.",
            'Look at its ns.conf; accept it with -e \'{"accept_sleeping_policies": ["*"]}\'.',
        )
    ]


def _feature_conflicts(inspection: Inspection, session: Session, feature: str) -> list[Conflict]:
    parameters, state = inspection.parameters, inspection.observation.state
    conflicts = []
    licensed = is_licensed(session, feature)
    if licensed is None:
        inspection.remarks.append(
            f"the licence: whether the feature {feature} is licensed, the appliance does not tell"
        )
    if licensed is False:
        conflicts.append(
            Conflict(
                "not_licensed",
                f"the feature {feature} is not licensed.",
                "Only an upgrade or closing external access helps here.",
            )
        )
    others = [
        key[0] for type_, key in state.objects if type_ == "responderpolicy" and not parameters.owner.owns_name(key[0])
    ]
    if feature == "RESPONDER" and others:
        everywhere = read_everywhere(session, GLOBAL_TYPES)
        conflicts += sleeping_policies(feature, everywhere, parameters.owner, parameters.accept_sleeping_policies)
    return conflicts


def _look_at_nodes(inspection: Inspection, connection: Connection) -> None:
    """The node-local half of a mitigation, and whether log actions are written at all."""
    line = inspection.parameters.measure.start_up_line
    needed = inspection.build_status in (BuildStatus.AFFECTED, BuildStatus.INEFFECTIVE, BuildStatus.WANTED)
    for node in connection.nodes:
        if node.role == "unreachable":
            continue
        if node.build is not None and node.build != connection.build:
            inspection.not_covered.append(f"node {node.address.host} runs another build, {node.build}")
        if not line:
            continue
        if node.start_up_file is None:
            inspection.remarks.append(f"management address of {node.address.host}: unknown, {node.problem}")
            continue
        count = sum(written.strip() == line for written in node.start_up_file.splitlines())
        if needed and count == 0:
            inspection.remarks.append(
                f"management address of {node.address.host}: /nsconfig/rc.netscaler lacks the line {line}"
            )
        elif count > 1 or (count and not needed):
            times = "" if count == 1 else f" {count} times"
            inspection.remarks.append(
                f"/nsconfig/rc.netscaler of {node.address.host} {'has' if needed else 'still has'} the line{times}: {line}"
            )
    if needed and "auditmessageaction" in inspection.parameters.document.types:
        on = read_user_defined_audit_log(connection.primary)
        if on is not True:
            what = "off" if on is False else "unknown"
            inspection.remarks.append(
                f"the log: user-defined audit logging is {what} (set audit syslogParams -userDefinedAuditlog YES)"
            )


def _look_at_saved(inspection: Inspection, connection: Connection, texts: Texts) -> None:
    """Whether what is ours is saved, and whether others have work that is not."""
    changed = is_changed(connection.config)
    if changed is None:
        inspection.remarks.append("whether the configuration is saved: the appliance does not tell")
        return
    if not changed:
        # The word of the appliance is checked where there is something of ours to be saved.
        differs = inspection.ours == "current" and texts.saved is not None and not inspection.skipped
        wrong = saved_drift(texts.saved or "", inspection.target, inspection.parameters.owner) if differs else []
        inspection.saved = not wrong
        return
    unsaved = unsaved_lines(connection.primary, inspection.parameters.owner, inspection.records, texts)
    inspection.saved = not unsaved.ours
    inspection.foreign_lines = unsaved.foreign
    writes = bool(inspection.steps) or unsaved.ours
    if unsaved.foreign and writes and not inspection.skipped and inspection.parameters.unsaved == "refuse":
        inspection.conflicts += unsaved_changes(unsaved.foreign)


def _look_at_access(inspection: Inspection, session: Session) -> None:
    """The VIPs, and which of them are switched off."""
    parameters = inspection.parameters
    listed = parameters.appliance.vips
    kinds = set(VIP_KINDS if listed is None else (vip.kind for vip in listed))
    try:
        inspection.vservers = {t: read_vservers(session, [t]) for t, kind in VSERVER_TYPES.items() if kind in kinds}
    except NitroError:
        if listed is None:
            raise
        inspection.vips = listed
        inspection.remarks.append("whether the VIPs are switched off cannot be read")
        return
    vservers = [vserver for found in inspection.vservers.values() for vserver in found]
    inspection.vips = listed if listed is not None else tuple(vip for v in vservers if (vip := v.vip) is not None)
    if not parameters.measure.depends_on_build():
        inspection.vips = _vips_of_parts(inspection, vservers)
    records = records_of(parameters.records, parameters.appliance.name, closures.MEASURE)
    inspection.standing = closures.standing(vservers, inspection.vips, parameters.appliance, records, datetime.now(UTC))


def _vips_of_parts(inspection: Inspection, vservers: Sequence[Vserver]) -> tuple[Vip, ...]:
    """Where the parts can be asked from outside, under the names that the appliance has for them."""
    protected = {(part.kind, part.vserver): part for part in inspection.parameters.resolved.placements}
    found = {
        (vserver.kind, vserver.name): replace(vip, name=vserver.name)
        for vserver in vservers
        if (vserver.kind, vserver.name) in protected
        and (vip := vip_of(vserver, inspection.parameters.appliance)) is not None
    }
    inspection.unprovable = [str(part) for place, part in protected.items() if place not in found]
    return tuple(found.values())


def _look_at_lock(inspection: Inspection, connection: Connection) -> LockState | None:
    """Whether somebody is at work on the appliance: one read, on the primary."""
    try:
        return look(connection, inspection.parameters)
    except NitroError as error:
        inspection.remarks.append(f"whether somebody holds the lock cannot be read: {error}")
        return None


def _complete_records(inspection: Inspection, connection: Connection, standing: LockState | None) -> None:
    """Another control node may have been here: where our records do not explain what is found, the copies are read."""
    parameters = inspection.parameters
    known: dict[ObjectId, list[Attributes | None]] = {}
    for step in (step for record in inspection.records for step in record.touched):
        known.setdefault(step.object_id, []).append(step.after)
    unexplained = [
        object_id
        for object_id, attributes in inspection.observation.state.objects.items()
        if parameters.owner.owns(object_id, attributes)
        and not any(TYPES[object_id[0]].same(attributes, after) for after in known.get(object_id, ()))
    ]
    if unexplained or (standing is not None and standing.word != "own"):
        host = parameters.appliance.name
        inspection.fetched, problems = fetch(connection, parameters.records, host)
        merged = merge(all_records(parameters.records, host), inspection.fetched, parameters.owner.measure)
        inspection.records = [record for record in merged if record.partition == parameters.scope]
        inspection.remarks += problems


def _heed_lock(inspection: Inspection, standing: LockState | None) -> None:
    """Somebody else's lock is in the way of whoever has something to write."""
    if standing is None:
        return
    if standing.word != "refused" or not inspection.writes:
        inspection.remarks.append(f"the lock: {standing.text} {standing.fix}")
    else:
        inspection.conflicts.append(Conflict("locked", standing.text, standing.fix))


def _judge_rule(inspection: Inspection, connection: Connection) -> None:
    """Evaluate: what blocks now, our rule alone, the whole resulting bank, and then the appliance's own word."""
    parameters, present = inspection.parameters, inspection.observation.state.objects
    measure, resolved = parameters.measure, parameters.resolved
    inspection.modes = dict(resolved.modes(present)) if inspection.feature_on else {}
    if not measure.judges_requests():
        # What a rule says of an address is compiled and checked before it is a rule; no request of ours shows it.
        judgement = Assessment(checked=check_expressions(parameters.document.objects, present))
    else:
        judgement = judged(_question(inspection, connection), parameters.records)
    inspection.covered_by, inspection.blockers = judgement.covered_by, judgement.blockers
    if resolved.placements:
        inspection.blockers = tuple(part.policies[mode] for part, mode in inspection.modes.items() if mode)
    if inspection.skipped:
        return
    inspection.blockers_after = tuple(part.policy for part in resolved.placements) or judgement.blockers_after
    inspection.corpus, inspection.rule_proof = judgement.corpus, judgement.rule_proof
    _heed_expressions(inspection, judgement.checked, connection.primary)
    problems = resolved.problems() if parameters.document.objects else ()
    inspection.conflicts += [Conflict("lockout", *problem) for problem in problems]
    inspection.notes += resolved.remarks()
    inspection.conflicts += judgement.conflicts
    inspection.remarks += judgement.remarks
    if inspection.steps and measure.judges_requests() and (judgement.rules or not measure.depends_on_build()):
        _ask_the_appliance(inspection, connection, judgement.rules)


def _question(inspection: Inspection, connection: Connection) -> Question:
    parameters, measure = inspection.parameters, inspection.parameters.measure
    return Question(
        present=inspection.observation.state.objects,
        document=parameters.document.objects,
        gone=tuple(object_id for object_id, attributes in inspection.target.objects.items() if attributes is None),
        owner=parameters.owner,
        traffic=measure.traffic,
        feature_on=inspection.feature_on,
        vservers=tuple((vip.kind, vip.name) for vip in inspection.vips),
        clients=(connection.primary.local_address, *parameters.appliance.protected_addresses),
        marker=parameters.appliance.marker,
        skipped=bool(inspection.skipped),
        depends_on_build=measure.depends_on_build(),
        in_parts=bool(parameters.resolved.placements),
        counted=tuple(part.place for part in parameters.resolved.placements if part.mode == OBSERVE),
        priority_variable=measure.priority_variable,
    )


def _heed_expressions(inspection: Inspection, checked: Checked, session: Session) -> None:
    """What the appliance would refuse; a name that nobody defines is a conflict once the appliance's own names are read."""
    inspection.remarks += checked.warnings
    errors = list(checked.errors)
    if checked.unknown:
        known = read_names(session)
        errors += [text for text, name in checked.unknown if known is not None and name.lower() not in known]
    inspection.conflicts += wrong_expressions(errors)


def _ask_the_appliance(inspection: Inspection, connection: Connection, rules: Sequence[AssessedRule]) -> None:
    parameters = inspection.parameters
    traffic = parameters.measure.traffic.for_version(parameters.owner.version)
    findings: list[Finding] = []
    times = []
    waiting: list[str] = []
    not_evaluated: list[str] = []
    changing = {step.key[0] for step in inspection.steps if step.type in SET_TYPES}
    places = {part.policy: part.place for part in parameters.resolved.placements}
    for policy in rules:
        rule = str(parameters.document.objects["responderpolicy", (policy.policy,)]["rule"])
        if any(f'"{name}"' in rule for name in changing):
            waiting.append(policy.policy)
            continue
        if policy.policy in places:  # the list of this appliance alone, so that nobody else's answers can be shared
            asked = sample(traffic.at(places[policy.policy]))
            evaluation = evaluate_on_appliance(connection.primary, policy.asked, asked)
            findings += evaluation.findings
            not_evaluated += evaluation.not_evaluated
            inspection.disagreements += disagreements(policy.offline, traffic, evaluation.findings)
            continue
        shared = SharedEvaluation(parameters.records, connection.build, rule, traffic)
        if shared.claim():
            evaluation = evaluate_on_appliance(connection.primary, policy.asked, traffic.evaluations())
            shared.publish(evaluation)
        else:
            evaluation = evaluate_on_appliance(connection.primary, policy.asked, sample(traffic))
            others = shared.wrong_answers()
            if others:
                inspection.conflicts.append(
                    Conflict(
                        "wrong_rule",
                        f"another appliance of build {connection.build} gave wrong answers: {'; '.join(others[:3])}.",
                        "Correct the template or its traffic file.",
                    )
                )
        findings += evaluation.findings
        not_evaluated += evaluation.not_evaluated
        inspection.disagreements += disagreements(policy.offline, traffic, evaluation.findings)
        if evaluation.nanoseconds is not None:
            times.append(evaluation.nanoseconds)
    if waiting:
        inspection.remarks.append(
            f"the sets are not yet what they will be, so the appliance could not evaluate {', '.join(waiting)}"
        )
    inspection.evaluation = Evaluation(tuple(findings), max(times, default=None), tuple(not_evaluated))
    inspection.remarks += inspection.evaluation.remarks()
    inspection.conflicts += wrong_answers(findings, "by the appliance's own evaluation")


def _proven_before(inspection: Inspection, build: str) -> str:
    """When a record says that exactly this state was proven, on this build and at all of these VIPs."""
    for record in reversed(inspection.records):
        if record.content["outcome"] == OPEN:
            return ""
        if record.content.get("origin"):
            continue  # what an appliance says of itself proves nothing
        proof = record.content.get("proof") or {}
        if record.content["outcome"] == APPLIED and (proof.get("proven") or proof.get("unharmed")):
            same = proof.get("seal") == inspection.seal and not inspection.steps
            vips = {str(vip) for vip in inspection.vips if vip.probe}
            covered = bool(vips) and vips <= set(proof.get("vips") or ())
            return str(record.content["finished"]) if same and covered and record.content["build"] == build else ""
    return ""


def read_user_defined_audit_log(session: Session) -> bool | None:
    """Whether messages of log actions are written; None where the appliance does not tell."""
    try:
        rows = session.read("auditsyslogparams")
    except NitroError:
        return None
    value = rows[0].get("userdefinedauditlog") if rows else None
    return None if value is None else str(value).upper() == "YES"
