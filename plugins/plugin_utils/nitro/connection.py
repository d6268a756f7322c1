# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sessions with all nodes of one appliance, and which node is the primary.

An HA pair is one appliance: configuration is written to its primary, and what is not synchronised is looked at on each
node. Configuration written to a secondary is accepted there and lost at the next synchronisation (NITRO warning 1028), so
the role is read before anything else.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import (
    CannotConnect,
    NitroError,
    NotFound,
    OutcomeUnknown,
    Refused,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.appliance import Address, Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.session import DEFAULT, Exchange, Row, Session

UNREAD = b"not looked at"
CLOCK = "%a %b %d %H:%M:%S %Y"  # currentsytemtime [sic], such as "Mon May  8 14:59:07 2017"
# States of a pair in which nothing is amiss, and a state that is not told (trace in ansible-collection-netscaleradc issue 553;
# command reference, ha node).
GOOD_STATES = ("", "ENABLED", "SUCCESS", "UP", "STAYPRIMARY")
CLUSTER = "this is a NetScaler cluster, and Tourniquet works on standalone appliances and HA pairs only"
# What the Management Service of an SDX answers to NITRO v1 (check_netscaler issue 42); its own API is v2 (SDX NITRO guide).
INVALID_RESOURCE = 10005


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
        """The node's own clock, in its own time zone.

        None where it does not tell the time.
        """
        text = str(self.config.get("currentsytemtime", ""))
        try:
            then = datetime.strptime(text.strip(), CLOCK)  # noqa: DTZ007 -- it comes without a zone
        except ValueError:
            return None
        return (then + timedelta(seconds=time.monotonic() - self.read_at)).replace(microsecond=0)


class Connection:
    """Open sessions with one appliance; use it as a context manager.

    :ivar primary: the session for everything that is synchronised
    :ivar secondary: the session with the other node of a pair, where there is one
    :ivar nodes: what was read of each node, in the inventory's order
    :ivar members: the nodes that are reached, with their sessions
    :ivar config: the row of nsconfig on the primary, in the partition that the sessions are in
    :ivar partition: the admin partition that the sessions are in
    :ivar peer_problem: why the secondary cannot be looked at in this partition, or ""
    :ivar clock_skew: how many seconds the primary's clock is ahead of the control node's; None where it does not tell
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
        self.clock_skew: float | None = None
        self.peers: list[Row] = []
        self._own_rows: dict[Address, Row] = {}
        self.partition = DEFAULT
        self.peer_problem = ""
        self.lock_content: bytes | None = UNREAD
        self.lock_notes: list[str] = []
        """What lay in the place of the lock at the first look."""

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
        return is_cluster(self.config)

    @property
    def build(self) -> Build:
        return next(node.build for node in self.nodes if node.build and node.role in ("primary", "standalone"))

    def _open(self, stack: ExitStack) -> None:
        primaries: list[tuple[Session, Row, list[Row]]] = []
        problems: list[TourniquetError] = []
        skews: list[float | None] = []
        for address in self.appliance.nodes:
            session = self._open_session(self.appliance, address)
            self._sessions.append(session)
            try:
                stack.enter_context(session)
                config = _single(session.read("nsconfig"))
                skew = clock_skew(config, time.time())
                members = [] if is_standalone(config) else session.read("hanode")
                role = "standalone" if is_standalone(config) else own_role(members)
                self._own_rows[address] = own_row(members)
                start_up_file, problem = read_start_up_file(session)
                node = Node(address, role, read_build(session), start_up_file, problem)
            except (CannotConnect, OutcomeUnknown) as problem:
                problems.append(problem)
                self.nodes.append(Node(address, "unreachable", problem=str(problem)))
                continue
            except NitroError as error:
                if error.errorcode == INVALID_RESOURCE:
                    raise Refused(
                        f"{self.appliance.name}: {address} is the Management Service of an SDX, not a NetScaler. Name the addresses (NSIP) of "
                        "the instances on it in netscaler_nodes, each instance or pair as a host of its own. Nothing was changed."
                    ) from error
                raise
            self.nodes.append(node)
            self.members.append(Member(session, config))
            if role in ("primary", "standalone"):
                primaries.append((session, config, members))
                skews.append(skew)
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
        if len(primaries) > 1 and any(is_cluster(config) for _session, config, _members in primaries):
            raise Refused(f"{self.appliance.name}: {CLUSTER}. Nothing was changed.")
        if len(primaries) > 1:
            raise Refused(
                f"{self.appliance.name}: {' and '.join(str(s.node) for s, _c, _m in primaries)} both say that they are in charge. "
                "Mend the HA pair first, or make two inventory hosts of two standalone appliances."
            )
        self.primary, self.config, members = primaries[0]
        self.clock_skew = skews[0]
        self.peers = [row for row in members if str(row.get("id")) != "0"]

    def enter(self, partition: str) -> None:
        """Bring the sessions with all nodes into an admin partition; no request where they are there already.

        :raises TourniquetError: where the primary is not known to be there; nothing is written then
        """
        if partition == self.partition and self.primary.partition == partition:
            return
        self.partition, self.peer_problem = partition, ""
        self.primary.enter(partition)
        self.refresh()
        if self.secondary is not None:
            try:
                self.secondary.enter(partition)
            except (NitroError, Refused, CannotConnect, OutcomeUnknown) as error:
                self.peer_problem = f"the secondary {self.secondary.node.host} does not let us into it: {error}"

    def refresh(self) -> None:
        """Read nsconfig of the primary again, in the partition that the sessions are in."""
        self.config = _single(self.primary.read("nsconfig"))

    @property
    def changed_at(self) -> str:
        """When the configuration had been changed last, as nsconfig was read; "" where it does not tell."""
        return str(self.config.get("lastconfigchangedtime", ""))

    @contextlib.contextmanager
    def inside(self, partition: str) -> Iterator[None]:
        """For a while in another admin partition; where the sessions are there already this costs nothing.

        What is known of nsconfig stays what it was: whoever wants to know what has changed since compares with that.
        """
        before, config = self.partition, self.config
        try:
            self.enter(partition)
            yield
        except TourniquetError:
            # Whatever goes on must find itself where it was; where even that fails, the session refuses to write.
            with contextlib.suppress(TourniquetError):
                self.enter(before)
            raise
        else:
            self.enter(before)
        finally:
            self.config = config

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

    def log_in_afresh(self) -> None:
        """Log in to every node that answered, on a connection of its own: the management is still reached from outside.

        :raises TourniquetError: where a node no longer lets us in
        """
        for node in self.nodes:
            if node.role == "unreachable":
                continue
            session = self._open_session(self.appliance, node.address)
            self._sessions.append(session)
            with session:
                session.read("nsconfig")

    @property
    def pair_remarks(self) -> list[str]:
        """What of the pair's own settings may keep a change from the secondary, or the secondary from taking over.

        Each node has its own (command reference, ha node); what it came to is read on the secondary.
        """
        remarks = []
        for address, row in self._own_rows.items():
            remarks += [
                f"node {address.host}: {what} is {row[name]}"
                for name, what in (("hasync", "HA synchronisation"), ("haprop", "HA propagation"), ("hastatus", "HA"))
                if str(row.get(name, "")).upper() not in GOOD_STATES
            ]
        seen = ((str(row.get("ipaddress", "")), str(row.get("hasync", ""))) for row in self.peers)
        remarks += [
            f"HA synchronisation of {host} is {state}, as the primary sees it"
            for host, state in seen
            if state.upper() not in GOOD_STATES
        ]
        return remarks

    @property
    def missing_nodes(self) -> list[str]:
        """The nodes whose own half cannot be vouched for, in words."""
        missing = [f"node {node.address.host} is unreachable" for node in self.nodes if node.role == "unreachable"]
        if self.peers and len(self.appliance.nodes) == 1:
            missing.append(f"the HA peer {self.peers[0].get('ipaddress', '')} is not named in netscaler_nodes")
        return missing


def is_cluster(config: Row) -> bool:
    return "cluster" in str(config.get("systemtype", "")).lower()


def clock_skew(config: Row, now: float) -> float | None:
    """How many seconds an appliance's clock is ahead; None where it does not tell.

    ``systemtime`` of nsconfig is a number (NITRO reference); that it counts seconds since 1970 is inferred from its name's
    neighbour, ``currentsytemtime``, which has the same moment in words.

    :param config: the row of nsconfig
    :param now: seconds since 1970 on the control node, at the moment of the answer
    """
    try:
        return float(str(config.get("systemtime", ""))) - now
    except ValueError:
        return None


def is_standalone(config: Row) -> bool:
    """By nsconfig: no pair, so no role to ask for. What does not say so is asked for its role."""
    kind = str(config.get("systemtype", "")).lower()
    return kind.startswith(("stand", "cluster"))


def own_row(members: list[Row]) -> Row:
    """What hanode says of the node that answered."""
    return next((row for row in members if str(row.get("id")) == "0"), {})


def own_role(members: list[Row]) -> str:
    """The role of the node that answered: primary, secondary, or unknown."""
    return str(own_row(members).get("state", "unknown")).lower()


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
