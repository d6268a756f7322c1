# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a reading of logs knows of an appliance beside its logs: what is ours, who its administrators are, what the catalogue says. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from ...catalogue.entry import Entry
from ...foundation.errors import InvalidInput
from ...recorded_traffic.attack_signatures import AttackSignatures
from ..findings.ourselves import Ourselves

_NOT_PUBLIC = tuple(
    map(
        ipaddress.ip_network,
        (
            *(
                "10.0.0.0/8",
                "172.16.0.0/12",
                "192.168.0.0/16",
                "100.64.0.0/10",
                "127.0.0.0/8",
                "169.254.0.0/16",
                "0.0.0.0/8",
            ),
            *("::1/128", "fe80::/10", "fc00::/7", "::/128"),
        ),
    )
)


@dataclass(frozen=True)
class Administrator:
    """An account, and from where it is used.

    :ivar network: None for any address
    """

    user: str
    network: IPv4Network | IPv6Network | None = None

    def is_it(self, user: str, source: str) -> bool:
        if user != self.user:
            return False
        if self.network is None:
            return True
        try:
            return ipaddress.ip_address(source) in self.network
        except ValueError:
            return False


@dataclass(frozen=True)
class KnownOfAppliance:
    """What is known.

    :ivar is_armable: whether the build runs text that is in its logs (CVE-2026-88771); None where that is not known
    """

    appliance: str
    own: Ourselves
    administrators: tuple[Administrator, ...] = ()
    entries: tuple[Entry, ...] = ()
    signatures: AttackSignatures | None = None
    is_armable: bool | None = None

    def is_administrator(self, user: str, source: str) -> bool:
        return any(one.is_it(user, source) for one in self.administrators)


def administrators(host: str, values: Iterable[str]) -> tuple[Administrator, ...]:
    """Return the administrators that the inventory names as ``user`` or ``user@network``.

    :raises InvalidInput: where the network is none
    """
    found = []
    for value in values:
        user, mark, network = value.rpartition("@")
        try:
            found.append(
                Administrator(user, ipaddress.ip_network(network, strict=False)) if mark else Administrator(value)
            )
        except ValueError as error:
            raise InvalidInput(
                f"{host}: admins has {value!r}: write a user, or a user with the network he comes from, as nsroot@192.0.2.0/24"
            ) from error
    return tuple(found)


def is_public(text: str) -> bool:
    """Return True for an address that is reachable from the Internet, or is one of the documentation."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not any(address in network for network in _NOT_PUBLIC if network.version == address.version)


def network_of(text: str) -> str:
    """Return the network of a client, /24 or /64, in which CERT.at's log checker groups clients; "" where the text is no address."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    return str(ipaddress.ip_network(f"{address}/{24 if address.version == 4 else 64}", strict=False))
