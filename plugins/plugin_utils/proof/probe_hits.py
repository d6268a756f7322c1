# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The share of our own probes in the hit counters of policies, by the change records. Pure.

A counter is of one node and begins anew with a restart, a failover, a cleared counter or a new policy. So the probes of a run are in a counter
only if it was read on the same node and is at least as high as at the end of that run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Placement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.appliance import Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.expected_hits import placements_at
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.change_record import ChangeRecord


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


def hits_of_probes(records: Iterable[ChangeRecord], node: str, now: Mapping[str, int]) -> dict[str, int]:
    """Return by policy how many of its hits are those of our probes, as far as the records of this control node know.

    :param records: oldest first; those that were fetched from an appliance do not count, since it could hide an attack so
    :param node: the node on which the counters were read
    :param now: by policy, its counter
    """
    counters: dict[str, int] = {}
    ours: dict[str, int] = {}
    for record in records:
        proof = None if record.is_fetched else record.proof
        if proof is None or proof.counted_on != node:
            continue
        for policy, counter in proof.counters.items():
            continues = counter - proof.rises.get(policy, 0) >= counters.get(policy, 0)
            ours[policy] = (ours.get(policy, 0) if continues else 0) + proof.probe_hits.get(policy, 0)
            counters[policy] = counter
    return {policy: count for policy, count in ours.items() if count and now.get(policy, 0) >= counters[policy]}


def counter_text(hits: int, of_probes: int) -> str:
    """Return a hit counter in words, with the hits of our own probes apart."""
    return f"{hits - of_probes} hits by others, {of_probes} by our probes" if of_probes else f"{hits} hits"
