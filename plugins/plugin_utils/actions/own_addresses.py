# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The addresses of the control node, as the nodes of an appliance see them."""

from __future__ import annotations

import socket
from collections.abc import Iterable

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.names import address_of


def own_addresses(hosts: Iterable[str]) -> list[str]:
    """Return the addresses from which this machine reaches these hosts, where nothing translates them. Nothing is sent."""
    found = []
    for host in hosts:
        address = address_of(host)
        if address:
            with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as probe:
                try:
                    probe.connect((address, 9))
                    found.append(address_of(probe.getsockname()[0]))
                except OSError:
                    continue
    return found
