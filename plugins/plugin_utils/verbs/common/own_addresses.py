# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The addresses of the control node, as the nodes and the VIPs of an appliance see them."""

from __future__ import annotations

import contextlib
import socket

from ...appliance.nitro.appliance import Appliance
from ...appliance.nitro.names import address_of


def own_addresses(appliance: Appliance) -> list[str]:
    """Return the addresses from which this machine reaches an appliance, where nothing translates them. Nothing is sent.

    They are the source of the probes that the inventory names, and what the operating system chooses for the nodes and the VIPs of the inventory.
    """
    found = [address_of(appliance.probe_from or "")]
    hosts = [node.host for node in appliance.nodes] + [vip.address.host for vip in appliance.vips or ()]
    for address in filter(None, map(address_of, dict.fromkeys(hosts))):
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as probe,
        ):
            probe.connect((address, 9))
            found.append(address_of(probe.getsockname()[0]))
    return [address for address in dict.fromkeys(found) if address]
