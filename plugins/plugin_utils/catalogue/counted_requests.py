# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Our own requests in the hit counters of the policies of a node, as the run that sent them has counted them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class CountedRequests:
    """Our requests in the counters of one node.

    :ivar at: when the counters were read, with its zone
    :ivar node: the node, as change records name it
    :ivar counters: by policy, its counter at that time; hits: how many of them are requests of this run
    :ivar rises: by policy, by how much its counter rose in the run, by others too; empty where it is by the hits alone
    :ivar in_doubt: by policy, how many hits more may be requests of this run: nothing says whether the node lets the policy judge them, or which are its
    :ivar failed_over: the pair failed over in the run, so its requests are in doubt on both nodes
    :ivar partition: the admin partition, whose policies have counters of their own
    :ivar link: of what records have, the place of the record in their chain; None for what a note has
    :ivar node_started: when the node was started, as it said itself in that run; "" where it was not read
    :ivar is_near_start: the node was started about that time, so nothing says whether its counters still have the hits: they are in doubt
    :ivar is_start_unknown: likewise, since nothing shows that the node was not started since
    :ivar most: how many requests the run may have sent after that time at most; 0 where its hits are counted. Nobody has counted those of a run that died
    :ivar is_unread: the counters could not be read when the run began: so many hits of any policy of ours after that time may be its requests
    """

    at: datetime
    node: str
    counters: Mapping[str, int] = field(default_factory=dict)
    hits: Mapping[str, int] = field(default_factory=dict)
    rises: Mapping[str, int] = field(default_factory=dict)
    partition: str = "default"
    in_doubt: Mapping[str, int] = field(default_factory=dict)
    most: int = 0
    link: int | None = None
    is_near_start: bool = False
    is_start_unknown: bool = False
    failed_over: bool = False
    is_unread: bool = False
    node_started: str = ""

    def before(self, policy: str) -> int:
        """Return the counter of a policy before the run."""
        return self.counters.get(policy, 0) - self.rises.get(policy, self.hits.get(policy, 0))
