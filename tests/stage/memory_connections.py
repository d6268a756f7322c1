# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Connections of the engine with a simulator of the same process in memory, instead of TLS over loopback.

The bytes of requests and answers are the same, made and parsed by the same code on both sides. A request is answered in the thread
of the client; a handler that waits goes on in the loop of the simulator, and the client waits for it as long as its limits allow.
What needs more than bytes is a real connection: an address that does not accept, a client that an ACL drops, a distance, and TLS
with another certificate, version or CA than those of a fleet file without settings of its own.
"""

from __future__ import annotations

import errno
import functools
import http.client
import io
import itertools
import os
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro import bounded_connection, session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.bounded_connection import (
    BoundedConnection,
)

from simulator import Simulator
from simulator.server.acceptor import Acceptor
from simulator.server.python_api import RUNNING
from tests.stage.client import connection_to

OWN_ADDRESS = "127.0.0.1"  # which the operating system chooses for any address of the loopback network
_ports = itertools.count()


class _Transport:
    """The appliance's end of a connection.

    :ivar sent: what it has sent, and the client has not read
    :ivar was_reset: it has ended the connection by a reset
    :ivar changed: notified of what the client waits for; it has the lock of the loop
    """

    def __init__(self, simulator: Simulator, acceptor: Acceptor, peer: tuple[str, int]) -> None:
        self._names = {"peername": peer, "sockname": (acceptor.address, acceptor.port)}
        self._loop = simulator.loop
        self._is_closing = self._is_lost = False
        self.sent = bytearray()
        self.was_reset = False
        self.changed = threading.Condition(simulator.loop.lock)
        self.protocol = acceptor.server()
        self.protocol.connection_made(self)  # type: ignore[arg-type] # as much of a transport as is needed

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._names.get(name, default)

    def is_closing(self) -> bool:
        return self._is_closing

    def can_write_eof(self) -> bool:
        return False  # as a transport with TLS

    def pause_reading(self) -> None:
        """Do nothing: a request is delivered as a whole."""

    resume_reading = pause_reading

    def write(self, data: bytes) -> None:
        if not self._is_closing:
            self.sent += data
            self.changed.notify_all()

    def close(self) -> None:
        self._is_closing = True
        self.changed.notify_all()

    def abort(self) -> None:
        self._is_closing = self.was_reset = True
        self.changed.notify_all()
        self._loop.call_soon(self.lose)

    def lose(self) -> None:
        """Tell the protocol, once, that the connection has ended."""
        self._is_closing = True
        if not self._is_lost:
            self._is_lost = True
            self.protocol.connection_lost(None)


class _Socket:
    """The client's end of a connection."""

    def __init__(self, simulator: Simulator, acceptor: Acceptor, own: tuple[str, int], certificate: bytes) -> None:
        self._own, self._loop, self._certificate = own, simulator.loop, certificate
        self._timeout: float | None = None
        self._unsent = bytearray()  # a request is delivered as a whole, when its answer is read
        self._has_ended = self._has_read = False  # _has_read: a part of the present answer
        with self._loop.turn():
            self._transport = _Transport(simulator, acceptor, own)

    def getsockname(self) -> tuple[str, int]:
        return self._own

    def getpeercert(self, binary_form: bool = False) -> bytes:
        assert binary_form
        return self._certificate

    def settimeout(self, seconds: float | None) -> None:
        self._timeout = seconds

    def send(self, data: Any, _flags: int = 0) -> int:
        if self._transport.was_reset:
            raise _reset()
        self._unsent += data
        return len(data)

    def sendall(self, data: Any, _flags: int = 0) -> None:
        self.send(data)

    def recv_into(self, buffer: Any, most: int = 0, _flags: int = 0) -> int:
        transport = self._transport
        self._deliver()
        with transport.changed:
            if not transport.changed.wait_for(self._has_something, self._timeout):
                raise TimeoutError("timed out")
            if transport.was_reset and not transport.sent:  # a client reads what came before a reset
                return self._lost()
            size = min(most or len(buffer), len(transport.sent))
            buffer[:size] = transport.sent[:size]
            del transport.sent[:size]
            self._has_read = True
            return size

    def _lost(self) -> int:
        """Show that the connection was reset while the client read."""
        raise _reset()

    def has_input(self) -> bool:
        """Return whether the other end has closed the connection, or sent something."""
        with self._transport.changed:
            return self._has_something()

    def _has_something(self) -> bool:
        return bool(self._transport.sent) or self._transport.is_closing()

    def _deliver(self) -> None:
        if self._unsent:
            request, self._unsent, self._has_read = bytes(self._unsent), bytearray(), False
            with self._loop.turn():
                if not self._transport.is_closing():
                    self._transport.protocol.data_received(request)

    def makefile(self, *_arguments: Any, **_options: Any) -> io.RawIOBase:
        return _File(self)

    def close(self) -> None:
        if not self._has_ended:
            self._has_ended = True
            self._deliver()
            with self._loop.turn():
                self._transport.lose()


class _File(io.RawIOBase):
    def __init__(self, connected: _Socket) -> None:
        self._connected = connected

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._connected.recv_into(buffer)


class _Plain(bounded_connection._Bounded, _Socket):  # type: ignore[misc] # as the sockets of the engine
    """The client's end within the limits of an exchange."""


class _Tls(bounded_connection._Bounded, _Socket, ssl.SSLSocket):  # type: ignore[misc]
    """The same at an address with TLS, whose certificate the engine reads. No socket is opened."""

    def _lost(self) -> int:
        """Show what OpenSSL makes of a reset: the end of the connection before an answer, and an error of its own within one."""
        if self._has_read:
            raise ssl.SSLError(ssl.SSL_ERROR_SYSCALL, "[SYS] unknown error")
        return 0


def _reset() -> ConnectionResetError:
    return ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))


@functools.lru_cache(maxsize=256)
def _trusts(context: ssl.SSLContext, authority: Path) -> bool:
    """Return whether a client with a TLS context accepts the certificates of a simulator."""
    signer = ssl.PEM_cert_to_DER_cert(authority.read_text())
    return context.verify_mode is ssl.CERT_NONE or signer in context.get_ca_certs(binary_form=True)


@functools.lru_cache(maxsize=256)
def _certificate(directory: Path, address: str) -> bytes:
    return ssl.PEM_cert_to_DER_cert((directory / f"{address.replace(':', '_')}-signed.pem").read_text())


class _Asking(http.client.HTTPConnection):
    """A user or an attacker: what is asked passes no TLS."""

    def __init__(self, simulator: Simulator, acceptor: Acceptor, own: tuple[str, int], seconds: float) -> None:
        super().__init__(acceptor.address, acceptor.port, timeout=seconds)
        self._parts = (simulator, acceptor, own)

    def connect(self) -> None:
        connected = _Heard(*self._parts, b"")
        connected.settimeout(self.timeout)
        self.sock = connected  # type: ignore[assignment] # as much of a socket as is needed


class _Heard(_Socket):
    def makefile(self, *_arguments: Any, **_options: Any) -> Any:
        return io.BufferedReader(_File(self))


def client_of(
    place: Mapping[str, Any], client: str = "", *, tls: bool = True, seconds: float = 60
) -> http.client.HTTPConnection:
    """Return a connection in memory of a user or an attacker, who may have any address; a real one where it needs more than bytes."""
    own = (client or OWN_ADDRESS, 20000 + next(_ports) % 40000)
    for simulator in list(RUNNING):
        acceptor = simulator.fleet.acceptor_at(place["address"], place["port"])
        with simulator.loop.lock:
            if acceptor is not None and acceptor.accepts_at_once(own) and (acceptor.context is not None) is tls:
                return _Asking(simulator, acceptor, own, seconds)
    return connection_to(place, client, tls=tls, seconds=seconds)


def _in_memory(connection: BoundedConnection) -> _Socket | None:
    """Return a connection in memory; None where a real one is needed."""
    chosen = "::1" if connection.host == "::1" else OWN_ADDRESS
    own = (connection._source or chosen, 20000 + next(_ports) % 40000)
    if not own[0].startswith(("127.", "::1")) or not connection.host.startswith(("127.", "::1")):
        return None
    for simulator in list(RUNNING):
        acceptor = simulator.fleet.acceptor_at(connection.host, connection.port)
        if acceptor is None:
            continue
        spec, authority, context = acceptor.appliance.spec, simulator.fleet.authority, connection._tls
        with simulator.loop.lock:
            if not acceptor.accepts_at_once(own) or (acceptor.context is None) is not (context is None):
                return None
        if context is None:
            return _Plain(simulator, acceptor, own, b"")
        if (spec.certificate, spec.tls_maximum) != ("signed", "1.3") or not _trusts(context, authority.ca_file):
            return None
        return _Tls(simulator, acceptor, own, _certificate(authority.directory, acceptor.address))
    return None


@contextmanager
def memory_connections() -> Iterator[None]:
    """Connect the engine in memory with the simulators of this process."""
    really, is_closed = BoundedConnection.open, session.is_closed

    def open_(connection: BoundedConnection, timeout: float) -> None:
        connected = _in_memory(connection)
        if connected is None:
            really(connection, timeout)
        else:
            connection.sock = connected
            connection.sock.limits = connection.limits

    def has_ended(connected: Any) -> bool:
        return connected.has_input() if isinstance(connected, _Socket) else is_closed(connected)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BoundedConnection, "open", open_)
        patch.setattr(session, "is_closed", has_ended)
        yield
