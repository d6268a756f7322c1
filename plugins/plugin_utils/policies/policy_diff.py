# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compare the policies before and after a change: the requests with a different result, other than the intended ones. Pure.

A proof of a change has three questions: is the attack not blocked already, is every attack blocked afterwards, and does nothing
else change? This is the third, which is left out most often (Batfish, the notebook on provably safe changes of ACLs and firewalls).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from ..catalogue.traffic import Traffic, TrafficCase
from ..catalogue.traffic_variants import variants_for
from ..foundation.counted import agreed
from ..foundation.json_values import written, written_as_text
from ..policy_language import Request
from ..policy_language.banks import Bank, BoundPolicy
from .management_requests import MANAGEMENT_REQUESTS
from .policy_bank import names_of, request_of
from .request_paths import MANAGEMENT, AppliancePolicies, Path

SHOWN = 5
PASSED = "passes"

Answer = tuple[str, str]
"""The answer to a client: the action's name, or PASSED, and the attributes of the action."""


@dataclass(frozen=True)
class PlacedRequest:
    """One request at one place.

    :ivar place: the bind point at which it arrives, such as "vpn vserver gw REQUEST"
    """

    case: TrafficCase
    session: bool
    client: str
    place: str

    def __str__(self) -> str:
        session = " in a session" if self.session else ""
        origin = "" if self.case.client else f" from {self.client}"
        return f"{self.case}{session}{origin} at {self.place}"


@written_as_text
@dataclass(frozen=True)
class Difference:
    """A request with different results before and after the change."""

    request: PlacedRequest
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.request}: {self.before} before, {self.after} after"


@written("asked=compared different open requests=differences", different=lambda diff: len(diff.differences))
@dataclass(frozen=True)
class PolicyDiff:
    """The result of the comparison.

    :ivar compared: the number of requests that were compared; the intended ones are not among them
    :ivar differences: the requests with different results
    :ivar open: the number of requests without a definite result before or after the change
    """

    compared: int = 0
    differences: tuple[Difference, ...] = ()
    open: int = 0

    def summary(self) -> str:
        """Return one line for a preview, or "" if no request was compared."""
        if not self.compared:
            return ""
        text = f"{len(self.differences)} of {self.compared} {agreed(self.compared, 'other request is', 'other requests are')} treated differently"
        return text + (f", {self.open} not checked (the documents leave the semantics open)" if self.open else "")

    def shown(self, limit: int = SHOWN) -> list[str]:
        more = len(self.differences) - limit
        return [*map(str, self.differences[:limit]), *([f"and {more} more"] if more > 0 else [])]


def compare_policies(
    before: AppliancePolicies,
    after: AppliancePolicies,
    requests: Iterable[PlacedRequest],
    intended: Callable[[PlacedRequest], bool],
) -> PolicyDiff:
    """Evaluate every request in both states, and return the requests with different results.

    :param intended: returns True for a request whose result is meant to change; it is not compared
    :raises KeyError: if the appliance has no such place
    """
    return PolicyComparison(before, after).compare(request for request in requests if not intended(request))


def is_attack(request: PlacedRequest) -> bool:
    """Return True for the requests that a mitigation is meant to block: its attacks and their variants."""
    return request.case.attack


def requests_for(
    traffic: Traffic, version: int, places: AppliancePolicies, clients: Sequence[str]
) -> Iterator[PlacedRequest]:
    """Return the traffic of a measure and its variants at every place, from every client, and the management requests.

    :param clients: client addresses. Variants are sent from the first one only, and a case that names its client from that
        address only
    """
    cases = [case for case in traffic.cases if case.since <= version]
    varied = [variant.case for variant in variants_for(traffic, version)]
    for path in places.paths:
        for place in path.places:
            if place == MANAGEMENT:
                yield from (
                    PlacedRequest(case, False, client, place) for client in clients for case in MANAGEMENT_REQUESTS
                )
                continue
            for number, client in enumerate(clients):
                for case in (*cases, *varied) if number == 0 else cases:
                    if not case.is_at(place) or (case.client and number > 0):
                        continue
                    for session in case.sessions():
                        if path.sessions or not session:
                            yield PlacedRequest(case, session, case.client or client, place)


@dataclass
class PolicyComparison:
    """The policies of an appliance in two states."""

    before: AppliancePolicies
    after: AppliancePolicies
    changed: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.changed = frozenset(_changed(self.before, self.after) | _changed(self.after, self.before))
        self._paths = [{place: path for path in side.paths for place in path.places} for side in self._sides]
        # A rule that is FALSE for a request does not change its result, unless a goto names its priority or a shared set has changed.
        self._only_rules_changed = (
            not any(_has_a_numeric_goto(side) for side in self._sides)
            and _shared_names_agree(self.before, self.after)
            and self.before.feature_on is self.after.feature_on
        )

    @property
    def _sides(self) -> tuple[AppliancePolicies, AppliancePolicies]:
        return self.before, self.after

    def compare(self, requests: Iterable[PlacedRequest]) -> PolicyDiff:
        count, unknown, differences = 0, 0, []
        answers_of = cache(self._case)  # many places have the same banks
        for request in requests:
            paths = [by_place[request.place] for by_place in self._paths]
            before, after = answers_of(paths[0], paths[1], request.case, request.session, request.client)
            count += 1
            if before is None or after is None:
                unknown += 1
            elif before != after:
                differences.append(Difference(request, *_words(before, after)))
        return PolicyDiff(count, tuple(differences), unknown)

    def _case(
        self, before: Path, after: Path, case: TrafficCase, session: bool, client: str
    ) -> tuple[Answer | None, Answer | None]:
        return self.answers(before, after, request_of(case, session, client))

    def answers(self, before: Path, after: Path, request: Request) -> tuple[Answer | None, Answer | None]:
        """Return the answers before and after; None if an answer is open. If they are sure to be the same, both may be PASSED."""
        if self._nothing_that_changed_matches(before, after, request):
            return (PASSED, ""), (PASSED, "")  # the answer is the same on both sides
        return self._answer(self.before, before, request), self._answer(self.after, after, request)

    def may_newly_block(self, before: Path, after: Path) -> bool:
        """Return True if a request could be blocked there afterwards that passes now: the states differ and a policy blocks."""
        bound = [one for path in (before, after) for bank in path.banks for one in bank.policies]
        return (
            self.after.feature_on
            and any(not self._only_rules_changed or one.policy in self.changed for one in bound)
            and any(self._can_block(one) for bank in after.banks for one in bank.policies)
        )

    def _can_block(self, bound: BoundPolicy) -> bool:
        return bool(bound.invoke) or not (
            self.after.passes(bound.action) and self.after.passes(bound.undef_action or self.after.undef_action)
        )

    @staticmethod
    def _answer(policies: AppliancePolicies, path: Path, request: Request) -> Answer | None:
        """Return the answer to the client; None if it is open."""
        if not policies.feature_on or not may_match(path, request):
            return PASSED, ""
        found = policies.decisions(path, request)
        answers = {_answer_of(policies, decision.action) for decision in found.every}
        return answers.pop() if found.complete and len(answers) == 1 else None

    def _nothing_that_changed_matches(self, before: Path, after: Path, request: Request) -> bool:
        return self._only_rules_changed and all(
            bound.rule.evaluate(request) is False
            for bank in (*before.banks, *after.banks)
            for bound in bank.policies
            if bound.policy in self.changed
        )


def may_match(path: Path, request: Request) -> bool:
    """Return True unless all policies on the path are FALSE for the request; then it passes, whatever the gotos say."""
    return any(bound.rule.possible(request) != (False,) for bank in path.banks for bound in bank.policies)


def _answer_of(policies: AppliancePolicies, action: str | None) -> Answer:
    if policies.passes(action) or action is None:
        return PASSED, ""
    return action, _text_of_action(policies, action)


def _text_of_action(policies: AppliancePolicies, action: str) -> str:
    """Return all attributes of an action except its comment, as text that can be compared."""
    attributes = policies.objects.get(("responderaction", (action,)), {})
    return str({name: value for name, value in sorted(attributes.items()) if name != "comment"})


def _words(before: Answer, after: Answer) -> tuple[str, str]:
    same_name = before[0] == after[0]
    words = [PASSED if action == PASSED else f"answered by {action}" for action, _says in (before, after)]
    return words[0], words[1] + (" with another answer" if same_name else "")


def _changed(one: AppliancePolicies, other: AppliancePolicies) -> set[str]:
    """Return the policies that are bound in one state and not, or differently, in the other."""
    there = set(_identities(other))
    return {identity[1] for identity in _identities(one) if identity not in there}


def _identities(policies: AppliancePolicies) -> Iterator[tuple[str, str, object]]:
    """Yield the place, the policy, and all attributes that decide its effect."""
    for place, bound in policies.bound():
        rest = (bound.rule.text, bound.action, bound.priority, bound.goto, bound.undef_action, bound.invoke)
        yield place, bound.policy, (*rest, _text_of_action(policies, bound.action))


def _shared_names_agree(one: AppliancePolicies, other: AppliancePolicies) -> bool:
    """Return True if the sets and expressions that both states have are the same in both."""
    names, others = names_of(one.objects), names_of(other.objects)
    pairs = ((names.patsets, others.patsets), (names.expressions, others.expressions))
    return all(left[name] == right[name] for left, right in pairs for name in left.keys() & right.keys())


def _has_a_numeric_goto(policies: AppliancePolicies) -> bool:
    banks: tuple[Bank, ...] = (*policies.banks.values(), *policies.labels.values())
    words = {"", "END", "NEXT", "USE_INVOCATION_RESULT"}
    return any(bound.goto.strip().upper() not in words for bank in banks for bound in bank.policies)
