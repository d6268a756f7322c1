# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Describe the order of evaluation: whether our policy is reached, which policies end the evaluation before it, and which policies
no longer see requests that ours answers. Pure.

A statement about a request was evaluated with that request. A statement about requests that the traffic does not contain, or
where the documentation allows two readings, says "may".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..appliance.objects.ownership import Owner
from ..appliance.objects.resource_types import TYPES, bind_point
from ..catalogue.traffic import TrafficCase
from ..foundation.json_values import written
from ..policy_language.banks import Decision
from .policy_bank import request_of
from .request_paths import AppliancePolicies, Objects, Path, PossibleDecisions

SHOWN = 5
Witness = tuple[TrafficCase, bool]
"""A request of the traffic, and whether it belongs to a session."""


@dataclass(frozen=True)
class ShadowedAttack:
    """An attack that our policy would block, and that passes because it does not reach our policy.

    :ivar policy: the policy of others that ends the evaluation before ours
    :ivar place: the bind point of that policy
    """

    case: TrafficCase
    session: bool
    policy: str
    place: str


@written("certain possible free_priority")
@dataclass(frozen=True)
class EvaluationOrder:
    """The statements about the order.

    :ivar certain: statements that were evaluated with a request of the traffic, or that follow from the configuration alone
    :ivar possible: statements that may hold, with the reason why that is not known
    :ivar shadowed: the attacks that do not reach our policy and pass
    :ivar free_priority: a free priority before the policies that shadow ours; None if there is none, or none is needed
    """

    certain: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()
    shadowed: tuple[ShadowedAttack, ...] = ()
    free_priority: int | None = None


def describe(
    before: AppliancePolicies,
    after: AppliancePolicies,
    owner: Owner,
    cases: Sequence[Witness],
    blocked_alone: Iterable[tuple[str, bool]] = (),
) -> EvaluationOrder:
    """Compare an appliance's policies without and with ours.

    :param cases: the traffic of the measure, once for each session state
    :param blocked_alone: case and session of the attacks that our rule alone blocks
    """
    return _Description(before, after, owner, cases, frozenset(blocked_alone)).describe()


def neighbours(objects: Objects, owner: Owner) -> list[str]:
    """Return the policies of others that are bound at the places that were read, in the order of their priorities."""
    found = []
    for object_id, attributes in objects.items():
        type_ = TYPES[object_id[0]]
        if type_.policy_attribute and not owner.owns(object_id, attributes):
            place = str(attributes.get(type_.scope or "name", ""))
            goto = attributes.get("gotopriorityexpression", "END")
            priority = attributes.get("priority", 0)
            text = f"{place} {priority} {attributes[type_.policy_attribute]} ({goto})"
            found.append((bind_point(object_id, attributes), priority if isinstance(priority, int) else 0, text))
    return [text for _point, _priority, text in sorted(found)]


def free_before(taken: Iterable[int], fronts: Iterable[int]) -> int | None:
    """Return the largest free priority before all of these; None if there is none (1 is the first, command reference 12.0)."""
    used, priority = set(taken), min(fronts) - 1
    while priority in used:
        priority -= 1
    return priority if priority >= 1 else None


@dataclass
class _Group:
    """The requests for one statement."""

    witnesses: dict[Witness, None] = field(default_factory=dict)
    places: dict[str, None] = field(default_factory=dict)

    def add(self, witness: Witness, path: Path) -> None:
        self.witnesses[witness] = None
        self.places.update(dict.fromkeys(path.places))

    def first(self) -> str:
        return shown(next(iter(self.witnesses)))

    def where(self) -> str:
        return _list(self.places)


class _Description:
    def __init__(
        self,
        before: AppliancePolicies,
        after: AppliancePolicies,
        owner: Owner,
        cases: Sequence[Witness],
        blocked_alone: frozenset[tuple[str, bool]],
    ) -> None:
        self._before, self._after, self._owner = before, after, owner
        self._cases, self._blocked_alone = cases, blocked_alone
        self._ours = [(place, bound) for place, bound in after.bound() if owner.owns_name(bound.policy)]
        self._ended: dict[tuple[str, str, str], _Group] = {}
        self._may_end: dict[tuple[str, str], _Group] = {}
        self._kept: dict[tuple[str, str], tuple[_Group, _Group]] = {}
        self._never_reached: dict[str, None] = {}
        self._shadowed: dict[ShadowedAttack, None] = {}

    def describe(self) -> EvaluationOrder:
        if not self._ours:
            return EvaluationOrder(certain=("the document binds no policy",))
        if not self._after.feature_on:
            return EvaluationOrder(certain=("the feature RESPONDER is off, so no request reaches ours",))
        for path in self._after.paths:
            if self._ours_in(path):
                self._follow(path)
            else:
                self._never_reached.update(dict.fromkeys(path.places))
        certain = [*self._ended_texts(), *self._kept_texts()]
        if not self._before.feature_on:
            certain.append("the feature RESPONDER is off now: enabling it activates every policy that is bound")
        possible = [*self._may_end_texts(), *self._unseen_texts(), *self._bind_point_texts()]
        return EvaluationOrder(tuple(certain), tuple(possible), tuple(self._shadowed), self._free_priority())

    def _ours_in(self, path: Path) -> bool:
        banks = [*path.banks]
        for bank in banks:  # the loop appends the banks that are invoked
            banks += [
                invoked
                for bound in bank.policies
                if bound.invoke and (invoked := self._after.labels.get(_label(bound.invoke))) and invoked not in banks
            ]
        return any(self._owner.owns_name(bound.policy) for bank in banks for bound in bank.policies)

    def _follow(self, path: Path) -> None:
        earlier = next((one for one in self._before.paths if set(one.places) & set(path.places)), None)
        for case, session in self._cases:
            if (session and not path.sessions) or not any(case.is_at(place) for place in path.places):
                continue
            request = request_of(case, session)
            found = self._after.decisions(path, request)
            self._ends(path, (case, session), found)
            if earlier is not None:
                self._keeps(path, (case, session), self._before.decisions(earlier, request), found)

    # Is our policy reached?

    def _ends(self, path: Path, witness: Witness, found: PossibleDecisions) -> None:
        skips = {self._reaches(decision) for decision in found.end_skips}
        stays = {self._reaches(decision) for decision in found.end_stays}
        if skips == stays == {True} and found.complete:
            return
        if skips == stays == {False} and found.complete:
            decision = found.end_skips[0]
            key = (*self._ender(decision), self._how(decision))
            self._ended.setdefault(key, _Group()).add(witness, path)
            self._note_shadowed(witness, found, decision)
            return
        missed = next((decision for decision in found.every if not self._reaches(decision)), None)
        ender = self._ender(missed)[0] if missed else "a policy that cannot be followed"
        why = "the guide says both that END skips later bind points and that it does not"
        if not (found.complete and len(skips) == len(stays) == 1):
            why = "what it does cannot be determined offline"
        self._may_end.setdefault((ender, why), _Group()).add(witness, path)

    def _reaches(self, decision: Decision) -> bool:
        return any(self._owner.owns_name(policy) for _place, policy in decision.evaluated)

    def _ender(self, decision: Decision) -> tuple[str, str]:
        """Return the policy that ended the evaluation, the last one that matched, and its place."""
        policy = (decision.undef_hits or decision.hits or ("nobody",))[-1]
        place = next((place for place, name in reversed(decision.evaluated) if name == policy), "")
        return policy, place

    def _how(self, decision: Decision) -> str:
        if decision.undef_hits:
            return "is UNDEF, which ends the evaluation, for"
        return "lets pass, and ends the evaluation for" if self._after.passes(decision.action) else "answers"

    def _note_shadowed(self, witness: Witness, found: PossibleDecisions, decision: Decision) -> None:
        case, session = witness
        if not case.attack or (case.id, session) not in self._blocked_alone:
            return
        if all(self._after.passes(one.action) for one in found.every):
            self._shadowed[ShadowedAttack(case, session, *self._ender(decision))] = None

    def _ended_texts(self) -> Iterable[str]:
        for (policy, place, how), group in self._ended.items():
            yield (
                f"{self._named(policy, place)} {how} {group.first()} before ours is evaluated"
                f"{_and_more(group)} ({group.where()})"
            )

    def _may_end_texts(self) -> Iterable[str]:
        for (policy, why), group in self._may_end.items():
            yield f"{policy} may end the evaluation of {group.first()} before ours{_and_more(group)}: {why} ({group.where()})"

    # Which policies no longer see requests?

    def _keeps(self, path: Path, witness: Witness, before: PossibleDecisions, after: PossibleDecisions) -> None:
        if len(set(before.every)) != 1 or len(set(after.every)) != 1 or not (before.complete and after.complete):
            return
        was, now = before.every[0], after.every[0]
        for place, policy in was.evaluated:
            if (place, policy) not in now.evaluated and not self._owner.owns_name(policy):
                saw, acted = self._kept.setdefault((place, policy), (_Group(), _Group()))
                saw.add(witness, path)
                if policy in (*was.hits, *was.undef_hits):
                    acted.add(witness, path)

    def _kept_texts(self) -> Iterable[str]:
        only_saw = []
        for (place, policy), (_saw, acted) in self._kept.items():
            if acted.witnesses:
                yield (
                    f"{self._named(policy, place)} would no longer act upon {acted.first()}, which ours answers"
                    f"{_and_more(acted)} ({acted.where()})"
                )
            else:
                only_saw.append(policy)
        if only_saw:
            yield f"after ours, and no longer evaluated for requests that ours answers: {_list(only_saw)}"

    # Requests that the traffic does not contain

    def _unseen_texts(self) -> Iterable[str]:
        """Policies around ours of which the traffic shows nothing."""
        said = {policy for policy, _place, _how in self._ended} | {policy for policy, _why in self._may_end}
        kept = {policy for _place, policy in self._kept}
        front, behind = dict[str, None](), dict[str, None]()
        for place, bank in self._after.banks.items():
            own = [bound for at, bound in self._ours if at == place]
            for bound in sorted(bank.policies, key=lambda one: one.priority) if own else ():
                if self._owner.owns_name(bound.policy):
                    continue
                ends = not self._after.passes(bound.action or None) or bound.goto.upper() in {"", "END"}
                if bound.priority < min(one.priority for one in own) and bound.policy not in said:
                    if ends or bound.invoke:
                        front[bound.policy] = None
                elif bound.priority > max(one.priority for one in own) and bound.policy not in kept:
                    behind[bound.policy] = None
        if front:
            yield f"before ours, and may answer or end requests that the traffic does not contain: {_list(front)}"
        if behind:
            yield f"after ours, and may no longer see requests that ours answers: {_list(behind)}"

    def _bind_point_texts(self) -> Iterable[str]:
        for place in self._never_reached:  # only a Gateway has two
            other = (
                place.replace(" REQUEST", " AAA_REQUEST")
                if place.endswith(" REQUEST")
                else place.replace("AAA_REQUEST", "REQUEST")
            )
            if any(at == other for at, _bound in self._ours):
                yield (
                    f"ours is not bound at {place}: AAA_REQUEST may cover what the Gateway consumes itself, such as log-ons, "
                    "and REQUEST the rest (CTX693187), or REQUEST may be the only one that counts (CTX477121)"
                )

    def _free_priority(self) -> int | None:
        """Return a free priority at our bind point before the policies that shadow ours there."""
        shadows = {(attack.policy, attack.place) for attack in self._shadowed}
        for place, _own in self._ours:
            bank = self._after.banks[place]
            fronts = [bound.priority for bound in bank.policies if (bound.policy, place) in shadows]
            if fronts:
                return free_before((bound.priority for bound in bank.policies), fronts)
        return None

    def _named(self, policy: str, place: str) -> str:
        bank = self._after.banks.get(place) or self._before.banks.get(place)
        priorities = [bound.priority for bound in bank.policies if bound.policy == policy] if bank else []
        return f"{policy} ({place} {priorities[0]})" if priorities else f"{policy} (in the label {place})"


def shown(witness: Witness) -> str:
    """Return a request in words: `GET /vpn/../vpns/ in a session`."""
    case, session = witness
    return f"{case}" + (" in a session" if session else "")


def _and_more(group: _Group) -> str:
    more = len(group.witnesses) - 1
    return f", and {more} more" if more else ""


def _list(names: Iterable[str]) -> str:
    every = list(names)
    return ", ".join(every[:SHOWN]) + (f" and {len(every) - SHOWN} more" if len(every) > SHOWN else "")


def _label(invoke: tuple[str, str]) -> str:
    kind, name = invoke
    return f"vserver {name}" if kind.lower() == "vserver" else name
