# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The method location, resolved: the location file, what loads it, and the policies that use it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from .....appliance.nitro.connection import Connection
from .....appliance.objects.resource_types import ObjectId
from .....catalogue.measure import Measure
from .....change.execution.step_check import Check
from ...resolved import Basis, ResolvedGeoblock, excluded_families
from ..placements import placements
from ..responder_policies import policies
from . import loading
from .location_file import location_file_form, location_rules


@dataclass(frozen=True, kw_only=True)
class ByLocation(ResolvedGeoblock):
    """A geoblock by a location file."""

    def checks(self, connection: Connection) -> Mapping[ObjectId, Check]:
        return loading.checks(connection, self.basis.compiled)

    def method_problems(self) -> Iterator[tuple[str, str]]:
        yield from excluded_families(self.basis)
        yield from loading.problems(self.basis.owner, self.basis.compiled, self.basis.appliance)

    def method_remarks(self) -> Sequence[str]:
        return loading.remarks(self.basis.appliance, self.document.files)

    def reason_not_evaluated(self) -> str:
        return "the appliance alone can evaluate the method location. Ask with -e geoblock_way=datasets, which blocks the same addresses."


def resolve(measure: Measure, basis: Basis, connection: Connection) -> ByLocation:
    """Return the geoblock, and put a file that is too large for NITRO into the cache.

    :raises InvalidInput: if the rule is too long, or the template does not do
    """
    owner, compiled, appliance = basis.owner, basis.compiled, basis.appliance
    files = loading.files(owner, compiled, location_file_form(basis.templates), basis.settings.import_from)
    loading.keep_large(files, basis.settings.cache)
    bound_at = placements(owner, basis.settings, appliance.vservers)
    bound = policies(basis, location_rules(compiled), bound_at, located=True)
    document = replace(
        bound,
        objects={**loading.objects(owner, files, basis.templates), **bound.objects},
        files=tuple(files.values()),
    )
    return ByLocation(
        measure=measure,
        basis=basis,
        document=document,
        placements=bound_at,
        faults=tuple(loading.faults(connection, files, compiled, appliance)),
    )
