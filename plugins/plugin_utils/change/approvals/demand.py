# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The approvals that the inventory demands, and the person who goes on without them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...foundation.errors import InvalidInput
from ...foundation.foreign_text import printable, says_something
from .rule import ApprovalRule

VARIABLE = "tourniquet_approvals"
MOST = 2
LOUD = "BREAK GLASS: "
"""How the text begins that says in output, records, reports and messages that a person goes on without approvals."""


@dataclass(frozen=True)
class BreakGlass:
    """A person who goes on without the approvals.

    :ivar who: the name that was given
    :ivar reason: in that person's words
    """

    who: str
    reason: str

    @property
    def text(self) -> str:
        """Return what output, records and reports say."""
        return f"{LOUD}{self.who} goes on without the approvals: {self.reason}"

    @property
    def facts(self) -> dict[str, str]:
        """Return what the change record says."""
        return {"who": self.who, "reason": self.reason}


def wanted_approvals(value: Any, rules: Mapping[str, ApprovalRule], action: str, measure: str = "") -> int:
    """Return how many approvals an action needs: 0, 1 or 2.

    :param value: of the variable; None where it is not set
    :param rules: by action that changes an appliance, what demands approvals for it
    :param action: any other writes nothing on an appliance, and needs none
    :raises InvalidInput: where the value is not a mapping of known verbs to 0, 1 or 2
    """
    demanded = _checked(value, rules)
    rule = rules.get(action)
    return max((demanded.get(key, 0) for key in rule.keys_of(measure)), default=0) if rule else 0


def most_approvals(value: Any, rules: Mapping[str, ApprovalRule]) -> int:
    """Return the most approvals that any action needs; see :func:`wanted_approvals`."""
    return max(_checked(value, rules).values(), default=0)


def _checked(value: Any, rules: Mapping[str, ApprovalRule]) -> Mapping[str, int]:
    """:raises InvalidInput: where the value is not a mapping of known verbs to 0, 1 or 2"""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidInput(
            f"{VARIABLE} must be a mapping of a verb to a number, such as {{apply: 1, close: 2}}. Nothing was sent."
        )
    known = {key for rule in rules.values() for key in (*rule.keys, *rule.of_measures)}
    for key, number in value.items():
        if key not in known:
            raise InvalidInput(
                f"{VARIABLE} names {printable(str(key))!r}: write one of {', '.join(sorted(known))}. Nothing was sent."
            )
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= MOST:
            raise InvalidInput(f"{VARIABLE}: {key} is {printable(str(number))!r}: write 0, 1 or 2. Nothing was sent.")
    return value


def break_glass_of(*, wanted: bool, who: str, reason: str) -> BreakGlass | None:
    """Return the person who goes on without approvals; None where nobody does.

    :raises InvalidInput: where the person or the reason is missing
    """
    if not wanted:
        return None
    if not says_something(who) or not says_something(reason):
        raise InvalidInput(
            "break_glass goes on without the approvals, so it needs a person and a reason: "
            "-e break_glass=true -e \"who='your name'\" -e \"reason='why now'\". Nothing was sent."
        )
    return BreakGlass(printable(who.strip()), printable(reason.strip()))
