# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The order of all extended ACLs of a family, ours and those of others. Pure.

The lowest priority number comes first; the first ACL that matches decides, and a packet that none matches passes (product
documentation, extended ACLs).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .....appliance.nitro.rows import whole
from .....appliance.nitro.session import Row
from .....appliance.objects.resource_types import Attributes
from ...country_data.address_ranges import BITS, Span, Spans, intersect, parse_network, subtract

# What narrows an ACL besides addresses: it may match or not, which cannot be said for an address alone.
BESIDE_ADDRESSES = (
    *("srcport", "destport", "srcportval", "destportval", "protocol", "protocolnumber", "vlan", "vxlan", "interface"),
    *("srcmac", "icmptype", "icmpcode", "established"),
)
NARROWS = (*BESIDE_ADDRESSES, "srcipdataset", "destipdataset")
_NOTHING = ("", "0", "false", "none")


@dataclass(frozen=True)
class AclRule:
    """One ACL.

    :ivar open: it has conditions besides addresses, or addresses that cannot be read: it may match
    """

    name: str
    priority: int
    denies: bool
    sources: Spans
    destinations: Spans
    ours: bool = False
    open: bool = False

    def is_about(self, source: int, destination: int) -> bool:
        return is_in(self.sources, source) and is_in(self.destinations, destination)

    def overlaps(self, other: AclRule) -> bool:
        return bool(intersect(self.sources, other.sources) and intersect(self.destinations, other.destinations))


def is_in(spans: Spans, address: int) -> bool:
    place = bisect_right(spans, (address, 1 << 128)) - 1
    return place >= 0 and address <= spans[place][1]


def rule_of(row: Row, version: int) -> AclRule:
    """Return the rule of an ACL of others, as NITRO shows it. An address that cannot be read counts as all addresses, and as open."""
    lowered = {str(key).lower(): value for key, value in row.items()}
    suffix = "" if version == 4 else "v6"
    everybody: Spans = ((0, (1 << BITS[version]) - 1),)
    sides = []
    unread = False
    for side in ("src", "dest"):
        value, operator = lowered.get(f"{side}ip{suffix}val"), str(lowered.get(f"{side}ipop", "="))
        span = None if value in (None, "") else _span(str(value))
        if value not in (None, "") and span is None:
            unread = True
        spans = everybody if span is None else (span,)
        sides.append(subtract(everybody, spans) if span and operator in ("!=", "NEQ") else spans)
    action = str(lowered.get("aclaction") or lowered.get("acl6action") or "")
    return AclRule(
        name=str(lowered.get("aclname") or lowered.get("acl6name")),
        priority=whole(lowered.get("priority")) or 0,
        denies=action.upper() == "DENY",
        sources=sides[0],
        destinations=sides[1],
        open=bool(narrowing(row)) or unread,
    )


def narrowing(row: Row, names: Iterable[str] = NARROWS) -> tuple[str, ...]:
    """Return those of some attributes that an ACL has, as NITRO shows it, and that narrow it."""
    lowered = {str(key).lower(): str(value).lower() for key, value in row.items()}
    return tuple(name for name in names if lowered.get(name, "") not in _NOTHING)


def own_rule(name: str, attributes: Attributes, version: int, spans_by_set: Mapping[str, Spans]) -> AclRule:
    """Return the rule of an ACL of ours, from the attributes that are sent. Nothing but addresses narrows it (forms.py).

    :param spans_by_set: by the name of a data set, what it holds
    """
    suffix, action = ("", "aclaction") if version == 4 else ("v6", "acl6action")
    sides = []
    for side in ("src", "dest"):
        value, dataset = attributes.get(f"{side}ip{suffix}val"), attributes.get(f"{side}ip{suffix}dataset")
        everybody: Spans = ((0, (1 << BITS[version]) - 1),)
        sides.append((parse_network(str(value))[1],) if value else spans_by_set[str(dataset)] if dataset else everybody)
    priority, denies = int(attributes["priority"]), attributes[action] == "DENY"
    return AclRule(name, priority, denies, sides[0], sides[1], ours=True)


def _span(value: str) -> Span | None:
    try:
        return parse_network(value.strip("[]"))[1]
    except ValueError:
        return None


def newly_denied(
    before: Sequence[AclRule], after: Sequence[AclRule], sources: Mapping[int, str], destinations: Iterable[int]
) -> list[tuple[str, AclRule]]:
    """Return the sources that get through to a destination now and no longer would, each with the rule of ours that denies it."""
    found = []
    for destination in destinations:
        for source, what in sources.items():
            decided = _decision(after, source, destination)
            if decided is not None and decided.ours and decided.denies:
                earlier = _decision(before, source, destination)
                if earlier is None or not earlier.denies:
                    found.append((what, decided))
    return found


def _decision(rules: Sequence[AclRule], source: int, destination: int) -> AclRule | None:
    """Return the rule that decides. Rules that may match are left out: whatever they decide, ours does not matter then."""
    about = (rule for rule in rules if not rule.open and rule.is_about(source, destination))
    return min(about, key=lambda rule: rule.priority, default=None)


def opened(ours: Iterable[AclRule], others: Iterable[AclRule]) -> list[tuple[AclRule, AclRule]]:
    """Return the ALLOWs of ours before a DENY of others for the same traffic, with that DENY: they would open what somebody closed."""
    allows = [rule for rule in ours if not rule.denies]
    found = []
    for deny in (rule for rule in others if rule.denies):
        one = next((rule for rule in allows if rule.priority < deny.priority and rule.overlaps(deny)), None)
        if one is not None:
            found.append((one, deny))
    return found


def passed_by(ours: Iterable[AclRule], others: Iterable[AclRule]) -> list[AclRule]:
    """Return the ALLOWs and BRIDGEs of others before a DENY of ours for the same traffic: these packets get through."""
    denies = [rule for rule in ours if rule.denies]
    return [
        other
        for other in others
        if not other.denies and any(other.priority < rule.priority and other.overlaps(rule) for rule in denies)
    ]
