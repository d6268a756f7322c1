# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The limits of one exchange: time by an injected clock, bytes and interim answers by what a peer sends."""

from __future__ import annotations

import http.client
import itertools
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.bounded_connection import (
    HEADER_LIMIT,
    MOST_INTERIM,
    SLOWEST,
    AnswerTooLarge,
    BoundedConnection,
    ExchangeLimits,
    _TcpSocket,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


class Peer:
    """The other end of a connection: it sends what it is given, in pieces."""

    def __init__(self) -> None:
        self.own, other = socket.socketpair()
        self.connection = BoundedConnection("appliance", 80, context=None)
        self.connection.sock = _TcpSocket(fileno=other.detach())

    def send(self, *pieces: bytes) -> None:
        """Send from a thread, since more may be sent than the connection takes."""
        threading.Thread(target=self._send, args=(pieces,), daemon=True).start()

    def _send(self, pieces: tuple[bytes, ...]) -> None:
        try:
            for piece in pieces:
                self.own.sendall(piece)
        except OSError:
            return

    def ask(self, limits: ExchangeLimits, body: int = 100) -> bytes:
        self.connection.allow(limits)
        self.connection.request("GET", "/")
        answer = self.connection.getresponse()
        limits.expect_body(body)
        return answer.read()


@pytest.fixture
def peer() -> Iterator[Peer]:
    one = Peer()
    yield one
    one.connection.close()
    one.own.close()


def ticking(step: float) -> Callable[[], float]:
    """A clock that advances at each look."""
    moments = itertools.count()
    return lambda: step * next(moments)


def test_an_answer_within_the_limits(peer: Peer) -> None:
    limits = ExchangeLimits(5)
    peer.send(OK)
    assert peer.ask(limits) == b"hi"
    assert not limits.has_rest


def test_each_read_shortens_the_time_for_the_whole_answer(peer: Peer) -> None:
    """With a timeout for each read the peer could go on for ever: every piece arrives at once."""
    limits = ExchangeLimits(20, clock=ticking(1))
    peer.own.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    peer.connection.allow(limits)
    peer.connection.request("GET", "/")
    answer = peer.connection.getresponse()
    limits.expect_body(100)
    taken: list[bytes] = []

    def drip() -> None:
        for _piece in range(100):
            peer.own.sendall(b"x")
            taken.append(answer.read(1))

    with pytest.raises(TimeoutError):
        drip()
    assert 0 < len(taken) < 20


def test_the_time_is_over_before_the_answer_begins(peer: Peer) -> None:
    with pytest.raises(TimeoutError):
        peer.ask(ExchangeLimits(0.01))


def test_a_large_answer_prolongs_the_time_in_proportion() -> None:
    now = 0.0
    limits = ExchangeLimits(10, size=SLOWEST, clock=lambda: now)
    assert limits.seconds_left() == 11
    limits.received(3 * SLOWEST)
    assert limits.seconds_left() == 14
    now = 14.0
    with pytest.raises(TimeoutError):
        limits.seconds_left()


@pytest.mark.parametrize(
    "headers",
    [
        b"A: b\r\n" * 99 + b"C: " + b"d" * HEADER_LIMIT,
        b"A: " + b"b" * 40_000 + b"\r\nC: " + b"d" * 40_000,
        b"X-Long: " + b"e" * (HEADER_LIMIT - 100) + b"\r\n" + b"F: g\r\n" * 50,
    ],
    ids=["many and one long", "two long", "just too many"],
)
def test_the_header_block_is_limited_as_a_whole(peer: Peer, headers: bytes) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\n", headers, b"\r\n\r\n")
    with pytest.raises(http.client.HTTPException):
        peer.ask(ExchangeLimits(5))


def test_interim_answers_are_limited(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 100 Continue\r\n\r\n" * MOST_INTERIM, OK)
    assert peer.ask(ExchangeLimits(5)) == b"hi"
    peer.send(b"HTTP/1.1 100 Continue\r\n\r\n" * (MOST_INTERIM + 1), OK)
    with pytest.raises(AnswerTooLarge, match="interim"):
        peer.ask(ExchangeLimits(5))


@pytest.mark.parametrize("status", [102, 103, 199])
def test_another_interim_answer_is_not_taken_for_the_answer(peer: Peer, status: int) -> None:
    limits = ExchangeLimits(5)
    peer.own.sendall(f"HTTP/1.1 {status} Early\r\nLink: x\r\n\r\n".encode() + OK)
    assert peer.ask(limits) == b"hi"
    assert not limits.has_rest
    peer.send(f"HTTP/1.1 {status} Early\r\n\r\n".encode() * (MOST_INTERIM + 1), OK)
    with pytest.raises(AnswerTooLarge, match="interim"):
        peer.ask(ExchangeLimits(5))


def test_another_protocol_is_no_answer(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 101 Switching Protocols\r\n\r\n", OK)
    with pytest.raises(http.client.HTTPException, match="another protocol"):
        peer.ask(ExchangeLimits(5))


def test_one_operation_has_less_time_than_all_of_them() -> None:
    limits = ExchangeLimits(15, each=5, clock=ticking(4))
    assert [limits.seconds_left() for _time in range(3)] == [5, 5, 3]


def test_the_body_is_limited(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 100_000)
    with pytest.raises(AnswerTooLarge, match="larger than 50,000 bytes"):
        peer.ask(ExchangeLimits(5), body=50_000)


def test_the_framing_of_chunks_counts_too(peer: Peer) -> None:
    """Chunks of one byte with long extensions: few bytes of content, and no end."""
    chunk = b"1;" + b"e" * 1000 + b"\r\nx\r\n"
    peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunk * 1000)
    with pytest.raises((AnswerTooLarge, http.client.IncompleteRead)):
        peer.ask(ExchangeLimits(5), body=50_000)


def test_two_lengths_are_no_answer(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 1\r\n\r\nhi")
    with pytest.raises(http.client.HTTPException, match="two different lengths"):
        peer.ask(ExchangeLimits(5))


def test_the_same_length_twice_is_one(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi")
    assert peer.ask(ExchangeLimits(5)) == b"hi"


def test_a_length_beside_chunks_ends_the_connection(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n")
    assert peer.ask(ExchangeLimits(5)) == b"hi"
    assert peer.connection.sock is None


def test_what_follows_an_answer_is_noted_and_not_read(peer: Peer) -> None:
    limits = ExchangeLimits(5)
    peer.own.sendall(OK + OK)
    assert peer.ask(limits) == b"hi"
    assert limits.has_rest


def test_nothing_is_sent_without_limits() -> None:
    with pytest.raises(http.client.NotConnected):
        BoundedConnection("appliance", 80, context=None).request("GET", "/")


def test_a_connection_has_the_time_of_the_exchange_at_most() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        connection = BoundedConnection("127.0.0.1", listening.getsockname()[1], context=None)
        connection.allow(ExchangeLimits(0))
        with pytest.raises(TimeoutError):
            connection.open(5.0)
        connection.allow(ExchangeLimits(5))
        connection.open(5.0)
        connection.close()


@pytest.mark.parametrize("host", ["appliance.example", "192.0.2.1"])
@pytest.mark.parametrize(("tls", "port", "shown"), [(True, 443, ""), (True, 8443, ":8443"), (False, 80, "")])
def test_the_host_header(peer: Peer, host: str, tls: bool, port: int, shown: str) -> None:
    connection = BoundedConnection(host, port, context=ssl.create_default_context() if tls else None)
    connection.sock = peer.connection.sock
    connection.allow(ExchangeLimits(5))
    connection.request("GET", "/")
    assert f"Host: {host}{shown}\r\n".encode() in peer.own.recv(1000)
