# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One appliance as the inventory describes it, checked by type before anything is sent.

Ansible's role argument specifications do not change the type of a value: a text passes as a list, and Jinja then loops over its
letters. So each variable is checked here, and each error names the variable, the host and the fix.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ...foundation.errors import InvalidInput
from ...foundation.json_values import written_as_text

try:
    import netaddr
except ImportError:  # pragma: no cover - reported by the first use
    netaddr = None  # type: ignore[assignment,unused-ignore]

VIP_KINDS = ("vpn", "authentication", "cs", "lb")
TLS_VERSIONS = ("1.0", "1.1", "1.2", "1.3")
VARIABLES = (
    *(
        "nodes",
        "user",
        "password",
        "vips",
        "customer",
        "site",
        "ca_file",
        "certificate_pin",
        "validate_certs",
        "minimum_tls",
    ),
    *(
        "probe",
        "probe_from",
        "probe_networks",
        "always_allow",
        "never_close",
        "marker",
        "connect_timeout",
        "read_timeout",
        "save_timeout",
        "task_timeout",
        "bulk_limit",
    ),
    *("partitions", "vserver_customers", "partition_customers"),
)
"""The inventory variables of an appliance, without their prefix ``netscaler_``."""
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
_ENDPOINT = re.compile(r"(?:\[([^\[\]]+)\]|([^:\[\]]+))(?::(.*))?", re.DOTALL)
_PIN = re.compile(r"[0-9a-f]{64}")
_OF_A_VIP = frozenset(("name", "address", "port", "kind", "tls", "probe", "partition", "vserver", "host"))


def is_host_name(text: str) -> bool:
    """Return True for a DNS name of at most 253 characters. What ends in a number is an address, or looks like one."""
    return bool(_HOST_NAME.fullmatch(text)) and not text.rpartition(".")[2].isdecimal()


@written_as_text
@dataclass(frozen=True)
class Address:
    """A host (IP address or name) and a TCP port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Vip:
    """A virtual server that users reach: its name, address and kind.

    :ivar probe: requests from outside may be sent to it
    :ivar vserver: the virtual server that it stands for, where the inventory says it (behind NAT or a tunnel): its name, or its address as the appliance
        has it; "" for the one at this address
    :ivar host: the DNS name of the Host header and of TLS; "" for the address. A request goes to the address in any case
    :ivar withheld: why no request may be sent, where the inventory does not forbid it (:mod:`probe_consent`); then probe is False
    """

    name: str
    address: Address
    kind: str
    tls: bool = True
    probe: bool = True
    partition: str = "default"
    withheld: str = ""
    vserver: str = ""
    host: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.address})"

    @property
    def not_probed(self) -> str:
        """Why no request is sent to it, in words; "" where requests may be sent."""
        return "" if self.probe else f"{self} is not probed ({self.withheld or 'probe: false'})"


@dataclass(frozen=True)
class Appliance:
    """One inventory host: a standalone NetScaler, or an HA pair as one host with its two node addresses.

    :ivar name: the inventory name
    :ivar vips: the virtual servers; None to read them from the appliance
    :ivar certificate_pins: SHA-256 of the accepted certificates (lower-case hexadecimal); chain, name and date are then not checked
    :ivar never_close: names or addresses of the virtual servers that a lockdown leaves on
    :ivar probe_networks: the networks in which VIPs are probed that only the appliance names
    :ivar probe_from: the source address of the probes (an address of the control node); None for any
    :ivar connect_timeout: seconds; likewise read_timeout and save_timeout, each for one request and its whole answer
    :ivar task_timeout: seconds that all requests and probes of one task may wait for the appliance
    :ivar bulk_limit: the largest number of rows in one request
    :ivar partitions: the admin partitions to work on, which may include "default"; None for all of the appliance
    :ivar customer: whose the appliance is, where nothing more special is known; "" for nobody's
    :ivar vserver_customers: names or addresses of virtual servers that another customer has, each with that customer; likewise
        partition_customers with the names of admin partitions
    """

    name: str
    nodes: tuple[Address, ...]
    user: str
    password: str = field(repr=False)
    vips: tuple[Vip, ...] | None = None
    customer: str = ""
    site: str = ""
    ca_file: str | None = None
    certificate_pins: tuple[str, ...] = ()
    validate_certs: bool = True
    minimum_tls: str = "1.2"
    probe: bool = True
    probe_from: str | None = None
    probe_networks: tuple[str, ...] = ()
    always_allow: tuple[str, ...] = ()
    never_close: tuple[str, ...] = ()
    marker: str = ""
    connect_timeout: float = 5.0
    read_timeout: float = 30.0
    save_timeout: float = 180.0
    task_timeout: float = 1800.0
    bulk_limit: int = 1000
    partitions: tuple[str, ...] | None = None
    vserver_customers: tuple[tuple[str, str], ...] = ()
    partition_customers: tuple[tuple[str, str], ...] = ()

    @property
    def customers(self) -> tuple[str, ...]:
        """All customers of the appliance by name, that of the appliance itself first; empty where none is named."""
        named = (self.customer, *(customer for _name, customer in (*self.partition_customers, *self.vserver_customers)))
        return tuple(dict.fromkeys(customer for customer in named if customer))

    def customer_of(self, names: Collection[str], partition: str = "default") -> str:
        """Return whose a virtual server is: its own customer, else that of its admin partition, else that of the appliance.

        :param names: the names and addresses of the virtual server, the most special first: an address may have several
        """
        owners = dict(self.vserver_customers)
        own = (owners[name] for name in names if name in owners)
        return next(own, dict(self.partition_customers).get(partition, self.customer))

    def names_of_recorded(self, vserver: str, place: str, partition: str) -> tuple[str, ...]:
        """Return the names that the inventory may have for a virtual server of a change record, the most special first.

        :param vserver: its name; partition: its admin partition, since another one may have a virtual server of the same name
        :param place: its address:port at that time; "" where the record does not have it
        """
        vips = [vip for vip in self.vips or () if vip.partition == partition and vserver in (vip.name, vip.vserver)]
        listed = (text for vip in vips for text in (vip.name, str(vip.address), vip.address.host))
        return (vserver, *listed, *((place, place.rpartition(":")[0].strip("[]")) if place else ()))

    def vservers_of(self, customer: str) -> tuple[str, ...]:
        """Return the virtual servers of a customer that the inventory names, by name where it has one.

        An admin partition stands for its virtual servers of the customer where the inventory lists none of them.
        """
        by_names = {(vip.name, str(vip.address), vip.address.host): vip for vip in self.vips or ()}
        listed = [vip for names, vip in by_names.items() if self.customer_of(names, vip.partition) == customer]
        partitions = [one for one in self.partition_customers if one[0] not in {vip.partition for vip in listed}]
        known = {name for names in by_names for name in names}
        named = (name for name, owner in (*self.vserver_customers, *partitions) if owner == customer)
        return tuple(dict.fromkeys((*(name for name in named if name not in known), *(vip.name for vip in listed))))

    def vips_in(self, partition: str) -> tuple[Vip, ...] | None:
        """Return the virtual servers of an admin partition; None where they must be read from the appliance.

        The latter also where the inventory lists virtual servers, and none of this admin partition.
        """
        own = tuple(vip for vip in self.vips or () if vip.partition == partition)
        return own if own or (self.vips is not None and partition == "default") else None

    def inside(self, partition: str) -> Appliance:
        """Return the appliance with the virtual servers of one admin partition only."""
        return replace(self, vips=self.vips_in(partition))

    @property
    def shares_an_address(self) -> bool:
        """Return whether both nodes are behind one address, each at a port of its own."""
        return len({node.host for node in self.nodes}) < len(self.nodes)

    @property
    def protected_addresses(self) -> tuple[str, ...]:
        """The addresses that no rule may lock out: the nodes, and the first and last address of each network in always_allow."""
        nodes = [node.host for node in self.nodes if netaddr.valid_ipv4(node.host) or netaddr.valid_ipv6(node.host)]
        networks = [netaddr.IPNetwork(network) for network in self.always_allow]
        ends = [str(netaddr.IPAddress(end, n.version)) for n in networks for end in (n.first, n.last)]
        return tuple(dict.fromkeys([*nodes, *ends]))

    @classmethod
    def from_variables(cls, name: str, variables: Mapping[str, Any]) -> Appliance:
        """Check the inventory variables of one host.

        :param variables: JSON values, by their names without the prefix `netscaler_`
        :raises InvalidInput: naming the host, the variable and the fix
        """
        reader = _Reader(name, variables)
        appliance = cls(
            name=name,
            nodes=reader.nodes(),
            user=reader.text("user", required=True) or "",
            password=reader.text("password", required=True, secret=True) or "",
            vips=reader.vips(),
            customer=reader.text("customer") or "",
            site=reader.text("site") or "",
            ca_file=reader.text("ca_file"),
            certificate_pins=reader.pins(),
            validate_certs=reader.boolean("validate_certs", True),
            minimum_tls=reader.choice("minimum_tls", TLS_VERSIONS, "1.2"),
            probe=reader.boolean("probe", True),
            probe_from=reader.address("probe_from"),
            probe_networks=reader.networks("probe_networks"),
            always_allow=reader.networks("always_allow"),
            never_close=reader.names("never_close"),
            marker=reader.marker(),
            connect_timeout=reader.seconds("connect_timeout", 5.0),
            read_timeout=reader.seconds("read_timeout", 30.0),
            save_timeout=reader.seconds("save_timeout", 180.0),
            task_timeout=reader.seconds("task_timeout", 1800.0),
            bulk_limit=reader.number("bulk_limit", 1000, 1, 5000),
            partitions=reader.partitions(),
            vserver_customers=reader.customers_by("vserver_customers", "gw-dewit"),
            partition_customers=reader.customers_by("partition_customers", "tenant_a"),
        )
        reader.nothing_left()
        return appliance


class _Reader:
    """Reads the variables one by one; those that were not read at the end are unknown."""

    def __init__(self, host: str, variables: Mapping[str, Any]) -> None:
        if netaddr is None:
            raise InvalidInput("the Python library netaddr is missing on the control node: run `pip install netaddr`")
        self.host = host
        self.left = dict(variables)

    def wrong(self, variable: str, problem: str, fix: str) -> InvalidInput:
        return InvalidInput(f"{self.host}: netscaler_{variable} {problem}. {fix}")

    def take(self, variable: str) -> Any:
        value = self.left.pop(variable, None)
        return None if value == "" else value

    def nothing_left(self) -> None:
        for variable in sorted(self.left):
            raise self.wrong(variable, "is not a variable that Tourniquet knows", "Remove it, or correct its name.")

    def text(self, variable: str, *, required: bool = False, secret: bool = False) -> str | None:
        value = self.take(variable)
        if value is None:
            if required:
                raise self.wrong(
                    variable, "is missing", "Set it in the inventory" + (", in a vault." if secret else ".")
                )
            return None
        if not isinstance(value, str):
            raise self.wrong(variable, f"must be text, not {kind_of(value)}", "Put it in quotes.")
        return value

    def boolean(self, variable: str, default: bool) -> bool:
        value = self.take(variable)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.wrong(
                variable,
                f"must be true or false, not {kind_of(value)}",
                "Write true or false without quotes; on the command line -e '{\"netscaler_" + variable + "\": false}'.",
            )
        return value

    def choice(self, variable: str, choices: tuple[str, ...], default: str) -> str:
        value = self.take(variable)
        if value is None:
            return default
        if value not in choices:
            raise self.wrong(
                variable, f"must be one of {', '.join(choices)} as text", f'Write it in quotes, as "{default}".'
            )
        return str(value)

    def seconds(self, variable: str, default: float) -> float:
        value = self.take(variable)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 3600:
            raise self.wrong(variable, "must be a number of seconds between 0 and 3600", f"Write it as {default:g}.")
        return float(value)

    def number(self, variable: str, default: int, low: int, high: int) -> int:
        value = self.take(variable)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.wrong(variable, f"must be a whole number from {low} to {high}", f"Write it as {default}.")
        return value

    def items(self, variable: str, example: str) -> list[Any] | None:
        value = self.take(variable)
        if value is None:
            return None
        if not isinstance(value, list):
            raise self.wrong(variable, f"must be a list, not {kind_of(value)}", f"Write it as {example}.")
        return value

    def endpoint(self, variable: str, value: Any, port: int) -> Address:
        fix = 'Write an address as "10.1.0.11", "10.1.0.11:8443" or "[2001:db8::1]:443".'
        if not isinstance(value, str):
            raise self.wrong(variable, f"holds {kind_of(value)} where an address is expected", fix)
        match = None if netaddr.valid_ipv6(value) else _ENDPOINT.fullmatch(value)
        host = (match[1] or match[2]) if match else value
        tail = match[3] if match else None
        if tail is not None:
            if not tail.isdecimal() or not 0 < int(tail) < 65536:
                raise self.wrong(variable, f"holds {value!r}, whose port is not a number from 1 to 65535", fix)
            port = int(tail)
        if not (
            netaddr.valid_ipv4(host)
            or netaddr.valid_ipv6(host)
            or (_HOST_NAME.fullmatch(host) and not host.rpartition(".")[2].isdecimal())
        ):
            raise self.wrong(variable, f"holds {value!r}, which is neither an address nor a host name", fix)
        return Address(host, port)

    def nodes(self) -> tuple[Address, ...]:
        example = '["10.1.0.11"], or for an HA pair ["10.1.0.11", "10.1.0.12"]'
        values = self.items("nodes", example)
        if values is None:
            raise self.wrong("nodes", "is missing", f"Write it as {example}.")
        if not 1 <= len(values) <= 2:
            raise self.wrong("nodes", f"must hold one or two addresses, not {len(values)}", f"Write it as {example}.")
        nodes = tuple(self.endpoint("nodes", value, 443) for value in values)
        if len(set(nodes)) != len(nodes):
            raise self.wrong("nodes", "names the same address twice", "Name both nodes of the pair, or only one.")
        return nodes

    def vips(self) -> tuple[Vip, ...] | None:
        example = "[{name: gw, address: 192.0.2.10, port: 443, kind: vpn}]"
        values = self.items("vips", example)
        if values is None:
            return None
        vips = []
        for value in values:
            if not isinstance(value, dict):
                raise self.wrong(
                    "vips", f"holds {kind_of(value)} where a mapping is expected", f"Write it as {example}."
                )
            unknown = sorted(set(value) - _OF_A_VIP)
            if unknown:
                raise self.wrong("vips", f"has an unknown key {unknown[0]!r}", f"Write it as {example}.")
            name, kind, port = value.get("name"), value.get("kind"), value.get("port", 443)
            if not isinstance(name, str) or not name:
                raise self.wrong("vips", "has an entry without a name", f"Write it as {example}.")
            if kind not in VIP_KINDS:
                raise self.wrong(
                    "vips", f"says kind: {kind!r} for {name}", f"The kind is one of {', '.join(VIP_KINDS)}."
                )
            if isinstance(port, bool) or not isinstance(port, int) or not 0 < port < 65536:
                raise self.wrong("vips", f"says port: {port!r} for {name}", "The port is a number from 1 to 65535.")
            for flag in ("tls", "probe"):
                if not isinstance(value.get(flag, True), bool):
                    raise self.wrong("vips", f"says {flag}: {value[flag]!r} for {name}", "Write true or false.")
            partition = value.get("partition", "default")
            if not isinstance(partition, str) or not partition:
                raise self.wrong("vips", f"says partition: {partition!r} for {name}", "Name an admin partition.")
            vserver = self._vserver(name, value)
            address = self.endpoint("vips", value.get("address"), port)
            if "port" in value and address.port != port:
                raise self.wrong("vips", f"says two ports for {name}, {address.port} and {port}", "Name one of them.")
            tls = value.get("tls", address.port != 80)
            probe, host = value.get("probe", True), self._host(name, value)
            vips.append(Vip(name, address, str(kind), tls, probe, partition, vserver=vserver, host=host))
        return tuple(vips)

    def _vserver(self, name: str, value: Mapping[str, Any]) -> str:
        vserver = value.get("vserver", "")
        if not isinstance(vserver, str) or ("vserver" in value and not vserver):
            fix = "Write the name or the address of a virtual server."
            raise self.wrong("vips", f"says vserver: {vserver!r} for {name}", fix)
        return vserver

    def _host(self, name: str, value: Mapping[str, Any]) -> str:
        host = value.get("host", "")
        if "host" in value and not (isinstance(host, str) and is_host_name(host)):
            fix = "Write the DNS name by which users reach it, such as www.example.com, without a port."
            raise self.wrong("vips", f"says host: {host!r} for {name}", fix)
        return str(host).lower()

    def partitions(self) -> tuple[str, ...] | None:
        example = "[default, tenant_a], or leave it out for all"
        values = self.items("partitions", example)
        if values is None:
            return None
        if not values or not all(isinstance(value, str) and value for value in values):
            raise self.wrong("partitions", "must hold names of admin partitions", f"Write it as {example}.")
        if len(set(values)) != len(values):
            raise self.wrong("partitions", "names the same partition twice", "Name each once.")
        return tuple(values)

    def customers_by(self, variable: str, example: str) -> tuple[tuple[str, str], ...]:
        """Return the pairs of a mapping of names to customers."""
        value = self.take(variable)
        if value is None:
            return ()
        fix = f"Write it as {{{example}: De Wit}}."
        if not isinstance(value, dict):
            raise self.wrong(variable, f"must be a mapping, not {kind_of(value)}", fix)
        for name, customer in value.items():
            if not all(isinstance(text, str) and text.strip() and text.isprintable() for text in (name, customer)):
                raise self.wrong(variable, f"holds {name!r}: {customer!r}, which is no name and customer as text", fix)
        return tuple(value.items())

    def pins(self) -> tuple[str, ...]:
        fix = 'Write the SHA-256 of the certificate in hexadecimal (for a pair a list of two): "openssl x509 -noout -fingerprint -sha256".'
        value = self.take("certificate_pin")
        pins = []
        for pin in [] if value is None else value if isinstance(value, list) else [value]:
            text = pin.replace(":", "").lower() if isinstance(pin, str) else ""
            if not _PIN.fullmatch(text):
                raise self.wrong("certificate_pin", "is not a SHA-256 fingerprint of 64 hexadecimal digits", fix)
            pins.append(text)
        return tuple(pins)

    def address(self, variable: str) -> str | None:
        value = self.text(variable)
        if value is not None and not (netaddr.valid_ipv4(value) or netaddr.valid_ipv6(value)):
            raise self.wrong(variable, f"is {value!r}, not an IP address", "Write one address of the control node.")
        return value

    def networks(self, variable: str) -> tuple[str, ...]:
        networks = []
        for value in self.items(variable, '["192.0.2.0/24"]') or []:
            try:
                networks.append(str(netaddr.IPNetwork(value)) if isinstance(value, str) else "")
            except (netaddr.AddrFormatError, ValueError):
                networks.append("")
            if not networks[-1]:
                raise self.wrong(
                    variable, f"holds {value!r}, which is not an address or network", 'Write it as "192.0.2.0/24".'
                )
        return tuple(networks)

    def names(self, variable: str) -> tuple[str, ...]:
        values = self.items(variable, '["vpn-of-the-administrators"]') or []
        for value in values:
            if not isinstance(value, str) or not value:
                raise self.wrong(
                    variable, f"holds {kind_of(value)} where a name or an address is expected", "Put it in quotes."
                )
        return tuple(values)

    def marker(self) -> str:
        value = self.text("marker") or ""
        if not re.fullmatch(r"[A-Za-z0-9._-]{0,64}", value):
            raise self.wrong(
                "marker", "may hold up to 64 letters, digits, dots, dashes and underscores", 'Or switch it off with "".'
            )
        return value


def kind_of(value: object) -> str:
    """Return the name of a value's type as an author of YAML calls it."""
    names = {dict: "a mapping", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}
    return "nothing" if value is None else names.get(type(value), f"a {type(value).__name__}")
