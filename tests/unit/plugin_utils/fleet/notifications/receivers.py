# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Receivers of notifications on loopback: a web server that speaks TLS, a mail server that offers STARTTLS, and syslog servers."""

from __future__ import annotations

import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ADDRESS = "127.0.0.1"
ANSWERS = {
    "EHLO": b"250-mail\r\n250-AUTH PLAIN\r\n250 STARTTLS",
    "STARTTLS": b"220 go",
    "AUTH": b"235 ok",
    "DATA": b"354 go",
    "QUIT": b"221 bye",
}


@dataclass
class Hook:
    """A web server that keeps what it gets, and answers with a status; "silent" never answers."""

    port: int = 0
    status: int = 204
    silent: bool = False
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def web_server(context: ssl.SSLContext) -> Iterator[Hook]:
    hook, ended = Hook(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.requests.append((self.path, dict(self.headers), body))
            if hook.silent:
                ended.wait()
                return
            self.send_response(hook.status)
            self.send_header("Location", "https://127.0.0.1:1/elsewhere")
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer((ADDRESS, 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_args: None  # type: ignore[method-assign]  # a client that trusts nobody ends the handshake
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    hook.port = server.server_address[1]
    with _running(server):
        yield hook
        ended.set()


@dataclass
class Mailbox:
    """A mail server that keeps the mails, the commands, and whether they came over TLS."""

    port: int = 0
    refuses_log_on: bool = False
    mails: list[bytes] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)


@contextmanager
def mail_server(context: ssl.SSLContext) -> Iterator[Mailbox]:
    box = Mailbox()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.sendall(b"220 mail\r\n")
            with self.request.makefile("rb") as file:
                if not self.converse(self.request, file, encrypted=False):
                    return
            with context.wrap_socket(self.request, server_side=True) as connection, connection.makefile("rb") as file:
                self.converse(connection, file, encrypted=True)

        def converse(self, connection: Any, file: Any, *, encrypted: bool) -> bool:
            """Answer until the client ends it or, and then return True, wants TLS."""
            while line := file.readline():
                command = line.strip().upper().split(b" ")[0].split(b":")[0].decode()
                box.commands.append(command)
                answer = ANSWERS.get(command, b"250 ok")
                if command == "AUTH" and box.refuses_log_on:
                    answer = b"535 s3cret-Pa55 is wrong"
                connection.sendall(answer + b"\r\n")
                if command in ("STARTTLS", "QUIT"):
                    return command == "STARTTLS"
                if command == "DATA":
                    lines = iter(file.readline, b".\r\n")
                    box.mails.append(b"".join(line.removeprefix(b".") for line in lines))  # RFC 5321 4.5.2
                    box.encrypted.append(encrypted)
                    connection.sendall(b"250 taken\r\n")
            return False

    server = socketserver.ThreadingTCPServer((ADDRESS, 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_args: None  # type: ignore[method-assign]
    box.port = server.server_address[1]
    with _running(server):
        yield box


@dataclass
class SyslogServer:
    """A syslog server that keeps each message; over a stream it takes the frames of RFC 6587 3.4.1 apart."""

    port: int = 0
    messages: list[bytes] = field(default_factory=list)


@contextmanager
def syslog_server(context: ssl.SSLContext | None = None) -> Iterator[SyslogServer]:
    """A server over TCP, or over TLS with a context."""
    log = SyslogServer()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            connection = context.wrap_socket(self.request, server_side=True) if context else self.request
            with connection, connection.makefile("rb") as file:
                while digits := b"".join(iter(lambda: file.read(1).strip(), b"")):
                    log.messages.append(file.read(int(digits)))

    server = socketserver.ThreadingTCPServer((ADDRESS, 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_args: None  # type: ignore[method-assign]
    log.port = server.server_address[1]
    with _running(server):
        yield log


@contextmanager
def udp_syslog_server() -> Iterator[SyslogServer]:
    log = SyslogServer()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            log.messages.append(self.request[0])

    server = socketserver.UDPServer((ADDRESS, 0), Handler)
    log.port = server.server_address[1]
    with _running(server):
        yield log


def wait_for_message(log: SyslogServer, count: int = 1) -> None:
    """Wait until a server has read so many messages: nobody answers over syslog."""
    for _ in range(500):
        if len(log.messages) >= count:
            return
        time.sleep(0.01)
    raise AssertionError(f"{len(log.messages)} messages, not {count}")


@contextmanager
def _running(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
