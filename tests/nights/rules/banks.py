# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action that the bound responder policies of a configuration take for a request, by the policy guide and the command reference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from tests.nights.rules.meaning import holds, result_of
from tests.nights.rules.values import Asked, Named, NotRead, Undefined

Rows = Mapping[str, Iterable[Mapping[str, Any]]]
"""The rows of a configuration, by type."""
ANSWERS_NOTHING = ("NOOP",)
INVOKED_OF_A_VSERVER = ("vserver", "reqvserver")
_BINDING = "_responderpolicy_binding"
DEEPEST = 16
"""Of invocations of labels by labels."""


@dataclass(frozen=True)
class Place:
    """A bind point: the global one of a type, or one of a virtual server.

    :ivar owner: kind and name of the virtual server; None: global
    """

    point: str
    owner: tuple[str, str] | None = None


@dataclass
class Decision:
    """What policies do with a request.

    :ivar action: the one that is taken; None where no policy matches
    :ivar hits: the policies that matched, and logs, their log actions
    :ivar undefined: the policy whose result was undefined, which ends all
    """

    action: str | None = None
    hits: list[str] = field(default_factory=list)
    logs: list[str] = field(default_factory=list)
    undefined: list[str] = field(default_factory=list)


class _Answered(Exception):
    """An action answers: nothing else is evaluated."""


def decided(rows: Rows, places: Sequence[Place], asked: Asked, named: Named, *, end_skips_later: bool) -> Decision:
    """Return what the policies at some bind points do, in their order.

    :param end_skips_later: END also ends what is bound at later points: the guide states both
    """
    walk = _Walk(rows, asked, named)
    try:
        for place in places:
            if walk.ended(_bound(rows, place)) and end_skips_later:
                break
    except _Answered:
        pass
    return walk.found


def _bound(rows: Rows, place: Place) -> list[Mapping[str, Any]]:
    if place.owner is None:
        table = rows.get(f"responderglobal{_BINDING}", ())
        return [row for row in table if row["type"] == place.point]
    kind, name = place.owner
    table = rows.get(f"{kind}{_BINDING}", ())
    return [row for row in table if row["name"] == name and row.get("bindpoint", place.point) == place.point]


class _Walk:
    """An evaluation of policies."""

    def __init__(self, rows: Rows, asked: Asked, named: Named) -> None:
        self.rows, self.about, self.found = rows, (asked, named), Decision()
        self.policies = {str(row["name"]): row for row in rows.get("responderpolicy", ())}
        actions = [*rows.get("responderaction", ())]
        self.quiet = {str(row["name"]) for row in actions if row["type"] == "noop"}
        self.targets = {str(row["name"]): str(row["target"]) for row in actions if row.get("target")}

    def ended(self, bank: Iterable[Mapping[str, Any]], depth: int = 0) -> bool:
        """Evaluate the policies of one bank, by priority; return whether an END ended it."""
        if depth > DEEPEST:
            raise NotRead("labels that invoke each other")
        bound = sorted(bank, key=lambda row: int(row["priority"]))
        index = 0
        while index < len(bound):
            row = bound[index]
            policy = self.policies.get(str(row.get("policyname") or row.get("policy")))
            if policy is not None and not self._holds(policy):
                index += 1
                continue
            if policy is not None:
                self._take(policy)
            inside = bool(row.get("invoke")) and self.ended(self._invoked(row), depth + 1)
            after = self._following(bound, index, policy, has_ended=inside)
            if after is None:
                return True
            index = after
        return False

    def _holds(self, policy: Mapping[str, Any]) -> bool:
        try:
            return holds(str(policy["rule"]), *self.about)
        except Undefined:
            self._stop(policy)

    def _stop(self, policy: Mapping[str, Any]) -> NoReturn:
        """End all with the action for what is undefined: that of the policy, or that of the parameters, which is NOOP by default."""
        for one in self.rows.get("responderparam", ()):
            self.found.action = str(one.get("undefaction") or "NOOP")
        self.found.action = str(policy.get("undefaction") or self.found.action or "NOOP")
        self.found.undefined.append(str(policy["name"]))
        raise _Answered

    def _invoked(self, row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Return the policies of a label, or those of a virtual server for requests, which an invocation evaluates."""
        kind, label = str(row.get("labeltype", "")).lower(), f"responderpolicylabel{_BINDING}"
        name = str(row["invoke_labelname"] if "invoke_labelname" in row else row["labelname"])
        if kind == "policylabel":
            return [one for one in self.rows.get(label, ()) if one["labelname"] == name]
        if kind not in INVOKED_OF_A_VSERVER:
            raise NotRead(f"an invocation of {kind}")
        owners = (type_.removesuffix(_BINDING) for type_ in self.rows if type_.endswith(f"vserver{_BINDING}"))
        banks = [bank for owner in owners if (bank := _bound(self.rows, Place("REQUEST", (owner, name))))]
        if len(banks) > 1:
            raise NotRead(f"an invocation of {name}, which several are called")
        return banks[0] if banks else []

    def _following(
        self, bound: Sequence[Mapping[str, Any]], index: int, policy: Mapping[str, Any] | None, *, has_ended: bool
    ) -> int | None:
        """Return the place of what is evaluated next; None for the end."""
        goto = str(bound[index].get("gotopriorityexpression") or "END").strip()
        word = goto.upper()
        if word == "END" or (word == "USE_INVOCATION_RESULT" and has_ended):
            return None
        if word in ("NEXT", "USE_INVOCATION_RESULT"):
            return index + 1
        return self._at(bound, index, self._number(goto), policy)

    def _number(self, goto: str) -> int | None:
        """Return the number that a goto is, as it stands or as a result; None where it has none."""
        try:
            number = result_of(goto, *self.about)
        except Undefined:
            return None
        return number if type(number) is int else None

    def _at(
        self, bound: Sequence[Mapping[str, Any]], index: int, number: int | None, policy: Mapping[str, Any] | None
    ) -> int | None:
        """Return the place of a priority: the own one is the next, one above all is the end; what is before it, or is not there, is undefined."""
        priorities = [int(row["priority"]) for row in bound]
        if number == priorities[index]:
            return index + 1
        if number is not None and number > priorities[-1]:
            return None
        if number not in priorities[index:]:
            self._stop(policy or {"name": str(bound[index].get("policyname") or bound[index].get("policy"))})
        return priorities.index(number)

    def _take(self, policy: Mapping[str, Any]) -> None:
        self.found.hits.append(str(policy["name"]))
        if policy.get("logaction"):
            self.found.logs.append(str(policy["logaction"]))
        action = str(policy["action"])
        if action in self.targets and not self._is_defined(self.targets[action]):
            return
        if action.upper() in ANSWERS_NOTHING or action in self.quiet:
            self.found.action = "NOOP"
            return
        self.found.action = action
        raise _Answered

    def _is_defined(self, target: str) -> bool:
        """Return whether the text of an action has a result; else the action is not taken."""
        try:
            result_of(target, *self.about)
        except Undefined:
            return False
        return True
