# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""SSH at the management address of a node, served by asyncssh: log-ons, sessions, file transfer."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import asyncssh
from asyncssh.sftp import MIN_SFTP_VERSION

from simulator.appliance.appliance import Appliance
from simulator.configuration.administrators import allowed_interfaces
from simulator.node import logs
from simulator.node.node import Node
from simulator.shell.file_transfer import FileTransfer
from simulator.shell.sessions import Session
from simulator.types import TYPES
from simulator.types.errors import NitroError

KEYS_FILE = "/nsconfig/ssh/authorized_keys"  # its keys are those of every administrator (CTX109011)
LOGIN_SECONDS = 30
MOST_ATTEMPTS = 6
MOST_SESSIONS = 10  # of one connection
LONGEST_LINE = 64 * 1024
_TEXT = {"encoding": "utf-8", "errors": "surrogateescape"}
_BANNER = """###############################################################################
#                                                                             #
#        WARNING: Access to this system is for authorized users only          #
#                                                                             #
###############################################################################
"""


def new_host_key() -> asyncssh.SSHKey:
    """Return a new key for a server."""
    return asyncssh.generate_private_key("ssh-ed25519")


@dataclass
class Place:
    """Where a server is: the appliance and the node. changed: is called after a change of the configuration."""

    appliance: Appliance
    index: int
    changed: Callable[[], Awaitable[None]]

    @property
    def node(self) -> Node:
        return self.appliance.nodes[self.index]


def options(place: Place, host_key: asyncssh.SSHKey) -> asyncssh.SSHServerConnectionOptions:
    """Return the options of all connections to a node."""
    return asyncssh.SSHServerConnectionOptions(
        server_factory=lambda: _Server(place),
        server_host_keys=[host_key],
        login_timeout=LOGIN_SECONDS,
        keepalive_interval=0,
        agent_forwarding=False,
        x11_forwarding=False,
        gss_host=None,
        max_line_length=LONGEST_LINE,
        line_history=100,
        **_TEXT,
    )


def _user_of(channel: Any) -> str:
    return str(channel.get_connection().get_extra_info("username"))


@dataclass
class _Server(asyncssh.SSHServer):
    """One connection: who may log on."""

    place: Place
    client: str = field(default="", init=False)
    port: int = field(default=0, init=False)
    attempts: int = field(default=0, init=False)
    connection: Any = field(default=None, init=False)
    sessions: int = field(default=0, init=False)

    def session_requested(self) -> _Process | bool:
        """Return the handler of one more session, False if the connection has too many."""
        if self.sessions >= MOST_SESSIONS:
            return False
        self.sessions += 1
        return _Process(self)

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self.connection = conn
        self.client, self.port = conn.get_extra_info("peername")[:2]

    def begin_auth(self, username: str) -> bool:
        self.connection.send_auth_banner(_BANNER)
        return True

    def password_auth_supported(self) -> bool:
        return True

    def kbdint_auth_supported(self) -> bool:
        return True

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:
        return "", "", "", [("Password:", False)]

    def validate_kbdint_response(self, username: str, responses: Any) -> bool:
        return len(responses) == 1 and self.validate_password(username, responses[0])

    def validate_password(self, username: str, password: str) -> bool:
        node = self.place.node
        try:
            self.place.appliance.check_password(username, password, node)
        except NitroError:
            return self._outcome(username, "password", accepted=False)
        return self._outcome(username, "password", accepted=_may_use_cli(node, username))

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        node = self.place.node
        known = node.whole.running.find(TYPES["systemuser"], username) is not None and _may_use_cli(node, username)
        return known and key.public_data in _authorised_keys(node)

    def auth_completed(self) -> None:
        self._outcome(str(self.connection.get_extra_info("username")), "", accepted=True)

    def _outcome(self, user: str, method: str, *, accepted: bool) -> bool:
        """Log a refused log-on, and the end of a successful one; too many attempts end the connection."""
        where = f"for {user} from {self.client} port {self.port} ssh2"
        if accepted and not method:
            logs.system_log_on(self.place.node, f"Accepted keyboard-interactive/pam {where}")
        elif not accepted:
            logs.system_log_on(self.place.node, f"Failed {method} {where}")
            self.attempts += 1
            if self.attempts >= MOST_ATTEMPTS:
                self.connection.abort()
        return accepted


def _may_use_cli(node: Node, user: str) -> bool:
    """False for an administrator whose allowed management interfaces are without the CLI (vendor's Go SDK, systemuser)."""
    return "CLI" in allowed_interfaces(node.whole.running, user)


def _authorised_keys(node: Node) -> set[bytes]:
    """Return the keys in the file of authorised keys. Lines that are no key are ignored."""
    file = node.tree().find(KEYS_FILE)
    keys = set()
    for line in bytes(file.content if file else b"").decode("utf-8", "replace").splitlines()[:1000]:
        with contextlib.suppress(asyncssh.KeyImportError):
            keys.add(asyncssh.import_public_key(line).public_data)
    return keys


@dataclass
class _Channel:
    """The channel of one session."""

    process: asyncssh.SSHServerProcess[str]

    async def read_line(self) -> str:
        while True:
            try:
                return await self.process.stdin.readline()
            except asyncssh.TerminalSizeChanged:
                continue
            except (asyncssh.BreakReceived, asyncssh.SignalReceived):
                return "\n"

    async def read_all(self, most: int) -> bytes:
        """Return what the client sends until its end, or the first bytes of it."""
        parts: list[str] = []
        size = 0
        while size < most:
            try:
                part = await self.process.stdin.read(65536)
            except asyncssh.TerminalSizeChanged:
                continue
            except (asyncssh.BreakReceived, asyncssh.SignalReceived):
                break
            if not part:
                break
            parts.append(part)
            size += len(part)
        return "".join(parts).encode("utf-8", "surrogateescape")[:most]

    def write(self, data: bytes, *, error: bool = False) -> None:
        separate = error and self.process.term_type is None  # a terminal shows both
        stream = self.process.stderr if separate else self.process.stdout
        stream.write(data.decode("utf-8", "surrogateescape"))

    async def drain(self) -> None:
        await self.process.stdout.drain()

    def abort(self) -> None:
        self.process.channel.get_connection().abort()


async def _serve(place: Place, process: asyncssh.SSHServerProcess[str]) -> None:
    """Serve one session. Its end, an abort and a reboot of the node end it."""
    connection = process.channel.get_connection()
    if process.subsystem:
        process.exit(1)
        return
    session = Session(
        place.appliance,
        place.node,
        str(connection.get_extra_info("username")),
        str(connection.get_extra_info("peername")[0]),
        _Channel(process),
        process.command,
        process.term_type is not None,
        place.changed,
    )
    try:
        process.exit(await session.run())
    except (BrokenPipeError, ConnectionError, asyncssh.Error):
        connection.abort()


class _Process(asyncssh.SSHServerProcess[str]):
    """One session of a connection: commands, SFTP or SCP."""

    def __init__(self, server: _Server) -> None:
        place = server.place
        super().__init__(
            lambda process: _serve(place, process),
            lambda channel: FileTransfer(channel, _user_of(channel), place.node),
            MIN_SFTP_VERSION,
            True,  # SCP
        )
        self._server = server

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.sessions -= 1
        super().connection_lost(exc)
