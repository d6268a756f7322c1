# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A night after an action, with what was read of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from tests.nights.claims import Claim
from tests.nights.knowledge import Thread, as_of, thread
from tests.nights.night import Action, Night
from tests.nights.outputs import Outputs
from tests.nights.world import CLIENTS, PORTAL, Got, Place, Sight, Weakness


@dataclass(frozen=True)
class Held:
    """A night after an action, and what was read of it.

    :ivar weakness: of which the checks speak
    :ivar found: what was read about this weakness
    :ivar where: the actions so far, by appliance
    """

    night: Night
    found: Outputs
    weakness: Weakness = PORTAL

    def of(self, weakness: Weakness) -> Held:
        """Return the same with the checks about another weakness."""
        return Held(self.night, self.found.about(weakness), weakness)

    @property
    def weaknesses(self) -> tuple[Weakness, ...]:
        """Return those of which the night is."""
        return self.night.world.weaknesses

    @cached_property
    def actions(self) -> tuple[Action, ...]:
        """Return the actions as they are to this weakness."""
        return tuple(as_of(self.weakness, one) for one in self.night.actions)

    @cached_property
    def where(self) -> Mapping[str, Thread]:
        return {name: thread(self.night, name, self.found.by, self.weakness) for name in self.night.appliances}

    @property
    def now(self) -> Sight:
        return self.night.world.sights[-1]

    def passed(self, appliance: str) -> tuple[str, ...]:
        return self.now.passed(appliance, self.weakness)

    def counts(self, appliance: str, number: int) -> bool:
        """Return whether a letter has to tell that an attack passed after an action: of what is behind an appliance it has to once we protected that, as far as
        the control node that reads can know it.
        """
        here = self.where[appliance]
        before = enumerate(here.actions[: number + 1])
        protected = (n for n, one in before if one.said.startswith("mitigated") and here.is_known(n))
        return not self.weakness.is_behind or any(True for _number in protected)

    def managed(self, appliance: str) -> tuple[int, ...]:
        """Return the indices of the nodes at whose management address an attack gets through."""
        return self.now.reached(appliance, self.weakness)

    def is_fixed(self, build: str) -> bool:
        return self.weakness.is_fixed(build)

    def was_never_affected(self, build: str) -> bool:
        return self.weakness.was_never_affected(build)

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
