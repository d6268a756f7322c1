# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A small scripted HTTP(S) server on the loopback address: it answers as scripted, and records the requests."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LIMIT = 200
"""So many requests are answered: a client that never stops gets no more."""

DONE = {"errorcode": 0, "message": "Done", "severity": "NONE"}


@dataclass(frozen=True)
class Received:
    """One request as it came over the wire."""

    connection: int
    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """One answer; a body that is no bytes goes out as JSON."""

    status: int = 200
    body: Any = b""
    headers: tuple[tuple[str, str], ...] = ()
    reason: str = "Reason"
    hang_up: bool = False
    """Close the connection after the answer, without having said so."""

    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()

    def encode(self) -> bytes:
        content = self.content()
        lines = [f"HTTP/1.1 {self.status} {self.reason}", f"Content-Length: {len(content)}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + content


@dataclass(frozen=True)
class Raw:
    """These bytes, and then the end."""

    content: bytes


class Silence:
    """No answer: the connection is closed."""


class Cut:
    """No answer: the connection is reset."""


Answer = Reply | Raw | Silence | Cut


def error(status: int, code: int, message: str = "some error", **more: Any) -> Reply:
    return Reply(status, {"errorcode": code, "message": message, "severity": "ERROR", **more})


class Server:
    """Answers by `answer`; where that is not replaced, by what was scripted, and else with Done."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.received: list[Received] = []
        self.connections = 0
        self.answer: Callable[[Received], Answer] = self.scripted
        self._script: dict[tuple[str, str], list[Answer]] = {}
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def accepted(self) -> int:
        """The connections on which TLS was at least begun."""
        return len(self._open)

    def script(self, method: str, target: str, *answers: Answer) -> None:
        """Answer these requests with one after another; the last answer stays."""
        self._script[method, target] = list(answers)

    def scripted(self, request: Received) -> Answer:
        answers = self._script.get((request.method, request.target))
        if not answers:
            return Reply(200, DONE)
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def requests(self, method: str, target: str) -> list[Received]:
        return [one for one in self.received if (one.method, one.target) == (method, target)]

    def start(self) -> None:
        self._run(self._accept)

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(5)

    def _run(self, target: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _peer = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._open.append(connection)
            self._run(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), contextlib.ExitStack() as stack:
            stack.callback(connection.close)
            if self._context is not None:
                wrapped = self._context.wrap_socket(connection, server_side=True)
                with self._lock:
                    self._open[self._open.index(connection)] = wrapped
                connection = stack.enter_context(contextlib.closing(wrapped))
            self.connections += 1
            number = self.connections
            file = stack.enter_context(connection.makefile("rb"))
            while (request := self._read(file, number)) is not None and len(self.received) < LIMIT:
                self.received.append(request)
                if not self._send(connection, self.answer(request)):
                    return

    @staticmethod
    def _read(file: BinaryIO, connection: int) -> Received | None:
        line = file.readline().decode("latin-1")
        if not line.strip():
            return None
        method, target, _version = line.rstrip("\r\n").split(" ")
        headers = {}
        while header := file.readline().decode("latin-1").rstrip("\r\n"):
            name, _colon, value = header.partition(": ")
            headers[name.lower()] = value
        return Received(connection, method, target, headers, file.read(int(headers.get("content-length", 0))))

    @staticmethod
    def _send(connection: socket.socket, answer: Answer) -> bool:
        """Send an answer; whether the connection goes on."""
        if isinstance(answer, Cut):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
            return False
        if isinstance(answer, Silence):
            return False
        if isinstance(answer, Raw):
            connection.sendall(answer.content)
            return False
        connection.sendall(answer.encode())
        return not answer.hang_up


@contextlib.contextmanager
def serve(context: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(context)
    server.start()
    try:
        yield server
    finally:
        server.stop()


# -- certificates ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Certificates:
    """Files in one directory: a CA, a certificate of it for 127.0.0.1, one for another name, and a self-signed one."""

    folder: Path
    pins: dict[str, str] = field(default_factory=dict)

    @property
    def ca_file(self) -> str:
        return str(self.folder / "ca.pem")

    def context(self, name: str = "good") -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        return context


def make_certificates(folder: Path) -> Certificates:
    result = Certificates(folder)
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test CA")])
    loopback = [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    plan: tuple[tuple[str, list[x509.GeneralName], bool], ...] = (
        ("ca", [], True),
        ("good", list(loopback), True),
        ("elsewhere", [x509.DNSName("other.example")], True),
        ("self", [], False),
    )
    now = dt.datetime.now(dt.UTC)
    for name, names, by_ca in plan:
        key = ca_key if name == "ca" else ec.generate_private_key(ec.SECP256R1())
        subject = ca_name if name == "ca" else x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(ca_name if by_ca else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=name == "ca", path_length=None), critical=True)
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        # Without these Python 3.13, which is strict by default, trusts neither a certificate nor its CA.
        if name == "ca":
            usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
            identifier = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())
            builder = builder.add_extension(usage, critical=True).add_extension(identifier, critical=False)
        elif by_ca:
            builder = builder.add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
            )
        certificate = builder.sign(ca_key if by_ca else key, hashes.SHA256())
        (folder / f"{name}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        (folder / f"{name}.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        result.pins[name] = certificate.fingerprint(hashes.SHA256()).hex()
    return result
