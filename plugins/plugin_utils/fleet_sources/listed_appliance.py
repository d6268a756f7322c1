# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One appliance as a list names it, and its inventory variables. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from ..appliance.nitro.appliance import Address, Appliance
from ..foundation.errors import InvalidInput
from ..foundation.foreign_text import printable
from ..foundation.json_values import json_values

LONGEST_TEXT = 1000
"""Characters of one text of a list."""
PREFIX = "netscaler_"


@dataclass(frozen=True)
class ListedAppliance:
    """What a list says about one appliance. All text is of somebody else.

    :ivar where: the list, with file and line
    :ivar name: the name in the list; "" where it has none
    :ivar build: as of the list; nothing is decided by it
    :ivar state: the state in NetScaler Console
    :ivar only_partitions: the admin partitions that a run is limited to; None for all of the appliance
    :ivar partitions: the admin partitions that the list knows
    :ivar vips: the virtual servers that a person names, in the form of netscaler_vips: requests may be sent to them
    :ivar found_vips: those that an ns.conf names, in the same form: that is no consent to send requests
    :ivar columns: the columns of a CSV file that have no meaning of their own, by name
    :ivar tags: of NetScaler Console
    """

    where: str
    name: str
    nodes: tuple[str, ...]
    customer: str = ""
    site: str = ""
    build: str = ""
    state: str = ""
    only_partitions: tuple[str, ...] | None = None
    partitions: tuple[str, ...] = ()
    vips: tuple[Mapping[str, Any], ...] | None = None
    found_vips: tuple[Mapping[str, Any], ...] = ()
    certificate_pins: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Escape the texts that people are shown: they must not control a terminal, or begin a line."""
        for what in ("customer", "site", "state", "columns", "tags"):
            object.__setattr__(self, what, json_values(getattr(self, what)))

    def checked_nodes(self) -> tuple[Address, ...]:
        """Return the addresses of the nodes, after all variables are checked as those of any inventory are.

        :raises InvalidInput: with the problem
        """
        variables = {name.removeprefix(PREFIX): value for name, value in self.appliance_variables().items()}
        try:
            return Appliance.from_variables("", {**variables, "user": "-", "password": "-"}).nodes
        except InvalidInput as error:
            raise InvalidInput(str(error).removeprefix(": ")) from None

    def appliance_variables(self) -> dict[str, Any]:
        """Return the inventory variables of Tourniquet that the list gives."""
        optional = {
            "customer": self.customer,
            "site": self.site,
            "partitions": None if self.only_partitions is None else list(self.only_partitions),
            "vips": None if self.vips is None else [dict(vip) for vip in self.vips],
            "certificate_pin": list(self.certificate_pins),
        }
        given = {name: value for name, value in optional.items() if value not in (None, "", [])}
        return {f"{PREFIX}{name}": value for name, value in {"nodes": list(self.nodes), **given}.items()}

    def variables(self) -> dict[str, Any]:
        """Return all variables of the host."""
        return {
            **self.appliance_variables(),
            "fleet_source": self.where,
            "fleet_name": printable(self.name),
            "fleet_build": self.build,
            "fleet_state": self.state,
            "fleet_partitions": list(self.partitions),
            "fleet_vips": [dict(vip) for vip in self.found_vips],
            "fleet_columns": dict(self.columns),
            "fleet_tags": dict(self.tags),
        }

    def as_json(self) -> dict[str, Any]:
        """Return the entry as JSON values; they hold no secret."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ListedAppliance:
        """Return the entry again.

        :raises TypeError: where the value is of something else
        """
        if set(value) != {each.name for each in fields(cls)}:
            raise TypeError("these are not the fields of an entry")
        values: dict[str, Any] = {name: tuple(item) if isinstance(item, list) else item for name, item in value.items()}
        return cls(**values)
