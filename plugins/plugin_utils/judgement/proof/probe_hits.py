# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The share of the probes of one run in the rise of the hit counters of policies. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ...appliance.nitro.appliance import Vip
from ...catalogue.measure import Placement
from .expected_hits import placements_at


def probes_in(
    rose: Mapping[str, int], blocked: int, by_vip: Mapping[Vip, int], placements: Sequence[Placement]
) -> dict[str, int]:
    """Return by policy how many probes of a run are in the rise of its counter.

    :param rose: by policy, the rise of its counter
    :param blocked: the number of blocked probes of a measure without placements
    :param by_vip: of a measure with placements, by VIP the number of probes that its policies matched
    """
    if not placements:
        return _shared(blocked, rose, tuple(rose))
    found: dict[str, int] = {}
    for vip, count in by_vip.items():
        policies = [placement.policy for placement in placements_at(vip, placements)]
        for policy, share in _shared(count, rose, policies).items():
            found[policy] = found.get(policy, 0) + share
    return found


def _shared(count: int, rose: Mapping[str, int], policies: Iterable[str]) -> dict[str, int]:
    """Divide a number of probes among policies, to each at most the rise of its counter."""
    found = {}
    for policy in policies:
        found[policy] = min(count, rose.get(policy, 0))
        count -= found[policy]
    return {policy: share for policy, share in found.items() if share}
