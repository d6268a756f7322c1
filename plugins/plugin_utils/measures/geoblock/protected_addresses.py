# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The addresses that must get through, whatever the policy is: read from the appliance and from the inventory.

These are the control node, the addresses of the appliance and of its secondary, and the servers that it uses: the answers of a name
server abroad come from a blocked country too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.session import Row
from ...foundation.errors import NitroError, NotFound
from .country_data.address_ranges import parse_network
from .country_data.lockout_check import Protected

# NITRO's type, the attribute with the address, what it is, and which families it may have (NITRO reference of each).
READ = (
    ("nsip", "ipaddress", "the appliance's own address", (4,)),
    ("nsip6", "ipv6address", "the appliance's own address", (6,)),
    ("route", "gateway", "the gateway of a route", (4,)),
    ("dnsnameserver", "ip", "the name server", (4, 6)),
    ("ntpserver", "serverip", "the time server", (4, 6)),
    ("authenticationldapaction", "serverip", "the LDAP server", (4, 6)),
    ("authenticationradiusaction", "serverip", "the RADIUS server", (4, 6)),
    ("auditsyslogaction", "serverip", "the syslog server", (4, 6)),
    ("auditsyslogparams", "serverip", "the global syslog server", (4, 6)),
    ("server", "ipaddress", "the back-end server", (4, 6)),
)
# The attributes of a server that is known by name only.
_BY_NAME = ("servername", "serverdomainname", "domain")
_OWN = ("NSIP", "SNIP", "MIP", "CLIP")
_NOWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - compared with, never bound to


@dataclass(frozen=True)
class Protection:
    """The addresses that must get through.

    :ivar management: the addresses at which the appliance itself answers: no ACL of ours may have one as its destination
    :ivar unread: in words, what could not be read
    """

    everybody: tuple[Protected, ...]
    management: frozenset[str]
    unread: tuple[str, ...] = ()


def read_protected(connection: Connection, families: Collection[int], proxies: Iterable[str] = ()) -> Protection:
    """Read the addresses. What an appliance does not show is reported, and is no reason to stop.

    :param families: of the geoblock: an address of another family is not affected, and not read
    :param proxies: networks of proxies in front of the appliance: all clients behind one would be blocked with it
    """
    unread, management = [], {member.session.node.host for member in connection.members}
    ours = [member.session.local_address for member in connection.members]
    found = [Protected(address, "the control node") for address in ours if address]
    for type_name, attribute, what, versions in READ:
        if not set(versions) & set(families):
            continue
        try:
            rows = connection.primary.read(type_name)
        except NotFound:
            continue
        except NitroError as error:
            unread.append(f"{what}s cannot be read ({type_name}: {error.errorcode} {error.message})")
            continue
        for row in rows:
            address, name = _address(row, attribute), _name(row)
            if address:
                found.append(Protected(address, f"{what} {row['name']}" if row.get("name") else what))
            elif name:
                unread.append(
                    f"the addresses of {name}, {what}: names are not looked up; netscaler_always_allow can name them"
                )
            if type_name in ("nsip", "nsip6") and str(row.get("type", "")).upper() in _OWN:
                management.add(address)
    found += _from_inventory_and_pair(connection, proxies)
    management.update(str(other.get("ipaddress", "")) for other in connection.other_nodes)
    return Protection(tuple(_once(found)), frozenset(management - {""}), tuple(unread))


def _from_inventory_and_pair(connection: Connection, proxies: Iterable[str]) -> Iterator[Protected]:
    """Yield what is known without another request: the nodes, the HA secondary, the proxies, and what the inventory allows."""
    for node in connection.appliance.nodes:
        if _is_address(node.host):
            yield Protected(node.host, "the node")
    for other in connection.other_nodes:
        if _is_address(other.get("ipaddress")):
            yield Protected(str(other["ipaddress"]), "the HA secondary")
    yield from (Protected(network, "the trusted proxy") for network in proxies)
    yield from (Protected(network, "netscaler_always_allow") for network in connection.appliance.always_allow)


def _address(row: Row, attribute: str) -> str:
    """Return the address in a row, without a prefix length; "" for a name, which only the appliance could resolve."""
    address = str(row.get(attribute, "")).partition("/")[0]
    return address if address not in _NOWHERE and _is_address(address) else ""


def _name(row: Row) -> str:
    """Return the name of a server that may have no address; "" if it has none."""
    return next((str(row[key]) for key in _BY_NAME if row.get(key)), "")


def _is_address(value: object) -> bool:
    try:
        return "-" not in str(value) and bool(parse_network(str(value)))
    except ValueError:
        return False


def _once(found: Iterable[Protected]) -> list[Protected]:
    """Return each address once, with the first description that was found."""
    by_entry: dict[str, Protected] = {}
    for one in found:
        by_entry.setdefault(one.entry, one)
    return list(by_entry.values())
