# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The alarm of a measure: what must be raised by one request. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..appliance.nitro.appliance import Vip
from ..catalogue.traffic import TrafficCase

GLOBAL = "global"
RESPONDER = "RESPONDER"
NOWHERE = "not bound"


@dataclass(frozen=True)
class Alarm:
    """What must be raised by one request: the policies of one measure at one place.

    :ivar place: ``global``, or the virtual server as policy banks name it: "vpn vserver gw"
    :ivar policies: a Gateway has one for each bind point, and either may get the request
    :ivar log_actions: by the name of a log action, the words with which its message begins; "" where it begins with no literal
    :ivar without_log: the policies that have no log action
    :ivar untested: why no request can be sent; "" where one can
    :ivar is_gap: it should be tested, and cannot be; False where it is left out on purpose
    :ivar feature: the feature that evaluates the policies
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
    feature: str = RESPONDER

    def __str__(self) -> str:
        return f"{self.measure} ({self.place})"
