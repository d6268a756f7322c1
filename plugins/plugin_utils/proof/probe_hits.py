# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The share of our own probes in the hit counters of policies, by the change records. Pure.

A counter is of one node and begins anew with a restart, a failover, a cleared counter or a new policy. So the probes of a run are in a counter
only if it was read on the same node and is at least as high as at the end of that run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.counted_requests import CountedRequests
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Placement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.appliance import Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.proof.expected_hits import placements_at
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.records.change_record import ChangeRecord

_Count = tuple[datetime, Mapping[str, int], Mapping[str, int], Mapping[str, int]]


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


def hits_of_probes(
    records: Iterable[ChangeRecord],
    node: str,
    now: Mapping[str, int],
    counted: Iterable[CountedRequests] = (),
) -> dict[str, int]:
    """Return by policy how many of its hits are those of our probes, as far as this control node knows.

    :param records: those that were fetched from an appliance do not count, since it could hide an attack so
    :param node: the node on which the counters were read
    :param now: by policy, its counter
    :param counted: the requests of the tests of the alarm
    """
    counters: dict[str, int] = {}
    ours: dict[str, int] = {}
    for _at, at_the_end, rises, probes in sorted(_counts(records, counted, node), key=_order):
        for policy, counter in at_the_end.items():
            continues = counter - rises.get(policy, 0) >= counters.get(policy, 0)
            ours[policy] = (ours.get(policy, 0) if continues else 0) + probes.get(policy, 0)
            counters[policy] = counter
    return {policy: count for policy, count in ours.items() if count and now.get(policy, 0) >= counters[policy]}


def _counts(records: Iterable[ChangeRecord], counted: Iterable[CountedRequests], node: str) -> Iterator[_Count]:
    """Yield when the counters of a node were read, these counters, by how much they rose, and how many of that are requests of ours."""
    for record in records:
        proof = None if record.is_fetched else record.proof
        if proof is not None and proof.counted_on == node:
            at = datetime.fromisoformat(record.finished or record.started)
            yield at, proof.counters, proof.rises, proof.probe_hits
    for one in counted:
        if one.node == node:
            yield one.at, one.counters, one.hits, one.hits


def _order(count: _Count) -> tuple[datetime, int]:
    """Return the place of a count among others: times are whole seconds, and within one the counter rises."""
    return count[0], max(count[1].values(), default=0)


def counter_text(hits: int, of_probes: int) -> str:
    """Return a hit counter in words, with the hits of our own probes apart."""
    return f"{hits - of_probes} hits by others, {of_probes} by our probes" if of_probes else f"{hits} hits"
