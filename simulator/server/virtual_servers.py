# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One virtual server: its faults, and the traffic behind them."""

from __future__ import annotations

import asyncio

from simulator.appliance.appliance import Appliance
from simulator.network.request_bodies import Unreadable, read_body
from simulator.network.requests import HttpRequest
from simulator.network.responses import NoResponse, RawResponse
from simulator.node.state import Listener
from simulator.traffic.broken_responses import IN_ANSWER, break_off
from simulator.traffic.vserver import UNAVAILABLE, answer_at_vserver


async def handle(
    appliance: Appliance, type_: str, name: str, listener: Listener, tls: bool, request: HttpRequest
) -> RawResponse:
    """Answer one request at a virtual server, or play the fault that it meets."""
    node = appliance.serving(listener.partition)
    if node is None or node.booting:
        return NoResponse(reset=True)
    faults = appliance.faults.of_vserver(name, request.method) if appliance.faults.installed else ()
    for fault in faults:
        if fault.kind in ("slow", "hang"):
            await asyncio.sleep(fault.seconds)
        if fault.kind == "http_error":
            return RawResponse(
                fault.status,
                [("Content-Type", "text/html")],
                UNAVAILABLE,
                close=True,
            )
        if fault.kind in ("reset", "hang"):
            return NoResponse(reset=True)
    body = request.body
    if body is None:
        try:
            body = await read_body(request)
        except Unreadable as problem:
            return problem.response
    response = await answer_at_vserver(node, type_, listener, request, body, tls=tls)
    for fault in faults:
        if fault.kind in IN_ANSWER:
            return await break_off(fault, request, response)
    return response
