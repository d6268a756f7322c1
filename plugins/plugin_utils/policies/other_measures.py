# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The requests that another measure of ours stops, such as a whitelist: they prove nothing of this one, and are no failure of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

from ..appliance.objects.ownership import PREFIX, SEPARATOR, TWIN_SUFFIX, Owner
from ..catalogue.traffic import TrafficCase
from ..policy_language.banks import Decision
from .policy_bank import request_of
from .request_paths import AppliancePolicies, Objects, Path

POLICY, MEMBER = "responderpolicy", "policypatset_pattern_binding"
_SET = re.compile(r'_ANY\("([^"]+)"\)')


def others_of_ours(objects: Objects, owner: Owner) -> list[str]:
    """Return the policies of other measures of ours."""
    return [key[0] for type_, key in objects if type_ == POLICY and is_of_another(key[0], owner)]


def sets_of(objects: Objects, policies: Iterable[str]) -> list[str]:
    """Return the names of the pattern sets that the rules of policies compare with."""
    rules = (str(objects[POLICY, (name,)].get("rule", "")) for name in policies)
    return list(dict.fromkeys(name for rule in rules for name in _SET.findall(rule)))


def is_of_another(policy: str, owner: Owner) -> bool:
    """Return True if a policy is of another measure of ours."""
    return policy.startswith(PREFIX) and not policy.endswith(TWIN_SUFFIX) and not owner.owns_name(policy)


def measure_of(policy: str) -> str:
    """Return the measure that the name of a policy of ours begins with."""
    return policy.removeprefix(PREFIX).partition(SEPARATOR)[0]


@dataclass(frozen=True)
class Stopper:
    """The policy of another measure of ours that stops a request."""

    policy: str

    def __str__(self) -> str:
        return f"our {measure_of(self.policy)} ({self.policy})"


@dataclass(frozen=True)
class OtherMeasures:
    """The other measures of ours at the virtual servers of an appliance.

    :ivar policies: every policy of the appliance once this measure is as desired; None if there are no other measures
    :ivar client: the address of our probes
    :ivar problem: why they could not be read, in words, or ""
    """

    owner: Owner = field(default_factory=lambda: Owner("none", 0))
    policies: AppliancePolicies | None = None
    client: str = ""
    problem: str = ""

    def stops(self, kind: str, vserver: str, case: TrafficCase) -> Stopper | None:
        """Return the policy of another measure of ours that stops a request before this measure has seen it; None if none does.

        A request whose way the documents leave open is sent: its answer tells.
        """
        return next(
            (found for path in self._paths(kind, vserver) if (found := self._stop(path, case, seen=False))), None
        )

    def stops_behind(self, kind: str, vserver: str, case: TrafficCase) -> Stopper | None:
        """Return the policy of another measure of ours that stops a request after this measure has counted it; None if none does."""
        return next(
            (found for path in self._paths(kind, vserver) if (found := self._stop(path, case, seen=True))), None
        )

    def allowed(self, kind: str, vserver: str) -> Iterator[TrafficCase]:
        """Yield requests that the whitelists of ours at a virtual server allow, and that no other policy stops."""
        for text in sorted(self._listed(kind, vserver)):
            case = TrafficCase(f"allowed-{text}", attack=False, method="GET", url=quote(text), probe=True)
            if all(self._passes(path, case) for path in self._paths(kind, vserver)):
                yield case

    def _paths(self, kind: str, vserver: str) -> list[Path]:
        place = f"{kind} vserver {vserver} "
        every = self.policies.paths if self.policies else ()
        return [path for path in every if any(one.startswith(place) for one in path.places)]

    def _decisions(self, path: Path, case: TrafficCase) -> tuple[Decision, ...]:
        if self.policies is None:
            return ()
        return self.policies.decisions(path, request_of(case, False, self.client)).every

    def _stop(self, path: Path, case: TrafficCase, *, seen: bool) -> Stopper | None:
        found = self._decisions(path, case)
        policies = {one.policy or "" for one in found}
        if len(policies) != 1 or any(one.undetermined or self._is_ours(one) is not seen for one in found):
            return None
        (policy,) = policies
        is_stopped = is_of_another(policy, self.owner) and not self._lets_pass(found[0])
        return Stopper(policy) if is_stopped else None

    def _is_ours(self, decision: Decision) -> bool:
        """Return True if this measure has seen the request, and so has counted it."""
        return any(self.owner.owns_name(policy) for policy in decision.hits)

    def _passes(self, path: Path, case: TrafficCase) -> bool:
        return all(self._lets_pass(one) and not one.undetermined for one in self._decisions(path, case))

    def _lets_pass(self, decision: Decision) -> bool:
        return self.policies is None or self.policies.passes(decision.action)

    def _listed(self, kind: str, vserver: str) -> set[str]:
        if self.policies is None:
            return set()
        place, objects = f"{kind} vserver {vserver} ", self.policies.objects
        bound = [one.policy for at, one in self.policies.bound() if at.startswith(place)]
        sets = set(sets_of(objects, [one for one in bound if is_of_another(one, self.owner)]))
        members = (str(a["String"]) for (type_, key), a in objects.items() if type_ == MEMBER and key[0] in sets)
        return {text for text in members if text.startswith("/") and text.isprintable()}
