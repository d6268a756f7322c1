# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Do the policies of a step of closing still answer at one virtual server, or does somebody lead requests past them? Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ...appliance.objects.resource_types import TYPES, Attributes, ObjectId
from ...appliance.objects.virtual_servers import VSERVER_TYPES
from ...catalogue.observing import POLICY
from ...catalogue.traffic import TrafficCase
from ...policies.client_addresses import deciding_addresses, strangers
from ...policies.let_past import LetPast, requests_past
from ...policies.policy_bank import PolicyBank, RequestOutcome, banks_of, passing_actions, request_of
from ...policies.request_paths import AppliancePolicies, Path
from ...policy_language import Expression, Request, compile_expression
from .left_closing import EXPRESSION, Objects

STOPPED = "a request that it is to stop"
_TARGETS = ("/", "/not/listed")
_OF_THE_CLIENT = ("CLIENT.IP.", "CLIENT.IPV6.")
NOOP = "NOOP"
_ALWAYS = compile_expression("true")


@dataclass(frozen=True)
class ClosingPolicies:
    """:ivar vserver: the virtual server
    :ivar own: what closes it, as our runs left it: see :meth:`LeftClosing.at`
    :ivar named: the sets and named expressions of our runs, likewise
    :ivar there: the policies, actions, sets and bindings of the node
    """

    vserver: ObjectId
    own: Objects
    named: Objects
    there: Objects

    def why_open(self) -> Iterator[str]:
        """Yield why requests pass that ours are to stop, for whoever sends one."""
        if all(str(a["action"]).upper() == NOOP for id_, a in self.own.items() if id_[0] == POLICY):
            yield "no policy that our runs have left there stops a request"
        if not self._has_others:
            return
        now, passing = self._now.banks, passing_actions(self.there)
        banks = banks_of(self._objects_now)
        for place in self._left:
            for request in self._stopped.get(place, ()):
                if place not in now or self._is_assumed:
                    continue
                passed = banks[place].evaluate(request, passing)
                if passed.outcome is RequestOutcome.PASSED:
                    yield f"{passed.policy or 'nothing'} lets requests go on in front of {_first(self._left[place])} at {place}"

    def let_past(self) -> Sequence[LetPast]:
        """Return the policies in front of ours that let chosen requests go on."""
        return requests_past(self._now, self._names.__contains__, self._on, self._clients) if self._has_others else ()

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(id_[1][0] for id_ in self.own if id_[0] == POLICY)

    @cached_property
    def _has_others(self) -> bool:
        """True if another policy is bound where a request meets it: where none is, what ours do is what they are."""
        bound = ((TYPES[id_[0]].policy_attribute, a) for id_, a in self._objects_now.items())
        return any(str(a[attribute]) not in self._names for attribute, a in bound if attribute)

    def _on(self, path: Path) -> list[Request]:
        found = (request for place in path.places for request in self._stopped.get(place, ()))
        return [
            replace(one, is_sslvpn=session)
            for one in found
            for session in (False, True)
            if path.sessions or not session
        ]

    @cached_property
    def _left(self) -> dict[str, PolicyBank]:
        return banks_of({**self.named, **self.own})

    @cached_property
    def _is_assumed(self) -> bool:
        """True if nobody here knows what ours stop, such as the clients of a country: there is a request that they stop, and nothing is known of it."""
        unknown = [replace(_request(url), location_known=False) for url in _TARGETS]
        outcomes = [bank.evaluate(one).outcome for bank in self._left.values() for one in (*unknown, *self._asked)]
        return RequestOutcome.UNDETERMINED in outcomes or RequestOutcome.BLOCKED not in outcomes

    @cached_property
    def _asked(self) -> list[Request]:
        return [_request(url, client) for client in strangers(self._own_texts, self.named) for url in _TARGETS]

    @cached_property
    def _stopped(self) -> dict[str, list[Request]]:
        """Return by place the requests that ours, as they were left, stop there."""
        return {
            place: [
                one for one in self._asked if self._is_assumed or bank.evaluate(one).outcome is RequestOutcome.BLOCKED
            ]
            for place, bank in self._left.items()
        }

    @cached_property
    def _clients(self) -> tuple[str, ...] | None:
        """Return the addresses of clients that ours stop and that decide the conditions of others; None where ours stop whoever asks."""
        if self._is_assumed:
            return ()
        if not any(source in text for text in self._own_texts for source in _OF_THE_CLIENT):
            return None
        deciding = deciding_addresses(self._texts_of_others, self._own_texts, {**self.named, **self.there})
        return tuple(
            client
            for client in (dict.fromkeys([*strangers(self._own_texts, self.named), *deciding]) if deciding else ())
            if any(
                bank.evaluate(_request(url, client)).outcome is RequestOutcome.BLOCKED
                for bank in self._left.values()
                for url in _TARGETS
            )
        )

    @cached_property
    def _own_texts(self) -> tuple[str, ...]:
        return tuple(_texts(self.own.values()))

    @cached_property
    def _texts_of_others(self) -> tuple[str, ...]:
        return tuple(
            _texts(a for id_, a in self.there.items() if id_[0] in (POLICY, EXPRESSION) and id_ not in self.own)
        )

    @cached_property
    def _objects_now(self) -> Objects:
        """Return what requests to the virtual server meet: no bindings of other virtual servers."""
        place = {
            id_: a for id_, a in self.there.items() if TYPES[id_[0]].parent != "name" or _is_at(id_, a, self.vserver)
        }
        return {**self.named, **place}

    @cached_property
    def _now(self) -> AppliancePolicies:
        kind, rules = (
            VSERVER_TYPES[self.vserver[0]],
            {str(a["rule"]) for id_, a in self.own.items() if id_[0] == POLICY},
        )

        def read_rule(rule: Expression) -> Expression:
            return _ALWAYS if self._is_assumed and rule.text in rules else rule

        return AppliancePolicies(self._objects_now, vservers=[(kind, self.vserver[1][0])], read_rule=read_rule)


def _is_at(object_id: ObjectId, attributes: Attributes, vserver: ObjectId) -> bool:
    type_ = TYPES[object_id[0]]
    return not type_.policy_attribute or (type_.refers[type_.parent], (str(attributes["name"]),)) == vserver


def _texts(objects: Iterable[Attributes]) -> Iterator[str]:
    return (str(text) for a in objects for name in ("rule", "value") if (text := a.get(name)) is not None)


def _request(url: str, client: str = Request.client_ip) -> Request:
    return request_of(TrafficCase("ours", attack=False, method="GET", url=url), False, client)


def _first(bank: PolicyBank) -> str:
    return bank.bank.policies[0].policy
