# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The alarm of a measure: what must be raised by one request. A kind whose policies are no responder policies reads its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ..appliance.nitro.appliance import Vip
from ..appliance.nitro.session import Session
from ..catalogue.traffic import TrafficCase
from .kind import RESPONDER_POLICY
from .registry import inventory_kinds

GLOBAL = "global"
RESPONDER = "RESPONDER"
NOWHERE = "not bound"


@dataclass(frozen=True)
class OwnWay:
    """The way of an alarm whose policies are no responder policies, so that no log action writes its line, and why a link of it is broken.

    :ivar feature: the feature that evaluates the policies
    :ivar policy_type: their NITRO type
    :ivar if_off: what a person does where the feature is off
    :ivar no_hit: why no policy counts the request
    :ivar not_counted: what counts no request behind the policy
    :ivar why_not_counted: why not
    :ivar no_line: why no line is in the log
    """

    feature: str
    policy_type: str
    if_off: str
    no_hit: str
    not_counted: str
    why_not_counted: str
    no_line: str


@dataclass(frozen=True)
class Alarm:
    """What must be raised by one request: the policies of one measure at one place.

    :ivar place: ``global``, or the virtual server as policy banks name it: "vpn vserver gw"
    :ivar policies: a Gateway has one for each bind point, and either may get the request
    :ivar log_actions: by the name of a log action, the words with which its message begins; "" where it begins with no literal
    :ivar without_log: the policies that have no log action
    :ivar counting: the policies that only count, and let a request pass
    :ivar untested: why no request can be sent; "" where one can
    :ivar is_gap: it should be tested, and cannot be; False where it is left out on purpose
    :ivar way: None for responder policies
    :ivar is_stop_gap: the rule is not the vendor's, and is brought in only where a person says so
    """

    measure: str
    place: str
    policies: tuple[str, ...]
    log_actions: Mapping[str, str]
    without_log: tuple[str, ...] = ()
    case: TrafficCase | None = None
    vip: Vip | None = None
    untested: str = ""
    is_gap: bool = True
    way: OwnWay | None = None
    counting: tuple[str, ...] = ()
    is_stop_gap: bool = False

    def __str__(self) -> str:
        return f"{self.measure} ({self.place})"

    @property
    def feature(self) -> str:
        """The feature that evaluates the policies."""
        return self.way.feature if self.way is not None else RESPONDER

    @property
    def only_counts(self) -> bool:
        """True if none of the policies blocks."""
        return bool(self.counting) and {*self.policies} <= {*self.counting}

    @property
    def policy_type(self) -> str:
        """The NITRO type of the policies."""
        return self.way.policy_type if self.way is not None else RESPONDER_POLICY


@dataclass(frozen=True)
class OwnCounters:
    """By name, the counters of policies that are no responder policies, of what counts their requests behind them, and the levels of their lines."""

    policies: Mapping[str, int] = field(default_factory=dict)
    behind: Mapping[str, int] = field(default_factory=dict)
    levels: Mapping[str, str] = field(default_factory=dict)


class AlarmReader(Protocol):
    """The module of a kind that reads its alarm."""

    def read_alarm(self, session: Session) -> Alarm | None:
        """Return the alarm, without its request; None where there is none.

        :raises NitroError: where the bindings cannot be read
        """

    def read_counters(self, session: Session) -> OwnCounters:
        """Return the counters.

        :raises NitroError: where they cannot be read
        """


def alarm_readers() -> list[AlarmReader]:
    """Return those of the kinds whose policies are no responder policies."""
    return [kind.alarm_reader() for kind in inventory_kinds().values() if kind.alarm]
