# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A night after an action, with what was read of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from tests.nights.claims import Claim
from tests.nights.knowledge import Thread, thread
from tests.nights.night import Night
from tests.nights.outputs import Outputs
from tests.nights.world import CLIENTS, Got, Place, Sight


@dataclass(frozen=True)
class Held:
    """A night after an action, and what was read of it.

    :ivar where: the actions so far, by appliance
    """

    night: Night
    found: Outputs

    @cached_property
    def where(self) -> Mapping[str, Thread]:
        return {name: thread(self.night, name, self.found.by) for name in self.night.appliances}

    @property
    def now(self) -> Sight:
        return self.night.world.sights[-1]

    def passed(self, appliance: str) -> tuple[str, ...]:
        return self.now.passed(appliance)

    def places(self, appliance: str, vserver: str = "", customer: str | None = None) -> list[Place]:
        return [one for one in self.night.world.places_of(appliance or None, customer) if vserver in ("", one.vserver)]

    def is_read(self, appliance: str) -> bool:
        return self.where[appliance].is_read

    def is_shut(self, place: Place) -> bool:
        """Return whether a service gives nobody anything."""
        return all(self.now.got[place, client] is not Got.SERVED for client in CLIENTS)

    def is_closed(self, place: Place) -> bool:
        """Return whether a service is closed for somebody, or in part."""
        return not self.now.elsewhere[place] or any(self.now.got[place, client] is not Got.SERVED for client in CLIENTS)


Check = Callable[[Held, Claim], str]
