# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Malformed requests: no traceback, no wrong state."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.types import ENTRIES
from tests import sample

TYPES = ["responderpolicy", "responderaction", "responderglobal_responderpolicy_binding", "policydataset_value_binding", "nsfeature",
         "nsconfig", "systemfile", "hanode", "login", "macroapi", "systemsession", "lbvserver", "policypatset", "reboot2",
         "nsacl", "nsacl6", "nsacls", "nssimpleacl", "location", "locationfile", "locationparameter", "locationdata", "nspartition",
         "policystringmap_pattern_binding", "service", "servicegroup_servicegroupmember_binding", "systemuser",
         "auditsyslogglobal_auditsyslogpolicy_binding", "responderpolicylabel_responderpolicy_binding"]  # fmt: skip
ATTRIBUTES = ["name", "policyname", "priority", "type", "rule", "action", "feature", "filename", "filelocation", "filecontent", "value",
              "endrange", "sid", "all", "username", "password", "timeout", "id", "newname", "String", "servicetype", "target",
              "aclname", "aclaction", "srcip", "srcipval", "destport", "destportval", "protocol", "ttl", "icmptype", "srcipdataset",
              "acl6name", "acl6action", "srcipv6val", "estsessions", "ipfrom", "ipto", "preferredlocation", "Locationfile", "src", "format",
              "partitionname", "maxconn", "key", "servername", "port", "weight", "labelname", "invoke", "labeltype", "invoke_labelname"]  # fmt: skip
SIMPLE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=20),
    st.sampled_from(["p", "TRUE", "NOOP", "DENY", "192.0.2.1", "192.0.2.1-192.0.2.9", "EU.NL", "TCP"]),
)
VALUES = st.recursive(
    SIMPLE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
ROWS = st.dictionaries(st.sampled_from(ATTRIBUTES) | st.text(max_size=8), VALUES, max_size=6)
ACTIONS = st.sampled_from(
    [
        "",
        "?action=enable",
        "?action=unset",
        "?action=rename",
        "?action=save",
        "?action=kill",
        "?action=apply",
        "?action=renumber",
        "?action=clear",
        "?action=flush",
        "?action=Import",
        "?action=Switch",
        "?action=disable",
        "?warning=yes",
        "?idempotent=yes",
    ]
)
QUIET = settings(
    max_examples=sample.examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.fact("never-a-traceback")
@QUIET
@given(
    method=st.sampled_from(["POST", "PUT"]),
    type_=st.sampled_from(TYPES),
    rows=ROWS | st.lists(ROWS, max_size=3),
    query=ACTIONS,
)
def test_payloads(lab: Any, caplog: pytest.LogCaptureFixture, method: str, type_: str, rows: Any, query: str) -> None:
    """Any JSON gets an answer of NITRO; 5xx other than 599 would be a defect."""
    box = lab.box()
    with caplog.at_level(logging.ERROR):
        answer = box.nitro(method, type_ + query, {type_: rows})
    assert answer.status in (200, 201, 207, 209, 400, 401, 403, 404, 405, 409, 599)
    if answer.body:
        assert set(answer.json) >= {"errorcode", "message", "severity"}
    assert not caplog.records
    lab.simulator.reset()
    lab.close()


WORDS = st.sampled_from(
    ["p", "TRUE", "NOOP", "DENY", "192.0.2.1", "192.0.2.1-192.0.2.9", "EU.NL", "TCP", "=", "443", 443, 4, True]
)


@settings(QUIET, max_examples=sample.examples(200))
@given(data=st.data(), method=st.sampled_from(["POST", "PUT", "DELETE"]), query=ACTIONS)
def test_rows_of_every_type(
    lab: Any, caplog: pytest.LogCaptureFixture, data: st.DataObject, method: str, query: str
) -> None:
    """Attributes of a type with likely and unlikely values; later reads are valid too."""
    entry = data.draw(st.sampled_from(ENTRIES))
    names = st.sampled_from([attribute.name for attribute in entry.attributes])
    row = data.draw(st.dictionaries(names, WORDS | WORDS | VALUES, max_size=8))
    required = [attribute for attribute in entry.attributes if attribute.required and attribute.name not in row]
    row.update(
        {
            attribute.name: data.draw(st.sampled_from(attribute.enum) if attribute.enum else WORDS)
            for attribute in required
        }
    )
    box = lab.client(X_NITRO_USER="nsroot", X_NITRO_PASS="nsroot")
    with caplog.at_level(logging.ERROR):
        answers = [
            box.nitro(method, entry.name + query, {entry.name: row}),
            box.get(entry.name),
            box.get("nsrunningconfig"),
            box.ask("GET", f"/nitro/v1/stat/{entry.name}"),
        ]
    assert not caplog.records or all("cannot evaluate" in record.message for record in caplog.records)
    assert all(answer.status in (200, 201, 207, 209, 400, 401, 403, 404, 405, 409, 599) for answer in answers)


@pytest.mark.fact("never-a-traceback")
@QUIET
@given(
    path=st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), max_size=40),
    method=st.sampled_from(["GET", "DELETE"]),
)
def test_paths(lab: Any, caplog: pytest.LogCaptureFixture, path: str, method: str) -> None:
    """Any path and query too."""
    box = lab.box()
    with caplog.at_level(logging.ERROR):
        for start in (
            "",
            "responderpolicy/",
            "systemfile?args=",
            "responderglobal_responderpolicy_binding?",
            "policyevaluation?args=",
        ):
            assert box.nitro(method, start + path).status != 500
    assert not caplog.records
    lab.simulator.reset()
    lab.close()


@pytest.mark.fact("not-json")
@QUIET
@given(body=st.binary(max_size=60))
def test_bodies(lab: Any, body: bytes) -> None:
    """Anything but JSON is 1233 (error list)."""
    answer = lab.box().nitro("POST", "responderpolicy", body)
    assert answer.status in (400, 599)
    lab.simulator.reset()
    lab.close()


@pytest.mark.fact("not-json")
def test_deep_json(box: Any) -> None:
    """Very deep brackets are invalid input and cause no crash."""
    assert box.nitro("POST", "responderpolicy", b'{"responderpolicy":' + b"[" * 100_000).code == 1233


@pytest.mark.fact("management-is-apache")
@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST /nitro/v1/config/login HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
    ],
)
def test_malformed_requests(lab: Any, data: bytes) -> None:
    """The front end's 400, then the connection ends."""
    with lab.raw() as connection:
        connection.sendall(data)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    assert received.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert lab.plain().get("nsversion").status == 401


@pytest.mark.parametrize("header", [b"Content-Length: 100", b"Transfer-Encoding: chunked"])
def test_an_incomplete_request(lab: Any, caplog: pytest.LogCaptureFixture, header: bytes) -> None:
    """A client that closes during a body, or sends invalid chunks, does not affect others."""
    with lab.raw() as connection:
        connection.sendall(b"POST /nitro/v1/config/login HTTP/1.1\r\nHost: x\r\n" + header + b"\r\n\r\n{")
    assert lab.plain().get("nsversion").status == 401
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_pipelined_and_keep_alive(lab: Any) -> None:
    """Two requests in one packet get two answers in order; `Connection: close` is honoured."""
    request = b"GET /nitro/v1/config/nsversion HTTP/1.1\r\nHost: x\r\n"
    with lab.raw() as connection:
        connection.sendall(request + b"\r\n" + request + b"Connection: close\r\n\r\n")
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    assert received.count(b"HTTP/1.1 401 Unauthorized") == 2


def test_head_has_no_body(lab: Any) -> None:
    """HEAD at a virtual server: Content-Length, no body."""
    answer = lab.vserver("web").ask("HEAD", "/")
    assert (answer.status, answer.body) == (200, b"")
    assert lab.vserver("web").ask("GET", "/").status == 200
