# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The paths of requests through the responder policies of an appliance: which banks evaluate them, in which order. Pure.

The order is that of the policy guide 9.2, p. 32: global override, the virtual server's own, global default. Which bind point of
a Gateway sees which of its requests is open: AAA_REQUEST sees those that the Gateway consumes itself, such as logons, and REQUEST
the rest (CTX693187, product page on rate limiting with Gateway), or only REQUEST counts (CTX477121). So a Gateway is two places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from ..appliance.objects.resource_types import Attributes, ObjectId
from ..policy_language import Expression, ExpressionError, Request, substitute
from ..policy_language.banks import NOOP, Bank, BoundPolicy, Decision, possible_decisions
from .policy_bank import Unreadable, banks_of, passing_actions

OVERRIDE, DEFAULT = "REQ_OVERRIDE", "REQ_DEFAULT"
MANAGEMENT = "the management address"
SESSION_KINDS = ("vpn", "authentication")
POINTS = {"vpn": ("REQUEST", "AAA_REQUEST"), "authentication": ("REQUEST", "AAA_REQUEST")}
MAX_DECISIONS = 64

Objects = Mapping[ObjectId, Attributes]


@dataclass(frozen=True, eq=False)
class Path:
    """One path through the banks. Two paths are never equal, so that look-ups are fast.

    :ivar places: the places whose requests take it: "vpn vserver gw REQUEST", "the management address"
    :ivar sessions: a request can belong to a Gateway session there
    """

    places: tuple[str, ...]
    banks: tuple[Bank, ...]
    sessions: bool


@dataclass(frozen=True)
class PossibleDecisions:
    """The possible decisions about one request.

    :ivar end_skips: the decisions if END skips the later bind points as well
    :ivar end_stays: the decisions if END ends its own bank only; the guide says both
    :ivar complete: False if there are more decisions than were followed
    """

    end_skips: tuple[Decision, ...]
    end_stays: tuple[Decision, ...]
    complete: bool = True

    @property
    def every(self) -> tuple[Decision, ...]:
        return self.end_skips + self.end_stays


class AppliancePolicies:
    """The responder policies of one appliance in one state.

    :ivar banks: by place, the policies that are bound there
    :ivar unreadable: the policies that cannot be evaluated offline, with the reason
    """

    def __init__(
        self,
        objects: Objects,
        *,
        feature_on: bool = True,
        labels: Mapping[str, Bank] | None = None,
        undef_action: str = NOOP,
        vservers: Iterable[tuple[str, str]] = (),
        read_rule: Callable[[Expression], Expression] = lambda rule: rule,
    ) -> None:
        """:param labels: the policy labels that can be invoked, by name; the effect of a label that is missing here is open
        :param undef_action: undefAction of ``set responder param``
        :param vservers: kind (vpn, lb ...) and name of the virtual servers that answer, besides those with bindings
        :param read_rule: replaces the expression of a rule, such as by one whose value is open
        """
        self.objects = objects
        self.feature_on = feature_on
        self.undef_action = undef_action
        self.passing = passing_actions(objects)
        policy_banks = banks_of(objects)
        self.banks: dict[str, Bank] = {
            place: _with_rules(policy_bank.bank, read_rule) for place, policy_bank in policy_banks.items()
        }
        self.unreadable = {
            name: why for policy_bank in policy_banks.values() for name, why in policy_bank.unreadable.items()
        }
        self.labels = self._labels(labels or {})
        self.paths = self._paths(vservers)
        self._noop_actions = frozenset(
            bound.action
            for bank in (*self.banks.values(), *self.labels.values())
            for bound in bank.policies
            if self.passes(bound.action)
        )

    def passes(self, action: str | None) -> bool:
        """Return True if a request passes to the server with this action."""
        return action is None or action.upper() in self.passing

    def decisions(self, path: Path, request: Request) -> PossibleDecisions:
        """Return the possible decisions about a request; none if the feature is off, because no policy is evaluated then."""
        if not self.feature_on:
            return PossibleDecisions((), ())
        return PossibleDecisions(*self._followed(path, request))

    def _followed(self, path: Path, request: Request) -> tuple[tuple[Decision, ...], tuple[Decision, ...], bool]:
        readings: list[tuple[Decision, ...]] = []
        complete = True
        one_bank = len(path.banks) <= 1
        for end_skips in (True, False):
            if one_bank and readings:  # there is no later bank, so both readings are the same
                readings.append(readings[0])
                break
            try:
                found = tuple(islice(self._decisions(path, request, end_skips=end_skips), MAX_DECISIONS + 1))
            except ExpressionError:  # a goto that the engine cannot evaluate, or endless invocations
                found = ()
            complete = complete and 0 < len(found) <= MAX_DECISIONS
            readings.append(found[:MAX_DECISIONS])
        return readings[0], readings[1], complete

    def _decisions(self, path: Path, request: Request, *, end_skips: bool) -> Iterator[Decision]:
        return possible_decisions(
            path.banks,
            request,
            end_skips_later_banks=end_skips,
            labels=self.labels,
            undef_action=self.undef_action,
            noop_actions=self._noop_actions,
        )

    def bound(self) -> Iterator[tuple[str, BoundPolicy]]:
        """Yield every bound policy with its place, in the order of the banks and of the priorities."""
        for place, bank in self.banks.items():
            for policy in sorted(bank.policies, key=lambda one: one.priority):
                yield place, policy

    def _labels(self, known: Mapping[str, Bank]) -> dict[str, Bank]:
        """Return the banks that can be invoked; a bank that was not read gets an open result."""
        labels = dict(known)
        for place, bank in self.banks.items():
            kind, _unused, rest = place.partition(" vserver ")
            if rest.endswith(" REQUEST") and kind:
                labels.setdefault(f"vserver {rest.removesuffix(' REQUEST')}", bank)
        for bank in (*self.banks.values(), *known.values()):
            for bound in bank.policies:
                if bound.invoke is not None:
                    kind, name = bound.invoke
                    key = f"vserver {name}" if kind.lower() == "vserver" else name
                    labels.setdefault(key, _unread(kind, name))
        return labels

    def _paths(self, vservers: Iterable[tuple[str, str]]) -> tuple[Path, ...]:
        """Return one path for each different sequence of banks."""
        places: dict[str, bool] = {MANAGEMENT: False}
        for kind, name in vservers:
            for point in POINTS.get(kind, ("REQUEST",)):
                places[f"{kind} vserver {name} {point}"] = kind in SESSION_KINDS
        for place in self.banks:
            kind, _unused, rest = place.partition(" vserver ")
            if rest:
                for point in POINTS.get(kind, ("REQUEST",)):
                    places[f"{kind} vserver {rest.rpartition(' ')[0]} {point}"] = kind in SESSION_KINDS
        if len(places) == 1:  # no virtual server is known: global policies evaluate the requests to any of them
            places["any virtual server"] = True
        grouped: dict[tuple[tuple[Bank, ...], bool], list[str]] = {}
        for place, sessions in places.items():
            row = tuple(self.banks[name] for name in (OVERRIDE, place, DEFAULT) if name in self.banks)
            grouped.setdefault((row, sessions), []).append(place)
        return tuple(Path(tuple(names), row, sessions) for (row, sessions), names in grouped.items())


def _with_rules(bank: Bank, read_rule: Callable[[Expression], Expression]) -> Bank:
    return replace(bank, policies=tuple(replace(bound, rule=read_rule(bound.rule)) for bound in bank.policies))


def _unread(kind: str, name: str) -> Bank:
    return Bank(f"{kind} {name}", (BoundPolicy(f"what {kind} {name} holds", Unreadable(""), "DROP", 1),))


def without_connection(rule: str) -> tuple[str, str]:
    """Return a rule as ``policyevaluation`` can evaluate it: for requests outside a session, and inside one."""
    try:
        outside, inside = (substitute(rule, {"CLIENT.SSLVPN.IS_SSLVPN": value}) for value in ("FALSE", "TRUE"))
    except ExpressionError:  # reported elsewhere; the appliance refuses it too
        return rule, rule
    return outside, inside
