# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action that the bound responder policies of a configuration take for a request, by the policy guide and the command reference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.nights.rules.meaning import holds
from tests.nights.rules.values import Asked, Named, NotRead

Rows = Mapping[str, Iterable[Mapping[str, Any]]]
"""The rows of a configuration, by type."""
ANSWERS_NOTHING = ("NOOP",)


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
    """

    action: str | None = None
    hits: list[str] = field(default_factory=list)
    logs: list[str] = field(default_factory=list)


class _Answered(Exception):
    """An action answers: nothing else is evaluated."""


def decided(rows: Rows, places: Sequence[Place], asked: Asked, named: Named, *, end_skips_later: bool) -> Decision:
    """Return what the policies at some bind points do, in their order.

    :param end_skips_later: END also ends what is bound at later points: the guide states both
    """
    found = Decision()
    policies = {str(row["name"]): row for row in rows.get("responderpolicy", ())}
    quiet = {str(row["name"]) for row in rows.get("responderaction", ()) if row["type"] == "noop"}
    try:
        for place in places:
            bound = sorted(_bound(rows, place), key=lambda row: int(row["priority"]))
            if _ended(found, bound, policies, quiet, (asked, named)) and end_skips_later:
                break
    except _Answered:
        pass
    return found


def _bound(rows: Rows, place: Place) -> Iterator[Mapping[str, Any]]:
    if place.owner is None:
        table = rows.get("responderglobal_responderpolicy_binding", ())
        yield from (row for row in table if row["type"] == place.point)
        return
    kind, name = place.owner
    for row in rows.get(f"{kind}_responderpolicy_binding", ()):
        if row["name"] == name and row.get("bindpoint", place.point) == place.point:
            yield row


def _ended(
    found: Decision,
    bound: Sequence[Mapping[str, Any]],
    policies: Mapping[str, Mapping[str, Any]],
    quiet: set[str],
    about: tuple[Asked, Named],
) -> bool:
    """Evaluate one bind point; return whether an END ended it."""
    for row in bound:
        if row.get("invoke"):
            raise NotRead("an invocation")
        policy = policies[str(row.get("policyname") or row.get("policy"))]
        if not holds(str(policy["rule"]), *about):
            continue
        _take(found, policy, quiet)
        goto = str(row.get("gotopriorityexpression") or "END").upper()
        if goto == "END":
            return True
        if goto != "NEXT":
            raise NotRead(f"goto {goto}")
    return False


def _take(found: Decision, policy: Mapping[str, Any], quiet: set[str]) -> None:
    found.hits.append(str(policy["name"]))
    if policy.get("logaction"):
        found.logs.append(str(policy["logaction"]))
    action = str(policy["action"])
    if action.upper() in ANSWERS_NOTHING or action in quiet:
        found.action = "NOOP"
        return
    found.action = action
    raise _Answered
