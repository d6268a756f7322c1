# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Describe in sentences what a geoblock does not cover."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .policy import Policy

LOCATION, DATASETS, ACLS = "location", "datasets", "acls"  # the methods
# What a responder policy sees (product documentation: bind point types of responder policies).
_SEEN_BY_RESPONDER = frozenset({"HTTP", "SSL", "HTTP_QUIC", "TCP", "SSL_TCP"})


@dataclass(frozen=True)
class Vip:
    """A virtual server that the policy shall protect.

    :ivar version: the family of its address; 0 where it has none of its own
    :ivar servicetype: as NITRO names it
    :ivar gateway: whether it is a VPN virtual server, which also speaks DTLS over UDP
    """

    name: str
    version: int
    servicetype: str
    gateway: bool = False


def not_covered(policy: Policy, method: str, vips: Iterable[Vip], trusted_proxies: Sequence[str] = ()) -> list[str]:
    """Return sentences, those about a virtual server first.

    :param method: LOCATION, DATASETS or ACLS
    :param trusted_proxies: networks of proxies and CDNs before the appliance, as far as they are known
    """
    vips = list(vips)
    found = [
        f"{vip.name} has an IPv{vip.version} address, and geoblock_families leaves ipv{vip.version} out: "
        "clients with such an address are not filtered"
        for vip in vips
        if vip.version and vip.version not in policy.families
    ]
    found += _not_covered_by_acls(vips) if method == ACLS else _not_covered_by_responder(vips)
    found.append(
        "behind a proxy or CDN the source is the proxy, and its country decides; headers are not evaluated"
        + (f"; known are {', '.join(trusted_proxies)}" if trusted_proxies else "")
    )
    found.append("country data is right for about 95 of 100 addresses, and a VPN bypasses it: this reduces noise")
    return found


def _not_covered_by_acls(vips: Sequence[Vip]) -> list[str]:
    return [
        *(
            f"{vip.name} has no address of its own, which ACLs need: protect the virtual server before it"
            for vip in vips
            if not vip.version
        ),
        "applying the ACLs ends sessions that match a DENY of ours, while their users work",
        "ports of the cluster, the pair and the management that implicitACLAllow keeps open stay open (TCP 3008-3011, 22, 179, UDP 520, 3003, 7000)",
    ]


def _not_covered_by_responder(vips: Sequence[Vip]) -> list[str]:
    return [
        *(
            f"{vip.name} speaks {vip.servicetype}, which responder policies do not see: use ACLs for it"
            for vip in vips
            if vip.servicetype not in _SEEN_BY_RESPONDER
        ),
        *(
            f"{vip.name} may speak DTLS (UDP), which responder policies are not known to see: use ACLs for it, or switch DTLS off"
            for vip in vips
            if vip.gateway
        ),
        "running VPN, ICA and other sessions continue: only new requests are evaluated",
    ]
