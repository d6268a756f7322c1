# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Our own requests in the hit counters of the policies of an appliance, by the records and the notes of this control node and of others.

A counter is of one node and begins anew with a restart, a failover, a cleared counter or a new policy. So the requests of a run are in a counter
only if it was read on the same node and is at least as high as at the end of that run.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ...appliance.nitro.node_start import is_same_start
from ...catalogue.counted_requests import CountedRequests
from ...change.records.change_record import ChangeRecord
from ...change.records.record_list import told_order
from ...change.records.sent_probes import SentProbes

DEFAULT = "default"
CLOCKS = timedelta(hours=2)
"""How far the clocks of the runs that have counted may have been wrong."""
_ABOVE_ALL = 2**63


def counted_in(records: Iterable[ChangeRecord]) -> Iterator[CountedRequests]:
    """Yield the requests in the proofs of records. Those that were fetched from an appliance do not count, since it could hide an attack so.

    :param records: in the order of their chain
    """
    for link, record in enumerate(records):
        proof = None if record.is_fetched else record.proof
        if proof is not None and proof.counters:
            at = datetime.fromisoformat(record.finished or record.started)
            scope = record.partition or DEFAULT
            own = (proof.counters, proof.probe_hits, proof.rises)
            yield CountedRequests(at, proof.counted_on, *own, scope, link=link, node_started=proof.node_started)


def counted_by(records: Collection[ChangeRecord], probes: Iterable[SentProbes]) -> Iterator[CountedRequests]:
    """Yield the requests in the proofs of records, and those that notes have counted; none of them twice.

    :param records: in the order of their chain
    """
    here = {record.run for record in records if not record.is_fetched}
    yield from counted_in(told_order([*records]))
    for one in probes:
        yield from filter(None, (one.counted, None if one.run in here else one.recorded, *one.elsewhere))


def for_a_note(record: ChangeRecord | None) -> CountedRequests | None:
    """Return the requests in the proof of a run that ends now, for a control node that gets its note and not its record; None where it has none."""
    found = next(counted_in([record]), None) if record is not None else None
    if found is None:
        return None
    rises = {policy: found.rises.get(policy, hits) for policy, hits in found.hits.items()}
    return replace(found, at=datetime.now(UTC), rises=rises, link=None)


def since(counted: Iterable[CountedRequests], at: datetime, counters: Mapping[str, int]) -> list[CountedRequests]:
    """Return the requests that came after a reading. One that may have been in it already is left out: it counts as one of others, rather than hide one.

    :param at: the time of the reading; counters: by policy, its counter then
    """

    def later(one: CountedRequests, hits: Mapping[str, int]) -> dict[str, int]:
        return {policy: number for policy, number in hits.items() if one.before(policy) >= counters.get(policy, 0)}

    return [
        replace(
            one,
            hits=later(one, one.hits),
            in_doubt=later(one, one.in_doubt),
            counters=later(one, one.counters) if one.most else one.counters,
        )
        for one in counted
        if one.at >= at
    ]


def since_start(
    counted: Iterable[CountedRequests], node: str, started: datetime | None, text: str
) -> list[CountedRequests]:
    """Return the requests that the counters of a node may still have: they began anew when it was started, and may be as high as before by now.

    That of a run in which the node said the same start is kept. Of others the clocks say what was counted long before: it is left out. What they say to be
    later may be earlier, where one of them was wrong, so each hit is in doubt.

    :param started: when the node was started, by the clock of this control node; None where that is not known
    :param text: the same as the node says it; "" where it does not
    """
    found = []
    for one in counted:
        if one.node != node or is_same_start(one.node_started, text):
            found.append(one)
        elif started is None or one.at >= started - CLOCKS:
            is_near = started is not None and one.at < started
            both = {name: one.hits.get(name, 0) + one.in_doubt.get(name, 0) for name in {**one.hits, **one.in_doubt}}
            doubted = replace(one, hits={}, in_doubt=both, rises={**one.hits, **one.rises})
            is_unknown = bool(one.hits) or started is None
            found.append(replace(doubted, is_near_start=is_near, is_start_unknown=is_unknown and not is_near))
    return found


def began_again(
    counted: Iterable[CountedRequests], node: str, now: Mapping[str, int], at: datetime, partition: str = DEFAULT
) -> dict[str, int]:
    """Return by policy its counter where it is lower than a run of ours has left it: it was cleared, or the policy was made anew.

    :param at: when the counters were read. A run that counted later by its clock is not compared
    """
    there = [one for one in counted if (one.node, one.partition) == (node, partition)]
    last = {policy: _in_order([one for one in there if policy in one.counters], policy)[-1:] for policy in now}
    return {
        policy: now[policy]
        for policy, found in last.items()
        if any(one.at <= at and one.counters[policy] > now[policy] for one in found)
    }


def own_hits(
    counted: Iterable[CountedRequests], node: str, now: Mapping[str, int], partition: str = DEFAULT
) -> dict[str, int]:
    """Return by policy how many of its hits are our requests, as far as this control node knows.

    :param node: the node on which the counters were read
    :param now: by policy, its counter
    """
    return _of_policies(counted, node, now, partition, lambda one: one.hits)


def hits_in_doubt(
    counted: Iterable[CountedRequests], node: str, now: Mapping[str, int], partition: str = DEFAULT
) -> dict[str, int]:
    """Return by policy how many more of its hits may be our requests; parameters as of :func:`own_hits`."""
    return _of_policies(counted, node, now, partition, lambda one: one.in_doubt, with_uncounted=True)


def doubtful(
    counted: Iterable[CountedRequests], node: str, policy: str, partition: str = DEFAULT
) -> list[CountedRequests]:
    """Return those of which hits of a policy may be: runs that nobody has counted, and reads of which nothing says whether they are judged."""
    there = (one for one in counted if (one.node, one.partition) == (node, partition))
    return [
        one for one in there if one.in_doubt.get(policy) or (one.most and (one.is_unread or policy in one.counters))
    ]


def _of_policies(
    counted: Iterable[CountedRequests],
    node: str,
    now: Mapping[str, int],
    partition: str,
    hits_of: Callable[[CountedRequests], Mapping[str, int]],
    *,
    with_uncounted: bool = False,
) -> dict[str, int]:
    there = [one for one in counted if (one.node, one.partition) == (node, partition)]
    found = {
        policy: _of_policy(there, policy, count, hits_of, with_uncounted=with_uncounted)
        for policy, count in now.items()
    }
    return {policy: count for policy, count in found.items() if count}


def _of_policy(
    counted: Iterable[CountedRequests],
    policy: str,
    now: int,
    hits_of: Callable[[CountedRequests], Mapping[str, int]],
    *,
    with_uncounted: bool,
) -> int:
    ours = last = most = 0
    for one in _in_order([one for one in counted if one.is_unread or policy in one.counters], policy):
        if one.is_unread:
            most += one.most if with_uncounted else 0
            continue
        before = one.before(policy)
        ours = (ours + min(most, before - last) if before >= last else 0) + hits_of(one).get(policy, 0)
        last, most = one.counters[policy], one.most if with_uncounted else 0
    return ours + min(most, now - last) if now >= last else 0


def _in_order(counted: Collection[CountedRequests], policy: str) -> list[CountedRequests]:
    """Return counts by their times; those of records change places among themselves as their chain has them, whatever a wrong clock says."""
    by_time = sorted(counted, key=lambda one: _order(one, policy))
    by_chain = iter(sorted((one for one in counted if one.link is not None), key=lambda one: one.link or 0))
    return [one if one.link is None else next(by_chain) for one in by_time]


def _order(one: CountedRequests, policy: str) -> tuple[datetime, int, int]:
    """Return the place of a count among others: records have whole seconds, and within one the counter rises. What nobody has counted comes behind it."""
    return one.at.replace(microsecond=0), one.counters.get(policy, _ABOVE_ALL), one.most
