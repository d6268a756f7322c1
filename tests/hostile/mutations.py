# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ways in which an answer is broken: sizes, times, types, names, files, framing, and what the appliance does.

A mutation gets an exchange and a generator of random numbers, and returns what is sent instead; None where it has nothing to break.
"""

from __future__ import annotations

import base64
import gzip
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.hostile.server import End, Exchange, Output

PAUSE = 0.02  # seconds between the pieces of a slow answer
Break = Callable[[Exchange, random.Random], Output | None]


@dataclass(frozen=True)
class Mutation:
    """One way of breaking an answer.

    :ivar family: sizes, times, types, names, files, framing or acts
    :ivar is_slow: it ends only by the deadline of the client
    :ivar is_before: the request is not carried out
    """

    family: str
    name: str
    act: Break
    is_slow: bool = False
    is_before: bool = False

    def __str__(self) -> str:
        return f"{self.family}: {self.name}"


MUTATIONS: list[Mutation] = []


def mutation(family: str, *, is_slow: bool = False, is_before: bool = False) -> Callable[[Break], Break]:
    """Register a function as a mutation; its name is that of the mutation."""

    def register(act: Break) -> Break:
        MUTATIONS.append(Mutation(family, act.__name__.replace("_", " "), act, is_slow, is_before))
        return act

    return register


def variants(family: str, name: str, values: dict[str, Any], make: Callable[[Any], Break]) -> None:
    """Register one mutation for each of some values."""
    for label, value in values.items():
        MUTATIONS.append(Mutation(family, f"{name} {label}", make(value)))


# -- sizes ---------------------------------------------------------------------------------------------------------------


@mutation("sizes")
def endless_body(exchange: Exchange, _random: random.Random) -> Output:
    return Output((exchange.framed("Connection: close"), exchange.body[:-1]), again=(b" " * 65_536,), end=End.CLOSE)


@mutation("sizes")
def endless_chunks(exchange: Exchange, _random: random.Random) -> Output:
    head = exchange.framed("Transfer-Encoding: chunked")
    return Output((head,), again=(b"1;" + b"e" * 8000 + b"\r\n \r\n",) * 8, end=End.CLOSE)


@mutation("sizes")
def endless_headers(exchange: Exchange, _random: random.Random) -> Output:
    return Output((b"HTTP/1.1 200 OK\r\n",), again=(b"X-More: " + b"h" * 4000 + b"\r\n",) * 4, end=End.CLOSE)


@mutation("sizes")
def endless_status_line(_exchange: Exchange, _random: random.Random) -> Output:
    return Output((b"HTTP/1.1 200 ",), again=(b"O" * 65_536,), end=End.CLOSE)


@mutation("sizes")
def endless_interim_answers(_exchange: Exchange, _random: random.Random) -> Output:
    return Output((), again=(b"HTTP/1.1 100 Continue\r\n\r\n" * 100,), end=End.CLOSE)


@mutation("sizes")
def thousands_of_headers(exchange: Exchange, _random: random.Random) -> Output:
    return Output((exchange.framed(*["A: b"] * 5000, f"Content-Length: {len(exchange.body)}"), exchange.body))


@mutation("sizes")
def empty_body(exchange: Exchange, _random: random.Random) -> Output | None:
    return exchange.with_body(b"") if exchange.body else None


@mutation("sizes")
def thousands_of_rows(exchange: Exchange, _random: random.Random) -> Output | None:
    return exchange.with_rows(exchange.rows * 3000) if exchange.rows and exchange.method == "GET" else None


@mutation("sizes")
def no_rows(exchange: Exchange, _random: random.Random) -> Output | None:
    return exchange.with_rows([]) if exchange.rows else None


@mutation("sizes")
def nested_without_end(exchange: Exchange, _random: random.Random) -> Output | None:
    return (
        exchange.with_body(exchange.body[:-1] + b', "x": ' + b"[" * 50_000 + b"]" * 50_000 + b"}")
        if exchange.body
        else None
    )


@mutation("sizes")
def a_long_message(exchange: Exchange, _random: random.Random) -> Output | None:
    if not isinstance(exchange.json, dict):
        return None
    return exchange.with_body({**exchange.json, "errorcode": 1, "severity": "ERROR", "message": "m" * 500_000})


@mutation("sizes")
def a_long_session(exchange: Exchange, _random: random.Random) -> Output | None:
    return exchange.with_body({**exchange.json, "sessionid": "t" * 1_000_000}) if exchange.type == "login" else None


# -- times ---------------------------------------------------------------------------------------------------------------


@mutation("times", is_slow=True)
def silence(_exchange: Exchange, _random: random.Random) -> Output:
    return Output((), again=(PAUSE,), end=End.CLOSE)


@mutation("times", is_slow=True)
def dripping_headers(_exchange: Exchange, _random: random.Random) -> Output:
    return Output((b"HTTP/1.1 200 OK\r\nX-Slow: ",), again=(b"x", PAUSE), end=End.CLOSE)


@mutation("times", is_slow=True)
def dripping_body(exchange: Exchange, _random: random.Random) -> Output:
    return Output((exchange.framed("Content-Length: 100000"),), again=(b" ", PAUSE), end=End.CLOSE)


@mutation("times", is_slow=True)
def dripping_interim_answers(_exchange: Exchange, _random: random.Random) -> Output:
    return Output((), again=(b"HTTP/1.1 100 Continue\r\n", PAUSE, b"\r\n", 10 * PAUSE), end=End.CLOSE)


@mutation("times", is_slow=True)
def half_a_body_and_silence(exchange: Exchange, _random: random.Random) -> Output:
    head = exchange.framed(f"Content-Length: {len(exchange.body) + 10}")
    return Output((head, exchange.body), again=(PAUSE,), end=End.CLOSE)


# -- types ---------------------------------------------------------------------------------------------------------------

VALUES: dict[str, Any] = {
    "an array": ["1"],
    "an empty array": [],
    "an object": {"name": "x"},
    "true": True,
    "null": None,
    "empty": "",
    "maybe": "maybe",
    "a negative number": -1,
    "a fraction": 1.5,
    "a large number": 10**30,
    "thousands of digits": "9" * 5000,
    "a control character": "a\x00b\x1b[2J\r\n",
}


def one_attribute(value: Any) -> Break:
    """Break one attribute of one row, which the generator chooses."""

    def act(exchange: Exchange, chance: random.Random) -> Output | None:
        rows = exchange.rows
        if exchange.method != "GET" or not rows or not rows[0]:
            return None
        at = chance.randrange(len(rows))
        name = chance.choice(sorted(rows[at]))
        return exchange.with_rows([*rows[:at], {**rows[at], name: value}, *rows[at + 1 :]])

    return act


def every_attribute(value: Any) -> Break:
    """Break all attributes of all rows."""

    def act(exchange: Exchange, _random: random.Random) -> Output | None:
        if exchange.method != "GET" or not exchange.rows:
            return None
        return exchange.with_rows([dict.fromkeys(row, value) for row in exchange.rows])

    return act


def the_rows(value: Any) -> Break:
    def act(exchange: Exchange, _random: random.Random) -> Output | None:
        return exchange.with_rows(value) if exchange.method == "GET" and isinstance(exchange.json, dict) else None

    return act


def the_frame(changes: dict[str, Any]) -> Break:
    def act(exchange: Exchange, _random: random.Random) -> Output | None:
        return exchange.with_body({**exchange.json, **changes}) if isinstance(exchange.json, dict) else None

    return act


def the_body(content: bytes) -> Break:
    return lambda exchange, _random: exchange.with_body(content)


variants("types", "one attribute is", VALUES, one_attribute)
variants("types", "every attribute is", VALUES, every_attribute)
variants("types", "rows are", {"text": "rows", "a number": 7, "texts": ["a"], "null": None, "arrays": [[]]}, the_rows)
variants(
    "types",
    "the frame has",
    {
        "an array as code": {"errorcode": [0]},
        "text as code": {"errorcode": "none"},
        "true as code": {"errorcode": True},
        "a negative code": {"errorcode": -1},
        "no code": {"errorcode": None},
        "an object as message": {"errorcode": 1, "message": {"a": 1}},
        "a number as severity": {"severity": 5, "errorcode": 1},
        "a number as items": {"errorcode": 1243, "response": 5},
        "other items": {"errorcode": 1243, "response": [1, "x", None, {"errorcode": {}}]},
    },
    the_frame,
)
variants(
    "types",
    "the body is",
    {
        "text": b'"Done"',
        "an array": b"[]",
        "a number": b"0",
        "null": b"null",
        "half": b'{"errorcode": 0, "message": "Do',
        "a page": b"<html><body>Log on</body></html>",
        "NaN": b'{"errorcode": NaN}',
        "infinite": b'{"errorcode": 0, "x": 1e999}',
        "no text": b'{"errorcode": 0, "message": "\xff\xfe"}',
        "half a character": rb'{"errorcode": 1, "message": "\ud800", "severity": "ERROR"}',
        "contradictory": b'{"errorcode": 0, "errorcode": 1, "message": "Done"}',
        "zeros": b"\x00" * 100,
    },
    the_body,
)


@mutation("types")
def the_rows_of_another_type(exchange: Exchange, _random: random.Random) -> Output | None:
    if exchange.method != "GET" or not exchange.rows:
        return None
    frame = {name: value for name, value in exchange.json.items() if name != exchange.type}
    return exchange.with_body({**frame, "another": exchange.rows})


# -- names and files ------------------------------------------------------------------------------------------------------

NAMES = {
    "a template": "x{{ lookup('pipe', 'id') }}",
    "a path": "../../etc/passwd",
    "control characters": "x\x1b]0;t\x07\r\nok: [box]",
    "very long": "n" * 20_000,
    "not Unicode": "x\ud800",
    "yaml": "x: !!python/object/apply:os.system [id]",
    "html": "<script>alert(1)</script>",
}
_NAMES = (
    "name",
    "policyname",
    "filename",
    "partitionname",
    "action",
    "comment",
    "ipaddress",
    "version",
    "state",
    "rule",
)


def names_are(value: str) -> Break:
    def act(exchange: Exchange, _random: random.Random) -> Output | None:
        if exchange.method != "GET" or not any(name in row for row in exchange.rows for name in _NAMES):
            return None
        return exchange.with_rows(
            [{name: value if name in _NAMES else own for name, own in row.items()} for row in exchange.rows]
        )

    return act


variants("names", "names are", NAMES, names_are)

FILES: dict[str, dict[str, Any]] = {
    "no base64": {"filecontent": "%%%"},
    "an array": {"filecontent": ["e30="]},
    "empty": {"filecontent": ""},
    "other JSON": {"filecontent": "W10="},
    "an empty object": {"filecontent": "e30="},
    "binary": {"filecontent": "//79/A=="},
    "large": {"filecontent": "QUFB" * 500_000},
    "of a negative size": {"filesize": "-5"},
    "of a huge size": {"filesize": "9" * 400},
    "a directory": {"filemode": ["DIRECTORY"]},
}


def files_are(changes: dict[str, Any]) -> Break:
    def act(exchange: Exchange, _random: random.Random) -> Output | None:
        if exchange.type != "systemfile" or exchange.method != "GET" or not exchange.rows:
            return None
        return exchange.with_rows([{**row, **changes} for row in exchange.rows])

    return act


variants("files", "a file is", FILES, files_are)


@mutation("files")
def the_content_of_another_file(exchange: Exchange, chance: random.Random) -> Output | None:
    if exchange.type != "systemfile" or exchange.method != "GET" or len(exchange.rows) < 1:
        return None
    return exchange.with_rows([{**row, "filecontent": _base64(_json(chance))} for row in exchange.rows])


def _json(chance: random.Random) -> bytes:
    """Return what looks like a file of ours, and has a wrong type somewhere."""
    names = ("format", "run", "steps", "owner", "expires", "taken", "token", "measure", "kind", "previous", "vservers")
    return json.dumps({name: chance.choice([1, [], {}, None, "x", [[1]], [{}]]) for name in names}).encode()


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


# -- framing --------------------------------------------------------------------------------------------------------------


def lengths(*values: str) -> Break:
    def act(exchange: Exchange, _random: random.Random) -> Output:
        numbers = [
            value.format(n=len(exchange.body), more=len(exchange.body) + 7, less=len(exchange.body) // 2)
            for value in values
        ]
        return Output(
            (exchange.framed(*(f"Content-Length: {number}" for number in numbers)), exchange.body), end=End.CLOSE
        )

    return act


for _label, _lengths in {
    "too long": ("{more}",),
    "too short": ("{less}",),
    "negative": ("-1",),
    "no number": ("many",),
    "huge": ("9" * 30,),
    "two": ("{n}", "{less}"),
    "none": (),
}.items():
    MUTATIONS.append(Mutation("framing", f"length {_label}", lengths(*_lengths)))


def chunks(content: bytes) -> Break:
    def act(exchange: Exchange, _random: random.Random) -> Output:
        filled = content.replace(b"BODY", exchange.body).replace(b"SIZE", b"%x" % len(exchange.body))
        return Output((exchange.framed("Transfer-Encoding: chunked"), filled), end=End.CLOSE)

    return act


variants(
    "framing",
    "chunks with",
    {
        "a size of garbage": b"zz\r\nBODY\r\n0\r\n\r\n",
        "a negative size": b"-5\r\nBODY\r\n0\r\n\r\n",
        "a huge size": b"ffffffffffffffffff\r\nBODY",
        "no end": b"SIZE\r\nBODY\r\n",
        "an endless size": b"1" * 70_000,
        "many trailers": b"SIZE\r\nBODY\r\n0\r\n" + b"T: t\r\n" * 50_000 + b"\r\n",
    },
    chunks,
)


def raw(content: bytes, end: End = End.CLOSE) -> Break:
    return lambda _exchange, _random: Output((content,), end=end)


variants(
    "framing",
    "instead of an answer",
    {
        "HTTP 0.9": b"<html>hello</html>",
        "HTTP 2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
        "SSH": b"SSH-2.0-OpenSSH_9.2\r\n",
        "a status line": b"HTTP/1.1 200 OK\r\n",
        "half a status line": b"HTTP/1.",
        "a strange status": b"HTTP/1.1 9999999999 X\r\n\r\n",
        "another protocol": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        "a redirect": b"HTTP/1.1 302 Found\r\nLocation: https://192.0.2.1/nitro\r\nContent-Length: 0\r\n\r\n",
        "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
        "not modified": b"HTTP/1.1 304 Not Modified\r\n\r\n",
        "a cookie of control characters": b"HTTP/1.1 201 Created\r\nSet-Cookie: sessionid=a%0d%0aX: y\r\nContent-Length: 0\r\n\r\n",
        "a long cookie": b"HTTP/1.1 201 Created\r\nSet-Cookie: sessionid="
        + b"c" * 60_000
        + b"\r\nContent-Length: 0\r\n\r\n",
        "nothing": b"",
    },
    raw,
)
MUTATIONS.append(Mutation("framing", "a reset", raw(b"", End.RESET)))


@mutation("framing")
def compressed(exchange: Exchange, _random: random.Random) -> Output | None:
    content = gzip.compress(exchange.body)
    head = exchange.framed("Content-Encoding: gzip", f"Content-Length: {len(content)}")
    return Output((head, content)) if exchange.body else None


@mutation("framing")
def the_answer_twice(exchange: Exchange, _random: random.Random) -> Output:
    whole = exchange.framed(f"Content-Length: {len(exchange.body)}") + exchange.body
    return Output((whole + whole,))


@mutation("framing")
def a_second_answer_later(exchange: Exchange, _random: random.Random) -> Output:
    whole = exchange.framed(f"Content-Length: {len(exchange.body)}") + exchange.body
    return Output((whole, PAUSE, b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"errorcode": 0}'))


@mutation("framing")
def garbage_after_the_answer(exchange: Exchange, _random: random.Random) -> Output:
    return Output((exchange.framed(f"Content-Length: {len(exchange.body)}") + exchange.body + b"garbage" * 3000,))


@mutation("framing")
def early_hints_first(exchange: Exchange, _random: random.Random) -> Output:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n"
    return Output((hints + exchange.framed(f"Content-Length: {len(exchange.body)}") + exchange.body,))


@mutation("framing")
def a_tls_alert_in_the_middle(exchange: Exchange, _random: random.Random) -> Output:
    head = exchange.framed(f"Content-Length: {len(exchange.body) + 5}")
    return Output((head, exchange.body), under_tls=b"\x15\x03\x03\x00\x02\x02\x28", end=End.RESET)


@mutation("framing")
def no_tls_in_the_middle(exchange: Exchange, _random: random.Random) -> Output:
    head = exchange.framed(f"Content-Length: {len(exchange.body) + 5}")
    return Output((head, exchange.body), under_tls=b"HTTP/1.1 200 OK\r\n\r\n" * 3, end=End.CLOSE)


# -- what the appliance does ----------------------------------------------------------------------------------------------


def status(line: str) -> Break:
    def act(exchange: Exchange, _random: random.Random) -> Output:
        head = exchange.framed(f"Content-Length: {len(exchange.body)}", status=f"HTTP/1.1 {line}")
        return Output((head + exchange.body,))

    return act


variants(
    "acts",
    "the right body with",
    {
        line: line
        for line in ("500 Internal Server Error", "401 Unauthorized", "404 Not Found", "301 Moved", "207 Multi")
    },
    status,
)


@mutation("acts")
def carried_out_and_called_an_error(exchange: Exchange, _random: random.Random) -> Output | None:
    body = {"errorcode": 1, "message": "Not super-user", "severity": "ERROR"}
    return exchange.with_body(body) if exchange.method != "GET" else None


@mutation("acts")
def read_and_called_absent(exchange: Exchange, _random: random.Random) -> Output | None:
    body = {"errorcode": 258, "message": "No such resource", "severity": "ERROR"}
    return exchange.with_body(body) if exchange.method == "GET" else None


@mutation("acts", is_before=True)
def not_carried_out_and_called_done(exchange: Exchange, _random: random.Random) -> Output | None:
    if exchange.method == "GET" or exchange.type in ("login", "logout"):
        return None
    body = b'{"errorcode": 0, "message": "Done", "severity": "NONE"}'
    return Output((b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body),))


@mutation("acts", is_before=True)
def not_carried_out_and_no_answer(exchange: Exchange, _random: random.Random) -> Output | None:
    return Output((), end=End.RESET) if exchange.method != "GET" else None
