# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Responder policies of others in front of ours that let requests go on past it, and may do so with an attack. Pure.

Such a policy is for chosen clients, headers, times or ports, so no probe from one place shows it. It counts where its action lets a request pass, its
binding leads past ours (END, a goto that NITRO does not show, a jump, an earlier bank with END by one of the two readings of the guide), and its
condition can hold together with a request that ours would answer. A policy that answers, redirects, resets or drops is another answer: it counts only
for requests for which the text of its action has no result, so that the action is not taken (blog of 2010 on UNDEF). Whatever its action and its binding
are, a policy counts for requests for which its rule has no result: this ends the evaluation, and the request passes unless undefAction answers it. A
policy that invokes a label, or whose condition cannot be evaluated, is open.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from ..appliance.objects.ownership import Owner
from ..catalogue.traffic import HOST, Traffic
from ..policy_language import UNDEF, Request
from ..policy_language.banks import BoundPolicy
from .attack_witnesses import AttackChooser, Chosen, Holds
from .evaluation_order import free_before
from .policy_bank import NO_POLICY, Unreadable, names_of, request_of
from .request_paths import MANAGEMENT, AppliancePolicies, Path

MOST_ATTACKS = 8
"""The attacks of the traffic from which requests are made, spread over all of them."""
_METHODS = ("POST", "HEAD", "PUT")
MOST_CONDITION = 200
"""The characters of a condition that are shown."""


@dataclass(frozen=True)
class LetPast:
    """A policy of others that lets requests go on before ours is evaluated.

    :ivar where: its bind point, with priority and goto
    :ivar condition: its rule
    :ivar undefined: what has no result then, in words behind the rule; "" where it matches, and lets pass what it matches
    :ivar example: an attack that it would let pass, in words; "" where it is not known if there is one
    :ivar free: the number at which ours would be evaluated before all such policies of its bind point; 0 where there is none
    :ivar invokes: it invokes a label, which is not read
    :ivar by_one_reading: ours are at later bind points, which END ends too by one of the two readings of the guide
    """

    policy: str
    where: str
    condition: str
    example: str = ""
    free: int = 0
    by_one_reading: bool = False
    invokes: bool = False
    undefined: str = ""

    @property
    def is_sure(self) -> bool:
        """True if there is an attack that it lets pass."""
        return bool(self.example)

    def __str__(self) -> str:
        return self.text("an attack")

    def text(self, stopped: str) -> str:
        """Return it in words.

        :param stopped: what a request is that ours is to stop
        """
        condition = self.condition
        if len(condition) > MOST_CONDITION:
            condition = f"{condition[:MOST_CONDITION]} ... {len(condition) - MOST_CONDITION} more characters"
        text = f"{self.policy} ({self.where}) lets requests go on before ours where {condition}{self.undefined}"
        return (
            f"{text}; so would {stopped}, {self.example}"
            if self.is_sure
            else f"{text}; not decided: is {stopped} among them?"
        )


class _Way(Enum):
    """How a policy lets a request go on: it matches and lets pass, its rule has no result, or it matches and its action has no text."""

    MATCHES = ""
    UNDEFINED = " is undefined"
    UNANSWERED = " and the text of its action {action} is undefined"


@dataclass(frozen=True)
class _Place:
    """A bound policy in the order in which requests meet them.

    :ivar bank: the number of its bank on the path
    :ivar at: the bind point of that bank
    """

    bank: int
    at: str
    bound: BoundPolicy

    @property
    def order(self) -> tuple[int, int]:
        return self.bank, self.bound.priority


def let_past(policies: AppliancePolicies, owner: Owner, traffic: Traffic) -> tuple[LetPast, ...]:
    """Return the policies of others that let requests go on past ours, each once, in the order in which requests meet them.

    :param traffic: the requests that ours is to answer
    """
    return requests_past(policies, owner.owns_name, lambda path: _attacks(path, traffic))


def requests_past(
    policies: AppliancePolicies,
    is_ours: Callable[[str], bool],
    stopped: Callable[[Path], Sequence[Request]],
    clients: Sequence[str] | None = None,
) -> tuple[LetPast, ...]:
    """Return the same for requests that are no traffic of a measure.

    :param is_ours: tells by its name if a policy is one of those that are to stop them
    :param stopped: returns the requests that ours is to stop on a path
    :param clients: see :class:`AttackChooser`
    """
    if not policies.feature_on:
        return ()
    found: dict[str, LetPast] = {}
    chooser = AttackChooser(names_of(policies.objects), clients)
    known: dict[Hashable, tuple[Holds, str]] = {}
    for path in policies.paths:
        if set(path.places) != {MANAGEMENT}:
            for one in _PathInFront(policies, path, is_ours, chooser, known).judged(stopped):
                if one.policy not in found or (one.is_sure and not found[one.policy].is_sure):
                    found[one.policy] = one
    return tuple(found.values())


def _attacks(path: Path, traffic: Traffic) -> list[Request]:
    """Return the attacks of the traffic that can come there."""
    return [
        request_of(case, session)
        for case, session in traffic.evaluations()
        if case.attack and (path.sessions or not session) and any(case.is_at(place) for place in path.places)
    ]


class _PathInFront:
    """What stands in front of ours on one path.

    :ivar known: by what they depend on, the answers for other paths: many virtual servers have the same banks
    """

    def __init__(
        self,
        policies: AppliancePolicies,
        path: Path,
        is_ours: Callable[[str], bool],
        chooser: AttackChooser,
        known: dict[Hashable, tuple[Holds, str]],
    ) -> None:
        self.policies, self.path, self.is_ours, self.chooser, self.known = policies, path, is_ours, chooser, known
        self.row = [_Place(bank, one.bindpoint, bound) for bank, one in enumerate(path.banks) for bound in one.in_order]
        self.ours = [one for one in self.row if is_ours(one.bound.policy) and not self._lets_go_on(one)]
        self.last = {bank: one.in_order[-1].priority for bank, one in enumerate(path.banks) if one.policies}

    def judged(self, stopped: Callable[[Path], Sequence[Request]]) -> Iterator[LetPast]:
        """Yield each policy that lets requests go on past one of ours, unless no attack can be among them."""
        others = [one for one in self.row if not self.is_ours(one.bound.policy)]
        ways = [(one, way) for one in others for way in self._ways(one)]
        in_front = [(one, way, skipped) for one, way in ways if (skipped := self._skipped(one, way))]
        attacks = self._some(stopped(self.path)) if in_front else ()
        judged = [(one, way, skipped, *self._holds(one, way, skipped, attacks)) for one, way, skipped in in_front]
        counts = [one for one, _way, _skipped, holds, _example in judged if holds is not Holds.NO]
        for one, way, skipped, holds, example in judged:
            if holds is not Holds.NO:
                free = self._free(one.bank, skipped, counts)
                later = way is not _Way.UNDEFINED and all(own.bank > one.bank for own in skipped)
                invokes = way is _Way.MATCHES and one.bound.invoke is not None
                said = way.value.format(action=one.bound.action)
                yield LetPast(one.bound.policy, _where(one), self._condition(one), example, free, later, invokes, said)

    def _ways(self, one: _Place) -> Iterator[_Way]:
        """Yield how a policy may let a request go on."""
        if self._lets_go_on(one):
            yield _Way.MATCHES
        elif self.chooser.may_be_undefined(self._target(one)):
            yield _Way.UNANSWERED
        if not isinstance(one.bound.rule, Unreadable) and self.chooser.may_be_undefined(one.bound.rule.text):
            yield _Way.UNDEFINED

    def _target(self, one: _Place) -> str:
        """Return the text of its action, an expression; one that always has a result where it has none."""
        action = self.policies.objects.get(("responderaction", (one.bound.action,)), {})
        return str(action.get("target") or "TRUE")

    def _lets_go_on(self, one: _Place) -> bool:
        """Return True if the action lets a request pass; a binding that only invokes a label has none."""
        return not one.bound.action or self.policies.passes(one.bound.action)

    def _skipped(self, one: _Place, way: _Way) -> list[_Place]:
        """Return those of ours that a request does not meet once it has matched a policy, or has no result there, by any reading of the guide."""
        behind = [own for own in self.ours if own.order > one.order]
        if way is _Way.UNDEFINED:  # which ends the evaluation
            return behind if self.policies.passes(one.bound.undef_action or self.policies.undef_action) else []
        goto = one.bound.goto.strip().upper()
        if one.bound.invoke is not None or goto in ("", "END"):
            return behind  # what a label holds is not read; END ends the later banks too, or only its own
        if goto in ("NEXT", "USE_INVOCATION_RESULT"):
            return []
        if not goto.isdecimal():
            return behind  # an expression
        number = int(goto)
        if number > self.last[one.bank]:
            return behind
        there = any((other.bank, other.bound.priority) == (one.bank, number) for other in self.row)
        if number < one.bound.priority or not there:  # UNDEF, which ends the evaluation
            return behind if self.policies.passes(one.bound.undef_action or self.policies.undef_action) else []
        return [own for own in behind if own.bank == one.bank and own.bound.priority < number]

    def _free(self, bank: int, skipped: Sequence[_Place], counts: Sequence[_Place]) -> int:
        """Return a free number in front of all that let requests go on past ours at one bind point; 0 where ours is at another."""
        if not any(own.bank == bank for own in skipped):
            return 0
        taken = [one.bound.priority for one in self.row if one.bank == bank]
        return free_before(taken, [one.bound.priority for one in counts if one.bank == bank]) or 0

    def _some(self, every: Sequence[Request]) -> list[Request]:
        """Return some of the attacks that ours would answer there, spread over all."""
        answered = [request for request in every if self._answers(self.ours, request)]
        return answered[:: -(-len(answered) // MOST_ATTACKS)] if answered else []

    @staticmethod
    def _answers(places: Sequence[_Place], request: Request) -> bool:
        """Return True if one of these policies is sure to match a request."""
        return any(one.bound.rule.evaluate(request) is True for one in places)

    def _holds(
        self, one: _Place, way: _Way, skipped: Sequence[_Place], attacks: Sequence[Request]
    ) -> tuple[Holds, str]:
        """Return if a request that ours would answer can go on there, and one that does, in words."""
        if isinstance(one.bound.rule, Unreadable):
            return Holds.OPEN, ""
        answering = [
            other
            for other in self.row
            if other.order < one.order
            and not self._lets_go_on(other)
            and not self.chooser.may_be_undefined(self._target(other))
        ]
        bound = tuple(id(each.bound) for each in (one, *skipped, *answering))
        is_called = any(self._calls(one))  # what it calls is of the path
        key = (bound, way, len(skipped), self.path.sessions, tuple(attacks), self.path.places if is_called else ())
        if key not in self.known:
            self.known[key] = self._asked(one, way, skipped, answering, attacks)
        return self.known[key]

    def _chosen(self, one: _Place, way: _Way, attacks: Sequence[Request]) -> Iterator[Chosen]:
        if way is _Way.MATCHES:
            return self.chooser.choose(one.bound.rule.text, attacks)
        if way is _Way.UNDEFINED:
            return self.chooser.choose_undefined(one.bound.rule.text, attacks)
        return self.chooser.choose_unanswered(one.bound.rule.text, self._target(one), attacks)

    def _asked(
        self,
        one: _Place,
        way: _Way,
        skipped: Sequence[_Place],
        answering: Sequence[_Place],
        attacks: Sequence[Request],
    ) -> tuple[Holds, str]:
        """:param answering: the policies of anybody that answer before it"""
        best, invokes = Holds.NO, way is not _Way.UNDEFINED and one.bound.invoke is not None
        for chosen in self._chosen(one, way, attacks):
            request = chosen.request
            if request is None or not self.chooser.may_go_on(len(skipped) + len(answering)):
                best = Holds.OPEN
            elif request.is_sslvpn and not self.path.sessions:
                continue
            elif self._answers(skipped, request) and not self._answers(answering, request):
                passing = (
                    self._passing(one, way, skipped, request) if chosen.holds is Holds.YES and not invokes else None
                )
                if passing is not None:
                    return Holds.YES, _shown(passing, of_a_client=bool(self.chooser.clients))
                best = Holds.OPEN
        return best, ""

    def _passing(self, one: _Place, way: _Way, skipped: Sequence[_Place], request: Request) -> Request | None:
        """Return a request, or the same by another method, that no virtual server answers which a policy in front of this one invokes.

        None where each is answered, or not all could be looked at: then it is open.
        """
        if not any(self._calls(one)):
            return request
        wanted = UNDEF if way is _Way.UNDEFINED else True
        for method in dict.fromkeys((request.method, *_METHODS)):
            sent = replace(request, method=method)
            if not self.chooser.may_go_on(len(self.row)):
                return None
            is_same = method == request.method or one.bound.rule.evaluate(sent) is wanted
            if is_same and self._answers(skipped, sent) and not self._is_answered(sent):
                return sent
        return None

    def _calls(self, one: _Place) -> Iterator[bool]:
        """Yield of each policy in front of one whether it invokes a label or a virtual server."""
        return (other.bound.invoke is not None for other in self.row if other.order < one.order)

    def _is_answered(self, request: Request) -> bool:
        """Return True if by each reading of the guide some policy of the path, or of what is invoked there, answers a request."""
        found = self.policies.decisions(self.path, request)
        return found.complete and all(
            not each.undetermined and each.action is not None and not self.policies.passes(each.action)
            for each in found.every
        )

    def _condition(self, one: _Place) -> str:
        """Return the rule of a policy, as the appliance has it."""
        if one.bound.policy.upper() == NO_POLICY and one.bound.invoke is not None:
            return f"{' '.join(one.bound.invoke)}, which is not read, says so"
        attributes = self.policies.objects.get(("responderpolicy", (one.bound.policy,)), {})
        return str(attributes.get("rule", one.bound.rule.text))


def _where(one: _Place) -> str:
    return f"{one.at} {one.bound.priority}, {one.bound.goto or 'goto not shown, taken as END'}"


def _shown(request: Request, *, of_a_client: bool) -> str:
    """Return a request in words; what every request has is left out.

    :param of_a_client: its address is part of it
    """
    headers = [f"{name}: {value}" for name, value in request.headers if (name, value) != ("Host", HOST)]
    said = f" with {' and '.join(headers)}" if headers else ""
    session = " in a session" if request.is_sslvpn else ""
    client = f" from {request.client_ip}" if of_a_client else ""
    return f"{request.method} {request.url}{said}{session}{client}"
