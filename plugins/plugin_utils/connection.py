# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sessions with all nodes of one appliance, and which node is the primary.

An HA pair is one appliance: configuration is written to its primary, and what is not synchronised is looked at on each
node. Configuration written to a secondary is accepted there and lost at the next synchronisation (NITRO warning 1028), so
the role is read before anything else.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance import Address, Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.errors import (
    CannotConnect,
    NotFound,
    OutcomeUnknown,
    Refused,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.session import Exchange, Row, Session


@dataclass(frozen=True)
class Node:
    """One node: what is true of it alone.

    :ivar role: primary, secondary or standalone; "unreachable" where no session was to be had
    :ivar start_up_file: the text of /nsconfig/rc.netscaler; None where it could not be read, "" where there is none
    :ivar problem: why the node could not be read
    """

    address: Address
    role: str
    build: Build | None = None
    start_up_file: str | None = None
    problem: str = ""


@dataclass(frozen=True)
class Member:
    """A node that is reached: its session, and nsconfig as it was read when the session was opened.

    :ivar read_at: when that was, in seconds of this machine's monotonic clock
    """

    session: Session
    config: Row
    read_at: float = field(default_factory=time.monotonic)

    def now(self) -> datetime | None:
        """The node's own clock, in its own time zone (``currentsytemtime`` [sic], such as ``Mon May  8 14:59:07 2017``).

        None where it does not tell the time.
        """
        text = str(self.config.get("currentsytemtime", ""))
        try:
            then = datetime.strptime(text.strip(), "%a %b %d %H:%M:%S %Y")  # noqa: DTZ007 -- it comes without a zone
        except ValueError:
            return None
        return (then + timedelta(seconds=time.monotonic() - self.read_at)).replace(microsecond=0)


class Connection:
    """Open sessions with one appliance; use it as a context manager.

    :ivar primary: the session for everything that is synchronised
    :ivar secondary: the session with the other node of a pair, where there is one
    :ivar nodes: what was read of each node, in the inventory's order
    :ivar members: the nodes that are reached, with their sessions
    :ivar config: the row of nsconfig on the primary
    """

    def __init__(self, appliance: Appliance, open_session: Callable[[Appliance, Address], Session] = Session) -> None:
        self.appliance = appliance
        self._open_session = open_session
        self._stack = ExitStack()
        self._sessions: list[Session] = []
        self.nodes: list[Node] = []
        self.members: list[Member] = []
        self.primary: Session
        self.secondary: Session | None = None
        self.config: Row = {}
        self.peers: list[Row] = []

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._open(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    @property
    def exchanges(self) -> list[Exchange]:
        """Every request of this task, node by node."""
        return [exchange for session in self._sessions for exchange in session.exchanges]

    @property
    def connections(self) -> int:
        return sum(session.connections for session in self._sessions)

    def member(self, session: Session) -> Member:
        """The member that a session of ours is with."""
        return next(member for member in self.members if member.session is session)

    @property
    def is_cluster(self) -> bool:
        return "cluster" in str(self.config.get("systemtype", "")).lower()

    @property
    def build(self) -> Build:
        return next(node.build for node in self.nodes if node.build and node.role in ("primary", "standalone"))

    def _open(self, stack: ExitStack) -> None:
        primaries: list[tuple[Session, Row, list[Row]]] = []
        problems: list[TourniquetError] = []
        for address in self.appliance.nodes:
            session = self._open_session(self.appliance, address)
            self._sessions.append(session)
            try:
                stack.enter_context(session)
                config = _single(session.read("nsconfig"))
                members = [] if is_standalone(config) else session.read("hanode")
                role = "standalone" if is_standalone(config) else own_role(members)
                start_up_file, problem = read_start_up_file(session)
                node = Node(address, role, read_build(session), start_up_file, problem)
            except (CannotConnect, OutcomeUnknown) as problem:
                problems.append(problem)
                self.nodes.append(Node(address, "unreachable", problem=str(problem)))
                continue
            self.nodes.append(node)
            self.members.append(Member(session, config))
            if role in ("primary", "standalone"):
                primaries.append((session, config, members))
            elif role == "secondary":
                self.secondary = session
        if len(problems) == len(self.appliance.nodes):
            raise problems[0]
        if not primaries:
            roles = ", ".join(f"{node.address.host} is {node.role}" for node in self.nodes)
            advice = (
                "Name both nodes of the pair in netscaler_nodes." if len(self.nodes) == 1 else "Look at the HA state."
            )
            raise Refused(
                f"{self.appliance.name}: no primary node was found ({roles}), so nothing can be written. {advice}"
            )
        if len(primaries) > 1:
            raise Refused(
                f"{self.appliance.name}: {' and '.join(str(s.node) for s, _c, _m in primaries)} both say that they are in charge. "
                "Mend the HA pair first, or make two inventory hosts of two standalone appliances."
            )
        self.primary, self.config, members = primaries[0]
        self.peers = [row for row in members if str(row.get("id")) != "0"]

    def confirm_primary(self) -> None:
        """Read again that the node we write to is in charge; a pair may have failed over since.

        :raises Refused: where it is not
        """
        if is_standalone(self.config):
            return
        role = own_role(self.primary.read("hanode"))
        if role != "primary":
            raise Refused(
                f"{self.primary.where}: the pair has failed over, this node is {role} now. What was written to it may be lost: "
                "run status.yml, then the same playbook again."
            )

    @property
    def missing_nodes(self) -> list[str]:
        """The nodes whose own half cannot be vouched for, in words."""
        missing = [f"node {node.address.host} is unreachable" for node in self.nodes if node.role == "unreachable"]
        if self.peers and len(self.appliance.nodes) == 1:
            missing.append(f"the HA peer {self.peers[0].get('ipaddress', '')} is not named in netscaler_nodes")
        return missing


def is_standalone(config: Row) -> bool:
    """By nsconfig: no pair, so no role to ask for. What does not say so is asked for its role."""
    kind = str(config.get("systemtype", "")).lower()
    return kind.startswith(("stand", "cluster"))


def own_role(members: list[Row]) -> str:
    """The role of the node that answered: primary, secondary, or unknown."""
    own = next((row for row in members if str(row.get("id")) == "0"), {})
    return str(own.get("state", "unknown")).lower()


def read_build(session: Session) -> Build:
    return Build.parse(str(_single(session.read("nsversion")).get("version", "")))


def read_start_up_file(session: Session) -> tuple[str | None, str]:
    """The text of /nsconfig/rc.netscaler, or why it is unknown. A missing file is an answer: it has no lines."""
    try:
        rows = session.read("systemfile", "rc.netscaler", args={"filelocation": "/nsconfig"})
    except NotFound:
        return "", ""
    except TourniquetError as error:
        if isinstance(error, (CannotConnect, OutcomeUnknown)):
            raise
        return None, f"rc.netscaler cannot be read: {error}"
    if not rows:
        return None, "the answer for rc.netscaler holds no file"
    if rows[0].get("filecontent") is None:
        return None, "rc.netscaler came without its content"
    try:
        return base64.b64decode(str(_single(rows).get("filecontent", ""))).decode("utf-8", "replace"), ""
    except (binascii.Error, ValueError):
        return None, "rc.netscaler came in a form that is not base64"


def _single(rows: list[Row]) -> Row:
    return rows[0] if rows else {}
