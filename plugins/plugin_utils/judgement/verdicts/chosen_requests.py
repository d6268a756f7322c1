# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Choose the requests that prove a measure at a VIP: those that no other measure of ours stops. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from ...appliance.nitro.appliance import Vip
from ...catalogue.run_parameters import Probes, ResolvedParameters
from ...catalogue.traffic import CaseSession, TrafficCase
from ...policies.other_measures import is_of_another
from ..inspection.facts import ApplianceFacts
from ..proof.probes import NOT_JUDGED, BesideOthers

MOST_PROBES_AT_APPLY = 3
WhyNotSent = Callable[[Vip, TrafficCase], str]


@dataclass(frozen=True)
class ChosenRequests:
    """The requests for one VIP.

    :ivar beside: what is known of the other measures of ours there
    """

    cases: tuple[TrafficCase, ...] = ()
    beside: BesideOthers = field(default_factory=BesideOthers)

    @property
    def is_anything(self) -> bool:
        """True if something is expected of the VIP."""
        return bool(self.cases or self.beside.not_judged)

    def lacks(self, *, attack: bool) -> str:
        """Return why no attack, or no legitimate request, is left to be sent; "" if one is, or none is expected."""
        left = any(case.attack is attack for case in self.cases)
        return "" if left else next((reason for case, reason in self.beside.not_judged if case.attack is attack), "")


def chosen_requests(
    facts: ApplianceFacts, vip: Vip, why_not_sent: WhyNotSent = lambda _vip, _case: "", *, only_counts: bool = False
) -> ChosenRequests:
    """Return the requests for a VIP; none if nothing is expected of it.

    An attack that another measure of ours stops in front of a mitigation proves it too, if the counter of that one is read; others come first.

    :param why_not_sent: returns why a probe cannot send a case, or ""
    :param only_counts: this measure lets pass there what it matches
    """
    parameters = facts.parameters
    traffic = parameters.measure.traffic.for_version(parameters.owner.version).at(f"{vip.kind} vserver {vip.name}")
    cases = [case for case in traffic.cases if case.session != CaseSession.WITH]
    answering = explaining(parameters, (*facts.rules.blockers, *facts.rules.blockers_after))
    stopped = [(case, by) for case in cases if (by := facts.others.stops(vip.kind, vip.name, case)) is not None]
    explained = frozenset(case for case, by in stopped if case.attack and by.policy in answering)
    not_judged = [(case, f"{NOT_JUDGED} {by}") for case, by in stopped if case not in explained]
    out = {case for case, _reason in not_judged}
    left = [case for case in cases if case not in out]
    if parameters.probes != Probes.ALL:
        # Those that can be sent come first, and of these those that reach this measure.
        left = _few(cases, sorted(left, key=lambda case: (bool(why_not_sent(vip, case)), case in explained)))
        not_judged = [one for one in not_judged if one[0].probe]
    if any(not case.attack for case in cases) and all(case.attack for case in left):
        left += islice(facts.others.allowed(vip.kind, vip.name), 1)
    behind = {case for case in left if only_counts and facts.others.stops_behind(vip.kind, vip.name, case)}
    beside = BesideOthers(
        tuple(not_judged), explained | behind, explained=only_counts, waking=facts.features.waking(parameters.owner)
    )
    return ChosenRequests(tuple(left), beside)


def explaining(parameters: ResolvedParameters, blockers: Iterable[str]) -> frozenset[str]:
    """Return the policies of other measures of ours that answer attacks in front of a mitigation, and whose counters are read for it.

    :param blockers: the policies that answer the attacks
    """
    if parameters.resolved.placements:
        return frozenset()  # each placement is proven by its own counter alone
    return frozenset(policy for policy in blockers if is_of_another(policy, parameters.owner))


def _few(every: Sequence[TrafficCase], left: Sequence[TrafficCase]) -> list[TrafficCase]:
    """Return at most MOST_PROBES_AT_APPLY requests: those that are marked for it, or another one where none of these is left.

    :param every: the requests of the VIP, those that are not judged there included
    """
    controls = _first_choice(every, left, attack=False)[:1]
    return [*_first_choice(every, left, attack=True)[: MOST_PROBES_AT_APPLY - len(controls)], *controls]


def _first_choice(every: Sequence[TrafficCase], left: Sequence[TrafficCase], *, attack: bool) -> list[TrafficCase]:
    of_kind = [case for case in left if case.attack is attack]
    marked = [case for case in of_kind if case.probe]
    is_expected = any(case.probe for case in every if case.attack is attack)
    return marked or (of_kind[:1] if is_expected else [])
