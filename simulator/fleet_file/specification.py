# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The appliances of a fleet file as frozen values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simulator.fleet_file.faults import Fault
from simulator.fleet_file.switches import SwitchPositions


class FleetError(ValueError):
    """The fleet file has a mistake; the message names its place."""


@dataclass(frozen=True)
class Endpoint:
    """`address:port`; port 0 means any free port."""

    address: str
    port: int


@dataclass(frozen=True)
class Vserver:
    """A virtual server with a listening address.

    type: vpn, authentication, cs or lb. name. address: `loopback:port`. protocol: SSL (default) or HTTP. portal_users: the users who can
    log on at this Gateway or authentication vserver, instead of those of the appliance.
    """

    type: str
    name: str
    address: Endpoint
    protocol: str = "SSL"
    portal_users: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Partition:
    """An admin partition: its enabled features, its virtual servers, and its objects in NITRO's names."""

    features: tuple[str, ...] = ()
    vservers: tuple[Vserver, ...] = ()
    configuration: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)


@dataclass(frozen=True)
class FileSpec:
    """A file of every node: its content, and what only the shell shows.

    mode: None is 644, of a directory or a link 755. mtime: None is the start of the clock. ctime: None is mtime. link: the target of a
    symbolic link.
    """

    content: bytes = b""
    owner: str = "root"
    group: str = "wheel"
    mode: int | None = None
    mtime: float | None = None
    ctime: float | None = None
    link: str = ""
    directory: bool = False


@dataclass(frozen=True)
class ApplianceSpec:
    """One appliance of the fleet file.

    build: such as "13.0 47.22". build_date: the date in nsversion. nodes: one address, or two for an HA pair. primary: the index of
    the node that is primary at the start. http_port: plain HTTP NITRO beside HTTPS. ssh_port: SSH. unreachable: no address listens. users: name to
    password. portal_users: the same for log-ons at Gateways and authentication vservers. features: the enabled ones. licensed: names
    or all. user_defined_audit_log: YES or NO. hostname. vservers. new_vservers_listen: virtual servers that NITRO makes at a loopback
    address and port listen. configuration_file: an exported ns.conf, its path relative to the fleet file; ns_conf: the same as text.
    ns_conf_unknown: lenient leaves out the lines that the simulator does not know and lists them, strict refuses them.
    configuration: objects in NITRO's names. unsaved_configuration: the same, only in the running configuration. files: path to file.
    urls: URL to the text at that URL, for imports. partitions: names, or name to content. cluster: nsconfig reports a cluster.
    faults. switches. certificate: signed or self_signed. tls_maximum: "1.0" to "1.3". round_trip_ms: the distance; a request takes
    this much longer, a new connection twice as much. deny_list_version: that of the vendor's Global Deny List; 0: there is none.
    """

    name: str
    build: str
    nodes: tuple[Endpoint, ...]
    build_date: str = ""
    primary: int = 0
    http_port: int | None = None
    ssh_port: int | None = None
    unreachable: bool = False
    users: Mapping[str, str] = field(default_factory=lambda: {"nsroot": "nsroot"})
    portal_users: Mapping[str, str] = field(default_factory=lambda: {"user1": "user1"})
    features: tuple[str, ...] = ()
    licensed: tuple[str, ...] = ("all",)
    user_defined_audit_log: str = "NO"
    hostname: str = ""
    vservers: tuple[Vserver, ...] = ()
    new_vservers_listen: bool = False
    configuration_file: str = ""
    ns_conf: str = ""
    ns_conf_unknown: str = "lenient"
    configuration: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    unsaved_configuration: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    files: Mapping[str, FileSpec] = field(default_factory=dict)
    urls: Mapping[str, str] = field(default_factory=dict)
    partitions: Mapping[str, Partition] = field(default_factory=dict)
    cluster: bool = False
    faults: tuple[Fault, ...] = ()
    switches: SwitchPositions = field(default_factory=SwitchPositions)
    certificate: str = "signed"
    tls_maximum: str = "1.3"
    round_trip_ms: int = 0
    deny_list_version: int = 0

    def all_vservers(self) -> Iterator[tuple[str, str, Vserver]]:
        """Yield all virtual servers: partition ("" for the default one), unique name, specification."""
        for vserver in self.vservers:
            yield "", vserver.name, vserver
        for name, partition in self.partitions.items():
            for vserver in partition.vservers:
                yield name, f"{name}/{vserver.name}", vserver


@dataclass(frozen=True)
class Fleet:
    """The whole file: the appliances, and the clock that they start with (as_of; None is now)."""

    appliances: Mapping[str, ApplianceSpec]
    as_of: datetime | None = None
