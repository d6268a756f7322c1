# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reboots the nodes of an appliance one at a time: the secondary, a failover, the other one. No node is ever rebooted twice by a run.

A reboot is noted before it is sent. Where a run finds it noted and not done, it is not sent again: the start time of the node says whether it
happened. A reboot loses what is not saved, so nothing is rebooted while a node has unsaved changes.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from ...appliance.nitro.appliance import Address
from ...appliance.nitro.connection import Connection, is_standalone, own_role, own_row
from ...appliance.nitro.session import Session
from ...change.execution.write_permission import ConfirmLease
from ...change.planning.unsaved_changes import is_changed
from ...change.records.record_states import StepState
from ...foundation.errors import OutcomeUnknown, Refused, TourniquetError
from ...foundation.foreign_text import printable
from .plan import NodeLocalPlan, NodePlan, reboot_order
from .progress import Progress
from .settings import NodeLocalSettings

POLL_SECONDS = 5.0
_LONGEST_TIME_TEXT = 100


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


@dataclass(frozen=True)
class Reboots:
    """The reboots of one run."""

    connection: Connection
    plan: NodeLocalPlan
    progress: Progress
    confirm_lease: ConfirmLease
    settings: NodeLocalSettings
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def carry_out(self) -> None:
        """Reboot each node of the plan, and wait until it is up.

        :raises Refused: where a node has unsaved changes, or would have to be rebooted while it is primary
        :raises TourniquetError: where a node does not come back in time, or does not say that it was rebooted
        """
        for node in reboot_order([node for node in self.plan.nodes if node.reboots]):
            if self.progress.states(node.address).get("reboot") == StepState.DONE:
                continue
            self._reboot(node)

    def _reboot(self, node: NodePlan) -> None:
        where = f"{self.connection.appliance.name}: {node.address.host}"
        states = self.progress.states(node.address)
        if states.get("reboot") == StepState.SENT:
            self._wait_until_up(node, states.get("booted", ""))
            return
        seen = self._see(node.address)
        if seen.role == "primary":
            self._fail_over(node)
            seen = self._see(node.address)
        if len(self.plan.nodes) > 1 and seen.role != "secondary":
            raise Refused(f"{where} is {seen.role} and not secondary, so it is not rebooted")
        if seen.unsaved:
            raise Refused(
                f"{where} has unsaved changes, which a reboot loses. Save them, and run the same playbook again"
            )
        session = self.connection.fresh_session(node.address)
        with session:
            self.confirm_lease(session)
            self.progress.note(node.address, "booted", seen.booted)
            self.progress.note(node.address, "reboot", StepState.SENT)
            with contextlib.suppress(
                OutcomeUnknown
            ):  # the connection may drop although the reboot was accepted (terraform-provider-citrixadc issue 980)
                session.write("POST", "reboot", {"reboot": {"warm": False}})
        self._wait_until_up(node, seen.booted)

    def _wait_until_up(self, node: NodePlan, booted: str) -> None:
        """Wait until a node that was told to reboot answers with another start time, and is a secondary in sync where there is a pair."""
        host = node.address.host

        def is_up() -> bool:
            seen = self._see(node.address)
            paired = len(self.plan.nodes) > 1
            return seen.booted != booted and (not paired or (seen.role == "secondary" and seen.in_sync))

        self._wait(is_up, f"{host} was told once to reboot, and is not up again with another start time")
        self.progress.note(node.address, "reboot", StepState.DONE)

    def _fail_over(self, node: NodePlan) -> None:
        """Make the other node primary. It is asked for once; a run that finds it noted only waits."""
        other = next((one for one in self.plan.nodes if one is not node), None)
        if other is None:
            raise Refused(
                f"{self.connection.appliance.name}: {node.address.host} is primary, and the other node is not there"
            )
        if self.progress.states(node.address).get("failover") is None:
            seen = self._see(other.address)
            if seen.role != "secondary" or not seen.in_sync:
                raise Refused(
                    f"{self.connection.appliance.name}: {other.address.host} is {seen.role} and not a secondary in sync, so there is no failover"
                )
            session = self.connection.fresh_session(node.address)
            with session:
                self.confirm_lease(session)
                self.progress.note(node.address, "failover", StepState.SENT)
                with contextlib.suppress(OutcomeUnknown):  # the roles say whether it happened
                    session.write("POST", "hafailover?action=Force", {"hafailover": {"force": True}})
        self._wait(
            lambda: self._see(node.address).role == "secondary" and self._see(other.address).role == "primary",
            f"{node.address.host} was told to fail over, and is still primary",
        )
        self.progress.note(node.address, "failover", StepState.DONE)

    def _see(self, address: Address) -> _Seen:
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

    def _wait(self, is_done: Callable[[], bool], problem: str) -> None:
        """Wait for a state of nodes that may not answer meanwhile.

        :raises TourniquetError: where it does not come in time
        """
        until = self.clock() + self.settings.reboot_timeout
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
                    f"{self.connection.appliance.name}: {problem} within {self.settings.reboot_timeout:g} s{said}. It is not asked again: look "
                    "at its console, reboot it by hand if it was not rebooted, and run the same playbook again"
                )
            self.sleep(POLL_SECONDS)


def _started(session: Session) -> str:
    """Return when a node was started, as it says itself."""
    rows = session.read("ns", area="stat")
    text = printable(str((rows or [{}])[0].get("starttime", "")))[:_LONGEST_TIME_TEXT]
    if not text:
        raise TourniquetError(f"{session.where}: {session.node.host} does not say when it was started")
    return text
