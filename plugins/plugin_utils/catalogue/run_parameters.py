# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Self

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import Document
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Measure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.appliance import Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.session import DEFAULT


@dataclass(frozen=True, kw_only=True)
class RunParameters:
    """What any run is told: on which appliance, for which measure, by which run, and where its record goes.

    :ivar partition: the admin partition that it is about; a run on several is one order for each. Empty means that nobody asked
        which there are: then an appliance that has some is refused
    :ivar lock: take the lock of the appliance before anything is written
    :ivar break_lock: why somebody else's lock may be broken; "" for never
    """

    appliance: Appliance
    owner: Owner
    records: Path
    run: str
    reason: str = ""
    partition: str = ""

    @property
    def scope(self) -> str:
        """The admin partition whose configuration and records it is about."""
        return self.partition or DEFAULT

    lock: bool = True
    break_lock: str = ""

    def inside(self, partition: str) -> Self:
        """The order for one partition."""
        return replace(self, partition=partition, appliance=self.appliance.inside(partition))

    def facts(self, connection: Connection, kind: str, seal: str) -> dict[str, Any]:
        """What the change record says of the run."""
        return {
            "kind": kind,
            "measure": self.owner.measure,
            "version": self.owner.version,
            "ticket": self.owner.ticket,
            "reason": self.reason,
            "run": self.run,
            "partition": self.scope,
            "appliance_user": self.appliance.user,
            "nodes": [str(node.address) for node in connection.nodes],
            "build": str(connection.build),
            "seal": seal,
        }


@dataclass(frozen=True, kw_only=True)
class ApplyParameters(RunParameters):
    """What is asked for: a measure at a version on one appliance, and how far to go.

    :ivar as_of: the date as of which verdicts are given
    :ivar unsaved: refuse, apply_without_save or save_first
    :ivar on_unproven: keep or revert
    :ivar save: proven, always or never
    :ivar probes: none, few (at most three requests per VIP) or all
    :ivar partitions_unreadable: why it is not known which admin partitions there are, or ""
    """

    measure: Measure
    document: Document
    as_of: date
    adopt: bool = False
    force: bool = False
    accept_sleeping_policies: tuple[str, ...] = ()
    unsaved: str = "refuse"
    on_unproven: str = "keep"
    save: str = "proven"
    probes: str = "few"
    partitions_unreadable: str = ""

    def inside(self, partition: str) -> Self:
        measure = self.measure.inside(partition)
        document = measure.document(self.owner, where=self.appliance.name, marker=self.appliance.marker)
        return replace(super().inside(partition), measure=measure, document=document or self.document)

    def resolve(self, connection: Connection) -> Self:
        """The order with what its measure must know of the appliance. Reads only."""
        measure = self.measure.resolve(connection, self.owner)
        if measure is self.measure:
            return self
        document = measure.document(self.owner, where=self.appliance.name, marker=self.appliance.marker)
        return replace(self, measure=measure, document=document or self.document)

    def facts(self, connection: Connection, kind: str, seal: str) -> dict[str, Any]:
        return {**super().facts(connection, kind, seal), **self.measure.facts()}
