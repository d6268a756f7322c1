# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policy banks: in which order bound policies are evaluated, and what comes out.

Sources: NetScaler policy guide 9.2 p. 32-35, vendor CLI reference 12.0 (responder policy, responder global), Citrix blog
2010-03-20 on UNDEF processing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Final, NoReturn

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.errors import (
    ExpressionError,
    UnsupportedExpression,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.expression import (
    Expression,
    compile_expression,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.request import Request
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.results import UNDEF, UNDETERMINED, Value

BANK_ORDER: Final = ("REQ_OVERRIDE", "LBVSERVER", "CSVSERVER", "VPNVSERVER", "AUTHENTICATIONVSERVER", "REQ_DEFAULT")
"""The bind points in the order of evaluation: global override, the vserver's own, global default.

That the load balancing vserver comes before the content switching one is stated by the 9.2 guide and a blog of 2008
only; one field report has it the other way round. It stays a switch of whoever orders the banks (`in_order`).
"""

MAX_INVOCATIONS = 16
MAX_BRANCHES = 4096

NOOP: Final = "NOOP"


@dataclass(frozen=True)
class BoundPolicy:
    """A policy at its place in a bank; `invoke` is ("policylabel" | "vserver", name)."""

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
    """The policies that are bound to one bind point, e.g. REQ_OVERRIDE or VPNVSERVER/REQUEST, or to a policy label."""

    bindpoint: str
    policies: tuple[BoundPolicy, ...]

    @cached_property
    def in_order(self) -> tuple[BoundPolicy, ...]:
        """The policies by priority."""
        return tuple(sorted(self.policies, key=lambda bound: bound.priority))


@dataclass(frozen=True)
class Decision:
    """What the banks answer to a request.

    `action` is the action that answers, NOOP when only such policies matched, None when none did; `undetermined`: with
    another reading of what is open the action would be another one. `evaluated` are the policies that saw the request,
    each with its bank, in order.
    """

    action: str | None
    policy: str | None
    bindpoint: str | None
    hits: tuple[str, ...]
    undef_hits: tuple[str, ...]
    log_actions: tuple[str, ...]
    undetermined: bool
    evaluated: tuple[tuple[str, str], ...] = ()


def in_order(banks: Sequence[Bank], *, lb_before_cs: bool = True) -> tuple[Bank, ...]:
    """The banks in the order in which NetScaler evaluates them; `X/REQUEST` stands where X does."""
    order = list(BANK_ORDER)
    if not lb_before_cs:
        order[1], order[2] = order[2], order[1]
    return tuple(sorted(banks, key=lambda bank: order.index(bank.bindpoint.partition("/")[0].upper())))


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
    """What the banks, evaluated in the given order, answer to a request.

    `labels` holds the invoked banks: of a policy label under its name, of a vserver under `vserver <name>`.
    `undef_action` is that of `set responder param`. `end_skips_later_banks`: whether END ends all evaluation or that
    of its bank; None follows both (the guide says both). `noop_actions` are the actions of type noop, `targets` the
    target expressions by action: an action whose target is UNDEF isn't taken, evaluation goes on.
    A rule or goto that leaves several results open is followed with each of them; the decision is the likeliest one.
    Raises ExpressionError for a rule that is no condition, an invoked bank that isn't there and invocations without an
    end, UnsupportedExpression for a goto that the engine doesn't evaluate.
    """
    if not any(_may_match(bound, request) for bank in banks for bound in bank.policies):
        return NOTHING
    end_readings = (True, False) if end_skips_later_banks is None else (end_skips_later_banks,)
    first: Decision | None = None
    for end_ends_all in end_readings:
        following = ways(
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
        raise AssertionError("there is always one way")
    return first


def ways(
    banks: Sequence[Bank],
    request: Request,
    *,
    end_skips_later_banks: bool,
    labels: Mapping[str, Bank] | None = None,
    undef_action: str = NOOP,
    noop_actions: Collection[str] = (),
    targets: Mapping[str, Expression] | None = None,
) -> Iterator[Decision]:
    """One decision for each combination of results that rules and gotos leave open; the likeliest first.

    There can be very many: whoever follows them has to stop somewhere. Arguments and errors are those of `decide`.
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
    """Whether a policy is anything but FALSE: what is nowhere needs no walk."""
    possible = bound.rule.possible(request)
    return len(possible) != 1 or possible[0] is not False


class _Stop(Exception):
    """Evaluation ends: an action answers, or something was UNDEF."""


@dataclass
class _Walk:
    """One way through the banks, with one result for everything that is open."""

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
        """Evaluate a bank; True when it ended by END, False when there was no further policy."""
        if depth > MAX_INVOCATIONS:
            raise ExpressionError(f"{bank.bindpoint}: more than {MAX_INVOCATIONS} invocations inside each other")
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
        self.evaluated.append((bank.bindpoint, bound.policy))
        result = self._one_of(bound.rule.possible(self.request))
        if result is UNDEF:
            self._undef(bound, bank)
        return result is True

    def _take(self, bound: BoundPolicy, bank: Bank) -> None:
        """Count the hit; an action that answers ends the evaluation."""
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
        """No further policy is evaluated; the undefAction of the policy, else the global one, answers."""
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
        """The place of the next policy by the gotoPriorityExpression; None for END."""
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
        """The result, or when several are possible the next guess at it."""
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
    """The priority that a goto names: a number or a numeric expression; UNDEF when it is neither."""
    if goto.strip().isdecimal():
        return (int(goto),)
    try:
        numbers = _compiled(goto).possible(request)
    except UnsupportedExpression:
        raise
    except ExpressionError:
        return (UNDEF,)
    if UNDETERMINED in numbers:
        raise UnsupportedExpression("only the appliance knows where this goto leads", expression=goto)
    return numbers


@lru_cache(maxsize=256)
def _compiled(goto: str) -> Expression:
    return compile_expression(goto)
