# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parts of a node: sessions, files, listeners, and the location files in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from simulator.configuration.location_files import EMPTY, Database
from simulator.types import Row

POLICY_EVALUATION_COMMAND = "nsapimgr_wr.sh -ys skip_systemaccess_policyeval="
RC_FILE = "/nsconfig/rc.netscaler"
HTML_PAGES = "/var/download/responder"  # where imported pages are (public scripts that replace one with systemfile)
DEFAULT_PARTITION = "default"
# The directories every appliance has; a file can't be made elsewhere (NITRO guide: the path must exist).
DIRECTORIES = (
    *("/", "/nsconfig", "/nsconfig/partitions", "/nsconfig/ssl", "/nsconfig/license", "/flash", "/netscaler"),
    *("/var", "/var/tmp", "/var/log", "/var/netscaler", "/var/netscaler/locdb", "/var/download", HTML_PAGES, "/tmp"),  # noqa: S108 -- the appliance's
)


@dataclass
class Session:
    """A signed-on administrator."""

    number: int
    token: str
    user: str
    since: float
    last: float
    timeout: float
    partition: str = DEFAULT_PARTITION  # the admin partition it is in


@dataclass
class File:
    """A file on a node's disk."""

    content: bytearray
    modified: float
    accessed: float


@dataclass
class Listener:
    """Where something of the appliance listens, with the port it really got."""

    address: str
    port: int
    http_port: int | None = None
    fingerprint: str = ""
    configured_address: tuple[str, int] | None = (
        None  # the configured address of a virtual server, where it is another one
    )
    partition: str = DEFAULT_PARTITION
    portal_users: Mapping[str, str] | None = None  # who can log on here, instead of those of the appliance
    connections: Callable[[], int] = field(default=lambda: 0, compare=False)  # how many clients are connected

    @property
    def socket_address(self) -> tuple[str, int]:
        return self.configured_address or (self.address, self.port)


@dataclass
class LoadedLocations:
    """What a node has in memory for a family: of which row it is, since when, and what answers until it is there."""

    row: Row | None
    database: Database
    ready: float = 0.0
    before: Database = field(default=EMPTY)
