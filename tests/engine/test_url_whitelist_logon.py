# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""With the base list alone, and blocking, users sign on and off as before: at a Gateway and at an authentication server, in both ways."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.tls import client_context

from simulator import Simulator
from tests.engine.whitelist_stage import WhitelistStage
from tests.stage.fleet import fleet_file

BOX: dict[str, Any] = {
    "build": "14.1 43.50",
    "nodes": ["127.0.0.1:0"],
    "features": ["LB", "CS", "SSL", "SSLVPN", "AAA", "RESPONDER"],
    "vservers": [
        {"type": "vpn", "name": "gw", "address": "127.0.0.1:0", "protocol": "SSL"},
        {"type": "authentication", "name": "aaa", "address": "127.0.0.1:0", "protocol": "SSL"},
        {"type": "cs", "name": "sites", "address": "127.0.0.1:0", "protocol": "SSL"},
    ],
}
LISTS = [
    {"vserver": "gw", "kind": "vpn", "mode": "enforce", "base": ["gateway"]},
    {"vserver": "aaa", "kind": "authentication", "mode": "enforce", "base": ["aaa_logon"]},
    {"vserver": "sites", "kind": "cs", "mode": "enforce", "base": ["storefront"]},
]
FORM = {"login": "user1", "passwd": "user1"}


@pytest.fixture(params=["classic", "nfactor"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[WhitelistStage]:
    with Simulator(fleet_file({"box": BOX}, gateway_logon=request.param)) as running:
        yield WhitelistStage(running, tmp_path)


class Browser:
    """Asks one virtual server, and keeps its cookies."""

    def __init__(self, stage: WhitelistStage, vserver: str) -> None:
        self.vip = next(vip for vip in stage.appliance.vips or () if vip.name == vserver)
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> int:
        context = client_context(ca_file=None, verify=False, minimum_tls="1.2")
        place = self.vip.address
        connection = http.client.HTTPSConnection(place.host, place.port, timeout=60, context=context)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"https://{place.host}"}
        headers |= (
            {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}
        )
        try:
            connection.request(method, path, urlencode(form or {}) if method == "POST" else None, headers)
            reply = connection.getresponse()
            reply.read()
        finally:
            connection.close()
        for line in reply.headers.get_all("Set-Cookie", []):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return reply.status


def sign_on(browser: Browser, way: str, base: str) -> list[int]:
    """The statuses of the pages and steps of a log-on."""
    if way == "classic":
        page = "/vpn/index.html" if base == "/p/u/" else "/vpn/tmindex.html"
        return [browser.ask("GET", page), browser.ask("POST", "/cgi/login", FORM)]
    return [
        browser.ask("GET", "/logon/LogonPoint/index.html" if base == "/p/u/" else "/logon/LogonPoint/tmindex.html"),
        browser.ask("POST", f"{base}getAuthenticationRequirements.do"),
        browser.ask("POST", f"{base}doAuthentication.do", FORM),
    ]


def test_users_sign_on_and_off_through_the_base_lists(stage: WhitelistStage, request: pytest.FixtureRequest) -> None:
    way = request.node.callspec.params["stage"]
    done = stage.play("apply", LISTS)
    assert (done.result.failed, done.verdict) == ("", "enforcing")
    gateway, aaa = Browser(stage, "gw"), Browser(stage, "aaa")
    assert sign_on(gateway, way, "/p/u/") == ([200, 302] if way == "classic" else [200, 200, 200])
    assert "NSC_AAAC" in gateway.cookies
    assert gateway.ask("GET", "/cgi/setclient?wica") == 200
    assert gateway.ask("GET", "/cgi/logout") == 200
    assert sign_on(aaa, way, "/nf/auth/") == ([200, 302] if way == "classic" else [200, 200, 200])
    assert "NSC_TMAS" in aaa.cookies
    for browser in (gateway, aaa, Browser(stage, "sites")):
        assert browser.ask("GET", "/vpns/portal/scripts/newbm.pl") == 403
    assert stage.play("status", LISTS, probes="all").verdict == "enforcing", "every request of the lists, from outside"


def test_each_bind_point_is_proven_once_users_have_been_there(stage: WhitelistStage) -> None:
    """REQUEST sees the requests in a session, AAA_REQUEST those that the Gateway consumes itself (CTX693187)."""
    stage.play("apply", LISTS)
    browser = Browser(stage, "gw")
    name, _, value = stage.simulator.appliance("box").session("gw", "user2").partition("=")
    browser.cookies[name] = value
    assert browser.ask("GET", "/intranet/") == 403
    seen = stage.play("status", LISTS)
    assert [part["hits"]["enforce"] > 0 for part in seen.values["parts"] if part["name"] == "gw"] == [True, True]
