# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The measure of a step for the virtual servers that are closed afterwards. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ...appliance.nitro.names import DEFAULT
from ...appliance.objects.virtual_servers import Vserver
from ...catalogue.closing_steps import LadderStep
from ...catalogue.measure import Measure, Mode
from ...customers.customer import Customer
from ...foundation.errors import InvalidInput, Refused
from ...foundation.host_setting import host_setting
from ...foundation.languages import LANGUAGES
from ...measures.closing.measure import ClosedPoint, notice, partners
from ...measures.closing.partner_networks import VARIABLE as PARTNERS
from ...measures.closing.partner_networks import Network
from ...measures.geoblock.measure import Geoblock
from ...measures.url_whitelist.measure import UrlWhitelist
from .scope import Scope, named

Closed = Mapping[str, Sequence[Vserver]]
"""By admin partition, the virtual servers."""


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
        if self.step is LadderStep.COUNTRIES:
            return self._countries(scope, closed)
        if self.step is LadderStep.PATHS:
            return self._paths(where, closed)
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
        if isinstance(self.asked, Geoblock) and self.asked.settings is not None:
            known = {(DEFAULT, kind, name) for kind, name in self.asked.settings.vservers}
        elif isinstance(self.asked, UrlWhitelist):
            known = {(own.partition, own.kind, own.vserver) for own in self.asked.lists}
        else:
            return {}
        return {
            name: [one for one in own if not {(name, one.kind, one.name), (name, "", one.name)} & known]
            for name, own in closable.items()
        }

    @property
    def why_left_open(self) -> str:
        """Why the inventory leaves a virtual server out, in words."""
        variable = "geoblock_vservers" if self.step is LadderStep.COUNTRIES else "netscaler_whitelists"
        return f"{variable} does not name it. Add it there, or choose another step"

    def _point(self, scope: Scope, partition: str, vserver: Vserver) -> ClosedPoint:
        customer = self.customers.get(scope.customer(vserver, partition))
        languages = LANGUAGES if customer is None else (customer.language,)
        version = 6 if ":" in vserver.address else 4
        return ClosedPoint(vserver.kind, vserver.name, partition, languages, version)

    def _countries(self, scope: Scope, closed: Closed) -> Measure:
        asked, where = self.asked, scope.appliance.name
        if not isinstance(asked, Geoblock) or asked.settings is None:
            raise InvalidInput(
                f"{where}: the step countries puts the geoblock of the inventory into force, and it has none. Set geoblock_policy and its other "
                "variables first (docs/how-to/geoblocking.md). Nothing was sent."
            )
        wanted = {(kind, one.name) for one in closed.get(DEFAULT, ()) for kind in ("", one.kind)}
        chosen = tuple(one for one in asked.settings.vservers if one in wanted)
        if not chosen:
            raise Refused(
                f"{where}: geoblock_vservers names none of {named(closed.get(DEFAULT, ()))}. Add it there, or choose another step. Nothing was changed."
            )
        return replace(asked, settings=replace(asked.settings, vservers=chosen, mode=Mode.ENFORCE))

    def _paths(self, where: str, closed: Closed) -> Measure:
        asked = self.asked
        if not isinstance(asked, UrlWhitelist) or not asked.lists:
            raise InvalidInput(
                f"{where}: the step paths puts the lists of the inventory into force, and it has none. Set netscaler_whitelists first "
                "(docs/how-to/whitelist.md). Nothing was sent."
            )
        wanted = {(partition, one.kind, one.name) for partition, own in closed.items() for one in own}
        lists = tuple(
            replace(own, mode=Mode.ENFORCE) if (own.partition, own.kind, own.vserver) in wanted else own
            for own in asked.lists
        )
        if all(own.mode is not Mode.ENFORCE for own in lists):
            raise Refused(
                f"{where}: netscaler_whitelists has no list for {named([one for own in closed.values() for one in own])}. Add one, or choose another "
                "step. Nothing was changed."
            )
        return asked.with_lists(lists)
