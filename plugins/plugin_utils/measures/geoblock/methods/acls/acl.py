# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Extended ACLs: one for each range and destination, or one for each data set if the build knows srcipdataset.

The name of an ACL tells its content: ``tq_geoblock__198.51.100.0-198.51.100.255__5d41a2`` has the source and a mark of destination and
policy. Its addresses never change: a range that changes is a new ACL beside the old one, and the same apply removes the old one. So
there is no gap.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .....appliance.objects.ownership import SEPARATOR, Owner
from .....appliance.objects.resource_types import Attributes
from .....foundation.errors import InvalidInput
from ...country_data.address_ranges import parse_network, span_text
from ...country_data.compiled import Compiled
from ..datasets.data_sets import DataSet
from .acl_forms import ADDRESS, ALL, ALLOW, DATASET, DENY, NAME_ATTRIBUTES, RANGE, TYPES, AclForm, AclForms

CONSENT_ABOVE = 2000  # ACLs: nobody has published experience with more
MEASURE_LIMIT = 30  # characters of the measure's id: with two IPv6 addresses a name then still fits into 127
# Highest priority number by type; an existing one is error 872.
PRIORITIES = {"nsacl": 100000, "nsacl6": 81920}


@dataclass(frozen=True)
class Destination:
    """The protected addresses: a VIP, or a range or data set of VIPs. It is never empty: an ACL without a destination also drops the answers
    to requests of the appliance itself.

    :ivar value: an address or a range a-b, or the name of a data set
    """

    value: str
    version: int
    is_dataset: bool = False

    @classmethod
    def of(cls, address: str) -> Destination:
        """Return the destination of an address or a range.

        :raises InvalidInput: if it is neither
        """
        try:
            version, span = parse_network(address)
        except ValueError as error:
            raise InvalidInput(f"geoblock: the destination of an ACL: {error}") from None
        return cls(span_text(version, span), version)


@dataclass(frozen=True)
class Acl:
    """One nsacl or nsacl6, without its priority.

    :ivar type: "nsacl" or "nsacl6"
    :ivar denies: True for a DENY; ALLOWs of the same policy need the lower priority numbers
    :ivar source: a range, or the name of a data set; "" for all sources
    """

    type: str
    name: str
    denies: bool
    form: AclForm
    source: str
    destination: Destination

    def resource(self, priority: int, *, ttl: int | None = None) -> Attributes:
        """Return the attributes for NITRO.

        :param ttl: seconds after which the ACL expires, a multiple of 4. It cannot be changed later, so such a copy has its own name
        """
        if ttl is not None and (ttl <= 0 or ttl % 4):
            raise InvalidInput(f"geoblock: the ttl of an ACL must be a positive multiple of 4 seconds, not {ttl}")
        row: Attributes = {"source": self.source, "destination": self.destination.value, "priority": priority}
        if ttl is None:
            return self.form.permanent.fill({**row, "name": self.name})
        return self.form.expiring.fill({**row, "name": expiring_name(self.name), "ttl": ttl})

    @property
    def attributes(self) -> Attributes:
        """Return the attributes without name and priority."""
        named = NAME_ATTRIBUTES[self.type]
        return {name: value for name, value in self.resource(1).items() if name not in (named, "priority")}


_EXPIRING = SEPARATOR + "ttl"


def expiring_name(name: str) -> str:
    """Return the name of the copy that expires by itself."""
    return name + _EXPIRING


def is_expiring(name: str) -> bool:
    """True for the name of such a copy."""
    return name.endswith(_EXPIRING)


def range_acls(owner: Owner, compiled: Compiled, destinations: Iterable[Destination], forms: AclForms) -> list[Acl]:
    """Return one ACL for each range and destination of its family, ALLOW before DENY.

    ``block``: a DENY each. ``allow``: an ALLOW each, then one DENY of everything else for each destination.

    :raises InvalidInput: if there is no destination, the measure's id is too long, or the template does not do
    """
    checked = _checked(owner, destinations)
    found = []
    for destination in checked:
        for span in compiled.spans[destination.version]:
            source = span_text(destination.version, span)
            found.append(_acl(owner, compiled, forms, source, destination, RANGE, source))
    return [*found, *_rest(owner, compiled, checked, forms)]


def dataset_acls(
    owner: Owner,
    compiled: Compiled,
    sets: Iterable[DataSet],
    destinations: Iterable[Destination],
    forms: AclForms,
) -> list[Acl]:
    """Return one ACL for each data set and IPv4 destination: nsacl6 knows no data set, so IPv6 needs ranges (range_acls).

    :raises InvalidInput: if there is no destination, the measure's id is too long, or the template does not do
    """
    ipv4 = [destination for destination in _checked(owner, destinations) if destination.version == 4]
    found = []
    for destination in ipv4:
        for one in sets:
            if one.version == 4 and one.spans:
                short = one.name.removeprefix(owner.name + SEPARATOR)
                found.append(_acl(owner, compiled, forms, short, destination, DATASET, one.name))
    return [*found, *_rest(owner, compiled, ipv4, forms)]


def _rest(owner: Owner, compiled: Compiled, destinations: Iterable[Destination], forms: AclForms) -> list[Acl]:
    return [_acl(owner, compiled, forms, "rest", one) for one in destinations] if compiled.allows else []


def _acl(
    owner: Owner,
    compiled: Compiled,
    forms: AclForms,
    source_name: str,
    destination: Destination,
    source_is: str = ALL,
    source: str = "",
) -> Acl:
    # An ALLOW keeps no name, and so no priority, of a DENY: it has to come before the DENY of the rest.
    marked = f"allow {destination.value}" if compiled.allows else destination.value
    mark = hashlib.sha256(marked.encode()).hexdigest()[:6]
    denies = source_is == ALL or not compiled.allows
    form = forms.of(
        destination.version, DENY if denies else ALLOW, source_is, DATASET if destination.is_dataset else ADDRESS
    )
    name = SEPARATOR.join((owner.name, source_name, mark))
    return Acl(TYPES[destination.version], name, denies, form, source, destination)


def _checked(owner: Owner, destinations: Iterable[Destination]) -> list[Destination]:
    if len(owner.measure) > MEASURE_LIMIT:
        raise InvalidInput(
            f"geoblock: ACLs are named by their ranges, so that the id of the measure may have {MEASURE_LIMIT} characters; "
            f"{owner.measure} has {len(owner.measure)}"
        )
    found = list(dict.fromkeys(destinations))
    if not found:
        raise InvalidInput(
            "geoblock: ACLs need the VIPs as destinations: without one they also drop the answers to requests of the appliance itself"
        )
    return found


def priorities(
    acls: Sequence[Acl], there: Mapping[str, int], *, first: int, taken: Iterable[int] = ()
) -> dict[str, int]:
    """Return a priority for each ACL of one type: existing ones keep theirs, new ones get free numbers of the band.

    ALLOWs take the lower half of the band, DENYs the upper one.

    :param there: the priorities of our ACLs on the appliance, by name
    :param taken: the priorities of all other ACLs of this type
    :param first: the first number of the band; the band ends at the highest priority of the type
    :raises InvalidInput: if the band has not enough free numbers
    """
    found = {acl.name: there[acl.name] for acl in acls if acl.name in there}
    used = {*there.values(), *taken}
    if not acls:
        return found
    last = PRIORITIES[acls[0].type]
    middle = first + (last - first) // 2
    for denies in (False, True):
        start, end = (middle, last + 1) if denies else (first, middle)
        free = (number for number in range(start, end) if number not in used)
        for acl in acls:
            if acl.denies == denies and acl.name not in found:
                number = next(free, None)
                if number is None:
                    raise InvalidInput(
                        f"geoblock: no free priority is left for {acl.name} between {start} and {end - 1}: begin the band lower"
                    )
                found[acl.name] = number
    return found
