# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""End the sessions of users after a fix, on one appliance, and count them before and after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.partitions import read_partitions
from ...appliance.object_reads.session_counts import count_sessions
from ...appliance.objects.user_sessions import SessionCount
from ...change.execution.change import Change, Proof, ProofFindings
from ...change.execution.change_transaction import ChangeTransaction
from ...change.execution.read_back import Objects
from ...change.records.appliance_lock import ApplianceLock, check_lock, release_left_lock
from ...change.records.ended_sessions import REACH, ended_for
from ...change.records.record_states import READ_BACK, RecordKind
from ...change.records.usable_records import known_records
from ...foundation.errors import NitroError, Refused, TourniquetError
from ...foundation.foreign_text import says_something
from ...foundation.host_setting import option_for
from ...foundation.moments import moment
from .session_plan import (
    EndSessionsParameters,
    Readiness,
    SessionAction,
    SessionPlan,
    SessionResult,
    readiness,
    unproven_ends,
    waiting_for,
)

PLAYBOOK = "end_sessions.yml"


class SessionProof(Proof):
    """Count the sessions directly before and directly after they are ended.

    :ivar before_counts: by NITRO type, how many sessions there were under the lock
    :ivar after_counts: by NITRO type, how many there were afterwards
    :ivar after_elsewhere: the same of the other admin partitions whose sessions were ended, by their name
    :ivar unproven: of which kinds it is not known that they were ended, in words
    """

    def __init__(self, connection: Connection, parameters: EndSessionsParameters, plan: SessionPlan) -> None:
        self.connection = connection
        self.parameters = parameters
        self.plan = plan
        self.before_counts: Mapping[str, SessionCount] = {}
        self.after_counts: Mapping[str, SessionCount] = {}
        self.after_elsewhere: Mapping[str, Mapping[str, SessionCount]] = {}
        self.unproven: Sequence[str] = ()
        self._before_elsewhere: Mapping[str, Mapping[str, SessionCount]] = {}

    def before(self) -> None:
        self.before_counts, self._before_elsewhere = self._count(), self._count_elsewhere()

    def record_facts(self) -> Mapping[str, Any]:
        plan = self.plan
        accepted = {"accepted_exposure": list(plan.exposure), "decided_by": self.parameters.who}
        return {
            "entries": list(plan.entries),
            "session_counts": {type_: count.number for type_, count in self.before_counts.items()},
            **(accepted if plan.exposure else {}),
        }

    def after(self, objects: Objects) -> ProofFindings:
        self.after_counts, self.after_elsewhere = self._count(), self._count_elsewhere()
        self.unproven = [
            *unproven_ends(self.before_counts, self.after_counts),
            *(
                f"in the admin partition {name}: {text}"
                for name, counts in self.after_elsewhere.items()
                for text in unproven_ends(self._before_elsewhere[name], counts)
            ),
        ]
        elsewhere = {name: _numbers(counts) for name, counts in self.after_elsewhere.items()}
        return ProofFindings(
            facts={
                "state": READ_BACK,
                "sessions_after": _numbers(self.after_counts),
                **({"sessions_after_elsewhere": elsewhere} if elsewhere else {}),
                "unproven": [*self.unproven, *self.plan.not_covered],
            }
        )

    def _count(self) -> Mapping[str, SessionCount]:
        return count_sessions(self.connection.primary, self.plan.counts)

    def _count_elsewhere(self) -> Mapping[str, Mapping[str, SessionCount]]:
        """Return the sessions in the other admin partitions of the plan. A partition that is not reached has no known number."""
        return {name: self._count_inside(name, counts) for name, counts in self.plan.elsewhere.items()}

    def _count_inside(self, partition: str, types: Iterable[str]) -> Mapping[str, SessionCount]:
        try:
            with self.connection.inside(partition):
                return count_sessions(self.connection.primary, types)
        except NitroError as error:
            return {type_: SessionCount(None, str(error)) for type_ in types}


def _numbers(counts: Mapping[str, SessionCount]) -> dict[str, int | None]:
    return {type_: count.number for type_, count in counts.items()}


class SessionRun:
    """One run on one open connection: :meth:`plan` finds out what to do, :meth:`carry_out` does it.

    :ivar transaction: the transaction of the run, once there is one
    """

    def __init__(self, connection: Connection, parameters: EndSessionsParameters) -> None:
        self.connection = connection
        self.parameters = parameters
        self.where = parameters.appliance.name
        self.transaction: ChangeTransaction | None = None
        self._proof: SessionProof | None = None
        self._is_done = False

    def plan(self) -> SessionPlan:
        """Return what would be ended. Reads only.

        :raises Refused: for a cluster, if the records do not allow a run, and if a node has no fix for a named entry and nobody accepts that
        """
        parameters, connection = self.parameters, self.connection
        if connection.is_cluster:
            raise Refused(f"{self.where}: this is a cluster, whose sessions Tourniquet cannot see on all nodes yet")
        usable = known_records(connection, parameters, REACH)
        entries: list[SessionAction] = []
        done: dict[str, str] = {}
        not_ready: dict[str, Readiness] = {}
        for action in parameters.actions:
            ready = readiness(action, connection.nodes, connection.missing_nodes)
            earlier = ended_for(usable.records, action.entry, action.types)
            if ready.problems:
                not_ready[action.entry] = ready
            elif not ready.concerns:
                continue
            elif earlier is not None and not parameters.again:
                done[action.entry] = (
                    f"ended {moment(earlier.started)} by {earlier.operator.user}, record {earlier.name}"
                )
            else:
                entries.append(action)
        exposure = self._accepted(not_ready, some_are_ready=bool(entries or done))
        entries += [action for action in parameters.actions if exposure and action.entry in not_ready]
        waiting = {entry: "; ".join(ready.problems) for entry, ready in not_ready.items()}
        types = dict.fromkeys(type_ for action in entries for type_ in action.types)
        counts = count_sessions(connection.primary, types)
        elsewhere, not_covered = self._elsewhere(types)
        locked = check_lock(connection, parameters, writes=bool(types))
        return SessionPlan(
            entries=tuple(action.entry for action in entries),
            done=done,
            waiting={} if exposure else waiting,
            counts=counts,
            exposure=exposure,
            elsewhere=elsewhere,
            not_covered=not_covered,
            remarks=(*usable.remarks(self.where), *locked),
            basis=self._basis(entries),
            planned_at=connection.changed_at,
            records=usable.records,
            fetched=usable.fetched,
        )

    def _accepted(self, waiting: Mapping[str, Readiness], *, some_are_ready: bool) -> tuple[str, ...]:
        """Return what a person accepts: that sessions are ended although a node has no fix.

        :raises Refused: if nobody accepts it, and either the entry is named or none is ready
        """
        if not waiting:
            return ()
        texts = tuple(f"{entry}: {'; '.join(ready.problems)}" for entry, ready in waiting.items())
        accept = option_for(self.where, "-e accept_exposure=true")
        if self.parameters.accept_exposure:
            if not says_something(self.parameters.who):
                raise Refused(
                    f"{self.where}: accept_exposure needs the person who accepts it: -e \"who='the name of the person'\". Nothing was changed."
                )
            return texts
        if some_are_ready and not self.parameters.named:
            return ()
        raise Refused(
            f"{self.where}: {waiting_for(waiting)}. Sessions that are ended now can be stolen again through that node. Upgrade it first, "
            f"or have a person accept it: {accept} -e \"who='the name of the person'\". Nothing was changed."
        )

    def _elsewhere(self, types: Iterable[str]) -> tuple[dict[str, Mapping[str, SessionCount]], tuple[str, ...]]:
        """Return the sessions in the admin partitions that have some, by partition, and whose sessions are not seen, in words.

        A kind that a partition cannot count has no sessions there: the vendor supports only some of them in partitions.
        """
        if not (types := tuple(types)):
            return {}, ()
        partitions = read_partitions(self.connection.primary)
        if partitions is None:
            return {}, ("whether there are admin partitions cannot be read (allow: show ns partition)",)
        found: dict[str, Mapping[str, SessionCount]] = {}
        not_covered = []
        for name in partitions:
            try:
                with self.connection.inside(name):
                    counts = count_sessions(self.connection.primary, types)
            except TourniquetError as error:
                not_covered.append(f"the sessions in the admin partition {name} are not seen: {error}")
                continue
            if some := {type_: count for type_, count in counts.items() if count.number}:
                found[name] = some
        return found, tuple(not_covered)

    def _basis(self, actions: Sequence[SessionAction]) -> dict[str, Any]:
        """Return what a plan depends on, as JSON values; the counts are left out."""
        return {
            "features": {},
            "objects": [
                [[node.address.host], "node", {"build": str(node.build or "")}] for node in self.connection.nodes
            ],
            "steps": [[action.entry, list(action.types)] for action in actions],
        }

    # -- carrying it out ----------------------------------------------------------------------------------------------

    def carry_out(self, plan: SessionPlan) -> None:
        """Carry out a plan; :meth:`result` says how far it came.

        :raises TourniquetError: if not all sessions were ended
        """
        if not plan.writes:
            release_left_lock(self.connection, self.parameters)
            return
        self._proof = SessionProof(self.connection, self.parameters, plan)
        change = Change(
            kind=RecordKind.END_SESSIONS,
            noun="the end of the sessions",
            playbook=PLAYBOOK,
            seal=plan.seal,
            planned_at=plan.planned_at,
            writes=True,
            saved=True,  # nothing of it is in the configuration
            ends=plan.ends,
            records=plan.records,
            fetched=plan.fetched,
        )
        self.transaction = ChangeTransaction(
            self.connection, self.parameters, change, self._proof, lambda: self.plan().is_same(plan)
        )
        self.transaction.run()
        self._is_done = True

    @property
    def locks(self) -> list[ApplianceLock]:
        """The locks of this run, as they were when it ended."""
        lock = None if self.transaction is None else self.transaction.lock
        return [] if lock is None else [lock]

    def result(self, plan: SessionPlan) -> SessionResult:
        """Return how far the run came; valid before it and after a failure too."""
        transaction, proof = self.transaction, self._proof
        record = None if transaction is None else transaction.record
        if proof is None or record is None:
            return SessionResult(plan=plan)
        failed = ""
        if self._is_done and (proof.unproven or plan.not_covered):
            failed = f"{self.where}: {'; '.join([*proof.unproven, *plan.not_covered])}"
        return SessionResult(
            plan=plan,
            ended=record.ended,
            counts=proof.before_counts,
            after=proof.after_counts,
            after_elsewhere=proof.after_elsewhere,
            record=str(record.path),
            failed=failed,
        )
