# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which virtual servers of an appliance are in scope, in each admin partition. It only reads."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ...appliance.nitro.appliance import Appliance
from ...appliance.nitro.connection import Connection
from ...appliance.nitro.partitions import choose_partitions, read_partitions
from ...appliance.object_reads.vserver_reads import read_vservers
from ...appliance.objects.resource_types import ObjectId
from ...appliance.objects.virtual_servers import Vserver, customer_of, names_of
from ...change.partition_runner import back_to_default
from ...foundation.errors import Refused
from .decision import (
    ClosureScope,
    VserverChoice,
    absent_partitions,
    choose,
    closed_already,
    left_open,
    not_agreed,
    not_extended,
    unknown_owners,
)


@dataclass(frozen=True)
class Scope:
    """The virtual servers of an appliance.

    :ivar partitions: by admin partition, each virtual server with the reason why it is out of scope
    :ivar left_out: the admin partitions that are not read, in words
    :ivar absent: the wanted admin partitions that are not on this appliance, in words
    """

    appliance: Appliance
    wanted: ClosureScope
    partitions: Mapping[str, tuple[VserverChoice, ...]]
    left_out: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()

    def in_scope(self, partition: str) -> list[Vserver]:
        """Return the virtual servers of an admin partition that are in scope."""
        return [choice.vserver for choice in self.partitions[partition] if not choice.reason]

    def is_in_scope(self, partition: str, object_id: ObjectId) -> bool:
        """True if a virtual server is in scope."""
        return any(vserver.object_id == object_id for vserver in self.in_scope(partition))

    def customer(self, vserver: Vserver, partition: str) -> str:
        """Return whose a virtual server is; "" where the inventory names nobody."""
        return customer_of(vserver, self.appliance, partition)

    @property
    def vservers(self) -> list[Vserver]:
        """All virtual servers."""
        return [choice.vserver for choices in self.partitions.values() for choice in choices]

    def not_agreed(self, closed: Container[tuple[str, ObjectId]]) -> list[str]:
        """Return what stays open because its customer has not agreed, as sentences.

        :param closed: admin partition and virtual server of what is closed already, and stays so
        """
        return [
            text
            for name, choices in self.partitions.items()
            for text in not_agreed(
                [one for one in choices if (name, one.vserver.object_id) not in closed],
                self.wanted,
                self.appliance,
                name,
            )
        ]

    def not_extended(self, closed: Container[tuple[str, ObjectId]]) -> list[str]:
        """Return what is closed and not extended because its customer has not agreed, as sentences.

        :param closed: admin partition and virtual server of what is closed already
        """
        return [
            text
            for name, choices in self.partitions.items()
            for text in not_extended(
                choices,
                self.wanted,
                self.appliance,
                name,
                [one.vserver.object_id for one in choices if (name, one.vserver.object_id) in closed],
            )
        ]

    def closed_already(self, closed: Container[tuple[str, ObjectId]]) -> list[str]:
        """Return what is closed although its customer has not agreed, so that it is out of scope, as sentences.

        :param closed: admin partition and virtual server of what the step of the run has closed
        """
        return [
            text
            for name, choices in self.partitions.items()
            for text in closed_already(
                choices,
                self.wanted,
                self.appliance,
                name,
                [one.vserver.object_id for one in choices if (name, one.vserver.object_id) in closed],
            )
        ]

    @property
    def without_consent(self) -> dict[str, str]:
        """By customer who has not agreed and whose virtual servers are in scope all the same, why the consent is missing."""
        return self._lacking(self.customer(one, name) for name in self.partitions for one in self.in_scope(name))

    def without_consent_of(self, partition: str, own: Container[ObjectId]) -> dict[str, str]:
        """Return the same of some virtual servers of an admin partition."""
        return self._lacking(self.customer(one, partition) for one in self.in_scope(partition) if one.object_id in own)

    def _lacking(self, customers: Iterable[str]) -> dict[str, str]:
        return {one: problem for one in dict.fromkeys(customers) if (problem := self.wanted.consent_problem(one))}

    @property
    def unmatched(self) -> list[str]:
        """The wanted virtual servers and admin partitions that are not on this appliance."""
        known = {name for vserver in self.vservers for name in names_of(vserver, self.appliance)}
        return [*(vip for vip in self.wanted.vips if vip not in known), *self.absent]

    @property
    def remarks(self) -> list[str]:
        """List what a person should know of it, as sentences."""
        return [*unknown_owners(self.vservers, self.appliance), *self.left_out]


def read_scope(connection: Connection, wanted: ClosureScope, appliance: Appliance | None = None) -> Scope:
    """Read all virtual servers in the admin partitions that the inventory chooses.

    :param appliance: what the inventory says of it, where that of the connection does not count
    :raises Refused: for a cluster, and where the partitions are not known or one that is wanted does not exist
    """
    appliance = appliance or connection.appliance
    where = appliance.name
    if connection.is_cluster:
        raise Refused(
            f"{where}: this is a cluster, whose virtual servers Tourniquet cannot close yet. Nothing was changed."
        )
    choice = choose_partitions(where, read_partitions(connection.primary), appliance.partitions)
    if choice.unreadable:
        raise Refused(f"{where}: {choice.unreadable}. Nothing was changed.")
    absent = absent_partitions(where, wanted, choice)
    found = {}
    with back_to_default(connection):
        for name in choice.names:
            connection.enter(name)
            found[name] = tuple(choose(read_vservers(connection.primary), wanted, appliance, name))
    return Scope(appliance, wanted, found, tuple(map(left_open, choice.left_out)), absent)


def named(vservers: Sequence[Vserver]) -> str:
    """Return the names of virtual servers as text."""
    return ", ".join(str(vserver) for vserver in vservers)
