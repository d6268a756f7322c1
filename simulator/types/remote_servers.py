# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Servers that an appliance asks: gateways of routes, name servers, LDAP and RADIUS servers. Only configuration; no request is sent."""

from __future__ import annotations

from simulator.types.common import key, text
from simulator.types.model import Attribute, Type


def _server_action(name: str, cli: str, port: int, *more: Attribute) -> Type:
    return Type(
        name,
        cli,
        "name",
        (
            key("name"),
            text("serverip", low=1, can_unset=True, cli="serverIP"),
            text("servername", low=1, can_unset=True, cli="serverName"),
            Attribute("serverport", kind="number", low=1, high=65535, default=port, can_unset=True, cli="serverPort"),
            *more,
        ),
        in_use=832,  # as other actions of policies (error list)
        actions=("unset",),
    )


TYPES: tuple[Type, ...] = (
    Type(
        "route",
        "route",
        "network",
        (
            key("network", form="ip"),
            text("netmask", required=True, create_only=True, form="netmask"),
            text("gateway", required=True, create_only=True, form="gateway"),
        ),
        line=("netmask", "gateway"),
        can_update=False,
    ),
    Type(
        "dnsnameserver",
        "dns nameServer",
        "ip",
        (
            key("ip", form="host"),  # or the name of a DNS vserver
            Attribute("local", kind="boolean", create_only=True, cli="local", stored_only=True),
            text("type", enum=("UDP", "TCP", "UDP_TCP"), default="UDP", create_only=True, cli="type"),
        ),
        can_update=False,
    ),
    _server_action(
        "authenticationldapaction",
        "authentication ldapAction",
        389,
        text("ldapbase", low=1, can_unset=True, cli="ldapBase"),
    ),
    _server_action("authenticationradiusaction", "authentication radiusAction", 1812),
)
