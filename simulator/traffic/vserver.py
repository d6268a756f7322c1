# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Requests at virtual servers, and pages as responses."""

from __future__ import annotations

import time
from dataclasses import replace

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions import Request

from simulator.network.requests import HttpRequest
from simulator.network.responses import NoResponse, RawResponse, date_line
from simulator.node import logs
from simulator.node.builds import build_date
from simulator.node.node import Node
from simulator.node.portal_sessions import GATEWAYS
from simulator.node.state import Listener
from simulator.node.vserver_states import chosen_server, vserver_state
from simulator.traffic import log_on, pages
from simulator.traffic.policy_request import policy_request
from simulator.traffic.responder_actions import responder_response

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
    if vserver_state(node, type_, row) == "DOWN":
        # The page is that of field reports; that policies are not evaluated is inferred.
        return RawResponse(503, [("Content-Type", "text/html")], UNAVAILABLE, close=True)
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
    answer = await responder_response(node, (type_, name), packet)
    if answer is not None:
        return answer
    if type_ == "lbvserver" and "persistencetype" in row:
        node.appliance.persistence.touch(row, packet.client_ip, lambda: chosen_server(node, row))
    page = _page(node, type_, listener, packet, token)
    return page_response(node, request, page, shown, vip=True, server=place)


def _page(node: Node, type_: str, listener: Listener, packet: Request, token: str | None) -> pages.Page:
    if type_ not in GATEWAYS:
        return pages.backend(packet.url)
    appliance = node.appliance
    page = log_on.answer(node, type_, listener, packet, token)
    if type_ == "vpnvserver" and pages.path_of(packet.url) in _LOGON_PAGES:
        node.counters.add(appliance.now(), "vpn", "", "indexhtmlhit")
    return page or pages.gateway(
        packet.method, packet.url, appliance.branch, build_date(appliance), signed_on=token is not None
    )
