# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The virtual servers of an appliance: their addresses, whether they are switched on, and their current users.

NITRO's rows do not have what ``enable`` and ``disable`` set. It follows from ``curstate``: OUT OF SERVICE is switched off, DOWN is
switched on without a service that is up (NITRO reference, lbvserver; check_netscaler). For other values it is not known.

One whose name NITRO does not allow has a stand-in for it (:mod:`names`): it is never probed, switched or protected, and it is reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..nitro.appliance import Address, Appliance, Vip
from ..nitro.names import UnusableName, address_of, is_name, is_stand_in, is_word, port_of, usable
from .probe_consent import with_consent
from .resource_types import ObjectId

VSERVER_TYPES = {"vpnvserver": "vpn", "authenticationvserver": "authentication", "csvserver": "cs", "lbvserver": "lb"}
# The addresses of a virtual server that can be reached through another one only.
NOT_ADDRESSABLE = ("", "0.0.0.0", "::")  # noqa: S104 - compared with, never bound to
ANY_PORT = 65535  # NITRO's number for the port *
_SWITCHED_OFF = ("OUT OF SERVICE", "GOING OUT OF SERVICE", "DOWN WHEN GOING OUT OF SERVICE")
_SWITCHED_ON = ("UP", "DOWN", "BUSY")


@dataclass(frozen=True)
class Vserver:
    """One virtual server as it was read.

    :ivar type: NITRO's type, such as vpnvserver
    :ivar enabled: True if it is switched on; None where that is not known
    """

    type: str
    name: str
    address: str
    port: int
    protocol: str
    enabled: bool | None

    @property
    def object_id(self) -> ObjectId:
        return self.type, (self.name,)

    @property
    def kind(self) -> str:
        return VSERVER_TYPES[self.type]

    @property
    def has_usable_name(self) -> bool:
        """True if NITRO allows the name, so that requests can be sent for it."""
        return is_name(self.name)

    @property
    def addressable(self) -> bool:
        return self.address not in NOT_ADDRESSABLE and self.port > 0

    @property
    def is_http(self) -> bool:
        return self.protocol in ("SSL", "HTTP")

    @property
    def place(self) -> Address:
        return Address(self.address, self.port)

    @property
    def own_names(self) -> tuple[str, ...]:
        """The name and the addresses by which a variable may name it."""
        return self.name, self.address, str(self.place)

    def vip(self, appliance: Appliance) -> Vip | None:
        """Return the VIP as the appliance names it; None where it does not speak HTTP or has no address of its own."""
        if not self.has_usable_name or not self.is_http or not self.addressable or self.port == ANY_PORT:
            return None
        return with_consent(Vip(self.name, self.place, self.kind, tls=self.protocol == "SSL"), appliance)

    def __str__(self) -> str:
        return f"{self.name} ({self.kind} {self.place})"


@dataclass(frozen=True)
class Usage:
    """The current use of a virtual server; a number is None where the appliance does not count it.

    :ivar users: the users of a Gateway
    :ivar connections: the client connections of a load balancing or content switching server
    """

    users: int | None = None
    connections: int | None = None


def vserver_of(type_name: str, row: Mapping[str, Any], unusable: set[UnusableName]) -> Vserver:
    """Return a virtual server of a row of NITRO.

    :param unusable: takes its name where NITRO does not allow it
    """
    name, protocol = str(row.get("name") or ""), str(row.get("servicetype", "")).upper()
    return Vserver(
        type=type_name,
        name=name if is_stand_in(name) else usable(type_name, name, unusable),
        address=address_of(str(row.get("ipv46") or row.get("ip") or "")),
        port=port_of(row.get("port")),
        protocol=protocol if is_word(protocol) else "",
        enabled=_enabled(row),
    )


def _enabled(row: Mapping[str, Any]) -> bool | None:
    configured, current = (str(row.get(name, "")).upper() for name in ("state", "curstate"))
    if configured == "DISABLED" or current in _SWITCHED_OFF:
        return False
    return True if configured == "ENABLED" or current in _SWITCHED_ON else None


def is_reached(row: Mapping[str, Any]) -> bool:
    """Return True unless a virtual server is switched off, or has no address of its own."""
    address = address_of(str(row.get("ipv46") or row.get("ip") or ""))
    return _enabled(row) is not False and address not in NOT_ADDRESSABLE


def names_of(vserver: Vserver, appliance: Appliance) -> set[str]:
    """Return the names and addresses by which a variable may name a virtual server, those of the inventory included."""
    names = set(vserver.own_names)
    listed = listed_vip(vserver, appliance)
    return names if listed is None else names | {listed.name, listed.address.host, str(listed.address)}


def customer_of(vserver: Vserver, appliance: Appliance, partition: str = "default") -> str:
    """Return the customer whose virtual server it is; "" where the inventory names none."""
    names = (vserver.name, str(vserver.place), *sorted(names_of(vserver, appliance.inside(partition))))
    return appliance.customer_of(names, partition)


def listed_vip(vserver: Vserver, appliance: Appliance) -> Vip | None:
    """Return the inventory's VIP for a virtual server: the one that stands for it or, behind NAT, has its name; None where there is none."""
    listed = [vip for vip in appliance.vips or () if vip.kind == vserver.kind]
    by_name = (vip for vip in listed if vip.name == vserver.name and not vip.vserver)
    return next(iter([*(vip for vip in listed if stands_for(vip, vserver)), *by_name]), None)


def stands_for(vip: Vip, vserver: Vserver) -> bool:
    """Return True if requests to a VIP of the inventory arrive at a virtual server: by its address, or because the inventory says so."""
    if vip.kind != vserver.kind:
        return False
    return vip.vserver in vserver.own_names if vip.vserver else vip.address == vserver.place


def vip_of(vserver: Vserver, appliance: Appliance) -> Vip | None:
    """Return the VIP for requests from outside, from the inventory if it has one; None where it does not speak HTTP."""
    return listed_vip(vserver, appliance) or vserver.vip(appliance)
