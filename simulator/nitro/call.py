# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One NITRO call: its caller, its target and its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.appliance.appliance import Appliance
from simulator.fleet_file.faults import Fault
from simulator.node.node import Node
from simulator.node.state import Session
from simulator.types import Row
from simulator.types.errors import NitroError


@dataclass(frozen=True, slots=True)
class Target:
    """The resource in the request line. Names are decoded twice, values in args and filter once (NITRO clients; provider notes)."""

    kind: str  # config | stat
    type: str
    name: str
    options: Mapping[str, str]
    args: Mapping[str, str]
    filter: Mapping[str, str]

    def enabled(self, option: str) -> bool:
        return self.options.get(option, "").lower() in ("yes", "true")


class ConnectionLost(Exception):
    """The connection ends during the work; what was carried out stays."""


@dataclass
class BulkFault:
    """A fault in an array of objects, of which only the first are carried out: half_bulk, half_bulk_lost."""

    fault: Fault
    done: int = 0

    def count_row(self) -> None:
        """Count the next object. Raises ConnectionLost or NitroError if the fault hits it."""
        if self.done < self.fault.count:
            self.done += 1
        elif self.fault.kind == "half_bulk_lost":
            raise ConnectionLost
        else:
            raise NitroError(self.fault.code)


@dataclass(slots=True)
class Call:
    """A target with its caller and its content."""

    appliance: Appliance
    node: Node
    method: str
    target: Target
    session: Session | None = None
    action: str = ""
    onerror: str = ""
    rows: list[Row] = field(default_factory=list)
    bulk: bool = False
    warnings: list[NitroError] = field(default_factory=list)
    removes: bool = False  # a POST that deletes or unbinds its rows
    legacy: bool = False  # from an SDK of 2012 to 2015: a form, or no type in the path
    save_seconds: float | None = None
    bulk_fault: BulkFault | None = None
    result: Any = None  # the result of an action, besides Done
    client: str = ""  # the address of the client

    @property
    def args(self) -> Mapping[str, str]:
        return self.target.args

    @property
    def name(self) -> str:
        return self.target.name

    def named(self, rows: list[Row], key: str) -> list[Row]:
        """Return all rows, or those of the object that the URL names.

        :param key: the attribute that holds the name
        :raises NitroError: if there is no such object
        """
        if not self.name:
            return rows
        found = [row for row in rows if row[key] == self.name]
        if not found:
            raise NitroError(258, key, self.name)
        return found
