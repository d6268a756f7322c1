# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One management address: faults, booting, the knob, NITRO, and the web server behind it."""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import dataclass
from functools import lru_cache

from . import logs, nitro, pages, traffic
from .appliance import Appliance
from .call import Call, ConnectionLost, Target, parse_target
from .errors import NitroError
from .faults import Fault
from .incoming import Incoming
from .node import Node
from .oddities.identity import build_date
from .reply import Reply, render
from .wire import RawResponse, Silence, error_page, http_date


@dataclass(frozen=True)
class Outcome:
    """An answer, and the errorcode for the request log."""

    response: RawResponse
    code: int | None = None


async def handle(appliance: Appliance, index: int, request: Incoming, *, tls: bool) -> Outcome:
    """One request at a management address."""
    node = appliance.nodes[index]
    if node.booting:
        return Outcome(Silence(reset=True) if appliance.switches["boot_answer"] == "reset" else _unavailable())
    try:
        body = await traffic.read_body(request)
    except traffic.Unreadable as problem:
        return Outcome(problem.response)
    judged = await _judged(node, request, body, tls=tls)
    if judged is not None:
        return Outcome(judged)
    try:
        target = parse_target(request.raw_path)
        if target is None:
            packet = traffic.seen(request, body, node, tls=tls)
            page = pages.management(packet.method, packet.url, appliance.branch, build_date(appliance))
            return Outcome(traffic.page_response(node, request, page, vip=False))
        outcome = await _nitro(appliance, node, target, request, body)
    except NitroError as error:  # the request line can't be read
        outcome = _rendered(node, request, Reply.error(error))
    if not isinstance(outcome.response, Silence):  # NITRO answers through httpd, as its Server header says
        logs.access(node, request, outcome.response.status, len(outcome.response.content), vip=False)
    return outcome


async def _judged(node: Node, request: Incoming, body: bytes, *, tls: bool) -> RawResponse | None:
    """With the vendor's knob at 0, global policies judge management traffic too, NITRO included (CTX267679)."""
    if node.knob != 0 or "RESPONDER" not in node.running.features:
        return None
    return await traffic.by_policy(node, None, traffic.seen(request, body, node, tls=tls))


async def _nitro(appliance: Appliance, node: Node, target: Target, request: Incoming, body: bytes) -> Outcome:
    faults = appliance.faults.of_request(node.index, request.method, target.type, target.options.get("action", ""))
    call = Call(appliance, node, request.method, target)
    for fault in faults:
        outcome = await _before(fault, call, request)
        if outcome is not None:
            return outcome
    try:
        reply = await nitro.answer(call, request.headers, body)
    except ConnectionLost:
        return Outcome(Silence(reset=True))
    return await _after(faults, call, request, _rendered(node, request, reply))


async def _after(faults: list[Fault], call: Call, request: Incoming, outcome: Outcome) -> Outcome:
    """What a fault makes of the answer to a request that was carried out."""
    for fault in faults:
        if fault.kind == "crash":
            call.appliance.reboot(call.node.box)
        elif fault.kind == "failover":
            with contextlib.suppress(NitroError):  # the peer can't take over: only the answer is lost
                call.appliance.failover()
        if fault.kind in ("crash", "failover", "reply_lost"):
            return Outcome(Silence(reset=True), outcome.code)
        if fault.kind in traffic.IN_ANSWER:
            return Outcome(await traffic.break_off(fault, request, outcome.response), outcome.code)
    return outcome


async def _before(fault: Fault, call: Call, request: Incoming) -> Outcome | None:
    """What a fault does before the request is carried out."""
    if fault.kind == "reset":
        return Outcome(Silence(reset=True))
    if fault.kind == "hang":
        await asyncio.sleep(fault.seconds)
        return Outcome(Silence(reset=True))
    if fault.kind == "slow":
        await asyncio.sleep(fault.seconds)
    elif fault.kind == "slow_save":
        call.save_seconds = fault.seconds
    elif fault.kind == "http_error":
        return Outcome(_page(fault.status, "The server is temporarily unable to service your request."))
    elif fault.kind == "nitro_error":
        return _rendered(call.node, request, Reply.error(NitroError(fault.code)))
    elif fault.kind == "wrong_credentials":
        return _rendered(call.node, request, Reply.error(NitroError(354)))
    elif fault.kind == "expire_session":
        call.node.sessions.clear()
    return None


def _rendered(node: Node, request: Incoming, reply: Reply) -> Outcome:
    accepts_gzip = _takes_gzip(request.headers.get("Accept-Encoding", ""))
    return Outcome(render(request.method, reply, node.clock(), accepts_gzip), reply.code)


@lru_cache(maxsize=64)
def _takes_gzip(accepted: str) -> bool:
    offered = [piece.replace(" ", "").lower() for piece in accepted.split(",")]
    return any(piece.startswith("gzip") and not re.search(r";q=0(\.0*)?$", piece) for piece in offered)


def _unavailable() -> RawResponse:
    return _page(
        503,
        "The server is temporarily unable to service your request due to maintenance downtime or capacity problems. Please try again later.",
    )


def _page(status: int, text: str) -> RawResponse:
    headers = [("Date", http_date()), ("Server", "Apache"), ("Content-Type", "text/html; charset=iso-8859-1")]
    return RawResponse(status, headers, error_page(status, text), close=True)
