# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Judge an appliance as if all its virtual servers were open: which mitigations of the catalogue does it need and not have?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import parse_document
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import BuildStatus
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import (
    Mitigation,
    entries_of_the_appliance,
    load_mitigation,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import (
    ApplyParameters,
    Probes,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput, TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.appliance import Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.operations.apply import Deployment, today
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.operations.removal_conditions import (
    is_good_on_every_node,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.verdict_table import (
    CRITICAL,
    PRECEDENCE,
    Verdict,
    VerdictWord,
    worst_verdict,
)


@dataclass(frozen=True)
class DesiredVersion:
    """The desired state of a mitigation on one appliance.

    :ivar version: of the mitigation; 0 for the current one
    :ivar text: the rendered template; "" where there is none
    :ivar problem: the reason why it could not be rendered, or ""
    """

    version: int = 0
    text: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Exposure:
    """What an appliance is exposed to once it is open.

    :ivar verdicts: by mitigation, the verdict; by "" one on none of them
    """

    verdicts: Mapping[str, Verdict]

    @property
    def texts(self) -> tuple[str, ...]:
        """Each mitigation for which the verdict is critical or unknown, with that verdict."""
        critical = {id_: one for id_, one in self.verdicts.items() if one.exit_code >= CRITICAL}
        return tuple(
            f"{id_}: {one.word} ({one.reason})" if id_ else f"{one.word}: {one.reason}" for id_, one in critical.items()
        )

    @property
    def verdict(self) -> Verdict:
        """The worst of the verdicts; its reason names the mitigation where there are several."""
        id_, worst = min(self.verdicts.items(), key=lambda item: PRECEDENCE[item[1].word])
        return replace(worst, reason=f"{id_}: {worst.reason}") if len(self.verdicts) > 1 else worst


@dataclass(frozen=True)
class ExposureCheck:
    """The check of one appliance against every mitigation of a catalogue.

    :ivar desired: by mitigation, what shall be on the appliance
    :ivar run: the id of the run
    :ivar trust: whose signatures of change records count
    """

    appliance: Appliance
    catalogue: Path
    records: Path
    run: str
    desired: Mapping[str, DesiredVersion] = field(default_factory=dict)
    trust: RecordTrust = field(default_factory=RecordTrust)

    def find(self, connection: Connection) -> Exposure:
        """Return the verdicts as they would be if no virtual server were switched off. Reads only, and sends no probe."""
        ids = entries_of_the_appliance(self.catalogue)
        if not ids:
            reason = f"the catalogue {self.catalogue} has no mitigation to judge it by"
            return Exposure({"": worst_verdict([(VerdictWord.UNKNOWN, reason)], (), ())})
        return Exposure({id_: self._verdict(connection, id_) for id_ in ids})

    def _verdict(self, connection: Connection, id_: str) -> Verdict:
        try:
            measure = load_mitigation(self.catalogue / id_)
            if is_good_on_every_node(connection, measure):
                fixed = measure.build_status(connection.build) is BuildStatus.FIXED
                word = VerdictWord.FIXED if fixed else VerdictWord.NOT_AFFECTED
                return worst_verdict(
                    [(word, f"{connection.build} {'has the fix' if fixed else 'was never affected'}")], (), ()
                )
            return Deployment(connection, self._parameters(measure)).verdict_if_open()
        except TourniquetError as error:
            return worst_verdict([(VerdictWord.UNKNOWN, str(error).removeprefix(f"{self.appliance.name}: "))], (), ())

    def _parameters(self, measure: Mitigation) -> ApplyParameters:
        """:raises InvalidInput: where the desired state is not known, or not valid"""
        desired = self.desired.get(measure.id, DesiredVersion())
        if desired.problem or not desired.text:
            raise InvalidInput(desired.problem or "its desired state was not rendered")
        owner = Owner(measure.id, desired.version or measure.current_version)
        return ApplyParameters(
            appliance=self.appliance,
            measure=measure,
            owner=owner,
            rendered=parse_document(desired.text, owner, where=self.appliance.name),
            records=self.records,
            run=self.run,
            trust=self.trust,
            as_of=today(),
            probes=Probes.NONE,
        )
