# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Recognise the mitigations that others made by hand, and judge them: complete, effective, bound where? Pure.

A policy is recognised by its rule: it matches attacks of the entry, and leaves most legitimate requests alone. A name proves nothing; but a policy
that is named after the vendor's article and matches no attack is reported too, because somebody may rely on it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..appliance.objects.ownership import PREFIX
from ..appliance.objects.resource_types import TYPES, Attributes, ObjectId
from ..catalogue.traffic import Traffic
from ..foundation.counted import counted
from ..foundation.errors import Refused
from ..foundation.foreign_text import printable
from ..foundation.json_values import written
from ..policy_language import Expression, ExpressionError, Names, compile_expression
from ..policy_language.alternatives import alternatives
from .policy_bank import names_of, passing_actions, place_of, request_of

POLICY = "responderpolicy"
_SHOWN = 200  # characters of a rule of others
_ARTICLE = re.compile(r"CTX[0-9]{5,8}", re.IGNORECASE)


@written(
    "policy action blocks complete=is_complete effective=is_effective attacks_matched=matched attacks legitimate_matched=legitimate",
    "version missed bound problem",
    text=str,
)
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
    :ivar is_named: its name has the number of the vendor's article
    :ivar wanted: the first legitimate requests that it matches, in words
    :ivar wider: the alternatives of its rule that match no attack, as expressions: it was made for something else too
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
    is_named: bool = False
    wanted: tuple[str, ...] = ()
    wider: tuple[str, ...] = ()

    @property
    def objection(self) -> str:
        """Return why it is not removed or replaced as this mitigation, as the rest of a sentence that begins with its name; "" if it may be."""
        if self.wanted:
            return f"matches legitimate requests too, such as {self.wanted[0]}"
        if self.wider:
            return f"has a part that matches no attack of it: {printable(self.wider[0][:_SHOWN])}"
        if not self.is_named and not self.is_complete:
            return f"is not named after the vendor's article, and matches {self.matched} of {counted(self.attacks, 'attack')} only"
        return ""

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
        parts = [f"{self.policy}, which is not ours, matches {self.matched} of {counted(self.attacks, 'attack')}"]
        if not self.is_complete:
            parts += [f"all of v{self.version}"] if self.version else []
            parts += [f"not {self.missed[0]}"] if self.missed else []
        parts += [f"{self.open} not checked"] if self.open else []
        if self.legitimate:
            parts.append(f"and {counted(self.legitimate, 'legitimate request')} too")
        if self.wider:
            parts.append(f"a part of its rule matches none of them: {self.wider[0][:_SHOWN]}")
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
        like = any(number in key[0].lower() for number in numbers)
        blocks, bound = action.upper() not in passing, places_of_policy(objects, key[0])
        made = HandMade(key[0], action, blocks, bound=bound, is_named=like)
        try:
            rule = compile_expression(str(attributes["rule"]), names)
        except ExpressionError as error:
            found += [_unreadable(made, str(error))] if like else []
            continue
        if rule.kind != "bool":
            found += [_unreadable(made, "it is no condition")] if like else []
            continue
        judged = _judged(made, rule, traffic, sorted(versions), names)
        if like or (judged.matched and 2 * judged.legitimate < len(traffic.legitimate)):
            found.append(judged)
    return tuple(found)


def _unreadable(made: HandMade, problem: str) -> HandMade:
    return replace(made, problem=problem)


def _judged(made: HandMade, rule: Expression, traffic: Traffic, versions: Sequence[int], names: Names) -> HandMade:
    """Evaluate the rule for each case; an attack counts as matched where it is matched in every session state."""
    matched: dict[str, bool | None] = {}
    for case in traffic.cases:
        values = [rule.evaluate(request_of(case, session)) for session in case.sessions()]
        decides = not case.attack  # one session state in which an attack passes, or a legitimate request does not
        known = all(isinstance(value, bool) for value in values)
        matched[case.id] = decides if decides in values else not decides if known else None
    missed = [case for case in traffic.attacks if matched[case.id] is False]
    whole = [number for number in versions if not any(case.since <= number for case in missed)]
    legitimate = [case for case in traffic.legitimate if matched[case.id] is True]
    return replace(
        made,
        matched=sum(matched[case.id] is True for case in traffic.attacks),
        attacks=len(traffic.attacks),
        legitimate=len(legitimate),
        version=max(whole, default=0),
        missed=tuple(map(str, missed[:3])),
        open=sum(value is None for value in matched.values()),
        wanted=tuple(map(str, legitimate[:3])),
        wider=_wider(rule, traffic, names),
    )


def _wider(rule: Expression, traffic: Traffic, names: Names) -> tuple[str, ...]:
    """Return the alternatives of a rule that match no attack in any session state."""
    parts = alternatives(rule.text, names)
    if len(parts) == 1:
        return ()
    compiled = [compile_expression(part, names) for part in parts]
    requests = [request_of(case, session) for case in traffic.attacks for session in case.sessions()]
    return tuple(one.text for one in compiled if not any(one.evaluate(request) is True for request in requests))


def removable(made: Iterable[HandMade], *, where: str, option: str, measure: str) -> list[str]:
    """Return the policies that are the mitigation by their rules, and so may be removed or replaced.

    :param option: the variable that asks for it, as on the command line
    :raises Refused: if one of them does something else too, or may not be the mitigation at all
    """
    chosen = [one for one in made if one.is_one]
    for one in chosen:
        if one.objection:
            raise Refused(
                f"{where}: {option}: the policy {one.policy} {one.objection}. It may protect against more than {measure}: leave it "
                "(found=keep), or take it away by hand. Nothing was changed."
            )
    return [one.policy for one in chosen]


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
