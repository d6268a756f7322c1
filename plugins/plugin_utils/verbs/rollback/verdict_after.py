# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verdict on what a rollback has left on an appliance: "the last run was undone" does not say whether it is exposed."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...appliance.nitro.connection import Connection
from ...appliance.objects.ownership import Owner
from ...catalogue.desired_state import parse_document
from ...catalogue.run_parameters import ApplyParameters, Probes
from ...foundation.errors import InvalidInput, TourniquetError
from ...judgement.proof.verdict_table import Verdict, VerdictWord, worst_verdict
from ..deployment.deployment import today
from ..deployment.per_partition import PartitionedDeployment
from ..status.exposure import DesiredVersion
from .rollback_plan import RollbackParameters


@dataclass(frozen=True)
class VerdictAfter:
    """Finds the verdict on a measure after a rollback of it.

    :ivar desired: the desired state of a mitigation; a measure of the inventory makes its own
    """

    parameters: RollbackParameters
    desired: DesiredVersion = field(default_factory=DesiredVersion)

    def find(self, connection: Connection) -> Verdict:
        """Return the verdict. Reads only, and sends no probe; what cannot be read makes it unknown."""
        try:
            return PartitionedDeployment(connection, self._parameters()).status().verdict
        except TourniquetError as error:
            reason = str(error).removeprefix(f"{self.parameters.appliance.name}: ")
            return worst_verdict([(VerdictWord.UNKNOWN, reason)], (), ())

    def _parameters(self) -> ApplyParameters:
        """:raises TourniquetError: where the desired state is not valid"""
        parameters, measure, rendered = self.parameters, self.parameters.measure, None
        if self.desired.problem:
            raise InvalidInput(self.desired.problem)
        owner = Owner(measure.id, self.desired.version or measure.current_version, parameters.owner.ticket)
        if measure.traits.writing.is_rendered and self.desired.text:
            rendered = parse_document(self.desired.text, owner, where=parameters.appliance.name)
        return ApplyParameters(
            appliance=parameters.appliance,
            measure=measure,
            owner=owner,
            rendered=rendered,
            records=parameters.records,
            run=parameters.run,
            trust=parameters.trust,
            as_of=today(),
            probes=Probes.NONE,
        )
