# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults that interrupt a response."""

from __future__ import annotations

import asyncio

from simulator.fleet_file.faults import Fault
from simulator.network.requests import HttpRequest
from simulator.network.responses import NoResponse, RawResponse

IN_ANSWER = ("cut_off", "hang_in_answer")


async def break_off(fault: Fault, request: HttpRequest, response: RawResponse) -> RawResponse:
    """Send the head and half of the body (without a body: half of the head), then wait or reset the connection at once."""
    if isinstance(response, NoResponse):
        return response
    head, content = response.head, response.content
    request.write(head + content[: len(content) // 2] if content else head[: len(head) // 2])
    if fault.kind == "hang_in_answer":
        await asyncio.sleep(fault.seconds)
    return NoResponse(reset=True, code=response.code)
