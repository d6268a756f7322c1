# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Carrying out steps: the record first, then each write once, and what is in doubt is decided by reading.

A failing step plays the inverses of what was done, newest first, and both are reported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Check
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import (
    CannotConnect,
    NitroError,
    NotFound,
    OutcomeUnknown,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.resource_types import (
    TYPES,
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.steps import FEATURE, SWITCHES, Request, Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.virtual_servers import (
    VSERVER_TYPES,
    read_switches,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.planner import State
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.request_batches import (
    Batch,
    batches,
    gather_members,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.state_reader import (
    ENTRIES,
    Scope,
    read_entries,
    read_features,
    read_place,
    take_rows,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.change_record import (
    DONE,
    PLANNED,
    SENT,
    UNDONE,
    ChangeRecord,
)

Confirm = Callable[[], None]
"""Raises a TourniquetError where the node that we write to is no longer in charge."""


def alone() -> None:
    """A node that is in charge of itself only."""


class StepFailed(TourniquetError):
    """A step could not be carried out.

    :ivar undone: the inverses of all steps that were done were played, and read back
    """

    def __init__(self, message: str, undone: bool) -> None:
        self.undone = undone
        super().__init__(message)


def execute(
    session: Session,
    steps: Sequence[Step],
    record: ChangeRecord,
    *,
    first: int = 0,
    checks: Mapping[ObjectId, Check] | None = None,
    confirm: Confirm = alone,
) -> None:
    """Carry out the steps, in order.

    :param steps: from the first one of the record on; those behind may be carried out later
    :param first: the position of the first one that is still to be done
    :param checks: by object, what must hold once it is as it shall be, before the next step is taken
    :param confirm: asked before and after what was done is undone
    :raises StepFailed: where one failed; what was done before it has been undone, or the message says what was not
    """
    for batch in batches(steps, first, limit=session.appliance.bulk_limit):
        if switches_off(batch.steps[0]):
            # Once a feature is off, an appliance may show nothing of it any more: so what went before is read back now.
            wrong = read_back(session, steps[: batch.first])
            if wrong:
                raise _fail(
                    session,
                    steps,
                    record,
                    batch,
                    [False],
                    f"it does not read back as done: {'; '.join(wrong)}",
                    confirm,
                )
        record.mark(batch.positions, SENT)
        refusal = doubt = ""
        try:
            refusal = _send_batch(session, batch)
        except (CannotConnect, OutcomeUnknown) as error:
            doubt = str(error)
        if not refusal and not doubt:
            record.set_states(batch.positions, DONE)
            problem = _checked(session, batch, checks or {})
            if problem:
                raise _fail(session, steps, record, batch, [False], problem, confirm)
            continue
        try:
            done = _done_of(session, batch)
        except TourniquetError as error:
            raise StepFailed(
                f"{refusal or doubt}. What became of it cannot be read: {error}. {progress(record)}", undone=False
            ) from error
        record.mark([position for position, is_done in zip(batch.positions, done, strict=True) if is_done], DONE)
        problem = _checked(session, batch, checks or {}) if all(done) else ""
        if problem:
            raise _fail(session, steps, record, batch, [False], problem, confirm)
        if all(done):
            continue
        if refusal:
            # What was refused was not done by us, whatever is there now; a step of several requests may be half done.
            refused = zip(batch.positions, batch.steps, done, strict=True)
            record.mark([p for p, step, is_done in refused if not is_done and not step.may_be_half_done], PLANNED)
        raise _fail(session, steps, record, batch, done, refusal or doubt, confirm)
    record.write(compact=True)


def switches_off(step: Step) -> bool:
    return step.type == FEATURE and not (step.after or {}).get("enabled")


def progress(record: ChangeRecord) -> str:
    """How far a run came, in words."""
    states = [step["state"] for step in record.content["steps"]]
    done = sum(state == DONE for state in states)
    doubt = states.count(SENT)
    text = f"{done} of {len(states)} steps are in place" + (f", {doubt} in doubt" if doubt else "")
    return f"{text}; the record is {record.path}. Run the same playbook again, or rollback.yml -e why=undo."


def _checked(session: Session, batch: Batch, checks: Mapping[ObjectId, Check]) -> str:
    """What is wrong with the effect of a batch, or ""; what goes away has none."""
    problems = (checks[step.object_id](session) for step in batch.steps if step.object_id in checks and step.after)
    return next((problem for problem in problems if problem), "")


def _send_batch(session: Session, batch: Batch) -> str:
    """Send one batch, and where it is refused as a whole its steps one by one, if that is another way.

    :raises OutcomeUnknown: where an answer got lost
    """
    try:
        refusal = _send(session, batch.requests(session.appliance.bulk_limit))
    except OutcomeUnknown:
        if not _is_apply(batch.steps[0]):
            raise
        # An apply says the same however often it is said.
        refusal = _send(session, batch.requests(session.appliance.bulk_limit))
    for single in batch.one_by_one() if refusal else ():
        refusal = _send(session, single.requests(session.appliance.bulk_limit))
        if refusal:
            break
    return refusal


def _send(session: Session, requests: Sequence[Request]) -> str:
    """Send the requests of one batch; the refusal in words, or nothing.

    :raises OutcomeUnknown: where an answer got lost
    """
    for request in requests:
        try:
            session.write(request.method, request.path, request.body, bulk=request.is_bulk)
        except NitroError as error:
            instead = not request.otherwise_for or error.codes & request.otherwise_for
            problem = _singly(session, request.otherwise) if request.otherwise and instead else str(error)
            if problem:
                return problem
    return ""


def _singly(session: Session, requests: Sequence[Request]) -> str:
    """What goes instead, one by one; of removals, what is gone already is well."""
    for request in requests:
        try:
            session.write(request.method, request.path, request.body, bulk=request.is_bulk)
        except NotFound:
            continue
        except NitroError as error:
            return str(error)
    return ""


def _done_of(session: Session, batch: Batch) -> list[bool]:
    """Which steps of a batch in doubt took: by re-reading, never by the answer."""
    if _is_apply(batch.steps[0]):
        return [False]  # of what was removed nothing tells whether that was applied
    current = read_objects(session, [step.object_id for step in batch.steps])
    return [_same(step, current.get(step.object_id), step.after) for step in batch.steps]


def _is_apply(step: Step) -> bool:
    return step.type not in SWITCHES and bool(TYPES[step.type].commits) and step.after == {"applied": True}


def _same(step: Step, now: Attributes | None, then: Attributes | None) -> bool:
    if step.type in SWITCHES:
        return now == then
    return TYPES[step.type].same(now, then)


def _fail(
    session: Session,
    steps: Sequence[Step],
    record: ChangeRecord,
    batch: Batch,
    done: Sequence[bool],
    problem: str,
    confirm: Confirm,
) -> StepFailed:
    failed = (step for step, is_done in zip(batch.steps, done, strict=False) if not is_done)
    line = "; ".join(line for step in failed for line in step.lines()[:1])[:300]
    try:
        undo(session, steps, record, confirm)
    except TourniquetError as second:
        return StepFailed(
            f"{problem} [at: {line}]. Undoing what was done failed as well: {second}. {progress(record)}",
            undone=False,
        )
    return StepFailed(f"{problem} [at: {line}]. What was done before it has been undone.", undone=True)


def undo(session: Session, steps: Sequence[Step], record: ChangeRecord, confirm: Confirm = alone) -> None:
    """Play the inverses of all steps that were sent, newest first, from the state that is read now.

    What is neither as it was before nor as we left it is somebody else's by now: it is left alone, and told. So is a node that is
    no longer in charge: undone there, it would still stand on the one that is.

    :raises TourniquetError: where something could not be undone; the record shows what
    """
    confirm()
    sent = [position for position, step in enumerate(record.content["steps"]) if step["state"] in (SENT, DONE)]
    current = read_objects(session, [steps[position].object_id for position in sent])
    foreign, inverses = _inverses(steps, sent, current)
    places = {id(step): position for position, step in inverses}
    unread: dict[ObjectId, Attributes | None] = {}
    limit = session.appliance.bulk_limit
    for batch in batches(gather_members([step for _position, step in inverses]), limit=limit):
        if switches_off(batch.steps[0]):
            _require_states(session, unread)
            unread = {}
        to_do = [step for step in batch.steps if not _same(step, step.before, step.after)]
        problem = _send_batch(session, batch) if to_do else ""
        if problem:
            raise TourniquetError(problem)
        record.mark([places[id(step)] for step in batch.steps], UNDONE)
        unread |= {step.object_id: step.after for step in batch.steps}
    if foreign:
        raise TourniquetError(
            f"{session.where}: somebody else has changed {', '.join(foreign)}, which was left as it is"
        )
    _require_states(session, unread)
    try:
        confirm()
    except TourniquetError:
        record.mark(sent, SENT)
        raise


def _inverses(
    steps: Sequence[Step], sent: Sequence[int], current: dict[ObjectId, Attributes]
) -> tuple[list[str], list[tuple[int, Step]]]:
    """What is somebody else's by now, in words; and by position what takes the rest back, newest first, from what is there."""
    foreign, inverses = [], []
    for position in reversed(sent):
        step = steps[position]
        now = current.get(step.object_id)
        if not _same(step, now, step.before) and not _is_our_work(step, now):
            foreign.append(f"{step.type} {' '.join(step.key)}")
            continue
        if step.type not in SWITCHES and TYPES[step.type].commits and step.before == {"applied": True}:
            now = {
                "applied": False
            }  # of what was removed nothing tells whether that was applied, so an apply is always played
        inverses.append((position, Step(step.type, step.key, now, step.before)))
        if step.before is None:
            current.pop(step.object_id, None)
        else:
            current[step.object_id] = step.before
    return foreign, inverses


def _require_states(session: Session, expected: dict[ObjectId, Attributes | None]) -> None:
    """Read some objects again.

    :raises TourniquetError: where one is not as it should be
    """
    now = read_objects(session, list(expected))
    for object_id, wanted in expected.items():
        step = Step(object_id[0], object_id[1], None, wanted)
        if not _same(step, now.get(object_id), wanted):
            raise TourniquetError(f"{session.where}: {object_id[0]} {' '.join(object_id[1])} is not what it was before")


def _is_our_work(step: Step, now: Attributes | None) -> bool:
    """Whether a state is what our step made of an object, wholly or halfway."""
    if _same(step, now, step.after) or (step.type not in SWITCHES and TYPES[step.type].commits):
        return True
    if step.type not in SWITCHES and TYPES[step.type].is_between(now, (step.before, step.after)):
        return True
    if step.before is None or step.after is None or len(step.requests()) == 1:
        return False
    if now is None:  # unbound, and not bound again
        return TYPES[step.type].bound
    both = (step.before, step.after)
    return all(any(now.get(name) == state.get(name) for state in both) for name in {*now, *step.before, *step.after})


def first_states(steps: Sequence[Step], positions: Sequence[int]) -> dict[ObjectId, Attributes | None]:
    """The state of each touched object before the first of the steps that touched it."""
    states: dict[ObjectId, Attributes | None] = {}
    for position in positions:
        states.setdefault(steps[position].object_id, steps[position].before)
    return states


def last_states(steps: Sequence[Step]) -> dict[ObjectId, Attributes | None]:
    """The state of each touched object after all steps."""
    return {step.object_id: step.after for step in steps}


def read_objects(session: Session, object_ids: Sequence[ObjectId]) -> dict[ObjectId, Attributes]:
    """Read some objects again, each type once. Features and virtual servers come with ``enabled`` alone.

    :raises TourniquetError: where they cannot be read
    """
    objects: dict[ObjectId, Attributes] = {}
    features = [object_id for object_id in object_ids if object_id[0] == FEATURE]
    if features:
        enabled = read_features(session)
        objects.update({object_id: {"enabled": enabled.get(object_id[1][0], False)} for object_id in features})
    for type_name in sorted({type_name for type_name, _key in object_ids if type_name in VSERVER_TYPES}):
        objects.update(read_switches(session, type_name))
    others = [object_id for object_id in object_ids if object_id[0] not in SWITCHES]
    scope = Scope.only(others)
    for type_name in sorted(scope.types):
        take_rows(objects, type_name, session.read(type_name))
    places = set(scope.places)
    if "policydataset" in scope.types:
        of_sets = {(type_name, place) for type_name, place in places if type_name == ENTRIES}
        there = {key[0] for type_name, key in objects if type_name == "policydataset"}
        take_rows(objects, ENTRIES, read_entries(session, [name for _type, name in of_sets], there))
        places -= of_sets
    for type_name, place in sorted(places):
        try:
            rows = read_place(session, type_name, place)
        except NotFound:
            continue  # without its parent a binding cannot exist
        take_rows(objects, type_name, rows)
    return objects


def renewed(session: Session, state: State, object_ids: Sequence[ObjectId]) -> State:
    """A state in which some objects, and all of their types and places, are read again; the rest is as it was.

    :raises TourniquetError: where they cannot be read
    """
    read = read_objects(session, object_ids)
    scope = Scope.only(object_id for object_id in object_ids if object_id[0] not in SWITCHES)
    kept = {object_id: attributes for object_id, attributes in state.objects.items() if not scope.covers(object_id)}
    features = {key[0]: bool(attributes["enabled"]) for (type_, key), attributes in read.items() if type_ == FEATURE}
    objects = {object_id: attributes for object_id, attributes in read.items() if object_id[0] not in SWITCHES}
    return State({**kept, **objects}, {**state.features, **features})


def differences(state: State, steps: Sequence[Step]) -> list[str]:
    """What in a state that was read again is not as the steps left it, attribute by attribute, in words."""
    found = []
    for object_id, after in last_states(steps).items():
        type_name, key = object_id
        if type_name == FEATURE:
            now: Attributes | None = {"enabled": state.features.get(key[0], False)}
        else:
            now = state.objects.get(object_id)
        if not _same(Step(type_name, key, None, after), now, after):
            found.append(f"{type_name} {' '.join(key)}: expected {after}, found {now}")
    return found


def read_back(session: Session, steps: Sequence[Step]) -> list[str]:
    """Read every attribute of what was changed; the differences in words, empty where all is as planned.

    What stands before a feature that was switched off was read back then.
    """
    off = [position for position, step in enumerate(steps) if switches_off(step)]
    return read_differences(session, steps[off[0] :] if off else steps)


def shown(steps: Sequence[Step]) -> list[Step]:
    """Without those of which nothing can be seen after all: their feature was switched off."""
    off = {step.key[0] for step in steps if switches_off(step)}
    return [step for step in steps if step.type in SWITCHES or TYPES[step.type].feature not in off]


def read_differences(session: Session, steps: Sequence[Step]) -> list[str]:
    """In what a node differs from what steps leave, in words.

    :raises TourniquetError: where it cannot be read
    """
    objects = read_objects(session, list(last_states(steps)))
    features = {key[0]: bool(attributes["enabled"]) for (type_, key), attributes in objects.items() if type_ == FEATURE}
    return differences(State(objects, features), steps)
