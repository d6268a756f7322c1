# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The reads of a task in the hit counters of our policies, so that no alarm and no status takes them for requests of others.

Where the packet engine does not skip the policies at the management address (CTX267679), a global policy of ours judges each read of ours too, and a path
that is read may hold what its rule looks for: hunt.yml and watch.yml list a directory with vpns in its name.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ...appliance.nitro.connection import Connection, Member
from ...appliance.nitro.rows import whole
from ...appliance.nitro.session import Exchange, Session
from ...catalogue.counted_requests import CountedRequests
from ...change.records.sent_probes import note_counted
from ...foundation.errors import NotFound, NotShown, TourniquetError
from ...judgement.proof.hit_counters import HITS_PATIENCE
from ...measures.kind import RESPONDER_POLICY
from ...node_system.node_local.knobs import SYSTEM_ACCESS
from ...policy_language import ExpressionError, Request, compile_expression
from ...traces.findings.finding import NotSeen
from ...traces.findings.ourselves import Ourselves
from .task import RUN

_PAUSE = 0.5
BRIEF = 2.0
"""Seconds to wait for a policy that only counts, where nothing says that it judges the management address: it may, by the default of the node."""


@contextmanager
def counted_reads(connection: Connection, ours: Ourselves, records: str | None) -> Iterator[list[NotSeen]]:
    """Note how many reads of a block our global policies have counted on each node, and yield a list that then names what could not be counted.

    No request is sent where no run of ours has bound a policy globally.

    :param records: the directory of the change records and notes; none, and nothing of ours is known
    """
    not_counted: list[NotSeen] = []
    policies = ours.global_policies if records else frozenset()
    nodes = [
        _NodeReads(member, policies, has_line=_has_line(connection, member.session))
        for member in (connection.members if policies else ())
    ]
    for node in nodes:
        node.begin(not_counted)
    try:
        yield not_counted
    finally:
        for node in nodes:
            node.note(ours.appliance, Path(records or ""), not_counted)


def _has_line(connection: Connection, session: Session) -> bool:
    """Return True if the start-up file of a node lets policies judge its management address."""
    files = (node.start_up_file or "" for node in connection.nodes if node.address == session.node)
    return any(SYSTEM_ACCESS.line in (line.strip() for line in file.splitlines()) for file in files)


@dataclass(frozen=True)
class _Policy:
    rule: str
    hits: int
    only_counts: bool

    def matched(self, reads: Iterable[Exchange]) -> list[Exchange]:
        """Return the reads for which the rule certainly holds."""
        try:
            rule = compile_expression(self.rule)
        except ExpressionError:  # it names a set, or is of a later version: then its hits are those of others
            return []
        return [one for one in reads if rule.evaluate(Request(url=one.path)) is True]


class _NodeReads:
    """The reads of a task on one node."""

    def __init__(self, member: Member, policies: frozenset[str], *, has_line: bool) -> None:
        self._member, self._session = member, member.session
        self._policies = policies
        self._has_line = has_line
        self._before: dict[str, _Policy] = {}
        self._began = datetime.now(UTC)
        self._first = 0

    def begin(self, not_counted: list[NotSeen]) -> None:
        try:
            self._before = self._read()
        except TourniquetError as error:
            not_counted.append(self._problem(str(error)))
        self._first = len(self._session.exchanges)

    def note(self, appliance: str, records: Path, not_counted: list[NotSeen]) -> None:
        """Note what our policies have counted, once the counters show it."""
        try:
            counted = self._counted()
            if counted is not None:
                note_counted(records, appliance, RUN, self._began, counted)
        except TourniquetError as error:
            not_counted.append(self._problem(str(error)))

    def _counted(self) -> CountedRequests | None:
        """Return the reads that our policies have counted; None where none of their rules holds for a read, or its counter did not rise."""
        reads = [one for one in self._session.exchanges[self._first :] if one.method == "GET"]
        matched = {name: found for name, policy in self._before.items() if (found := policy.matched(reads))}
        patience = self._patience(matched)
        if not patience:
            return None
        expected = len({id(one) for found in matched.values() for one in found})
        now = self._once_shown(matched, expected, patience)
        rises = {
            name: rise for name, own in matched.items() if (rise := self._rise(name, now)) >= self._least(name, own)
        }
        if not rises:
            return None
        hits = {name: min(rise, len(matched[name])) for name, rise in rises.items()}
        sure = {name for name in hits if self._is_sure(name, matched[name])}
        return CountedRequests(
            at=datetime.now(UTC),
            node=str(self._session.node),
            counters={name: now[name] for name in rises},
            hits={name: number for name, number in hits.items() if name in sure},
            rises=rises,
            in_doubt={name: number for name, number in hits.items() if name not in sure},
            node_started=self._member.start if sure else "",
        )

    def _least(self, name: str, own: list[Exchange]) -> int:
        """Return from which rise on hits of a policy can be our reads.

        One that only counts has judged all of them or none, and where nothing says that it judges them, fewer hits are an attacker's.
        """
        return 1 if self._is_sure(name, own) else len(own)

    def _is_sure(self, name: str, own: list[Exchange]) -> bool:
        """Return True if a policy has judged our reads: it blocks and has stopped one, or the start-up file of the node lets it judge them."""
        return self._has_line or any(not one.is_nitro for one in own) or not self._before[name].only_counts

    def _patience(self, matched: dict[str, list[Exchange]]) -> float:
        """Return for how many seconds the counters are waited for: a read was stopped, or could not be since the policy only counts; 0 for neither."""
        if any(not one.is_nitro for found in matched.values() for one in found):
            return HITS_PATIENCE
        if any(self._before[name].only_counts for name in matched):
            return HITS_PATIENCE if self._has_line else BRIEF
        return 0.0

    def _once_shown(self, matched: dict[str, list[Exchange]], expected: int, patience: float) -> dict[str, int]:
        """Return the counters as soon as they show the reads; counters lag."""
        deadline = time.monotonic() + patience
        while True:
            now = {name: policy.hits for name, policy in self._read().items()}
            if sum(self._rise(name, now) for name in matched) >= expected or time.monotonic() > deadline:
                return now
            time.sleep(_PAUSE)

    def _rise(self, name: str, now: dict[str, int]) -> int:
        """Return by how much a counter rose. One that is lower than before began again, and counts from zero."""
        before, count = self._before[name].hits, now.get(name, 0)
        return count - before if count >= before else count

    def _read(self) -> dict[str, _Policy]:
        try:
            rows = self._session.read(RESPONDER_POLICY)
        except (NotFound, NotShown):  # there is none, or the feature is off
            return {}
        return {
            name: _Policy(
                str(row.get("rule", "")), whole(row.get("hits")) or 0, str(row.get("action")).upper() == "NOOP"
            )
            for row in rows
            if (name := str(row.get("name", ""))) in self._policies
        }

    def _problem(self, why: str) -> NotSeen:
        what = "our own reads in hit counters, where they may count as those of others"
        return NotSeen(what, why, str(self._session.node), is_gap=False)
