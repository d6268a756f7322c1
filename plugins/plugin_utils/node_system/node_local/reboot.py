# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reboots the nodes of an appliance one at a time: the secondary, a failover, the other one. No node is ever rebooted twice by a run.

A reboot is noted before it is sent. Where a run finds it noted and not done, it is not sent again: the start time of the node says whether it
happened. A reboot loses what is not saved, so nothing is rebooted while a node has unsaved changes.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from ...appliance.nitro.appliance import Address
from ...appliance.nitro.connection import Connection, is_standalone, own_role, own_row
from ...appliance.nitro.node_start import read_start
from ...appliance.nitro.session import Session
from ...change.execution.node_step import NodeStep
from ...change.planning.unsaved_changes import is_changed
from ...change.records.record_states import StepState
from ...foundation.errors import OutcomeUnknown, Refused, TourniquetError
from .plan import NodePlan, reboot_order

POLL_SECONDS = 5.0


@dataclass(frozen=True)
class _Seen:
    """A node as it answers now.

    :ivar booted: its start time, as text
    :ivar role: primary, secondary, standalone or what the node says
    :ivar in_sync: the last synchronisation of a secondary succeeded
    :ivar unsaved: its configuration has unsaved changes, or does not say that it has none
    """

    booted: str
    role: str
    in_sync: bool
    unsaved: bool


REBOOT, BOOTED, FAILOVER = "reboot", "booted", "failover"
"""The names in the record: of the steps, and of the start time of a node before its reboot."""
SENT_ONCE = (REBOOT, BOOTED, FAILOVER)


@dataclass(frozen=True)
class _NodeAnswers:
    """Looks at nodes by sessions of their own, and waits.

    :ivar longest: seconds for the reboot of one node, and for a failover
    """

    connection: Connection
    longest: float
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def see(self, address: Address) -> _Seen:
        """Return how a node is now, by a session of its own.

        :raises TourniquetError: where it does not answer
        """
        with self.connection.fresh_session(address) as session:
            config = next(iter(session.read("nsconfig")), {})
            rows = [] if is_standalone(config) else session.read("hanode")
            return _Seen(
                _started(session),
                own_role(rows) if rows else "standalone",
                str(own_row(rows).get("hasync", "")).upper() in ("SUCCESS", "ENABLED"),
                is_changed(config) is not False,
            )

    def wait(self, is_done: Callable[[], bool], problem: str) -> None:
        """Wait for a state of nodes that may not answer meanwhile.

        :raises TourniquetError: where it does not come in time
        """
        until = self.clock() + self.longest
        said = ""
        while True:
            self.connection.keep_lease()
            try:
                if is_done():
                    return
                said = ""
            except TourniquetError as error:
                said = f" ({error})"
            if self.clock() >= until:
                raise TourniquetError(
                    f"{self.connection.appliance.name}: {problem} within {self.longest:g} s{said}. It is not asked again: look "
                    "at its console, reboot it by hand if it was not rebooted, and run the same playbook again"
                )
            self.sleep(POLL_SECONDS)


@dataclass(frozen=True, kw_only=True)
class _AnswerStep(NodeStep):
    """A step that is sent once by NITRO, whose answer decides nothing: the node shows whether it happened."""

    node: Address
    name: str
    line: str
    is_sent_once: bool = True
    answers: _NodeAnswers
    is_paired: bool

    def session(self) -> AbstractContextManager[Session]:
        return self.answers.connection.fresh_session(self.node)

    @property
    def where(self) -> str:
        return f"{self.answers.connection.appliance.name}: {self.node.host}"


@dataclass(frozen=True, kw_only=True)
class FailoverStep(_AnswerStep):
    """Make the other node primary before this one is rebooted.

    :ivar other: the other node, if it is there
    """

    name: str = FAILOVER
    other: Address | None

    def is_needed(self, states: Mapping[str, str]) -> bool:
        return states.get(REBOOT) not in (StepState.SENT, StepState.DONE) and self._role(self.node) == "primary"

    def facts(self) -> Mapping[str, str]:
        appliance = self.answers.connection.appliance.name
        if self.other is None:
            raise Refused(f"{self.where} is primary, and the other node is not there")
        seen = self.answers.see(self.other)
        if seen.role != "secondary" or not seen.in_sync:
            raise Refused(
                f"{appliance}: {self.other.host} is {seen.role} and not a secondary in sync, so there is no failover"
            )
        return {}

    def do(self, session: Session) -> None:
        with contextlib.suppress(OutcomeUnknown):  # the roles say whether it happened
            session.write("POST", "hafailover?action=Force", {"hafailover": {"force": True}})

    def read_back(self, states: Mapping[str, str]) -> None:
        self.answers.wait(
            lambda: self._role(self.node) == "secondary" and self._role(self.other) == "primary",
            f"{self.node.host} was told to fail over, and is still primary",
        )

    def _role(self, node: Address | None) -> str:
        return self.answers.see(node).role if node is not None else ""


@dataclass(frozen=True, kw_only=True)
class RebootStep(_AnswerStep):
    """Reboot a node that is not primary, and wait until it answers with another start time, as a secondary in sync where there is a pair."""

    name: str = REBOOT

    def is_needed(self, states: Mapping[str, str]) -> bool:
        return states.get(REBOOT) != StepState.DONE

    def facts(self) -> Mapping[str, str]:
        seen = self.answers.see(self.node)
        if self.is_paired and seen.role != "secondary":
            raise Refused(f"{self.where} is {seen.role} and not secondary, so it is not rebooted")
        if seen.unsaved:
            raise Refused(
                f"{self.where} has unsaved changes, which a reboot loses. Save them, and run the same playbook again"
            )
        return {BOOTED: seen.booted}

    def do(self, session: Session) -> None:
        # The connection may drop although the reboot was accepted (terraform-provider-citrixadc issue 980).
        with contextlib.suppress(OutcomeUnknown):
            session.write("POST", "reboot", {"reboot": {"warm": False}})

    def read_back(self, states: Mapping[str, str]) -> None:
        booted = states.get(BOOTED, "")

        def is_up() -> bool:
            seen = self.answers.see(self.node)
            return seen.booted != booted and (not self.is_paired or (seen.role == "secondary" and seen.in_sync))

        self.answers.wait(
            is_up, f"{self.node.host} was told once to reboot, and is not up again with another start time"
        )


def reboot_steps(connection: Connection, nodes: Sequence[NodePlan], longest: float) -> list[NodeStep]:
    """Return the steps that reboot each node that is to be rebooted, one after the other; before the primary's there is a failover.

    Which node is primary is seen when its turn comes.

    :param nodes: all nodes of the appliance
    """
    answers, is_paired, steps = _NodeAnswers(connection, longest), len(nodes) > 1, list[NodeStep]()
    for node in reboot_order([node for node in nodes if node.reboots]):
        other = next((one.address for one in nodes if one is not node), None)
        away = f"{node.address.host}: failover"
        failover = FailoverStep(node=node.address, line=away, answers=answers, is_paired=is_paired, other=other)
        line = f"{node.address.host}: reboot"
        steps += [failover, RebootStep(node=node.address, line=line, answers=answers, is_paired=is_paired)]
    return steps


def _started(session: Session) -> str:
    """Return when a node was started, as it says itself."""
    text = read_start(session)
    if not text:
        raise TourniquetError(f"{session.where}: {session.node.host} does not say when it was started")
    return text
