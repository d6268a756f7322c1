# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Requests at virtual servers and at the web server of the management address."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions import Request

from simulator.fleet_file.faults import Fault
from simulator.network.requests import BodyBroken, BodyTooLarge, Incoming
from simulator.network.responses import RawResponse, Silence, date_line, error_page, http_date
from simulator.node import locations, logs
from simulator.node.builds import build_date
from simulator.node.node import Node
from simulator.node.portal_sessions import GATEWAYS
from simulator.node.state import HTML_PAGES, Listener
from simulator.node.vserver_states import vserver_state
from simulator.traffic import log_on, pages, responder
from simulator.types import TYPES

UNAVAILABLE = b"<html><body>Http/1.1 Service Unavailable</body></html>\n"
_NOWHERE = ("127.0.0.1", 0)


class _Seen(Request):
    """A request of which only that is made which somebody looks at: most rules ask for the URL alone."""

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


def seen(
    request: Incoming,
    body: bytes,
    node: Node,
    *,
    tls: bool,
    now: float | None = None,
    destination: tuple[str, int] | None = None,
) -> Request:
    """The request as policies see it: the raw target and headers, one character a byte. `now` is what the node's clock shows."""
    client, server, url = request.client or _NOWHERE, destination or request.server or _NOWHERE, request.raw_path
    return _Seen(
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


class Unreadable(Exception):
    """A request body that can't be read, with the front end's answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        page = error_page(status, text)
        headers = [("Date", http_date()), ("Server", "Apache"), ("Content-Type", "text/html; charset=iso-8859-1")]
        self.response = RawResponse(status, headers, page, close=True)


async def read_body(request: Incoming) -> bytes:
    """The whole body. Raises Unreadable."""
    try:
        return await request.read()
    except BodyTooLarge:
        raise Unreadable(413, "The requested resource does not allow request data of that size.") from None
    except BodyBroken:
        raise Unreadable(400, "Your browser sent a request that this server could not understand.") from None


IN_ANSWER = ("cut_off", "hang_in_answer")


async def break_off(fault: Fault, request: Incoming, response: RawResponse) -> RawResponse:
    """Sends the head and half of the body (without one: half of the head), then nothing for a while or at once a reset."""
    if isinstance(response, Silence):
        return response
    head, content = response.head, response.content
    request.write(head + content[: len(content) // 2] if content else head[: len(head) // 2])
    if fault.kind == "hang_in_answer":
        await asyncio.sleep(fault.seconds)
    return Silence(reset=True, code=response.code)


async def by_policy(node: Node, vserver: tuple[str, str] | None, request: Request) -> RawResponse | None:
    """The answer of a responder policy, or None when the request passes."""
    try:
        action = responder.judge(node, vserver, request)
        if action is None or action.upper() == "NOOP":
            return None
        if action.upper() == "RESET":
            return Silence(reset=True)
        if action.upper() == "DROP":
            await asyncio.sleep(node.appliance.switches["drop_seconds"])
            return Silence(reset=False)
        return _act(node, action, request)
    except responder.Unanswerable as problem:
        body = f"The simulator can't evaluate what is bound here: {problem}\n".encode("utf-8", "replace")
        return RawResponse(500, [("Content-Type", "text/plain; charset=utf-8")], body, close=True)


def _act(node: Node, name: str, request: Request) -> RawResponse | None:
    action = node.running.find(TYPES["responderaction"], name)
    if action is None or action["type"] == "noop":
        return None
    if action["type"] == "respondwith":
        text = responder.text_of(node, action["target"], request)
        if text is None:
            return None
        # The target is the raw answer, to the last byte (CTX267679: status line and an empty line). Without a length
        # only the end of the connection ends it.
        head = text.partition("\r\n\r\n")[0].lower()
        return RawResponse(
            _status(text), raw=text.encode("latin-1", "replace"), close="\r\ncontent-length:" not in head
        )
    if action["type"] == "redirect":
        location = responder.text_of(node, action["target"], request)
        if location is None:
            return None
        reason = responder.text_of(node, action["reasonphrase"], request) if action.get("reasonphrase") else None
        return RawResponse(
            action.get("responsestatuscode", 302),
            [("Location", _one_line(location)), ("Cache-Control", "no-cache")],
            reason=_one_line(reason) if reason else None,
            close=True,
        )
    page = node.files.get(f"{HTML_PAGES}/{action.get('htmlpage', '')}")
    if page is None:
        raise responder.Unanswerable(f"there is no page {action.get('htmlpage', '')}")
    reason = responder.text_of(node, action["reasonphrase"], request) if action.get("reasonphrase") else None
    return RawResponse(
        action.get("responsestatuscode", 200),
        [("Content-Type", "text/html")],
        bytes(page.content),
        reason=_one_line(reason) if reason else None,
    )


def _status(text: str) -> int:
    word = text[:16].split(" ")[1:2]
    return int(word[0]) if word and word[0][:3].isascii() and word[0][:3].isdigit() and len(word[0]) == 3 else 200


def _one_line(text: str) -> str:
    return text.replace("\r", "").replace("\n", "")


def page_response(
    node: Node, request: Incoming, page: pages.Page, now: float, *, vip: bool, server: tuple[str, int] | None = None
) -> RawResponse:
    """A page as bytes, when the node's clock shows `now`.

    What httpd answered is in its access log, what a policy answered is not (mitigation notes of 2020).
    """
    if page.httpd:
        logs.access(node, request, page.status, len(page.body), now, vip=vip, server=server)
    if not page.dated:
        return RawResponse(page.status, body=page.body, lines=page.lines)
    date = date_line(int(now if page.httpd else time.time()))  # another machine has another clock
    return RawResponse(page.status, body=page.body, lines=date + page.lines)


async def at_vserver(
    node: Node, type_: str, listener: Listener, request: Incoming, body: bytes, *, tls: bool
) -> RawResponse:
    """One request at the virtual server that has this address, whatever its name is by now."""
    place = listener.place
    row = node.vserver_at(type_, place)
    if row is None:
        return Silence(reset=True)
    name = row["name"]
    if vserver_state(node, type_, row) == "DOWN":
        # The page is that of field reports; that no policy is asked is inferred.
        return RawResponse(503, [("Content-Type", "text/html")], UNAVAILABLE, close=True)
    now = node.appliance.now()
    shown = node.clock(now)
    packet = seen(request, body, node, tls=tls, now=shown, destination=place)
    token = None
    if type_ in GATEWAYS and node.appliance.portal.sessions:
        token = node.appliance.portal.found(node, type_, place, log_on.cookies_of(packet))
    if token is not None:
        user = node.appliance.portal.sessions[token].user
        # A session of an authentication vserver has a user too, but is none of SSL VPN (inferred from the names).
        packet = replace(packet, user=user, is_sslvpn=type_ == "vpnvserver")
    node.counters.add(now, type_, name, "requests")
    answer = await by_policy(node, (type_, name), packet)
    if answer is not None:
        return answer
    page = _page(node, type_, listener, packet, token)
    return page_response(node, request, page, shown, vip=True, server=place)


def _page(node: Node, type_: str, listener: Listener, packet: Request, token: str | None) -> pages.Page:
    if type_ not in GATEWAYS:
        return pages.backend(packet.url)
    appliance = node.appliance
    page = log_on.answer(node, type_, listener, packet, token)
    return page or pages.gateway(
        packet.method, packet.url, appliance.branch, build_date(appliance), signed_on=token is not None
    )
