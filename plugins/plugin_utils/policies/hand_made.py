# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Recognise the mitigations that others made by hand, and judge them: complete, effective, bound where? Pure.

A policy is recognised by its rule: it matches attacks of the entry, and leaves most legitimate requests alone. A name proves nothing; but a policy
that is named after the vendor's article and matches no attack is reported too, because somebody may rely on it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import Traffic
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions import (
    Expression,
    ExpressionError,
    compile_expression,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.ownership import PREFIX
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.resource_types import (
    TYPES,
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.policy_bank import (
    names_of,
    passing_actions,
    place_of,
    request_of,
)

POLICY = "responderpolicy"
_ARTICLE = re.compile(r"CTX[0-9]{5,8}", re.IGNORECASE)


@dataclass(frozen=True)
class HandMade:
    """A policy of others that matches attacks of a mitigation.

    :ivar blocks: its action answers or drops what it matches
    :ivar matched: the number of attacks of the current version that it matches; attacks: of all of them
    :ivar legitimate: the number of legitimate requests that it matches
    :ivar version: the highest version of the mitigation all of whose attacks it matches; 0 for none
    :ivar missed: the first attacks that it does not match, in words
    :ivar open: the number of requests for which the result is not known
    :ivar bound: the places at which it is bound, each with its priority and goto
    :ivar problem: why its rule cannot be read, or ""
    """

    policy: str
    action: str
    blocks: bool
    matched: int = 0
    attacks: int = 0
    legitimate: int = 0
    version: int = 0
    missed: tuple[str, ...] = ()
    open: int = 0
    bound: tuple[str, ...] = ()
    problem: str = ""

    @property
    def is_complete(self) -> bool:
        """True if it matches every attack of the current version."""
        return bool(self.attacks) and self.matched == self.attacks

    @property
    def is_one(self) -> bool:
        """True if its rule shows that it is this mitigation, complete or not; False if only its name says so."""
        return not self.problem and self.matched > 0

    @property
    def is_effective(self) -> bool:
        """True if it is bound and blocks; whether it is complete is another question."""
        return self.blocks and bool(self.bound) and self.matched > 0

    def __str__(self) -> str:
        if self.problem:
            return f"{self.policy}, which is not ours, is named after the vendor's article, and its rule cannot be read: {self.problem}"
        parts = [f"{self.policy}, which is not ours, matches {self.matched} of {self.attacks} attacks"]
        if not self.is_complete:
            parts += [f"all of v{self.version}"] if self.version else []
            parts += [f"not {self.missed[0]}"] if self.missed else []
        parts += [f"{self.open} not checked"] if self.open else []
        if self.legitimate:
            parts.append(f"and {self.legitimate} legitimate requests too")
        parts.append(f"{'answers with' if self.blocks else 'only counts, with'} {self.action}")
        parts.append(f"bound at {', '.join(self.bound)}" if self.bound else "bound nowhere")
        return "; ".join(parts)


def hand_made(
    objects: Mapping[ObjectId, Attributes], traffic: Traffic, versions: Iterable[int], articles: Iterable[str] = ()
) -> tuple[HandMade, ...]:
    """Return the policies of others that are, or are named like, a mitigation.

    :param objects: policies, actions, sets and bindings, as they were read
    :param traffic: the traffic of all versions; versions: of the mitigation
    :param articles: the names of the mitigation's sources
    """
    names, passing = names_of(objects), passing_actions(objects)
    numbers = {match[0].lower() for text in articles if (match := _ARTICLE.search(text))}
    found = []
    for (type_, key), attributes in objects.items():
        if type_ != POLICY or key[0].startswith(PREFIX):
            continue
        action = str(attributes.get("action", ""))
        made = HandMade(key[0], action, action.upper() not in passing, bound=places_of_policy(objects, key[0]))
        like = any(number in key[0].lower() for number in numbers)
        try:
            rule = compile_expression(str(attributes["rule"]), names)
        except ExpressionError as error:
            found += [_unreadable(made, str(error))] if like else []
            continue
        if rule.kind != "bool":
            found += [_unreadable(made, "it is no condition")] if like else []
            continue
        judged = _judged(made, rule, traffic, sorted(versions))
        if like or (judged.matched and 2 * judged.legitimate < len(traffic.legitimate)):
            found.append(judged)
    return tuple(found)


def _unreadable(made: HandMade, problem: str) -> HandMade:
    return HandMade(made.policy, made.action, made.blocks, bound=made.bound, problem=problem)


def _judged(made: HandMade, rule: Expression, traffic: Traffic, versions: Sequence[int]) -> HandMade:
    """Evaluate the rule for each case; an attack counts as matched where it is matched in every session state."""
    matched: dict[str, bool | None] = {}
    for case in traffic.cases:
        values = [rule.evaluate(request_of(case, session)) for session in case.sessions()]
        decides = not case.attack  # one session state in which an attack passes, or a legitimate request does not
        known = all(isinstance(value, bool) for value in values)
        matched[case.id] = decides if decides in values else not decides if known else None
    missed = [case for case in traffic.attacks if matched[case.id] is False]
    whole = [number for number in versions if not any(case.since <= number for case in missed)]
    return HandMade(
        policy=made.policy,
        action=made.action,
        blocks=made.blocks,
        matched=sum(matched[case.id] is True for case in traffic.attacks),
        attacks=len(traffic.attacks),
        legitimate=sum(matched[case.id] is True for case in traffic.legitimate),
        version=max(whole, default=0),
        missed=tuple(str(case) for case in missed[:3]),
        open=sum(value is None for value in matched.values()),
        bound=made.bound,
    )


def parts_of(objects: Mapping[ObjectId, Attributes], policies: Collection[str]) -> tuple[ObjectId, ...]:
    """Return the policies with their bindings, and their actions and log actions that nothing else uses."""
    own: list[ObjectId] = []
    used: dict[ObjectId, set[str]] = {}
    for id_, attributes in objects.items():
        type_ = TYPES[id_[0]]
        if type_.policy_attribute and str(attributes[type_.policy_attribute]) in policies:
            own.append(id_)
        if id_[0] == POLICY:
            own += [id_] if id_[1][0] in policies else []
            for attribute, referred in type_.refers.items():
                if attributes.get(attribute):
                    used.setdefault((referred, (str(attributes[attribute]),)), set()).add(id_[1][0])
    own += [id_ for id_, users in used.items() if id_ in objects and users <= {*policies}]
    return tuple(own)


def places_of_policy(objects: Mapping[ObjectId, Attributes], policy: str) -> tuple[str, ...]:
    """Return the places at which a policy is bound, each with its priority and goto."""
    found = []
    for (type_name, _key), attributes in objects.items():
        type_ = TYPES[type_name]
        if type_.policy_attribute and str(attributes[type_.policy_attribute]) == policy:
            goto = attributes.get("gotopriorityexpression", "END")
            found.append(f"{place_of(type_, attributes)} (priority {attributes['priority']}, {goto})")
    return tuple(found)
