# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Messages of TLS without content, sent without end, do not prolong an operation."""

from __future__ import annotations

import os
import socket
import ssl
import threading
import time

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro import watchdog
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.bounded_connection import (
    BoundedConnection,
    ExchangeLimits,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.watchdog import WatchedSocket

HELLO_REQUEST = b"\x16\x03\x03\x00\x04\x00\x00\x00\x00"
"""A message that a client passes over during a handshake, in a record of its own."""
FLOOD = 20.0
"""Seconds after which the peer gives up, so that a client without a watchdog fails the test, and does not hang."""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "GRACE", 0.1)
    monkeypatch.setattr(watchdog, "INTERVAL", 0.05)
    monkeypatch.setattr(watchdog, "_watchdog", None)


def flood(listener: socket.socket) -> None:
    peer, _address = listener.accept()
    with peer:
        peer.recv(65536)
        end = time.monotonic() + FLOOD
        try:
            while time.monotonic() < end:
                peer.sendall(HELLO_REQUEST * 20_000)
        except OSError:
            return


def test_an_endless_handshake_ends_at_its_timeout() -> None:
    """Whoever answers at the address of an appliance or a VIP could hold a run for as long as it liked."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=flood, args=(listener,), daemon=True).start()
        connection = BoundedConnection("127.0.0.1", listener.getsockname()[1], context=ssl.create_default_context())
        connection.allow(ExchangeLimits(0.3))
        with pytest.raises(TimeoutError):
            connection.open(0.3)


def pair() -> tuple[WatchedSocket, socket.socket]:
    own, other = socket.socketpair()
    return WatchedSocket(fileno=own.detach()), other


def test_an_operation_that_goes_on_past_its_timeout_is_ended() -> None:
    own, other = pair()
    with own, other:
        own.settimeout(0.05)
        with pytest.raises(TimeoutError, match="the time for the whole answer is over"), own.watched():  # noqa: PT012
            own.setblocking(True)  # as OpenSSL, which does not look at the timeout
            assert own.recv(1) == b"", "it was shut down"
        assert other.recv(1) == b""


def test_an_operation_without_a_timeout_and_a_connection_between_operations_are_left_alone() -> None:
    waiting, other = pair()
    idle, third = pair()
    with waiting, other, idle, third:
        idle.settimeout(0.0)
        with idle.watched():
            pass
        overdue, fourth = pair()
        with overdue, fourth, waiting.watched():
            overdue.settimeout(0.0)
            with pytest.raises(TimeoutError), overdue.watched():  # noqa: PT012
                overdue.setblocking(True)
                overdue.recv(1)  # returns once the watchdog has looked at all
        for one in (waiting, idle):
            assert not one.was_shut_down
            one.sendall(b"x")


def test_a_fork_has_a_watchdog_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    first = watchdog._watchdog_of_process()
    assert watchdog._watchdog_of_process() is first
    for other in (1, -1):
        monkeypatch.setattr(first, "process", os.getpid() + other)
        monkeypatch.setattr(watchdog, "_watchdog", first)
        assert watchdog._watchdog_of_process() is not first


def test_no_process_waits_for_its_watchdog() -> None:
    watchdog._watchdog_of_process()
    assert all(one.daemon for one in threading.enumerate() if one.name == "watchdog of TLS connections")
    assert "watchdog of TLS connections" in [one.name for one in threading.enumerate()]
