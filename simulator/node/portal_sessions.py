# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sessions of users at Gateways and authentication virtual servers, and the connections through Gateways.

The lines of log-ons, log-offs and ICA connections in ns.log: CTX550269, and samples in the tests of public log parsers. A user who logs off
is Explicit there, an idle session TimedOut; no source names the word for a session that an administrator ends.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from simulator.node import logs
from simulator.node.counters import Counters

_COOKIES = {"vpnvserver": "NSC_AAAC", "authenticationvserver": "NSC_TMAS"}
GATEWAYS = tuple(_COOKIES)
KINDS = ("ica", "pcoip", "rdp")  # of connections through a Gateway
LARGEST_NUMBER = 100_000  # of sessions, and of connections
_NO_ADDRESS = ("127.0.0.1", 0)


class Counting(logs.Logged, Protocol):
    """The node that counts and logs the sessions."""

    counters: Counters

    @property
    def serving(self) -> bool: ...

    def clock(self, moment: float | None = None, /) -> float: ...


@dataclass
class PortalSession:
    """The session of a user at a virtual server."""

    number: int
    user: str
    type: str
    socket_address: tuple[str, int]  # of the virtual server; it stays the same when the server is renamed
    client: tuple[str, int]
    since: float
    last: float
    groups: tuple[str, ...] = ()
    intranet_ip: str = ""  # the address that the user has in the intranet; "": none is assigned


@dataclass
class Connection:
    """A connection of a user through a Gateway to a server: ICA, PCoIP or RDP."""

    number: int
    kind: str
    user: str
    socket_address: tuple[str, int]  # of the Gateway
    client: tuple[str, int]
    server: tuple[str, int]
    since: float
    transport: str = "TCP"  # of ICA; UDP is EDT
    domain: str = ""


class PortalSessions:
    """The sessions and connections of an appliance's users. They belong to the pair: a failover ends no session, but all connections."""

    def __init__(self, now: Callable[[], float], idle_seconds: float) -> None:
        self._now = now
        self._idle_seconds = idle_seconds
        self.sessions: dict[str, PortalSession] = {}
        self.connections: list[Connection] = []
        self._number = 0

    def sign_on(
        self,
        node: Counting,
        type_: str,
        place: tuple[str, int],
        user: str,
        client: tuple[str, int] = _NO_ADDRESS,
        *,
        groups: Iterable[str] = (),
        intranet_ip: str = "",
    ) -> str:
        """Start a session and return the value of its cookie. The oldest session ends if there are too many."""
        if len(self.sessions) >= LARGEST_NUMBER:
            del self.sessions[next(iter(self.sessions))]
        token = secrets.token_hex(32)
        now = self._now()
        self._number += 1
        self.sessions[token] = PortalSession(
            self._number, user, type_, place, client, now, now, tuple(groups), intranet_ip
        )
        for field in ("aaatotsessions", *(("aaatottmsessions",) if type_ == "authenticationvserver" else ())):
            node.counters.add(now, "aaa", "", field)
        return token

    def connect(
        self, node: Counting, session: PortalSession, kind: str, server: tuple[str, int], transport: str = "TCP"
    ) -> Connection:
        """Start a connection of a session's user. The oldest connection ends if there are too many."""
        if len(self.connections) >= LARGEST_NUMBER:
            del self.connections[0]
        self._number += 1
        made = Connection(
            self._number, kind, session.user, session.socket_address, session.client, server, self._now(), transport
        )
        self.connections.append(made)
        if kind == "ica":
            logs.ns_log(
                node,
                "info",
                "SSLVPN ICASTART",
                f'{_ends(made)} - applicationName Desktop - startTime "{_time(node, made.since)}" - '
                f"connectionId {made.number:x}",
            )
        return made

    def expire(self, node: Counting) -> None:
        """End the sessions that were idle for half an hour: sessTimeout of vpn parameter is 30 minutes (command reference)."""
        now, idle = self._now(), self._idle_seconds
        over = [session for session in self.sessions.values() if now - session.last > idle > 0]
        if over:
            self.end(node, over, "TimedOut")
        for _ in over:
            node.counters.add(now, "aaa", "", "aaatotsessiontimeout")

    def found(self, node: Counting, type_: str, place: tuple[str, int], cookies: dict[str, list[str]]) -> str | None:
        """Return the token of the caller's session at this virtual server, and restart its idle time."""
        self.expire(node)
        for token in cookies.get(_COOKIES[type_], ()):
            session = self.sessions.get(token)
            if session is not None and session.socket_address == place:
                session.last = self._now()
                return token
        return None

    def end(self, node: Counting, sessions: list[PortalSession], method: str) -> None:
        """End sessions. `method` says in the log how: Explicit by the user, TimedOut, or by an administrator."""
        ended = {session.number for session in sessions}
        self.sessions = {token: session for token, session in self.sessions.items() if session.number not in ended}
        for session in sessions:
            if session.type == "vpnvserver":
                logs.ns_log(node, "info", "SSLVPN LOGOUT", _log_off(node, session, self._now(), method))

    def disconnect(self, node: Counting, connections: list[Connection]) -> None:
        """End connections."""
        ended = {connection.number for connection in connections}
        self.connections = [connection for connection in self.connections if connection.number not in ended]
        for connection in connections:
            if connection.kind == "ica":
                began, now = connection.since, self._now()
                logs.ns_log(
                    node,
                    "info",
                    "SSLVPN ICAEND_CONNSTAT",
                    f'{_ends(connection)} - startTime "{_time(node, began)}" - endTime "{_time(node, now)}" - '
                    f"Duration {_duration(now - began)}  - {_NO_BYTES} - connectionId {connection.number:x}",
                )

    def of(self, node: Counting, place: tuple[str, int] | None = None, type_: str = "") -> list[PortalSession]:
        """Return the sessions on a node, all of them on the primary, by virtual server or by type."""
        if not node.serving:
            return []
        self.expire(node)
        return [
            session
            for session in self.sessions.values()
            if place in (None, session.socket_address) and type_ in ("", session.type)
        ]

    def connections_of(self, node: Counting, kind: str) -> list[Connection]:
        """Return the connections of a kind through a node: all of them on the primary."""
        return [connection for connection in self.connections if connection.kind == kind] if node.serving else []


def cookie_name(type_: str) -> str:
    """Return the name of the session cookie of a type of virtual server."""
    return _COOKIES[type_]


def groups_text(groups: Iterable[str]) -> str:
    """Return groups as the log has them."""
    return ",".join(groups) or "N/A"


_NO_BYTES = (
    "Total_bytes_send 0 - Total_bytes_recv 0 - Total_compressedbytes_send 0 - Total_compressedbytes_recv 0 - "
    "Compression_ratio_send 0.00% - Compression_ratio_recv 0.00%"
)


def _log_off(node: Counting, session: PortalSession, now: float, method: str) -> str:
    address, (vserver, port) = session.client[0], session.socket_address
    return (
        f"Context {session.user}@{address} - SessionId: {session.number} - User {session.user} - Client_ip {address} - "
        f'Nat_ip "Mapped Ip" - Vserver {vserver}:{port} - Start_time "{_time(node, session.since)}" - '
        f'End_time "{_time(node, now)}" - Duration {_duration(now - session.since)}  - Http_resources_accessed 0 - '
        "NonHttp_services_accessed 0 - Total_TCP_connections 0 - Total_UDP_flows 0 - Total_policies_allowed 0 - "
        f'Total_policies_denied 0 - {_NO_BYTES} - LogoutMethod "{method}" - Group(s) "{groups_text(session.groups)}"'
    )


def _ends(connection: Connection) -> str:
    (client, client_port), (server, port) = connection.client, connection.server
    return (
        f"Source {client}:{client_port} - Destination {server}:{port} - customername  - "
        f"username:domainname {connection.user}:{connection.domain}"
    )


def _time(node: Counting, moment: float) -> str:
    return f"{datetime.fromtimestamp(node.clock(moment), UTC):%m/%d/%Y:%H:%M:%S} GMT"


def _duration(seconds: float) -> str:
    whole = max(0, int(seconds))
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
