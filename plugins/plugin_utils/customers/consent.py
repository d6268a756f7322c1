# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a customer was advised, and whether this customer has agreed to a closing. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from ..foundation.errors import InvalidInput
from ..foundation.next_action import AGAIN, Command, advice
from .customer import MOST_TEXT

HOW_TO_GO_ON = (
    "consent.yml -e customer=... -e state=agreed -e who=... -e how=... writes down an agreement; the same command with -e without_consent=true closes "
    "all the same, in the name of who"
)
"""What to do where a customer must agree to a closing and has not."""
AGREED = Command("consent", (("state", "agreed"),), asks=("customer", "who", "how"), is_local=True)
WITHOUT = replace(AGAIN, unsaid=(("without_consent", "true"),))


def without_agreement(texts: Sequence[str]) -> str:
    """Return in one text what stays open because customers have not agreed, and what to do; "" where there is nothing of it."""
    return advice(f"{'; '.join(texts).rstrip('.')}. {HOW_TO_GO_ON}.", AGREED, WITHOUT) if texts else ""


class ConsentState(StrEnum):
    """The last thing that happened between a customer and the provider about closing access."""

    ADVISED = "advised"
    AGREED = "agreed"
    REFUSED = "refused"
    CLOSED = "closed"
    REOPENED = "reopened"


_MANDATORY = ("customer", "who", "how")


@dataclass(frozen=True, kw_only=True)
class ConsentEntry:
    """One entry of the register.

    :ivar who: the person who advised, agreed, refused, closed or reopened
    :ivar when: UTC, in the form of ISO 8601
    :ivar how: the way, such as ``by telephone``, or the run that closed
    :ivar ticket: may be empty; likewise the note
    :raises InvalidInput: where a value is not valid, naming it
    """

    customer: str
    state: ConsentState
    who: str
    when: str
    how: str
    ticket: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, str) or not value.isprintable() or len(value) > MOST_TEXT:
                raise InvalidInput(f"{field.name} must be one line of text of at most {MOST_TEXT} characters")
            if field.name in _MANDATORY and not value.strip():
                raise InvalidInput(f"{field.name} is empty")
        if not isinstance(self.state, ConsentState):
            raise InvalidInput(f"state is {self.state!r}, and must be one of {', '.join(ConsentState)}")
        if utc_text(self.when) != self.when:
            raise InvalidInput(f"when is {self.when!r}, and must be a time in UTC such as 2020-01-17T13:00:00+00:00")

    def values(self) -> dict[str, str]:
        """Return the entry as JSON values."""
        return asdict(self) | {"state": str(self.state)}

    @classmethod
    def from_values(cls, values: Any) -> ConsentEntry:
        """Return the entry of JSON values.

        :raises InvalidInput: where they are none
        """
        names = {field.name for field in fields(cls)}
        if not isinstance(values, Mapping) or set(values) != names or values["state"] not in [*ConsentState]:
            raise InvalidInput(f"it must have {', '.join(sorted(names))}")
        return cls(**{**values, "state": ConsentState(values["state"])})

    @property
    def text(self) -> str:
        """Return who said it and when, in one line."""
        moment = f"{datetime.fromisoformat(self.when):%Y-%m-%d %H:%M} UTC"
        about = f" ({self.ticket})" if self.ticket else ""
        note = f": {self.note}" if self.note else ""
        return f"{self.state} {moment} by {self.who}, {self.how}{about}{note}"


def utc_text(text: str) -> str:
    """Return a time as the register has it; "" where the text is no time with a zone."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC).isoformat(timespec="seconds") if moment.tzinfo is not None else ""
    except (ValueError, OverflowError):
        return ""


def has_agreed(entries: Sequence[ConsentEntry]) -> bool:
    """Return True if a closing has the consent of the customer.

    A consent lasts while access is closed, so that a run which stopped half-way can go on. After a reopening, the next closing needs a new one.

    :param entries: of one customer, the oldest first
    """
    decisive = (entry.state for entry in reversed(entries) if entry.state is not ConsentState.CLOSED)
    return next(decisive, None) is ConsentState.AGREED
