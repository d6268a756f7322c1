# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Replay recorded requests against the policies that an appliance has, and against those that it would have."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from ..appliance.nitro.appliance import Vip
from ..policies.policy_bank import names_of
from ..policies.policy_diff import PASSED, Answer, PolicyComparison
from ..policies.request_paths import POINTS, AppliancePolicies, Objects, Path
from .attack_signatures import AttackSignatures
from .bounded_counters import LONG
from .logged_request import AGENT, CLIENT, HOST, METHOD, REFERER, SESSION, RecordedRequest, place
from .rule_clauses import UNRECORDED, RecordedFacts, RecordedRule

MAX_CACHED_RESULTS = 50_000
OR = " or "
"""Separates the virtual servers that a log cannot tell apart."""


class ReplayOutcome(Enum):
    """The effect of a plan on a request."""

    UNCHANGED = "not changed"
    NEWLY_BLOCKED = "newly blocked"
    MAY_BE_BLOCKED = "may be newly blocked"
    SUSPECT_BLOCKED = "newly blocked, of a client that attacks or scans"
    ATTACK_BLOCKED = "an attack, newly blocked"
    ELSEWHERE = "of another appliance"
    CANNOT_TELL = "cannot tell: the VIP is not known"


@dataclass(frozen=True)
class ReplayResult:
    """The result for one request.

    :ivar vip: the virtual server, in words; "" for none of this appliance
    :ivar policy: the policy that blocks, or may block; "" where none does
    :ivar clause: the clause of its rule that decides
    """

    outcome: ReplayOutcome
    vip: str = ""
    policy: str = ""
    clause: str = ""


class Replayer:
    """Replays recorded requests against two states of one appliance. Results are cached, within bounds.

    :ivar at_stake: the virtual servers at which the second state may block requests that the first one passes
    """

    def __init__(
        self,
        before: Objects,
        after: Objects,
        vips: Iterable[Vip],
        signatures: AttackSignatures,
        *,
        on_before: bool,
        on_after: bool = True,
    ) -> None:
        """:param before: the objects that were read; after: those of the second state
        :param on_before: True if the responder feature is on in the first state; on_after: likewise
        """
        vips = tuple(vips)
        servers = tuple((vip.kind, vip.name) for vip in vips)
        self._policies = AppliancePolicies(
            after,
            feature_on=on_after,
            vservers=servers,
            read_rule=lambda rule: RecordedRule(rule, names_of(after)),
        )
        now = AppliancePolicies(
            before,
            feature_on=on_before,
            vservers=servers,
            read_rule=lambda rule: RecordedRule(rule, names_of(before)),
        )
        self._comparison = PolicyComparison(now, self._policies)
        self.unreadable = self._policies.unreadable
        self.signatures = signatures
        self._needs = _needs(now) | _needs(self._policies)
        self._key_facts = self._needs | signatures.needs
        self._places = self._places_of(vips, now)
        self._vips = _by_every_name(vips)
        self.at_stake = tuple(
            str(vip)
            for vip, places in self._places.items()
            if any(self._comparison.may_newly_block(before, after) for before, after in places)
        )
        self._known: dict[tuple[object, ...], ReplayResult] = {}

    @property
    def needs_unrecorded(self) -> bool:
        """True if a rule needs facts that no log holds, so that some results stay open."""
        return UNRECORDED in self._needs

    @property
    def names(self) -> Collection[str]:
        """The names that a log or a source may have for the virtual servers."""
        return self._vips.keys()

    def replay(self, request: RecordedRequest) -> ReplayResult:
        key = self._key(request)
        found = self._known.get(key)
        if (
            found is None
            and max(map(len, filter(None, (request.url, request.agent, request.referer, request.host)))) > LONG
        ):
            return self._replay(request)
        if found is None:
            if len(self._known) >= MAX_CACHED_RESULTS:
                self._known.clear()
            found = self._known[key] = self._replay(request)
        return found

    def _key(self, request: RecordedRequest) -> tuple[object, ...]:
        """Return all facts on which the result depends."""
        needs = self._key_facts
        return (
            request.vip,
            request.url,
            request.session,
            request.method if METHOD in needs else None,
            request.client if CLIENT in needs else None,
            request.host if HOST in needs else None,
            request.agent if AGENT in needs else None,
            request.referer if REFERER in needs else None,
        )

    def _replay(self, request: RecordedRequest) -> ReplayResult:
        if request.vip is None:
            return ReplayResult(ReplayOutcome.CANNOT_TELL)
        vips = self._vips.get(request.vip)
        if not vips:
            return ReplayResult(ReplayOutcome.ELSEWHERE)
        named = OR.join(str(vip) for vip in vips)
        facts = facts_of(request, vips[0])
        places = [one for vip in vips for one in self._places[vip]]
        answers = [self._comparison.answers(before, after, facts) for before, after in places]
        if all(_passes(after) or _blocks(before) for before, after in answers):
            return ReplayResult(ReplayOutcome.UNCHANGED, named)
        policy, clause = self._blocker(places, facts)
        if not all(_passes(before) and _blocks(after) for before, after in answers):
            outcome = ReplayOutcome.MAY_BE_BLOCKED
        elif self.signatures.matches(request):
            outcome = ReplayOutcome.ATTACK_BLOCKED
        else:
            outcome = ReplayOutcome.NEWLY_BLOCKED
        return ReplayResult(outcome, named, policy, clause)

    def _blocker(self, places: Iterable[tuple[Path, Path]], facts: RecordedFacts) -> tuple[str, str]:
        """Return the policy that answers, or may answer, and the clause of its rule."""
        for _before, after in places:
            for decision in self._policies.decisions(after, facts).every:
                if decision.policy and not self._policies.passes(decision.action):
                    rules = [
                        bound.rule for bank in after.banks for bound in bank.policies if bound.policy == decision.policy
                    ]
                    clause = rules[0].deciding(facts) if rules and isinstance(rules[0], RecordedRule) else ""
                    return decision.policy, clause
        return "", ""

    def _places_of(self, vips: Iterable[Vip], now: AppliancePolicies) -> dict[Vip, tuple[tuple[Path, Path], ...]]:
        """Return the paths that a request at each VIP may take: those of a Gateway's two bind points."""
        before, after = ({name: path for path in side.paths for name in path.places} for side in (now, self._policies))
        return {
            vip: tuple(
                (before[f"{vip.kind} vserver {vip.name} {point}"], after[f"{vip.kind} vserver {vip.name} {point}"])
                for point in POINTS.get(vip.kind, ("REQUEST",))
            )
            for vip in vips
        }


def facts_of(request: RecordedRequest, vip: Vip) -> RecordedFacts:
    """Return a recorded request for the expression engine, with the facts that the log lacks."""
    headers = [("Host", request.host), ("User-Agent", request.agent), ("Referer", request.referer)]
    recorded = {
        METHOD: request.method,
        CLIENT: request.client,
        HOST: request.host,
        AGENT: request.agent,
        REFERER: request.referer,
    }
    lacks = {UNRECORDED, *(what for what, value in recorded.items() if value is None)}
    if request.session is None:
        lacks.add(SESSION)
    return RecordedFacts(
        method=request.method or "GET",
        url=request.url,
        headers=tuple((name, value) for name, value in headers if value is not None),
        client_ip=request.client or RecordedFacts.client_ip,
        dst_ip=vip.address.host,
        dst_port=vip.address.port,
        is_ssl=vip.tls,
        is_sslvpn=request.session is True,
        lacks=frozenset(lacks),
    )


def _needs(policies: AppliancePolicies) -> frozenset[str]:
    rules = [bound.rule for _place, bound in policies.bound()]
    return frozenset().union(*(rule.needs for rule in rules if isinstance(rule, RecordedRule)))


def _by_every_name(vips: Iterable[Vip]) -> Mapping[str, tuple[Vip, ...]]:
    """Return the virtual servers by the names that a log may have: name, address with port, address alone."""
    named: dict[str, dict[Vip, None]] = {}
    for vip in vips:
        for name in (vip.name, place(str(vip.address)), place(vip.address.host)):
            named.setdefault(name, {})[vip] = None
    return {name: tuple(found) for name, found in named.items()}


def _passes(answer: Answer | None) -> bool:
    return answer is not None and answer[0] == PASSED


def _blocks(answer: Answer | None) -> bool:
    return answer is not None and answer[0] != PASSED
