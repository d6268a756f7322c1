# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""HTTP connections: llhttp (httptools) parses, asyncio carries the bytes and TLS, and requests are answered in their order.

A response that needs no wait is written before the event loop goes on, without a task. Headers and bodies are decoded only when a
handler reads them. Both keep the simulator cheaper than its clients (docs/decisions/0011).
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from typing import Any

import httptools

from simulator.network.requests import LINE_LIMIT, BodyBroken, HttpRequest
from simulator.network.responses import RawResponse, error_page, http_date, reset

HEAD_LIMIT = 1024 * 1024
UNREAD_LIMIT = 256 * 1024  # bytes that are read ahead while a request is answered
IDLE_SECONDS = 3600.0
LINGERING_SECONDS = 1.0  # how long the rest of a body, and what follows the last request, is read and discarded
FRAMING = (b"content-length", b"transfer-encoding")
log = logging.getLogger("simulator")
_numbers = itertools.count(1)


Handler = Callable[[HttpRequest], Coroutine[Any, Any, RawResponse]]


class Connection(asyncio.Protocol):
    """One connection. Requests are answered in their order; what is not HTTP gets the front end's error page."""

    def __init__(self, server: Server) -> None:
        self.number = next(_numbers)
        self.peer: tuple[Any, ...] | None = None
        self.local_address: tuple[Any, ...] | None = None
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._transport: Any = None
        self._parser = httptools.HttpRequestParser(self)
        self._target = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._in_head = False
        self._head_size = 0
        self._replaying = False
        self._parsed: HttpRequest | None = None  # the request whose body is arriving
        self._waiting: deque[HttpRequest | None] = deque()  # None: input that is not a request
        self._current: HttpRequest | None = None  # the request that is being answered
        self._task: asyncio.Task[None] | None = None
        self._keep_alive = True
        self._input_ended = False  # later input is ignored
        self._unread = 0
        self._paused = False
        self._lingering: asyncio.TimerHandle | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._last = 0.0  # in the event loop's clock

    # Callbacks of asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self.peer = transport.get_extra_info("peername")
        self.local_address = transport.get_extra_info("sockname")
        self._server.connections.add(self)
        self._last = time.monotonic()
        self._idle = self._loop.call_later(IDLE_SECONDS, self._check_idle)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._server.connections.discard(self)
        self._input_ended = True
        self._waiting.clear()
        for timer in (self._idle, self._lingering):
            if timer is not None:
                timer.cancel()
        if self._parsed is not None:
            self._parsed.fail(BodyBroken)
        if self._task is not None and self._server.cancels:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        if self._input_ended:
            return
        self._last = time.monotonic()
        self._head_size += len(data)
        self._parse(data)
        if not self._in_head:
            self._head_size = 0
        elif self._head_size > HEAD_LIMIT:
            self._refuse()
        self._process_queue()
        if self._current is not None and not self._current.awaited:
            self._unread += len(data)
            if self._unread > UNREAD_LIMIT and not self._paused:
                self._paused = True
                self._transport.pause_reading()

    def _check_idle(self) -> None:
        due = self._last + IDLE_SECONDS
        if self._current is None and due <= self._loop.time():
            self._close()
        else:
            self._idle = self._loop.call_at(max(due, self._loop.time() + 1.0), self._check_idle)

    # Callbacks of the parser

    def on_url(self, piece: bytes) -> None:
        self._in_head = True
        self._target += piece

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        target, headers = self._target, self._headers
        may_be_long = self._head_size > LINE_LIMIT
        self._in_head, self._head_size = False, 0
        self._target, self._headers = b"", []
        if self._replaying or self._input_ended:
            return
        parser = self._parser
        request = HttpRequest(self, parser.get_method().decode(), target, parser.get_http_version(), headers)
        request.keep_alive = parser.should_keep_alive() and request.method != "CONNECT"
        if request.valid and not (may_be_long and request.oversized):
            self._parsed = request
            self._waiting.append(request)
        else:
            self._refuse()

    def on_body(self, piece: bytes) -> None:
        if self._parsed is not None:
            self._parsed.feed(piece)

    def on_message_complete(self) -> None:
        self._headers = []  # trailers of a chunked body are ignored
        request = self._parsed
        if request is None or (self._parser.should_upgrade() and request.method != "CONNECT"):
            return  # httptools ends a request with an Upgrade header after its head; _parse continues with the body
        self._parsed = None
        request.end()
        if not request.keep_alive:
            self._input_ended = True
        if self._lingering is not None:
            self._lingering.cancel()
            self._lingering = None
            self._request_done()

    def _parse(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if self._parsed is not None:
                self._ignore_upgrade(self._parsed)
                self._parse(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            if not self._input_ended:
                self._refuse()

    def _ignore_upgrade(self, request: HttpRequest) -> None:
        """Ignore an Upgrade header (RFC 9110 7.8): parse the same head again without it."""
        framing = [pair for pair in request.raw_headers if pair[0].lower() in FRAMING]
        self._parser = httptools.HttpRequestParser(self)
        self._replaying = True
        lines = b"".join(b"%b: %b\r\n" % pair for pair in framing)
        self._parse(b"%b / HTTP/%b\r\n%b\r\n" % (request.method.encode(), request.version.encode(), lines))
        self._replaying = False

    def _refuse(self) -> None:
        """Answer 400 after all earlier responses, then close: the input is not HTTP."""
        self._input_ended = True
        self._waiting.append(None)
        if self._parsed is not None:
            self._parsed.fail(BodyBroken)
            self._parsed = None

    # Responses

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    def resume(self) -> None:
        """Continue to read where reading was paused."""
        self._unread = 0
        if self._paused:
            self._paused = False
            self._transport.resume_reading()

    def reset(self) -> None:
        """Close the connection with a TCP reset."""
        reset(self._transport)

    def _process_queue(self) -> None:
        while self._waiting and self._current is None:
            request = self._waiting.popleft()
            if request is None:
                error_response(400).send(self._transport)
                self._close()
                return
            self._current = request
            self._task = run_eagerly(self._loop, self._serve(request))
            if self._task is not None:
                self._task.add_done_callback(self._task_done)

    def _task_done(self, task: asyncio.Task[None]) -> None:
        self._task = None
        self._process_queue()

    async def _serve(self, request: HttpRequest) -> None:
        try:
            response = await self._server.handler(request)
        except Exception:  # the client gets a response, the log gets the defect
            log.exception("defect in the simulator")
            response = error_response(500)
        self._answer(request, response)

    def _answer(self, request: HttpRequest, response: RawResponse) -> None:
        transport = self._transport
        if transport.is_closing():
            return
        response.send(transport, head_only=request.method == "HEAD")
        self._keep_alive = request.keep_alive and response.keep_alive
        if request.complete:
            self._request_done()
        elif self._input_ended or transport.is_closing():
            self._close()
        else:
            request.discard()
            self._lingering = self._loop.call_later(LINGERING_SECONDS, self._transport.close)
            self.resume()

    def _request_done(self) -> None:
        """Finish the current request: its response is written and its body is read."""
        self._current = None
        self._unread = 0
        if not self._keep_alive:
            self._close()
        elif self._paused:
            self.resume()

    def _close(self) -> None:
        """Send the end of the stream, and read for a while: closing a socket with unread data is a reset, which discards the response."""
        transport = self._transport
        self._input_ended = True
        self._waiting.clear()
        if self._lingering is None and not transport.is_closing() and transport.can_write_eof():
            transport.write_eof()
            self._lingering = self._loop.call_later(LINGERING_SECONDS, transport.close)
            self.resume()
        else:
            transport.close()  # a TLS transport does the same


class Server:
    """Makes the connections of one listening address and knows the open ones."""

    def __init__(self, handler: Handler, *, cancels: bool = False) -> None:
        self.handler = handler
        self.cancels = cancels  # cancel a handler when its connection ends
        self.connections: set[Connection] = set()

    def __call__(self) -> Connection:
        return Connection(self)

    def reset_all(self) -> None:
        """Reset every open connection, as a reboot does."""
        for connection in list(self.connections):
            connection.reset()


def error_response(status: int) -> RawResponse:
    """Return the front end's response to malformed input, and to a request whose handler failed."""
    page = error_page(status, "Your browser sent a request that this server could not understand.")
    headers = [("Date", http_date()), ("Server", "Apache"), ("Content-Type", "text/html; charset=iso-8859-1")]
    return RawResponse(status, headers, page, close=True)


def run_eagerly(loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
    """Run a coroutine up to its first wait; if there is one, a task continues it (Python 3.12 has eager tasks)."""
    try:
        awaited = coroutine.send(None)
    except StopIteration:
        return None
    return loop.create_task(_StartedCoroutine(coroutine, awaited))


class _StartedCoroutine(Coroutine[Any, Any, None]):
    """A coroutine that has already run up to its first wait, in the form that a task accepts."""

    def __init__(self, coroutine: Coroutine[Any, Any, None], awaited: Any) -> None:
        self._coroutine = coroutine
        self._first = [awaited]

    def send(self, value: Any) -> Any:
        return self._first.pop() if self._first else self._coroutine.send(value)

    def throw(self, *problem: Any) -> Any:
        return self._coroutine.throw(*problem)

    def close(self) -> None:
        self._coroutine.close()

    def __await__(self) -> Generator[Any, Any, None]:
        raise RuntimeError("only a task runs it")
