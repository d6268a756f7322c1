# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The method datasets, resolved: the data sets, and the policies that use them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from .....appliance.nitro.connection import Connection
from .....catalogue.measure import Measure
from ...resolved import Basis, ResolvedGeoblock, excluded_families
from ..location import loading
from ..placements import placements
from ..responder_policies import policies
from . import refresh
from .data_set_forms import data_set_forms
from .data_sets import ENTRY_LIMIT, dataset_rules


@dataclass(frozen=True, kw_only=True)
class ByDatasets(ResolvedGeoblock):
    """A geoblock by data sets."""

    def method_problems(self) -> Iterator[tuple[str, str]]:
        yield from excluded_families(self.basis)
        if not self.basis.appliance.knows_ranges_in_datasets:
            text = f"the data sets of build {self.basis.appliance.build} hold no ranges; 13.0 is the first release with them."
            yield text, "Take another method (geoblock_way: location or acls), or upgrade."

    def method_remarks(self) -> Sequence[str]:
        return loading.leaving(self.basis.owner, self.basis.appliance)


def resolve(measure: Measure, basis: Basis, _connection: Connection) -> ByDatasets:
    """Return the geoblock.

    :raises InvalidInput: if the rule is too long, or the template does not do
    """
    owner, settings, compiled, there = basis.owner, basis.settings, basis.compiled, basis.appliance.sets
    limit = min(settings.entries, ENTRY_LIMIT)
    sets = refresh.plan_sets(
        owner,
        compiled,
        there,
        settings.policy.families,
        limit=limit,
        forms=data_set_forms(basis.templates, owner),
        effect=basis.current.effect,
    )
    bound_at = placements(owner, settings, basis.appliance.vservers)
    bound = policies(basis, dataset_rules(compiled, sets.parts), bound_at, located=False)
    expressions = {id_: a for id_, a in bound.objects.items() if id_[0] == "policyexpression"}
    stages, _remark = refresh.stages(owner, compiled, sets, expressions)
    document = replace(bound, objects={**sets.objects(), **bound.objects}, stages=stages)
    return ByDatasets(measure=measure, basis=basis, document=document, placements=bound_at)
