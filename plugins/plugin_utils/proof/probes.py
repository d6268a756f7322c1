# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Probes: real requests from outside to a VIP, and what their answers prove.

The paths go out exactly as they are written: a client that tidies ``/vpn/../vpns/`` up tests nothing. Only harmless, public
checks are sent. The VIP's certificate is not verified, since a probe asks what a stranger would see and sends no secret;
its fingerprint stands in the evidence.

How answers are read follows the public checkers: Apache's own 403 page means that the request reached httpd, so the
appliance is vulnerable (CISA check-cve-2019-19781); an empty 403 without Apache's header is a responder's.
"""

from __future__ import annotations

import contextlib
import http.client
import ssl
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Measure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import TrafficCase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.appliance import Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.http_response import PlainAnswer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.session import describe
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.tls import P_256, client_context, fingerprint

BODY_LIMIT = 16 * 1024
DEADLINE = 15.0  # seconds for one probe in all
AT_ONCE = 6  # requests to one VIP, as many connections as a browser opens to a host (docs/decisions/0008)


class Sign(Enum):
    """What one answer to an attack request shows."""

    VULNERABLE = "vulnerable"
    BLOCKED_BY_US = "blocked by us"
    BLOCKED = "blocked"
    INFECTED = "answers like an infected machine"
    NOT_CONFIRMED = "not confirmed"
    NO_ANSWER = "no answer"


STOPPED = (Sign.BLOCKED_BY_US, Sign.BLOCKED)


@dataclass(frozen=True)
class Answer:
    """What came back for one probe; status is None where there was no HTTP answer, and ``error`` says why."""

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

    def summary(self) -> dict[str, Any]:
        """For the change record: no bodies, only what the decision rests on."""
        return {
            "case": self.case.id,
            "request": f"{self.case.method} {self.case.url}",
            "status": self.status,
            "server": self.server,
            "error": self.error,
            "from": self.source,
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.at)),
        }


class Prober:
    """Sends the probes of one run.

    :param run: the run's id; it stands in the User-Agent, so that a SOC knows our requests
    :param source: the source address, or None
    """

    def __init__(self, run: str, source: str | None, *, timeout: float = 5.0) -> None:
        self.user_agent = f"tourniquet-probe/{run}"
        self.source = source
        self.timeout = timeout
        self.sent = 0

    def ask(self, vip: Vip, case: TrafficCase) -> Answer:
        """Send one request on a connection of its own. Never raises for what the network or the VIP does."""
        self.sent += 1
        return self._ask(vip, case)

    def ask_all(self, vip: Vip, cases: Sequence[TrafficCase]) -> list[Answer]:
        """Send some requests, a few at a time: most of the time is waiting, for far or silent VIPs all of it.

        :returns: the answers, in the order of the cases
        """
        self.sent += len(cases)
        with ThreadPoolExecutor(AT_ONCE) as asking:
            return list(asking.map(partial(self._ask, vip), cases))

    def _ask(self, vip: Vip, case: TrafficCase) -> Answer:
        at = time.time()
        certificate = source_address = ""
        try:
            with contextlib.closing(self._connect(vip)) as connection:
                source_address = str(connection.sock.getsockname()[0])
                if isinstance(connection.sock, ssl.SSLSocket):
                    certificate = fingerprint(connection.sock.getpeercert(binary_form=True) or b"")
                connection.putrequest(case.method, case.url, skip_accept_encoding=True)
                connection.putheader("User-Agent", self.user_agent)
                connection.putheader("Accept", "*/*")
                connection.putheader("Connection", "close")
                if case.method in ("POST", "PUT"):
                    connection.putheader("Content-Length", "0")
                connection.endheaders()
                reply = connection.getresponse()
                body = self._read(connection, reply, at + DEADLINE).decode("latin-1")
        except (OSError, http.client.HTTPException) as error:
            return Answer(case, None, error=describe(error), certificate=certificate, at=at, source=source_address)
        head = f"{reply.reason}{reply.headers}"
        server, location = reply.getheader("Server", ""), reply.getheader("Location", "")
        return Answer(case, reply.status, server or "", location or "", body, head, "", certificate, at, source_address)

    def _connect(self, vip: Vip) -> http.client.HTTPConnection:
        connection = self._connection(vip, P_256)
        try:
            connection.connect()
        except ssl.SSLError:  # it may have been given other curves
            connection = self._connection(vip, None)
            connection.connect()
        connection.response_class = PlainAnswer
        return connection

    def _connection(self, vip: Vip, curve: str | None) -> http.client.HTTPConnection:
        host, port, source = vip.address.host, vip.address.port, (self.source, 0) if self.source else None
        if not vip.tls:
            return http.client.HTTPConnection(host, port, timeout=self.timeout, source_address=source)
        context = client_context(ca_file=None, verify=False, minimum_tls="1.0", curve=curve)
        return http.client.HTTPSConnection(host, port, timeout=self.timeout, context=context, source_address=source)

    @staticmethod
    def _read(connection: http.client.HTTPConnection, reply: http.client.HTTPResponse, deadline: float) -> bytes:
        """The beginning of a body; one that drips is cut off, so that no VIP can hold the run up."""
        body = b""
        while len(body) < BODY_LIMIT and (left := deadline - time.time()) > 0:
            if connection.sock is not None:
                connection.sock.settimeout(left)
            part = reply.read1(BODY_LIMIT - len(body))
            if not part:
                break
            body += part
        return body


def read_sign(answer: Answer, mitigation: Measure, marker: str) -> Sign:
    """Read the answer to an attack request."""
    if answer.status is None:
        return Sign.NO_ANSWER
    if any(text in answer.body for text in mitigation.vulnerable_answers):
        return Sign.VULNERABLE
    if marker and marker in answer.head:
        return Sign.BLOCKED_BY_US
    if answer.status == 403 and not answer.body.strip() and "apache" not in answer.server.lower():
        return Sign.BLOCKED
    if answer.status == 404 and any(text in answer.body for text in mitigation.infected_answers):
        return Sign.INFECTED
    return Sign.NOT_CONFIRMED


def is_served(answer: Answer, marker: str) -> bool:
    """Whether a legitimate request got an answer of the service behind it, and not a block, an error or silence."""
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
    """The probes of one VIP at one moment."""

    vip: Vip
    signs: tuple[tuple[Answer, Sign], ...]
    controls: tuple[tuple[Answer, bool], ...]

    @property
    def controls_served(self) -> bool:
        """Where no control was asked, nothing is known."""
        return bool(self.controls) and all(served for _answer, served in self.controls)

    @property
    def cut(self) -> int:
        """How many attack requests were cut off while the control path is answered: a block by DROP or RESET, maybe not by a rule."""
        return sum(sign is Sign.NO_ANSWER for _answer, sign in self.signs) if self.controls_served else 0

    @property
    def sign(self) -> Sign:
        """The one sign of the VIP: the worst of its attack requests."""
        signs = [Sign.BLOCKED if sign is Sign.NO_ANSWER and self.cut else sign for _answer, sign in self.signs]
        order = (Sign.VULNERABLE, Sign.INFECTED, Sign.NO_ANSWER, Sign.NOT_CONFIRMED, Sign.BLOCKED, Sign.BLOCKED_BY_US)
        return min(signs, key=order.index, default=Sign.NO_ANSWER)

    @property
    def blocked(self) -> int:
        """How many attack requests a rule answered."""
        return sum(sign in STOPPED for _answer, sign in self.signs)

    @property
    def _head(self) -> dict[str, Any]:
        certificate = next((answer.certificate for answer, _sign in self.signs if answer.certificate), "")
        return {"vip": str(self.vip), "sign": self.sign.value, "certificate_sha256": certificate}

    def outline(self) -> dict[str, Any]:
        """For the result of a task: how many requests got which answer, and those in full that were not blocked or not served."""
        return {
            **self._head,
            "attacks": dict(Counter(sign.value for _answer, sign in self.signs)),
            "controls_served": sum(served for _answer, served in self.controls),
            "exceptions": [
                *({**answer.summary(), "sign": sign.value} for answer, sign in self.signs if sign not in STOPPED),
                *({**answer.summary(), "served": False} for answer, served in self.controls if not served),
            ],
        }

    def summary(self) -> dict[str, Any]:
        """For the change record: every request."""
        return {
            **self._head,
            "attacks": [{**answer.summary(), "sign": sign.value} for answer, sign in self.signs],
            "controls": [{**answer.summary(), "served": served} for answer, served in self.controls],
        }


def probe_vip(prober: Prober, vip: Vip, cases: Sequence[TrafficCase], mitigation: Measure, marker: str) -> VipProof:
    """Play some cases against one VIP; those that need a Gateway session are left out, a probe has none.

    The controls come after the last attack: one that is answered then was not cut off with the attacks, by whatever bans a source.
    """
    sent = [case for case in cases if case.session != "with"]
    attacks = prober.ask_all(vip, [case for case in sent if case.attack])
    controls = prober.ask_all(vip, [case for case in sent if not case.attack])
    return VipProof(
        vip,
        tuple((answer, read_sign(answer, mitigation, marker)) for answer in attacks),
        tuple((answer, is_served(answer, marker)) for answer in controls),
    )


def harmed(before: Sequence[VipProof], after: Sequence[VipProof]) -> list[str]:
    """Control requests that were answered before and no longer are, in words; empty where none was harmed."""
    served_before = {(proof.vip, answer.case.id) for proof in before for answer, served in proof.controls if served}
    return [
        f"{proof.vip}: {answer.case.method} {answer.case.url} was answered before and now gets {answer.status or answer.error}"
        for proof in after
        for answer, served in proof.controls
        if not served and (proof.vip, answer.case.id) in served_before
    ]
