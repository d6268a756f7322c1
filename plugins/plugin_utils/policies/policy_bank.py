# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Evaluate a policy bank offline: whether the policies at one bind point block a request. Pure.

A request is blocked, passed, or undetermined. A rule that the engine cannot read makes every later result undetermined;
it is never taken for "does not match".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from ..appliance.nitro.names import is_stand_in
from ..appliance.objects import dataset_entries
from ..appliance.objects.resource_types import TYPES, Attributes, ObjectId, ResourceType
from ..catalogue.traffic import Traffic, TrafficCase
from ..foundation.counted import agreed, counted
from ..policy_language import (
    CLASSIC_NAMES,
    UNDEF,
    UNDETERMINED,
    Dataset,
    Expression,
    ExpressionError,
    Names,
    Request,
    UnknownName,
    Value,
    compile_expression,
)
from ..policy_language.banks import Bank, BoundPolicy, decide

RESPONDER_POLICY = "responderpolicy"
GOTO = "gotopriorityexpression"
_GOTO_NOT_SHOWN = {GOTO: ""}
NO_POLICY = "NOPOLICY"
"""The policy name of a binding that only invokes a label (command reference 12.0, bind responder global)."""


class RequestOutcome(StrEnum):
    """The outcome for a request."""

    BLOCKED = "blocked"
    PASSED = "passed"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True)
class RequestResult:
    """The outcome for one request, and the policy that decided it; None if no policy did."""

    outcome: RequestOutcome
    policy: str | None = None


@dataclass(frozen=True)
class CaseResult:
    """One request of the traffic and its result."""

    case: TrafficCase
    session: bool
    result: RequestResult

    @property
    def expected(self) -> RequestOutcome:
        return RequestOutcome.BLOCKED if self.case.attack else RequestOutcome.PASSED

    @property
    def is_right(self) -> bool:
        return self.result.outcome is self.expected

    @property
    def is_wrong(self) -> bool:
        """True for a definite wrong outcome; an undetermined one is neither right nor wrong."""
        return not self.is_right and self.result.outcome is not RequestOutcome.UNDETERMINED

    def __str__(self) -> str:
        session = " in a session" if self.session else ""
        return f"{self.case}{session} is {self.result.outcome.value}"


Counts = tuple[int, int, int]
"""The number of right cases, of undetermined cases, and of all cases."""


@dataclass(frozen=True)
class CorpusCounts:
    """The findings, counted by case: a case is right if it is right in all of its session states."""

    attacks: Counts = (0, 0, 0)
    legitimate: Counts = (0, 0, 0)
    wrong: tuple[CaseResult, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.attacks[2] or self.legitimate[2])

    def counts(self, attack: bool) -> Counts:
        return self.attacks if attack else self.legitimate

    def summary(self, stopped: tuple[str, str] = ("attack", "attacks")) -> str:
        """Return one line for a preview.

        :param stopped: what one request is that a rule has to match, and what several are
        """
        attacks, open_attacks, all_attacks = self.attacks
        legitimate, open_legitimate, all_legitimate = self.legitimate
        matched = f"{counted(all_attacks, *stopped)} {agreed(all_attacks, 'matches', 'match')}"
        passed = f"{counted(all_legitimate, 'legitimate request')} {agreed(all_legitimate, 'passes', 'pass')}"
        text = f"{attacks} of {matched}, {legitimate} of {passed}"
        not_checked = open_attacks + open_legitimate
        return text + (f", {not_checked} not checked (the documents leave the semantics open)" if not_checked else "")


def count_findings(findings: Iterable[CaseResult]) -> CorpusCounts:
    """Count findings by case."""
    every = tuple(findings)
    wrong = tuple(finding for finding in every if finding.is_wrong)
    return CorpusCounts(_counts(every, attack=True), _counts(every, attack=False), wrong)


def _counts(findings: Iterable[CaseResult], attack: bool) -> Counts:
    by_case: dict[str, list[CaseResult]] = {}
    for finding in findings:
        if finding.case.attack is attack:
            by_case.setdefault(finding.case.id, []).append(finding)
    right = sum(all(finding.is_right for finding in of_case) for of_case in by_case.values())
    wrong = sum(any(finding.is_wrong for finding in of_case) for of_case in by_case.values())
    return right, len(by_case) - right - wrong, len(by_case)


class Unreadable(Expression):
    """A rule that the engine cannot read: it may match or not match."""

    def __init__(self, text: str) -> None:
        self.text, self.kind = text, "bool"

    def evaluate(self, _request: Request) -> Value:
        return UNDETERMINED

    def possible(self, _request: Request) -> tuple[Value, ...]:
        return False, True, UNDEF


class PolicyBank:
    """The responder policies that are bound at one bind point.

    :ivar unreadable: the policies whose rules the engine cannot read, with the reason
    :ivar unknown: by policy of these, a set or named expression that its rule names and that is not among the objects
    """

    def __init__(
        self, bindpoint: str, objects: Mapping[ObjectId, Attributes], bindings: Iterable[Attributes], policy: str
    ) -> None:
        self.unreadable: dict[str, str] = {}
        self.unknown: dict[str, str] = {}
        names = names_of(objects)
        # A bound rule that names them is of a release before 13.1, which has them.
        names = replace(names, expressions={**CLASSIC_NAMES, **names.expressions})
        bound = []
        for binding in sorted(bindings, key=lambda attributes: int(attributes["priority"])):
            name = str(binding[policy])
            if name.upper() == NO_POLICY:
                rule, action = compile_expression("TRUE"), ""
            else:
                rule, action = self._compile(name, objects.get(("responderpolicy", (name,))), names)
            attributes = objects.get(("responderpolicy", (name,)), {})
            undef = attributes.get("undefaction")
            bound.append(
                BoundPolicy(
                    policy=name,
                    rule=rule,
                    action=action,
                    priority=int(binding["priority"]),
                    goto=str(binding.get(GOTO, "END")),
                    undef_action=str(undef) if undef else None,
                    invoke=(str(binding.get("labeltype")), str(binding.get("labelname")))
                    if binding.get("invoke")
                    else None,
                )
            )
        self.bank = Bank(bindpoint, tuple(bound))

    def _compile(self, name: str, attributes: Attributes | None, names: Names) -> tuple[Expression, str]:
        if is_stand_in(name):
            self.unreadable[name] = "NITRO allows no such name, so its rule cannot be relied on"
            return Unreadable(""), "DROP"
        if attributes is None:
            self.unreadable[name] = "the policy itself was not found"
            return Unreadable(""), "DROP"
        text = str(attributes["rule"])
        try:
            rule = compile_expression(text, names)
        except UnknownName as error:
            self.unreadable[name], self.unknown[name] = str(error), error.name
            return Unreadable(text), str(attributes["action"])
        except ExpressionError as error:
            self.unreadable[name] = str(error)
            return Unreadable(text), str(attributes["action"])
        if rule.kind != "bool":
            self.unreadable[name] = f"its rule is no condition: {text}"
            return Unreadable(text), str(attributes["action"])
        return rule, str(attributes["action"])

    def evaluate(self, request: Request, passing_actions: frozenset[str] = frozenset({"NOOP"})) -> RequestResult:
        """Evaluate one request.

        :param passing_actions: the names of the actions that let a request pass, in upper case
        """
        try:
            noop_actions = {bound.action for bound in self.bank.policies if bound.action.upper() in passing_actions}
            decision = decide([self.bank], request, noop_actions=noop_actions)
        except (
            ExpressionError
        ):  # a goto that the engine cannot evaluate, a label that was not read, a rule that is no condition
            return RequestResult(RequestOutcome.UNDETERMINED)
        if decision.undetermined:
            return RequestResult(RequestOutcome.UNDETERMINED, decision.policy)
        if decision.action is None or decision.action.upper() in passing_actions:
            return RequestResult(RequestOutcome.PASSED, decision.policy)
        return RequestResult(RequestOutcome.BLOCKED, decision.policy)


def names_of(objects: Mapping[ObjectId, Attributes]) -> Names:
    """Return the sets and named expressions that rules can refer to."""
    patsets: dict[str, dict[int, str]] = {key[0]: {} for type_, key in objects if type_ == "policypatset"}
    for (type_, key), attributes in objects.items():
        if type_ == "policypatset_pattern_binding":
            patterns = patsets.setdefault(key[0], {})
            patterns[int(attributes.get("index", len(patterns) + 1))] = str(attributes["String"])
    expressions = {
        key[0]: str(attributes["value"]) for (type_, key), attributes in objects.items() if type_ == "policyexpression"
    }
    datasets = {
        key[0]: Dataset.of(str(attributes["type"]), _values(objects, key[0]))
        for (type_, key), attributes in objects.items()
        if type_ == "policydataset"
    }
    return Names(expressions=expressions, patsets=patsets, datasets=datasets)


def _values(objects: Mapping[ObjectId, Attributes], name: str) -> Iterator[str | tuple[str, str]]:
    for entry in dataset_entries.split(objects.get(("policydataset_value_binding", (name,)), {}).get("values")):
        first, dash, last = entry.partition("-")
        yield (first, last) if dash else first


def banks_of(objects: Mapping[ObjectId, Attributes]) -> dict[str, PolicyBank]:
    """Return a bank for each bind point at which a policy is bound, by a readable name such as "vpn vserver gw REQUEST".

    A goto that a read does not show is "", which ends the evaluation as END does.
    """
    grouped: dict[str, tuple[str, list[Attributes]]] = {}
    for (type_name, _key), attributes in objects.items():
        type_ = TYPES[type_name]
        if type_.policy_type == RESPONDER_POLICY:
            _policy, bindings = grouped.setdefault(place_of(type_, attributes), (type_.policy_attribute, []))
            bindings.append({**_GOTO_NOT_SHOWN, **attributes} if not type_.attributes[GOTO].echoed else attributes)
    return {place: PolicyBank(place, objects, bindings, policy) for place, (policy, bindings) in grouped.items()}


def unknown_names(objects: Mapping[ObjectId, Attributes]) -> frozenset[str]:
    """Return sets and named expressions that bound rules name and that are not among the objects; of each rule one."""
    return frozenset(name for bank in banks_of(objects).values() for name in bank.unknown.values())


def places_of(objects: Mapping[ObjectId, Attributes]) -> tuple[str, ...]:
    """Return the bind points at which a policy is bound, by their names in :func:`banks_of`."""
    bound = ((TYPES[type_name], attributes) for (type_name, _key), attributes in objects.items())
    return tuple(dict.fromkeys(place_of(type_, a) for type_, a in bound if type_.policy_type == RESPONDER_POLICY))


def place_of(type_: ResourceType, attributes: Attributes) -> str:
    """Return the bind point of the binding of a policy, by its name in :func:`banks_of`."""
    if type_.scope:
        return str(attributes[type_.scope])
    return f"{type_.noun} {attributes['name']} {attributes.get('bindpoint', 'REQUEST')}"


def passing_actions(objects: Mapping[ObjectId, Attributes]) -> frozenset[str]:
    """Return the actions that let a request pass, in upper case: NOOP, and the responder actions of type noop."""
    own = {
        key[0].upper()
        for (type_, key), attributes in objects.items()
        if type_ == "responderaction" and attributes.get("type") == "noop"
    }
    return frozenset({"NOOP", *own})


def as_blocking(objects: Mapping[ObjectId, Attributes]) -> dict[ObjectId, Attributes]:
    """Return the objects with policies that block instead of only counting, so that both modes of a rule are proven alike."""
    return {
        object_id: {**attributes, "action": "RESET"}
        if object_id[0] == "responderpolicy" and str(attributes["action"]).upper() == "NOOP"
        else attributes
        for object_id, attributes in objects.items()
    }


def request_of(case: TrafficCase, session: bool, client: str = Request.client_ip) -> Request:
    """Return the request of a case.

    Where the case names its client, only the appliance knows the location of that address.

    :param client: the address from which it comes, where the case does not name one
    """
    return Request(
        method=case.method,
        url=case.url,
        headers=case.all_headers(),
        body=case.body,
        is_sslvpn=session,
        client_ip=case.client or client,
        location_known=not case.client,
    )


def run_corpus(bank: PolicyBank, traffic: Traffic, passing: frozenset[str]) -> tuple[CaseResult, ...]:
    """Evaluate the whole traffic of a measure against one bank."""
    return tuple(
        CaseResult(case, session, bank.evaluate(request_of(case, session), passing))
        for case, session in traffic.evaluations()
    )
