# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One management address: faults, booting, policies on management traffic, NITRO, and the web server behind it."""

from __future__ import annotations

import asyncio
import contextlib
import re
from functools import lru_cache

from simulator.appliance.appliance import Appliance
from simulator.fleet_file.faults import Fault
from simulator.network.request_bodies import Unreadable, read_body
from simulator.network.requests import HttpRequest
from simulator.network.responses import NoResponse, RawResponse, error_page, http_date
from simulator.nitro import dispatcher
from simulator.nitro.call import Call, ConnectionLost, Target
from simulator.nitro.parsing import parse_target
from simulator.nitro.reply import Reply, render
from simulator.node import logs
from simulator.node.builds import build_date
from simulator.node.node import Node
from simulator.traffic import pages
from simulator.traffic.broken_responses import IN_ANSWER, break_off
from simulator.traffic.policy_request import policy_request
from simulator.traffic.responder_actions import responder_response
from simulator.traffic.vserver import page_response
from simulator.types.errors import NitroError


async def handle(appliance: Appliance, index: int, request: HttpRequest, *, tls: bool) -> RawResponse:
    """Answer one request at a management address."""
    node = appliance.nodes[index]
    if node.booting:
        return NoResponse(reset=True) if appliance.switches["boot_answer"] == "reset" else _unavailable()
    body = request.body
    if body is None:
        try:
            body = await read_body(request)
        except Unreadable as problem:
            return problem.response
    # With skip_systemaccess_policyeval at 0, global policies are evaluated on management traffic too, NITRO included (CTX267679).
    if node.skip_systemaccess_policyeval == 0 and "RESPONDER" in node.running.features:
        response = await responder_response(node, None, policy_request(request, body, node, tls=tls))
        if response is not None:
            return response
    try:
        target = parse_target(request.raw_path)
        if target is None:
            packet = policy_request(request, body, node, tls=tls)
            page = pages.management(packet.method, packet.url, appliance.branch, build_date(appliance))
            return page_response(node, request, page, node.clock(), vip=False)
        response = await _nitro(appliance, node, target, request, body)
    except NitroError as error:  # the request line is invalid
        response = _rendered(node, request, Reply.error(error))
    if not isinstance(response, NoResponse):  # NITRO answers through httpd, as its Server header says
        logs.access(node, request, response.status, len(response.content), node.clock(), vip=False)
    return response


async def _nitro(appliance: Appliance, node: Node, target: Target, request: HttpRequest, body: bytes) -> RawResponse:
    faults: list[Fault] = []
    if appliance.faults.installed:
        action = target.options.get("action", "")
        faults = appliance.faults.of_request(node.index, request.method, target.type, action)
    client = request.client[0] if request.client else ""
    call = Call(appliance, node, request.method, target, client=client)
    for fault in faults:
        early = await _play_before(fault, call, request)
        if early is not None:
            return early
    try:
        reply = await dispatcher.answer(call, request.headers, body)
    except ConnectionLost:
        return NoResponse(reset=True)
    for fault in faults:
        if fault.kind == "changed_answer":
            _change_objects(fault, reply)
    rendered = _rendered(node, request, reply)
    return await _play_after(faults, call, request, rendered) if faults else rendered


def _change_objects(fault: Fault, reply: Reply) -> None:
    """Change an attribute of each object in a reply, or leave it out."""
    for key, content in list(reply.fields.items()):
        if not isinstance(content, list | dict):
            continue
        changed = [{**row} for row in (content if isinstance(content, list) else [content])]
        for row in changed:
            row.pop(fault.attribute, None)
            if fault.value is not None:
                row[fault.attribute] = fault.value
        reply.fields[key] = changed if isinstance(content, list) else changed[0]


async def _play_after(faults: list[Fault], call: Call, request: HttpRequest, response: RawResponse) -> RawResponse:
    """Apply the faults that follow a request: a lost or interrupted response, a crash, a failover."""
    for fault in faults:
        if fault.kind == "crash":
            call.appliance.reboot(call.node.whole)
        elif fault.kind == "failover":
            with contextlib.suppress(NitroError):  # the peer cannot take over: only the response is lost
                call.appliance.failover()
        if fault.kind in ("crash", "failover", "reply_lost"):
            return NoResponse(reset=True, code=response.code)
        if fault.kind in IN_ANSWER:
            return await break_off(fault, request, response)
    return response


async def _play_before(fault: Fault, call: Call, request: HttpRequest) -> RawResponse | None:
    """Apply a fault before the request. Return a response if the request is not carried out."""
    if fault.kind == "reset":
        return NoResponse(reset=True)
    if fault.kind == "hang":
        await asyncio.sleep(fault.seconds)
        return NoResponse(reset=True)
    if fault.kind == "slow":
        await asyncio.sleep(fault.seconds)
    elif fault.kind == "slow_save":
        call.save_seconds = fault.seconds
    elif fault.kind == "http_error":
        return _page(fault.status, "The server is temporarily unable to service your request.")
    elif fault.kind == "nitro_error":
        return _rendered(call.node, request, Reply.error(NitroError(fault.code)))
    elif fault.kind == "no_effect":
        return _rendered(call.node, request, Reply.done())
    elif fault.kind == "wrong_credentials":
        return _rendered(call.node, request, Reply.error(NitroError(354)))
    elif fault.kind == "expire_session":
        call.node.sessions.clear()
    return None


def _rendered(node: Node, request: HttpRequest, reply: Reply) -> RawResponse:
    accepts_gzip = node.appliance.switches["gzip"] and _takes_gzip(request.headers.get("accept-encoding", ""))
    return render(request.method, reply, node.clock(), accepts_gzip)


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
