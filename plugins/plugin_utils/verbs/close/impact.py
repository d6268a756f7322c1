# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whom a closing would hit, by customer: users and connections now, and the services behind each virtual server by name. It only reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ...appliance.nitro.appliance import Appliance
from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import DEFAULT, is_name
from ...appliance.nitro.session import Session
from ...appliance.object_reads.vserver_reads import read_sessions, read_usage
from ...appliance.objects.resource_types import ObjectId
from ...appliance.objects.virtual_servers import Usage, Vserver, customer_of
from ...change.partition_runner import back_to_default
from ...foundation.errors import TourniquetError

# By type of virtual server, the bindings that lead to what is behind it, and the attribute with its name (NITRO reference). One request each.
BEHIND: Mapping[str, tuple[tuple[str, str], ...]] = {
    "lbvserver": (("lbvserver_service_binding", "servicename"), ("lbvserver_servicegroup_binding", "servicegroupname")),
    "csvserver": (("csvserver_lbvserver_binding", "lbvserver"), ("csvserver_cspolicy_binding", "targetlbvserver")),
}
Closes = Iterable[tuple[str, Vserver]]
"""Admin partition and virtual server of what is to be closed."""


@dataclass(frozen=True)
class Counted:
    """Who uses the virtual servers of an admin partition now.

    :ivar sessions: the AAA sessions; None where they cannot be read
    """

    usage: Mapping[ObjectId, Usage]
    sessions: int | None


@dataclass(frozen=True)
class ClosedService:
    """A virtual server that is to be closed.

    :ivar behind: the names of the services, service groups or virtual servers that it leads to; None where they cannot be read
    """

    vserver: Vserver
    partition: str
    customer: str
    usage: Usage
    behind: tuple[str, ...] | None


@dataclass(frozen=True)
class Impact:
    """Whom a closing of an appliance would hit.

    :ivar sessions: the AAA sessions of the whole appliance; None where they cannot be read
    """

    services: tuple[ClosedService, ...] = ()
    sessions: int | None = None

    @property
    def customers(self) -> list[str]:
        """The customers, each once; "" where the inventory names nobody."""
        return list(dict.fromkeys(one.customer for one in self.services))


def read_impact(
    connection: Connection,
    appliance: Appliance,
    closes: Closes,
    counted: Mapping[str, Counted] | None = None,
) -> Impact:
    """Read whom it would hit. What cannot be read is not known, and stops nothing.

    :param appliance: whose virtual servers they are
    :param counted: by admin partition, what is counted already, so that it is not read again
    """
    by_partition: dict[str, list[Vserver]] = {}
    for partition, vserver in closes:
        by_partition.setdefault(partition, []).append(vserver)
    services: list[ClosedService] = []
    sessions = None
    with back_to_default(connection):
        for name, own in by_partition.items():
            known = (counted or {}).get(name)
            if known is None or any(one.type in BEHIND for one in own):
                connection.enter(name)
            session = connection.primary
            usage = read_usage(session, own) if known is None else known.usage
            behind = read_behind(session, own)
            services += [
                ClosedService(
                    one,
                    name,
                    customer_of(one, appliance, name),
                    usage.get(one.object_id, Usage()),
                    behind.get(one.object_id),
                )
                for one in own
            ]
            if name == DEFAULT or sessions is None:
                sessions = read_sessions(session) if known is None else known.sessions
    return Impact(tuple(services), sessions)


def read_behind(session: Session, vservers: Sequence[Vserver]) -> dict[ObjectId, tuple[str, ...]]:
    """Return what is behind load balancing and content switching servers, by name; one that cannot be read is left out."""
    wanted = {one.object_id for one in vservers}
    found: dict[ObjectId, dict[str, None]] = {}
    unreadable: set[str] = set()
    with session.briefly():
        for type_name in sorted({one.type for one in vservers} & BEHIND.keys()):
            for binding, attribute in BEHIND[type_name]:
                try:
                    rows = session.read(binding, query={"bulkbindings": "yes"})
                except TourniquetError:
                    unreadable.add(type_name)
                    continue
                for row in rows:
                    object_id: ObjectId = (type_name, (str(row.get("name")),))
                    name = str(row.get(attribute) or "")
                    if object_id in wanted and is_name(name):
                        found.setdefault(object_id, {})[name] = None
    return {one.object_id: tuple(found.get(one.object_id, ())) for one in vservers if one.type not in unreadable}
