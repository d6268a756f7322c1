# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The measure of a step for the virtual servers that are closed afterwards. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...appliance.objects.virtual_servers import Vserver
from ...catalogue.closing_steps import LadderStep
from ...catalogue.measure import Measure
from ...customers.customer import Customer
from ...foundation.errors import InvalidInput, Refused
from ...foundation.host_setting import host_setting
from ...foundation.languages import LANGUAGES
from ...measures.closing.measure import ClosedPoint, notice, partners
from ...measures.closing.partner_networks import VARIABLE as PARTNERS
from ...measures.closing.partner_networks import Network
from ...measures.closing_measures import Closed, InventoryClosing
from .scope import Scope, named


@dataclass(frozen=True, kw_only=True)
class StepInputs:
    """What the inventory says for the steps.

    :ivar asked: of countries and paths, the measure that the inventory asks for
    :ivar customers: by name; their language is that of the page
    :ivar texts: of the page, by language
    :ivar networks: of the partners
    :ivar probe_address: the address from which our probes come; "" where it is not known
    :ivar priority: of the policies of partners and notice; None for that of the step
    """

    step: LadderStep
    asked: Measure
    customers: Mapping[str, Customer] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    networks: tuple[Network, ...] = ()
    probe_address: str = ""
    priority: int | None = None

    def measure(self, scope: Scope, closed: Closed) -> Measure:
        """Return the measure.

        :param closed: all that is closed afterwards
        :raises InvalidInput: where the inventory does not say what the step needs
        :raises Refused: where the step cannot be done for this scope
        """
        where = scope.appliance.name
        if isinstance(self.asked, InventoryClosing):
            return self._of_inventory(self.asked, where, closed)
        points = [self._point(scope, partition, one) for partition, own in closed.items() for one in own]
        if self.step is LadderStep.NOTICE:
            return notice(points, dict(self.texts), self.priority)
        if not self.networks:
            raise InvalidInput(
                f"{where}: the step partners needs the networks of the partners. Name them "
                f"{host_setting(where, f'{PARTNERS}: [198.51.100.0/24]')}. Nothing was sent."
            )
        return partners(points, self.networks, self.probe_address, self.priority)

    def left_open(self, closable: Closed) -> dict[str, list[Vserver]]:
        """Return by admin partition what the inventory does not name for the step, so that it stays open."""
        known = self.asked.named_vservers() if isinstance(self.asked, InventoryClosing) else None
        if known is None:
            return {}
        return {
            name: [one for one in own if not {(name, one.kind, one.name), (name, "", one.name)} & known]
            for name, own in closable.items()
        }

    @property
    def why_left_open(self) -> str:
        """Why the inventory leaves a virtual server out, in words."""
        variable = self.asked.closing_variable if isinstance(self.asked, InventoryClosing) else ""
        return f"{variable} does not name it. Add it there, or choose another step"

    def _point(self, scope: Scope, partition: str, vserver: Vserver) -> ClosedPoint:
        customer = self.customers.get(scope.customer(vserver, partition))
        languages = LANGUAGES if customer is None else (customer.language,)
        version = 6 if ":" in vserver.address else 4
        return ClosedPoint(vserver.kind, vserver.name, partition, languages, version)

    def _of_inventory(self, asked: InventoryClosing, where: str, closed: Closed) -> Measure:
        if not asked.can_close():
            raise InvalidInput(f"{where}: the step {self.step} puts {asked.nothing_to_close_with}. Nothing was sent.")
        measure = asked.closing(closed)
        if measure is None:
            names = named(asked.in_reach(closed))
            raise Refused(
                f"{where}: {asked.names_none.format(names=names)}, or choose another step. Nothing was changed."
            )
        return measure
