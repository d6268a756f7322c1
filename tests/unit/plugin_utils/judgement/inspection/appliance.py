# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An appliance that answers from a table, and run parameters for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes

from tests.traits import traits


class FakeSession:
    """Answers from a table by type.

    :ivar read_types: the types that were read, in order
    """

    where = "gw"

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.table = table
        self.read_types: list[str] = []
        self.appliance: Any = None
        self.unusable_names: tuple[Any, ...] = ()

    def read(self, type_: str, _name: str | None = None, **_options: Any) -> list[Any]:
        self.read_types.append(type_)
        answer = self.table.get(type_, [])
        if isinstance(answer, Exception):
            raise answer
        return list(answer)


def appliance(**variables: Any) -> Appliance:
    values = {"nodes": ["192.0.2.1"], "user": "nsroot", "password": "r00t", "probe_networks": ["192.0.2.0/24"]}
    return Appliance.from_variables("gw", {**values, **variables})


class Placed(SimpleNamespace):
    """Stands for a placement of a measure."""

    def __str__(self) -> str:
        return f"{self.kind} {self.vserver}"


def placed(kind: str, vserver: str) -> Placed:
    return Placed(kind=kind, vserver=vserver)


def resolved(records: Path, at: Appliance, placements: Sequence[Placed] = ()) -> Any:
    """Return parameters of a mitigation, or with placements of a measure of the inventory."""
    measure = SimpleNamespace(traits=traits(depends_on_build=not placements))
    return SimpleNamespace(
        appliance=at,
        measure=measure,
        resolved=SimpleNamespace(placements=placements),
        owner=Owner("demo", 1),
        records=records,
        trust=RecordTrust(),
        partition="default",
        scope="default",
        probes=Probes.FEW,
    )
