# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reverse NAT: NITRO reference, rnat of 12.0 (rules without names) and of the latest release (names and bindings of NAT IPs). Stored only."""

from __future__ import annotations

from simulator.types.common import SWITCHED, key, text
from simulator.types.model import Attribute, Binding, Type

NAME = "rnat"
UNNAMED = "_unnamed"  # in a row: a rule that was made without a name; its key is made of its network or its ACL
TYPES: tuple[Type, ...] = (
    Type(
        NAME,
        "rnat",
        "name",
        (
            key("name"),
            text("network", create_only=True, form="ipv4"),
            text("netmask", create_only=True, form="netmask"),
            text("aclname", create_only=True, low=1, refers=("nsacl",)),
            Attribute("redirectport", kind="number", low=1, high=65535, can_unset=True, cli="redirectPort"),
            text("natip", low=1, can_unset=True, cli="natIP"),
            Attribute("td", kind="count", low=0, high=4094, default=0, create_only=True, cli="td"),
            text("srcippersistency", enum=SWITCHED, default="DISABLED", can_unset=True, cli="srcippersistency"),
            text("useproxyport", enum=SWITCHED, default="ENABLED", can_unset=True, cli="useproxyport"),
            text("connfailover", enum=SWITCHED, default="DISABLED", can_unset=True, since=(13, 0), cli="connfailover"),
            text("ownergroup", low=1, default="DEFAULT_NG", can_unset=True, cli="ownerGroup"),
        ),
        line=("network", "netmask"),
        instead=("network", "aclname"),
        actions=("rename", "unset"),
    ),
)
BINDINGS: tuple[Binding, ...] = (
    Binding(
        "rnat_nsip_binding",
        "rnat",
        NAME,
        "name",
        "nsip",
        "natip",
        (key("name"), text("natip", required=True, form="ipv4", cli="natIP")),
        line=("natip",),
        unbind_args=("natip",),
        link=True,
    ),
)
