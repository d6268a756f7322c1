# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which services does an appliance have, and whose are they? By what the records show of its virtual servers, and the inventory of today. Pure.

A virtual server is known by its admin partition, type and name. Its customer is that of the inventory of today; where its address changed and the addresses
have different customers, both read of it, with a sentence that says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ...appliance.nitro.appliance import Appliance
from ...appliance.objects.resource_types import ObjectId
from ...change.records.record_content import RecordedVserver
from .record_events import History

NO_ADDRESS = ("0.0.0.0", "::", "[::]")  # noqa: S104 -- no address is opened


@dataclass(frozen=True)
class Service:
    """A virtual server as records and inventory know it.

    :ivar object_id: NITRO's type and the name
    :ivar places: its addresses with ports by the records, the oldest first
    :ivar customers: by the inventory of today; "" for nobody's. More than one where its addresses have different ones
    :ivar is_on: a run that closed or opened something has found it on, with an address of its own
    """

    appliance: str
    partition: str
    object_id: ObjectId
    places: tuple[str, ...]
    customers: tuple[str, ...]
    is_on: bool = True

    @property
    def name(self) -> str:
        return self.object_id[1][0]

    @property
    def conflicts(self) -> Iterator[str]:
        """Yield what a reader should know: that it has moved, and that whose it was is not known for all of the time."""
        if len(self.customers) > 1:
            whose = ", ".join(customer or "nobody" for customer in self.customers)
            yield f"{self.name} was at {', '.join(self.places)}, which are of {whose}: whose it was when is not known, so it counts for each"
        elif len(self.places) > 1:
            yield f"{self.name} was at {', '.join(self.places)}, one after the other"


Services = Mapping[tuple[str, ObjectId], Service]
"""By admin partition and virtual server."""


def services_of(appliance: Appliance, history: History) -> Services:
    """Return the virtual servers that the records of closings show, in the order in which they do."""
    places: dict[tuple[str, ObjectId], dict[str, None]] = {}
    on: set[tuple[str, ObjectId]] = set()
    for event in history.closing_events:
        for vserver in event.record.vservers:
            key = event.record.partition, vserver.object_id
            own = places.setdefault(key, {})
            if vserver.place:
                own[vserver.place] = None
            if vserver.enabled is not False and can_be_reached(vserver):
                on.add(key)
    return {
        key: Service(appliance.name, *key, tuple(own), customers_at(appliance, key[1], own or ("",), key[0]), key in on)
        for key, own in places.items()
    }


def can_be_reached(vserver: RecordedVserver) -> bool:
    """Return True unless a virtual server has no address of its own."""
    return bool(vserver.place) and not vserver.place.startswith(NO_ADDRESS)


def customers_at(appliance: Appliance, id_: ObjectId, places: Iterable[str], partition: str) -> tuple[str, ...]:
    """Return whose a virtual server is by each of its addresses, in their order."""
    names = (appliance.names_of_recorded(id_[1][0], place, partition) for place in places)
    return tuple(dict.fromkeys(appliance.customer_of(own, partition) for own in names))
