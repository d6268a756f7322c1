# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Our own requests to the management address in the hit counters of our policies, so that no later run takes them for those of others."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ...appliance.nitro.appliance import Address
from ...appliance.nitro.connection import Member
from ...appliance.object_reads.hit_counter import read_hits
from ...appliance.objects.ownership import Owner
from ...catalogue.counted_requests import CountedRequests
from ...catalogue.observing import is_passing
from ...change.records.sent_probes import MOST_HITS
from ...foundation.errors import NitroError
from ...judgement.proof.hit_counters import wait_for_hits
from ...judgement.proof.probe_hits import probes_in
from ...judgement.proof.probes import VipProof


class OwnHits:
    """Counts the requests of one run at the management address of one node that our policies have counted: they stop them, or only count.

    :ivar session: with the node whose counters are read
    :ivar only_counts: a policy of ours lets pass what it counts, as it was before the first request
    """

    def __init__(self, member: Member, owner: Owner) -> None:
        self._member = member
        self.session = member.session
        self._owner = owner
        self._before: dict[str, int] | None = None
        self._counted = 0
        self.only_counts = False

    def begin(self) -> None:
        """Read the counters before the first request; once."""
        if self._before is None:
            self._before = {policy: read_hits(self.session, policy) for policy in self._policies()}

    def add(self, node: Address, proof: VipProof | None, *, has_line: bool) -> None:
        """Count the requests to the management address of a node that a rule stopped, or saw.

        :param has_line: policies are evaluated there, as far as the start-up file says
        """
        if proof is not None and node == self.session.node:
            seen = proof.passed if has_line and self.only_counts else 0
            self._counted += proof.blocked + proof.cut + seen

    def uncounted(self, node: Address, most: int = 0) -> CountedRequests | None:
        """Return the counters from which on the requests of the run count, which no note or record has yet; None where none can count.

        :param node: the node that is asked
        :param most: how many more than those that were added it sends at most
        """
        most += self._counted
        if not self._before or not most or node != self.session.node:
            return None
        now, where = datetime.now(UTC), str(self.session.node)
        return CountedRequests(now, where, counters=dict(self._before), most=min(most, MOST_HITS))

    def facts(self) -> Mapping[str, Any]:
        """Return the counters for a record, once they show our requests; empty where none was counted or no policy of ours is there."""
        if not self._before or not self._counted:
            return {}
        try:
            rose = wait_for_hits(self.session, tuple(self._before), self._before, self._counted)
        except NitroError:  # a policy was removed meanwhile, and its counter with it
            return {}
        return {
            "hits": rose,
            "counters": {policy: self._before[policy] + rise for policy, rise in rose.items()},
            "probe_hits": probes_in(rose, self._counted, {}, ()),
            "counted_on": str(self.session.node),
            "node_started": self._member.start,
        }

    def counted(self) -> CountedRequests | None:
        """Return the same for a note; None where none was counted or no policy of ours is there."""
        facts = self.facts()
        if not facts:
            return None
        own = (facts["counters"], facts["probe_hits"], facts["hits"])
        return CountedRequests(datetime.now(UTC), facts["counted_on"], *own, node_started=facts["node_started"])

    def _policies(self) -> list[str]:
        try:
            rows = self.session.read("responderpolicy")
        except NitroError:  # the feature is off: no policy counts
            return []
        own = {name: row for row in rows if self._owner.owns_name(name := str(row.get("name", "")))}
        self.only_counts = any(map(is_passing, own.values()))
        return [*own]
