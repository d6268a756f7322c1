# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Log-on at Gateways and authentication vservers.

The classic form (POST /cgi/login, then /cgi/setclient?wica, later /cgi/logout), the nFactor one (getAuthenticationRequirements.do,
doAuthentication.do, setClient.do) and the error 4001 in NSC_VPNERR: github.com/slauger/check_netscaler_gateway, its code and issue
7, and public log-on checks of that cookie. Cookies of authentication vservers (NSC_TMAA, NSC_TMAS, and NSC_TASS with the requested
address) as in public traces. The packet engine answers all of these itself: they are not in httpd's log.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from html import escape
from urllib.parse import parse_qsl

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import Request

from simulator.configuration.passwords import is_password
from simulator.network.responses import header_lines, one_line
from simulator.node import logs
from simulator.node.node import Node
from simulator.node.portal_sessions import groups_text
from simulator.node.state import Listener
from simulator.node.vserver_states import groups_of
from simulator.traffic.pages import Page, path_of
from simulator.types import TYPES

INCORRECT = "4001"  # "Incorrect credentials. Try again." in the texts of the portal themes
_ORIGIN_SINCE = (13, 1, 63)
_DELETED_COOKIE = "xyz;Path=/;expires=Wednesday, 09-Nov-1999 23:12:40 GMT"  # a deleted cookie, as in traces
_XML = "application/vnd.citrix.authenticateresponse-1+xml"
_NFACTOR = {"vpnvserver": "/p/u/", "authenticationvserver": "/nf/auth/"}


def cookies_of(request: Request) -> dict[str, list[str]]:
    """Return the cookies of a request by name."""
    found: dict[str, list[str]] = {}
    for name, line in request.headers:
        if name.lower() == "cookie":
            for piece in line.split(";"):
                key, _, value = piece.strip().partition("=")
                found.setdefault(key, []).append(value)
    return found


def answer(node: Node, type_: str, listener: Listener, request: Request, token: str | None) -> Page | None:
    """Return the response to a log-on request, None for other requests."""
    path = path_of(request.url)
    classic = node.appliance.switches["gateway_logon"] == "classic"
    base = _NFACTOR[type_]
    if path == "/vpn/index.html" and not classic and type_ == "vpnvserver":
        return _redirect("/logon/LogonPoint/index.html")
    if not path.startswith(("/cgi/", base)):
        return None
    log_on = _LogOnRequest(node, type_, listener, request, token)
    if path == "/cgi/login" and request.method == "POST":
        return log_on.classic_log_on() if classic else log_on.refused()
    if path == "/cgi/logout":
        return log_on.log_off()
    if path == "/cgi/setclient" and token is not None:
        return _page(
            b'<html><head><meta http-equiv="REFRESH" content="0; URL=/vpns/portal/homepage.html"></head></html>\n'
        )
    if request.method == "POST" and path.startswith(base) and (not classic or type_ == "authenticationvserver"):
        return log_on.nfactor_step(path.removeprefix(base), base)
    return None


@dataclass(frozen=True)
class _LogOnRequest:
    """One request of a log-on or a log-off."""

    node: Node
    type: str
    listener: Listener
    request: Request
    token: str | None

    def header(self, name: str) -> str:
        return next((value for key, value in self.request.headers if key.lower() == name), "")

    def classic_log_on(self) -> Page:
        """Return 302 with the cookie of a new session, or 302 to the log-on page with the error in a cookie."""
        appliance = self.node.appliance
        wants_origin = appliance.switches["logon_needs_origin"] and appliance.branch >= _ORIGIN_SINCE
        if wants_origin and not self.header("origin"):
            return self.refused()
        cookies = self.sign_on()
        if cookies is None:
            return self.refused()
        if self.type == "authenticationvserver":
            return _redirect(self.return_address(), *cookies, ("NSC_TASS", _DELETED_COOKIE))
        return _redirect("/cgi/setclient?wica", *cookies)

    def refused(self) -> Page:
        page = "/vpn/index.html" if self.type == "vpnvserver" else "/vpn/tmindex.html"
        return _redirect(page, ("NSC_VPNERR", f"{INCORRECT};Path=/;Secure"))

    def return_address(self) -> str:
        """Return the address that the user requested first; NSC_TASS has it in base64."""
        for value in cookies_of(self.request).get("NSC_TASS", ()):
            try:
                text = base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode("ascii")
            except ValueError:
                continue
            if text.startswith(("http://", "https://")) and text.isprintable():
                return text
        return "/"

    def sign_on(self) -> tuple[tuple[str, str], ...] | None:
        """Check the credentials of the form. Return the cookies of a new session, or None. Counts and logs the result."""
        form = dict(parse_qsl(self.request.body, keep_blank_values=True, errors="surrogateescape"))
        user, password = form.get("login", ""), form.get("passwd", "")
        agent = one_line(self.header("user-agent"))
        logs.gateway_log_on(self.node, user)
        asked = (
            f"parsed data; username: <{one_line(user)}>, pwdlen <Non-Zero>, pwdlen2 <Zero>, flags: <0x0>, flags3: <0x0>"
        )
        logs.ns_log(self.node, "debug", "AAA Message", f'"AAA LOGIN REQ: {asked}"')
        now, client = self.node.appliance.now(), (self.request.client_ip, self.request.client_port)
        if not self.is_password(user, password):
            self.node.counters.add(now, "aaa", "", "aaaauthfail")
            text = f'User {one_line(user)} - Client_ip {client[0]} - Failure_reason "Username/Password mismatch"'
            logs.ns_log(self.node, "warn", "AAA LOGIN_FAILED", f"{text} - Browser {agent}")
            where = f"client ip : {client[0]} , vserver ip: {self.listener.socket_address[0]} "
            rejected = f"Authentication is rejected for {one_line(user)} ({where}), extended error, if any : "
            logs.ns_log(self.node, "info", "AAA Message", f'"{rejected}"')
            return None
        self.node.counters.add(now, "aaa", "", "aaaauthsuccess")
        portal, place = self.node.appliance.portal, self.listener.socket_address
        groups = groups_of(self.node, user)
        token = portal.sign_on(self.node, self.type, place, user, client, groups=groups)
        if self.type == "authenticationvserver":
            return ("NSC_TMAA", f"{token};Path=/"), ("NSC_TMAS", f"{token};Secure;Path=/")
        number = portal.sessions[token].number
        logs.ns_log(
            self.node,
            "info",
            "SSLVPN LOGIN",
            f"Context {user}@{client[0]} - SessionId: {number} - User {user} - Client_ip {client[0]} - "
            f'Nat_ip "Mapped Ip" - Vserver {place[0]}:{place[1]} - Browser_type "{agent}" - '
            f'SSLVPN_client_type ICA - Group(s) "{groups_text(groups)}"',
        )
        return (("NSC_AAAC", f"{token};Secure;Path=/"),)

    def is_password(self, user: str, password: str) -> bool:
        """True for the password of a portal user of the fleet file, or of a local user (`aaauser`) of the configuration."""
        own = self.listener.portal_users
        users = self.node.appliance.spec.portal_users if own is None else own
        known = users.get(user)
        if known is not None:
            return secrets.compare_digest(known.encode(), password.encode("utf-8", "surrogateescape"))
        local = self.node.running.find(TYPES["aaauser"], user) or {}
        return is_password(password, str(local.get("_hash", "")))

    def log_off(self) -> Page:
        if self.token is None:
            return _redirect("/vpn/index.html" if self.type == "vpnvserver" else "/")
        portal = self.node.appliance.portal
        portal.end(self.node, [portal.sessions[self.token]], "Explicit")
        names = ("NSC_AAAC",) if self.type == "vpnvserver" else ("NSC_TMAA", "NSC_TMAS")
        return _page(
            b"<html><body>You have logged off.</body></html>\n",
            *((name, f"{_DELETED_COOKIE};Secure") for name in names),
        )

    def nfactor_step(self, step: str, base: str) -> Page | None:
        """Answer a step of nFactor: the requirements, the credentials, and at a Gateway the choice of the client."""
        if step == "getAuthenticationRequirements.do":
            return _xml("more-info", _requirements(base))
        if step == "doAuthentication.do":
            cookies = self.sign_on()
            if cookies is None:  # the form again, with an error
                return _xml("more-info", _requirements(base, "Incorrect user name or password."))
            return _xml("success", "", *cookies)
        if step == "setClient.do" and self.type == "vpnvserver" and self.token is not None:
            return _xml("success", "<RedirectURL>/vpns/portal/homepage.html</RedirectURL>")
        return None


def _requirements(base: str, problem: str = "") -> str:
    fields = "".join(
        f"<Requirement><Credential><ID>{name}</ID><Type>{kind}</Type></Credential></Requirement>"
        for name, kind in (("login", "username"), ("passwd", "password"), ("Logon", "none"))
    )
    if problem:
        label = f"<Label><Text>{escape(problem)}</Text><Type>error</Type></Label>"
        fields = f"<Requirement><Credential><Type>none</Type></Credential>{label}</Requirement>" + fields
    return (
        f"<StateContext></StateContext><AuthenticationRequirements><PostBack>{base}doAuthentication.do</PostBack>"
        f"<CancelPostBack>{base}doLogoff.do</CancelPostBack><Requirements>{fields}</Requirements></AuthenticationRequirements>"
    )


def _xml(result: str, content: str, *cookies: tuple[str, str]) -> Page:
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><AuthenticateResponse xmlns="http://citrix.com/authentication/response/1">'
        f"<Status>success</Status><Result>{result}</Result>{content}</AuthenticateResponse>"
    )
    return _page(text.encode(), *cookies, kind=_XML)


def _page(body: bytes, *cookies: tuple[str, str], kind: str = "text/html") -> Page:
    return _answer(200, body, [*_set(cookies), *_UNCACHED, ("Content-Type", kind)])


def _redirect(location: str, *cookies: tuple[str, str]) -> Page:
    return _answer(302, b"", [("Location", location), *_set(cookies), *_UNCACHED, ("Content-Type", "text/html")])


def _answer(status: int, body: bytes, headers: list[tuple[str, str]]) -> Page:
    return Page(status, body, header_lines(headers), httpd=False, dated=False)


_UNCACHED = [("Cache-Control", "no-cache,no-store,must-revalidate"), ("Pragma", "no-cache")]


def _set(cookies: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    return [("Set-Cookie", f"{name}={value}") for name, value in cookies]
