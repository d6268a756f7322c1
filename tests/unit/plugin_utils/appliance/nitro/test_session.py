# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A NITRO session against a scripted TLS server: one login, one connection, a logout in every case."""

from __future__ import annotations

import dataclasses
import gzip
import io
import socket
import ssl
from collections.abc import Callable, Iterator
from itertools import count
from time import monotonic
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro import session as nitro_session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import (
    NOT_FOUND_CODES,
    READ_ATTEMPTS,
    Session,
    SessionEnded,
    describe,
    failed_items,
    is_closed,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Reply as NitroReply
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    AuthenticationFailed,
    CannotConnect,
    NitroError,
    NotAuthorized,
    NotFound,
    NotShown,
    OutcomeUnknown,
    Refused,
    TourniquetError,
)

from tests.played_together import played_together
from tests.unit.plugin_utils.scripted_server import (
    DONE,
    Answer,
    Certificates,
    Cut,
    Raw,
    Received,
    Reply,
    Server,
    Silence,
    error,
    serve,
)

PASSWORD = "pass%word-7f3a"
TOKENS = ("##TOKEN/one+A", "##TOKEN/two=B")
BASE = "/nitro/v1/config/"
LOGIN, LOGOUT = BASE + "login", BASE + "logout"
VERSION = {"nsversion": {"version": "NetScaler NS13.0: Build 47.22.nc"}}
EXPIRED = error(401, 444, "Session expired or killed. Please login again")


class Time:
    """A clock that moves only during a sleep, for at most a thousand sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        assert len(self.slept) < 1000
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def server(https: Server) -> Server:
    logins = [Reply(201, {**DONE, "sessionid": token, "username": "nsroot"}) for token in TOKENS]
    https.script("POST", LOGIN, *logins)
    https.script("GET", BASE + "nsversion", Reply(200, {**DONE, **VERSION}))
    return https


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def connect(server: Server, certificates: Certificates, time: Time) -> Callable[..., Session]:
    def make(**changes: Any) -> Session:
        appliance = Appliance(
            name="gw-a",
            nodes=(Address("127.0.0.1", server.port),),
            user="nsroot",
            password=PASSWORD,
            ca_file=certificates.ca_file,
            connect_timeout=5.0,
            read_timeout=5.0,
        )
        appliance = dataclasses.replace(appliance, **changes)
        return Session(appliance, appliance.nodes[0], sleep=time.sleep, clock=lambda: time.now)

    return make


@pytest.fixture
def session(connect: Callable[..., Session]) -> Iterator[Session]:
    with connect() as opened:
        yield opened


def script(server: Server, *answers: Answer, method: str = "GET", path: str = "things") -> None:
    server.script(method, BASE + path, *answers)


def sent(server: Server, method: str = "GET", path: str = "things") -> list[Received]:
    return server.requests(method, BASE + path)


# -- one login, one connection, one logout -----------------------------------------------------------------------------


def test_many_requests_go_over_one_connection(server: Server, connect: Callable[..., Session]) -> None:
    with connect() as session:
        for _number in range(20):
            session.read("nsversion")
            session.write("POST", "nsconfig?action=save", {"nsconfig": {}})
    assert server.connections == session.connections == 1
    assert {request.connection for request in server.received} == {1}
    assert [(one.method, one.target) for one in (server.received[0], server.received[-1])] == [
        ("POST", LOGIN),
        ("POST", LOGOUT),
    ]
    assert len(server.received) == len(session.exchanges) == 42
    assert {exchange.status for exchange in session.exchanges} == {200, 201}


def test_the_login_as_nitro_wants_it(server: Server, connect: Callable[..., Session]) -> None:
    with connect():
        pass
    login, logout = server.received
    assert login.json == {"login": {"username": "nsroot", "password": PASSWORD, "timeout": 900}}
    assert login.headers["content-type"] == "application/json"
    assert "cookie" not in login.headers
    assert logout.json == {"logout": {}}


def test_the_token_is_sent_in_both_cookies_and_nowhere_else(server: Server, connect: Callable[..., Session]) -> None:
    with connect() as session:
        session.read("nsversion", args={"a": "b"})
        session.write("PUT", "things", {"things": {}})
    for request in server.received[1:]:
        assert request.headers["cookie"] == "NITRO_AUTH_TOKEN=%23%23TOKEN%2Fone%2BA; sessionid=%23%23TOKEN%2Fone%2BA"
        others = [value for name, value in request.headers.items() if name != "cookie"]
        assert not any("TOKEN" in text for text in [request.target, request.body.decode(), *others])
        assert not any(name.startswith("x-nitro-") for name in request.headers)


def test_it_logs_out_after_an_exception_too(server: Server, connect: Callable[..., Session]) -> None:
    with pytest.raises(RuntimeError, match="the task broke"), connect():
        raise RuntimeError("the task broke")
    assert server.received[-1].target == LOGOUT


@pytest.mark.parametrize("answer", [Silence(), Cut(), error(500, 1), Raw(b"nonsense\r\n\r\n")])
def test_a_logout_that_fails_changes_nothing(server: Server, connect: Callable[..., Session], answer: Answer) -> None:
    server.script("POST", LOGOUT, answer)
    with connect() as session:
        rows = session.read("nsversion")
    assert rows == [VERSION["nsversion"]]
    assert len(server.requests("POST", LOGOUT)) == 1


def test_a_wrong_password_is_said_as_such(server: Server, connect: Callable[..., Session]) -> None:
    server.script("POST", LOGIN, error(401, 354, "Invalid username or password"))
    with pytest.raises(AuthenticationFailed) as raised, connect():
        pass
    assert (raised.value.status, raised.value.errorcode) == (401, 354)
    said, _dot, fix = str(raised.value).partition(". ")
    assert said == "gw-a: POST /nitro/v1/config/login: HTTP 401, errorcode 354: Invalid username or password"
    assert fix.startswith("The appliance does not accept the user ")
    assert "correct netscaler_user or netscaler_password of gw-a in the inventory or its vault" in fix
    assert len(server.received) == 1, "no second try that locks the account, and no logout without a session"


@pytest.mark.parametrize("answer", [Reply(201, b""), Reply(200, DONE), Reply(200, b"<html>portal</html>")])
def test_what_answers_a_login_without_a_session_is_no_node(
    server: Server, connect: Callable[..., Session], answer: Answer
) -> None:
    """Such as a virtual server whose address is in the inventory by mistake: the other node of a pair goes on."""
    server.script("POST", LOGIN, answer)
    with (
        pytest.raises(
            CannotConnect, match=r"does not answer to the login as NITRO does .*in netscaler_nodes of gw-a\.$"
        ),
        connect(),
    ):
        pass
    assert len(server.received) == 1


def test_an_appliance_that_still_boots_is_not_reached_yet(server: Server, connect: Callable[..., Session]) -> None:
    server.script("POST", LOGIN, Reply(503, b"<html>busy</html>"))
    with pytest.raises(CannotConnect, match="not ready"), connect():
        pass
    assert len(server.received) == 1


@pytest.mark.parametrize("name", ["NITRO_AUTH_TOKEN", "sessionid"])
def test_a_login_that_answers_with_a_cookie_only(server: Server, connect: Callable[..., Session], name: str) -> None:
    """A trace of 2017 has an empty text/html body and the cookie."""
    cookies = (("Set-Cookie", "other=1; path=/"), ("Set-Cookie", f"{name}=%23%23OLD; path=/nitro/v1; secure"))
    server.script("POST", LOGIN, Reply(201, b"", cookies))
    with connect() as session:
        session.read("nsversion")
    assert server.received[1].headers["cookie"] == "NITRO_AUTH_TOKEN=%23%23OLD; sessionid=%23%23OLD"


def test_a_lost_answer_to_the_login_is_not_repeated(server: Server, connect: Callable[..., Session]) -> None:
    server.script("POST", LOGIN, Silence())
    with pytest.raises(OutcomeUnknown), connect():
        pass
    assert len(server.received) == 1


# -- an expired session ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [444, 1027])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_an_expired_session_is_opened_anew_and_the_request_repeated_once(
    server: Server, session: Session, method: str, code: int
) -> None:
    """The request was not carried out, so even a write may be sent again."""
    script(server, error(401, code), Reply(200, {**DONE, "things": [{"a": 1}]}), method=method)
    if method == "GET":
        assert session.read("things") == [{"a": 1}]
    else:
        assert session.write(method, "things", {"things": {"a": 1}}).is_success
    first, second = sent(server, method)
    assert first.body == second.body
    assert "%23%23TOKEN%2Ftwo%3DB" in second.headers["cookie"]
    assert len(server.requests("POST", LOGIN)) == 2


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_session_that_expires_again_at_once_is_an_error(server: Server, session: Session, method: str) -> None:
    script(server, EXPIRED, method=method)
    with pytest.raises(NitroError) as raised:
        session.read("things") if method == "GET" else session.write(method, "things", {})
    assert raised.value.errorcode == 444
    assert len(sent(server, method)) == 2
    assert len(server.requests("POST", LOGIN)) == 2


def test_no_message_of_an_appliance_hides_the_fix_of_a_wrong_password(
    server: Server, connect: Callable[..., Session]
) -> None:
    server.script("POST", LOGIN, error(401, 354, "no " * 5000))
    with pytest.raises(AuthenticationFailed, match=r"Repeated attempts may lock the user\.$"), connect():
        pass


def test_a_password_that_was_changed_meanwhile(server: Server, session: Session) -> None:
    server.script("POST", LOGIN, error(401, 354, "Invalid username or password"))
    script(server, EXPIRED)
    with pytest.raises(AuthenticationFailed):
        session.read("things")


# -- reads -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        ({**DONE, "things": [{"a": 1}, {"a": 2}]}, [{"a": 1}, {"a": 2}]),
        ({**DONE, "things": {"a": 1}}, [{"a": 1}]),
        ({**DONE, "things": []}, []),
        (DONE, []),
    ],
)
def test_rows(server: Server, session: Session, body: dict[str, Any], rows: list[Any]) -> None:
    script(server, Reply(200, body))
    assert session.read("things") == rows


@pytest.mark.parametrize(
    "body", [b"", b"<html>Log on</html>", b'{"errorcode": 0, "things": [', b"[]", b'{"things": []}']
)
def test_what_is_not_an_answer_of_nitro_never_means_none(server: Server, session: Session, body: bytes) -> None:
    script(server, Reply(200, body))
    with pytest.raises(NitroError):
        session.read("things")


@pytest.mark.parametrize(
    ("arguments", "target"),
    [
        ({"type_": "things"}, BASE + "things"),
        ({"type_": "things", "name": "a/b c%"}, BASE + "things/a%252Fb%2520c%2525"),
        (
            {"type_": "things", "args": {"type": "REQ_OVERRIDE", "x": "a,b:c d"}},
            BASE + "things?args=type:REQ_OVERRIDE,x:a%2Cb%3Ac%20d",
        ),
        (
            {"type_": "things", "name": "n", "args": {"a": "/"}, "query": {"bulkbindings": "yes"}},
            BASE + "things/n?args=a:%2F&bulkbindings=yes",
        ),
        ({"type_": "things", "area": "stat"}, "/nitro/v1/stat/things"),
    ],
)
def test_how_reads_are_written(server: Server, session: Session, arguments: dict[str, Any], target: str) -> None:
    session.read(**arguments)
    assert server.received[-1].target == target
    assert server.received[-1].body == b""


def test_within_one_look_the_same_is_asked_once(server: Server, session: Session) -> None:
    script(server, *[Reply(200, {**DONE, "things": [{"name": "a"}]})] * 3)
    with session.cached_reads():
        session.read("things").clear()
        assert session.read("things") == [{"name": "a"}]
        session.read("things", "a")
        assert [request.target for request in sent(server)] == [BASE + "things"]
        session.write("PUT", "things", {})
        session.read("things")
    session.read("things")
    assert len(sent(server)) == 3


def test_a_look_inside_another_one_shares_its_answers(server: Server, session: Session) -> None:
    script(server, *[Reply(200, {**DONE, "things": [{"name": "a"}]})] * 2)
    with session.cached_reads():
        session.read("things")
        with session.cached_reads():
            session.read("things")
        session.read("things")
    assert len(sent(server)) == 1
    session.read("things")
    assert len(sent(server)) == 2


def test_a_read_is_tried_again_after_a_503(server: Server, session: Session, time: Time) -> None:
    script(server, Reply(503, b"<html>busy</html>"), Reply(502, b""), Reply(200, {**DONE, "things": [{"a": 1}]}))
    assert session.read("things") == [{"a": 1}]
    assert time.slept == [0.2, 0.4]


def test_a_503_that_stays_is_an_error_and_never_absence(server: Server, session: Session) -> None:
    script(server, Reply(503, b"<html>busy</html>"))
    with pytest.raises(NitroError) as raised:
        session.read("things")
    assert not isinstance(raised.value, NotFound)
    assert raised.value.status == 503
    assert len(sent(server)) == 3


@pytest.mark.parametrize("lost", [Silence(), Cut()])
def test_a_read_is_repeated_on_a_new_connection(server: Server, session: Session, lost: Answer) -> None:
    script(server, lost, Reply(200, {**DONE, "things": [{"a": 1}]}))
    assert session.read("things") == [{"a": 1}]
    assert (server.connections, session.connections) == (2, 2)
    assert len(server.requests("POST", LOGIN)) == 1, "the session outlives its connection"


def test_a_read_that_never_gets_an_answer_ends(server: Server, session: Session) -> None:
    script(server, Silence())
    with pytest.raises(OutcomeUnknown):
        session.read("things")
    assert 3 <= len(sent(server)) <= 6


def test_a_connection_that_the_appliance_closed_while_idle_is_opened_anew(server: Server, session: Session) -> None:
    script(server, Reply(200, DONE, hang_up=True))
    for _number in range(3):
        assert session.read("things") == []
    assert len(sent(server)) == 3


def test_connection_close_is_obeyed(server: Server, session: Session, time: Time) -> None:
    script(server, Reply(200, DONE, (("Connection", "close"),), hang_up=True), method="PUT")
    for number in range(3):
        assert session.write("PUT", "things", {"number": number}).is_success
    assert [request.json["number"] for request in sent(server, "PUT")] == [0, 1, 2]
    assert time.slept == []
    assert session.local_address == "127.0.0.1", "the source address is known anyway: it must not be locked out"


def test_an_answer_in_too_small_pieces_is_no_answer(server: Server, session: Session) -> None:
    script(server, Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"))
    with pytest.raises(OutcomeUnknown):
        session.read("things")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 101 + b"\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"nonsense\r\n" * 101 + b"\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n c\r\n" * 51 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"b" * 70000 + b"\r\n\r\n",
        b"HTTP/1.1 200 " + b"b" * 70000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhi\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 70000,
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/3.0 200 OK\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 99 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 40 + b"\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n{}",
    ],
)
def test_headers_are_bounded_and_another_protocol_is_no_answer(server: Server, session: Session, answer: bytes) -> None:
    script(server, *[Raw(answer)] * 10)
    with pytest.raises((OutcomeUnknown, NitroError)):
        session.read("things")
    assert len(sent(server)) <= 2 * READ_ATTEMPTS


def test_a_body_is_bounded(server: Server, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session.LARGEST_ANSWER", 99
    )
    script(server, *[Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + b" " * 100)] * 10)
    with pytest.raises(OutcomeUnknown, match="larger than 99 bytes"):
        session.read("things")


@pytest.mark.parametrize("body", [{"errorcode": "9" * 5000}, {"errorcode": 0, "response": 5}])
def test_a_strange_error_code_is_no_traceback(body: dict[str, Any]) -> None:
    reply = NitroReply(200, body)
    assert reply.is_success is (body["errorcode"] == 0)
    assert failed_items(reply) == []


BODY = b'{"errorcode": 0, "things": [{"a": 1}]}'


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\ncontent-LENGTH: 38\r\nConnection: Close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 38\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 38\r\n\r\n",
        b"HTTP/1.1 200\r\nContent-Length: 38\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 38\nServer: x\n\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Content-Length: 1\r\nX: Content-Length: 1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nServer: caf\xe9\r\nContent-Length: 38\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n26;x=1\r\n",
    ],
)
def test_an_answer_is_read_whatever_its_headers_are(server: Server, session: Session, head: bytes) -> None:
    end = b"\r\n0\r\nLate: 1\r\n\r\n" if b"chunked" in head else b""
    script(server, Raw(head + BODY + end))
    assert session.read("things") == [{"a": 1}]


def test_json_that_is_nested_without_end_is_no_answer(server: Server, session: Session) -> None:
    script(server, Reply(200, b"[" * 100_000))
    with pytest.raises(NitroError, match="not one of NITRO"):
        session.read("things")


def test_a_status_without_a_body_has_none(server: Server, session: Session) -> None:
    script(server, Raw(b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"))
    with pytest.raises(NitroError, match="HTTP 204"):
        session.read("things")


# -- writes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        Reply(201, b""),
        Reply(200, DONE),
        Reply(209, {"errorcode": 1067, "message": "Feature(s) not enabled", "severity": "WARNING"}),
        Reply(200, {"errorcode": 1067, "message": "Feature(s) not enabled", "severity": "WARNING"}),
    ],
)
def test_a_create_without_a_body_and_warnings_are_success(server: Server, session: Session, answer: Reply) -> None:
    script(server, answer, method="POST")
    reply = session.write("POST", "things", {"things": {}})
    assert reply.is_success
    assert reply.is_warning is (b"WARNING" in answer.content())


@played_together(
    ("status", "body", "success"),
    [
        (200, DONE, True),
        (201, {}, True),
        (209, {}, True),
        (200, {"errorcode": 5, "severity": "warning"}, True),
        (200, {"errorcode": 5, "severity": "ERROR"}, False),
        (204, {}, False),
        (207, {"errorcode": 1243}, False),
        (302, {}, False),
        (404, DONE, False),
        (599, {"errorcode": 5}, False),
    ],
)
def test_what_success_is(status: int, body: dict[str, Any], success: bool) -> None:
    assert NitroReply(status, body).is_success is success


@pytest.mark.parametrize(
    "answer", [Silence(), Cut(), Raw(b"HTTP/1.1 "), Reply(503, b""), Reply(500, b"x"), Reply(504, b"")]
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_write_whose_answer_got_lost_is_never_repeated(
    server: Server, session: Session, time: Time, method: str, answer: Answer
) -> None:
    script(server, answer, method=method)
    with pytest.raises(OutcomeUnknown) as raised:
        session.write(method, "things", {"things": {}})
    assert "it may have been carried out" in str(raised.value)
    assert f"{method} {BASE}things" in str(raised.value)
    assert len(sent(server, method)) == 1
    assert time.slept == []


def test_of_a_read_that_is_not_answered_nothing_says_that_it_may_have_been_carried_out(
    server: Server, session: Session
) -> None:
    script(server, Silence(), method="GET")
    with pytest.raises(OutcomeUnknown) as raised:
        session.read("things")
    assert "no answer (" in str(raised.value)
    assert "carried out" not in str(raised.value)


def test_a_write_after_an_idle_time_goes_out_once_on_a_new_connection(server: Server, session: Session) -> None:
    """The appliance closed the idle connection: nothing was sent on it, so nothing is repeated."""
    script(server, Reply(200, DONE, hang_up=True))
    session.read("things")
    deadline = monotonic() + 5
    while not is_closed(session._connection.sock) and monotonic() < deadline:
        pass
    session.write("POST", "things", {})
    assert len(sent(server, "POST")) == 1
    assert session.connections == 2


class Chatty(Reply):
    """More than it says, in one TLS record: the bytes after the answer are decrypted already, and the socket does not show them."""

    def encode(self) -> bytes:
        return super().encode() + b"x" * 12_000


def test_what_nobody_asked_for_is_never_taken_for_the_next_answer(server: Server, session: Session) -> None:
    script(server, Chatty(200, DONE), Reply(200, {**DONE, "things": [{"a": 1}]}))
    session.read("things")
    assert session._connection is None
    assert session.read("things") == [{"a": 1}]
    assert (session.connections, len(sent(server))) == (2, 2)


def test_what_follows_an_answer_and_its_last_read_is_not_taken_for_the_next_one(
    server: Server, session: Session
) -> None:
    """The answer fills the buffer of the reader exactly, so that what follows is in TLS only."""
    answer = Chatty(200, {**DONE, "pad": ""})
    pad = io.DEFAULT_BUFFER_SIZE - (len(answer.encode()) - 12_000) - 2  # the length gets two digits more
    script(server, Chatty(200, {**DONE, "pad": "p" * pad}), Reply(200, {**DONE, "things": [{"a": 1}]}))
    session.read("things")
    assert is_closed(session._connection.sock)
    assert session.read("things") == [{"a": 1}]
    assert (session.connections, len(sent(server))) == (2, 2)


@pytest.mark.parametrize("rows", ["text", ["a", "b"], [{"a": 1}, "odd"], 7])
def test_rows_that_are_none_are_an_error(server: Server, session: Session, rows: Any) -> None:
    script(server, Reply(200, {**DONE, "things": rows}))
    with pytest.raises(NitroError, match="no rows"):
        session.read("things")


def test_a_warning_without_rows_is_not_none(server: Server, session: Session) -> None:
    script(server, Reply(200, {"errorcode": 1067, "message": "Feature(s) not enabled", "severity": "WARNING"}))
    with pytest.raises(NotShown):
        session.read("things")


def test_a_secret_that_an_error_echoes_is_not_shown(server: Server, session: Session) -> None:
    script(server, error(599, 1074, f"Invalid value [password, {session.appliance.password}]"), method="POST")
    with pytest.raises(NitroError) as raised:
        session.write("POST", "things", {})
    assert session.appliance.password not in str(raised.value)


@pytest.mark.parametrize("several", [False, True])
def test_a_password_that_is_written_is_shown_by_no_later_error(
    server: Server, session: Session, *, several: bool
) -> None:
    row = {"username": "tourniquet", "password": "n1ght-Shift-7Q"}
    for _attempt in range(2):
        script(server, error(599, 1074, "Invalid value [n1ght-Shift-7Q]"), method="POST")
    with pytest.raises(NitroError, match=r"Invalid value \[\*\*\*\]"):
        session.write("POST", "things", {"things": [row] if several else row})
    with pytest.raises(NitroError, match=r"Invalid value \[\*\*\*\]"):
        session.write("POST", "things", {"things": {"name": "another"}})


@pytest.mark.parametrize(
    "answer",
    [
        Reply(209, {"errorcode": 1, "message": f"[{PASSWORD}]", "severity": "WARNING"}),
        Reply(200, {**DONE, PASSWORD: []}),
        Reply(200, {**DONE, "things": [{PASSWORD: 2**70}]}),
        Raw(f"{PASSWORD}\r\n\r\n".encode()),
        Raw(f"HTTP/{PASSWORD} 200 OK\r\n\r\n".encode()),
    ],
    ids=["a warning", "a key", "an attribute", "a line that is no status line", "a protocol"],
)
def test_no_other_part_of_an_answer_shows_a_secret_either(server: Server, session: Session, answer: Answer) -> None:
    script(server, answer)
    with pytest.raises(TourniquetError) as raised:
        session.read("things")
    assert PASSWORD not in str(raised.value)


@pytest.mark.parametrize(
    "answer",
    [
        error(400, 1095, f"Argument value too long [password, {PASSWORD}]"),
        Raw(f"HTTP/1.1 {PASSWORD}\r\n\r\n".encode()),
    ],
    ids=["an error", "a status"],
)
def test_a_login_that_is_refused_shows_no_password(
    server: Server, connect: Callable[..., Session], answer: Answer
) -> None:
    server.script("POST", LOGIN, answer)
    with pytest.raises(TourniquetError) as raised, connect():
        pass
    assert "***" in str(raised.value)
    assert PASSWORD not in str(raised.value)


def test_whoever_measures_gets_the_answer_whatever_it_is_and_once(server: Server, session: Session) -> None:
    script(server, error(599, 1074, "no"), method="PUT", path="things/a%252Fb")
    reply = session.ask("PUT", "things/a%252Fb", {"things": {"name": "a/b"}}, headers={"X-NITRO-ONERROR": "continue"})
    assert (reply.status, reply.body["errorcode"]) == (599, 1074)
    (received,) = sent(server, "PUT", "things/a%252Fb")
    assert {name.lower(): value for name, value in received.headers.items()}["x-nitro-onerror"] == "continue"
    session.partition = None
    with pytest.raises(Refused, match="it is not known in which partition the session is"):
        session.ask("GET", "things")
    session.partition = "default"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (None, []),
        ({"systemuser": {"externalauth": "DISABLED", "password": "p1", "username": "u"}}, ["p1"]),
        ({"systemuser": [{"username": "u", "password": "p1"}, {"password": ""}, {"password": "p2"}, "text"]}, ["p1", "p2"]),
        ({"params": {"warning": "yes"}}, []),
    ],
)  # fmt: skip
def test_the_passwords_of_a_body_and_nothing_else(body: dict[str, Any] | None, found: list[str]) -> None:
    assert list(nitro_session._passwords_of(body)) == found


def test_the_limits_of_answers_in_bytes() -> None:
    assert (nitro_session.LARGEST_ANSWER, nitro_session.MOST_KEPT) == (67_108_864, 134_217_728)


def test_the_answers_that_are_kept_are_limited_together(
    server: Server, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forty answers of 64 MiB, which one inspection kept, took all memory of the control node."""
    monkeypatch.setattr(nitro_session, "MOST_KEPT", 300)
    for number in range(4):
        script(server, Reply(200, {**DONE, f"t{number}": [{"text": "x" * 50}]}), path=f"t{number}")
    with session.cached_reads():
        session.read("t0")
        session.read("t0")
        session.read("t1")
        with pytest.raises(NitroError, match=r"reads so far have more than 300 bytes together.*Check that"):
            session.read("t2")
    for number in range(4):
        assert session.read(f"t{number}"), "without keeping them"
    with session.cached_reads():
        session.read("t0")
        session.write("POST", "things", {})
        session.read("t1")
        assert session.read("t0"), "what a write has outdated does not count"


def test_a_bulk_write_stops_at_its_first_error_and_others_say_nothing_of_it(server: Server, session: Session) -> None:
    session.write("POST", "things", {"things": [{}, {}]}, bulk=True)
    session.write("POST", "things", {"things": {}})
    bulk, single = sent(server, "POST")
    assert bulk.headers["x-nitro-onerror"] == "exit"
    assert "x-nitro-onerror" not in single.headers


def test_a_bulk_error_names_the_item(server: Server, session: Session) -> None:
    items = [DONE, {"errorcode": 273, "message": "Resource already exists", "severity": "ERROR"}]
    script(server, error(207, 1243, "Bulk operation failed", response=items), method="POST")
    with pytest.raises(NitroError) as raised:
        session.write("POST", "things", {"things": [{}, {}]}, bulk=True)
    assert (raised.value.status, raised.value.errorcode) == (207, 1243)
    assert raised.value.codes == {1243, 273}
    assert "Bulk operation failed: item 2: 273 Resource already exists" in str(raised.value)


# -- errors ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (error(404, 258), NotFound),
        (error(404, 2054), NotFound),
        (error(404, 9999), NotFound),
        (error(599, 461), NotFound),
        (error(400, 3441), NotFound),
        (Reply(404, b"<html>Not Found</html>"), NitroError),
        (Reply(404, b""), NitroError),
        (error(403, 2138), NotAuthorized),
        (error(401, 2138), NotAuthorized),
        (Reply(403, b"Forbidden"), NotAuthorized),
        (error(409, 273), NitroError),
        (error(400, 1090), NitroError),
        (error(503, 446), NitroError),
        (error(599, 1), NitroError),
    ],
)
def test_errors_by_their_kind(server: Server, session: Session, answer: Reply, kind: type[NitroError]) -> None:
    """A page of a web server that knows no such path is not "there is no such object"."""
    script(server, answer)
    with pytest.raises(NitroError) as raised:
        session.read("things")
    assert type(raised.value) is kind
    assert len(sent(server)) == 1 or answer.status == 503


@pytest.mark.parametrize("code", sorted(NOT_FOUND_CODES))
def test_codes_of_absence(server: Server, session: Session, code: int) -> None:
    script(server, error(599, code))
    with pytest.raises(NotFound):
        session.read("things")


@pytest.mark.parametrize(
    ("command", "named"),
    [
        ("add system file tourniquet_lock -fileContent QUJD" + "QUJD" * 5000, "add system file tourniquet_lock"),
        (
            'add responder policy tq_demo "HTTP.REQ.URL.CONTAINS(\\"]\\") && HTTP.REQ.URL.CONTAINS(\\"/vpns/\\")" DROP',
            "add responder policy tq_demo",
        ),
        ("save ns config", "save ns config"),
        ("show system file -fileLocation /var/tmp", "show system file -fileLocation /var/tmp"),
        ("show " + "x" * 900, "show " + "x" * 60),
        ('add system user tourniquet "n1ght Shift"', "add system user tourniquet"),
    ],
)
def test_a_missing_right_is_told_by_its_name(server: Server, session: Session, command: str, named: str) -> None:
    script(server, error(403, 2138, f"Not authorized to execute this command [{command}]"), method="POST")
    with pytest.raises(NotAuthorized) as raised:
        session.write("POST", "things", {"things": {}})
    assert raised.value.message == f"the command policies of the user lack: {named}"


def test_an_error_names_host_request_codes_and_message(server: Server, session: Session) -> None:
    script(server, error(409, 273, "Resource already exists [name, tq_demo]"), method="POST")
    with pytest.raises(NitroError) as raised:
        session.write("POST", "things", {"things": {}})
    assert str(raised.value) == (
        f"gw-a: POST {BASE}things: HTTP 409, errorcode 273: Resource already exists [name, tq_demo]"
    )


def test_of_a_pair_the_node_is_named(connect: Callable[..., Session], server: Server) -> None:
    nodes = (Address("127.0.0.1", server.port), Address("127.0.0.2", 1))
    assert connect(nodes=nodes).where == "gw-a (node 127.0.0.1)"


# -- broken answers ----------------------------------------------------------------------------------------------------

ADVICE = "is the NetScaler, and that nothing on the way changes its answers."
BROKEN = {
    b"<html>Log on</html>": "it is not JSON",
    b'{"errorcode": 0, "things": [': "it is not JSON",
    b"[]": "it is not a JSON object",
    b'{"errorcode": NaN}': "it has the number NaN",
    b'{"errorcode": 0, "errorcode": 5}': "a name occurs twice in it, with different values",
    b'{"a":' * 50_000: "it is nested deeper than 16 levels",
}


@pytest.mark.parametrize(("body", "why"), BROKEN.items(), ids=range(len(BROKEN)))
def test_a_broken_answer_to_a_read_names_host_and_fix(server: Server, session: Session, body: bytes, why: str) -> None:
    script(server, Reply(200, body))
    with pytest.raises(NitroError) as raised:
        session.read("things")
    text = str(raised.value)
    assert text.startswith(f"gw-a: GET {BASE}things: HTTP 200, errorcode 0: the answer is not one of NITRO: {why}. ")
    assert text.endswith(ADVICE)
    assert len(sent(server)) == 1


@pytest.mark.parametrize(("body", "why"), BROKEN.items(), ids=range(len(BROKEN)))
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_after_a_write_a_broken_answer_says_nothing_about_it(
    server: Server, session: Session, method: str, body: bytes, why: str
) -> None:
    script(server, Reply(200, body), method=method)
    with pytest.raises(OutcomeUnknown) as raised:
        session.write(method, "things", {"things": {}})
    text = str(raised.value)
    assert text.startswith(f"gw-a: {method} {BASE}things: HTTP 200: the answer is not one of NITRO: {why}. ")
    assert text.endswith(f"{ADVICE} It may have been carried out")
    assert len(sent(server, method)) == 1


def test_a_body_that_is_encoded_without_being_asked_is_broken(server: Server, session: Session) -> None:
    headers = (("Content-Encoding", "gzip"),)
    script(server, Reply(200, gzip.compress(b'{"errorcode": 0}'), headers))
    with pytest.raises(NitroError, match="its body is encoded, which was not asked for"):
        session.read("things")
    assert "accept-encoding" in server.received[-1].headers
    assert server.received[-1].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("rows", [{"priority": ["10"]}, {"name": {"a": 1}}, {"rule": ["TRUE"]}, {"hits": 10**30}])
def test_an_attribute_of_a_wrong_type_names_host_request_and_attribute(
    server: Server, session: Session, rows: dict[str, Any]
) -> None:
    script(server, Reply(200, {**DONE, "things": [{"name": "ok"}, rows]}))
    with pytest.raises(NitroError) as raised:
        session.read("things")
    assert str(raised.value).startswith(
        f"gw-a: GET {BASE}things: HTTP 200, errorcode 0: the attribute {next(iter(rows))} is a"
    )
    assert str(raised.value).endswith(ADVICE)


@pytest.mark.parametrize("rows", [{"others": [{"a": 1}]}, {"nsversion": {}}, {"others": []}])
def test_the_rows_of_another_type_are_never_none(server: Server, session: Session, rows: dict[str, Any]) -> None:
    """An answer to another request, such as one that came late, would read as: nothing is there."""
    script(server, Reply(200, {**DONE, **rows}))
    with pytest.raises(NitroError, match=f"the answer has {next(iter(rows))}, which was not asked for"):
        session.read("things")


@pytest.mark.parametrize("code", [[], {}, True, "abc", -1, "-1", 1.5, "9" * 5000], ids=str)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_error_code_that_is_none_is_no_success(server: Server, session: Session, method: str, code: Any) -> None:
    script(server, Reply(200, {"errorcode": code, "message": [1], "severity": {}, "things": []}), method=method)
    with pytest.raises(NitroError) as raised:
        session.read("things") if method == "GET" else session.write(method, "things", {})
    assert str(raised.value).startswith("gw-a: ")


@pytest.mark.parametrize("items", [5, "text", {"errorcode": 1}, [5, "x", None, [], {"errorcode": []}]], ids=str)
def test_a_bulk_answer_with_other_things_than_items_is_no_traceback(
    server: Server, session: Session, items: Any
) -> None:
    script(server, error(207, 1243, "Bulk operation failed", response=items), method="POST")
    with pytest.raises(NitroError, match="Bulk operation failed"):
        session.write("POST", "things", {"things": [{}]}, bulk=True)


TOKENS_OF_NONE = ["a\r\nX: y", "a\x00b", "x" * 1_000_000, "caf\xe9", "\u2028", ["t"], {"t": 1}, 5, True]


@pytest.mark.parametrize("token", TOKENS_OF_NONE, ids=lambda token: repr(token)[:20])
def test_a_session_that_is_no_token_is_not_used(server: Server, connect: Callable[..., Session], token: Any) -> None:
    server.script("POST", LOGIN, Reply(201, {**DONE, "sessionid": token}))
    with pytest.raises(NitroError, match="the session of the answer is not text of at most 4096") as raised, connect():
        pass
    assert len(str(raised.value)) < 500
    assert len(server.received) == 1


@pytest.mark.parametrize("cookie", ["sessionid=a%0D%0AX:y", "sessionid=" + "x" * 5000, "NITRO_AUTH_TOKEN=%00"])
def test_a_cookie_that_is_no_token_is_not_used(server: Server, connect: Callable[..., Session], cookie: str) -> None:
    server.script("POST", LOGIN, Reply(201, b"", (("Set-Cookie", cookie),)))
    with pytest.raises(NitroError, match="the session of the answer is not text"), connect():
        pass
    assert len(server.received) == 1


def test_text_that_is_not_unicode_can_be_written_and_sent(server: Server, session: Session) -> None:
    script(server, Reply(200, rb'{"errorcode": 0, "things": [{"comment": "a\udfffb"}]}'))
    assert session.read("things") == [{"comment": "a\ufffdb"}]


def test_a_message_is_shown_in_part(server: Server, session: Session) -> None:
    script(server, error(400, 1, "m" * 1_000_000))
    with pytest.raises(NitroError) as raised:
        session.read("things")
    assert len(str(raised.value)) < 1200


def test_what_is_no_http_is_shown_escaped_and_in_part(server: Server, session: Session) -> None:
    script(server, Raw(b"\x1b[2J" + b"z" * 10_000 + b"\r\n\r\n"), method="POST")
    with pytest.raises(OutcomeUnknown) as raised:
        session.write("POST", "things", {})
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 400


def test_an_answer_that_is_too_large_is_not_asked_for_again(
    server: Server, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nitro_session, "LARGEST_ANSWER", 99)
    script(server, Reply(200, b" " * 100))
    with pytest.raises(OutcomeUnknown, match="larger than 99 bytes"):
        session.read("things")
    assert len(sent(server)) == 1


# -- time --------------------------------------------------------------------------------------------------------------


def test_a_whole_answer_has_one_deadline(server: Server, connect: Callable[..., Session], time: Time) -> None:
    """Each piece comes at once; the clock moves with each, so that only a limit for the whole answer ends it."""
    script(server, Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100_000), method="POST")
    with connect(read_timeout=5.0) as session:
        looks = count()
        session._clock = lambda: 100.0 + next(looks)
        with pytest.raises(OutcomeUnknown, match="timed out"):
            session.write("POST", "things", {})
        assert next(looks) < 20
        session._clock = lambda: time.now


def test_a_task_may_wait_so_long_in_all(server: Server, connect: Callable[..., Session]) -> None:
    with connect(task_timeout=60.0, save_timeout=10.0) as session:
        session.budget.spend(59)
        session.read("nsversion")
        session.budget.spend(1)
        for _time in range(2):
            with pytest.raises(CannotConnect) as raised:
                session.read("nsversion")
        with pytest.raises(CannotConnect):
            session.write("POST", "things", {})
        number = len(server.received)
        session.save()
        assert len(server.received) == number + 1
    assert str(raised.value) == (
        f"gw-a: GET {BASE}nsversion was not sent: all requests and probes of one task may wait 60 seconds for an appliance "
        "(netscaler_task_timeout), and this time is used up. Find out why it answers so slowly, or allow more."
    )
    assert sent(server, "POST") == []


def test_the_time_of_all_requests_is_counted(server: Server, connect: Callable[..., Session], time: Time) -> None:
    def slow(request: Received) -> Answer:
        time.now += 7
        return server.scripted(request)

    server.answer = slow
    with connect(task_timeout=25.0, read_timeout=30.0) as session:  # the login takes 7 of them
        session.read("nsversion")
        session.read("nsversion")
        assert session.budget.allowed(30) == 4


def test_what_a_run_can_do_without_keeps_it_waiting_for_seconds_only(
    server: Server, connect: Callable[..., Session], time: Time
) -> None:
    """A closing must have its time left after reads that it can do without."""

    def slow(request: Received) -> Answer:
        time.now += 2
        return server.scripted(request)

    with connect(task_timeout=100.0, read_timeout=30.0) as session:
        whole, server.answer = session.budget, slow
        with session.briefly():
            assert session.budget.allowed(30) == 10
            session.read("nsversion")
            session.budget.spend(8)
            with pytest.raises(CannotConnect, match="may wait 10 seconds"):
                session.read("nsversion")
        assert (session.budget, session.budget.allowed(1000)) == (whole, 90)
        whole.spend(84)
        with session.briefly():
            assert session.budget.allowed(30) == 6


# -- saving ------------------------------------------------------------------------------------------------------------

SAVE = "nsconfig?action=save"


@pytest.mark.parametrize("code", [292, 293, 1461])
def test_a_save_waits_for_another_one(server: Server, session: Session, time: Time, code: int) -> None:
    script(server, error(409, code), error(409, code), Reply(200, DONE), method="POST", path=SAVE)
    session.save()
    assert len(sent(server, "POST", SAVE)) == 3
    assert time.slept == [0.5, 1.0]


def test_a_save_gives_up_in_the_end(server: Server, connect: Callable[..., Session], time: Time) -> None:
    script(server, error(409, 293), method="POST", path=SAVE)
    with connect(save_timeout=60.0) as session, pytest.raises(NitroError):
        session.save()
    assert 60 - 8 <= sum(time.slept) <= 60
    assert max(time.slept) == 8.0


@pytest.mark.parametrize(("answer", "kind"), [(error(400, 1), NitroError), (Silence(), OutcomeUnknown)])
def test_any_other_end_of_a_save_is_reported_at_once(
    server: Server, session: Session, time: Time, answer: Answer, kind: type[TourniquetError]
) -> None:
    script(server, answer, method="POST", path=SAVE)
    with pytest.raises(kind):
        session.save()
    assert len(sent(server, "POST", SAVE)) == 1
    assert time.slept == []


# -- trust -------------------------------------------------------------------------------------------------------------


def refused(connect: Callable[..., Session], server: Server, **changes: Any) -> str:
    with pytest.raises(CannotConnect) as raised, connect(**changes):
        pass
    assert server.received == [], "nothing is sent to whom is not trusted"
    return str(raised.value)


def test_without_a_word_the_certificate_is_verified(connect: Callable[..., Session], server: Server) -> None:
    text = refused(connect, server, ca_file=None)
    assert text.startswith(f"gw-a: the certificate of 127.0.0.1:{server.port} is not trusted (")
    assert "netscaler_ca_file" in text
    assert "netscaler_certificate_pin" in text


@pytest.mark.parametrize("name", ["self", "elsewhere"])
def test_a_self_signed_certificate_or_another_name_is_refused(
    connect: Callable[..., Session], certificates: Certificates, name: str
) -> None:
    with serve(certificates.context(name)) as other:
        text = refused(connect, other, nodes=(Address("127.0.0.1", other.port),))
    assert "is not trusted" in text


@pytest.mark.parametrize("name", ["self", "elsewhere"])
def test_a_pin_replaces_chain_and_name(connect: Callable[..., Session], certificates: Certificates, name: str) -> None:
    with serve(certificates.context(name)) as other:
        other.script("POST", LOGIN, Reply(201, {**DONE, "sessionid": "##T"}))
        nodes = (Address("127.0.0.1", other.port),)
        with connect(nodes=nodes, certificate_pins=("0" * 64, certificates.pins[name]), ca_file=None) as session:
            assert session.read("nsversion") == []


def test_another_certificate_than_the_pinned_is_refused_even_if_a_ca_vouches_for_it(
    connect: Callable[..., Session], server: Server, certificates: Certificates
) -> None:
    text = refused(connect, server, certificate_pins=("0" * 64,))
    assert certificates.pins["good"] in text
    assert "is not in netscaler_certificate_pin" in text
    assert "somebody may intercept the connection" in text


def test_a_pin_holds_on_every_new_connection(
    connect: Callable[..., Session], server: Server, certificates: Certificates
) -> None:
    with connect(certificate_pins=(certificates.pins["good"],), ca_file=None) as session:
        object.__setattr__(session.appliance, "certificate_pins", ("0" * 64,))
        script(server, Silence())
        with pytest.raises(CannotConnect, match="is not in netscaler_certificate_pin"):
            session.read("things")
        assert len(sent(server)) == 1


def test_verification_can_be_switched_off(connect: Callable[..., Session], certificates: Certificates) -> None:
    with serve(certificates.context("self")) as other:
        other.script("POST", LOGIN, Reply(201, {**DONE, "sessionid": "##T"}))
        nodes = (Address("127.0.0.1", other.port),)
        with connect(nodes=nodes, validate_certs=False, ca_file=None) as session:
            assert session.read("nsversion") == []


def test_an_older_tls_version_than_asked_for_is_refused_with_the_way_out(
    connect: Callable[..., Session], certificates: Certificates
) -> None:
    context = certificates.context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with serve(context) as old:
        nodes = (Address("127.0.0.1", old.port),)
        text = refused(connect, old, nodes=nodes, minimum_tls="1.3")
        assert "netscaler_minimum_tls below 1.3" in text
        old.script("POST", LOGIN, Reply(201, {**DONE, "sessionid": "##T"}))
        with connect(nodes=nodes, minimum_tls="1.2") as session:
            assert session.connections == 1


def test_nobody_listens(connect: Callable[..., Session]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(CannotConnect) as raised, connect(nodes=(Address("127.0.0.1", port),)):
        pass
    assert str(raised.value).startswith(f"gw-a: 127.0.0.1:{port} cannot be reached (Connection refused).")


# -- secrets -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer", [error(401, 354), error(409, 273), EXPIRED, Silence(), Cut(), Reply(503, b""), Raw(b"x\r\n\r\n")]
)
def test_no_secret_is_in_any_text(server: Server, connect: Callable[..., Session], answer: Answer) -> None:
    texts = []
    with connect() as session:
        for method in ("GET", "POST"):
            script(server, answer, method=method)
            with pytest.raises(TourniquetError) as raised:
                session.read("things") if method == "GET" else session.write(method, "things", {"a": 1})
            texts += chain(raised.value)
        texts += [repr(session), str(session), repr(session.exchanges), repr(session.appliance)]
    server.script("POST", LOGIN, answer)
    with pytest.raises(TourniquetError) as raised, connect():
        pass
    texts += chain(raised.value)
    for secret in (PASSWORD, *TOKENS, "TOKEN", "%23%23"):
        assert not any(secret in text for text in texts)


def chain(problem: BaseException | None) -> list[str]:
    """Return the text that a traceback could show of an error and its causes."""
    texts = []
    while problem is not None:
        texts += [str(problem), repr(problem), repr(getattr(problem, "__dict__", {}))]
        problem = problem.__cause__ or problem.__context__
    return texts


def test_what_an_appliance_writes_into_its_errors_cannot_steer_a_terminal(server: Server, session: Session) -> None:
    script(server, error(400, 1, "bad\x1b[2J\r\n\u202eok"))
    with pytest.raises(NitroError) as raised:
        session.read("things")
    assert str(raised.value).isprintable()
    assert "bad" in str(raised.value)


# -- small parts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (TimeoutError(), "timed out"),
        (OSError(111, "Connection refused"), "Connection refused"),
        (ValueError("odd"), "odd"),
        (KeyError(), "KeyError"),
    ],
)
def test_errors_of_the_system_in_words(problem: Exception, words: str) -> None:
    assert describe(problem) == words


# -- how far away ------------------------------------------------------------------------------------------------------


def test_each_answer_says_how_far_away_the_appliance_is_and_none_says_nothing(
    connect: Callable[..., Session], server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[float] = []
    monkeypatch.setattr(nitro_session.round_trip, "note", noted.append)
    script(server, Cut(), method="POST")
    with connect() as session:
        assert noted == [0.0], "the login, by a clock that stands"
        session.read("nsversion")
        with pytest.raises(OutcomeUnknown):
            session.write("POST", "things", {"things": {}})
        assert noted == [0.0, 0.0]


# -- beside it ---------------------------------------------------------------------------------------------------------


def test_a_session_beside_it_shares_its_login_and_has_a_connection_of_its_own(session: Session, server: Server) -> None:
    script(server, Reply(200, {**DONE, "things": [{"name": "a"}]}))
    with session.beside(1000) as other:
        assert other.read("things") == [{"name": "a"}]
        assert other.budget is session.budget
    assert len(sent(server, "POST", "login")) == 1
    assert sent(server, "POST", "logout") == [], "the login is the session's"
    assert (session.connections, len(session.exchanges)) == (2, 2), "its requests are the session's"
    assert session.read("nsversion")


def test_a_session_beside_it_never_logs_in(session: Session, server: Server) -> None:
    script(server, EXPIRED)
    with session.beside(1000) as other, pytest.raises(SessionEnded, match="gw-a: the session has ended"):
        other.read("things")
    assert len(sent(server, "POST", "login")) == 1


def test_an_answer_beside_it_has_a_limit_of_its_own(session: Session, server: Server) -> None:
    script(server, Reply(200, {**DONE, "things": [{"name": "a" * 2000}]}))
    with session.beside(1000) as other, pytest.raises(OutcomeUnknown, match="larger than 1,000 bytes"):
        other.read("things")
    assert session.read("things")


@pytest.mark.parametrize(
    ("value", "code"),
    [("9" * 9, 999999999), ("9" * 10, -1), ("12x", -1), ("", 0), (None, 0), (0, 0), (258, 258), (-1, -1)],
)
def test_a_code_of_nine_digits_is_one_and_what_is_none_is_never_success(value: object, code: int) -> None:
    assert NitroReply(200, {"errorcode": value}).errorcode == code
    items = [{"errorcode": value}, {}, "x"]
    assert failed_items(NitroReply(207, {"response": items})) == ([code] if code else [])
