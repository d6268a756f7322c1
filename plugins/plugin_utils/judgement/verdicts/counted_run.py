# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The requests of one run in the hit counters of all policies of ours, also of those of other measures: what a whitelist counts is no request of others.

Only what the record of the run does not say is counted here. A counter rises by the requests of others too, so never more is ours than the run has sent.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime

from ...appliance.nitro.connection import Connection
from ...appliance.objects.ownership import PREFIX
from ...catalogue.counted_requests import CountedRequests
from ...catalogue.run_parameters import RunParameters
from ...change.records.change_record import ChangeRecord
from ...change.records.record_list import all_records
from ...change.records.sent_probes import MOST_HITS, note_begun, note_counted
from ...foundation.errors import InvalidInput, TourniquetError
from ...measures.kind import RESPONDER_POLICY
from ...measures.registry import inventory_kinds
from .counted_elsewhere import CountedElsewhere, read_policy_hits, risen


class CountedRun:
    """Counts the requests of one run at policies of ours.

    :ivar session: with the node whose counters are read
    """

    def __init__(
        self,
        connection: Connection,
        parameters: RunParameters,
        known: Mapping[str, int] | None,
        new: Iterable[str] = (),
        attacked: Callable[[str], bool] = lambda _policy: False,
    ) -> None:
        """:param known: by responder policy, its hit counter as it was read before the run; None where it was not read
        :param new: the policies that the run may create, whose counters begin at zero
        :param attacked: says of a policy that none of the requests but the attacks can match it
        """
        self._attacked = attacked
        self.session, self._connection = connection.primary, connection
        self._elsewhere = CountedElsewhere(connection, parameters.scope)
        self._parameters = parameters
        self._is_read = known is not None
        self._known = dict.fromkeys(new, 0) | {
            name: hits for name, hits in (known or {}).items() if name.startswith(PREFIX)
        }
        self._other_types: tuple[str, ...] = ()
        self._is_unread = self._was_unread = False
        self._began: datetime | None = None

    def begin(self) -> None:
        """Read before the first request what was not read yet, where a run of another measure has brought policies in: a request or two."""
        parameters = self._parameters
        others = [
            record
            for record in all_records(parameters.records, parameters.appliance.name, parameters.trust)
            if record.partition == parameters.scope and record.measure != parameters.owner.measure
        ]
        self._other_types = _other_types(record.measure for record in others)
        is_needed = not self._is_read and any(map(_may_have_policies, others))
        self._known |= self._read(*([RESPONDER_POLICY] if is_needed else []), *self._other_types)
        self._was_unread = self._is_unread

    def uncounted(self, most: int, at: datetime) -> CountedRequests | None:
        """Return the counters from which on the requests of the run count, which nobody has counted, or that they could not be read.

        None where no policy of ours is known.

        :param most: how many requests the run sends at most
        """
        if not most or not (self._known or self._was_unread):
            return None
        return CountedRequests(
            at,
            str(self.session.node),
            counters={} if self._was_unread else dict(self._known),
            partition=self._parameters.scope,
            most=min(most, MOST_HITS),
            is_unread=self._was_unread,
        )

    def uncounted_elsewhere(self, most: int) -> tuple[CountedRequests, ...]:
        """Read the counters of the other node of a pair, from which on the requests of the run count there if it fails over. Parameters as above."""
        types = (RESPONDER_POLICY, *self._other_types)
        return self._elsewhere.begin(self._known, types, most, is_unread=self._was_unread)

    def note_begun(self, most: int) -> None:
        """Note the beginning of the run. Where that fails and the run dies, its requests count as those of others.

        :param most: how many requests it sends at most
        """
        elsewhere = self.uncounted_elsewhere(most)
        parameters, self._began = self._parameters, datetime.now(UTC)
        with contextlib.suppress(InvalidInput):
            begun = self.uncounted(most, self._began)
            where = (parameters.records, parameters.appliance.name, parameters.run)
            note_begun(*where, self._began, begun, elsewhere)

    def counted(self, sent: int, told: Collection[str], attacks: int | None = None) -> CountedRequests | None:
        """Return the requests of the run; None where no policy of ours has counted any. Where the counters cannot be read, nobody has counted them.

        :param sent: how many requests the run has sent
        :param told: the policies whose requests the record of the run has
        :param attacks: how many of them are attacks; None where it is not known
        """
        uncounted = self.uncounted(sent, self._began or datetime.now(UTC))
        if self._was_unread:
            return uncounted
        names = self._known.keys() - set(told)
        if not sent or not names:
            return None
        found = self._read(RESPONDER_POLICY, *self._other_types)
        now = {name: count for name, count in found.items() if name in names}
        rises = {name: rise for name, count in now.items() if (rise := risen(self._known[name], count))}
        if not rises:
            return uncounted if self._is_unread else None
        most, failed_over = self._most(rises, sent, attacks), self._elsewhere.failed_over(sent)
        hits = {name: min(rise, most[name]) for name, rise in rises.items() if most[name]}
        return CountedRequests(
            at=datetime.now(UTC),
            node=str(self.session.node),
            counters={name: now[name] for name in rises},
            hits={} if failed_over else hits,
            rises=rises,
            partition=self._parameters.scope,
            in_doubt=hits if failed_over else {},
            failed_over=failed_over,
            node_started=self._connection.member(self.session).start if hits and not failed_over else "",
        )

    def counted_elsewhere(
        self, sent: int, on_primary: Iterable[CountedRequests | None], attacks: int | None = None
    ) -> tuple[CountedRequests, ...]:
        """Return the requests of the run that may be in the counters of the other node of a pair, since it failed over.

        :param sent: how many requests the run has sent; attacks: how many of them are attacks
        :param on_primary: those that are counted on the primary
        """
        return self._elsewhere.counted(sent, self._most(self._known, sent, attacks), on_primary)

    def has_failed_over(self, sent: int) -> bool:
        """Return True after the last request if the pair has failed over in the run, or may have."""
        return self._elsewhere.failed_over(sent)

    def _most(self, policies: Iterable[str], sent: int, attacks: int | None) -> dict[str, int]:
        """Return by policy how many requests of the run can have matched it."""
        return {name: sent if attacks is None or not self._attacked(name) else attacks for name in policies}

    def note_end(
        self,
        sent: int,
        counted: CountedRequests | None,
        recorded: CountedRequests | None = None,
        attacks: int | None = None,
    ) -> list[str]:
        """Note the end of a run whose beginning was noted; where that fails, its requests count as if it had died.

        :param sent: how many requests it has sent; attacks: how many of them are attacks
        :param recorded: those that its record has
        :returns: that it failed, in words
        """
        parameters = self._parameters
        if self._began is None:
            return []
        try:
            where = (parameters.records, parameters.appliance.name, parameters.run)
            elsewhere = self.counted_elsewhere(sent, (counted, recorded), attacks)
            note_counted(*where, self._began, counted, recorded, writes=True, elsewhere=elsewhere)
        except InvalidInput as error:
            return [f"our own requests of this run count as those of others, or are of unknown origin: {error}"]
        return []

    def _read(self, *types: str) -> dict[str, int]:
        """Return the counters of the policies of ours of some types, without those that cannot be read."""
        self._is_unread = False
        found: dict[str, int] = {}
        with self.session.briefly():
            for type_ in types:
                try:
                    found |= read_policy_hits(self.session, type_)
                except TourniquetError:
                    self._is_unread = True
        return found


def _other_types(measures: Iterable[str]) -> tuple[str, ...]:
    """Return the types of the policies of these measures that are no responder policies."""
    kinds = (kind for measure in measures if (kind := inventory_kinds().get(measure)) is not None)
    return tuple(dict.fromkeys(kind.policy_type for kind in kinds if kind.policy_type != RESPONDER_POLICY))


def _may_have_policies(record: ChangeRecord) -> bool:
    """Return True if a run planned a responder policy, or has a step that this version does not know."""
    try:
        return any(step.type == RESPONDER_POLICY for step in record.steps)
    except InvalidInput:
        return True
