# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The addresses to which probes may be sent. Pure.

A probe looks like an attack, and an appliance that was taken over can name any address as its own. So a VIP that only the appliance names is probed
only where the inventory consents: it names the address (``netscaler_vips``, ``netscaler_nodes``), or a network around it in ``netscaler_probe_networks``.
The networks of the nodes are no consent: other machines are managed there. Addresses that are special need a network of their own kind.
"""

from __future__ import annotations

import ipaddress
from dataclasses import replace

from ..nitro.appliance import Appliance, Vip
from ..nitro.names import address_of

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

SPECIAL: tuple[tuple[str, Network], ...] = tuple(
    (kind, ipaddress.ip_network(network))
    for kind, networks in {
        # Where machines in a cloud get their credentials: AWS and others, AWS over IPv6, Alibaba, Azure, Oracle.
        "metadata": (
            "169.254.169.254/32", "fd00:ec2::254/128", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32",
        ),
        "loopback": ("127.0.0.0/8", "::1/128"),
        "link-local": ("169.254.0.0/16", "fe80::/10"),
        "multicast": ("224.0.0.0/4", "ff00::/8"),
        "unspecified or reserved": ("0.0.0.0/8", "240.0.0.0/4", "::/128"),
    }.items()
    for network in networks
)  # fmt: skip
"""The kinds of addresses that a wide network does not include, the narrowest first."""


def with_consent(vip: Vip, appliance: Appliance) -> Vip:
    """Return a VIP that only the appliance names, with the reason why no probe is sent to it where the inventory does not consent."""
    reason = why_withheld(vip, appliance)
    return replace(vip, probe=False, withheld=reason) if reason else vip


def why_withheld(vip: Vip, appliance: Appliance) -> str:
    """Return why no probe is sent to a VIP that only the appliance names, with the fix, as a clause; "" where the inventory consents."""
    text = address_of(vip.address.host)
    named = {address_of(one.host) for one in (*appliance.nodes, *(listed.address for listed in appliance.vips or ()))}
    if not text:
        return "its address is no IP address: if it is yours, name it in netscaler_vips"
    if text in named:
        return ""
    address = ipaddress.ip_address(text)
    networks = [ipaddress.ip_network(network) for network in appliance.probe_networks]
    around = [network for network in networks if address in network]
    kind, special = next(((kind, network) for kind, network in SPECIAL if address in network), ("", None))
    if special is None:
        fix = "if it is yours, name it in netscaler_vips, or its network in netscaler_probe_networks"
        return "" if around else f"only the appliance names {text}: {fix}"
    if any(network.version == special.version and network.subnet_of(special) for network in around):  # type: ignore[arg-type]
        return ""
    return f"only the appliance names {text}, which is a {kind} address: if it is meant, name it in netscaler_vips"
