# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A request as policies see it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import Request

from simulator.network.requests import HttpRequest
from simulator.node import locations
from simulator.node.node import Node

_UNKNOWN_ADDRESS = ("127.0.0.1", 0)


class _LazyRequest(Request):
    """A request whose headers, location and time are made when an expression reads them: most rules read only the URL."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)

    @cached_property
    def headers(self) -> tuple[tuple[str, str], ...]:
        return tuple(
            [(name.decode("latin-1"), value.decode("latin-1")) for name, value in self.__dict__["raw_headers"]]
        )

    @cached_property
    def location(self) -> str | None:
        return locations.location_of(self.__dict__["node"], self.client_ip) if self.client_port else None

    @cached_property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.__dict__["shown"], UTC)


def policy_request(
    request: HttpRequest,
    body: bytes,
    node: Node,
    *,
    tls: bool,
    now: float | None = None,
    destination: tuple[str, int] | None = None,
) -> Request:
    """Return a request as policies see it: raw target and headers, one character for a byte. `now` is the time of the node's clock."""
    client, server, url = (
        request.client or _UNKNOWN_ADDRESS,
        destination or request.server or _UNKNOWN_ADDRESS,
        request.raw_path,
    )
    return _LazyRequest(
        method=request.method,
        url=url if url.isascii() else url.encode("utf-8", "surrogateescape").decode("latin-1"),
        version=f"HTTP/{request.version}",
        raw_headers=request.raw_headers,
        body=body.decode("latin-1") if body else "",
        client_ip=client[0],
        client_port=client[1],
        dst_ip=server[0],
        dst_port=server[1],
        is_ssl=tls,
        node=node,
        shown=node.clock() if now is None else now,
    )
