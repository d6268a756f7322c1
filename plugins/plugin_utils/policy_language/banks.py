# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Evaluate policy banks: the order of bound policies, gotos, invocations, UNDEF, and the resulting action.

Sources: NetScaler policy guide 9.2 p. 32-35, vendor CLI reference 12.0 (responder policy, responder global), Citrix blog
2010-03-20 on UNDEF processing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Final, NoReturn

from .errors import ExpressionError, UnsupportedExpression
from .expression import Expression, compile_expression
from .request import Request
from .results import UNDEF, UNDETERMINED, Value

MAX_INVOCATIONS = 16
MOST_EVALUATED = 20_000
"""The largest number of policies that are evaluated for one request. Sixteen banks, each with ten invocations of the next one, have ten to the 16th."""
MAX_BRANCHES = 4096

NOOP: Final = "NOOP"


@dataclass(frozen=True)
class BoundPolicy:
    """A policy with its binding; `invoke` is ("policylabel" | "vserver", name)."""

    policy: str
    rule: Expression
    action: str
    priority: int
    goto: str = "END"
    undef_action: str | None = None
    log_action: str | None = None
    invoke: tuple[str, str] | None = None


@dataclass(frozen=True)
class Bank:
    """The policies bound to one bind point, e.g. REQ_OVERRIDE or VPNVSERVER/REQUEST, or to a policy label."""

    bindpoint: str
    policies: tuple[BoundPolicy, ...]

    @cached_property
    def in_order(self) -> tuple[BoundPolicy, ...]:
        """Return the policies in the order of their priorities."""
        return tuple(sorted(self.policies, key=lambda bound: bound.priority))


@dataclass(frozen=True)
class Decision:
    """The result of evaluating the banks for one request.

    `action` is the action that answers, NOOP when only such policies matched, None when no policy matched. `undetermined` is
    True if another reading of the documents gives another action. `evaluated` lists the evaluated policies with their banks,
    in order.
    """

    action: str | None
    policy: str | None
    bindpoint: str | None
    hits: tuple[str, ...]
    undef_hits: tuple[str, ...]
    log_actions: tuple[str, ...]
    undetermined: bool
    evaluated: tuple[tuple[str, str], ...] = ()


def decide(
    banks: Sequence[Bank],
    request: Request,
    *,
    labels: Mapping[str, Bank] | None = None,
    undef_action: str = NOOP,
    end_skips_later_banks: bool | None = None,
    noop_actions: Collection[str] = (),
    targets: Mapping[str, Expression] | None = None,
) -> Decision:
    """Return the decision of the banks, evaluated in the given order, for a request.

    `labels`: the banks that can be invoked, policy labels by name, vservers as `vserver <name>`. `undef_action` is that of
    `set responder param`. `end_skips_later_banks`: END ends all evaluation, or that of its bank; None evaluates both (the guide
    states both). `noop_actions` have the type noop. `targets` are target expressions by action: an action with an UNDEF target is
    not taken. A rule or goto with several possible results is evaluated with each; the decision is the likeliest one.
    Raises ExpressionError for a rule that is no condition, an unknown invoked bank and endless invocations, and
    UnsupportedExpression for a goto that the engine does not evaluate.
    """
    if not any(_may_match(bound, request) for bank in banks for bound in bank.policies):
        return NOTHING
    end_readings = (True, False) if end_skips_later_banks is None else (end_skips_later_banks,)
    first: Decision | None = None
    for end_ends_all in end_readings:
        following = possible_decisions(
            banks,
            request,
            labels=labels,
            undef_action=undef_action,
            end_skips_later_banks=end_ends_all,
            noop_actions=noop_actions,
            targets=targets,
        )
        for count, decision in enumerate(following):
            first = first or decision
            if decision.action != first.action or count > MAX_BRANCHES:
                return replace(first, undetermined=True)
    if first is None:
        raise AssertionError("there is always one decision")
    return first


def possible_decisions(
    banks: Sequence[Bank],
    request: Request,
    *,
    end_skips_later_banks: bool,
    labels: Mapping[str, Bank] | None = None,
    undef_action: str = NOOP,
    noop_actions: Collection[str] = (),
    targets: Mapping[str, Expression] | None = None,
) -> Iterator[Decision]:
    """Yield one decision for each combination of possible results of rules and gotos; the likeliest first.

    There can be very many, so the caller must limit how many it takes. Arguments and errors are those of `decide`.
    """
    todo: deque[tuple[Value, ...]] = deque([()])
    while todo:
        guesses = todo.popleft()
        walk = _Walk(request, labels or {}, undef_action, end_skips_later_banks, noop_actions, targets or {}, guesses)
        yield walk.decide(banks)
        for place in range(len(guesses), len(walk.guessed)):
            todo += [(*walk.guessed[:place], guess) for guess in walk.alternatives[place]]


NOTHING: Final = Decision(None, None, None, (), (), (), undetermined=False)


def _may_match(bound: BoundPolicy, request: Request) -> bool:
    """Return True if a rule may be anything but FALSE. Where none may be, no policy answers."""
    possible = bound.rule.possible(request)
    return len(possible) != 1 or possible[0] is not False


class _Stop(Exception):
    """Ends the evaluation: an action answers, or a result was UNDEF."""


@dataclass
class _Walk:
    """One evaluation of the banks, with one assumed result for each rule and goto that has several."""

    request: Request
    labels: Mapping[str, Bank]
    undef_action: str
    end_ends_all: bool
    noop_actions: Collection[str]
    targets: Mapping[str, Expression]
    guesses: tuple[Value, ...]
    guessed: list[Value] = field(default_factory=list)
    alternatives: list[tuple[Value, ...]] = field(default_factory=list)
    action: str | None = None
    policy: str | None = None
    bindpoint: str | None = None
    hits: list[str] = field(default_factory=list)
    undef_hits: list[str] = field(default_factory=list)
    log_actions: list[str] = field(default_factory=list)
    evaluated: list[tuple[str, str]] = field(default_factory=list)

    def decide(self, banks: Sequence[Bank]) -> Decision:
        try:
            for bank in banks:
                if self._ended(bank, 0) and self.end_ends_all:
                    break
        except _Stop:
            pass
        return Decision(
            self.action,
            self.policy,
            self.bindpoint,
            tuple(self.hits),
            tuple(self.undef_hits),
            tuple(self.log_actions),
            undetermined=False,
            evaluated=tuple(self.evaluated),
        )

    def _ended(self, bank: Bank, depth: int) -> bool:
        """Evaluate a bank. Return True if it ended by END, False if there was no further policy."""
        if depth > MAX_INVOCATIONS:
            raise ExpressionError(f"{bank.bindpoint}: invocations are nested more than {MAX_INVOCATIONS} deep")
        policies = bank.in_order
        place = 0
        while place < len(policies):
            bound = policies[place]
            if not self._matches(bound, bank):
                place += 1
                continue
            self._take(bound, bank)
            invoked_ended = bound.invoke is not None and self._ended(self._invoked(bound.invoke), depth + 1)
            following = self._following(bound, policies, place, bank, invoked_ended=invoked_ended)
            if following is None:
                return True
            place = following
        return False

    def _matches(self, bound: BoundPolicy, bank: Bank) -> bool:
        if bound.rule.kind != "bool":
            raise ExpressionError(f"the rule of {bound.policy} is no condition", expression=bound.rule.text)
        if len(self.evaluated) >= MOST_EVALUATED:
            raise UnsupportedExpression(f"the banks invoke each other more than {MOST_EVALUATED:,} times")
        self.evaluated.append((bank.bindpoint, bound.policy))
        result = self._one_of(bound.rule.possible(self.request))
        if result is UNDEF:
            self._undef(bound, bank)
        return result is True

    def _take(self, bound: BoundPolicy, bank: Bank) -> None:
        """Record a match. An action that answers ends the evaluation."""
        self.hits.append(bound.policy)
        if bound.log_action:
            self.log_actions.append(bound.log_action)
        if not bound.action:  # NOPOLICY: only invokes
            return
        target = self.targets.get(bound.action)
        if target is not None and self._one_of(_defined(target.possible(self.request))) is UNDEF:
            return
        if bound.action in self.noop_actions or bound.action.upper() == NOOP:
            self.action, self.policy, self.bindpoint = NOOP, bound.policy, bank.bindpoint
            return
        self.action, self.policy, self.bindpoint = bound.action, bound.policy, bank.bindpoint
        raise _Stop

    def _undef(self, bound: BoundPolicy, bank: Bank) -> NoReturn:
        """End the evaluation with the undefAction of the policy, or else the global one (UNDEF ends it: Citrix blog 2010-03-20)."""
        self.undef_hits.append(bound.policy)
        self.action = bound.undef_action or self.undef_action
        self.policy, self.bindpoint = bound.policy, bank.bindpoint
        raise _Stop

    def _invoked(self, invoke: tuple[str, str]) -> Bank:
        kind, name = invoke
        key = f"vserver {name}" if kind.lower() == "vserver" else name
        if key not in self.labels:
            raise ExpressionError(f"there is no {kind} {name} to invoke")
        return self.labels[key]

    def _following(
        self, bound: BoundPolicy, policies: Sequence[BoundPolicy], place: int, bank: Bank, *, invoked_ended: bool
    ) -> int | None:
        """Return the index of the next policy by the gotoPriorityExpression; None for END."""
        goto = bound.goto.strip().upper()
        if goto in {"", "END"}:
            return None
        if goto == "USE_INVOCATION_RESULT":
            return None if invoked_ended else place + 1
        if goto == "NEXT":
            return place + 1
        number = self._one_of(_numbers(bound.goto, self.request))
        if isinstance(number, bool) or not isinstance(number, int):
            self._undef(bound, bank)
        if number == bound.priority:
            return place + 1
        if number > policies[-1].priority:
            return None
        places = [index for index, other in enumerate(policies) if other.priority == number]
        if number < bound.priority or not places:
            self._undef(bound, bank)
        return places[0]

    def _one_of(self, possible: tuple[Value, ...]) -> Value:
        """Return the result; when several are possible, the one that this evaluation assumes."""
        if len(possible) == 1:
            return possible[0]
        place = len(self.guessed)
        guess = self.guesses[place] if place < len(self.guesses) else possible[0]
        self.guessed.append(guess)
        self.alternatives.append(possible[1:])
        return guess


def _defined(values: tuple[Value, ...]) -> tuple[Value, ...]:
    return tuple(dict.fromkeys(UNDEF if value is UNDEF else True for value in values))


def _numbers(goto: str, request: Request) -> tuple[Value, ...]:
    """Return the priority that a goto names: a number or a numeric expression; UNDEF for anything else."""
    if goto.strip().isdecimal():
        return (int(goto),)
    try:
        numbers = _compiled(goto).possible(request)
    except UnsupportedExpression:
        raise
    except ExpressionError:
        return (UNDEF,)
    if UNDETERMINED in numbers:
        raise UnsupportedExpression("this goto cannot be evaluated offline", expression=goto)
    return numbers


@lru_cache(maxsize=256)
def _compiled(goto: str) -> Expression:
    return compile_expression(goto)
