# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Would the global policies stop the management, once the knob lets them judge it? Evaluated before the knob is set. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...appliance.nitro.session import Session
from ...appliance.objects.resource_types import HTTP_GLOBAL_TYPES
from ...change.planning.state_reader import GLOBAL_BINDING, Scope, observe, read_members
from ...foundation.counted import agreed, counted
from ...policies.assessment import management_results
from ...policies.conflicts import lockout
from ...policies.policy_bank import RequestOutcome, banks_of, passing_actions
from ...policies.request_paths import Objects

FEATURE = "RESPONDER"
_TYPES = frozenset(("responderpolicy", "responderaction", "policyexpression", "policypatset", "policydataset"))
_SETS = ("policypatset", "policydataset")


@dataclass(frozen=True)
class BoundPolicies:
    """The objects that decide what global policies do with a request.

    :ivar policies: the names of the policies that are bound globally
    """

    objects: Objects
    policies: frozenset[str]


def read_bound_policies(session: Session) -> BoundPolicies:
    """Return the global policies of HTTP requests, with everything that their rules refer to; none where the feature is off.

    :raises TourniquetError: where they cannot be read: then it is not known
    """
    places = frozenset((GLOBAL_BINDING, place) for place in HTTP_GLOBAL_TYPES)
    state = observe(session, Scope(_TYPES, places)).state
    objects = dict(state.objects) if state.features.get(FEATURE) else {}
    rules = " ".join(str(attributes.get("rule", "")) for attributes in objects.values()).lower()
    objects |= read_members(session, [id_ for id_ in objects if id_[0] in _SETS and id_[1][0].lower() in rules])
    policies = {str(attributes["policyname"]) for id_, attributes in objects.items() if id_[0] == GLOBAL_BINDING}
    return BoundPolicies(objects, frozenset(policies))


def management_lockout(bound: BoundPolicies, clients: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return which requests of the management a global policy would stop, and what is open; both as sentences.

    :param clients: the addresses that must get through
    """
    passing = passing_actions(bound.objects)
    conflicts, remarks = [], []
    for place, bank in banks_of(bound.objects).items():
        results = management_results(bank, clients, passing)
        conflicts += [str(conflict) for conflict in lockout(results)]
        unsure = sum(result.outcome is RequestOutcome.UNDETERMINED for result in results.values())
        if unsure:
            remarks.append(
                f"whether {counted(unsure, 'management request')} {agreed(unsure, 'passes', 'pass')} the policies at {place} is open"
            )
    return conflicts, remarks
