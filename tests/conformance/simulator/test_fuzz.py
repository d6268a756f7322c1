# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Random input: no traceback, always an answer of NITRO or a clean HTTP error; a refused request changes nothing.

Takes seconds by default. `FUZZ_EXAMPLES=20000 .venv/bin/pytest tests/conformance/simulator/test_fuzz.py` tries more.
"""

from __future__ import annotations

import http.client
import json
import logging
import os
import re
import socket
import zlib
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from simulator.types import BINDINGS, TYPES
from tests import sample

LONG = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES") or sample.examples(150)),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d{3}) [ -~]*\r\n")
ANSWERS = {200, 201, 204, 207, 209, 301, 302, 304, 400, 401, 403, 404, 405, 406, 409, 413, 414, 417, 431, 501, 505, 599}
CREDENTIALS = b"X-NITRO-USER: nsroot\r\nX-NITRO-PASS: nsroot\r\n"

# Requests as bytes

LATIN = st.text(st.characters(max_codepoint=255), max_size=30).map(lambda text: text.encode("latin-1"))
METHODS = (
    st.sampled_from(
        [b"GET", b"POST", b"PUT", b"DELETE", b"HEAD", b"OPTIONS", b"CONNECT", b"TRACE", b"get", b"", b"G\0T"]
    )
    | LATIN
)
TARGETS = (
    st.sampled_from(
        [
            b"/nitro/v1/config/responderpolicy",
            b"/nitro/v1/config/responderaction/x?action=rename",
            b"/nitro/v1/stat/lbvserver",
            b"/nitro/v1/config/",
            b"/nitro/v1/",
            b"/nitro//v1/config/nsversion",
            b"http://[::1",
            b"http://host:99999/nitro/v1/config/nsversion",
            b"//",
            b"*",
            b"/vpn/../vpns/",
            b"/%",
            b"/%00%ff%2",
            b"/nitro/v1/config/nsversion#fragment",
            b"/\xff\xfe",
            b"",
            b"/" + b"../" * 300,
            b"/nitro/v1/config/" + b"a" * 9000,
        ]
    )
    | LATIN
)
VERSIONS = st.sampled_from(
    [b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/0.9", b"HTTP/1.1.1", b"HTTPS/1.1", b"", b"http/1.1"]
)
HEADERS = st.lists(
    st.sampled_from(
        [
            b"Host: x",
            b"Host: x\r\nHost: y",
            CREDENTIALS.rstrip(),
            b"X-NITRO-USER: \xff\xfe\r\nX-NITRO-PASS: \x80",
            b"Authorization: Basic !!!!",
            b"Authorization: Basic " + b"QUFB" * 2000,
            b"Cookie: NITRO_AUTH_TOKEN=%",
            b"Cookie: sessionid=%23%23\xff; ;;==;=",
            b"Cookie: NSC_AAAC=\x00",
            b"Content-Type: application/json; charset=nonsense",
            b"Content-Type: \xff",
            b"Content-Encoding: gzip",
            b"Content-Encoding: br",
            b"Accept-Encoding: gzip;q=nonsense",
            b"Transfer-Encoding: chunked",
            b"Transfer-Encoding: gzip, chunked",
            b"Transfer-Encoding: nonsense",
            b"Content-Length: 5",
            b"Content-Length: -1",
            b"Content-Length: 99999999999999999999",
            b"Content-Length: 5\r\nContent-Length: 6",
            b"Content-Length: 0x5",
            b"Expect: 100-continue",
            b"Expect: nonsense",
            b"Upgrade: websocket\r\nConnection: Upgrade",
            b"Connection: close, keep-alive",
            b"X-NITRO-ONERROR: nonsense",
            b" folded: x",
            b"no colon",
            b": no name",
            b"Big: " + b"a" * 70_000,
            *[b"Many-%d: x" % number for number in range(3)],
        ]
    )
    | LATIN,
    max_size=6,
)
BODIES = (
    st.sampled_from(
        [
            b"",
            b"{}",
            b"5\r\nhello\r\n0\r\n\r\n",
            b"zz\r\nhello\r\n0\r\n\r\n",
            b"-1\r\n\r\n",
            b"FFFFFFFFFFFFFFFFF\r\n",
            b"5\r\nhel",
            b"5;" + b"x" * 5000 + b"\r\nhello\r\n0\r\n\r\n",
            b'{"responderpolicy": {"name": "p", "rule": "TRUE", "action": "NOOP"}}',
            b"\xff\xfe{\x00}\x00",
            zlib.compress(b"{}"),
        ]
    )
    | LATIN
)


def running(lab: Any) -> Any:
    """Return the state that a refused request must not change."""
    nodes = lab.simulator.appliance("gw").state()["nodes"]
    # Requests are logged, and ns.conf is written when it is read.
    passing = ("/var/log/", "/nsconfig/ns.conf")
    files = [[name for name in sorted(node["files"]) if not name.startswith(passing)] for node in nodes]
    return [(node["running"], node["saved"], node["configchanged"]) for node in nodes], files


def talk(address: tuple[str, int], data: bytes) -> bytes:
    """Send bytes and the end of the stream. Return all bytes that come back."""
    received = b""
    with socket.create_connection(address, timeout=60) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while chunk := connection.recv(65536):
                received += chunk
        except (ConnectionResetError, BrokenPipeError):
            pass  # the server refused it before all was sent
    return received


def problems(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR or record.exc_info]


@pytest.mark.fact("never-a-traceback", "management-is-apache")
@LONG
@given(
    method=METHODS, target=TARGETS, version=VERSIONS, headers=HEADERS, body=BODIES, ending=st.sampled_from([b"\r\n", b"\n", b""]),
    trusted=st.booleans(), at_vserver=st.booleans(),
)  # fmt: skip
@example(b"GET", b"/\xff\xfe", b"HTTP/1.1", [], b"", b"\r\n", True, False)
@example(b"GET", b"http://[::1", b"HTTP/1.1", [], b"", b"\r\n", True, False)
@example(
    b"POST", b"/nitro/v1/config/login", b"HTTP/1.1", [b"Transfer-Encoding: chunked"], b"zz\r\n", b"\r\n", True, True
)
def test_bytes(
    lab: Any,
    caplog: pytest.LogCaptureFixture,
    method: bytes,
    target: bytes,
    version: bytes,
    headers: list[bytes],
    body: bytes,
    ending: bytes,
    trusted: bool,
    at_vserver: bool,
) -> None:
    """Broken request lines, headers and bodies, at NITRO and at a virtual server."""
    ready = lab.simulator.ready["appliances"]["gw"]
    place = ready["nodes"][0]
    address = (place["address"], place["http_port"])
    if at_vserver:
        vserver = next(item for item in ready["vservers"] if item["name"] == "web")
        address = (vserver["address"], vserver["port"])
    caplog.clear()
    before = running(lab)
    head = b" ".join([method, target, version]) + b"\r\n" + (CREDENTIALS if trusted else b"")
    answer = talk(address, head + b"".join(line + b"\r\n" for line in headers) + ending + body)
    assert not problems(caplog), problems(caplog)
    assert b"Traceback" not in answer
    codes = [int(found) for found in STATUS_LINE.findall(answer)]
    assert not answer or STATUS_LINE.match(answer), answer[:200]
    assert set(codes) <= ANSWERS | {100}, codes
    if not any(200 <= code < 300 for code in codes) or not trusted:
        assert running(lab) == before
    if running(lab) != before:
        lab.simulator.reset()


# Valid HTTP with invalid content

WORDS = st.sampled_from(
    ["p", "NOOP", "TRUE", "", "10", "-1", "REQ_OVERRIDE", "END", "web", "gateway", "/nsconfig", "x.txt", "QUFB"]
) | st.sampled_from(["\0", "%", "é", "😀", "a" * 300])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | WORDS
    | st.text(max_size=10)
    | st.sampled_from([10**30, -(10**30), 1e308, "\ud800", [], {}])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)
KNOWN = sorted({name for entry in (*TYPES.values(), *BINDINGS.values()) for name in entry.by_name})
NAMES = sorted([*TYPES, *BINDINGS, "nsconfig", "nsfeature", "nsmode", "systemfile", "systemsession", "hanode", "hasync", "policyevaluation",
                "macroapi", "login", "logout", "ntpsync", "Interface", "vpnvserver_staserver_binding", "nsglobalcntr", "",
                "responderpolicy_binding", "lbvserver_binding"])  # fmt: skip
ROWS = st.dictionaries(st.sampled_from(KNOWN) | st.text(max_size=6), VALUES, max_size=6)
OPTIONS = st.lists(
    st.sampled_from(
        [
            "warning=yes",
            "idempotent=yes",
            "count=yes",
            "view=nonsense",
            "pagesize=0&pageno=-1",
            "pagesize=99999999999999999999",
            "pagesize=1;pageno=2",
            "attrs=,,",
            "attrs=name&attrs=%",
            "filter=name:/(/",
            "filter=name:/(a%2B)%2B$/",
            "filter=:",
            "filter=name",
            "args=",
            "args=::::",
            "args=name:%ff",
            "args=type:NONSENSE",
            "args=priority:x",
            "args=filelocation:..%2F..%2F",
            "args=name%3Ax%2Cvalue%3Ay",
            "action=enable",
            "action=unset",
            "action=rename",
            "action=%",
            "onerror=rollback",
            "bulkbindings=yes",
            "=",
            "&&&",
            "?",
            "\x7f",
        ]
    ),
    max_size=3,
).map("&".join)
ENCODINGS = st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-16", "utf-32", "utf-8-sig", "utf-7"])
CONTENT_TYPES = st.sampled_from(["application/json", "application/vnd.com.citrix.netscaler.x+json", "text/plain", "application/xml",
                                 "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""])  # fmt: skip


@pytest.mark.fact("never-a-traceback", "wrong-json-type", "specific-599")
@LONG
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]),
    kind=st.sampled_from(["config", "config", "config", "stat"]),
    name=st.sampled_from(NAMES),
    object_=st.sampled_from(["", "", "/p", "/%252f", "/%", "/a/b/c", "/%00"]),
    options=OPTIONS,
    rows=ROWS | st.lists(ROWS, max_size=3) | VALUES,
    around=st.sampled_from(["object", "object", "object", "params", "bare", "form"]),
    encoding=ENCODINGS,
    content_type=CONTENT_TYPES,
)
@example("POST", "config", "login", "", "", {"username": "nsroot", "password": "\ud800"}, "object", "utf-8", "")
@example(
    "POST",
    "config",
    "responderpolicy",
    "",
    "",
    {"name": "p", "rule": "TRUE", "action": float("nan")},
    "object",
    "utf-8",
    "",
)
def test_calls(
    lab: Any,
    caplog: pytest.LogCaptureFixture,
    method: str,
    kind: str,
    name: str,
    object_: str,
    options: str,
    rows: Any,
    around: str,
    encoding: str,
    content_type: str,
) -> None:
    """Wrong types, unusual options, foreign encodings: NITRO's envelope, or a page of the front end; a refusal changes nothing."""
    payload: Any = {name: rows}
    if around == "params":
        payload = {"params": rows, name: {}, "sessionid": rows}
    text = json.dumps(rows if around == "bare" else payload)
    content = (f"object={text}" if around == "form" else text).encode(encoding, "surrogatepass")
    caplog.clear()
    before = running(lab)
    client = lab.plain()
    client.headers = {"X-NITRO-USER": "nsroot", "X-NITRO-PASS": "nsroot", "Content-Type": content_type}
    target = f"/nitro/v1/{kind}/{name}{object_}{'?' if options else ''}{options}".replace("\x7f", "%7f")
    try:
        answer = client.ask(method, target, None if method == "GET" else content)
    except http.client.BadStatusLine:
        pytest.fail(f"no answer to {method} {target}")
    finally:
        client.close()
    assert not problems(caplog), problems(caplog)
    assert answer.status in ANSWERS, answer.body
    if answer.body and answer.body[:1] == b"{":
        assert set(answer.json) >= {"errorcode", "message", "severity"}
        assert (answer.json["severity"] == "ERROR") == (answer.status >= 400 or answer.status == 207), answer.body
    elif answer.body:
        assert answer.status >= 400
        assert b"<html>" in answer.body.lower()
    if answer.status >= 400 or method == "GET" or kind == "stat":
        assert running(lab) == before
    elif running(lab) != before:
        lab.simulator.reset()
