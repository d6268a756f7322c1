# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hit counters: wait until the counters of policies show the probes that they blocked."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from ...appliance.nitro.session import Session
from ...appliance.object_reads.hit_counter import read_hits

HITS_PATIENCE = 15.0


def wait_for_hits(
    session: Session,
    policies: Sequence[str],
    before: Mapping[str, int],
    expected: int,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> dict[str, int]:
    """Wait until the counters of the policies rose by the number of blocked probes. Counters lag, so they are read repeatedly.

    :param before: the counters before the probes
    :param expected: the rise to wait for, at most HITS_PATIENCE seconds
    :returns: by policy the rise of its counter
    """
    deadline = clock() + HITS_PATIENCE
    pause = 0.25
    while True:
        rose = {}
        for policy in policies:
            now = read_hits(session, policy)
            # A counter that is lower than before was cleared or belongs to a new object: it counts from zero.
            rose[policy] = now - before.get(policy, 0) if now >= before.get(policy, 0) else now
        if sum(rose.values()) >= expected or clock() + pause > deadline:
            return rose
        sleep(pause)
        pause = min(pause * 2, 2.0)
