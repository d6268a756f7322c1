# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Decide which appliances a rollout changes, and in which wave. The decision is made before the first wave. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ...appliance.nitro.names import ADMIN_PARTITION
from ...change.planning.plan_file import PlanFile
from ...foundation.errors import InvalidInput
from .options import RolloutOptions, require_known, waves_of
from .rollout_course import Event, Line, RolloutCourse

NO_LINE: Line = {"event": "", "text": ""}


@dataclass(frozen=True)
class Absence:
    """An appliance that cannot go, and why.

    :ivar unreachable: it could not be reached; otherwise its plan was refused
    """

    host: str
    unreachable: bool
    problem: str


@dataclass(frozen=True)
class Settlement:
    """The decision about a fleet.

    :ivar waves: the appliances of each wave
    :ivar nothing_to_do: appliances that are in the desired state already
    :ivar left_out: appliances that are unreachable or were refused, which was accepted
    :ivar in_the_way: appliances that are unreachable or were refused, which was not accepted: nothing may start
    :ivar left_open: the same in a lockdown, which goes on without them
    :ivar stays: the same where what is there stays, and keeps nobody: of a retirement, and of an undo where the undone run has not written
    :ivar continues: the name of the earlier rollout that did not come to its end, or ""
    """

    waves: list[list[str]] = field(default_factory=list)
    nothing_to_do: list[str] = field(default_factory=list)
    left_out: list[Absence] = field(default_factory=list)
    in_the_way: list[Absence] = field(default_factory=list)
    left_open: list[Absence] = field(default_factory=list)
    stays: list[Absence] = field(default_factory=list)
    continues: str = ""

    @property
    def hosts(self) -> list[str]:
        """The appliances of all waves, in their order."""
        return [host for wave in self.waves for host in wave]


def settle(
    plans: Mapping[str, PlanFile | None],
    last: Mapping[str, Line],
    options: RolloutOptions,
    earlier: tuple[str, RolloutCourse] | None = None,
    inventory: Iterable[str] = (),
    *,
    goes_on: bool = False,
    untouched: Collection[str] | None = (),
) -> Settlement:
    """Decide which appliances go in which wave: those on which something is written come before those that are only proven or left as they are.

    :param plans: by appliance of the run, reachable or not and in the inventory's order, its plan in this rollout
    :param last: by appliance, its last line in the journal
    :param earlier: name and course of a rollout of the same measure that stopped; the appliances that stopped it go first
    :param inventory: appliances that an option may name although they are not in this run
    :param goes_on: an appliance that cannot go does not keep the others
    :param untouched: appliances that keep nobody and need not be accepted, where they cannot go; None for all of them
    :raises InvalidInput: where an option names an appliance that the inventory does not have
    """
    nameable = {*plans, *inventory}
    current = {host: _current_plan(plan, last.get(host, NO_LINE)) for host, plan in plans.items()}
    absent = [_absence(host, last.get(host, NO_LINE)) for host, plan in current.items() if plan is None]
    going = {host: plan for host, plan in current.items() if plan is not None and not plan.nothing_to_do}
    stays = [absence for absence in absent if untouched is None or absence.host in untouched]
    staying = {absence.host for absence in stays}
    left_out, not_accepted = _accepted([one for one in absent if one.host not in staying], options, nameable)
    first = set() if earlier is None else {*earlier[1].failed, *earlier[1].lost()}
    # A canary on which nothing is written, such as one that stays open, would show nothing.
    order = sorted(going, key=lambda host: (host not in first, not going[host].values.get("lines")))
    require_known("rollout_canary", options.canary, nameable)
    return Settlement(
        waves=waves_of(order, options),
        nothing_to_do=[host for host, plan in current.items() if plan is not None and plan.nothing_to_do],
        left_out=left_out,
        in_the_way=[] if goes_on else not_accepted,
        left_open=not_accepted if goes_on else [],
        stays=stays,
        continues="" if earlier is None else earlier[0],
    )


def require_somewhere(plans: Iterable[PlanFile], settlement: Settlement) -> None:
    """Refuse a requested VIP or admin partition that no appliance has: it is misspelt, and the one that is meant would stay as it is.

    Nothing is refused where an appliance could not be read, since it may have it.

    :param plans: of the appliances of this run
    :raises InvalidInput: with the names
    """
    lists = [set(plan.unmatched) for plan in plans if plan.unmatched is not None]
    nowhere = sorted(set.intersection(*lists)) if lists else []
    if nowhere and not (settlement.left_out or settlement.in_the_way or settlement.left_open or settlement.stays):
        raise InvalidInput(
            f"{_nowhere_text(nowhere)} The same command with --check and without it shows all virtual servers."
        )


def _nowhere_text(names: Sequence[str]) -> str:
    partitions = [name.removeprefix(ADMIN_PARTITION) for name in names if name.startswith(ADMIN_PARTITION)]
    vips = [name for name in names if not name.startswith(ADMIN_PARTITION)]
    texts = (
        [f"vips names {', '.join(vips)}, and no appliance of this run has a virtual server of that name or address"]
        if vips
        else []
    )
    texts += (
        [f"partitions names {', '.join(partitions)}, and no appliance of this run has such an admin partition"]
        if partitions
        else []
    )
    correct = " and ".join([*(["vips"] if vips else []), *(["partitions"] if partitions else [])])
    return f"{'; '.join(texts)}, so nothing was changed anywhere. Correct {correct}."


def _current_plan(plan: PlanFile | None, line: Line) -> PlanFile | None:
    # The file alone proves nothing: an earlier rollout in the same run of ansible-playbook may have written it.
    return plan if line["event"] == Event.PLANNED else None


def _absence(host: str, line: Line) -> Absence:
    known = line["event"] in (Event.NOT_PLANNED, Event.UNREACHABLE_IN_PLAN)
    text = line["text"] if known else "its worker gave no answer, or another task failed before its plan"
    return Absence(host, line["event"] == Event.UNREACHABLE_IN_PLAN, text)


def _accepted(
    absent: Sequence[Absence], options: RolloutOptions, nameable: Iterable[str]
) -> tuple[list[Absence], list[Absence]]:
    """Return the absences that the options accept, and the others."""
    accepted: list[Absence] = []
    refused: list[Absence] = []
    for unreachable, limit, name in (
        (True, options.accept_unreachable, "accept_unreachable"),
        (False, options.accept_refused, "accept_refused"),
    ):
        missing = [absence for absence in absent if absence.unreachable is unreachable]
        require_known(name, limit, nameable)
        if isinstance(limit, int):
            (accepted if len(missing) <= limit else refused).extend(missing)
        else:
            accepted += [absence for absence in missing if absence.host in limit]
            refused += [absence for absence in missing if absence.host not in limit]
    return accepted, refused
