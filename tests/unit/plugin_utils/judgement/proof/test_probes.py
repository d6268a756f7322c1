# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Probes against small servers on the loopback address: raw paths go out, and answers are read carefully."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.time_budget import TimeBudget
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.answer_marker import marked_for
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import Mitigation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import Traffic, TrafficCase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.probes import (
    AT_ONCE,
    BODY_LIMIT,
    NO_TIME,
    Answer,
    BesideOthers,
    Prober,
    Sign,
    VipProof,
    harmed,
    is_served,
    probe_vip,
    read_sign,
)

from tests.unit.plugin_utils.scripted_server import (
    Answer as ServerAnswer,
)
from tests.unit.plugin_utils.scripted_server import (
    Certificates,
    Cut,
    Raw,
    Received,
    Reply,
    Server,
    Silence,
    serve,
)

MARKER = "opaque-1"
MITIGATION = Mitigation(
    id="demo",
    title="",
    current_version=1,
    versions={1: ""},
    references=(),
    traffic=Traffic(()),
    vulnerable_answers=("[global]", "You don't have permission to access /vpns/"),
    infected_answers=("The requested page was not found on this server.",),
)
ATTACK = TrafficCase("attack", True, "GET", "/vpn/../vpns/cfg/smb.conf")
CONTROL = TrafficCase("control", False, "GET", "/vpn/index.html")
GOOD = Reply(200, b"<html>Log on</html>")


def vip_of(server: Server, *, tls: bool = False) -> Vip:
    return Vip("gw", Address("127.0.0.1", server.port), "vpn", tls=tls)


def ask(server: Server, case: TrafficCase = ATTACK, *, timeout: float = 5.0) -> Answer:
    return Prober("run-1", None, timeout=timeout).ask(vip_of(server), case)


def answering(server: Server, answer: ServerAnswer, control: ServerAnswer = GOOD) -> None:
    server.answer = lambda request: control if request.target == CONTROL.url else answer


def proof_of(server: Server, answer: ServerAnswer, control: ServerAnswer = GOOD) -> VipProof:
    answering(server, answer, control)
    return probe_vip(Prober("run-1", None), vip_of(server), [ATTACK, CONTROL], MITIGATION, MARKER)


# -- what goes out -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    [
        "/vpn/../vpns/cfg/smb.conf",
        "/vpn/js/%2e./.%2e/%76pns/cfg/smb.conf",
        "/vpn/..%2f%76pns%2Fcfg//x",
        "/vpn/%252e%252e/vpns/?a=b&c=%20#x",
        "//double/../slash",
        '/./a;b=c/{}|\\^`"<>',
        "http://gateway.example/vpn/../vpns/",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT"])
def test_a_raw_path_arrives_byte_for_byte(http: Server, method: str, target: str) -> None:
    ask(http, TrafficCase("c", True, method, target))
    (request,) = http.received
    assert (request.method, request.target) == (method, target)
    assert request.body == b""


def test_a_probe_says_who_it_is_and_closes(http: Server) -> None:
    prober = Prober("run-1", "127.0.0.1")
    prober.ask(vip_of(http), ATTACK)
    prober.ask(vip_of(http), TrafficCase("c", True, "POST", "/x"))
    get, post = http.received
    assert get.headers == {
        "host": f"127.0.0.1:{http.port}",
        "user-agent": "tourniquet-probe/run-1",
        "accept": "*/*",
        "connection": "close",
    }
    assert post.headers["content-length"] == "0"
    assert http.connections == prober.sent == 2


def test_headers_and_body_go_out_as_they_are_written(http: Server) -> None:
    headers = (("Host", "internal.example"), ("X-Attack", "${a}"), ("x-attack", "\xe9"), ("Content-Type", "text/xml"))
    ask(http, TrafficCase("c", True, "POST", "/x", headers=headers, body="<a>\x00\xff</a>"))
    (request,) = http.received
    assert request.headers["host"] == "internal.example"
    assert request.headers["content-length"] == "9"
    assert request.body == b"<a>\x00\xff</a>"
    assert request.headers["user-agent"] == "tourniquet-probe/run-1"


def test_a_vip_with_a_host_is_asked_by_that_name_at_its_address(https: Server) -> None:
    """The name is that of the Host header and of TLS. It opens no other destination, and no name is resolved."""
    asked: list[str | None] = []
    assert https._context is not None
    https._context.sni_callback = lambda _socket, name, _context: asked.append(name)
    vip = replace(vip_of(https, tls=True), host="shop.invalid")
    own = TrafficCase("c", True, "GET", "/x", headers=(("host", "attack.example"),))
    answers = [Prober("run-1", None).ask(vip, case) for case in (ATTACK, own)]
    assert [answer.error for answer in answers] == ["", ""]
    assert [request.headers["host"] for request in https.received] == ["shop.invalid", "attack.example"]
    assert asked == ["shop.invalid", "shop.invalid"]


def test_the_proof_says_as_whom_it_asked_and_what_was_not_served(http: Server) -> None:
    vip = replace(vip_of(http), host="shop.example")
    http.answer = lambda request: Reply(503, b"") if request.target == CONTROL.url else Reply(403, b"")
    proof = probe_vip(Prober("run-1", None), vip, [ATTACK, CONTROL], MITIGATION, MARKER)
    assert proof.counts == (
        f"1 of 1 attack blocked, 0 of 1 legitimate request answered (a request got 503) at gw (127.0.0.1:{http.port}) as shop.example"
    )
    assert proof.sign_text == "blocked; a legitimate request got 503"
    assert (proof.summary()["host"], proof.outline()["host"]) == ("shop.example", "shop.example")


def test_own_headers_of_a_case_replace_those_of_every_probe(http: Server) -> None:
    headers = (("user-agent", "() { :; }"), ("Accept", "text/x"), ("Connection", "close, x-secret"))
    ask(http, TrafficCase("c", True, "GET", "/x", headers=headers))
    (request,) = http.received
    assert {name: request.headers[name] for name in ("user-agent", "accept", "connection")} == {
        "user-agent": "() { :; }",
        "accept": "text/x",
        "connection": "close, x-secret",
    }


def test_a_case_from_another_address_is_not_sent_and_the_evidence_says_so(http: Server) -> None:
    answering(http, GOOD)
    elsewhere = TrafficCase("elsewhere", True, "GET", "/x", client="192.0.2.7")
    ours = TrafficCase("ours", True, "GET", "/y", client="127.0.0.1")
    proof = probe_vip(Prober("r", None), vip_of(http), [elsewhere, ours, CONTROL], MITIGATION, MARKER)
    assert [request.target for request in http.received] == ["/y", CONTROL.url]
    reason = "it comes from 192.0.2.7, and the probes come from 127.0.0.1"
    entry = {"case": "elsewhere", "request": "GET /x from 192.0.2.7", "reason": reason}
    assert proof.summary()["not_sent"] == proof.outline()["not_sent"] == [entry]
    assert proof.not_sent_texts == [
        f"{vip_of(http)}: GET /x from 192.0.2.7 was not sent, so it is not proven: {reason}"
    ]
    configured = probe_vip(Prober("r", "127.0.0.1"), vip_of(http), [elsewhere], MITIGATION, MARKER)
    assert (configured.sign, configured.sign_text) == (Sign.NO_ANSWER, "no attack request could be sent")
    assert "not_sent" not in probe_vip(Prober("r", None), vip_of(http), [ATTACK], MITIGATION, MARKER).summary()


def test_a_few_are_asked_at_once_and_answered_in_their_order(http: Server) -> None:
    connections: list[int] = []
    together = threading.Barrier(AT_ONCE, action=lambda: connections.append(http.connections), timeout=10)

    def answer(request: Received) -> ServerAnswer:
        together.wait()
        return Reply(int(request.target[1:]), b"")

    http.answer = answer
    prober = Prober("run-1", None)
    cases = [TrafficCase(str(number), True, "GET", f"/{400 + number}") for number in range(2 * AT_ONCE)]
    answers = prober.ask_all(vip_of(http), cases)
    assert [(answer.case, answer.status) for answer in answers] == [(case, 400 + n) for n, case in enumerate(cases)]
    assert connections == [AT_ONCE, 2 * AT_ONCE]
    assert prober.sent == len(cases)
    assert prober.ask_all(vip_of(http), []) == []


def test_the_answer_with_its_evidence(https: Server, certificates: Certificates) -> None:
    https.answer = lambda _request: Reply(302, b"x" * 20, (("Server", "Apache"), ("Location", "/logon")))
    answer = Prober("run-1", None).ask(vip_of(https, tls=True), ATTACK)
    assert (answer.status, answer.server, answer.location, answer.body) == (302, "Apache", "/logon", "x" * 20)
    assert answer.certificate == certificates.pins["good"], "no CA has signed it, and it is probed anyway"
    assert answer.error == ""
    summary = answer.summary()
    assert summary["request"] == "GET /vpn/../vpns/cfg/smb.conf"
    assert (summary["case"], summary["status"], summary["server"]) == ("attack", 302, "Apache")
    assert not any("xxx" in str(value) for value in summary.values()), "no bodies in the record"


@pytest.mark.parametrize(("curve", "handshakes"), [("prime256v1", 1), ("secp384r1", 2), ("X25519", 2)])
def test_a_vip_without_the_curve_of_appliances_is_asked_all_the_same(
    certificates: Certificates, curve: str, handshakes: int
) -> None:
    context = certificates.context()
    context.set_ecdh_curve(curve)
    with serve(context) as server:
        assert Prober("r", None).ask(vip_of(server, tls=True), ATTACK).status == 200
    assert (server.accepted, len(server.received)) == (handshakes, 1), "the request goes out once"


def test_a_body_without_an_end_is_cut_off(http: Server) -> None:
    http.answer = lambda _request: Raw(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (BODY_LIMIT + 5000))
    assert len(ask(http).body) == BODY_LIMIT


@pytest.mark.parametrize(
    "broken",
    [
        Silence(),
        Cut(),
        Raw(b"nonsense\r\n\r\n"),
        Raw(b"HTTP/1.1 abc OK\r\n\r\n"),
        Raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70000 + b"\r\n\r\n"),
        Raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"),
        Raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        Raw(b"\x00\xff" * 100),
    ],
)
def test_whatever_comes_back_nothing_is_raised(http: Server, broken: ServerAnswer) -> None:
    http.answer = lambda _request: broken
    answer = ask(http)
    assert answer.status is None
    assert answer.error
    assert read_sign(answer, MITIGATION, MARKER) is Sign.NO_ANSWER


def test_a_folded_header_is_one_line(http: Server) -> None:
    content = b"HTTP/1.1 403 Forbidden\r\nServer: a\r\n  b\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"
    http.answer = lambda _request: Raw(content)
    answer = ask(http)
    assert (answer.server, answer.location) == ("a b", "/x")
    assert answer.head.splitlines() == ["Forbidden", "Server: a b", "Location: /x", "Content-Length: 0"]


def test_a_line_that_is_not_a_header_does_not_hide_status_and_body(http: Server) -> None:
    http.answer = lambda _request: Raw(b"HTTP/1.1 403 Forbidden\r\nnonsense\r\nContent-Length: 2\r\n\r\nhi")
    answer = ask(http)
    assert (answer.status, answer.body) == (403, "hi")


def test_no_connection_is_an_answer_too(http: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    vip = Vip("gw", Address("127.0.0.1", port), "vpn", tls=False)
    assert Prober("r", None).ask(vip, ATTACK).error == "Connection refused"
    assert Prober("r", None).ask(vip_of(http, tls=True), ATTACK).status is None, "TLS where none is spoken"


def test_a_vip_that_stays_silent_does_not_hold_the_run() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        vip = Vip("gw", Address("127.0.0.1", deaf.getsockname()[1]), "vpn", tls=False)
        assert Prober("r", None, timeout=0.05).ask(vip, ATTACK).error == "timed out"


def ticking() -> Callable[[], float]:
    """A clock that advances by one second at each look."""
    moments = count()
    return lambda: float(next(moments))


@pytest.mark.parametrize(
    "begun",
    [
        b"HTTP/1.1 200 OK\r\nX-Drip: ",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 5,
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 50,
        b"",
    ],
)
def test_a_vip_that_answers_a_little_at_a_time_is_given_up(begun: bytes) -> None:
    """Each byte comes in time; the clock advances with each read."""
    with socket.create_server(("127.0.0.1", 0)) as dripping:
        vip = Vip("gw", Address("127.0.0.1", dripping.getsockname()[1]), "vpn", tls=False)
        sent: list[int] = []
        threading.Thread(target=drip, args=(dripping, begun, sent), daemon=True).start()
        answer = Prober("r", None, clock=ticking()).ask(vip, ATTACK)
    assert (answer.status, answer.error) == (None, "timed out")


def drip(listening: socket.socket, begun: bytes, sent: list[int]) -> None:
    connection, _peer = listening.accept()
    with connection, contextlib.suppress(OSError):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(begun or b"H")
        while len(sent) < 10_000:
            sent.append(connection.send(b"x"))
            time.sleep(0.001)


def test_of_an_endless_body_the_first_bytes_are_read(http: Server) -> None:
    http.answer = lambda _request: Raw(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000_000)
    answer = ask(http)
    assert (answer.status, len(answer.body)) == (200, BODY_LIMIT)


def test_when_the_time_of_the_task_is_used_up_nothing_is_sent_and_nothing_is_proven(http: Server) -> None:
    budget = TimeBudget(60)
    before = probe_vip(Prober("r", None), vip_of(http), [ATTACK, CONTROL], MITIGATION, MARKER)
    number = len(http.received)
    budget.spend(60)
    prober = Prober("r", None, budget=budget)
    proof = probe_vip(prober, vip_of(http), [ATTACK, CONTROL], MITIGATION, MARKER)
    assert (prober.sent, len(http.received)) == (0, number)
    assert (proof.signs, proof.controls, proof.controls_served) == ((), (), False)
    assert [text.rpartition(": ")[2] for text in proof.not_sent_texts] == [NO_TIME] * 2
    assert "netscaler_task_timeout" in NO_TIME
    assert harmed([before], [proof]) == [], "what was not sent shows no harm"


def test_probes_use_up_the_time_of_the_task(http: Server) -> None:
    budget = TimeBudget(60)
    prober = Prober("r", None, budget=budget, clock=ticking())
    prober.ask(vip_of(http), ATTACK)
    spent = 60 - budget.allowed(1000)
    assert spent > 0
    prober.ask_all(vip_of(http), [ATTACK, CONTROL])
    assert 60 - budget.allowed(1000) > spent


# -- how answers are read ----------------------------------------------------------------------------------------------

APACHE_403 = b"<h1>Forbidden</h1>You don't have permission to access /vpns/ on this server."


@pytest.mark.parametrize(
    ("reply", "sign"),
    [
        (Reply(200, b"[global]\n\tencrypt passwords = yes\n"), Sign.VULNERABLE),
        (Reply(403, APACHE_403, (("Server", "Apache"),)), Sign.VULNERABLE),
        (Reply(403, APACHE_403, (("X-Request-Reference", MARKER),)), Sign.VULNERABLE),
        (Reply(403, b"", (("X-Request-Reference", MARKER),)), Sign.BLOCKED_BY_US),
        (Reply(404, b"gone", (("X-Request-Reference", MARKER),)), Sign.BLOCKED_BY_US),
        (Reply(403, b"", reason=f"Forbidden {MARKER}"), Sign.BLOCKED_BY_US),
        (Reply(403, b""), Sign.BLOCKED),
        (Reply(403, b"\r\n "), Sign.BLOCKED),
        (Reply(403, b"", (("Server", "Apache/2.4"),)), Sign.NOT_CONFIRMED),
        (Reply(403, b"Access denied by proxy"), Sign.NOT_CONFIRMED),
        (Reply(404, b"The requested page was not found on this server."), Sign.INFECTED),
        (Reply(200, b"The requested page was not found on this server."), Sign.NOT_CONFIRMED),
        (Reply(404, b"Not Found"), Sign.NOT_CONFIRMED),
        (Reply(200, b"<html>Log on</html>"), Sign.NOT_CONFIRMED),
        (Reply(302, b""), Sign.NOT_CONFIRMED),
        (Reply(200, MARKER.encode()), Sign.NOT_CONFIRMED),
        (Reply(500, b""), Sign.NOT_CONFIRMED),
    ],
)
def test_signs(http: Server, reply: Reply, sign: Sign) -> None:
    http.answer = lambda _request: reply
    assert read_sign(ask(http), MITIGATION, MARKER) is sign


def test_without_a_marker_nobody_is_taken_for_us(http: Server) -> None:
    http.answer = lambda _request: Reply(403, b"", (("X", MARKER),))
    assert read_sign(ask(http), MITIGATION, "") is Sign.BLOCKED


@pytest.mark.parametrize(
    ("reply", "served"),
    [
        (Reply(200, b"page"), True),
        (Reply(200, b""), True),
        (Reply(302, b""), True),
        (Reply(404, b""), True),
        (Reply(403, b"<h1>log on first</h1>"), True),
        (Reply(403, b""), False),
        (Reply(500, b"x"), False),
        (Reply(503, b""), False),
        (Reply(200, b"page", (("X", MARKER),)), False),
        (Silence(), False),
    ],
)
def test_what_counts_as_served(http: Server, reply: ServerAnswer, served: bool) -> None:
    http.answer = lambda _request: reply
    assert is_served(ask(http, CONTROL), MARKER) is served


# -- one VIP -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lost", [Cut(), Silence()])
def test_an_attack_that_is_cut_while_the_control_is_answered_is_blocked(http: Server, lost: ServerAnswer) -> None:
    proof = proof_of(http, lost)
    assert (proof.sign, proof.controls_served) == (Sign.BLOCKED, True)
    assert proof.blocked == 0, "no rule counted a hit that we know of"


def test_a_dead_vip_is_not_a_protected_one(http: Server) -> None:
    proof = proof_of(http, Silence(), Silence())
    assert (proof.sign, proof.controls_served) == (Sign.NO_ANSWER, False)


def test_silence_proves_nothing_where_no_control_was_asked(http: Server) -> None:
    http.answer = lambda _request: Silence()
    proof = probe_vip(Prober("r", None), vip_of(http), [ATTACK], MITIGATION, MARKER)
    assert (proof.sign, proof.controls_served) == (Sign.NO_ANSWER, False)


def test_a_source_that_was_banned_with_the_last_attack_is_not_a_block(http: Server) -> None:
    attacks = [TrafficCase(f"attack-{number}", True, "GET", f"/vpn/../vpns/{number}") for number in range(AT_ONCE + 1)]
    seen: list[str] = []

    def answer(request: Received) -> ServerAnswer:
        seen.append(request.target)
        return Silence() if len(set(seen) - {CONTROL.url}) == len(attacks) or request.target != CONTROL.url else GOOD

    http.answer = answer
    proof = probe_vip(Prober("r", None), vip_of(http), [CONTROL, *attacks], MITIGATION, MARKER)
    assert seen[-1] == CONTROL.url
    assert (proof.sign, proof.controls_served) == (Sign.NO_ANSWER, False)


def test_a_block_by_us(http: Server) -> None:
    proof = proof_of(http, Reply(403, b"", (("X", MARKER),)))
    assert (proof.sign, proof.blocked, proof.controls_served) == (Sign.BLOCKED_BY_US, 1, True)
    summary = proof.summary()
    assert summary["sign"] == "blocked by us"
    assert [one["sign"] for one in summary["attacks"]] == ["blocked by us"]
    assert [one["served"] for one in summary["controls"]] == [True]


@pytest.mark.parametrize(
    ("signs", "worst"),
    [
        ([Sign.BLOCKED_BY_US, Sign.BLOCKED], Sign.BLOCKED),
        ([Sign.BLOCKED, Sign.NOT_CONFIRMED], Sign.NOT_CONFIRMED),
        ([Sign.BLOCKED_BY_US, Sign.NO_ANSWER], Sign.BLOCKED),
        ([Sign.NOT_CONFIRMED, Sign.INFECTED], Sign.INFECTED),
        ([Sign.INFECTED, Sign.VULNERABLE, Sign.BLOCKED_BY_US], Sign.VULNERABLE),
        ([], Sign.NO_ANSWER),
    ],
)
def test_the_worst_answer_is_the_sign_of_a_vip(signs: list[Sign], worst: Sign) -> None:
    vip = Vip("gw", Address("192.0.2.1", 443), "vpn")
    control = ((Answer(CONTROL, 200), True),)
    for order in (signs, signs[::-1]):
        assert VipProof(vip, tuple((Answer(ATTACK, 1), sign) for sign in order), control).sign is worst


@pytest.mark.parametrize(
    ("served", "all_of_them"), [((), False), ((True,), True), ((True, True), True), ((True, False), False)]
)
def test_one_page_that_is_no_longer_served_is_harm(served: tuple[bool, ...], all_of_them: bool) -> None:
    vip = Vip("gw", Address("192.0.2.1", 443), "vpn")
    cut = ((Answer(ATTACK, None), Sign.NO_ANSWER),)
    proof = VipProof(vip, cut, tuple((Answer(CONTROL, 200 if one else None), one) for one in served))
    assert proof.controls_served is all_of_them
    assert proof.cut == int(all_of_them), "a cut connection is a block only where all else is served"


def test_cases_that_need_a_session_are_not_sent(http: Server) -> None:
    answering(http, GOOD)
    with_session: dict[str, Any] = {"method": "GET", "url": "/x", "session": "with"}
    cases = [ATTACK, CONTROL, TrafficCase("a", True, **with_session), TrafficCase("l", False, **with_session)]
    proof = probe_vip(Prober("r", None), vip_of(http), cases, MITIGATION, MARKER)
    assert [request.target for request in http.received] == [ATTACK.url, CONTROL.url]
    assert (len(proof.signs), len(proof.controls)) == (1, 1)


def test_harm_is_what_was_served_before_and_no_longer_is(http: Server) -> None:
    blocked = Reply(403, b"")
    good, bad = proof_of(http, blocked), proof_of(http, blocked, Reply(503, b"busy"))
    assert harmed([good], [good]) == []
    assert harmed([bad], [bad]) == [], "it was broken before us"
    assert harmed([bad], [good]) == []
    assert harmed([], [bad]) == []
    assert harmed([good], [bad]) == [
        f"gw (127.0.0.1:{http.port}): GET /vpn/index.html was answered before and now gets 503"
    ]
    (silent,) = harmed([good], [proof_of(http, blocked, Silence())])
    assert silent.startswith(f"gw (127.0.0.1:{http.port}): GET /vpn/index.html was answered before and now gets ")


def test_the_request_of_a_probe_is_what_stands_in_the_record(http: Server) -> None:
    seen: list[Received] = http.received
    proof = proof_of(http, GOOD)
    recorded = [*proof.summary()["attacks"], *proof.summary()["controls"]]
    assert [one["request"] for one in recorded] == [f"{request.method} {request.target}" for request in seen]


@pytest.mark.parametrize(
    ("beside", "sign", "not_judged"),
    [
        (BesideOthers(), Sign.NO_ANSWER, True),
        (BesideOthers(explained=True), Sign.BLOCKED_BY_ANOTHER, False),
        (BesideOthers(stopped=frozenset({ATTACK})), Sign.BLOCKED_BY_ANOTHER, False),
        (BesideOthers(stopped=frozenset({CONTROL})), Sign.NO_ANSWER, True),
    ],
)
def test_the_answer_of_another_measure_of_ours_counts_only_where_it_is_known_to_explain_it(
    http: Server, beside: BesideOthers, sign: Sign, not_judged: bool
) -> None:
    marked = (("X-Request-Reference", marked_for(MARKER, "another")),)
    answering(http, Reply(403, b"", marked), Reply(403, b"", marked))
    proof = probe_vip(Prober("r", None), vip_of(http), [ATTACK, CONTROL], MITIGATION, MARKER, beside=beside)
    assert proof.sign is sign
    assert (ATTACK in [case for case, _reason in proof.not_judged]) is not_judged
    assert (proof.controls, [case for case, _reason in proof.not_judged][-1:]) == ((), [CONTROL])
    assert proof.not_sent_texts[-1].startswith(f"{proof.vip}: not judged here, stopped by another measure of ours: GET")


@pytest.mark.parametrize(
    ("reply", "sign"),
    [
        (Reply(403, b"", (("X-Request-Reference", MARKER),)), Sign.BLOCKED_BY_ANOTHER),
        (Reply(403, b""), Sign.BLOCKED_BY_ANOTHER),
        (Reply(200, b"ok"), Sign.NOT_CONFIRMED),
    ],
)
def test_where_the_answer_does_not_tell_the_measure_the_evaluation_of_the_rules_does(
    http: Server, reply: Reply, sign: Sign
) -> None:
    answering(http, reply)
    beside = BesideOthers(stopped=frozenset({ATTACK}))
    assert probe_vip(Prober("r", None), vip_of(http), [ATTACK], MITIGATION, MARKER, beside=beside).sign is sign
