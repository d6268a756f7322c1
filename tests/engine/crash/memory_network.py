# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Connections between the engine and the simulated appliance in memory, instead of TLS over loopback.

The bytes of requests and answers are the same, made and parsed by the same code on both sides; resets, ends of connections and refused
connections are those of the simulator. A handler that waits (a hang, a dropped packet) is a timeout at once. What is not played is TLS,
and the threads of a group of probes, which are sent one after the other.
"""

from __future__ import annotations

import asyncio
import errno
import io
import itertools
import os
import ssl
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Self

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro import bounded_connection, session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.bounded_connection import (
    BoundedConnection,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof import probes

from simulator import Simulator
from simulator.appliance.appliance import Appliance
from simulator.server.acceptor import Acceptor

OWN_ADDRESS = "127.0.0.1"  # which the operating system chooses for any address of the loopback network


class _Timer:
    def cancel(self) -> None:
        """Do nothing: no time passes in this loop."""


class _Waiting:
    """Something that never comes: a handler that waits for it does not answer."""

    def __await__(self) -> Iterator[Self]:
        yield self

    def add_done_callback(self, _callback: Any) -> None:
        """Do nothing: it is never done."""

    def cancel(self) -> None:
        """Do nothing: nothing runs."""


class _Loop:
    """What the simulator's connections need of an event loop. Nothing runs later; a handler that waits is dropped."""

    time = staticmethod(time.monotonic)

    def call_later(self, *_arguments: Any) -> _Timer:
        return _Timer()

    call_at = call_later

    def create_future(self) -> _Waiting:
        return _Waiting()

    def create_task(self, handler: Any) -> _Waiting:
        handler.close()
        return _Waiting()


class _Transport:
    """The appliance's end of a connection.

    :ivar sent: what it has sent, and the client has not read
    :ivar was_reset: it has ended the connection by a reset
    """

    def __init__(self, peer: tuple[str, int], own: tuple[str, int]) -> None:
        self._names = {"peername": peer, "sockname": own}
        self.sent = bytearray()
        self.was_reset = False
        self._closing = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._names.get(name, default)

    def is_closing(self) -> bool:
        return self._closing

    def can_write_eof(self) -> bool:
        return False

    def pause_reading(self) -> None:
        """Do nothing: a request is delivered as a whole."""

    resume_reading = pause_reading

    def write(self, data: bytes) -> None:
        if not self._closing:
            self.sent += data

    def close(self) -> None:
        self._closing = True

    def abort(self) -> None:
        self._closing = self.was_reset = True
        self.sent.clear()


class _Socket:
    """The client's end of a connection."""

    def __init__(self, acceptor: Acceptor, loop: Callable[[], Any], own: tuple[str, int]) -> None:
        self._own, self._loop = own, loop
        self.transport = _Transport(own, (acceptor.address, acceptor.port))
        self._unsent = bytearray()  # a request is delivered as a whole, when its answer is read
        self._ended = False
        with loop():
            self._protocol: Any = acceptor.server()
            self._protocol.connection_made(self.transport)

    def getsockname(self) -> tuple[str, int]:
        return self._own

    def settimeout(self, _seconds: float) -> None:
        """Do nothing: what does not come at once never comes."""

    def send(self, data: Any, _flags: int = 0) -> int:
        if self.transport.is_closing():
            raise _error(ConnectionResetError, errno.ECONNRESET)
        self._unsent += data
        return len(data)

    def sendall(self, data: Any) -> None:
        self.send(data)

    def recv_into(self, buffer: Any, most: int = 0, _flags: int = 0) -> int:
        if self._unsent and not self.transport.is_closing():
            request, self._unsent = bytes(self._unsent), bytearray()
            with self._loop():
                self._protocol.data_received(request)
        sent = self.transport.sent
        if sent:
            size = min(most or len(buffer), len(sent))
            buffer[:size] = sent[:size]
            del sent[:size]
            return size
        if self.transport.was_reset:
            raise _error(ConnectionResetError, errno.ECONNRESET)
        if self.transport.is_closing():
            return 0
        raise TimeoutError("timed out")

    def makefile(self, *_arguments: Any, **_options: Any) -> io.RawIOBase:
        return _File(self)

    def close(self) -> None:
        if not self._ended:
            self._ended = True
            self.transport.close()
            with self._loop():
                self._protocol.connection_lost(None)


class _File(io.RawIOBase):
    def __init__(self, connected: _Socket) -> None:
        self._connected = connected

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._connected.recv_into(buffer)


class _BoundedSocket(bounded_connection._Bounded, _Socket):  # type: ignore[misc] # as the sockets of the engine
    """The client's end within the limits of an exchange."""


class _OneAfterTheOther:
    """An executor without threads."""

    def __init__(self, _workers: int) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        """Do nothing: no thread was started."""

    def map(self, function: Callable[[Any], Any], values: Iterable[Any]) -> list[Any]:
        return [function(value) for value in values]


def _error(kind: type[OSError], number: int) -> OSError:
    return kind(number, os.strerror(number))


class _Network:
    """The addresses of an appliance."""

    def __init__(self, simulator: Simulator, name: str) -> None:
        of_appliance = simulator.fleet._acceptors[name]
        self._acceptors = {(one.address, one.port): one for one in of_appliance if isinstance(one, Acceptor)}
        self._event_loop = _Loop()
        self._ports = itertools.count()

    @contextmanager
    def _loop(self) -> Iterator[None]:
        asyncio._set_running_loop(self._event_loop)  # type: ignore[arg-type] # as much of a loop as is needed
        try:
            yield
        finally:
            asyncio._set_running_loop(None)

    def open(self, connection: BoundedConnection) -> _Socket:
        """Connect to an address, as far as the appliance lets the client do so."""
        acceptor = self._acceptors.get((connection.host, connection.port))
        own = (connection._source or OWN_ADDRESS, 20000 + next(self._ports) % 40000)
        if acceptor is None or not acceptor.should_listen:
            raise _error(ConnectionRefusedError, errno.ECONNREFUSED)
        if not acceptor.has_service:
            raise _error(ConnectionResetError, errno.ECONNRESET)
        if acceptor._drops(acceptor._filtering_node, own, established=False):
            raise TimeoutError("timed out")
        if (acceptor.context is None) is not (connection._tls is None):
            raise ssl.SSLError("one side speaks TLS, and the other does not")
        return _BoundedSocket(acceptor, self._loop, own)

    def run(self, call: Coroutine[Any, Any, Any]) -> Any:
        """Carry out a call of the control endpoint in this thread."""
        with self._loop():
            try:
                call.send(None)
            except StopIteration as end:
                return end.value
        raise RuntimeError("a control call waits")

    async def listen(self, _appliance: Appliance | None = None) -> None:
        """End the connections at addresses that are no longer served."""
        for acceptor in self._acceptors.values():
            if not (acceptor.should_listen and acceptor.has_service):
                acceptor.server.reset_all()


@contextmanager
def memory_network(simulator: Simulator, name: str = "box") -> Iterator[None]:
    """Connect the engine to an appliance in memory."""
    network = _Network(simulator, name)

    def open_(connection: BoundedConnection, _timeout: float) -> None:
        connection.sock = network.open(connection)
        connection.sock.limits = connection.limits

    def is_closed(connected: Any) -> bool:
        return connected is None or connected.transport.is_closing() or bool(connected.transport.sent)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BoundedConnection, "open", open_)
        patch.setattr(session, "is_closed", is_closed)
        patch.setattr(probes, "ThreadPoolExecutor", _OneAfterTheOther)
        patch.setattr(simulator.fleet, "listen", network.listen)
        patch.setattr(simulator, "_run", network.run)
        yield
