# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The debt of an appliance: what of a mitigation is still there, why, since when, and when the fix is planned. Pure.

That it is there is read from the appliance; since when and why comes from the change records, and is unknown without one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ...appliance.objects.resource_types import TYPES
from ...catalogue.measure import BuildStatus
from ...change.records.change_record import ChangeRecord
from ...change.records.continued_runs import applies
from ...change.records.record_states import Outcome
from ...foundation.debt_state import Left
from ...foundation.json_values import written
from ..inspection.facts import ApplianceFacts, MeasureState
from ..proof.grounds import Presence


@written("measure what state why needed since who ticket reason planned_fix overdue_days=overdue", text=str)
@dataclass(frozen=True, kw_only=True)
class Debt:
    """What is still there of one mitigation.

    :ivar what: its policy or version, in words
    :ivar state: how much of it is there, and whose it is
    :ivar why: why it is still there, in words
    :ivar since: when it was put there first, in the form of the records; "" where no record says it
    :ivar who: who did that, and on which control node; "" where no record says it
    :ivar planned_fix: the day on which the fix is planned, by the inventory
    :ivar overdue: by how many days that day is over; 0 where it is not
    :ivar needed: the build of the primary needs it
    """

    measure: str
    what: str
    why: str
    state: Left = Left.IN_PLACE
    since: str = ""
    who: str = ""
    ticket: str = ""
    reason: str = ""
    planned_fix: date | None = None
    overdue: int = 0
    needed: bool = True

    def __str__(self) -> str:
        since = f"since {self.since[:10]}" if self.since else "since a day that no record names"
        by = ", ".join(part for part in (self.ticket, self.who) if part)
        there = f"{self.what} is there {since}{f' ({by})' if by else ''}: {self.why}"
        if not self.needed:
            return there
        if self.overdue:
            fix = f"fix planned for {self.planned_fix}, OVERDUE by {self.overdue} day{'s' if self.overdue > 1 else ''}"
        else:
            fix = f"fix planned for {self.planned_fix}" if self.planned_fix else "no fix is planned"
        return f"{there}; {fix}"


def debts(
    facts: ApplianceFacts, state: MeasureState, build: str, planned_fix: date | None, today: date
) -> tuple[Debt, ...]:
    """Return what is still there of a mitigation; nothing for a measure that every build needs, one with the fix too.

    A setting has no name of ours, so it counts only where a record says that a run of ours made it.

    :param state: the state of the measure, as last read
    :param build: of the primary
    """
    parameters = facts.parameters
    ours = state.presence != Presence.ABSENT
    goes = (
        parameters.measure.traits.course.depends_on_build and not parameters.measure.traits.course.stays_on_fixed_builds
    )
    if not goes or not (ours or facts.rules.covered_by):
        return ()
    first = _first_run(facts.records.known) if ours else None
    types = parameters.document.types
    if ours and first is None and types and all(TYPES[name].only_set for name in types):
        return ()  # settings without a record of ours: the default of the release, or somebody else's choice
    measure = parameters.owner.measure
    version = f" v{state.version}" if state.version is not None else ""
    return (
        Debt(
            measure=measure,
            what=f"{measure}{version}" if ours else f"{facts.rules.covered_by}, which is not ours,",
            state=_left(state.presence),
            why=_why(facts, build),
            since=first.started if first else "",
            who=f"{first.operator.user}@{first.operator.control_node}" if first else "",
            ticket=first.ticket if first else "",
            reason=first.reason if first else "",
            planned_fix=planned_fix,
            overdue=max(0, (today - planned_fix).days) if planned_fix else 0,
            needed=facts.build_status not in (BuildStatus.FIXED, BuildStatus.NOT_AFFECTED),
        ),
    )


def _left(presence: Presence) -> Left:
    if presence is Presence.ABSENT:
        return Left.OF_OTHERS
    return Left.CHANGED if presence is Presence.DRIFTED else Left.IN_PLACE


def _why(facts: ApplianceFacts, build: str) -> str:
    if facts.build_status is BuildStatus.FIXED:
        return f"{build} has the fix, and nobody has removed it"
    if facts.build_status is BuildStatus.NOT_AFFECTED:
        return f"{build} was never affected, and nobody has removed it"
    return f"{build} needs it"


def _first_run(records: Sequence[ChangeRecord]) -> ChangeRecord | None:
    """Return the oldest run that is in force and changed something, after the last removal."""
    runs = applies(records)
    return next((one for one in runs if not one.undone_by and one.outcome is not Outcome.REVERTED), None)
