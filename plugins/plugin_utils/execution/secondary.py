# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The secondary of a pair: whether it has what the primary has, running and saved. docs/ha.md has the answers.

Commands are propagated to it, and a synchronisation takes a moment (product pages, HA command propagation and
synchronisation), so after a change it is waited for, within bounds. Whether a save on the primary saves the secondary too is
not documented (the text of warning 1028; a comment in the oneops cookbook), so it is read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import (
    ResolvedParameters,
    RunParameters,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.execution.step_executor import (
    read_differences,
    shown,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.drift import (
    drift_of,
    own_target,
    saved_drift,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.planner import State, Target
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.state_reader import Scope, observe
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.unsaved_changes import (
    ConfigurationTexts,
    is_changed,
    unsaved_lines,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.change_record import ChangeRecord

Seen = TypeVar("Seen")
SYNC_PATIENCE, SAVE_PATIENCE = 10.0, 3.0  # seconds


@dataclass(frozen=True)
class PeerLook:
    """What the secondary has of ours.

    :ivar drift: in what its running configuration differs from the primary's, in words; likewise unsaved for its saved one
    :ivar problem: why the saved one is not known, or ""
    :ivar unreadable: why nothing of it is known, or ""
    """

    host: str
    drift: list[str] = field(default_factory=list)
    unsaved: list[str] = field(default_factory=list)
    problem: str = ""
    unreadable: str = ""

    @property
    def not_covered(self) -> list[str]:
        if self.unreadable:
            return [f"the secondary {self.host} cannot be looked at: {self.unreadable}"]
        if not self.drift:
            return []
        more = f" (and {len(self.drift) - 1} more)" if len(self.drift) > 1 else ""
        return [f"the secondary {self.host} does not have the same: {self.drift[0].partition(': ')[2]}{more}"]


def look_at_peer(session: Session, parameters: ResolvedParameters, ours: State, *, saved: bool = True) -> PeerLook:
    """Compare what is ours on the primary with the secondary.

    :param ours: what was read on the primary
    :param saved: compare the saved configuration too, which is a long text
    :raises TourniquetError: where the running configuration cannot be read
    """
    host = session.node.host
    wanted = {id_: attributes for id_, attributes in ours.objects.items() if parameters.owner.owns(id_, attributes)}
    target = Target(dict(wanted), {f: True for f in parameters.document.features if ours.features.get(f)})
    there = observe(session, Scope.of([*parameters.document.objects, *wanted])).state
    running = drift_of(there, own_target(target, there.objects, parameters.owner), f"node {host}")
    if not saved:
        return PeerLook(host, running)
    texts = ConfigurationTexts(session)
    if texts.saved is None:
        rows = session.read("nsconfig")
        changed = is_changed(rows[0]) if rows else None
        known = "" if changed is False else f"whether the secondary {host} has saved it cannot be read"
        return PeerLook(host, running, problem=known)
    return PeerLook(host, running, saved_drift(texts.saved, target, parameters.owner, f"node {host}, saved"))


def wait_for_peer(
    session: Session,
    parameters: ResolvedParameters,
    ours: State,
    is_enough: Callable[[PeerLook], bool],
    *,
    saved: bool = True,
    sleep: Callable[[float], None] = time.sleep,
    patience: float = SYNC_PATIENCE,
) -> PeerLook:
    """Look until it is enough, or the patience is at its end; the last look, whatever it shows."""
    return _patiently(lambda: look_at_peer(session, parameters, ours, saved=saved), is_enough, sleep, patience)


def lagging(session: Session, steps: Sequence[Step], *, patience: float = SYNC_PATIENCE) -> list[str]:
    """In what the secondary differs from what steps left on the primary, once it had its time; empty where it does not."""
    visible = shown(steps)
    return _patiently(lambda: read_differences(session, visible), lambda wrong: not wrong, time.sleep, patience)


def _patiently(
    look: Callable[[], Seen], is_enough: Callable[[Seen], bool], sleep: Callable[[float], None], patience: float
) -> Seen:
    pause, waited = 0.25, 0.0
    while True:
        seen = look()
        if is_enough(seen) or waited >= patience:
            return seen
        sleep(pause)
        waited += pause
        pause = min(pause * 2, 2.0)


def is_unsaved(session: Session, parameters: RunParameters, records: Iterable[ChangeRecord]) -> bool:
    """Whether something of ours runs on the secondary otherwise than it is saved there.

    :raises TourniquetError: where that cannot be read
    """
    return unsaved_lines(session, parameters.owner, records, of_secondary=True).ours


def save_peer(session: Session, parameters: RunParameters, records: Iterable[ChangeRecord]) -> str:
    """Save on the secondary what a save on the primary did not save there.

    :param records: those of our runs, which explain the features that they switched
    :returns: why that was not done, or ""
    """
    host = session.node.host
    try:
        foreign = unsaved_lines(session, parameters.owner, records, of_secondary=True).foreign
        if foreign:
            return f"the secondary {host} has unsaved changes of others, so nothing was saved there: {'; '.join(foreign[:3])}"
        session.save()
    except TourniquetError as error:
        return f"the secondary {host} was not saved: {error}"
    return ""


def follow_with_save(session: Session, parameters: RunParameters, records: Sequence[ChangeRecord]) -> str:
    """Wait until a save on the primary is on the secondary too, and else save there.

    :returns: why it is not saved there, or ""
    """
    try:
        if not _patiently(
            lambda: is_unsaved(session, parameters, records), lambda unsaved: not unsaved, time.sleep, SAVE_PATIENCE
        ):
            return ""
    except TourniquetError as error:
        return f"whether the secondary {session.node.host} has saved it cannot be read: {error}"
    return save_peer(session, parameters, records)
