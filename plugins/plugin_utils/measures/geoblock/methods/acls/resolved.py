# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The method acls, resolved: the ACLs, their data sets, and the order of all ACLs of the appliance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .....appliance.nitro.connection import Connection
from .....appliance.objects.resource_types import Attributes, ObjectId
from .....catalogue.measure import Measure, Mode, Placement
from ...resolved import Basis, ResolvedGeoblock
from ..datasets.data_set_forms import data_set_forms
from ..location import loading
from . import acl_plan, problems
from .acl_forms import acl_forms


@dataclass(frozen=True, kw_only=True)
class ByAcls(ResolvedGeoblock):
    """A geoblock by extended ACLs."""

    acls: acl_plan.AclPlan

    def modes(self, objects: Mapping[ObjectId, Attributes]) -> Mapping[Placement, Mode | None]:
        return {one: acl_plan.mode_of(self.acls, self._address(one), objects) for one in self.placements}

    def counted_by(self, placement: Placement) -> Sequence[str]:
        return acl_plan.denying(self.acls, self._address(placement))

    def _address(self, placement: Placement) -> str:
        """Return the address of the virtual server of a placement."""
        wanted = (placement.kind, placement.vserver)
        return next(one.address for one in self.basis.appliance.vservers if (one.kind, one.name) == wanted)

    def method_problems(self) -> Iterator[tuple[str, str]]:
        yield from problems.problems(
            self.basis.owner, self.acls, self.document.objects, self.basis.appliance, self.basis.protection
        )

    def method_remarks(self) -> Sequence[str]:
        owner, appliance = self.basis.owner, self.basis.appliance
        return [
            *problems.remarks(owner, self.acls, self.document.objects, appliance),
            *loading.leaving(owner, appliance),
        ]

    def reason_not_evaluated(self) -> str:
        return "the appliance alone can evaluate the method acls. Ask with -e geoblock_way=datasets, which blocks the same addresses."


def resolve(measure: Measure, basis: Basis, _connection: Connection) -> ByAcls:
    """Return the geoblock.

    :raises InvalidInput: if no free priorities are left, or the template does not do
    """
    owner, appliance = basis.owner, basis.appliance
    planned = acl_plan.plan(
        owner,
        basis.settings,
        basis.compiled,
        appliance,
        acl_forms(basis.templates, owner),
        data_set_forms(basis.templates, owner),
        basis.current.effect,
    )
    return ByAcls(
        measure=measure,
        basis=basis,
        document=acl_plan.document(owner, planned),
        placements=tuple(acl_plan.placement(owner, one) for one in appliance.vservers if one.addressable),
        acls=planned,
    )
