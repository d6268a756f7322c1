# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The requests of one test of the alarm in the hit counters of a node. The test has no change record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class CountedRequests:
    """Our requests in the counters of one node.

    :ivar at: when the counters were read, with its zone
    :ivar node: the node, as change records name it
    :ivar counters: by policy, its counter at that time; hits: how many of them are requests of this test
    """

    at: datetime
    node: str
    counters: Mapping[str, int] = field(default_factory=dict)
    hits: Mapping[str, int] = field(default_factory=dict)
