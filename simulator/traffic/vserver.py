# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Requests at virtual servers, and pages as responses."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import Request

from simulator.network.requests import HttpRequest
from simulator.network.responses import NoResponse, RawResponse, date_line
from simulator.node import logs
from simulator.node.builds import build_date
from simulator.node.node import Node
from simulator.node.portal_sessions import GATEWAYS
from simulator.node.state import Listener
from simulator.node.vserver_states import chosen_server, has_own_back_end, vserver_state
from simulator.traffic import content_switching, log_on, pages
from simulator.traffic.appfw import appfw_response
from simulator.traffic.closing import not_evaluable
from simulator.traffic.invalid_requests import is_dropped
from simulator.traffic.policy_banks import NotEvaluable, Vserver
from simulator.traffic.policy_request import policy_request
from simulator.traffic.responder_actions import responder_response
from simulator.traffic.rewritten_response import rewritten_response
from simulator.types import TYPES, Row

_LOGON_PAGES = ("/vpn/index.html", "/logon/LogonPoint/index.html")
UNAVAILABLE = b"<html><body>Http/1.1 Service Unavailable</body></html>\n"


def page_response(
    node: Node, request: HttpRequest, page: pages.Page, now: float, *, vip: bool, server: tuple[str, int] | None = None
) -> RawResponse:
    """Return a page as a response; `now` is the time of the node's clock.

    Responses of httpd are in its access log, those of policies are not (mitigation notes of 2020).
    """
    if page.httpd:
        logs.access(node, request, page.status, len(page.body), now, vip=vip, server=server)
    if not page.dated:
        return RawResponse(page.status, body=page.body, lines=page.lines)
    date = date_line(int(now if page.httpd else time.time()))  # a back end has its own clock
    return RawResponse(page.status, body=page.body, lines=date + page.lines)


async def answer_at_vserver(
    node: Node, type_: str, listener: Listener, request: HttpRequest, body: bytes, *, tls: bool
) -> RawResponse:
    """Answer one request at the virtual server with this address, which stays the same when the server is renamed."""
    place = listener.socket_address
    row = node.vserver_at(type_, place)
    if row is None:
        return NoResponse(reset=True)
    name = row["name"]
    if (
        not listener.own_back_end and vserver_state(node, type_, row) == "DOWN"
    ):  # that policies are not evaluated is inferred
        return _unavailable()
    if (request.version == "0.9" or request.method == "CONNECT") and is_dropped(node, type_, row, request):
        return NoResponse(reset=True)
    now = node.appliance.now()
    shown = node.clock(now)
    packet = policy_request(request, body, node, tls=tls, now=shown, destination=place)
    token = None
    if type_ in GATEWAYS and node.appliance.portal.sessions:
        token = node.appliance.portal.found(node, type_, place, log_on.cookies_of(packet))
    if token is not None:
        user = node.appliance.portal.sessions[token].user
        # A session of an authentication vserver has a user too, but is not an SSL VPN session (inferred from the names).
        packet = replace(packet, user=user, is_sslvpn=type_ == "vpnvserver")
    node.counters.add(now, type_, name, "requests")
    arrived = _Arrived(packet, row, (type_, name), token, shown)
    if type_ == "csvserver":
        try:
            arrived = _switched(node, arrived)
        except NotEvaluable as problem:
            return not_evaluable(problem)
    return await _inspected(node, type_, listener, request, arrived)


def _unavailable() -> RawResponse:
    """Return the page of field reports for a virtual server without a server behind it."""
    return RawResponse(503, [("Content-Type", "text/html")], UNAVAILABLE, close=True)


@dataclass(frozen=True)
class _Arrived:
    """A request at a virtual server: as policies see it, the server (its row; type and name), the session's token, the node's time.

    served: whether a server behind the appliance answers.
    """

    packet: Request
    row: Row
    vserver: Vserver
    token: str | None
    shown: float
    served: bool = True


def _switched(node: Node, arrived: _Arrived) -> _Arrived:
    """Return a request with the target to which content switching sends it. A virtual server of the fleet file needs none."""
    name = content_switching.target_of(node, arrived.row["name"], arrived.packet)
    target = node.running.find(TYPES["lbvserver"], name) if name else None
    if target is None:
        return replace(arrived, served=not name and has_own_back_end(node, arrived.row))
    node.counters.add(node.appliance.now(), "lbvserver", name, "requests")
    return replace(arrived, vserver=(*arrived.vserver, name), served=vserver_state(node, "lbvserver", target) == "UP")


async def _inspected(
    node: Node, type_: str, listener: Listener, request: HttpRequest, arrived: _Arrived
) -> RawResponse:
    """Return the response of a feature that answers, or that of the server behind the appliance, rewritten."""
    features, packet, vserver = node.features, arrived.packet, arrived.vserver
    guarded, rewrites = "AppFw" in features, "REWRITE" in features
    first = guarded and node.appliance.switches["appfw_order"] == "before_responder"
    answer = await appfw_response(node, vserver, packet) if first else None
    if answer is None:
        answer = await responder_response(node, vserver, packet)
    if answer is None and guarded and not first:
        answer = await appfw_response(node, vserver, packet)
    if answer is not None:
        return answer
    if not arrived.served:
        return _unavailable()
    if type_ == "lbvserver" and "persistencetype" in arrived.row:
        node.appliance.persistence.touch(arrived.row, packet.client_ip, lambda: chosen_server(node, arrived.row))
    if not rewrites:
        page = _page(node, type_, listener, packet, arrived.token)
        return page_response(node, request, page, arrived.shown, vip=True, server=listener.socket_address)
    return await rewritten_response(
        node,
        vserver,
        packet,
        lambda sent: _forwarded(node, type_, listener, request, arrived, sent),
    )


def _forwarded(
    node: Node, type_: str, listener: Listener, request: HttpRequest, arrived: _Arrived, sent: Request
) -> tuple[pages.Page, RawResponse]:
    """Return the page for a request as it is sent on, and the response that it makes; the access log has what was sent."""
    page = _page(node, type_, listener, sent, arrived.token)
    if sent is not arrived.packet:
        request = request.rewritten(sent.method, sent.url, sent.headers)
    return page, page_response(node, request, page, arrived.shown, vip=True, server=listener.socket_address)


def _page(node: Node, type_: str, listener: Listener, packet: Request, token: str | None) -> pages.Page:
    if type_ not in GATEWAYS:
        return pages.backend(packet.url) if packet.url != pages.ECHO else pages.echo(packet.head() + packet.body)
    appliance = node.appliance
    page = log_on.answer(node, type_, listener, packet, token)
    if type_ == "vpnvserver" and pages.path_of(packet.url) in _LOGON_PAGES:
        node.counters.add(appliance.now(), "vpn", "", "indexhtmlhit")
    return page or pages.gateway(
        packet.method, packet.url, appliance.branch, build_date(appliance), signed_on=token is not None
    )
