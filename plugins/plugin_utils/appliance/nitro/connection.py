# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sessions with all nodes of one appliance, and the role of each node.

An HA pair is one appliance: configuration is written to its primary, and what is not synchronised is read on each node.
Configuration written to a secondary is accepted there and lost at the next synchronisation (NITRO warning 1028), so the role is
read first.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Self

from ...foundation.errors import (
    CannotConnect,
    InvalidInput,
    NitroError,
    NotFound,
    OutcomeUnknown,
    Refused,
    TourniquetError,
)
from ...foundation.json_values import written
from ...foundation.next_action import AGAIN, STATUS, advice
from .appliance import Address, Appliance
from .builds import Build
from .names import DEFAULT
from .node_start import CLOCK, read_start
from .reading import Reading
from .rows import whole
from .session import Exchange, Row, Session
from .time_budget import TimeBudget

UNREAD = b"not read"
# States of a pair without a problem, and an absent state (trace in ansible-collection-netscaleradc issue 553;
# command reference, ha node).
GOOD_STATES = ("", "ENABLED", "SUCCESS", "UP", "STAYPRIMARY")
HA_SETTINGS = {"hasync": "HA synchronisation", "haprop": "HA propagation", "hastatus": "HA"}
"""By attribute of hanode, the HA settings that each node has for itself, in words."""
CLUSTER = "this is a NetScaler cluster, and Tourniquet works on standalone appliances and HA pairs only"
OF_A_CLUSTER = "this is a NetScaler cluster, and its other nodes were not read"
# The error of the Management Service of an SDX for NITRO v1 (check_netscaler issue 42); its own API is v2 (SDX NITRO guide).
INVALID_RESOURCE = 10005


@written("address role build start_up_file=start_up_lines problem")
@dataclass(frozen=True)
class Node:
    """The properties of one node.

    :ivar role: primary, secondary or standalone; "unreachable" where no session could be opened
    :ivar start_up_file: the text of /nsconfig/rc.netscaler; None where it could not be read, "" where it does not exist
    :ivar problem: why the node could not be read; "" where it could
    """

    address: Address
    role: str
    build: Build | None = None
    start_up_file: str | None = None
    problem: str = ""

    @property
    def start_up_lines(self) -> list[str] | None:
        return None if self.start_up_file is None else self.start_up_file.splitlines()


@dataclass(frozen=True)
class Member:
    """A reachable node: its session, and nsconfig as it was read when the session was opened.

    :ivar read_at: the time of that read, in seconds of this machine's monotonic clock
    """

    session: Session
    config: Row
    read_at: float = field(default_factory=time.monotonic)

    def now(self) -> datetime | None:
        """Return the time by the node's clock, in its own time zone; None where nsconfig has none that can be."""
        text = str(self.config.get("currentsytemtime", ""))
        try:
            then = datetime.strptime(text.strip(), CLOCK)  # noqa: DTZ007 -- it comes without a zone
            return (then + timedelta(seconds=time.monotonic() - self.read_at)).replace(microsecond=0)
        except (ValueError, OverflowError):  # a node may say the last second of all years
            return None

    @cached_property
    def start(self) -> str:
        """When the node was started, as it says itself; "" where that cannot be read. It is read once."""
        try:
            with self.session.briefly():
                return read_start(self.session)
        except TourniquetError:
            return ""

    def start_by_its_clock(self) -> datetime | None:
        """Return that time by the clock of the node; None where it cannot be told."""
        try:
            return datetime.strptime(self.start, CLOCK)  # noqa: DTZ007 -- it comes without a zone
        except ValueError:
            return None

    @property
    def started_at(self) -> datetime | None:
        """That time by the clock of this control node, whatever the clock of the node says; None where it cannot be told, or is still to come."""
        shown = self.now()
        try:
            since = None if shown is None else shown - datetime.strptime(self.start, CLOCK)  # noqa: DTZ007 -- both are in its zone
            return None if since is None or since < timedelta(0) else datetime.now(UTC) - since
        except (ValueError, OverflowError):  # of years far apart
            return None


@dataclass(frozen=True)
class _OpenNode:
    """The facts that were read from a node while its session was opened."""

    session: Session
    config: Row
    ha_rows: list[Row]
    node: Node
    clock_skew: float | None


class Connection:
    """Open sessions with one appliance; use it as a context manager.

    :ivar primary: the session for everything that is synchronised
    :ivar secondary: the session with the other node of a pair; None where there is none
    :ivar nodes: the properties of each node, in the order of the inventory
    :ivar members: the reachable nodes, with their sessions
    :ivar budget: the time that all requests and probes of the task may take
    :ivar config: the row of nsconfig on the primary, in the partition that the sessions are in
    :ivar partition: the admin partition that the sessions are in
    :ivar secondary_problem: why the secondary cannot be read in this partition; "" where it can
    :ivar clock_skew: by how many seconds the primary's clock is ahead of the control node's; None where it is not known
    :ivar lock_content: the content of the lock on the primary; None where there is no lock, UNREAD before it was read
    :ivar lock_notes: what this run did with locks of earlier runs, as sentences
    :ivar renew_lease: what :meth:`keep_lease` calls; a run that holds the lease of the appliance sets it
    :ivar copies_left_alone: the copies of records on the nodes that this run does not use, as sentences
    :ivar copies_there: the names of the runs whose copies were on the primary when it was first asked; None before that
    :ivar copies_listed: the names of the records whose copies are on the nodes, as last listed; None where those of the primary were not
    """

    def __init__(self, appliance: Appliance, open_session: Callable[[Appliance, Address], Session] = Session) -> None:
        self.appliance = appliance
        self._open_session = open_session
        self._stack = ExitStack()
        self._sessions: list[Session] = []
        self.budget = TimeBudget(appliance.task_timeout, 2 * appliance.save_timeout)
        self.nodes: list[Node] = []
        self.members: list[Member] = []
        self.primary: Session
        self.secondary: Session | None = None
        self.config: Row = {}
        self.clock_skew: float | None = None
        self.other_nodes: list[Row] = []
        self._own_rows: dict[Address, Row] = {}
        self.partition = DEFAULT
        self.secondary_problem = ""
        self.lock_content: bytes | None = UNREAD
        self.lock_notes: list[str] = []
        self.renew_lease: Callable[[], None] = no_lease
        self._of_files: dict[Address, Session] = {}
        self.copies_left_alone: list[str] = []
        self.copies_listed: frozenset[str] | None = None
        self.copies_there: frozenset[str] | None = None

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._open(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, TourniquetError):
            error.has_written = error.has_written or self.has_written
        self._stack.close()

    @property
    def has_written(self) -> bool:
        """True if a request was sent that may have changed more than our own files."""
        return any(one.may_change for one in self.exchanges)

    @property
    def exchanges(self) -> list[Exchange]:
        """All requests of this task, node by node."""
        return [exchange for session in self._sessions for exchange in session.exchanges]

    @property
    def connections(self) -> int:
        return sum(session.connections for session in self._sessions)

    def member(self, session: Session) -> Member:
        """Return the node that one of our sessions is with."""
        return next(member for member in self.members if member.session is session)

    @property
    def is_cluster(self) -> bool:
        return is_cluster(self.config)

    @property
    def other_node(self) -> Address | None:
        """The other node of a pair, also where it is away; None where there is none, or the inventory does not name it."""
        if self.secondary is not None or is_standalone(self.config):
            return self.secondary.node if self.secondary is not None else None
        return next((node.address for node in self.nodes if node.role == "unreachable"), None)

    @property
    def build(self) -> Build:
        return next(node.build for node in self.nodes if node.build and node.role in ("primary", "standalone"))

    @property
    def primary_for(self) -> int | None:
        """How many seconds the primary of a pair had been primary when its session was opened; None where hanode does not say it."""
        return whole(self._own_rows.get(self.primary.node, {}).get("masterstatetime"))

    def _open(self, stack: ExitStack) -> None:
        opened: list[_OpenNode] = []
        problems: list[TourniquetError] = []
        for address in self.appliance.nodes:
            try:
                one = self._open_node(stack, address)
            except (CannotConnect, OutcomeUnknown) as problem:
                problems.append(problem)
                self.nodes.append(Node(address, "unreachable", problem=str(problem)))
                continue
            opened.append(one)
            self.nodes.append(one.node)
            self.members.append(Member(one.session, one.config))
            if one.node.role == "secondary":
                self.secondary = one.session
        if not opened:
            raise problems[0]
        self._require_one_appliance(opened)
        chosen = self._only_primary([one for one in opened if one.node.role in ("primary", "standalone")])
        self.primary, self.config, self.clock_skew = chosen.session, chosen.config, chosen.clock_skew
        self.other_nodes = [row for row in chosen.ha_rows if str(row.get("id")) != "0"]

    def _open_node(self, stack: ExitStack, address: Address) -> _OpenNode:
        """Open the session with one node, and read its role, build and start-up file.

        :raises CannotConnect: where the node cannot be reached
        :raises Refused: where the address is not one of a NetScaler
        """
        session = self._new_session(address)
        try:
            stack.enter_context(session)
            config = _single(session.read("nsconfig"))
            skew = clock_skew(config, time.time())
            ha_rows = [] if is_standalone(config) else session.read("hanode")
            role = "standalone" if is_standalone(config) else own_role(ha_rows)
            self._own_rows[address] = own_row(ha_rows)
            start_up_file, problem = read_start_up_file(session)
            node = Node(address, role, read_build(session), start_up_file, problem)
        except NitroError as error:
            if error.errorcode == INVALID_RESOURCE:
                raise Refused(
                    f"{self.appliance.name}: {address} is the Management Service of an SDX, not a NetScaler. Name the addresses (NSIP) of "
                    "the instances on it in netscaler_nodes, each instance or pair as a host of its own. Nothing was changed."
                ) from error
            raise
        return _OpenNode(session, config, ha_rows, node, skew)

    def _new_session(self, address: Address) -> Session:
        """Return a session with one node, which is not opened yet. All sessions of a task share its time."""
        session = self._open_session(self.appliance, address)
        session.budget = self.budget
        self._sessions.append(session)
        return session

    def fresh_session(self, address: Address) -> Session:
        """Return a session with one node that is not opened yet, for a caller that opens it itself, such as one that waits for a reboot."""
        return self._new_session(address)

    def _require_one_appliance(self, opened: Sequence[_OpenNode]) -> None:
        """:raises Refused: where the addresses are not of one pair, so that what is read or written at one says nothing of the other"""
        alone = [one for one in opened if one.node.role == "standalone" and not is_cluster(one.config)]
        if alone and len(opened) > 1:
            text = f"{alone[0].node.address} says that it is standalone, and the others named for it are no node of it"
        else:
            text = next(filter(None, (_stranger(one, opened) for one in opened)), "")
        if text:
            raise Refused(
                f"{self.appliance.name}: {text}. Correct netscaler_nodes: the two addresses (NSIP) of one pair, or each appliance as an inventory host "
                "of its own. If they are a pair, look at the HA state. Nothing was changed."
            )

    def _only_primary(self, primaries: Sequence[_OpenNode]) -> _OpenNode:
        """Return the one node that configuration is written to.

        :raises Refused: where no node is primary, or more than one, or the nodes are a cluster
        """
        if not primaries:
            roles = ", ".join(f"{node.address.host} is {node.role}" for node in self.nodes)
            advice = (
                "Name both nodes of the pair in netscaler_nodes." if len(self.nodes) == 1 else "Look at the HA state."
            )
            raise Refused(
                f"{self.appliance.name}: no primary node was found ({roles}), so nothing can be written. {advice}"
            )
        if len(primaries) > 1 and any(is_cluster(one.config) for one in primaries):
            raise Refused(f"{self.appliance.name}: {CLUSTER}. Nothing was changed.")
        if len(primaries) > 1:
            raise Refused(
                f"{self.appliance.name}: {' and '.join(str(one.session.node) for one in primaries)} both say that they are primary. "
                "Repair the HA pair first, or make two inventory hosts of them where they are two pairs."
            )
        return primaries[0]

    def enter(self, partition: str) -> None:
        """Switch the sessions with all nodes to an admin partition; this sends no request where they are in it already.

        :raises TourniquetError: where it is not known that the primary's session is in it; nothing is written then
        """
        if partition == self.partition and self.primary.partition == partition:
            return
        self.partition, self.secondary_problem = partition, ""
        self.primary.enter(partition)
        self.refresh()
        if self.secondary is not None:
            try:
                self.secondary.enter(partition)
            except (NitroError, Refused, CannotConnect, OutcomeUnknown) as error:
                self.secondary_problem = (
                    f"the secondary {self.secondary.node.host} cannot be switched to the partition: {error}"
                )

    def in_default(self, session: Session) -> Session:
        """Return a session with the same node in the default partition, where our files are.

        It is the same session, or, while that is in an admin partition, another one, which is opened once: a switch there and back
        would cost more for each read.

        :raises TourniquetError: where it cannot be opened
        """
        if session.partition == DEFAULT:
            return session
        if session.node not in self._of_files:
            self._of_files[session.node] = self._stack.enter_context(self._new_session(session.node))
        return self._of_files[session.node]

    @contextlib.contextmanager
    def cached_reads(self, earlier: Mapping[str, list[Row]] | None = None) -> Iterator[Mapping[str, Reading]]:
        """Cache the answers of all nodes for a block that only reads (:meth:`.Session.cached_reads`), and yield the cache of the primary.

        :param earlier: by path, answers of earlier reads of the primary that still hold
        """
        with ExitStack() as stack:
            if self.secondary is not None:
                stack.enter_context(self.secondary.cached_reads())
            yield stack.enter_context(self.primary.cached_reads(earlier))

    def keep_lease(self) -> None:
        """Renew the lease of the run where that is due. It is called where a run may last, such as between probes."""
        self.renew_lease()

    def refresh(self) -> None:
        """Read nsconfig of the primary again, in the partition that the sessions are in."""
        self.config = _single(self.primary.read("nsconfig"))

    @property
    def changed_at(self) -> str:
        """The time of the last change of the configuration, when nsconfig was read; "" where nsconfig does not have it."""
        return str(self.config.get("lastconfigchangedtime", ""))

    @contextlib.contextmanager
    def inside(self, partition: str) -> Iterator[None]:
        """Switch the sessions to another admin partition for a block; where they are in it already, no request is sent.

        :attr:`config` keeps its value, so that a later comparison shows what has changed since it was read.
        """
        before, config = self.partition, self.config
        try:
            self.enter(partition)
            yield
        except TourniquetError:
            # The caller expects the earlier partition. If the switch back fails too, the session refuses to write.
            with contextlib.suppress(TourniquetError):
                self.enter(before)
            raise
        else:
            self.enter(before)
        finally:
            self.config = config

    def confirm_primary(self) -> None:
        """Read the role again: the node that we write to must still be primary, and a pair may have failed over.

        :raises Refused: where the node is no longer primary
        """
        if is_standalone(self.config):
            return
        role = own_role(self.primary.read("hanode"))
        if role != "primary":
            raise Refused(
                advice(
                    f"{self.primary.where}: the pair has failed over, this node is {role} now. What was written to it may be lost: "
                    "run status.yml, then the same playbook again.",
                    *(STATUS, AGAIN),
                )
            )

    def log_in_again(self) -> None:
        """Log in to every reachable node on a new connection, which shows that the management can still be reached.

        :raises TourniquetError: where the login to a node fails
        """
        for node in self.nodes:
            if node.role == "unreachable":
                continue
            with self._new_session(node.address) as session:
                session.read("nsconfig")

    @property
    def pair_remarks(self) -> list[str]:
        """The HA settings that may keep a change from the secondary, or the secondary from taking over, as sentences.

        Each node has its own settings (command reference, ha node). Whether a change arrived is read on the secondary.
        """
        remarks = [
            f"node {address.host}: {what} is {row[name]}"
            for address, row in self._own_rows.items()
            for name, what in HA_SETTINGS.items()
            if str(row.get(name, "")).upper() not in GOOD_STATES
        ]
        seen = ((str(row.get("ipaddress", "")), str(row.get("hasync", ""))) for row in self.other_nodes)
        remarks += [
            f"HA synchronisation of {host} is {state}, as the primary sees it"
            for host, state in seen
            if state.upper() not in GOOD_STATES
        ]
        return remarks

    @property
    def will_not_follow(self) -> list[str]:
        """Why a change on the primary will not reach the secondary, or the secondary will not take over, as sentences.

        A synchronisation that is off does not keep a command from the secondary; propagation does (command reference, ha node).
        """
        own = self._own_rows.get(self.primary.node, {})
        texts = [
            f"node {self.primary.node.host}: {HA_SETTINGS[name]} is {own[name]}"
            for name in ("haprop", "hastatus")
            if str(own.get(name, "")).upper() not in GOOD_STATES
        ]
        return [*texts, self.secondary_problem] if self.secondary_problem else texts

    @property
    def missing_nodes(self) -> list[str]:
        """The nodes that cannot be read, as sentences."""
        missing = [f"node {node.address.host} is unreachable" for node in self.nodes if node.role == "unreachable"]
        if self.other_nodes and len(self.appliance.nodes) == 1:
            missing.append(
                f"the other node of the HA pair {self.other_nodes[0].get('ipaddress', '')} is not named in netscaler_nodes"
            )
        if self.is_cluster:
            missing.append(OF_A_CLUSTER)
        return missing


def _stranger(one: _OpenNode, opened: Sequence[_OpenNode]) -> str:
    """Return that a secondary is of another pair than the primary, by the addresses that each has in its HA state; "" where that is not known."""
    primary = next((other for other in opened if other.node.role == "primary"), None)
    if primary is None or one.node.role != "secondary":
        return ""
    own = _addresses([own_row(one.ha_rows)])
    named = _addresses(row for row in primary.ha_rows if str(row.get("id")) != "0")
    # A pair may name its nodes by IPv6, and each itself by IPv4.
    peers = [peer for peer in named if own and peer.version == own[0].version]
    if not peers or own[0] in peers:
        return ""
    others = " and ".join(map(str, peers))
    return f"{one.node.address} ({own[0]}) is the secondary of another pair: the other node of {primary.node.address} is {others}"


def _addresses(rows: Iterable[Row]) -> list[IPv4Address | IPv6Address]:
    """Return the addresses of rows of hanode that are addresses."""
    found = []
    for row in rows:
        with contextlib.suppress(ValueError):
            found.append(ip_address(str(row.get("ipaddress", ""))))
    return found


def no_lease() -> None:
    """No lease is held."""


def is_cluster(config: Row) -> bool:
    return "cluster" in str(config.get("systemtype", "")).lower()


def clock_skew(config: Row, now: float) -> float | None:
    """Return by how many seconds an appliance's clock is ahead; None where nsconfig does not have the time.

    ``systemtime`` of nsconfig is a number (NITRO reference). That it counts seconds since 1970 is inferred from
    ``currentsytemtime``, which is the same time as text.

    :param config: the row of nsconfig
    :param now: seconds since 1970 on the control node, at the moment of the answer
    """
    shown = clock_of(config)
    return None if shown is None else shown - now


def clock_of(config: Row) -> float | None:
    """Return the time that an appliance shows, in seconds since 1970; None where nsconfig does not have it."""
    try:
        shown = float(str(config.get("systemtime", "")))
    except ValueError:
        return None
    return shown if math.isfinite(shown) else None


def is_standalone(config: Row) -> bool:
    """True if nsconfig says that the node has no HA role; otherwise the role is read."""
    kind = str(config.get("systemtype", "")).lower()
    return kind.startswith(("stand", "cluster"))


def own_row(members: list[Row]) -> Row:
    """Return the row of hanode for the node that answered."""
    return next((row for row in members if str(row.get("id")) == "0"), {})


def own_role(members: list[Row]) -> str:
    """Return the HA role of the node that answered: primary, secondary, or unknown."""
    return str(own_row(members).get("state", "unknown")).lower()


def read_build(session: Session) -> Build:
    """Return the build of a node.

    :raises NitroError: where the appliance does not report one
    """
    version = str(_single(session.read("nsversion")).get("version", ""))
    try:
        return Build.parse(version)
    except InvalidInput:
        problem = f"the version {version[:60]!r} is not a build of NetScaler"
        raise NitroError(session.where, "GET nsversion", 200, 0, problem) from None


def read_start_up_file(session: Session) -> tuple[str | None, str]:
    """Return the text of /nsconfig/rc.netscaler and "", or None and why it cannot be read. A missing file has an empty text."""
    try:
        rows = session.read("systemfile", "rc.netscaler", args={"filelocation": "/nsconfig"})
    except NotFound:
        return "", ""
    except TourniquetError as error:
        if isinstance(error, (CannotConnect, OutcomeUnknown)):
            raise
        return None, f"rc.netscaler cannot be read: {error}"
    if not rows:
        return None, "the answer for rc.netscaler contains no file"
    if rows[0].get("filecontent") is None:
        return None, "the answer for rc.netscaler has no content"
    try:
        return base64.b64decode(str(_single(rows).get("filecontent", ""))).decode("utf-8", "replace"), ""
    except (binascii.Error, ValueError):
        return None, "the content of rc.netscaler is not base64"


def _single(rows: list[Row]) -> Row:
    return rows[0] if rows else {}
