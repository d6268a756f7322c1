# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which policies of others let requests go on past a measure now, for a verb that plans nothing. Few reads, and none where nobody else's policy is bound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from ...appliance.nitro.connection import Connection
from ...appliance.object_reads.vserver_reads import vips_of
from ...appliance.objects.ownership import Owner, version_in
from ...appliance.objects.resource_types import TYPES, Attributes, ObjectId
from ...catalogue.acknowledgement import Acknowledgement, of_policy
from ...catalogue.run_parameters import RunParameters
from ...catalogue.traffic import Traffic
from ...change.planning.unsaved_changes import ConfigurationTexts
from ...policies.let_past import LetPast, let_past
from ...policies.policy_bank import RESPONDER_POLICY
from ...policies.request_paths import AppliancePolicies
from ..inspection.named_objects import read_named_objects
from ..inspection.unshown_bindings import read_unshown_bindings

Objects = Mapping[ObjectId, Attributes]


@dataclass(frozen=True)
class InFront:
    """What stands in front of a measure.

    :ivar counts: the policies that let attacks go on past it, unless a person has acknowledged them by name, as :mod:`verdict` counts them
    :ivar told: the others, in words: what is acknowledged, and what is not decided
    :ivar invoking: those of them that nobody has acknowledged and that invoke a label: what it holds is not read, so no request here shows what others get
    :ivar unshown: the bindings of other measures of ours with what a read does not show
    """

    counts: tuple[LetPast, ...] = ()
    told: tuple[str, ...] = ()
    invoking: tuple[str, ...] = ()
    unshown: Objects = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """Return it as a verdict does; "" where nothing counts."""
        more = f" (and {len(self.counts) - 1} more)" if len(self.counts) > 1 else ""
        return f"{self.counts[0]}{more}" if self.counts else ""


@dataclass(frozen=True)
class FrontReader:
    """How the policies in front of a measure are judged.

    :ivar parameters: the appliance, the measure and the records
    :ivar traffic: of all versions of the measure
    :ivar today: the day on which an acknowledgement counts
    """

    parameters: RunParameters
    traffic: Traffic
    acknowledgements: Sequence[Acknowledgement]
    today: date

    def read(self, connection: Connection, partition: str, objects: Objects) -> InFront:
        """Return what stands in front of the measure in the admin partition of the connection.

        :param objects: the policies, actions and bindings that were read there
        :raises NitroError: where the virtual servers cannot be read
        """
        measure = self.parameters.owner.measure
        owner = Owner(measure, max(_versions(objects, measure), default=1))
        if not any(not owner.owns_name(policy) for policy in _bound(objects)):
            return InFront()
        session, parameters = connection.primary, self.parameters.inside(partition)
        objects = {**objects, **read_named_objects(session, objects)}
        texts = ConfigurationTexts(session)
        unshown = read_unshown_bindings(connection, parameters, objects, (), lambda: texts.running)
        vips = vips_of(parameters.appliance, session)
        policies = AppliancePolicies({**objects, **unshown}, vservers=[(vip.kind, vip.name) for vip in vips])
        judged = self._judged(let_past(policies, owner, self.traffic.for_version(owner.version)))
        return replace(judged, unshown=unshown)

    def _judged(self, found: Iterable[LetPast]) -> InFront:
        counts: list[LetPast] = []
        told: list[str] = []
        invoking: list[str] = []
        for one in found:
            given = of_policy(self.acknowledgements, one.policy, self.parameters.owner.measure, self.today)
            if given is not None:
                told.append(f"{one} ({given})")
            elif one.is_sure:
                counts.append(one)
            else:
                told.append(str(one))
                invoking += [str(one)] if one.invokes else []
        return InFront(tuple(counts), tuple(told), tuple(invoking))


def _bound(objects: Objects) -> Iterator[str]:
    """Yield the name of each policy that is bound."""
    for (type_name, _key), attributes in objects.items():
        type_ = TYPES[type_name]
        if type_.policy_type == RESPONDER_POLICY:
            yield str(attributes[type_.policy_attribute])


def _versions(objects: Objects, measure: str) -> Iterator[int]:
    """Yield the versions that the policies of a measure have by their comments."""
    for (type_name, key), attributes in objects.items():
        version = version_in(attributes, measure)
        if type_name == RESPONDER_POLICY and version is not None and Owner(measure, version).owns_name(key[0]):
            yield version
