# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The state that a node is made of: sessions, listeners, and the location files in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from simulator.configuration.location_files import EMPTY, Database
from simulator.types import Row

DEFAULT_PARTITION = "default"


@dataclass
class Session:
    """A NITRO session of an administrator."""

    number: int
    token: str
    user: str
    since: float
    last: float
    timeout: float
    partition: str = DEFAULT_PARTITION  # the admin partition of the session


@dataclass
class Listener:
    """An address where an appliance listens, with the real port."""

    address: str
    port: int
    http_port: int | None = None
    ssh_port: int | None = None
    ssh_host_key: str = ""
    fingerprint: str = ""
    configured_address: tuple[str, int] | None = (
        None  # the configured address of a virtual server, if it differs from the real one
    )
    partition: str = DEFAULT_PARTITION
    own_back_end: bool = True  # of a virtual server of the fleet file, not of one that was made through NITRO
    portal_users: Mapping[str, str] | None = None  # the users who can log on here, instead of those of the appliance
    connections: Callable[[], int] = field(default=lambda: 0, compare=False)  # returns the number of connected clients

    @property
    def socket_address(self) -> tuple[str, int]:
        return self.configured_address or (self.address, self.port)


@dataclass
class LoadedLocations:
    """The location file of an IP version in memory: its row, its content, when it is loaded, and the content before it."""

    row: Row | None
    database: Database
    ready: float = 0.0
    before: Database = field(default=EMPTY)
