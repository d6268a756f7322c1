# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the appliance shows today. Pure.

It may begin an exposure or make one worse; only the builds of all nodes may end one, at the latest now.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ...appliance.nitro.builds import Build
from ...appliance.objects.resource_types import ObjectId
from ...catalogue.closing_steps import LadderStep
from ...change.records.recorded_nodes import why_elsewhere
from ...change.records.sibling_openings import MaybeOurs
from .event import Event
from .state import State

_AS_FOUND = {
    State.DRIFTED: State.DRIFTED,
    State.EXPOSED: State.DRIFTED,
    State.OBSERVING: State.DRIFTED,
    State.PARTLY: State.PARTLY,
}


def as_found(state: State, reason: str) -> tuple[State, str] | None:
    """Return what a state that a run has just seen is beside the records of ours; None where these, or the builds, say it themselves."""
    found = _AS_FOUND.get(state)
    return (found, reason) if found is not None else None


SWITCHED_ON = "it is switched on"
"""Why a virtual server is open that a step had switched off."""


@dataclass(frozen=True)
class Today:
    """What the appliance shows today.

    :ivar at: with its zone
    :ivar builds: by address of the node; None where it is not known
    :ivar not_by_configuration: by entry, why its configuration does not have what the weakness needs
    :ivar unset: by entry of which the builds have the fix, which setting it needs too and does not have, or is not known; with whether it is known
    :ivar opened: of the virtual servers that are closed by the records, with the step and their admin partition, those that are open there, with the reason
    :ivar may_be_ours: of these, the run of ours that may have opened it, with why that is not known
    :ivar doubts: likewise, why it is not known whether one still is closed
    :ivar again: of what a run of ours opened without a save, with the step and the admin partition, what is closed there: a restart has lost the opening
    :ivar left_on: where something is switched off by the records, the virtual servers and admin partitions that no run of ours has closed, and that are on
    :ivar servers: where a run of ours has closed something, the virtual servers that are on, with their admin partition; None where it was not read
    :ivar all_off: it shows every virtual server as switched off, in all admin partitions and at both nodes; False where something was not read
    :ivar off_unread: why it was not read whether what is switched off by the records still is, or that a failover opens it; "" where neither is so
    :ivar drift: by entry, the word for our measure where it is otherwise than our runs left it, with the reason
    :ivar gone: by entry, the admin partitions where no policy of ours is evaluated any more, by what drift says
    :ivar as_left: of the entries of which our measure was read, and is as our runs left it: by admin partition the fingerprints of the proofs that hold
        for what is bound where it is bound
    :ivar told: by entry, what a reader should know of the place of our measure besides, such as what is not decided of a policy in front of it
    :ivar start_up: by address of the node, the lines of its start-up file; None where it was not read
    :ivar problem: why nothing was read, or ""
    :ivar awaited: where nothing was read, of which runs the records are not here or cannot be read, as a sentence: what these left is not known; ""
        where all are
    """

    at: datetime
    builds: Mapping[str, Build | None] = field(default_factory=dict)
    not_by_configuration: Mapping[str, str] = field(default_factory=dict)
    unset: Mapping[str, tuple[str, bool]] = field(default_factory=dict)
    opened: Mapping[tuple[LadderStep, str, ObjectId], str] = field(default_factory=dict)
    may_be_ours: Mapping[tuple[LadderStep, str, ObjectId], MaybeOurs] = field(default_factory=dict)
    doubts: Mapping[tuple[LadderStep, str, ObjectId], str] = field(default_factory=dict)
    again: Collection[tuple[LadderStep, str, ObjectId]] = ()
    left_on: Sequence[str] = ()
    servers: Collection[tuple[str, ObjectId]] | None = None
    all_off: bool = False
    off_unread: str = ""
    drift: Mapping[str, tuple[State, str]] = field(default_factory=dict)
    gone: Mapping[str, Collection[str]] = field(default_factory=dict)
    as_left: Mapping[str, Mapping[str, Collection[str]]] = field(default_factory=dict)
    told: Mapping[str, Sequence[str]] = field(default_factory=dict)
    start_up: Mapping[str, Sequence[str] | None] = field(default_factory=dict)
    problem: str = ""
    awaited: str = ""

    @property
    def switched_on(self) -> frozenset[tuple[str, ObjectId]]:
        """Those of them that were switched off and are on, with their admin partition: at the address of another one a third may be, which is among the
        others.
        """
        opened = (key for key, why in self.opened.items() if why == SWITCHED_ON)
        return frozenset((partition, one) for step, partition, one in opened if step is LadderStep.OFF)

    @property
    def is_read(self) -> bool:
        """Return True if the build of every node was read."""
        return not self.problem and None not in self.builds.values()

    def why_elsewhere(self, event: Event) -> str:
        """Return why what a run of ours left may be at another appliance; "" where it is not, or nobody knows."""
        return why_elsewhere(event.record, self.builds)

    def has_line(self, node: str, line: str) -> bool | None:
        """Return True if the start-up file of a node has a line; None where it was not read."""
        lines = self.start_up.get(node)
        return None if lines is None else any(one.strip() == line for one in lines)

    @property
    def known_builds(self) -> tuple[Build, ...]:
        return tuple(build for build in self.builds.values() if build is not None)
