# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Requests at virtual servers and at the web server of the management address."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions import Request

from . import locations, pages, policies
from .appliance import Listener, Node
from .incoming import BodyBroken, BodyTooLarge, Incoming
from .oddities.identity import build_date
from .types import TYPES
from .wire import RawResponse, Silence, error_page, http_date

ACCESS_LOG = "/var/log/httpaccess.log"


def seen(
    request: Incoming,
    body: bytes,
    node: Node,
    *,
    tls: bool,
    user: str | None,
    destination: tuple[str, int] | None = None,
) -> Request:
    """The request as policies see it: the raw target and headers, one character a byte."""
    client, server = request.client, destination or request.server
    return Request(
        method=request.method,
        url=_bytewise(request.raw_path),
        version=f"HTTP/{request.version}",
        headers=tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.raw_headers]),
        body=body.decode("latin-1"),
        client_ip=client[0] if client else "127.0.0.1",
        client_port=client[1] if client else 0,
        dst_ip=server[0] if server else "127.0.0.1",
        dst_port=server[1] if server else 0,
        is_ssl=tls,
        is_sslvpn=user is not None,
        location=locations.text_of(node, client[0]) if client else None,
        user=user,
        now=node.appliance.moment(),
    )


def _bytewise(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


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


async def by_policy(node: Node, vserver: tuple[str, str] | None, request: Request) -> RawResponse | None:
    """The answer of a responder policy, or None when the request passes."""
    try:
        action = policies.judge(node, vserver, request)
        if action is None or action.upper() == "NOOP":
            return None
        if action.upper() == "RESET":
            return Silence(reset=True)
        if action.upper() == "DROP":
            await asyncio.sleep(node.appliance.switches["drop_seconds"])
            return Silence(reset=False)
        return _act(node, action, request)
    except policies.Unanswerable as problem:
        body = f"The simulator can't evaluate what is bound here: {problem}\n".encode("utf-8", "replace")
        return RawResponse(500, [("Content-Type", "text/plain; charset=utf-8")], body, close=True)


def _act(node: Node, name: str, request: Request) -> RawResponse | None:
    action = node.running.find(TYPES["responderaction"], name)
    if action is None or action["type"] == "noop":
        return None
    if action["type"] == "respondwith":
        text = policies.text_of(node, action["target"], request)
        if text is None:
            return None
        # The target is the raw answer, to the last byte (CTX267679: status line and an empty line). Without a length
        # only the end of the connection ends it.
        head = text.partition("\r\n\r\n")[0].lower()
        return RawResponse(
            _status(text), raw=text.encode("latin-1", "replace"), close="\r\ncontent-length:" not in head
        )
    if action["type"] == "redirect":
        location = policies.text_of(node, action["target"], request)
        if location is None:
            return None
        reason = policies.text_of(node, action["reasonphrase"], request) if action.get("reasonphrase") else None
        return RawResponse(
            action.get("responsestatuscode", 302),
            [("Location", _one_line(location)), ("Cache-Control", "no-cache")],
            reason=_one_line(reason) if reason else None,
            close=True,
        )
    reason = policies.text_of(node, action["reasonphrase"], request) if action.get("reasonphrase") else None
    return RawResponse(
        action.get("responsestatuscode", 200),
        [("Content-Type", "text/html")],
        f"<html>{action.get('htmlpage', '')}</html>\n".encode(),
        reason=_one_line(reason) if reason else None,
    )


def _status(text: str) -> int:
    word = text[:16].split(" ")[1:2]
    return int(word[0]) if word and word[0][:3].isascii() and word[0][:3].isdigit() and len(word[0]) == 3 else 200


def _one_line(text: str) -> str:
    return text.replace("\r", "").replace("\n", "")


def user_of(node: Node, request: Incoming) -> str | None:
    """The user of a signed-on Gateway session, by its NSC_AAAC cookie."""
    sessions = node.appliance.vpn_sessions
    for line in request.headers.getall("Cookie", ()) if sessions else ():
        for piece in line.split(";"):
            name, _, value = piece.strip().partition("=")
            if name == "NSC_AAAC" and value in sessions:
                return sessions[value]
    return None


def page_response(node: Node, request: Request, page: pages.Page) -> RawResponse:
    """A page as bytes; what httpd answered is in its access log, what a policy answered is not (mitigation notes of 2020)."""
    if page.httpd:
        _log_access(node, request, page)
    lines = f"Date: {http_date()}\r\n{page.lines}" if page.dated else page.lines
    return RawResponse(page.status, body=page.body, lines=lines)


def _log_access(node: Node, request: Request, page: pages.Page) -> None:
    referer = agent = "-"
    for name, value in request.headers:
        if name.lower() == "referer":
            referer = value
        elif name.lower() == "user-agent":
            agent = value
    line = (
        f"{request.client_ip} -> {request.dst_ip} - - [{_access_time(int(node.appliance.now()))}] [{4000 + node.index}] "
        f'"{request.method} {request.url} {request.version}" {page.status} {len(page.body) or "-"} "{referer}" '
        f'"{agent}" "Time: 412 microsecs"'
    )
    node.append(ACCESS_LOG, line.replace("\n", "").replace("\r", ""))


@lru_cache(maxsize=16)
def _access_time(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")


async def at_vserver(
    node: Node, type_: str, listener: Listener, request: Incoming, body: bytes, *, tls: bool
) -> RawResponse:
    """One request at the virtual server that has this address, whatever its name is by now."""
    place = listener.place
    for row in node.running.table(type_).values():
        if (row.get("ipv46"), row.get("port")) == place:
            break
    else:
        return Silence(reset=True)
    if row.get("state") == "DISABLED":
        return Silence(reset=True)
    name = row["name"]
    gateway = type_ in ("vpnvserver", "authenticationvserver")
    user = user_of(node, request) if gateway else None
    packet = seen(request, body, node, tls=tls, user=user, destination=place)
    node.counters.add(node.appliance.now(), type_, name, "requests")
    answer = await by_policy(node, (type_, name), packet)
    if answer is not None:
        return answer
    page: Any = (
        pages.gateway(
            packet.method, packet.url, node.appliance.branch, build_date(node.appliance), signed_on=user is not None
        )
        if gateway
        else pages.backend(packet.url)
    )
    return page_response(node, packet, page)
