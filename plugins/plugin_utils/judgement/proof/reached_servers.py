# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What of a configuration clients still reach while all VIPs are closed: a VIP speaks HTTP, and other virtual servers may be switched on. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...appliance.objects.virtual_servers import VSERVER_TYPES, is_reached
from ...catalogue.predicates import Configuration, Row, Unknown

SERVERS = (*VSERVER_TYPES, "crvserver")
AT_VIPS = ("nshttpprofile", "nstcpprofile")
"""The types that do something at VIPs only."""


@dataclass(frozen=True)
class ReachedWithVipsClosed:
    """A configuration without the virtual servers that are switched off or have no address; see :class:`.predicates.Configuration`."""

    configuration: Configuration

    def partitions(self) -> tuple[str, ...]:
        """Return the names of the admin partitions."""
        return self.configuration.partitions()

    def rows(self, nitro_type: str, partition: str) -> tuple[Row, ...] | Unknown:
        """Return the objects of a type that clients reach."""
        if nitro_type in AT_VIPS:
            return ()
        found = self.configuration.rows(nitro_type, partition)
        if nitro_type not in SERVERS:
            return found
        if isinstance(found, Unknown):
            return Unknown(found.reason, _reached(found.rows))
        return _reached(found)


def _reached(rows: Sequence[Row]) -> tuple[Row, ...]:
    return tuple(row for row in rows if is_reached(row))
