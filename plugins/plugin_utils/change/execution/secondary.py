# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compare the secondary of a pair with the primary, running and saved, and save there if needed. docs/explanation/ha.md has the facts.

Commands are propagated to the secondary, and a synchronisation takes a moment (product pages, HA command propagation and
synchronisation). So after a change this waits for it, up to a limit. Whether a save on the primary saves the secondary too is
not documented (the text of warning 1028; a comment in the oneops cookbook), so it is read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.session import Session
from ...appliance.objects.steps import Step
from ...catalogue.run_parameters import ResolvedParameters, RunParameters
from ...foundation.errors import TourniquetError
from ..planning.drift import SecondaryComparison, drift_of, own_target, saved_drift
from ..planning.planner import State, Target
from ..planning.state_reader import Scope, observe
from ..planning.unsaved_changes import ConfigurationTexts, is_changed, unsaved_lines
from ..records.change_record import ChangeRecord
from ..records.usable_records import other_runs
from .read_back import read_differences, visible_steps
from .write_permission import ConfirmLease

Seen = TypeVar("Seen")
SYNC_PATIENCE, SAVE_PATIENCE = 10.0, 3.0  # seconds
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 2.0  # seconds


def compare_secondary(
    session: Session, parameters: ResolvedParameters, ours: State, *, saved: bool = True, is_running: bool = False
) -> SecondaryComparison:
    """Compare our objects on the primary with the secondary.

    :param ours: the state that was read on the primary
    :param saved: compare the saved configuration too, which is a long text
    :param is_running: the running configuration was read since the last write to it, and had all that is ours
    :raises TourniquetError: if the running configuration cannot be read
    """
    host = session.node.host
    wanted = {id_: attributes for id_, attributes in ours.objects.items() if parameters.owner.owns(id_, attributes)}
    target = Target(dict(wanted), {f: True for f in parameters.document.features if ours.features.get(f)})
    running = [] if is_running else _running_differences(session, parameters, target)
    if not saved:
        return SecondaryComparison(host, running)
    texts = ConfigurationTexts(session)
    if texts.saved is None:
        rows = session.read("nsconfig")
        changed = is_changed(rows[0]) if rows else None
        known = "" if changed is False else f"whether the secondary {host} has saved it cannot be read"
        return SecondaryComparison(host, running, problem=known)
    return SecondaryComparison(host, running, saved_drift(texts.saved, target, parameters.owner, f"node {host}, saved"))


def _running_differences(session: Session, parameters: ResolvedParameters, target: Target) -> list[str]:
    """Read the running configuration of the secondary, and describe how it differs from our objects on the primary."""
    there = observe(session, Scope.of([*parameters.document.objects, *target.objects])).state
    return drift_of(there, own_target(target, there.objects, parameters.owner), f"node {session.node.host}")


def wait_for_secondary(
    session: Session,
    parameters: ResolvedParameters,
    ours: State,
    is_enough: Callable[[SecondaryComparison], bool],
    *,
    saved: bool = True,
    is_running: bool = False,
) -> SecondaryComparison:
    """Compare until the result is enough, or until the time is up, and return the last comparison.

    :param saved: wait for a save (:data:`SAVE_PATIENCE`), and not for the synchronisation (:data:`SYNC_PATIENCE`)
    :param is_running: see :func:`compare_secondary`
    """
    patience = SAVE_PATIENCE if saved else SYNC_PATIENCE
    return _repeat(
        lambda: compare_secondary(session, parameters, ours, saved=saved, is_running=is_running), is_enough, patience
    )


def differences_on_secondary(session: Session, steps: Sequence[Step]) -> list[str]:
    """Describe how the secondary differs from the result of steps on the primary, after the time for a synchronisation.

    :raises TourniquetError: if it cannot be read
    """
    visible = visible_steps(steps)
    return _repeat(lambda: read_differences(session, visible), lambda wrong: not wrong, SYNC_PATIENCE)


def _repeat(read: Callable[[], Seen], is_enough: Callable[[Seen], bool], patience: float) -> Seen:
    """Read again, with growing pauses, until the result is enough or so many seconds have passed."""
    pause, waited = _FIRST_PAUSE, 0.0
    while True:
        seen = read()
        if is_enough(seen) or waited >= patience:
            return seen
        time.sleep(pause)
        waited += pause
        pause = min(pause * 2, _LONGEST_PAUSE)


def _is_secondary_unsaved(session: Session, parameters: RunParameters, records: Iterable[ChangeRecord]) -> bool:
    """True if something of ours on the secondary runs otherwise than it is saved there.

    :raises TourniquetError: if that cannot be read
    """
    return unsaved_lines(session, parameters.owner, records, of_secondary=True, other_runs=other_runs(parameters)).ours


def secondary_save_state(
    connection: Connection, parameters: RunParameters, records: Sequence[ChangeRecord]
) -> tuple[bool, list[str]]:
    """Read if the secondary has something of ours to save; it is only read if a run has changed anything.

    :returns: if it has, and why that cannot be read, in words
    """
    secondary = connection.secondary
    changing = [record for record in records if record.touched]
    if secondary is None or connection.secondary_problem or not changing:
        return False, []
    try:
        return _is_secondary_unsaved(secondary, parameters, changing), []
    except TourniquetError as error:
        return False, [f"whether the secondary {secondary.node.host} has saved it cannot be read: {error}"]


def save_secondary(
    session: Session, parameters: RunParameters, records: Iterable[ChangeRecord], confirm_lease: ConfirmLease
) -> str:
    """Save on the secondary what a save on the primary did not save there.

    :param records: those of our runs, which explain the features that they enabled or disabled
    :param confirm_lease: called directly before the save; what it raises is the reason why nothing was saved
    :returns: why it was not saved, or ""
    """
    host = session.node.host
    try:
        foreign = unsaved_lines(
            session, parameters.owner, records, of_secondary=True, other_runs=other_runs(parameters)
        ).foreign
        if foreign:
            return f"the secondary {host} has unsaved changes of others, so nothing was saved there: {'; '.join(foreign[:3])}"
        confirm_lease(session)
        session.save(lambda: confirm_lease(session))
    except TourniquetError as error:
        return f"the secondary {host} was not saved: {error}"
    return ""


def ensure_secondary_saved(
    session: Session, parameters: RunParameters, records: Sequence[ChangeRecord], confirm_lease: ConfirmLease
) -> str:
    """Wait until a save on the primary has reached the secondary; if it does not, save there.

    :param confirm_lease: called directly before a save there
    :returns: why it is not saved there, or ""
    """
    try:
        if not _repeat(
            lambda: _is_secondary_unsaved(session, parameters, records), lambda unsaved: not unsaved, SAVE_PATIENCE
        ):
            return ""
    except TourniquetError as error:
        return f"whether the secondary {session.node.host} has saved it cannot be read: {error}"
    return save_secondary(session, parameters, records, confirm_lease)
