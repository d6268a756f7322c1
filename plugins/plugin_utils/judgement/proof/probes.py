# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Probes: real requests from outside to a VIP, and what their answers prove.

A probe sends the request target, the headers and the body of its case byte for byte: a client that normalises
``/vpn/../vpns/`` tests nothing. Only harmless, public checks are sent. The certificate of the VIP is not verified, since a
probe tests what any client sees and sends no secret; the evidence has its fingerprint.

A case that needs a Gateway session, or that comes from another client address than the probe's, cannot be sent. The
evidence names it as not sent, and it proves nothing.

The answers are read as the public checkers read them: Apache's own 403 page means that the request reached httpd, so the
appliance is vulnerable (CISA check-cve-2019-19781); an empty 403 without Apache's header comes from a responder policy.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import re
import socket
import ssl
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any

from ...appliance.nitro.appliance import Vip
from ...appliance.nitro.bounded_connection import AnswerTooLarge, BoundedConnection, ExchangeLimits
from ...appliance.nitro.session import describe
from ...appliance.nitro.time_budget import TimeBudget
from ...appliance.nitro.tls import P_256, client_context, fingerprint
from ...appliance.objects.answer_marker import AnsweredBy, answered_by
from ...catalogue.measure import Measure
from ...catalogue.traffic import CaseSession, TrafficCase
from ...change.records.sent_probes import request_key
from ...foundation.counted import counted

BODY_LIMIT = 16 * 1024
DEADLINE = 15.0  # seconds for one probe in all, from the first packet of its connection
NO_TIME = "the time that the requests and probes of one task may take (netscaler_task_timeout) is used up"
MOST_STATUSES = 3
AT_ONCE = 6  # requests to one VIP, as many connections as a browser opens to a host (docs/decisions/0008)


class Sign(Enum):
    """The meaning of one answer to an attack request."""

    VULNERABLE = "vulnerable"
    BLOCKED_BY_US = "blocked by us"
    BLOCKED_BY_ANOTHER = "blocked by another measure of ours"
    BLOCKED = "blocked"
    INFECTED = "answers like an infected machine"
    NOT_CONFIRMED = "not confirmed"
    NO_ANSWER = "no answer"


SHOWN = 3
STOPPED = (Sign.BLOCKED_BY_US, Sign.BLOCKED_BY_ANOTHER, Sign.BLOCKED)
NOT_JUDGED = "not judged here, stopped by"
"""How the reason of a case begins that another measure of ours stops: neither an attack nor a legitimate request of this measure is judged by it."""


@dataclass(frozen=True)
class Answer:
    """The answer to one probe.

    :ivar status: None where no HTTP answer came; ``error`` has the reason
    :ivar head: reason phrase and headers; body: the first BODY_LIMIT bytes
    :ivar at: seconds since 1970 (UTC)
    :ivar source: the address from which the probe was sent
    :ivar not_sent: why it was not sent; "" where it was
    """

    case: TrafficCase
    status: int | None
    server: str = ""
    location: str = ""
    body: str = ""
    head: str = ""
    error: str = ""
    certificate: str = ""
    at: float = 0.0
    source: str = ""
    not_sent: str = ""

    def summary(self) -> dict[str, Any]:
        """Return the values for the change record: what the decision rests on, without bodies."""
        return {
            "case": self.case.id,
            "request": str(self.case),
            "status": self.status,
            "server": self.server,
            "error": self.error,
            "from": self.source,
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.at)),
        }


class Prober:
    """Sends the probes of one run.

    :param run: the id of the run; it is part of the User-Agent, so that a SOC recognises our requests
    :param source: the source address, or None for the one that the operating system chooses
    :param timeout: seconds for connecting and for each read; DEADLINE holds as well
    :param budget: the time of the task, which probes use up too
    :param before_request: called before each request or group of requests: probes may take longer than the lease of the run
    :ivar sent: how many requests were sent; attacks: how many of them are attacks
    """

    def __init__(
        self,
        run: str,
        source: str | None,
        *,
        timeout: float = 5.0,
        budget: TimeBudget | None = None,
        clock: Callable[[], float] = time.monotonic,
        before_request: Callable[[], None] = lambda: None,
    ) -> None:
        self.user_agent = f"tourniquet-probe/{run}"
        self.source = source
        self.timeout = timeout
        self.before_request = before_request
        self.sent = self.attacks = 0
        self._budget = budget or TimeBudget(float("inf"))
        self._clock = clock

    def ask(self, vip: Vip, case: TrafficCase) -> Answer:
        """Send one request on a connection of its own. Never raises for what the network or the VIP does.

        :raises ValueError: where no request may be sent to the VIP
        """
        self.before_request()
        return self._ask(vip, 1, case)

    def ask_all(self, vip: Vip, cases: Sequence[TrafficCase]) -> list[Answer]:
        """Send some requests, AT_ONCE at a time: nearly all of the time of a probe is waiting.

        :returns: the answers, in the order of the cases
        """
        self.before_request()
        with ThreadPoolExecutor(AT_ONCE) as asking:
            return list(asking.map(partial(self._ask, vip, min(AT_ONCE, len(cases) or 1)), cases))

    def _ask(self, vip: Vip, at_once: int, case: TrafficCase) -> Answer:
        """Send one of some requests that are sent at once, and count its part of the time."""
        if not vip.probe:  # those who choose the VIPs leave it out; nothing is sent where one of them does not
            raise ValueError(vip.not_probed)
        if case.never_sent:
            return Answer(case, None, error=case.never_sent, not_sent=case.never_sent)
        if self._budget.is_used_up:
            return Answer(case, None, error=NO_TIME, not_sent=NO_TIME)
        self.sent += 1
        self.attacks += case.attack
        started = self._clock()
        try:
            return self._answer(vip, case)
        finally:
            self._budget.spend((self._clock() - started) / at_once)

    def _answer(self, vip: Vip, case: TrafficCase) -> Answer:
        at = time.time()
        limits = ExchangeLimits(DEADLINE, each=self.timeout, clock=self._clock)
        certificate = source_address = ""
        try:
            with contextlib.closing(self._connect(vip, limits)) as connection:
                source_address = str(connection.sock.getsockname()[0])
                if isinstance(connection.sock, ssl.SSLSocket):
                    certificate = fingerprint(connection.sock.getpeercert(binary_form=True) or b"")
                self._send(connection, case, vip.host)
                with connection.getresponse() as reply:
                    limits.expect_body(2 * BODY_LIMIT)  # with the framing of chunks
                    body = self._read(reply).decode("latin-1")
        except (OSError, http.client.HTTPException) as error:
            return Answer(case, None, error=describe(error), certificate=certificate, at=at, source=source_address)
        head = "".join([reply.reason, *(f"\n{name}: {_one_line(value)}" for name, value in reply.getheaders())])
        server, location = (_one_line(reply.getheader(name) or "") for name in ("Server", "Location"))
        return Answer(case, reply.status, server, location, body, head, "", certificate, at, source_address)

    def _send(self, connection: http.client.HTTPConnection, case: TrafficCase, host: str) -> None:
        """Send the request of a case. Its own headers replace those that every probe has.

        :param host: for the Host header; "" for the address
        """
        has_host = bool(case.header_values("host"))
        connection.putrequest(case.method, case.url, skip_host=has_host or bool(host), skip_accept_encoding=True)
        if host and not has_host:
            connection.putheader("Host", host)
        for name, value in (("User-Agent", self.user_agent), ("Accept", "*/*"), ("Connection", "close")):
            if not case.header_values(name):
                connection.putheader(name, value)
        for name, value in case.headers:
            connection.putheader(name, value)
        no_body = (("Content-Length", "0"),) if case.method in ("POST", "PUT") else ()
        for name, value in case.framing() or no_body:
            connection.putheader(name, value)
        # A policy may answer before it has the whole body, and close: then the answer is there to be read.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.endheaders(case.body.encode("latin-1") or None, encode_chunked=case.chunked)

    def why_not_sent(self, vip: Vip, case: TrafficCase) -> str:
        """Return why a case cannot be sent to a VIP, in words; "" where it can."""
        if case.never_sent:
            return case.never_sent
        if case.session == CaseSession.WITH:
            return "a probe has no Gateway session"
        if case.client and case.client != (own := self._own_address(vip)):
            return f"it comes from {case.client}, and the probes come from {own or 'another address'}"
        return ""

    def _own_address(self, vip: Vip) -> str:
        """Return the address from which a probe to a VIP leaves; "" where there is no route. Sends nothing."""
        if self.source:
            return str(ipaddress.ip_address(self.source))
        family = socket.AF_INET6 if ":" in vip.address.host else socket.AF_INET
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as datagram:
                datagram.connect((vip.address.host, vip.address.port))
                return str(datagram.getsockname()[0])
        except OSError:
            return ""

    def _connect(self, vip: Vip, limits: ExchangeLimits) -> BoundedConnection:
        connection = self._connection(vip, P_256)
        connection.allow(limits)
        try:
            connection.open(self.timeout)
        except ssl.SSLError:  # the VIP may support other curves only
            connection = self._connection(vip, None)
            connection.allow(limits)
            connection.open(self.timeout)
        return connection

    def _connection(self, vip: Vip, curve: str | None) -> BoundedConnection:
        context = client_context(ca_file=None, verify=False, minimum_tls="1.0", curve=curve) if vip.tls else None
        host, port = vip.address.host, vip.address.port
        return BoundedConnection(host, port, context=context, source=self.source, server_name=vip.host)

    @staticmethod
    def _read(reply: http.client.HTTPResponse) -> bytes:
        """Return at most BODY_LIMIT bytes of a body. A slow or large one ends at the limits, so that no VIP can delay the run."""
        body = b""
        while len(body) < BODY_LIMIT:
            try:
                part = reply.read1(BODY_LIMIT - len(body))
            except (TimeoutError, AnswerTooLarge):
                if not body:
                    raise
                break
            if not part:
                break
            body += part
        return body


def _one_line(value: str) -> str:
    """Return the value of a header in one line; old servers fold long ones (RFC 9112 5.2)."""
    return re.sub(r"\r?\n[ \t]+", " ", value)


def read_sign(answer: Answer, mitigation: Measure, marker: str) -> Sign:
    """Return the meaning of the answer to an attack request.

    :param marker: the word in the answers of our actions, or ""
    """
    if answer.status is None:
        return Sign.NO_ANSWER
    if any(text in answer.body for text in mitigation.vulnerable_answers):
        return Sign.VULNERABLE
    measure_of_ours = answered_by(answer.head, marker, mitigation.id)
    if measure_of_ours is not AnsweredBy.NONE:
        return Sign.BLOCKED_BY_ANOTHER if measure_of_ours is AnsweredBy.ANOTHER else Sign.BLOCKED_BY_US
    if answer.status == 403 and not answer.body.strip() and "apache" not in answer.server.lower():
        return Sign.BLOCKED
    if answer.status == 404 and any(text in answer.body for text in mitigation.infected_answers):
        return Sign.INFECTED
    return Sign.NOT_CONFIRMED


def is_served(answer: Answer, marker: str) -> bool:
    """Return True if the service behind the VIP answered a legitimate request: no block, no error, no silence."""
    return (
        answer.status is not None
        and answer.status < 500
        and not (marker and marker in answer.head)
        and not _bare_403(answer)
    )


def _bare_403(answer: Answer) -> bool:
    return answer.status == 403 and not answer.body.strip()


@dataclass(frozen=True)
class VipProof:
    """The probes of one VIP at one moment.

    :ivar signs: the answers to the attack requests, with their meaning
    :ivar controls: the answers to the legitimate requests, and whether each was served
    :ivar not_sent: the cases that could not be sent, each with the reason; nothing is proven of them
    :ivar not_judged: the cases that another measure of ours stops, each with the reason; nothing is proven of them either
    :ivar woken: the ids of those of them that one stops which wakes up with this run, as a person has accepted
    """

    vip: Vip
    signs: tuple[tuple[Answer, Sign], ...]
    controls: tuple[tuple[Answer, bool], ...]
    not_sent: tuple[tuple[TrafficCase, str], ...] = ()
    not_judged: tuple[tuple[TrafficCase, str], ...] = ()
    woken: frozenset[str] = frozenset()

    @property
    def controls_served(self) -> bool:
        """True if every legitimate request was served. False where none was sent, since then nothing is known."""
        return bool(self.controls) and all(served for _answer, served in self.controls)

    @property
    def cut(self) -> int:
        """The number of attack requests without an answer while the control path is served: DROP or RESET, by a policy or not."""
        return sum(sign is Sign.NO_ANSWER for _answer, sign in self.signs) if self.controls_served else 0

    @property
    def sign(self) -> Sign:
        """The sign of the VIP: the worst of its attack requests; NO_ANSWER where none was sent."""
        signs = [Sign.BLOCKED if sign is Sign.NO_ANSWER and self.cut else sign for _answer, sign in self.signs]
        order = (
            *(Sign.VULNERABLE, Sign.INFECTED, Sign.NO_ANSWER, Sign.NOT_CONFIRMED),
            *(Sign.BLOCKED_BY_ANOTHER, Sign.BLOCKED, Sign.BLOCKED_BY_US),
        )
        return min(signs, key=order.index, default=Sign.NO_ANSWER)

    @property
    def is_silent(self) -> bool:
        """Return True if no request got an answer."""
        answers = [answer for answer, _meaning in (*self.signs, *self.controls)]
        return all(answer.status is None and not answer.certificate for answer in answers)

    @property
    def blocked(self) -> int:
        """The number of attack requests that a rule answered."""
        return sum(sign in STOPPED for _answer, sign in self.signs)

    @property
    def blocked_by_us(self) -> int:
        """The number of attack requests that a rule of ours answered."""
        return sum(sign is Sign.BLOCKED_BY_US for _answer, sign in self.signs)

    @property
    def blocked_by_another(self) -> int:
        """The number of attack requests that a rule of another measure of ours answered."""
        return sum(sign is Sign.BLOCKED_BY_ANOTHER for _answer, sign in self.signs)

    @property
    def unanswered(self) -> list[TrafficCase]:
        """The requests that no rule of ours answered, so that they may be in the log of a web server."""
        attacks = [
            answer.case for answer, sign in self.signs if sign not in (Sign.BLOCKED_BY_US, Sign.BLOCKED_BY_ANOTHER)
        ]
        return [*attacks, *(answer.case for answer, _served in self.controls)]

    @property
    def passed(self) -> int:
        """The number of attack requests that no rule answered: the service did."""
        return sum(sign not in (*STOPPED, Sign.NO_ANSWER) for _answer, sign in self.signs)

    @property
    def counts(self) -> str:
        """The number of attacks that were stopped and of legitimate requests that were served, in words."""
        stopped, served = self.blocked + self.cut, sum(served for _answer, served in self.controls)
        return (
            f"{stopped} of {counted(len(self.signs), 'attack')} blocked, {served} of {counted(len(self.controls), 'legitimate request')} answered "
            f"{f'(a request got {self.not_served}) ' if self.not_served else ''}at {self.asked}"
        )

    @property
    def asked(self) -> str:
        """The VIP, with the host name by which it was asked."""
        return f"{self.vip} as {self.vip.host}" if self.vip.host else str(self.vip)

    @property
    def not_served(self) -> str:
        """The status that legitimate requests got that were not served, in words; "" where each was."""
        got = dict.fromkeys(str(answer.status or "no answer") for answer, served in self.controls if not served)
        return ", ".join([*got][:MOST_STATUSES])

    @property
    def sign_text(self) -> str:
        """The sign in words, with what a legitimate request got that was not served."""
        if self.signs and not self.controls and (reason := self.why_not_judged(attack=False)):
            return f"{self.sign.value}; legitimate requests are {reason}"
        if self.signs:
            return (
                f"{self.sign.value}; a legitimate request got {self.not_served}" if self.not_served else self.sign.value
            )
        reason = self.why_not_judged(attack=True)
        return reason or ("no attack request could be sent" if self.not_sent else self.sign.value)

    def why_not_judged(self, *, attack: bool) -> str:
        """Return why an attack, or a legitimate request, is not judged, in words; "" if each of them is."""
        return next((reason for case, reason in self.not_judged if case.attack is attack), "")

    @property
    def not_sent_texts(self) -> list[str]:
        """The cases that could not be sent, in words."""
        return [
            *(f"{self.vip}: {case} was not sent, so it is not proven: {reason}" for case, reason in self.not_sent),
            *(f"{self.vip}: {text}" for text in not_judged_texts(self.not_judged)),
        ]

    @property
    def _head(self) -> dict[str, Any]:
        certificate = next((answer.certificate for answer, _sign in self.signs if answer.certificate), "")
        head: dict[str, Any] = {"vip": str(self.vip), "sign": self.sign.value, "certificate_sha256": certificate}
        if self.vip.host:
            head["host"] = self.vip.host
        if self.not_sent:
            head["not_sent"] = [
                {"case": case.id, "request": str(case), "reason": reason} for case, reason in self.not_sent
            ]
        if self.not_judged:
            head["not_judged"] = [
                {"case": case.id, "request": str(case), "reason": reason} for case, reason in self.not_judged
            ]
        return head

    def outline(self) -> dict[str, Any]:
        """Return the values for the result of a task: counts, and in full the requests that were not blocked or not served."""
        return {
            **self._head,
            "attacks": dict(Counter(sign.value for _answer, sign in self.signs)),
            "controls_served": sum(served for _answer, served in self.controls),
            "text": self.counts,
            "exceptions": [
                *({**answer.summary(), "sign": sign.value} for answer, sign in self.signs if sign not in STOPPED),
                *({**answer.summary(), "served": False} for answer, served in self.controls if not served),
            ],
        }

    def summary(self) -> dict[str, Any]:
        """Return the values for the change record: every request."""
        return {
            **self._head,
            "attacks": [{**answer.summary(), "sign": sign.value} for answer, sign in self.signs],
            "controls": [{**answer.summary(), "served": served} for answer, served in self.controls],
        }


@dataclass(frozen=True)
class BesideOthers:
    """What is known of the other measures of ours at one VIP before anything is sent.

    :ivar not_judged: the cases that one of them stops, each with the reason; they are not sent
    :ivar stopped: the attacks that are sent although one of them stops them: it is in front of this one and its counter is read, or behind one that
        only counts
    :ivar explained: the answer of another measure to any attack is judged
    :ivar waking: the measures that wake up with the feature that the run enables; a person has accepted their policies by name
    """

    not_judged: tuple[tuple[TrafficCase, str], ...] = ()
    stopped: frozenset[TrafficCase] = frozenset()
    explained: bool = False
    waking: tuple[str, ...] = ()

    def wakes(self, answer: Answer, marker: str) -> bool:
        """Return True if a measure that wakes up has given an answer."""
        return any(answered_by(answer.head, marker, one) is AnsweredBy.THIS for one in self.waking)

    def explains(self, case: TrafficCase) -> bool:
        """Return True if the answer of another measure to an attack is judged."""
        return self.explained or case in self.stopped

    def read(self, answer: Answer, measure: Measure, marker: str) -> Sign:
        """Return the meaning of the answer to an attack. Where the answer does not tell the measure, the evaluation of the rules does."""
        sign = read_sign(answer, measure, marker)
        if answer.case not in self.stopped or answered_by(answer.head, marker, measure.id) is AnsweredBy.THIS:
            return sign
        return Sign.BLOCKED_BY_ANOTHER if sign in (*STOPPED, Sign.NO_ANSWER) else sign


def not_judged_texts(not_judged: Iterable[tuple[TrafficCase, str]]) -> list[str]:
    """Return by reason how many requests are not judged, with some of them, in words."""
    by_reason: dict[str, list[str]] = {}
    for case, reason in not_judged:
        by_reason.setdefault(reason, []).append(str(case))
    return [
        f"{reason}: {', '.join(cases[:SHOWN])}{f' and {len(cases) - SHOWN} more' if len(cases) > SHOWN else ''}"
        for reason, cases in by_reason.items()
    ]


def sent_in(proofs: Iterable[VipProof]) -> dict[str, int]:
    """Return the requests of some proofs that no policy of ours has answered, as the note of a run has them."""
    return dict(Counter(request_key(case.method, case.url) for one in proofs for case in one.unanswered))


def probe_vip(
    prober: Prober,
    vip: Vip,
    cases: Sequence[TrafficCase],
    mitigation: Measure,
    marker: str,
    *,
    beside: BesideOthers | None = None,
) -> VipProof:
    """Send cases to one VIP; those that a probe cannot send are named in the evidence.

    The legitimate requests are sent after the last attack: one that is served then shows that nothing has banned our address.
    An answer of another measure of ours says nothing about this one, unless that one explains it.

    :param beside: what is known of the other measures of ours; None for nothing
    """
    beside = beside or BesideOthers()
    reasons = [(case, prober.why_not_sent(vip, case)) for case in cases]
    sent = [case for case, reason in reasons if not reason]
    attacks = prober.ask_all(vip, [case for case in sent if case.attack])
    controls = prober.ask_all(vip, [case for case in sent if not case.attack])
    reasons += [(answer.case, answer.not_sent) for answer in (*attacks, *controls)]
    signs = [(answer, beside.read(answer, mitigation, marker)) for answer in attacks if not answer.not_sent]
    served = [(answer, is_served(answer, marker)) for answer in controls if not answer.not_sent]
    stopped = {
        *(
            answer.case
            for answer, sign in signs
            if sign is Sign.BLOCKED_BY_ANOTHER and not beside.explains(answer.case)
        ),
        *(answer.case for answer, _served in served if _is_of_another(answer, mitigation, marker)),
    }
    return VipProof(
        vip,
        tuple((answer, sign) for answer, sign in signs if answer.case not in stopped),
        tuple((answer, is_answered) for answer, is_answered in served if answer.case not in stopped),
        tuple((case, reason) for case, reason in reasons if reason),
        (*beside.not_judged, *((case, f"{NOT_JUDGED} another measure of ours") for case in sent if case in stopped)),
        frozenset(answer.case.id for answer, _served in served if beside.wakes(answer, marker)),
    )


def _is_of_another(answer: Answer, measure: Measure, marker: str) -> bool:
    return answered_by(answer.head, marker, measure.id) is AnsweredBy.ANOTHER


def harmed(before: Sequence[VipProof], after: Sequence[VipProof]) -> list[str]:
    """Return the legitimate requests that were answered before and no longer are, in words; without what a measure of ours stops that was to wake up."""
    served_before = {(proof.vip, answer.case.id) for proof in before for answer, served in proof.controls if served}
    return [
        f"{proof.vip}: {answer.case} was answered before and now gets {answer.status or answer.error}"
        for proof in after
        for answer, served in proof.controls
        if not served and (proof.vip, answer.case.id) in served_before
    ] + [
        f"{proof.vip}: {case} was answered before and is {reason}"
        for proof in after
        for case, reason in proof.not_judged
        if (proof.vip, case.id) in served_before and case.id not in proof.woken
    ]
