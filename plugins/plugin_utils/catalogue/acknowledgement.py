# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The acknowledgement of a verdict or a finding by a person, until a day. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ..foundation.json_values import written


@written("who why until")
@dataclass(frozen=True)
class Acknowledgement:
    """One entry of ``tourniquet_acknowledgements``.

    :ivar until: the last day on which it counts, in UTC
    :ivar verdict: the word that it is about; "" for every warning of the measure
    :ivar measure: the id of the mitigation or other measure; "" for all measures of the appliance
    :ivar finding: the id of the finding that it is about; "" where it is about a verdict
    :ivar policy: the policy of others that it is about, which lets requests go on past ours; "" where it is about a verdict
    """

    who: str
    why: str
    until: date
    verdict: str = ""
    measure: str = ""
    finding: str = ""
    policy: str = ""

    def is_about(self, word: str, measure: str) -> bool:
        """Return True if it is about a verdict on a measure, whether it has expired or not."""
        return not self.finding and not self.policy and self.verdict in ("", word) and self.measure in ("", measure)

    def __str__(self) -> str:
        return f"acknowledged by {self.who} until {self.until}: {self.why}"


def in_force(found: Iterable[Acknowledgement], word: str, measure: str, today: date) -> Acknowledgement | None:
    """Return the acknowledgement of a verdict that counts today and longest; None where there is none."""
    valid = [one for one in found if one.is_about(word, measure) and one.until >= today]
    return max(valid, key=lambda one: one.until, default=None)


def of_policy(found: Iterable[Acknowledgement], policy: str, measure: str, today: date) -> Acknowledgement | None:
    """Return the acknowledgement of a policy in front of a measure that counts today and longest; None where there is none."""
    valid = [one for one in found if one.policy == policy and one.measure in ("", measure) and one.until >= today]
    return max(valid, key=lambda one: one.until, default=None)


def expired(found: Iterable[Acknowledgement], word: str, measure: str, today: date) -> Acknowledgement | None:
    """Return the acknowledgement of a verdict that has expired last; None where there is none."""
    past = [one for one in found if one.is_about(word, measure) and one.until < today]
    return max(past, key=lambda one: one.until, default=None)
