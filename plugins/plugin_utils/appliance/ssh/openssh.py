# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs one command on a node with the OpenSSH client: the host key pinned, output bounded, time bounded (docs/decisions/0054).

The settings of the user's ``~/.ssh/config`` hold for what they are needed for, jump hosts and old algorithms. Those that decide who is trusted and
what is forwarded are given on the command line, which counts first (ssh_config(5)).
"""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...foundation.errors import CannotConnect, InvalidInput, OutcomeUnknown
from ...foundation.foreign_text import printable
from .account import SshAccount

LARGEST_OUTPUT = 512 * 1024
_LARGEST_ERROR = 8 * 1024
_LONGEST_REASON = 300
_CONNECT_SECONDS = 15
_NOT_CONNECTED = 255
"""The exit status of ssh for its own errors (ssh(1)); a command of a node may have it too."""
_ALIAS = "tourniquet-node"
_ASKPASS = f"""#!/bin/sh
case "$1" in
"$TOURNIQUET_USER@{_ALIAS}'s password: " | "($TOURNIQUET_USER@{_ALIAS}) "*)
    IFS= read -r secret < "$TOURNIQUET_ASKPASS" && printf '%s\\n' "$secret" ;;
*) exit 1 ;;
esac
"""
"""Answers the prompts of the node only, which begin with the user and our alias: a jump host of ``~/.ssh/config`` that asks gets nothing."""
_PROMPTS = 3  # answers that wait for the client: password, keyboard-interactive, and one to spare


@dataclass(frozen=True)
class Output:
    """What a command printed.

    :ivar is_whole: False where the bounds of size or time cut it off
    :ivar reason: the last line that the client printed on its standard error, escaped
    """

    data: bytes
    status: int | None
    is_whole: bool
    reason: str


def run_command(account: SshAccount, host: str, command: str, given: bytes) -> Output:
    """Run a command on a node.

    :param host: a checked address or host name
    :param command: a constant; nothing that an appliance says may be part of it
    :param given: the standard input of the command
    :raises CannotConnect: where the client could not log on: the command did not run
    :raises OutcomeUnknown: where the connection broke after the log-on, so that the command may have run
    :raises InvalidInput: where this control node has no OpenSSH client
    """
    program = shutil.which("ssh")
    if program is None:
        raise InvalidInput("the program ssh is missing on the control node: install the OpenSSH client")
    with _private_files(account) as (options, environment):
        arguments = [program, *options, "-l", account.user, "-p", str(account.port), "--", host, command]
        output = _bounded(arguments, environment, given, account.timeout)
    if output.status == _NOT_CONNECTED and not output.data:
        raise CannotConnect(f"no SSH session with {host} as {account.user}: {output.reason or 'ssh gives no reason'}")
    if output.status is None and not output.data:
        raise OutcomeUnknown(f"the SSH session with {host} gave no output within {account.timeout:g} s")
    return output


@contextlib.contextmanager
def _private_files(account: SshAccount) -> Iterator[tuple[list[str], dict[str, str]]]:
    """Give the options and the environment of the client; the files that they name exist in the block, in a directory of ours alone."""
    with tempfile.TemporaryDirectory(prefix="tourniquet-ssh-") as name:
        directory = Path(name)
        known = directory / "known_hosts"
        known.write_text("".join(f"{_ALIAS} {key}\n" for key in account.host_keys), encoding="ascii")
        environment = {key: value for key, value in os.environ.items() if key not in ("SSH_ASKPASS", "DISPLAY")}
        if account.key_file:
            yield [*_options(known), *_with_key(account.key_file)], environment
            return
        with _waiting_password(directory, account.password) as pipe:
            askpass = directory / "askpass"
            askpass.write_text(_ASKPASS, encoding="ascii")
            askpass.chmod(0o700)
            asking = {
                "SSH_ASKPASS": str(askpass),
                "SSH_ASKPASS_REQUIRE": "force",
                "TOURNIQUET_ASKPASS": str(pipe),
                "TOURNIQUET_USER": account.user,
            }
            yield [*_options(known), *_WITH_PASSWORD], environment | asking


@contextlib.contextmanager
def _waiting_password(directory: Path, password: str) -> Iterator[Path]:
    """Give a pipe from which the client reads the password: it is in no file, no environment and no list of processes."""
    pipe = directory / "password"
    os.mkfifo(pipe, 0o600)
    descriptor = os.open(pipe, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        os.write(descriptor, f"{password}\n".encode() * _PROMPTS)
        yield pipe
    finally:
        os.close(descriptor)


def _options(known_hosts: Path) -> list[str]:
    values = {
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": str(known_hosts),
        "GlobalKnownHostsFile": "/dev/null",
        "KnownHostsCommand": "none",
        "VerifyHostKeyDNS": "no",
        "UpdateHostKeys": "no",
        "HostKeyAlias": _ALIAS,
        "CheckHostIP": "no",
        "ConnectTimeout": str(_CONNECT_SECONDS),
        "ConnectionAttempts": "1",
        "NumberOfPasswordPrompts": "1",
        "ServerAliveInterval": "10",
        "ServerAliveCountMax": "3",
        "ControlMaster": "no",
        "ControlPath": "none",
        "ControlPersist": "no",
        "ForwardAgent": "no",
        "ForwardX11": "no",
        "ClearAllForwardings": "yes",
        "PermitLocalCommand": "no",
        "RemoteCommand": "none",
        "RequestTTY": "no",
        "EscapeChar": "none",
        "LogLevel": "ERROR",
    }
    return [word for name, value in values.items() for word in ("-o", f"{name}={value}")]


_WITH_PASSWORD = [
    *("-o", "PubkeyAuthentication=no", "-o", "PreferredAuthentications=password,keyboard-interactive"),
    *("-o", "BatchMode=no"),
]


def _with_key(path: str) -> list[str]:
    return [
        *("-i", path, "-o", "IdentitiesOnly=yes", "-o", "PreferredAuthentications=publickey", "-o", "BatchMode=yes"),
    ]


def _bounded(arguments: list[str], environment: dict[str, str], given: bytes, seconds: float) -> Output:
    """Run a program until it ends, its output is too large, or its time is over; then its process group is killed."""
    process = subprocess.Popen(  # noqa: S603 -- constant words, checked values, no shell
        arguments,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    )
    try:
        data, error, is_whole = _exchange(process, given, time.monotonic() + seconds)
        status = process.wait(5) if is_whole else None
    except subprocess.TimeoutExpired:
        status, is_whole = None, False
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
    return Output(data, status, is_whole, _last_line(error))


def _exchange(process: subprocess.Popen[bytes], given: bytes, deadline: float) -> tuple[bytes, bytes, bool]:
    """Return standard output, the beginning of standard error, and True where both streams came to their end within the bounds."""
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise TypeError("the streams of the client must be pipes")
    kept = {process.stdout: bytearray(), process.stderr: bytearray()}
    left = memoryview(given)
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdin, selectors.EVENT_WRITE)
        for stream in kept:
            selector.register(stream, selectors.EVENT_READ)
        while len(selector.get_map()):
            seconds = deadline - time.monotonic()
            if seconds <= 0 or len(kept[process.stdout]) > LARGEST_OUTPUT:
                return bytes(kept[process.stdout][:LARGEST_OUTPUT]), bytes(kept[process.stderr]), False
            for key, _events in selector.select(min(seconds, 1.0)):
                if key.fileobj is process.stdin:
                    left = _fed(process.stdin.fileno(), left)
                    if not left:
                        selector.unregister(process.stdin)
                        process.stdin.close()
                    continue
                part = os.read(key.fd, 65536)
                if not part:
                    selector.unregister(key.fileobj)
                own = kept[process.stdout if key.fileobj is process.stdout else process.stderr]
                own += part if key.fileobj is process.stdout else part[: max(0, _LARGEST_ERROR - len(own))]
    return bytes(kept[process.stdout]), bytes(kept[process.stderr]), True


def _fed(descriptor: int, left: memoryview) -> memoryview:
    """Write a part of the input, and return the rest; nothing is left where the client has ended."""
    try:
        return left[os.write(descriptor, left[:4096]) :]
    except BrokenPipeError:
        return memoryview(b"")


def _last_line(error: bytes) -> str:
    lines = [line for line in error.decode("utf-8", "replace").splitlines() if line.strip()]
    return printable(lines[-1].strip()[:_LONGEST_REASON]) if lines else ""
