# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read all responder policies of an appliance, and add those of a measure. Reads only.

A plan reads only what it changes. The impact of a plan needs every place at which a request can be evaluated, and every set and
expression to which a rule there refers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ...appliance.nitro.appliance import Vip
from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import texts_of
from ...appliance.nitro.partitions import partitions_not_covered
from ...appliance.object_reads.vserver_reads import read_vips
from ...catalogue.measure import BuildStatus, ResolvedMeasure
from ...catalogue.run_parameters import ApplyParameters
from ...change.planning.state_reader import Scope, observe, read_everywhere, read_members
from ...foundation.errors import Refused
from ...measures.resolution import resolved_on
from ...policies.request_paths import Objects

FEATURE = "RESPONDER"
SETS = ("policypatset", "policydataset")
NAMED = frozenset((*SETS, "policyexpression"))


@dataclass(frozen=True)
class ResultingPolicies:
    """The responder policies before and after a plan.

    :ivar vips: the virtual servers, under the appliance's names
    :ivar remarks: what a reader should know about the policies, in words
    :ivar gaps: what could not be read, so that the impact is incomplete, in words
    """

    before: Objects
    after: Objects
    on_before: bool
    on_after: bool
    vips: tuple[Vip, ...]
    remarks: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)


def read_resulting_policies(connection: Connection, parameters: ApplyParameters) -> ResultingPolicies:
    """Read an appliance's responder policies, and add those of a measure.

    :raises NitroError: where anything cannot be read; nothing is taken for absent because of an error
    :raises Refused: if the rules of the measure cannot be evaluated without the appliance
    """
    resolved = resolved_on(connection, parameters).resolved
    if reason := resolved.reason_not_evaluated():
        raise Refused(f"{parameters.appliance.name}: {reason}")
    session, document = connection.primary, resolved.document
    scope = Scope.of(document.objects)
    observation = observe(session, Scope(scope.types | NAMED, scope.places))
    before = {**observation.state.objects, **read_everywhere(session)}
    rules = " ".join(str(a.get("rule", a.get("value", ""))) for (kind, _key), a in before.items() if kind not in SETS)
    sets = [id_ for id_ in before if id_[0] in SETS and id_[1][0].lower() in rules.lower()]
    before |= read_members(session, sets)
    after = {id_: attributes for id_, attributes in before.items() if not parameters.owner.owns(id_, attributes)}
    after |= document.objects
    on = observation.state.features.get(FEATURE, False)
    vips = read_vips(session)
    return ResultingPolicies(
        before=before,
        after=after,
        on_before=on,
        on_after=on or FEATURE in document.features,
        vips=vips,
        remarks=[
            *_about_the_plan(connection, resolved),
        ],
        gaps=[
            *[f"the appliance does not show its {hidden} while the feature is off" for hidden in observation.not_shown],
            *[f"there is no {missing} to bind to" for missing in observation.missing],
            *texts_of(session.unusable_names),
        ],
    )


def _about_the_plan(connection: Connection, resolved: ResolvedMeasure) -> list[str]:
    status = resolved.build_status(connection.build)
    remarks = []
    if status in (BuildStatus.FIXED, BuildStatus.NOT_AFFECTED):
        remarks.append(
            f"apply would do nothing here, since the build no longer needs it ({status.value}); the impact is that of applying it anyway"
        )
    elsewhere = partitions_not_covered(connection.primary)
    return [*remarks, elsewhere] if elsewhere else remarks
