# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Accepts connections at one address of an appliance: listening, ACLs, TLS, distance."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from typing import Any

from simulator.appliance.appliance import Appliance
from simulator.network.connections import Server
from simulator.network.requests import HttpRequest
from simulator.network.responses import RESET, NoResponse, RawResponse
from simulator.network.tls_transport import Transport
from simulator.node import packet_filter
from simulator.node.acl_rules import Packet
from simulator.node.node import Node
from simulator.node.state import Listener

Handler = Callable[[HttpRequest], Awaitable[RawResponse]]
Record = Callable[[HttpRequest, RawResponse, float], None]


class Acceptor:
    """An address of an appliance that listens or not. Packets that its ACLs drop do not reach the handler."""

    def __init__(
        self,
        appliance: Appliance,
        node: int | None,  # None: a virtual server
        listener: Listener,
        port: int,
        handler: Handler,
        record: Record,
        context: Callable[[str], ssl.SSLContext] | None,  # by the kind of certificate; None: no TLS
        vserver: tuple[str, str] | None = None,  # its type, and its name in faults
    ) -> None:
        self.appliance = appliance
        self.node = node
        self.vserver = vserver
        self.listener = listener
        self.address = listener.address
        self.port = port
        self.context = context
        self.server = Server(self._filtered, cancels=node is None)
        self._round_trip = appliance.spec.round_trip_ms / 1000  # seconds
        self.reserved: socket.socket | None = None  # keeps the free port while the address does not listen
        self.listening: socket.socket | None = None
        self._handler = handler
        self._record = record
        self._pending: set[Transport] = set()  # connections before the end of the TLS handshake
        self._accepting: set[asyncio.Task[None]] = set()  # connections without TLS that are being accepted
        self._delayed: set[socket.socket] = set()  # connections that wait for their round trips
        self._dropped: set[socket.socket] = set()  # connections whose packets an ACL drops

    @property
    def should_listen(self) -> bool:
        if self.appliance.unreachable:
            return False
        if self.node is not None:
            return not self.appliance.faults.active("refuse", self.node)
        return self.has_service or self.appliance.switches["disabled_vserver"] == "reset"

    @property
    def has_service(self) -> bool:
        """True unless the address belongs to a virtual server that is disabled or does not exist any more."""
        if self.vserver is None:
            return True
        node = self.appliance.serving(self.listener.partition)
        return node is not None and node.vserver_at(self.vserver[0], self.listener.socket_address) is not None

    @property
    def tls_context(self) -> ssl.SSLContext | None:
        """The TLS context for a new connection."""
        if self.context is None:
            return None
        called = self.vserver[1] if self.vserver else None
        fault = self.appliance.faults.active("certificate_changed", self.node, called)
        kind = self.appliance.spec.certificate
        if fault is not None:
            kind = "another_self_signed" if fault.certificate == "self_signed" else fault.certificate
        return self.context(kind)

    async def update(self) -> None:
        """Start or stop listening, as the state of the appliance demands."""
        if self.should_listen and self.listening is None:
            opened, self.reserved = self.reserved or bound_socket(self.address, self.port), None
            opened.listen(512)
            opened.setblocking(False)
            asyncio.get_running_loop().add_reader(opened.fileno(), self._accept, opened)
            self.listening = opened
        elif not self.should_listen and self.listening is not None:
            self.close()
            with contextlib.suppress(OSError):  # keep the port from other programs
                self.reserved = bound_socket(self.address, self.port)
        elif not self.has_service:
            # downStateFlush is on by default: the connections of clients are terminated (product docs; a reset, CTX140147).
            self.server.reset_all()

    def close(self) -> None:
        if self.reserved is not None:
            self.reserved.close()
            self.reserved = None
        if self.listening is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                asyncio.get_running_loop().remove_reader(self.listening.fileno())
            self.listening.close()
            self.listening = None
        for shaking in list(self._pending):
            shaking.abort()
        for task in self._accepting:
            task.cancel()
        for kept in (self._delayed, self._dropped):
            for connection in kept:
                connection.close()
            kept.clear()
        self.server.reset_all()

    def drop_connections(self) -> None:
        """Reset all connections, as a reboot does."""
        self.server.reset_all()

    def connection_count(self) -> int:
        """Return the number of connected clients."""
        return len(self.server.connections)

    def accepts_at_once(self, peer: tuple[Any, ...]) -> bool:
        """Return whether a connection is served without a delay, with the certificate of the fleet file."""
        return (
            self.listening is not None
            and self.has_service
            and not self._round_trip
            and not self._drops(self._filtering_node, peer, established=False)
            and self.appliance.faults.active("certificate_changed", self.node, self.vserver and self.vserver[1]) is None
        )

    def packet(self, peer: tuple[Any, ...], *, established: bool) -> Packet:
        """Return the packet of a connection for the ACLs. A management address has its well-known ports beside the real one."""
        address, port = (self.address, self.port) if self.node is not None else self.listener.socket_address
        ports = (port,) if self.node is None else (port, 443 if self.context else 80)
        return Packet(str(peer[0]), int(peer[1]), address, ports, established, self.node is not None)

    def _drops(self, filtering_node: Node | None, peer: tuple[Any, ...] | None, *, established: bool) -> bool:
        if peer is None or filtering_node is None or not packet_filter.filters(filtering_node):
            return False
        return packet_filter.dropped(filtering_node, self.packet(peer, established=established))

    @property
    def _filtering_node(self) -> Node | None:
        """The node whose ACLs filter; a partition has its own."""
        return self.appliance.serving(self.listener.partition) if self.node is None else self.appliance.nodes[self.node]

    async def _filtered(self, request: HttpRequest) -> RawResponse:
        """Handle a request. ACLs also filter packets of established connections, and the response to the call that applied them."""
        if self._round_trip:
            await asyncio.sleep(self._round_trip)
        peer, filtering_node = request.client, self._filtering_node
        if not self._drops(filtering_node, peer, established=True):
            started = time.perf_counter()
            running, version = (filtering_node.running, filtering_node.running.version) if filtering_node else (None, 0)
            response = await self._handler(request)
            filtering_node = self._filtering_node
            changed = filtering_node is not None and (
                filtering_node.running is not running or filtering_node.running.version != version
            )
            swallowed = changed and self._drops(filtering_node, peer, established=True)
            self._record(request, NoResponse(reset=False, code=response.code) if swallowed else response, started)
            if not swallowed:
                return response
        await asyncio.sleep(self.appliance.switches["drop_seconds"])
        return NoResponse(reset=False)

    def _accept(self, listening: socket.socket) -> None:
        """Accept a waiting connection; the event loop calls again for the next one.

        ACLs filter packets before TLS: a dropped client gets no byte.
        """
        try:
            connection, peer = listening.accept()
        except OSError:  # the client has closed it
            return
        connection.setblocking(False)
        loop = asyncio.get_running_loop()
        if not self.has_service:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            connection.close()
        elif self._drops(self._filtering_node, peer, established=False):
            self._dropped.add(connection)
            loop.call_later(self.appliance.switches["drop_seconds"], self._close_dropped, connection)
        elif self._round_trip:
            self._delayed.add(connection)
            loop.call_later(2 * self._round_trip, self._arrive_late, connection)
        else:
            self._serve_connection(connection)

    def _close_dropped(self, connection: socket.socket) -> None:
        self._dropped.discard(connection)
        connection.close()

    def _serve_connection(self, connection: socket.socket) -> None:
        context = self.tls_context
        if context is None:
            self._delayed.add(connection)
            task = asyncio.get_running_loop().create_task(self._serve(connection))
            self._accepting.add(task)
            task.add_done_callback(self._accepting.discard)
            return
        try:
            self._pending.add(Transport(connection, context, self.server, self._pending.discard))
        except OSError:  # the client has closed it
            connection.close()

    async def _serve(self, connection: socket.socket) -> None:
        self._delayed.discard(connection)
        with contextlib.suppress(OSError):  # the client has closed it
            await asyncio.get_running_loop().connect_accepted_socket(self.server, connection)

    def _arrive_late(self, connection: socket.socket) -> None:
        """Serve a connection after its round trips: the handshakes of TCP and of TLS 1.3 take one each (RFC 8446, 2)."""
        if connection in self._delayed:  # otherwise the address was closed meanwhile, with all waiting connections
            self._delayed.discard(connection)
            self._serve_connection(connection)


def bound_socket(address: str, port: int) -> socket.socket:
    """Return a socket that is bound to an address and does not listen yet. Raises OSError."""
    opened = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((address, port))
    except OSError:
        opened.close()
        raise
    return opened
