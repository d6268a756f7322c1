# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Accepts SSH connections at the management address of a node: listening, ACLs, a reboot."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable

import asyncssh

from simulator.appliance.appliance import Appliance
from simulator.network.responses import RESET
from simulator.node import packet_filter
from simulator.node.acl_rules import Packet
from simulator.node.state import Listener
from simulator.server.acceptor import bound_socket
from simulator.shell.ssh_server import Place, new_host_key, options

MOST_CONNECTIONS = 20
_WELL_KNOWN = 22


class SshAcceptor:
    """The SSH address of a node that listens or not."""

    def __init__(
        self, appliance: Appliance, node: int, listener: Listener, port: int, changed: Callable[[], Awaitable[None]]
    ) -> None:
        self.appliance = appliance
        self.node = node
        self.address = listener.address
        self.port = port
        self.reserved: socket.socket | None = None  # keeps the free port while the address does not listen
        self.listening: socket.socket | None = None
        host_key = new_host_key()
        listener.ssh_host_key = host_key.export_public_key().decode().strip()
        self._options = options(Place(appliance, node, changed), host_key)
        self._tasks: set[asyncio.Task[None]] = set()
        self._connections: set[asyncssh.SSHServerConnection] = set()
        self._held: set[socket.socket] = set()  # connections whose packets an ACL drops, or that are not served yet

    async def update(self) -> None:
        """Start or stop listening, as the state of the appliance demands."""
        wanted = not self.appliance.unreachable and not self.appliance.faults.active("refuse", self.node)
        if wanted and self.listening is None:
            opened, self.reserved = self.reserved or bound_socket(self.address, self.port), None
            opened.listen(64)
            opened.setblocking(False)
            asyncio.get_running_loop().add_reader(opened.fileno(), self._accept, opened)
            self.listening = opened
        elif not wanted and self.listening is not None:
            self.close()
            with contextlib.suppress(OSError):  # keep the port from other programs
                self.reserved = bound_socket(self.address, self.port)

    def close(self) -> None:
        if self.reserved is not None:
            self.reserved.close()
            self.reserved = None
        if self.listening is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                asyncio.get_running_loop().remove_reader(self.listening.fileno())
            self.listening.close()
            self.listening = None
        self.drop_connections()

    def drop_connections(self) -> None:
        """Reset all connections, as a reboot does."""
        for task in self._tasks:
            task.cancel()
        for connection in list(self._connections):
            connection.abort()
        for held in self._held:
            held.close()
        self._held.clear()

    def _accept(self, listening: socket.socket) -> None:
        try:
            connection, peer = listening.accept()
        except OSError:  # the client has closed it
            return
        connection.setblocking(False)
        node = self.appliance.nodes[self.node]
        packet = Packet(str(peer[0]), int(peer[1]), self.address, (self.port, _WELL_KNOWN), False, True)
        loop = asyncio.get_running_loop()
        if node.booting or len(self._connections) + len(self._tasks) >= MOST_CONNECTIONS:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            connection.close()
        elif packet_filter.filters(node) and packet_filter.dropped(node, packet):
            self._held.add(connection)
            loop.call_later(self.appliance.switches["drop_seconds"], self._release, connection)
        else:
            task = loop.create_task(self._serve(connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _release(self, connection: socket.socket) -> None:
        self._held.discard(connection)
        connection.close()

    async def _serve(self, accepted: socket.socket) -> None:
        """Serve a connection from its key exchange to its end."""
        with contextlib.suppress(OSError, asyncssh.Error):  # the client breaks off, or does not log on
            connection = await asyncssh.run_server(accepted, options=self._options)
            self._connections.add(connection)
            try:
                await connection.wait_closed()
            finally:
                self._connections.discard(connection)
