# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A measure becomes what shall be on one appliance: by its rendered template, or by what it reads there. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from ..appliance.nitro.connection import Connection
from ..appliance.objects.ownership import Owner
from ..appliance.objects.resource_types import ObjectId
from ..catalogue.desired_state import Document
from ..catalogue.measure import ResolvedMeasure
from ..catalogue.run_parameters import ApplyParameters, ResolvedParameters
from ..change.execution.step_check import Check


@runtime_checkable
class ReadingMeasure(Protocol):
    """A measure that makes its desired state of what an appliance has."""

    def resolve(self, connection: Connection, owner: Owner, rendered: Document | None) -> ResolvedMeasure:
        """Return what shall be on one appliance, in the partition that the connection is in. Reads only.

        :param rendered: the desired state that a role rendered from the catalogue; None for a measure that makes its own
        :raises InvalidInput: if the request is not possible there
        :raises TourniquetError: if the appliance cannot be read
        """


@runtime_checkable
class CheckedMeasure(Protocol):
    """A resolved measure whose steps are checked one by one."""

    def checks(self, connection: Connection) -> Mapping[ObjectId, Check]:
        """Return by object what must hold once the object is as desired, before the next step is taken."""


def resolved_on(connection: Connection, parameters: ApplyParameters) -> ResolvedParameters:
    """Return the parameters with the measure as it is on this appliance. Reads only.

    :raises TourniquetError: if the request is not possible there, or the appliance cannot be read
    """
    measure = parameters.measure
    if isinstance(measure, ReadingMeasure):
        return parameters.resolved_as(measure.resolve(connection, parameters.owner, parameters.rendered))
    return parameters.resolved_as(measure.as_rendered(parameters.rendered))


def checks_of(resolved: ResolvedMeasure, connection: Connection) -> Mapping[ObjectId, Check]:
    """Return by object what must hold once the object is as desired, before the next step is taken."""
    return resolved.checks(connection) if isinstance(resolved, CheckedMeasure) else {}
