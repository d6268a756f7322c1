# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Conversations with the Receptor of the controller over its control socket, bounded in size and time.

The protocol is the one that ``receptorctl`` speaks (1.6.9, socket_interface.py, read and tried against Receptor 1.5.5 of Debian on 1 December 2026): a
greeting, a command as one line, an answer as one line of JSON or ``ERROR: ...``. ``receptorctl work submit`` names a unit only after the node was
contacted; the socket names it before the first byte of the job is sent, so that what is under way can always be cancelled and released.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ...foundation.foreign_text import printable
from .receptor_route import ReceptorRoute

LONGEST_LINE = 4 * 1024 * 1024
LONGEST_TEXT = 300
SECONDS = 30.0
"""For an answer. Receptor waits 10 s for a ping and 5 s for a node to which it submits (seen)."""
_CREATED = re.compile(r"Work unit created with ID ([A-Za-z0-9]{1,100})\. Send stdin data and EOF\.")
_UNIT = re.compile(r"[A-Za-z0-9]{1,100}")
_UNKNOWN = "unknown work unit"
PENDING, RUNNING, SUCCEEDED, FAILED, CANCELED = range(5)
_STATES = (PENDING, RUNNING, SUCCEEDED, FAILED, CANCELED)


class ReceptorError(Exception):
    """The Receptor of the controller did not do what it was asked for; the text says why."""


@dataclass(frozen=True)
class Unit:
    """What the Receptor of the controller knows of a unit of work.

    :ivar has_ended: its command has ended on the node, or it failed here
    :ivar has_succeeded: its command has ended by itself, with 0
    :ivar was_sent: the node has at least a part of it
    :ivar detail: as Receptor says it
    """

    has_ended: bool
    has_succeeded: bool
    was_sent: bool
    detail: str


class ReceptorControl:
    """The control socket of the Receptor of the controller."""

    def __init__(self, path: str, seconds: float = SECONDS) -> None:
        self.path = path
        self._seconds = seconds

    def ping(self, node: str) -> str:
        """Return why a node does not answer; "" where it does."""
        try:
            answer = self._ask(f"ping {node}")
        except ReceptorError as error:
            return str(error)
        return "" if answer.get("Success") is True else _text(answer.get("Error")) or "no answer to a ping"

    def status(self, unit: str) -> Unit:
        """Return what is known of a unit.

        :raises ReceptorError: where nothing is known
        """
        answer = self._ask(f"work status {unit}")
        more = answer.get("ExtraData")
        state = answer.get("State")
        if state not in _STATES or not isinstance(more, Mapping):
            raise ReceptorError("its Receptor said nothing of the job")
        # Between the two the job is on its way. Only where both say no has nothing of it arrived.
        was_sent = more.get("RemoteStarted") is not False or more.get("RemoteUnitID") != ""
        return Unit(state not in (PENDING, RUNNING), state == SUCCEEDED, was_sent, _text(answer.get("Detail")))

    def knows(self, unit: str) -> bool:
        """Return False where a unit is not there any more; True where it is, or where that cannot be told."""
        try:
            self._ask(f"work status {unit}")
        except ReceptorError as error:
            return _UNKNOWN not in str(error)
        return True

    def cancel(self, unit: str) -> None:
        """Cancel a unit. What was not sent yet is not sent any more; a command that runs is killed.

        :raises ReceptorError: where it is not known
        """
        self._ask(f"work cancel {unit}")

    def release(self, unit: str) -> None:
        """Remove a unit with its files, here and on the node; where the node is away, Receptor does it there when it returns.

        :raises ReceptorError: where it is not known
        """
        self._ask(f"work release {unit}")

    @contextlib.contextmanager
    def submission(self, route: ReceptorRoute, seconds: int) -> Iterator[Submission]:
        """Begin to submit a job; it has its name, and nothing was sent yet.

        :param seconds: after which it does not begin any more on the node
        :raises ReceptorError: where it was not accepted
        """
        command = {
            "command": "work",
            "subcommand": "submit",
            "node": route.node,
            "worktype": route.work_type,
            "ttl": f"{seconds}s",
            "tlsclient": route.tls_client,
            "signwork": "true",
        }
        with self._conversation(json.dumps(command)) as (connection, file):
            text = _line(file)
            found = _CREATED.fullmatch(text)
            if not found:
                raise ReceptorError(_refused(text))
            yield Submission(found[1], connection, file)

    @contextlib.contextmanager
    def results(self, unit: str) -> Iterator[tuple[socket.socket, IO[bytes]]]:
        """Yield the connection and the stream of a unit, from its beginning to the end of the job.

        :raises ReceptorError: where there is none
        """
        with self._conversation(f"work results {unit} 0") as (connection, file):
            text = _line(file)
            if not text.startswith("Streaming results"):
                raise ReceptorError(_refused(text))
            connection.settimeout(None)  # whoever reads has a watch that ends the connection
            yield connection, file

    def _ask(self, command: str) -> Mapping[str, Any]:
        with self._conversation(command) as (_connection, file):
            return _object(_line(file))

    @contextlib.contextmanager
    def _conversation(self, command: str) -> Iterator[tuple[socket.socket, IO[bytes]]]:
        try:
            _require_own_place(Path(self.path))
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(self._seconds)
                connection.connect(self.path)
                with connection.makefile("rb") as file:
                    if not _line(file).startswith("Receptor Control"):
                        raise ReceptorError(f"{self.path} is no control socket of Receptor")
                    connection.sendall(command.encode() + b"\n")
                    yield connection, file
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "no answer in time"
            raise ReceptorError(f"the Receptor of the controller does not answer at {self.path} ({reason})") from error


@dataclass(frozen=True)
class Submission:
    """A unit that was made, and waits for the job.

    :ivar unit: its name
    """

    unit: str
    _connection: socket.socket
    _file: IO[bytes]

    def send(self, job: IO[bytes]) -> None:
        """Send the job, and return when the Receptor of the controller has it; that of the node may not.

        :raises ReceptorError: where it was refused
        """
        while block := job.read(1024 * 1024):
            self._connection.sendall(block)
        self._connection.shutdown(socket.SHUT_WR)
        _object(_line(self._file))


def _require_own_place(path: Path) -> None:
    """Check that not everybody can make a socket at a path.

    :raises ReceptorError: where everybody can
    :raises OSError: where there is no directory
    """
    if path.parent.stat().st_mode & stat.S_IWOTH:
        raise ReceptorError(
            f"others may write to {path.parent}, so anybody can be the Receptor of the controller at {path}: put the socket into a directory of its user, "
            "such as /run/receptor"
        )


def is_unit(name: object) -> bool:
    """Return True for the name of a unit."""
    return isinstance(name, str) and bool(_UNIT.fullmatch(name))


def _line(file: IO[bytes]) -> str:
    line = file.readline(LONGEST_LINE + 1)
    if not line.endswith(b"\n"):
        raise ReceptorError("the Receptor of the controller ended the conversation")
    return line.decode("utf-8", "replace").strip()


def _object(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise ReceptorError(_refused(text)) from None
    if not isinstance(value, Mapping):
        raise ReceptorError(_refused(text))
    return value


def _refused(text: str) -> str:
    return f"the Receptor of the controller said: {_text(text.removeprefix('ERROR: ')) or 'nothing'}"


def _text(value: object) -> str:
    return printable(value)[:LONGEST_TEXT] if isinstance(value, str) else ""
