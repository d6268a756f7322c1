# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An answer is read as http.client reads it, whatever a server makes of it."""

from __future__ import annotations

import http.client
import io

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.http_response import PlainAnswer


class Wire:
    """A socket from which an answer comes."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(io.BytesIO(self.content))  # type: ignore[arg-type]


def read(kind: type[http.client.HTTPResponse], content: bytes, method: str) -> object:
    """All that we use of an answer, or the error."""
    answer = kind(Wire(content), method=method)  # type: ignore[arg-type]
    try:
        answer.begin()
        body = answer.read()
    except http.client.HTTPException as error:
        return type(error)
    headers = answer.headers
    cookies = headers.get_all("set-cookie")
    server = answer.getheader("Server", "none")
    return answer.status, answer.reason, answer.version, answer.will_close, body, cookies, server, answer.getheaders()


ANSWERS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nServer: a\r\n\r\nhi",
    b"HTTP/1.1 200 OK\r\ncontent-LENGTH: 2\r\nConnection: Close\r\n\r\nhi",
    b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\nuntil the end",
    b"HTTP/1.0 200 OK\r\n\r\nuntil the end",
    b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n3;x=1\r\nyou\r\n0\r\nLate: 1\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhi\r\n0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 304 Not Modified\r\n\r\n",
    b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 403 Forbidden\r\nSet-Cookie: a=1\r\nSET-COOKIE: b=2; path=/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    b"HTTP/1.1 599 Netscaler specific error\nContent-Length: 2\nServer: x\n\nhi",
    b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nhi",
    b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nhi",
    b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\nhi",
    b"HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nhi",
    b"HTTP/1.1 200 OK\r\n Content-Length: 1\r\n\r\nhi",
    b"HTTP/1.1 200 OK\r\nX-Content-Length: 1\r\nX: Content-Length: 1\r\n\r\nhi",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nServer: x\r\nSet-Cookie: a=1\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nServer: cut",
    b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut off",
    b"HTTP/1.1 200 OK\r\nServer: caf\xe9\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 101 + b"\r\n",
    b"HTTP/1.1 200 OK\r\nA: " + b"b" * 70000 + b"\r\n\r\n",
    b"HTTP/2 200 OK\r\n\r\n",
    b"HTTP/3.0 200 OK\r\n\r\n",
    b"SSH-2.0-OpenSSH_9.2\r\n",
    b"HTTP/1.1 abc OK\r\n\r\n",
    b"HTTP/1.1 99 OK\r\n\r\n",
    b"",
    b"HTTP/1.1 200 OK\r\nContent-Le",
]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("content", ANSWERS)
def test_an_answer_is_read_as_by_http_client(content: bytes, method: str) -> None:
    assert read(PlainAnswer, content, method) == read(http.client.HTTPResponse, content, method)


def test_a_folded_header_is_one() -> None:
    answer = PlainAnswer(Wire(b"HTTP/1.1 200 OK\r\nServer: a\r\n  b\r\nContent-Length: 0\r\n\r\n"))  # type: ignore[arg-type]
    answer.begin()
    assert answer.getheader("server") == "a b"
    assert "\n" not in str(answer.getheaders())


@pytest.mark.parametrize("line", [b"nonsense\r\n", b"A: b\r\n c\r\n", b" \r\n"])
def test_lines_of_every_kind_are_bounded(line: bytes) -> None:
    answer = PlainAnswer(Wire(b"HTTP/1.1 200 OK\r\n" + line * 101 + b"\r\n"))  # type: ignore[arg-type]
    with pytest.raises(http.client.HTTPException, match="more than 100"):
        answer.begin()


def test_a_line_that_is_no_header_takes_none_along() -> None:
    answer = PlainAnswer(Wire(b"HTTP/1.1 200 OK\r\nnonsense\r\nServer: a\r\nContent-Length: 2\r\n\r\nhi"))  # type: ignore[arg-type]
    answer.begin()
    assert (answer.getheaders(), answer.read()) == ([("Server", "a"), ("Content-Length", "2")], b"hi")
