# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Connections: what HTTP and TLS allow a client to send, byte by byte (RFC 9110, RFC 9112)."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

CREDENTIALS = b"X-NITRO-USER: nsroot\r\nX-NITRO-PASS: nsroot\r\n"
GET = b"GET /nitro/v1/config/nsversion HTTP/1.1\r\nHost: x\r\n" + CREDENTIALS
POST = b"POST /nitro/v1/config/policypatset HTTP/1.1\r\nHost: x\r\n" + CREDENTIALS


def payload(name: str) -> bytes:
    return json.dumps({"policypatset": {"name": name}}).encode()


def post(name: str, more: bytes = b"") -> bytes:
    return POST + more + b"Content-Length: %d\r\n\r\n" % len(payload(name)) + payload(name)


def received(connection: socket.socket) -> bytes:
    """Return all bytes until the server closes the connection."""
    data = b""
    while chunk := connection.recv(65536):
        data += chunk
    return data


def answers(data: bytes) -> list[int]:
    return [int(piece[:3]) for piece in data.split(b"HTTP/1.1 ")[1:]]


@pytest.fixture(params=["plain", "TLS"])
def connect(request: pytest.FixtureRequest, lab: Any) -> Iterator[Callable[[], socket.socket]]:
    """Return a function that opens raw connections to the management address."""
    place = lab.simulator.ready["appliances"]["gw"]["nodes"][0]
    opened: list[socket.socket] = []

    def open_() -> socket.socket:
        port = place["port" if request.param == "TLS" else "http_port"]
        connection = socket.create_connection((place["address"], port), timeout=60)
        if request.param == "TLS":
            connection = lab.context.wrap_socket(connection, server_hostname=place["address"])
        opened.append(connection)
        return connection

    yield open_
    for connection in opened:
        connection.close()


def names(lab: Any) -> list[str]:
    rows = lab.box().rows("policypatset")
    return [row["name"] for row in rows if not row["name"].startswith("ns_")]  # those are built in


@pytest.mark.parametrize("size", [1, 7, 100])
def test_requests_in_pieces(connect: Any, lab: Any, size: int) -> None:
    """At any split into packets, also with a chunked body that has trailers."""
    body = payload("in_chunks")
    chunks = b"3\r\n" + body[:3] + b"\r\n%x\r\n" % len(body[3:]) + body[3:] + b"\r\n0\r\nX-NITRO-USER: nobody\r\n\r\n"
    data = POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + GET + b"Connection: close\r\n\r\n"
    connection = connect()
    for place in range(0, len(data), size):
        connection.sendall(data[place : place + size])
    assert answers(received(connection)) == [201, 200]
    assert names(lab) == ["in_chunks"]


def test_pipelined_behind_a_slow_answer(connect: Any, lab: Any) -> None:
    """Responses are in the order of the requests, even if the first one takes long."""
    lab.simulator.appliance("gw").fault("slow", seconds=0.2, type="policypatset")
    connection = connect()
    connection.sendall(post("p") + post("p") + GET + b"\r\n" + GET + b"Connection: close\r\n\r\n" + GET + b"\r\n")
    assert answers(received(connection)) == [201, 409, 200, 200]


def test_malformed_input_does_not_lose_the_response_before_it(connect: Any) -> None:
    connection = connect()
    connection.sendall(GET + b"\r\n" + b"nonsense\r\n\r\n" + b"x" * 200_000)
    assert answers(received(connection)) == [200, 400]


def test_expect_100_continue(connect: Any, lab: Any) -> None:
    """Expect: 100-continue (RFC 9110 10.1.1): the body follows the interim response."""
    head, _, body = post("invited", b"Expect: 100-continue\r\nConnection: close\r\n").partition(b"\r\n\r\n")
    connection = connect()
    connection.sendall(head + b"\r\n\r\n")
    assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.sendall(body)
    assert answers(received(connection)) == [201]
    assert names(lab) == ["invited"]


@pytest.mark.parametrize(
    "framing",
    [b"Content-Length: 67108865\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n4000001\r\n"],
)
def test_too_large_a_body(connect: Any, framing: bytes) -> None:
    """413, and the client can read it while it is still sending."""
    connection = connect()
    connection.sendall(POST + framing)
    piece = b" " * 1024 * 1024
    for _ in range(1 if framing.startswith(b"Content") else 65):
        connection.sendall(piece)
    assert connection.recv(65536).startswith(b"HTTP/1.1 413 Request Entity Too Large\r\n")


@pytest.mark.parametrize("body", [False, True])
def test_an_upgrade_is_ignored(connect: Any, lab: Any, body: bool) -> None:
    """An upgrade to HTTP/2 is ignored, and the connection continues (RFC 9110 7.8)."""
    wish = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
    first = post("upgrade", wish) if body else GET + wish + b"\r\n"
    connection = connect()
    connection.sendall(first + GET + b"Connection: close\r\n\r\n")
    assert answers(received(connection)) == [201 if body else 200, 200]
    assert names(lab) == (["upgrade"] if body else [])


@pytest.mark.parametrize(
    ("head", "kept"),
    [
        (b"GET / HTTP/1.0\r\n\r\n", False),
        (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", True),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", True),
        (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", False),
        (b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", False),
    ],
)
def test_which_connections_are_kept_alive(connect: Any, head: bytes, kept: bool) -> None:
    connection = connect()
    connection.sendall(head)
    connection.recv(65536)
    connection.settimeout(0.2)
    if kept:
        with pytest.raises(TimeoutError):
            connection.recv(1)
    else:
        assert received(connection) == b""


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n",
        b"GET host HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://host:99999/ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nBig: " + b"a" * 65536 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"Many: x\r\n" * 128 + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"Endless: " + b"a" * 1024 * 1024,
    ],
)
def test_refused_heads(connect: Any, head: bytes) -> None:
    """No Host or two, invalid targets, lines that are too long (RFC 9112 3.2; Apache's limits are smaller)."""
    connection = connect()
    connection.sendall(head)
    data = received(connection)
    assert data.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert answers(data) == [400]


def test_large_answers_to_a_slow_reader(connect: Any, lab: Any) -> None:
    """Bytes that the socket does not accept at once are sent later, complete and in order."""
    text = "".join(f"{number:07}\n" for number in range(200_000))
    lab.simulator.appliance("gw").write_file("/nsconfig/big.txt", text)
    box = lab.box()
    row = box.rows("systemfile/big.txt?args=filelocation:%2Fnsconfig")[0]
    connection = connect()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    target = (
        b"GET /nitro/v1/config/systemfile/big.txt?args=filelocation:%2Fnsconfig HTTP/1.1\r\nHost: x\r\n" + CREDENTIALS
    )
    connection.sendall(target + b"\r\n" + target + b"Connection: close\r\n\r\n")
    time.sleep(0.2)
    data = received(connection)
    assert answers(data) == [200, 200]
    assert data.replace(b"\\/", b"/").count(row["filecontent"].encode()) == 2


def test_an_unread_body_is_not_buffered(lab: Any) -> None:
    """A body that is sent during the fault stays with the client and does not fill the simulator's memory."""
    lab.simulator.appliance("gw").fault("hang", seconds=30, vserver="web")
    place = next(item for item in lab.simulator.ready["appliances"]["gw"]["vservers"] if item["name"] == "web")
    with socket.create_connection((place["address"], place["port"]), timeout=0.5) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 60000000\r\n\r\n")
        with pytest.raises(TimeoutError):
            connection.sendall(b"x" * 60_000_000)


def test_a_client_that_goes_away(connect: Any, lab: Any) -> None:
    """A NITRO request is carried out anyway; a request at a virtual server is cancelled."""
    appliance = lab.simulator.appliance("gw")
    appliance.fault("slow", seconds=0.2, type="policypatset")
    appliance.fault("slow", seconds=0.2, vserver="web")
    connection = connect()
    connection.sendall(post("left"))
    place = next(item for item in lab.simulator.ready["appliances"]["gw"]["vservers"] if item["name"] == "web")
    with socket.create_connection((place["address"], place["port"]), timeout=60) as visitor:
        visitor.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.05)
    connection.close()
    time.sleep(0.4)
    assert [(entry["side"], entry["status"]) for entry in lab.simulator.requests()] == [("nitro", 201)]
    assert names(lab) == ["left"]


def test_tls_ends_as_it_should(lab: Any) -> None:
    """The end of a response without Content-Length is signalled by close_notify; a truncation would be an error."""
    place = lab.simulator.ready["appliances"]["gw"]["nodes"][0]
    raw = socket.create_connection((place["address"], place["port"]), timeout=60)
    with lab.context.wrap_socket(raw, server_hostname=place["address"], suppress_ragged_eofs=False) as connection:
        connection.sendall(GET + b"Connection: close\r\n\r\n")
        assert answers(received(connection)) == [200]


def test_clients_that_do_not_speak_tls(lab: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Plain HTTP, no byte, half a handshake, a refused certificate: the next client is served."""
    place = lab.simulator.ready["appliances"]["gw"]["nodes"][0]
    address = (place["address"], place["port"])
    silent = socket.create_connection(address, timeout=60)
    with socket.create_connection(address, timeout=60) as plain:
        plain.sendall(GET + b"\r\n")
        assert not answers(received(plain))
    with socket.create_connection(address, timeout=60) as half:
        half.sendall(b"\x16\x03\x01\x02\x00\x01")
    with pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(socket.create_connection(address, timeout=60), server_hostname="x")
    assert lab.client().get("nsversion").status == 401
    silent.close()
    assert not caplog.records
