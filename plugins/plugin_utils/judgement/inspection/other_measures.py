# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read the other measures of ours that may stop a probe of this one. Nothing is read where there are none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from ...appliance.nitro.appliance import Vip
from ...appliance.nitro.session import Session
from ...appliance.objects.ownership import Owner
from ...appliance.objects.resource_types import Attributes, ObjectId
from ...catalogue.run_parameters import Probes, ResolvedParameters
from ...change.planning.state_reader import Scope, observe, read_everywhere, read_members
from ...foundation.errors import NitroError
from ...policies.other_measures import POLICY, OtherMeasures, others_of_ours, sets_of
from ...policies.request_paths import AppliancePolicies
from .access import AccessFacts
from .configuration import ConfigurationFacts
from .planned_steps import PlannedSteps
from .rule_assessment import features_on

SET = "policypatset"
NOTHING: Mapping[ObjectId, Attributes] = MappingProxyType({})


def read_other_measures(
    session: Session,
    parameters: ResolvedParameters,
    configuration: ConfigurationFacts,
    planned: PlannedSteps,
    access: AccessFacts,
) -> OtherMeasures:
    """Read where the other measures of ours are bound, and the sets that their rules compare with.

    The entries of data sets, of which there may be thousands, are not read: a geoblock lets the address of our probes through.
    """
    others = others_of_ours(configuration.state.objects, parameters.owner)
    asks = (
        parameters.probes != Probes.NONE and parameters.appliance.probe and parameters.measure.traits.proving.by_probes
    )
    if not others or not asks:
        return OtherMeasures(parameters.owner)
    try:
        objects = {**_objects(session, configuration.state.objects, others), **configuration.unshown}
    except NitroError as error:
        return OtherMeasures(
            parameters.owner, problem=f"whether another measure of ours stops a probe cannot be read: {error}"
        )
    if not planned.skipped:
        gone = {id_ for id_, attributes in configuration.target.objects.items() if attributes is None}
        objects = {id_: a for id_, a in {**objects, **parameters.document.objects}.items() if id_ not in gone}
    policies = AppliancePolicies(
        objects,
        feature_on=bool(planned.steps) or features_on(parameters, configuration.state),
        vservers=[(vip.kind, vip.name) for vip in access.vips],
    )
    return OtherMeasures(parameters.owner, policies, parameters.appliance.probe_from or session.local_address)


def read_others_as_they_are(
    session: Session, owner: Owner, vips: Iterable[Vip], client: str, own: Mapping[ObjectId, Attributes] = NOTHING
) -> OtherMeasures:
    """Read the other measures of ours as the appliance is now, such as while a mitigation that is to go only counts.

    :param own: what is planned of the measure itself, in place of what is there
    """
    try:
        observed = observe(session, Scope(frozenset({POLICY}), frozenset())).state
        others = others_of_ours(observed.objects, owner)
        if not others:
            return OtherMeasures(owner)
        objects = {**_objects(session, observed.objects, others), **own}
    except NitroError as error:
        return OtherMeasures(owner, problem=f"whether another measure of ours stops a probe cannot be read: {error}")
    policies = AppliancePolicies(objects, vservers=[(vip.kind, vip.name) for vip in vips])
    return OtherMeasures(owner, policies, client)


def _objects(session: Session, present: Mapping[ObjectId, Attributes], others: list[str]) -> dict[ObjectId, Attributes]:
    objects = {**present, **read_everywhere(session)}
    sets: dict[ObjectId, Attributes] = {(SET, (name,)): {"name": name} for name in sets_of(present, others)}
    unread = {id_: attributes for id_, attributes in sets.items() if id_ not in objects}
    return objects | unread | read_members(session, unread)
