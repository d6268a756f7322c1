# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verbs on one simulated appliance, with a measure of an entry that needs no template."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import Mitigation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import ApplyParameters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.deployment import Deployment, Result

from simulator import Simulator
from tests.stage.memory import Stage

AS_OF = date(2026, 10, 1)


class Settings(Stage):
    """A stage with such a measure."""

    mitigation: Any

    def __init__(self, simulator: Simulator, records: Path, measure: Mitigation, name: str = "box") -> None:
        super().__init__(simulator, records, name)
        self.mitigation, self.entry = measure, Path(measure.id)

    def parameters(self, version: int = 1, *, spares: int = 0, **options: Any) -> ApplyParameters:
        return self.order(self.mitigation, Owner(self.mitigation.id, version, "CHG0060"), AS_OF, **options)

    def plan(self, **options: Any) -> Result:
        with Connection(self.appliance) as connection:
            return Deployment(connection, self.parameters(**options)).plan()

    def rows(self, type_: str, area: str = "running", node: int = 0, partition: str = "") -> list[dict[str, Any]]:
        with Connection(self.appliance) as connection:
            if partition:
                connection.enter(partition)
            return [dict(row) for row in connection.primary.read(type_)]

    def lines(self, type_: str = "nsrunningconfig") -> list[str]:
        with Connection(self.appliance) as connection:
            (row,) = connection.primary.read(type_)
        text = str(row.get("response") or row.get("textblob"))
        return [line for line in text.splitlines() if not line.startswith("#")]

    def write(self, type_: str, attributes: dict[str, Any]) -> None:
        with Connection(self.appliance) as connection:
            connection.primary.write("PUT", type_, {type_: attributes})
