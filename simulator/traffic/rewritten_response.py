# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The response to a request at a virtual server with rewrite policies: the request is rewritten, sent on, and its response rewritten."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import Request, Response

from simulator.network.responses import REASONS, RawResponse
from simulator.node.node import Node
from simulator.traffic.closing import closed, not_evaluable
from simulator.traffic.pages import Page
from simulator.traffic.policy_banks import NotEvaluable, Vserver
from simulator.traffic.rewrite import rewritten

Forward = Callable[[Request], tuple[Page, RawResponse]]
_FRAMING = ("content-length", "transfer-encoding", "connection")


async def rewritten_response(node: Node, vserver: Vserver, packet: Request, forward: Forward) -> RawResponse:
    """Return the response to a packet; `forward` sends the rewritten request on."""
    try:
        request = rewritten(node, vserver, packet, "request")
        if request.ending:
            return await closed(node, request.ending)
        page, response = forward(request.packet)
        own = vserver[0] in ("vpnvserver", "authenticationvserver") and not page.httpd
        if own and not node.appliance.switches["gateway_answers_rewritten"]:
            return response
        received = replace(request.packet, response=_parsed(response))
        answered = rewritten(node, vserver, received, "response")
    except NotEvaluable as problem:
        return not_evaluable(problem)
    if answered.ending:
        return await closed(node, answered.ending)
    return response if answered.packet is received else _raw(answered.packet.response or Response())


def _parsed(response: RawResponse) -> Response:
    """Return a response as policies see it, one character for a byte."""
    lines = response.head.decode("latin-1").split("\r\n")
    pairs = [line.split(": ", 1) for line in lines[1:] if ": " in line]
    reason = lines[0].split(" ", 2)[2] if lines[0].count(" ") > 1 else REASONS.get(response.status, "")
    return Response(
        response.status,
        reason,
        headers=tuple((name, value) for name, value in pairs if name.lower() not in _FRAMING),
        body=response.content.decode("latin-1"),
    )


def _raw(response: Response) -> RawResponse:
    headers = [(name, value) for name, value in response.headers if name.lower() not in _FRAMING]
    return RawResponse(response.status, headers, response.body.encode("latin-1", "replace"), reason=response.reason)
