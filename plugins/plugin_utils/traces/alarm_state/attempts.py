# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How many requests of others our policies matched: differences of counters, by node and time. Pure.

A counter is of one node, and begins anew with a restart, a cleared counter or a new policy. So a difference is taken only of the same policy on the same
node, and only where the counter is not lower than before; otherwise it counts from zero, and "no attempts since" begins anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from ...appliance.nitro.node_start import is_same_start
from ...catalogue.counted_requests import CountedRequests
from ..findings.own_runs import OwnTest

LONGEST_PAUSE = timedelta(hours=26)
"""The longest time between two tests for which the alarm counts as working in between: a daily run may be late."""
MOST_TESTS = 400
"""So many tests are kept in the state of an appliance."""
_FORWARD = timedelta(minutes=5)


@dataclass(frozen=True)
class Reading:
    """The counters of one node at a time.

    :ivar hits: by policy
    :ivar started: when the node was started, as it says itself
    """

    at: datetime
    hits: Mapping[str, int]
    started: str = ""


@dataclass(frozen=True)
class AlarmState:
    """What is known of the alarm of one appliance after a test.

    :ivar last: the time of the test
    :ivar works: every alarm that can be tested works
    :ivar quiet_since: since when the alarm works without a request of others; None where it does not work
    :ivar node: the node that was primary
    :ivar readings: by node, the last one
    :ivar counted: the requests of the tests in the counters, the oldest first
    """

    appliance: str
    last: datetime
    works: bool
    quiet_since: datetime | None
    node: str
    readings: Mapping[str, Reading] = field(default_factory=dict)
    tests: tuple[OwnTest, ...] = ()
    counted: tuple[CountedRequests, ...] = ()


@dataclass(frozen=True)
class Count:
    """The hits of others since the test before.

    :ivar others: how many, by policy; none where there are none
    :ivar since: the time of the test before on this node; None where this is the first one there
    :ivar in_doubt: by policy, how many of them may be our own
    :ivar began_again: why "no attempts since" begins anew, in words; "" where it goes on
    """

    others: Mapping[str, int]
    since: datetime | None
    began_again: str = ""
    in_doubt: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.others.values())

    @property
    def may_all_be_ours(self) -> bool:
        """True if each of them may be a read of our own."""
        return all(self.in_doubt.get(policy, 0) >= number for policy, number in self.others.items())


def last_reading(before: AlarmState | None, node: str) -> Reading | None:
    """Return the counters of a node at the test before; None where it was not primary at any."""
    return before.readings.get(node) if before else None


def count(
    before: AlarmState | None,
    node: str,
    at: datetime,
    hits: Mapping[str, int],
    tested: Mapping[str, int],
    probes: Mapping[str, int],
    started: str = "",
    in_doubt: Mapping[str, int] = MappingProxyType({}),
    *,
    of_start: bool = False,
) -> Count:
    """Return the hits of others since the test before.

    :param hits: by policy, its counter now
    :param tested: by policy, how many hits are the request of this test
    :param probes: by policy, how many hits are probes of change records that began since the last reading of this node, and tests of others since then
    :param started: when the node was started, as it says itself
    :param in_doubt: by policy, how many hits more may be our own
    :param of_start: of a node that was started since then, both are those since its start
    """
    last = last_reading(before, node)
    others: dict[str, int] = {}
    restarted = fell = was_restarted(last, started)
    is_known = restarted and of_start
    for policy, now in hits.items():
        then = last.hits.get(policy, 0) if last else 0
        own = tested.get(policy, 0)
        if now >= then and not restarted:
            own += probes.get(policy, 0)
        else:  # whether the probes came before the counter began again is not known, so they count as requests of others
            fell, then = True, 0
            own += probes.get(policy, 0) if is_known else 0
        others[policy] = max(0, now - then - own)
    found = {policy: number for policy, number in others.items() if number}
    doubtful = (
        {}
        if fell and not is_known
        else {policy: min(in_doubt.get(policy, 0), number) for policy, number in found.items()}
    )
    return Count(found, last.at if last else None, _began_again(before, node, at, fell=fell), doubtful)


def was_restarted(last: Reading | None, started: str) -> bool:
    """Return True if a node was started since its last reading, or may have been: a counter can be as high as before by then."""
    return last is not None and (last.started or started) != "" and not is_same_start(last.started, started)


def _began_again(before: AlarmState | None, node: str, at: datetime, *, fell: bool) -> str:
    if before is None:
        return "this is the first test"
    if not before.works or before.quiet_since is None:
        return "the alarm did not work at the test before"
    if at + _FORWARD < before.last:
        return "the clock of the control node was set back"
    if at - before.last > LONGEST_PAUSE:
        return f"it was not tested for {round((at - before.last) / timedelta(hours=1))} hours"
    if node != before.node:
        return f"another node is primary than at the test before ({before.node})"
    return "the counters began again: a restart, a failover, or they were cleared" if fell else ""


def next_state(
    before: AlarmState | None,
    counted: Count,
    hits: Mapping[str, int],
    *,
    started: str = "",
    appliance: str,
    node: str,
    at: datetime,
    works: bool,
    tests: tuple[OwnTest, ...],
    tested: Mapping[str, int] = MappingProxyType({}),
) -> AlarmState:
    """Return the state after a test.

    :param tested: by policy, how many hits are the request of this test
    """
    counters = {policy: hits.get(policy, 0) for policy in tested}
    requests = (CountedRequests(at, node, counters, dict(tested), node_started=started),) if tested else ()
    goes_on = before is not None and not counted.began_again and not counted.total
    since = before.quiet_since if before is not None and goes_on else at
    return AlarmState(
        appliance=appliance,
        last=at,
        works=works,
        quiet_since=since if works else None,
        node=node,
        readings={**(before.readings if before else {}), node: Reading(at, dict(hits), started)},
        tests=((before.tests if before else ()) + tests)[-MOST_TESTS:],
        counted=((before.counted if before else ()) + requests)[-MOST_TESTS:],
    )


def statement(state: AlarmState, counted: Count, whose: str = "of others", unclear: int = 0) -> str:
    """Return what a person reads: since when no attempts were seen, or that nothing can be said.

    :param whose: the requests are
    :param unclear: how many requests besides were counted that may be attempts or not
    """
    if state.quiet_since is None:
        return "monitoring unproven: nothing can be said about attempts"
    if counted.total:
        then = f"since {_time(counted.since)}" if counted.since else "since the counters began"
        return f"{counted.total} request{'' if counted.total == 1 else 's'} {whose} matched {then}"
    if counted.began_again:
        return f"the alarm works since {_time(state.quiet_since)}; nothing is known of the time before ({counted.began_again})"
    more = f"; {unclear} request{'' if unclear == 1 else 's'} to be looked at" if unclear else ""
    return f"no attempts seen since {_time(state.quiet_since)}{more}"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
