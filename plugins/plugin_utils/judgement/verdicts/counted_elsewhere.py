# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The requests of one run in the hit counters of the other node of a pair: where the pair fails over in the run, they count there.

Which of the hits there are of this run cannot be told, so they are in doubt, and never more of them than the run has sent. A node that was never primary
in the run has got none of its requests. One that is away when the run begins may take over too; then the primary says if it has been primary all along.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from ...appliance.nitro.appliance import Address
from ...appliance.nitro.connection import Connection, own_role, own_row
from ...appliance.nitro.rows import whole
from ...appliance.nitro.session import Session
from ...appliance.objects.ownership import PREFIX
from ...catalogue.counted_requests import CountedRequests
from ...change.records.sent_probes import MOST_HITS
from ...foundation.errors import TourniquetError
from ..proof import hit_counters

_PAUSE = 0.5


def read_policy_hits(session: Session, type_: str) -> dict[str, int]:
    """Return the hit counters of the policies of ours of a type.

    :raises TourniquetError: where they cannot be read
    """
    counts = {str(row.get("name", "")): whole(row.get("pipolicyhits")) for row in session.read(type_, area="stat")}
    return {name: count for name, count in counts.items() if count is not None and name.startswith(PREFIX)}


def risen(before: int, now: int) -> int:
    """Return by how much a counter rose. One that is lower than before began again, and counts from zero."""
    return now - before if now >= before else now


@dataclass(frozen=True)
class _Role:
    """What the other node was in a run.

    :ivar may_have_been_primary: for a part of the run
    :ivar waits: it has been primary, so its counters may not show all requests yet
    """

    may_have_been_primary: bool
    waits: bool

    @classmethod
    def of(cls, session: Session, stays: str, seconds: float) -> _Role:
        """Read it.

        :param session: with it, or with the primary
        :param stays: the role that the node of the session has where the pair has not failed over
        :param seconds: how long ago the run began
        :raises TourniquetError: where it cannot be read
        """
        rows = session.read("hanode")
        role, since = own_role(rows), whole(own_row(rows).get("masterstatetime"))
        if role == stays and since is not None and since > seconds:
            return cls(may_have_been_primary=False, waits=False)
        return cls(may_have_been_primary=True, waits=role == "primary" or since is not None)


class CountedElsewhere:
    """Reads the counters of the other node of a pair at the beginning and, where the pair has failed over, at the end of a run.

    :param connection: with the appliance; where it has no other node, nothing is read
    """

    def __init__(self, connection: Connection, partition: str) -> None:
        self._session = None if connection.secondary_problem else connection.secondary
        self._asked, self._stays = (self._session, "secondary") if self._session else (connection.primary, "primary")
        self._node = connection.other_node
        self._partition = partition
        self._types: tuple[str, ...] = ()
        self._before: dict[str, int] = {}
        self._is_unread = False
        self._at, self._began = datetime.now(UTC), time.monotonic()
        self._role: _Role | None = None

    def begin(
        self, policies: Iterable[str], types: Iterable[str], most: int, *, is_unread: bool = False
    ) -> tuple[CountedRequests, ...]:
        """Read the counters before the first request, and return them, or that they cannot be read: then nothing there is called ours.

        :param policies: those whose counters may rise; one that is not there yet counts from zero
        :param types: theirs
        :param most: how many requests the run sends at most
        :param is_unread: those of the primary cannot be read: the other node is not asked
        """
        wanted = dict.fromkeys(policies, 0)
        self._types, self._before, self._is_unread = tuple(types), {}, False
        self._at, self._began = datetime.now(UTC), time.monotonic()
        if self._node is None or not most or not (wanted or is_unread):
            return ()
        self._is_unread = is_unread or self._session is None
        if self._session is not None and not is_unread:
            try:
                found = self._read(self._session)
            except TourniquetError:
                self._is_unread = True
            else:
                self._before = {name: found.get(name, 0) for name in wanted}
        return (self._uncounted(self._node, most),)

    def failed_over(self, sent: int) -> bool:
        """Return True at the end of a run if requests of it may have reached the other node: it is primary, or was in the run. It is asked once.

        :param sent: how many the run has sent
        """
        if self._node is None or not (self._before or self._is_unread) or not sent:
            return False
        if self._role is None:
            try:
                with self._asked.briefly():
                    self._role = _Role.of(self._asked, self._stays, time.monotonic() - self._began)
            except TourniquetError:
                self._role = _Role(may_have_been_primary=True, waits=False)
        return self._role.may_have_been_primary

    def counted(
        self, sent: int, most: Mapping[str, int], on_primary: Iterable[CountedRequests | None] = ()
    ) -> tuple[CountedRequests, ...]:
        """Return the requests of the run that may have counted on the other node; none where it was not primary.

        :param sent: how many the run has sent; most: by policy, how many of them can have matched it
        :param on_primary: those that the counters of the primary have
        """
        if self._node is None or not self.failed_over(sent):
            return ()
        if self._session is None or self._is_unread:
            return (self._uncounted(self._node, sent),)
        try:
            now = self._once_shown(self._session)
        except TourniquetError:
            return (self._uncounted(self._node, sent),)
        sure = Counter({name: hits for one in on_primary if one is not None for name, hits in one.hits.items()})
        rises = {name: risen(count, now[name]) for name, count in self._before.items() if name in now}
        in_doubt = {name: min(rise, most[name] - sure[name], MOST_HITS) for name, rise in rises.items()}
        in_doubt = {name: number for name, number in in_doubt.items() if number > 0}
        if not in_doubt:
            return ()
        return (
            CountedRequests(
                at=datetime.now(UTC),
                node=str(self._node),
                counters={name: now[name] for name in in_doubt},
                rises={name: rises[name] for name in in_doubt},
                partition=self._partition,
                in_doubt=in_doubt,
                failed_over=True,
            ),
        )

    def _uncounted(self, node: Address, most: int) -> CountedRequests:
        return CountedRequests(
            self._at,
            str(node),
            counters=dict(self._before),
            partition=self._partition,
            most=min(most, MOST_HITS),
            is_unread=self._is_unread,
        )

    def _once_shown(self, session: Session) -> dict[str, int]:
        """Return the counters once they show what came until now; counters lag."""
        deadline = time.monotonic() + (hit_counters.HITS_PATIENCE if self._role and self._role.waits else 0.0)
        while time.monotonic() + _PAUSE < deadline:
            time.sleep(_PAUSE)
        return self._read(session)

    def _read(self, session: Session) -> dict[str, int]:
        found: dict[str, int] = {}
        with session.briefly():
            for type_ in self._types:
                found |= read_policy_hits(session, type_)
        return found
