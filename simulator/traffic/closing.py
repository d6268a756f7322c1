# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The endings that policies have in common: a reset, a dropped request, and the error for policies that cannot be evaluated."""

from __future__ import annotations

import asyncio

from simulator.network.responses import NoResponse, RawResponse
from simulator.node.node import Node


async def closed(node: Node, how: str) -> NoResponse:
    """Reset the connection (RESET), or leave it open without an answer and close it later (DROP)."""
    if how == "RESET":
        return NoResponse(reset=True)
    await asyncio.sleep(node.appliance.switches["drop_seconds"])
    return NoResponse(reset=False)


def not_evaluable(problem: Exception) -> RawResponse:
    """Return the error for a client at policies that the simulator cannot evaluate."""
    body = f"The simulator cannot evaluate the policies that are bound here: {problem}\n".encode("utf-8", "replace")
    return RawResponse(500, [("Content-Type", "text/plain; charset=utf-8")], body, close=True)
