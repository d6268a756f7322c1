# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Find the attacks that only the policies of a mitigation stop, and that pass once it is removed. Pure.

Two entries of the catalogue may block the same path, so that the rule of one protects against the other as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..appliance.objects.resource_types import TYPES
from ..catalogue.traffic import Traffic
from ..policy_language import Request
from .policy_diff import PASSED, compare_policies, requests_for
from .request_paths import AppliancePolicies, Objects


@dataclass(frozen=True)
class NewlyPassing:
    """What a removal changes for the attacks of another mitigation.

    :ivar attacks: the requests that are blocked before and pass afterwards, in words
    :ivar open: the number of requests whose result is not known before or afterwards
    """

    attacks: tuple[str, ...] = ()
    open: int = 0

    def __bool__(self) -> bool:
        return bool(self.attacks or self.open)


def newly_passing(
    before: Objects, after: Objects, traffic: Traffic, version: int, vservers: Sequence[tuple[str, str]] = ()
) -> NewlyPassing:
    """Return the attacks of a traffic that the policies block before a removal, and no longer afterwards.

    :param version: the version of the measure that the traffic is of
    :param vservers: kind and name of the virtual servers that answer, besides those with bindings
    """
    # A place without any binding afterwards is compared too: the bindings of before name it.
    places = [*dict.fromkeys((*vservers, *_vservers(before)))]
    now, then = AppliancePolicies(before, vservers=places), AppliancePolicies(after, vservers=places)
    attacks = (one for one in requests_for(traffic, version, now, (Request.client_ip,)) if one.case.attack)
    diff = compare_policies(now, then, attacks, lambda _one: False)
    return NewlyPassing(tuple(str(one.request) for one in diff.differences if one.after == PASSED), diff.open)


def _vservers(objects: Objects) -> list[tuple[str, str]]:
    """Return kind and name of the virtual servers at which policies are bound."""
    bound = ((TYPES[type_name], attributes) for (type_name, _key), attributes in objects.items())
    return [
        (type_.refers[type_.parent].removesuffix("vserver"), str(attributes[type_.parent]))
        for type_, attributes in bound
        if type_.policy_attribute and type_.parent
    ]
