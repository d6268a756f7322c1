# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A hostile appliance: the simulator answers, and a layer above it changes the answer before it is sent.

A test installs one rule, a function from an :class:`Exchange` to the :class:`Output` that is sent instead, or None for the honest
answer. For a change of attributes :func:`rewritten` makes a rule of a function on one row::

    with hostile() as server:
        server.rule = rewritten(lambda type_name, row: {**row, "name": "gw{{ 7 * 7 }}"} if type_name == "vpnvserver" else row)
        stage.status()

The request has been carried out when a rule sees it, as by an appliance that lies about the result; a rule that must prevent it is
installed as `before`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from typing import Any
from unittest import mock

from simulator.appliance.appliance import Appliance
from simulator.network.requests import HttpRequest
from simulator.network.responses import NoResponse, RawResponse, reset
from simulator.nitro.parsing import parse_target
from simulator.server import management

MOST_PIECES = 100_000
"""No answer is really endless: a client that reads so many pieces has no limit."""


class End(Enum):
    """What becomes of the connection after an answer."""

    KEEP = "keep"
    CLOSE = "close"
    RESET = "reset"


@dataclass(frozen=True)
class Output:
    """The bytes that are sent instead of an answer.

    :ivar pieces: sent one after another; a number is a pause in seconds
    :ivar again: sent after the pieces, again and again until the client closes the connection; likewise with pauses
    :ivar under_tls: sent after that, past TLS, into the TCP connection
    """

    pieces: tuple[bytes | float, ...]
    again: tuple[bytes | float, ...] = ()
    under_tls: bytes = b""
    end: End = End.KEEP


@dataclass(frozen=True)
class Exchange:
    """One request at a management address, and the honest answer to it.

    :ivar number: its position among all requests since :meth:`HostileServer.clear`, from 1
    :ivar type: the NITRO type; "" where it is not a request of NITRO
    :ivar head: status line and headers, with the empty line
    """

    number: int
    node: int
    method: str
    path: str
    type: str
    status: int
    head: bytes
    body: bytes

    @cached_property
    def json(self) -> Any:
        """The JSON of the body; None where there is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of the answer to a read; a singleton is one row."""
        found = self.json.get(self.type) if isinstance(self.json, dict) else None
        rows = [found] if isinstance(found, dict) else found
        return rows if isinstance(rows, list) else []

    def with_body(self, body: bytes | Any, **changes: Any) -> Output:
        """Return this answer with another body, rightly framed.

        :param body: bytes, or a value that is sent as JSON
        :param changes: further attributes of the :class:`Output`
        """
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return Output((self.framed(f"Content-Length: {len(content)}") + content,), **changes)

    def with_rows(self, rows: Any) -> Output:
        """Return this answer with other rows."""
        return self.with_body({**self.json, self.type: rows})

    def framed(self, *lines: str, status: str | None = None) -> bytes:
        """Return the head with other headers for its framing, and with another status line where one is given."""
        first, *headers = self.head.decode("latin-1").split("\r\n")
        kept = [line for line in headers if line and line.partition(":")[0].lower() not in FRAMING]
        return "\r\n".join([status or first, *kept, *lines, "", ""]).encode("latin-1")


FRAMING = ("content-length", "transfer-encoding", "content-encoding", "connection")

Rule = Callable[[Exchange], Output | None]
Row = dict[str, Any]


@dataclass
class HostileServer:
    """The layer above the simulator.

    :ivar rule: changes an answer
    :ivar before: sees a request that is not carried out yet (status 0, no head and no body); its output is sent instead
    :ivar seen: the requests with their honest answers
    """

    rule: Rule = lambda _exchange: None
    before: Rule = lambda _exchange: None
    seen: list[Exchange] = field(default_factory=list)

    def clear(self) -> None:
        """Be honest again, and forget the requests."""
        self.rule = self.before = lambda _exchange: None
        self.seen.clear()

    async def handle(self, appliance: Appliance, index: int, request: HttpRequest, *, tls: bool) -> RawResponse:
        """Answer one request at a management address, in the place of the simulator's own function."""
        target = parse_target(request.raw_path)
        exchange = Exchange(
            len(self.seen) + 1, index, request.method, request.raw_path, target.type if target else "", 0, b"", b""
        )
        early = self.before(exchange)
        if early is not None:
            self.seen.append(exchange)
            return await _send(early, request)
        honest = await _honest(appliance, index, request, tls=tls)
        if isinstance(honest, NoResponse):
            self.seen.append(exchange)
            return honest
        exchange = replace(exchange, status=honest.status, head=honest.head, body=honest.content)
        self.seen.append(exchange)
        output = self.rule(exchange)
        return honest if output is None else await _send(output, request)


_honest = management.handle


async def _send(output: Output, request: HttpRequest) -> RawResponse:
    transport: Any = request._connection._transport  # type: ignore[attr-defined]
    await _write(output.pieces, transport)
    for _time in range(MOST_PIECES if output.again else 0):
        if transport.is_closing():
            break
        await _write(output.again, transport)
        await asyncio.sleep(0)
    if output.under_tls and not transport.is_closing():
        with contextlib.suppress(OSError):
            os.write(transport.get_extra_info("socket").fileno(), output.under_tls)
    return _Sent(output.end)


async def _write(pieces: tuple[bytes | float, ...], transport: Any) -> None:
    for piece in pieces:
        if transport.is_closing():
            return
        if isinstance(piece, bytes):
            transport.write(piece)
        else:
            await asyncio.sleep(piece)


class _Sent(RawResponse):
    """An answer that has been sent already."""

    __slots__ = ("_end",)

    def __init__(self, end: End) -> None:
        super().__init__(200, close=end is not End.KEEP)
        self._end = end

    def send(self, transport: Any, *, head_only: bool = False) -> None:
        if self._end is End.RESET:
            reset(transport)


@contextlib.contextmanager
def hostile() -> Iterator[HostileServer]:
    """Put the layer above all simulators of this process until the block ends."""
    server = HostileServer()
    with mock.patch.object(management, "handle", server.handle):
        yield server


def rewritten(change: Callable[[str, Row], Row | None]) -> Rule:
    """Return a rule that changes each row of each read.

    :param change: gets the NITRO type and a row, and returns the row to send, or None to leave it out
    """

    def rule(exchange: Exchange) -> Output | None:
        if exchange.method != "GET" or not exchange.rows:
            return None
        changed = [change(exchange.type, dict(row)) for row in exchange.rows]
        rows = [row for row in changed if row is not None]
        return None if rows == exchange.rows else exchange.with_rows(rows)

    return rule


def with_attributes(type_name: str, **attributes: Any) -> Rule:
    """Return a rule that gives all rows of a type other attributes."""

    def change(found: str, row: Row) -> Row:
        return {**row, **attributes} if found == type_name else row

    return rewritten(change)


def first_of(*rules: Rule) -> Rule:
    """Return a rule that sends the output of the first of some rules that has one."""
    return lambda exchange: next((output for rule in rules if (output := rule(exchange)) is not None), None)


def only_at(number: int, rule: Rule) -> Rule:
    """Return a rule for the request of one number."""
    return lambda exchange: rule(exchange) if exchange.number == number else None
