# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The networks of the partners, checked strictly, and the expression that is true for everybody else. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Any

from ...foundation.errors import InvalidInput

VARIABLE = "tourniquet_partners"
EXAMPLE = f"{VARIABLE}: [198.51.100.0/24, '2001:db8::/32']"
LONGEST_RULE = 1499  # characters of an expression that each build takes (nspepi, "Max expression length")
MOST_NETWORKS = 1000
Network = IPv4Network | IPv6Network


def read_networks(where: str, value: Any) -> tuple[Network, ...]:
    """Return the networks, each once.

    :param where: the host, for messages
    :param value: of the variable, or None
    :raises InvalidInput: naming the host, the entry and the fix
    """
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MOST_NETWORKS:
        raise _wrong(where, f"must be a list of at most {MOST_NETWORKS} networks")
    found = tuple(dict.fromkeys(_network(where, number, entry) for number, entry in enumerate(value, 1)))
    for version in (4, 6):
        own = [network for network in found if network.version == version]
        if any(network.prefixlen == 0 for network in collapse_addresses(own)):  # type: ignore[type-var] # of one version
            raise _wrong(where, f"lets everybody in: its networks of IPv{version} are all addresses together")
    if max(len(stranger_rule(found, version)) for version in (4, 6)) > LONGEST_RULE:
        raise InvalidInput(
            f"{where}: {VARIABLE} has {len(found)} networks, whose rule is longer than the {LONGEST_RULE} characters that each build takes. "
            "Join some of them to larger ones. Nothing was sent."
        )
    return found


def _network(where: str, number: int, entry: Any) -> Network:
    try:
        network = ip_network(entry if isinstance(entry, str) else "")
    except ValueError:
        raise _wrong(where, f"has as entry {number} {str(entry)!r:.60}, which is no network") from None
    if network.prefixlen == 0:
        raise _wrong(where, f"has as entry {number} {network}, which lets everybody in")
    return network


def stranger_rule(networks: Sequence[Network], version: int) -> str:
    """Return the expression that is true for a client in none of the networks of an IP version: that of the virtual server is that of its clients.

    What an address of the other version would give is not documented, so no rule asks for it.
    """
    source = {4: "CLIENT.IP.SRC", 6: "CLIENT.IPV6.SRC"}[version]
    tests = [f"{source}.IN_SUBNET({network})" for network in networks if network.version == version]
    return f"!({' || '.join(tests)})" if tests else "true"


def _wrong(where: str, problem: str) -> InvalidInput:
    return InvalidInput(f"{where}: {VARIABLE} {problem}. Write it as {EXAMPLE}. Nothing was sent.")
