# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From which services a change of ours takes protection away: a policy of ours answers there before it, and none does after it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..appliance.nitro.names import DEFAULT
from ..appliance.objects.ownership import Owner
from ..appliance.objects.resource_types import TYPES
from .policy_bank import RESPONDER_POLICY, passing_actions
from .request_paths import Objects

EVERY = "every virtual server"
ACL_ACTIONS = {"nsacl": "aclaction", "nsacl6": "acl6action"}


def taken_away(
    before: Objects,
    after: Objects,
    owner: Owner,
    vservers: Iterable[tuple[str, str]],
    *,
    policies_answer: bool = True,
) -> tuple[str, ...]:
    """Return the services, in words: virtual servers, or all of them where none is known.

    A bind point that changes at the same virtual server takes nothing away.

    :param before: the objects that were read; after: the objects once the steps are carried out
    :param vservers: kind and name of the virtual servers that global policies protect
    :param policies_answer: False where the feature of the policies is off before the change: only an ACL denies then
    """
    then, now = _protected(before, owner, policies_answer=policies_answer), _protected(after, owner)
    if EVERY in now:
        return ()
    lost = then - now - {EVERY}
    if EVERY in then:
        lost |= {f"{kind} vserver {name}" for kind, name in vservers} - now or {EVERY}
    return tuple(sorted(lost))


def in_partitions(by_partition: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the services of all partitions, each with the name of its partition unless that is the default one."""
    return [
        service if name == DEFAULT else f"{service} in partition {name}"
        for name, services in by_partition.items()
        for service in services
    ]


def _protected(objects: Objects, owner: Owner, *, policies_answer: bool = True) -> set[str]:
    """Return the virtual servers at which a policy of ours answers; :data:`EVERY` where it is bound globally, or an ACL of ours denies."""
    passing, places = passing_actions(objects), set[str]()
    for (type_name, key), attributes in objects.items():
        type_ = TYPES[type_name]
        if type_.policy_type == RESPONDER_POLICY and owner.owns_name(policy := str(attributes[type_.policy_attribute])):
            answer = str(objects.get((RESPONDER_POLICY, (policy,)), {}).get("action", "NOOP"))
            if policies_answer and answer.upper() not in passing:
                places.add(EVERY if type_.scope else f"{type_.noun} {attributes['name']}")
        elif (
            (action := ACL_ACTIONS.get(type_name))
            and owner.owns_name(key[0])
            and str(attributes.get(action, "")).upper() == "DENY"
        ):
            places.add(EVERY)
    return places
